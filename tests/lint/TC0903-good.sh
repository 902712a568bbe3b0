# TC0903-good.sh FORMAT: the same certificates, told otherwise.
cp certs/both-ca.pem TC0903-ca.pem
sed 's#certs/backend-ca#TC0903-ca#' TC0903.in >TC0903-same.tls
"$TLSC" TC0903-same.tls -o TC0903-same.bin || exit
{ echo '# a note'; cat certs/other-ca.pem certs/ca.pem certs/ca.pem; } >TC0903-ca.pem
"$TLSC" verify --format "${1:-human}" --trust TC0903-same.bin
