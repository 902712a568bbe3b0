#!/bin/sh
# The command line of tlsc: exit codes, streams, usage errors, files that cannot
# be read or written, dependencies, standard input, colour.
cd "$(dirname "$0")/.." || exit 1
tlsc=$PWD/${BUILD:-build}/tlsc
top=$PWD
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room" || exit 1
unset NO_COLOR
export SOURCE_DATE_EPOCH=1790000000 LC_ALL=C
n=0
bad=0

ok() {
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		bad=1
		echo "not ok $n - $2"
		sed 's/^/# out: /' out | head -n 20
		sed 's/^/# err: /' err | head -n 20
	fi
}
# run STATUS TITLE COMMAND...: its streams are left in out and err
run() {
	want=$1 title=$2
	shift 2
	"$@" >out 2>err </dev/null
	got=$?
	[ $got = "$want" ]
	ok $? "$title (exit $want)"
}
# has FILE TEXT TITLE
has() {
	grep -qF -- "$2" "$1"
	ok $? "$3"
}
empty() {
	[ ! -s "$1" ]
	ok $? "$2"
}

cp "$top/examples/minimal.tls" good.tls
sed 's/to web;/to wbe;/' good.tls >bad.tls
sed 's/^backend/backend spare { server 127.0.0.2:1; }\nbackend/' good.tls >warn.tls

run 0 'a sound policy checks' "$tlsc" check good.tls
empty out 'and standard output stays empty'
empty err 'and standard error too'
run 0 'a sound policy compiles' "$tlsc" good.tls -o good.bin
cp good.bin before.bin
run 1 'a faulty one does not' "$tlsc" bad.tls -o good.bin
has err 'bad.tls:13:' 'the fault has a place'
has err "did you mean" 'and a nearest name'
empty out 'people read standard error'
cmp -s good.bin before.bin
ok $? 'and the old table is untouched'
run 0 'compiling again' "$tlsc" compile good.tls --output=good.bin
cmp -s good.bin before.bin
ok $? 'gives the same bytes'
run 0 'warnings do not fail' "$tlsc" check warn.tls
has err 'warning[TC0203]' 'but are said'
run 1 '--fail-on warning' "$tlsc" check --fail-on warning warn.tls
run 1 '-Werror=all' "$tlsc" check -Werror=all warn.tls
has err 'error[TC0203]' 'makes it an error'
run 0 '-Wno-unused-object' "$tlsc" check -Wno-unused-object --fail-on note warn.tls
run 0 '--warn and its value in two words' "$tlsc" check --warn no-unused-object \
	--fail-on note warn.tls
empty err 'switches it off'
run 1 'a warning that fails also keeps the table' "$tlsc" \
	--fail-on warning warn.tls -o none.bin
[ ! -e none.bin ]
ok $? 'unwritten'

run 2 'no arguments' "$tlsc"
has err 'usage: tlsc' 'print the usage'
run 0 '--help' "$tlsc" --help
has out 'commands:' 'lists commands'
for command in compile check fmt test match query diff dump verify sign genkey \
	explain rules completions version help; do
	run 0 "$command --help" "$tlsc" $command --help
	has out "usage: tlsc $command" "$command: usage"
