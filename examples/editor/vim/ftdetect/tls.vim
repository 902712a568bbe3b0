" Policies of tlsc: *.tls.
autocmd BufRead,BufNewFile *.tls setfiletype tls
