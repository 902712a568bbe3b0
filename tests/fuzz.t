#!/bin/sh
# Every fuzz target over its corpus and a bounded number of mutations, from a
# fixed seed.  FUZZ_RUNS raises the number; `make fuzz` runs libFuzzer.
cd "$(dirname "$0")/.." || exit 1
B=${BUILD:-build}
n=0
for src in tests/fuzz/*.c; do
	name=$(basename "$src" .c)
	[ "$name" != driver ] || continue
	n=$((n + 1))
	mkdir -p "$B/tests/fuzz/empty"
	corpus=tests/fuzz/corpus/$name
	[ -d "$corpus" ] || corpus=$B/tests/fuzz/empty
	runs=5000
	case $name in
	handshake | serve) runs=1000 ;;	# each is one, or many
	esac
	if out=$("$B/tests/fuzz/$name" "${FUZZ_RUNS:-$runs}" "$corpus" 2>&1); then
		echo "ok $n - $name: $(echo "$out" | tail -n 1)"
	else
		echo "not ok $n - $name"
		echo "$out" | tail -n 40 | sed 's/^/# /'
	fi
done
[ $n != 0 ] || { echo '1..0 # SKIP no fuzz targets'; exit 0; }
echo "1..$n"
