#!/bin/sh
# The commands that work on finished policies and tables: match, query, test,
# diff, dump, verify, sign.  Answers, exit codes, and that a table says the same
# as the policy it was made from.
cd "$(dirname "$0")/.." || exit 1
tlsc=$PWD/${BUILD:-build}/tlsc
top=$PWD
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room" || exit 1
export SOURCE_DATE_EPOCH=1790000000 LC_ALL=C NO_COLOR=1
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
run() {
	want=$1 title=$2
	shift 2
	"$@" >out 2>err </dev/null
	got=$?
	[ $got = "$want" ]
	ok $? "$title (exit $want)"
}
has() {
	grep -qF -- "$2" "$1"
	ok $? "$3"
}
cat >p.tls <<'END'
policy 1;

set office = { 10.20.0.0/16 };

backend a { server 127.0.0.1:9443; }
backend b { server 127.0.0.2:9443; }

frontend edge {
  listen    127.0.0.1:8443;
  no-sni    reject close;
  default   reject unrecognized-name;
  malformed reject close;

  route api sni "api.example.com" {
    when source in office and tls >= 1.3 passthrough to a;
    when alpn has "h2"                   passthrough to b;
    otherwise                            reject access-denied;
  }
  route wild sni "**.example.com" { passthrough to b; }
}

assert every sni "**.example.com" : mode is passthrough | reject;

test "the office" { sni "api.example.com"; source 10.20.1.1; } expect passthrough to a;
test "others" { sni "api.example.com"; } expect reject access-denied;
END
run 0 'the policy compiles' "$tlsc" p.tls -o p.bin

for in in p.tls p.bin; do
	m="$tlsc match $in"
	run 0 "$in: an exact name" $m --sni API.example.com --source 10.20.9.9
	has out 'passthrough to a' 'by source and version'
	run 0 "$in: another source" $m --sni api.example.com --alpn http/1.1,h2
	has out 'passthrough to b' 'by one of its protocols'
	run 0 "$in: a wildcard" $m --sni x.y.example.com --expect 'passthrough to b'
	run 1 "$in: another answer than expected" $m --sni nope.test --expect 'passthrough to b'
	has err 'expected passthrough to b' 'is said'
	run 2 "$in: an expectation that is none" $m --sni nope.test --expect 'teleport to b'
	run 0 "$in: no name" $m --expect 'reject close'
	run 2 "$in: a name that cannot be" $m --sni 'a b'
	run 2 "$in: a frontend that is not there" $m --listener egde
	run 0 "$in: --trace" $m --sni api.example.com --tls 1.2 --trace
	has err 'p.tls:15' 'names the clauses looked at'
	run 0 "$in: as JSON" $m --sni api.example.com --format json
	has out '"reason": "access-denied"' 'in the shape of --stdin'
	run 2 "$in: --stdin with a query" $m --stdin --sni x.test
	printf '%s\n' '{"sni": "api.example.com", "source": "10.20.0.1"}' '{}' \
		'{"sni": 5}' 'garbage' '{"sni": "x.example.com", "tls": "1.2"}' |
		$m --stdin >out 2>err
	[ $? = 1 ]
	ok $? "$in: a stream with impossible queries (exit 1)"
	python3 - <<'END' 2>err
import json
a = [json.loads(l) for l in open("out")]
assert len(a) == 5, a
assert a[0]["action"] == "passthrough" and a[0]["backend"] == "a", a
assert a[1]["reason"] == "close" and a[1]["backend"] is None, a
assert "error" in a[2] and "error" in a[3], a
assert a[4]["line"] == 19 and a[4]["file"] == "p.tls", a
END
	ok $? 'answers each line in order'

	run 0 "$in: query that holds" "$tlsc" query \
		'never sni "api.example.com" source in 10.20.0.0/16 tls >= 1.3 : backend is b' $in
	run 1 "$in: query that fails" "$tlsc" query \
		'every sni "api.example.com" : backend is a' $in
	has out 'witness: edge sni "api.example.com"' 'has a witness'
	has out 'p.tls:' 'and the deciding line'
	run 0 "$in: some" "$tlsc" query 'some tls is 1.1 : backend is b' $in
	run 0 "$in: vacuous" "$tlsc" query 'every sni "z.test" mode is passthrough : tls >= 1.3' $in
	has out 'vacuous' 'is told'
	run 2 "$in: a query that is none" "$tlsc" query 'every sni : :' $in
	has err '<query>:1:' 'with its place'
	run 2 "$in: an unknown backend" "$tlsc" query 'every any : backend is c' $in
	run 1 "$in: query as JSON" "$tlsc" query 'every any : backend is a' $in --format json
	python3 -c 'import json; a = json.load(open("out"))
