#!/bin/sh
# The language's reference and its editor file hold every keyword of the
# grammar, and the reference's example is a clean, canonical policy.
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

keywords=$(sed -n 's/^"\([a-z][a-z-]*\)" *return K_.*/\1/p' grammar/policy.l)
[ "$(echo "$keywords" | wc -l)" -gt 80 ]
result $? 'the scanner has its keywords'

missing=
tokens=$(tr -s ' \t|,;:{}=' '\n' <grammar/policy.y)
for word in $keywords; do
	echo "$tokens" | grep -qx "\"$word\"" || missing="$missing $word"
done
[ -z "$missing" ] || echo "# $missing"
[ -z "$missing" ]
result $? 'the grammar has every keyword'

sed -n 's/.*return \(K_[A-Z_]*\).*/\1/p' grammar/policy.l | sort >"$room/a"
sed -n '/^\(other_\)\{0,1\}word:/,/^;/p' grammar/policy.y | grep -o 'K_[A-Z_]*' | sort >"$room/b"
diff "$room/a" "$room/b" | sed 's/^/# /'
cmp -s "$room/a" "$room/b"
result $? 'every keyword may be a name'

missing=
text=$(tr -s ' \t,;' '\n' <grammar/policy.5)
for word in $keywords; do
	echo "$text" | grep -qx -e "$word" || missing="$missing $word"
done
[ -z "$missing" ] || echo "# $missing"
[ -z "$missing" ]
result $? 'policy.5 has every keyword'

missing=
text=$(grep '^syn keyword' examples/editor/vim/syntax/tls.vim | tr ' ' '\n')
for word in $keywords; do
	echo "$text" | grep -qx -e "$word" || missing="$missing $word"
done
[ -z "$missing" ] || echo "# $missing"
[ -z "$missing" ]
result $? 'the Vim file has every keyword'

# Every enumerated word of the vocabularies, too.
missing=
text=$(tr -s ' \t,;' '\n' <grammar/policy.5)
for word in $(sed -n 's/^WORD_\(MODE\|REJECT\|BALANCE\|CHECK\|PROXY\|STAPLE\|FIELDVALUE\|GROUP\)(.*, "\([a-z0-9-]*\)".*/\2/p' \
	grammar/words.def); do
	echo "$text" | grep -q -e "^$word\.*$" || missing="$missing $word"
done
[ -z "$missing" ] || echo "# $missing"
[ -z "$missing" ]
result $? 'policy.5 has every word of the vocabularies'

sed -n '/^\.Bd/,/^\.Ed/p' grammar/policy.5 | sed -n '2,/^\.Ed/p' |
	sed '/^\.Ed/d' >"$room/example.tls"
"$tlsc" check --no-fs -Wno-all "$room/example.tls" >"$room/out" 2>&1
status=$?
sed 's/^/# /' "$room/out"
[ $status = 0 ] && [ "$(wc -l <"$room/example.tls")" -gt 20 ]
result $? "policy.5's example compiles"
"$tlsc" fmt --check "$room/example.tls" >/dev/null
result $? "policy.5's example is canonical"

if command -v mandoc >/dev/null; then
	mandoc -Tlint -Wwarning grammar/policy.5 >"$room/out"
	sed 's/^/# /' "$room/out"
	[ ! -s "$room/out" ]
	result $? 'policy.5 is well-formed'
else
	n=$((n + 1))
	echo "ok $n - policy.5 is well-formed # SKIP no mandoc"
fi
echo "1..$n"
