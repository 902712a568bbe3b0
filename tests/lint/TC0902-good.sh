# TC0902-good.sh FORMAT: a table signed with the key that verifies it.
printf '%s\n' 'untrusted comment: a throw-away key of the tests' \
	RWRCSwAAAAAAAAAAAAAAAAAAAAAAAAAAwQk6StGEm7x0bHNjdGVzdHf4j715bAdm2CN1aEydjAtkAg7v0qvaf0HtbReIG0eQWJ6eznrPT9Vd0pmFOjJJjexwwf6jZ4CU/o/X8b0VASU= >TC0902.sec
printf '%s\n' 'untrusted comment: its public key' \
	RWR0bHNjdGVzdFiens56z0/VXdKZhToySY3scMH+o2eAlP6P1/G9FQEl >TC0902.pub
"$TLSC" TC0301-good.tls -o TC0902.bin &&
	"$TLSC" sign TC0902.bin -s TC0902.sec &&
	"$TLSC" verify --format "${1:-human}" --pubkey TC0902.pub TC0902.bin