assert a["verdict"] == "fails" and a["witness"]["listener"] == "edge"' 2>err
	ok $? 'can be read'

	run 2 "$in: two assertions" "$tlsc" query \
		'every any : any; assert never any : any' $in
	has err 'one assertion at a time' 'are one too many'

	run 0 "$in: its tests" "$tlsc" test $in
	has out '2 passed, 0 failed' 'pass'
	run 0 "$in: --run" "$tlsc" test --run '^the' $in
	has out '1 passed' 'selects'
	run 0 "$in: --run that selects nothing" "$tlsc" test --run nobody $in
	has err 'no test matches' 'says so'
	run 0 "$in: --junit -" "$tlsc" test --junit - $in
	python3 -c 'import xml.dom.minidom as x; x.parse("out")' 2>err
	ok $? 'is nothing but JUnit'
	run 2 "$in: --junit - and --tap" "$tlsc" test --junit - --tap $in
	run 2 "$in: --run with no expression" "$tlsc" test --run '(' $in
	run 1 "$in: --fail-under" "$tlsc" test --fail-under 90 $in
	run 0 "$in: --coverage" "$tlsc" test --coverage --tap --junit j.xml $in
	has out 'ok 1 - the office' 'TAP'
	has err 'TC0804' 'what no test reaches'
	python3 -c 'import xml.dom.minidom as x; x.parse("j.xml")' 2>err
	ok $? 'JUnit is well-formed'
done
sed 's/passthrough to a;$/passthrough to b;/; s/ expect passthrough to b/ expect passthrough to a/' p.tls >t.tls
run 1 'a failing test' "$tlsc" test t.tls
has out '1 passed, 1 failed' 'is counted'
has err 'TC0803' 'and a finding'
run 1 'a policy that fails its tests' "$tlsc" t.tls -o t.bin
[ ! -e t.bin ]
ok $? 'is not compiled'

run 0 'a policy and its table' "$tlsc" diff --exit-code p.tls p.bin
"$tlsc" fmt p.tls >f.tls
run 0 'and its canonical form' "$tlsc" diff --exit-code p.bin f.tls
run 0 'dump --as tls' "$tlsc" dump p.bin
cp out d.tls
run 0 'which compiles' "$tlsc" d.tls -o d.bin
run 0 'to the same decisions' "$tlsc" diff --exit-code p.bin d.bin
[ "$("$tlsc" verify p.bin | grep semantic)" = "$("$tlsc" verify d.bin | grep semantic)" ]
ok $? 'and the same semantic id'
run 0 'dump --as json' "$tlsc" dump --as json p.bin
python3 -c 'import json; json.load(open("out"))' 2>err
ok $? 'can be read'
run 0 'dump --as inventory' "$tlsc" dump --as inventory p.bin
sed '/^assert/d; /^test/d; s/reject access-denied/passthrough to b/' p.tls >w.tls
run 0 'a weaker policy' "$tlsc" diff p.tls w.tls
has out 'reject access-denied -> passthrough to b' 'is told'
run 1 '--exit-code' "$tlsc" diff --exit-code p.tls w.tls
run 1 '--forbid weaken' "$tlsc" diff --forbid weaken p.bin w.tls
run 1 'the other way round a table keeps silent' "$tlsc" diff --forbid weaken w.tls p.bin
has out 'not judged: allow' 'of what was allowed'
run 0 'but for that it tightens' "$tlsc" diff --unjudged --forbid weaken w.tls p.bin
run 1 '--forbid any' "$tlsc" diff --forbid any w.tls p.bin
run 0 'as JSON' "$tlsc" diff --format json p.tls w.tls
python3 -c 'import json; d = json.load(open("out")); assert not d["same"]' 2>err
ok $? 'can be read'
run 0 'as Markdown' "$tlsc" diff --format markdown p.tls w.tls
run 2 'as nothing known' "$tlsc" diff --format sarif p.tls w.tls

run 0 'verify' "$tlsc" verify p.bin
has out 'sound' 'says so'
run 3 'of a policy' "$tlsc" verify p.tls
has err 'TC0901' 'is no table'
for size in 0 1 8 255 256 1000; do
	head -c $size p.bin >cut.bin
	run 3 "a table cut to $size octets" "$tlsc" verify cut.bin
done
run 3 'match on a cut table' "$tlsc" match cut.bin --sni x.test
run 3 'no table at all' "$tlsc" verify none.bin
run 3 'its finding as JSON' "$tlsc" verify --format json cut.bin
python3 -c 'import json; d = json.load(open("out"))
assert d["diagnostics"][0]["id"] == "TC0901"' 2>err
ok $? 'can be read'

# One fixed Ed25519 key in signify's form, and another.
python3 - <<'END'
import base64, hashlib, subprocess
for name, number in (("k", b"tlsctest"), ("other", b"another1"), ("twin", b"tlsctest")):
    seed = hashlib.sha256(name.encode()).digest()
    der = bytes.fromhex("302e020100300506032b657004220420") + seed
    pub = subprocess.run("openssl pkey -inform DER -pubout -outform DER".split(),
                         input=der, capture_output=True, check=True).stdout[-32:]
    open(name + ".der", "wb").write(subprocess.run(
        "openssl pkey -inform DER -pubout -outform DER".split(), input=der,
        capture_output=True, check=True).stdout)
    secret = seed + pub
    def put(end, data):
        open(name + end, "w").write("untrusted comment: a test key\n"
            + base64.b64encode(data).decode() + "\n")
    check = hashlib.sha512(secret).digest()[:8]
    put(".sec", b"EdBK" + bytes(4) + bytes(16) + check + number + secret)
    put(".locked", b"EdBK\0\0\0\x2a" + bytes(16) + check + number + secret)
    put(".pub", b"Ed" + number + pub)
