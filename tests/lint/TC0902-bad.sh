# TC0902-bad.sh FORMAT: a table signed by nobody.
"$TLSC" TC0801-good.tls -o TC0902.bin || exit
printf '%s\n' 'untrusted comment: a test key' \
	'RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3' >TC0902.pub
"$TLSC" verify --format "${1:-human}" --pubkey TC0902.pub TC0902.bin
status=$?
[ -n "$1" ] || echo "exit $status"
