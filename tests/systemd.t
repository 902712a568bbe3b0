#!/bin/sh
# The systemd units are well-formed and sandboxed.
set -u
echo 1..2
if ! command -v systemd-analyze >/dev/null; then
	echo "ok 1 - units verify # SKIP no systemd-analyze"
	echo "ok 2 - the service is sandboxed # SKIP no systemd-analyze"
	exit 0
fi
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
build=$PWD/${BUILD:-build}
for unit in tlsd.service tlsd.socket; do
	# The programs as they are here, and no manual pages looked up.
	sed -e "s#=/usr/s*bin/#=$build/#" -e '/^Documentation=/d' \
		examples/systemd/$unit > "$dir/$unit"
done
out=$(systemd-analyze verify "$dir/tlsd.service" "$dir/tlsd.socket" 2>&1)
if [ $? -eq 0 ] && [ -z "$out" ]; then
	echo "ok 1 - units verify"
else
	echo "not ok 1 - units verify"
	printf '%s\n' "$out" | sed 's/^/# /'
fi
# In tenths; a service without any sandboxing is at 96.
if out=$(systemd-analyze security --offline=yes --threshold=30 \
	"$dir/tlsd.service" 2>&1); then
	echo "ok 2 - the service is sandboxed"
else
	echo "not ok 2 - the service is sandboxed"
	printf '%s\n' "$out" | tail -5 | sed 's/^/# /'
fi