END
run 3 'no signature' "$tlsc" verify -p k.pub p.bin
has err 'TC0902' 'is TC0902'
run 0 'sign' "$tlsc" sign p.bin -s k.sec
has err 'warning: TC0902: p.bin has no serial' 'warns of what tlsd refuses'
run 0 'and verify' "$tlsc" verify -p k.pub p.bin
has err 'warning: TC0902: p.bin has no serial' 'warns, too'
has out 'signer    ' 'says whose it is'
sed -n 2p p.bin.sig | base64 -d | tail -c 64 >sig.raw
openssl pkeyutl -verify -pubin -inkey k.der -keyform DER -rawin -in p.bin \
	-sigfile sig.raw >out 2>err
ok $? 'OpenSSL verifies it too'
if command -v signify-openbsd >/dev/null; then
	signify-openbsd -V -p k.pub -m p.bin >out 2>err
	ok $? 'and signify'
fi
run 3 'another key' "$tlsc" verify -p other.pub p.bin
has err 'another key' 'is told apart'
run 3 'a key with the same number' "$tlsc" verify -p twin.pub p.bin
has err 'not that of this table' 'does not verify'
cp p.bin.sig w.bin.sig
"$tlsc" w.tls -o w.bin 2>err
run 3 'the signature of another table' "$tlsc" verify -p k.pub w.bin
run 3 'a key file that is none' "$tlsc" verify -p p.tls p.bin
run 3 'a key with a passphrase' "$tlsc" sign p.bin -s k.locked
has err 'passphrase' 'is refused with the reason'
run 3 'a public key where the secret one belongs' "$tlsc" sign p.bin -s k.pub
run 3 'signing what is no table' "$tlsc" sign p.tls -s k.sec
run 2 'signing without a key' "$tlsc" sign p.bin
mkfifo p.pipe.sig
cp p.bin p.pipe
run 3 'a pipe for a signature does not stop us' \
	timeout 20 "$tlsc" verify -p k.pub p.pipe
has err 'not a regular file' 'is said'

run 0 'genkey' "$tlsc" genkey mine
[ "$(stat -c %a mine.sec)" = 600 ]
ok $? 'only the owner reads the secret key'
run 3 'a key is not replaced' "$tlsc" genkey mine
has err 'mine.pub: already exists' 'is said'
run 0 'compile and sign in one step' "$tlsc" p.tls -o m.bin --sign mine.sec
run 0 'the pair fits' "$tlsc" verify -p mine.pub m.bin
SOURCE_DATE_EPOCH=1790000000 run 0 'its serial number is the time' \
	"$tlsc" p.tls -o m.bin --sign mine.sec
"$tlsc" verify m.bin | grep -q 'serial *1790000000'
ok $? 'as SOURCE_DATE_EPOCH says'
run 0 'or what one says' "$tlsc" p.tls -o m.bin --sign mine.sec --serial 7
"$tlsc" verify m.bin | grep -q 'serial *7$'
ok $? 'in --serial'
cp m.bin m.before && cp m.bin.sig m.sig.before
run 3 'a key that is not there' "$tlsc" p.tls -o m.bin --sign none.sec
cmp -s m.bin m.before && cmp -s m.bin.sig m.sig.before
ok $? 'leaves the table and its signature as they were'
run 2 'nowhere to put the signature' "$tlsc" p.tls -o - --sign mine.sec
if command -v signify-openbsd >/dev/null; then
	"$tlsc" verify -p mine.pub m.bin >/dev/null &&
		signify-openbsd -V -p mine.pub -m m.bin >out 2>err
	ok $? 'signify knows our keys'
fi

# A policy that lints and assertions object to still has a meaning to ask for.
cat >odd.tls <<'END'
policy 1;
backend a { server 10.0.0.1:443; }
frontend f {
  listen 0.0.0.0:443;
  no-sni reject close;
  default reject close;
  malformed reject close;
  route r sni "a.example.com" {
    when source in 10.0.0.0/8 passthrough to a;
    when source in 10.1.0.0/16 reject close;
    otherwise passthrough to a;
  }
}
assert every sni "a.example.com" : source in 10.0.0.0/8;
END
run 1 'a policy with findings is not compiled' "$tlsc" odd.tls -o odd.bin
run 0 'but can be asked' "$tlsc" match odd.tls --sni a.example.com
has out 'passthrough to a' 'and answers'
has err "see 'tlsc check'" 'with a word about them'
run 0 'also by query' "$tlsc" query 'every sni "a.example.com" : mode is passthrough' odd.tls
run 0 'and diff' "$tlsc" diff odd.tls odd.tls
sed -i 's/to a;/to nobody;/' odd.tls
run 1 'one without a meaning cannot' "$tlsc" match odd.tls --sni a.example.com
has err 'TC0201' 'and says why'
echo "1..$n"
exit $bad