done
run 2 'an unknown command' "$tlsc" chekc good.tls
has err "did you mean 'check'?" 'names the nearest'
run 2 'an unknown option' "$tlsc" check --formt json good.tls
has err 'did you mean --format?' 'names the nearest'
run 2 'an option of another command' "$tlsc" check --trace good.tls
has err "not an option of 'tlsc check'" 'is told apart'
run 2 'a value that cannot be' "$tlsc" check --color sometimes good.tls
has err 'auto always never' 'names those that can'
run 2 'an option without its value' "$tlsc" check good.tls --format
run 2 'a value where none belongs' "$tlsc" check --no-fs=1 good.tls
run 2 'an unknown format' "$tlsc" check --format jsn good.tls
has err 'did you mean json?' 'names the nearest'
run 2 'a report without a format' "$tlsc" check --report x good.tls
run 2 'a report of an unknown format' "$tlsc" check --report x=y good.tls
[ ! -e x ]
ok $? 'writes nothing'
run 2 'an unknown rule' "$tlsc" check -Wno-unused-objct good.tls
has err "did you mean 'unused-object'?" 'names the nearest'
run 2 'an error cannot be switched off' "$tlsc" check -Wno-TC0101 good.tls
run 2 'a time that is none' "$tlsc" check --now 2026-02-30 good.tls
run 2 'a bad SOURCE_DATE_EPOCH' env SOURCE_DATE_EPOCH=soon "$tlsc" check good.tls
run 0 'a time with an offset' "$tlsc" check --now 2026-01-31T12:00:00.5+02:00 good.tls
run 2 'compile without -o' "$tlsc" good.tls
has err '-o TABLE' 'says what to add'
run 2 'two policies for one table' "$tlsc" good.tls warn.tls -o x.bin
run 2 'table and findings on one stream' "$tlsc" good.tls -o - --format json
cp good.tls same.tls
run 2 'a table over its own policy' "$tlsc" same.tls -o ./same.tls
cmp -s good.tls same.tls
ok $? 'which stays'
run 2 '-D without =' "$tlsc" check -D env good.tls
run 1 '-D of an unknown param' "$tlsc" check -D env=prod good.tls
has err 'TC0204' 'is TC0204'

run 3 'a file that is not there' "$tlsc" check none.tls
has err 'none.tls' 'is named'
run 3 'a folder' "$tlsc" check .
run 3 'one of two not there' "$tlsc" check good.tls none.tls
run 3 'a folder that is not there' "$tlsc" good.tls -o none/x.bin
run 3 'a report that cannot be written' "$tlsc" check --report none/x=json good.tls
if [ -w /dev/full ]; then
	"$tlsc" check --format json good.tls >/dev/full 2>err
	[ $? = 3 ]
	ok $? 'a full disk behind standard output is exit 3'
fi
mkdir sealed
echo old >sealed/t.bin
run 3 'a target that is a folder' "$tlsc" good.tls -o sealed
[ "$(ls sealed)" = t.bin ]
ok $? 'leaves no temporary file'

"$tlsc" check - <good.tls >out 2>err
ok $? 'standard input, named -'
"$tlsc" check <bad.tls >out 2>err
[ $? = 1 ]
ok $? 'standard input, unnamed'
has err '<stdin>:13:' 'is called <stdin>'
"$tlsc" good.tls -o - >piped.bin 2>err
cmp -s piped.bin good.bin
ok $? 'a table on standard output'

run 1 'several files' "$tlsc" check --format json good.tls bad.tls warn.tls
python3 -c 'import json, sys
d = json.load(open("out"))
assert d["format"] == "1.0" and d["errors"] == 1 and d["warnings"] >= 1, d
assert {x["file"] for x in d["diagnostics"]} == {"bad.tls", "warn.tls"}, d' 2>>err
ok $? 'in one report'
empty err 'machine formats are alone on standard output'
run 1 'several reports' "$tlsc" check --report a.json=json --report b.sarif=sarif \
	--report c.xml=junit --report d.xml=checkstyle --report e.txt=github \
	--report f.json=gitlab --report g.txt=short --report h.txt=human bad.tls
python3 -c 'import json, xml.dom.minidom as x
json.load(open("a.json")); json.load(open("b.sarif")); json.load(open("f.json"))
x.parse("c.xml"); x.parse("d.xml")' 2>>err
ok $? 'are well-formed'
has e.txt '::error file=bad.tls,line=13' 'github annotates'
has g.txt 'bad.tls:13:' 'short has places'
cmp -s h.txt err
ok $? 'human to a file is what people see'

