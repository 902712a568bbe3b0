" Policies of tlsc: see policy(5).
autocmd BufNewFile,BufRead *.tls setfiletype tlspolicy
