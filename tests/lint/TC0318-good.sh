# TC0318-good.sh FORMAT: a table beside the files that it names.
cp TC0422-good.tls edge.tls || exit
form=${1:-human}
tlsc() { "$TLSC" --format "$form" -Wno-TC0413 "$@"; }
tlsc edge.tls -o edge.bin
