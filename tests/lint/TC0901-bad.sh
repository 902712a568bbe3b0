# TC0901-bad.sh FORMAT: a table with one bit changed.
"$TLSC" TC0301-good.tls -o TC0901.bin || exit
printf '\377' | dd of=TC0901.bin bs=1 seek=200 conv=notrunc 2>/dev/null
"$TLSC" verify --format "${1:-human}" TC0901.bin
status=$?
[ -n "$1" ] || echo "exit $status"
exit $status
