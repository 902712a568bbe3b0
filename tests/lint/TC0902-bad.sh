# TC0902-bad.sh FORMAT: a table signed by nobody.
"$TLSC" TC0301-good.tls -o TC0902-unsigned.bin || exit
printf '%s\n' 'untrusted comment: a test key' \
	RWR0bHNjdGVzdFiens56z0/VXdKZhToySY3scMH+o2eAlP6P1/G9FQEl >TC0902.pub
"$TLSC" verify --format "${1:-human}" --pubkey TC0902.pub TC0902-unsigned.bin
status=$?
[ -n "$1" ] || echo "exit $status"
exit $status