run 1 'no colour without a terminal' "$tlsc" check bad.tls
grep -q "$(printf '\033')" err
[ $? = 1 ]
ok $? 'none at all'
run 1 '--color always' "$tlsc" check --color always bad.tls
has err "$(printf '\033[1;31m')" 'colours'
if script -qec true /dev/null >/dev/null 2>&1 </dev/null; then
	script -qec "'$tlsc' check bad.tls" /dev/null >out 2>err </dev/null
	has out "$(printf '\033[1;31m')" 'a terminal is coloured'
	NO_COLOR=1 script -qec "'$tlsc' check bad.tls" /dev/null >out 2>err </dev/null
	grep -q "$(printf '\033\\[1')" out
	[ $? = 1 ]
	ok $? 'unless NO_COLOR is set'
fi

mkdir 'a b'
printf 'policy 1;\ninclude "a b/*.tls";\n' >inc.tls
sed 1d good.tls >'a b/x#1.tls'
run 0 '-MF' "$tlsc" inc.tls -o inc.bin -MF inc.d
has inc.d 'inc.bin:' 'names the target'
has inc.d 'a\ b/x\#1.tls' 'and quotes what make would take apart'
printf 'inc.bin:\n\t@echo made\ninclude inc.d\n' >Makefile
touch -d '2020-01-01' inc.tls 'a b/x#1.tls'
touch -d '2021-01-01' inc.bin
[ -z "$(make -s 2>&1)" ]
ok $? 'make reads it: nothing to do'
touch -d '2022-01-01' 'a b/x#1.tls'
[ "$(make -s 2>&1)" = made ]
ok $? 'and compiles again when an include changes'
run 0 '-M to standard output' "$tlsc" check -M inc.tls
has out 'inc.tls' 'names what was read'

cp warn.tls fixme.tls
chmod 640 fixme.tls
run 0 '--fix' "$tlsc" check --fix fixme.tls
has err 'repaired 1 finding' 'says what it did'
run 0 'and nothing is left' "$tlsc" check --fail-on note fixme.tls
[ "$(stat -c %a fixme.tls)" = 640 ]
ok $? 'the mode of the file stays'
cp warn.tls real.tls
ln -s real.tls link.tls
run 0 '--fix through a symbolic link' "$tlsc" check --fix link.tls
[ -L link.tls ] && ! grep -q spare real.tls
ok $? 'changes the file, not the link'
"$tlsc" check --fix - <warn.tls >out 2>err
ok $? '--fix changes no standard input'

run 0 'explain by id and by name' "$tlsc" explain TC0301 route-unreachable
[ "$(grep -c '^TC0301  ' out)" = 2 ]
ok $? 'is the same text'
run 0 'explain in small letters and in capitals' "$tlsc" explain tc0301 Route-Unreachable
[ "$(grep -c '^TC0301  ' out)" = 2 ]
ok $? 'is it too'
run 2 'explain nothing known' "$tlsc" explain TC0399
run 0 'rules' "$tlsc" rules
[ "$(wc -l <out)" = "$(grep -c '^DIAG(' "$top/compiler/diag/diag.def")" ]
ok $? 'one line each'
run 0 'rules as JSON' "$tlsc" rules --format json
python3 -c 'import json; d = json.load(open("out"))
assert len(d["rules"]) > 60 and d["rules"][0]["id"] == "TC0101"' 2>>err
ok $? 'that can be read'
for shell in bash zsh fish; do
	run 0 "completions $shell" "$tlsc" completions $shell
	has out 'explain' "$shell: commands"
	if command -v $shell >/dev/null; then
		$shell -n out 2>err
		ok $? "$shell: valid syntax"
	fi
