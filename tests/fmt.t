#!/bin/sh
# tlsc fmt over every policy of the tree: what parses is formatted to the same
# tokens, and formatting again changes nothing; examples are canonical.  Then
# the command's own switches.
cd "$(dirname "$0")/.." || exit 1
tlsc=$PWD/${BUILD:-build}/tlsc
case ${BUILD:-build} in /*) tlsc=$BUILD/tlsc ;; esac
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
n=0

result() { # STATUS NAME
	n=$((n + 1))
	if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}

solid() { tr -d ' \t\r\n' <"$1"; }

count=0
bad=
for f in $(find examples tests -name '*.tls' ! -name link.tls | LC_ALL=C sort); do
	"$tlsc" fmt "$f" >"$room/1.tls" 2>/dev/null || [ $? = 1 ] || bad="$bad $f"
	[ -s "$room/1.tls" ] || continue
	count=$((count + 1))
	"$tlsc" fmt "$room/1.tls" >"$room/2.tls" 2>/dev/null
	cmp -s "$room/1.tls" "$room/2.tls" || bad="$bad $f(twice)"
	[ "$(solid "$f")" = "$(solid "$room/1.tls")" ] || bad="$bad $f(tokens)"
done
[ -z "$bad" ] || echo "#$bad"
[ -z "$bad" ] && [ $count -gt 20 ]
result $? 'all policies format to themselves, token for token'

"$tlsc" fmt --check $(find examples -name '*.tls') >"$room/out"
result $? 'the examples are canonical'
sed 's/^/# /' "$room/out"

cd "$room" || exit 1
printf 'policy   1;\nbackend b {server 127.0.0.1:1;}' >a.tls
printf 'policy 1;\nbackend b { server 127.0.0.1:1; }\n' >want.tls
"$tlsc" fmt a.tls | cmp -s - want.tls
result $? 'prints'
"$tlsc" fmt <a.tls | cmp -s - want.tls
result $? 'reads standard input'
"$tlsc" fmt --check a.tls want.tls >out
[ $? = 1 ] && [ "$(cat out)" = a.tls ]
result $? '--check names what differs and exits 1'
"$tlsc" fmt --diff a.tls >out
[ $? = 1 ] && grep '^+[^+]' out | cut -c2- | cmp -s - want.tls &&
	grep -q '^@@ -1,2 +1,2 @@$' out
result $? '--diff shows what changes'
chmod 640 a.tls
"$tlsc" fmt -w a.tls && cmp -s a.tls want.tls
result $? '-w writes'
"$tlsc" fmt -w a.tls && "$tlsc" fmt --check a.tls
result $? '-w twice'
printf 'policy 1;\nbackend b {' >broken.tls
cp broken.tls before.tls
"$tlsc" fmt -w broken.tls 2>out
[ $? = 1 ] && cmp -s broken.tls before.tls && grep -q TC0101 out
result $? 'what does not parse is left alone'
"$tlsc" fmt missing.tls 2>out
[ $? = 3 ] && grep -q 'missing.tls: ' out
result $? 'an unreadable file is exit 3, and named'
echo "1..$n"
