#!/bin/sh
# Every example compiles without a word of complaint, in canonical form.
cd "$(dirname "$0")/.." || exit 1
B=$PWD/${BUILD:-build}
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cp -r examples "$room/"
n=0
check() {
	n=$((n + 1))
	title=$1
	shift
	if out=$("$@" 2>&1) && [ -z "$out" ]; then
		echo "ok $n - $title"
	else
		echo "not ok $n - $title"
		echo "$out" | sed 's/^/# /'
	fi
}
# The throw-away CA is known to no client: that one warning is expected.
for policy in examples/*.tls examples/*/edge.tls; do
	name=${policy#examples/}
	dir=$room/$(dirname "$policy")
	[ -e "$dir/certs" ] || cp -a "$B/tests/certs" "$dir/certs"
	check "$name compiles without diagnostics" "$B/tlsc" -Wno-TC0413 \
		--fail-on warning "$room/$policy" -o "$dir/out.bin"
	check "$name: its table verifies" sh -c \
		"'$B/tlsc' verify --deep '$dir/out.bin' >'$room/said' 2>&1 ||
			cat '$room/said'"
	check "$name is in canonical form" "$B/tlsc" fmt --check "$policy"
done
sed -n '/^    policy 1;/,/^    assert /s/^    //p' README.md \
	>"$room/examples/readme.tls"
check 'the policy in README.md compiles' "$B/tlsc" -Wno-TC0413 \
	"$room/examples/readme.tls" -o "$room/examples/out.bin"
check 'multi-tenant/edge.tls compiles for staging' "$B/tlsc" -Wno-TC0413 \
	-D env=staging "$room/examples/multi-tenant/edge.tls" \
	-o "$room/examples/multi-tenant/out.bin"
check "company/edge.tls: its tests reach every clause" sh -c \
	"'$B/tlsc' test --coverage --fail-under 100 -Wno-TC0413 \
		'$room/examples/company/edge.tls' >'$room/said' 2>&1 ||
		cat '$room/said'"
check 'company/edge.tls compiles for staging' "$B/tlsc" -Wno-TC0413 \
	-D env=staging "$room/examples/company/edge.tls" \
	-o "$room/examples/company/out.bin"
check 'mixed.tls compiles for maintenance' "$B/tlsc" -Wno-TC0413 \
	-D stage=maintenance "$room/examples/mixed.tls" \
	-o "$room/examples/out.bin"
echo "1..$n"
