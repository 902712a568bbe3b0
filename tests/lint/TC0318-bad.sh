# TC0318-bad.sh FORMAT: a table away from the files that it names.
mkdir -p out && cp TC0422-good.tls edge.tls || exit
form=${1:-human}
tlsc() { "$TLSC" --format "$form" -Wno-TC0413 "$@"; }
tlsc edge.tls -o out/edge.bin
