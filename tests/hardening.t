#!/bin/sh
# The programs have what the flags of the Makefile are to give them, as
# hardening-check(1) would look for it.
set -u
build=${BUILD:-build}
n=0
# ok NAME CONDITION...: the condition is a command that is to succeed.
ok() {
	name=$1
	shift
	n=$((n + 1))
	if "$@"; then echo "ok $n - $name"; else echo "not ok $n - $name"; fi
}
case $build in
*san) echo '1..0 # SKIP a sanitizer build has other flags'; exit 0;;
esac
segments() { readelf -lW "$build/$1"; }
no_writable_code() {
	! segments "$1" | grep -q 'LOAD.* RWE ' &&
		segments "$1" | grep 'GNU_STACK' | grep -q ' RW '
}
# Code shares no segment with read-only data.
separate_code() {
	segments "$1" | grep -A99 'Section to Segment' | grep -w '\.text' |
		grep -qv '\.rodata'
}
position_independent() { readelf -hW "$build/$1" | grep -q 'Type: *DYN'; }
read_only_relocations() {
	segments "$1" | grep -q GNU_RELRO &&
		readelf -dW "$build/$1" | grep -q 'BIND_NOW'
}
calls() { readelf -sW --dyn-syms "$build/$1" | grep -q "$2"; }
dump() { objdump -d --no-show-raw-insn "$build/runtime/$1.o"; }
# Every function may be jumped to at its beginning, and nowhere else.
branches() {
	[ "$(uname -m)" != x86_64 ] || readelf -nW "$build/runtime/$1.o" |
		grep -q 'IBT, SHSTK'
}
# A large stack frame is touched page by page.
stack_clash() {
	[ "$(uname -m)" != x86_64 ] ||
		dump "$1" | grep -q 'orq .*\$0x0,.*(%rsp)'
}
# Registers are empty when a function returns: xor just before ret.
empty_registers() {
	[ "$(uname -m)" != x86_64 ] ||
		dump "$1" | grep -B3 'ret' | grep -q 'xor .*%edx,%edx'
}
# What `make fuzz` says to clang, said of an empty file.
clang_takes_the_flags() {
	command -v clang >/dev/null || return 0
	line=$(make -s -n CI= -W runtime/table/utf8.c B="$build" CC=clang \
		SAN=address "$build/runtime/table/utf8.o" | grep '^clang ') || return 1
	flags=${line#clang }
	# Word for word, as the shell would.
	clang -fsyntax-only -x c /dev/null $(echo "${flags%% -c *}" |
		sed "s/-MMD -MP//") 2>/dev/null
}
for p in tlsc tlsd tlsctl; do
	ok "$p: no memory is writable and executable" no_writable_code $p
	ok "$p: code is apart from data" separate_code $p
	ok "$p: position independent" position_independent $p
	ok "$p: relocations are read-only" read_only_relocations $p
	ok "$p: stack protector" calls $p __stack_chk_fail
	ok "$p: fortified calls" calls $p '__\(memcpy\|snprintf\|fprintf\)_chk'
done
for f in table/hello worker/conn keys/keys; do
	ok "$f.c: branches" branches $f
	ok "$f.c: registers" empty_registers $f
done
ok 'handover_take.c: stack clash' stack_clash master/handover_take
ok 'clang takes the flags of the fuzz targets' clang_takes_the_flags
echo "1..$n"
