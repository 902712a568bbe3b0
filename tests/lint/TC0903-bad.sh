# TC0903-bad.sh FORMAT: a CA is added after the policy was compiled.  It is
# a certificate that stays, because the message has its fingerprint.
cp certs/ca.pem TC0903-ca.pem
sed 's#certs/backend-ca#TC0903-ca#' TC0903.in >TC0903-added.tls
"$TLSC" TC0903-added.tls -o TC0903-added.bin || exit
cat TC0903-other.pem >>TC0903-ca.pem
"$TLSC" verify --format "${1:-human}" --trust TC0903-added.bin
status=$?
[ -n "$1" ] || echo "exit $status"
exit $status
