#!/bin/sh
# The Vim syntax file knows every word of the grammar, and Vim can read it.
cd "$(dirname "$0")/.." || exit 1
syntax=examples/editor/vim/syntax/tls.vim
n=0
bad=0
ok() {
	n=$((n + 1))
	[ "$1" = 0 ] || bad=1
	[ "$1" = 0 ] && echo "ok $n - $2" || echo "not ok $n - $2"
}
lacking=
for word in $(sed -n 's/^"\([a-z-]*\)".*return K_.*/\1/p' grammar/policy.l) \
	$(sed -n 's/^WORD_\(MODE\|REJECT\|BALANCE\)([^"]*"\([a-z-]*\)".*/\2/p' \
		grammar/words.def); do
	grep '^syn keyword' $syntax | tr ' ' '\n' | grep -qx -- "$word" ||
		lacking="$lacking $word"
done
[ -z "$lacking" ]
ok $? "every keyword of the grammar has its colour$lacking"
if command -v vim >/dev/null && vim --version | grep -q '+syntax'; then
	room=$(mktemp -d)
	trap 'rm -rf "$room"' EXIT
	cat >"$room/look.vim" <<'END'
set nocompatible rtp^=examples/editor/vim
syntax on
filetype on
edit examples/mixed.tls
let seen = {}
for l in range(1, line('$'))
	for c in range(1, col([l, '$']))
		let seen[synIDattr(synID(l, c, 1), 'name')] = 1
	endfor
endfor
call writefile(sort(keys(seen)), $ROOM . '/seen')
qall!
END
	ROOM=$room vim -u NONE -i NONE -es -S "$room/look.vim" </dev/null >"$room/said" 2>&1
	for group in Mode Statement Comment String Address; do
		grep -qx "tls$group" "$room/seen"
		ok $? "Vim colours: $group"
	done
fi
echo "1..$n"
exit $bad
