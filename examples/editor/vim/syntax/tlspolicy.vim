" Vim syntax file: policies of tlsc, see policy(5).
" Copy this folder's syntax/ and ftdetect/ to ~/.vim/.  Who decrypts stands out:
" the four modes have a group each.
if exists("b:current_syntax")
  finish
endif
let s:cpo = &cpo
set cpo&vim

syntax case match
setlocal iskeyword=@,48-57,_,-
setlocal comments=:# commentstring=#\ %s
if executable("tlsc")
  setlocal formatprg=tlsc\ fmt\ -
  setlocal makeprg=tlsc\ check\ --format\ short\ %
  setlocal errorformat=%f:%l:%c:\ %t%*[^[][%m,%-Gtlsc:%.%#
endif

syntax keyword tlspolicyTop policy include param set profile limits backend
syntax keyword tlspolicyTop certificate frontend route assert test allow comply
syntax keyword tlspolicyFlow when otherwise where no-sni default malformed expect
syntax keyword tlspolicyFlow every never some any until
syntax keyword tlspolicyWord and not in has is from to with extends enforcing
syntax keyword tlspolicyWord names within
syntax keyword tlspolicySetting accept-proxy alpn balance bandwidth ca chain
syntax keyword tlspolicySetting ciphers client-auth client-hello connect
syntax keyword tlspolicySetting connection-rate connections crl drain early-data
syntax keyword tlspolicySetting fall groups handshake handshakes
syntax keyword tlspolicySetting handshakes-in-flight health idle interval key
syntax keyword tlspolicySetting listen listener max mode name per-source pin
syntax keyword tlspolicySetting prefer proxy-protocol queue reason rise sct
syntax keyword tlspolicySetting server slow-start sni source staple system
syntax keyword tlspolicySetting tickets timeout tls verify weight
syntax keyword tlspolicyValue round-robin least-connections source-hash
syntax keyword tlspolicyValue random-two on off auto none request require v1 v2
syntax keyword tlspolicyValue tcp http modern intermediate fips client server
syntax keyword tlspolicyValue pci-dss-4.0 hipaa sox fips-140-3
syntax keyword tlspolicyReject close unrecognized-name handshake-failure
syntax keyword tlspolicyReject access-denied
syntax keyword tlspolicyPassthrough passthrough
syntax keyword tlspolicyOffload offload
syntax keyword tlspolicyBridge bridge
syntax keyword tlspolicyReject reject

syntax match tlspolicyNumber "\<\d[0-9.]*\(k\|ms\|s\|m\|h\|d\|KiB\|MiB\|GiB\|B\)\?\(/s\)\?\>"
syntax match tlspolicyAddress "\<\d\+\.\d\+\.\d\+\.\d\+\([:/]\d\+\)\?"
syntax match tlspolicyAddress "\[[0-9a-fA-F:.]*\]\(:\d\+\)\?"
syntax match tlspolicyAddress "\<\x\+:[0-9a-fA-F:.]*\(/\d\+\)\?"
syntax match tlspolicyDate "\<\d\{4}-\d\d-\d\d\>"
syntax match tlspolicySuite "\<TLS_[A-Z0-9_]\+\>"
syntax match tlspolicyId "\<TC\d\{4}\>"
syntax match tlspolicyParam "\$[A-Za-z_][A-Za-z0-9_-]*"
syntax match tlspolicyOperator "[-+]\?=\|[<>]=\|\.\.\|[:|]"
syntax region tlspolicyString start=+"+ skip=+\\.+ end=+"+ oneline contains=tlspolicyWildcard
syntax match tlspolicyWildcard "\*\+\." contained
syntax match tlspolicyComment "#.*$" contains=@Spell

syntax region tlspolicyBlock start="{" end="}" transparent fold
syntax sync minlines=200

highlight default link tlspolicyTop Structure
highlight default link tlspolicyFlow Conditional
highlight default link tlspolicyWord Keyword
highlight default link tlspolicySetting Identifier
highlight default link tlspolicyValue Constant
highlight default link tlspolicyPassthrough Type
highlight default link tlspolicyOffload WarningMsg
highlight default link tlspolicyBridge Special
highlight default link tlspolicyReject Exception
highlight default link tlspolicyNumber Number
highlight default link tlspolicyAddress Number
highlight default link tlspolicyDate Number
highlight default link tlspolicySuite Constant
highlight default link tlspolicyId Tag
highlight default link tlspolicyParam PreProc
highlight default link tlspolicyOperator Operator
highlight default link tlspolicyString String
highlight default link tlspolicyWildcard SpecialChar
highlight default link tlspolicyComment Comment

let b:current_syntax = "tlspolicy"
let &cpo = s:cpo
unlet s:cpo
