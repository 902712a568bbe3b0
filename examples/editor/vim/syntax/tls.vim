" Vim syntax file for TLS gateway policies, see policy(5).
" Copy syntax/ and ftdetect/ into ~/.vim.
if exists("b:current_syntax")
  finish
endif
let s:keep = &cpo
set cpo&vim

" Words may hold hyphens and dots.
setlocal iskeyword=@,48-57,_,-,.
setlocal commentstring=#\ %s

" What stands at the top.
syn keyword tlsStatement policy param include where set segment profile limits
syn keyword tlsStatement certificate backend site frontend assert test allow

" Who decrypts.
syn keyword tlsMode passthrough offload bridge reject

" The keys of blocks.
syn keyword tlsSetting listen accept-proxy no-sni default malformed route
syn keyword tlsSetting alpn client-auth comply when otherwise
syn keyword tlsSetting ciphers groups prefer tickets early-data
syn keyword tlsSetting client-hello handshake idle connect drain connections
syn keyword tlsSetting connection-rate handshakes handshakes-in-flight bandwidth keepalive
syn keyword tlsSetting chain key staple sct pin on-missing
syn keyword tlsSetting server balance proxy-protocol queue slow-start health
syn keyword tlsSetting verify listener
syn keyword tlsSetting path request-head request-body requests keep-alive response

" The words inside statements.
syn keyword tlsWord is in from to with within per-source extends names enforcing
syn keyword tlsWord link weight max interval timeout fall rise ca live crl system name
syn keyword tlsWord request require until reason sni source tls has and
syn keyword tlsWord every never some any expect mode
syn keyword tlsWord under method header query cookie present answer redirect
syn keyword tlsWord sticky remove clear
syn keyword tlsNot not

" Chosen words.
syn keyword tlsChoice close unrecognized-name handshake-failure access-denied alert
syn keyword tlsChoice vlan ipsec wireguard macsec
syn keyword tlsChoice round-robin least-connections source-hash random-two
syn keyword tlsChoice modern intermediate fips on off auto none v1 v2 client
syn keyword tlsChoice pci-dss-4.0 hipaa sox fips-140-3
syn keyword tlsType port integer duration size string cidr

syn match tlsNumber "\<\d\+\%(\.\d\+\)*\%([A-Za-z]\+\)\?\%(/[A-Za-z]\+\)\?\>"
syn match tlsDate "\<\d\{4}-\d\d-\d\d\>"
syn match tlsAddress "\<\d\+\.\d\+\.\d\+\.\d\+\%(/\d\+\)\?\%(:\d\+\)\?\>"
syn match tlsAddress "\x*:\x*:[0-9A-Fa-f:.]*\%(/\d\+\)\?"
syn match tlsAddress "\[[0-9A-Fa-f:.%]\+\]\%(:\d\+\)\?"
syn match tlsParam "\$[A-Za-z_][A-Za-z0-9_.-]*"
syn match tlsOperator "+=\|-=\|>=\|<=\|\.\.\|[=|]"
syn match tlsId "\<TC\d\{4}\>"

syn region tlsString start=+"+ skip=+\\.+ end=+"+ end=+$+ contains=tlsEscape
syn match tlsEscape +\\["\\]+ contained
syn match tlsComment "#.*$" contains=tlsTodo,@Spell
syn keyword tlsTodo contained NOTE XXX

hi def link tlsStatement Structure
hi def link tlsMode Special
hi def link tlsSetting Keyword
hi def link tlsWord Keyword
hi def link tlsNot Exception
hi def link tlsChoice Constant
hi def link tlsType Type
hi def link tlsNumber Number
hi def link tlsDate Number
hi def link tlsAddress Number
hi def link tlsParam Identifier
hi def link tlsOperator Operator
hi def link tlsId PreProc
hi def link tlsString String
hi def link tlsEscape SpecialChar
hi def link tlsComment Comment
hi def link tlsTodo Todo

let b:current_syntax = "tls"
let &cpo = s:keep
unlet s:keep