done
cat >complete <<'END'
. ./out
complete_words() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tlsc; echo "${COMPREPLY[@]}"; }
[ "$(complete_words tlsc che)" = check ] || exit 1
[ "$(complete_words tlsc check --rep)" = --report ] || exit 2
[ "$(complete_words tlsc check --format sa)" = sarif ] || exit 3
[ "$(complete_words tlsc explain TC030)" = "TC0301 TC0302 TC0303 TC0304 TC0305 TC0306 TC0307 TC0308 TC0309" ] || exit 4
END
"$tlsc" completions bash >out
bash complete 2>err
ok $? 'bash completes commands, options, values and ids'
tlsctl=$(dirname "$tlsc")/tlsctl
for shell in bash zsh fish; do
	run 0 "tlsctl completions $shell" "$tlsctl" completions $shell
	has out 'undrain' "$shell: commands"
	if command -v $shell >/dev/null; then
		$shell -n out 2>err
		ok $? "$shell: valid syntax"
	fi
done
run 2 'tlsctl completions for another shell' "$tlsctl" completions csh
cat >complete <<'END'
. ./out
tlsctl() { printf 'SERVER\nweb/127.0.0.1:80 up\nweb/127.0.0.2:80 up\n%s\n' "$2/x"; }
complete_words() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tlsctl; echo "${COMPREPLY[@]}"; }
[ "$(complete_words tlsctl gen)" = generations ] || exit 1
[ "$(complete_words tlsctl --control sock --j)" = --json ] || exit 2
[ "$(complete_words tlsctl load --s)" = --shadow ] || exit 3
[ "$(complete_words tlsctl --control sock drain '')" = 'sock web --all' ] || exit 4
[ "$(complete_words tlsctl undrain we)" = web ] || exit 5
END
"$tlsctl" completions bash >out
bash complete 2>err
ok $? 'bash completes commands, options and backends of tlsctl'
run 0 'version' "$tlsc" --version

# OPTION(ID, "short", "long", ...): the manual has one of the two names.
lacking=$(sed -n 's/^OPTION([A-Z_]*, "\([A-Za-z]*\)", "\([a-z-]*\)".*/\1 \2/p' \
	"$top/compiler/cli/options.def" | while read -r short long; do
	[ -n "$long" ] || long=$short short=
	grep -qE -- "(Fl|,) (-$long|${short:-=})( |\$)" "$top/compiler/tlsc.1" ||
		grep -q -- "Fl $short " "$top/compiler/tlsc.1" || echo "$long"
done)
echo "$lacking" >err
[ -z "$(echo $lacking | sed 's/version//')" ]
ok $? 'the manual has every option'

cp -r "$top/examples" .
run 2 'no table without its lists' "$tlsc" -Wno-all --no-fs \
	examples/multi-tenant/edge.tls -o lists.bin
[ ! -e lists.bin ]
ok $? 'is written'
run 0 'but checked it can be' "$tlsc" check -Wno-all --no-fs \
	examples/multi-tenant/edge.tls
mkdir -p deep/er
cp -r examples deep/er/
"$tlsc" -Wno-all --no-credentials examples/multi-tenant/edge.tls -o a.bin 2>err
(cd deep/er/examples && umask 077 && TZ=Asia/Tokyo LC_ALL=C.UTF-8 \
	SOURCE_DATE_EPOCH=1 "$tlsc" -Wno-all --no-credentials multi-tenant/edge.tls \
	-o ../../../b.bin) 2>>err
cmp a.bin b.bin 2>>err
ok $? 'the same bytes in another folder, umask, time zone, locale and year'

python3 - <<'END'
with open("flood.tls", "w") as f:
    f.write("policy 1;\n")
    for i in range(200000):
        f.write("backend b%d { server 10.0.0.1/8:x; bogus 5; }\n" % (i % 1000))
END
run 1 'a file full of errors' "$tlsc" check flood.tls
[ "$(wc -c <err)" -lt 200000 ]
ok $? 'stays readable'
has err 'left out' 'and says what is left out'
"$tlsc" check --format sarif flood.tls >out 2>err
[ "$(grep -c '"ruleId"' out)" -le 5000 ]
ok $? 'at most 5,000 results in SARIF'

echo "1..$n"
exit $bad
