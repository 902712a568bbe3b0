#!/bin/sh
# tlsc test, query and diff: what they print and how they end, on policies and
# on tables.
cd "$(dirname "$0")/.." || exit 1
PATH=$PWD/${BUILD:-build}:$PATH
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room" || exit 1
n=0
bad=0

# ok TITLE STATUS COMMAND...: ends with STATUS and prints what the here
# document says, line by line; a line is a fixed string to be found, "!" before
# it forbids it.
ok() {
	title=$1 status=$2
	shift 2
	n=$((n + 1))
	"$@" >said 2>&1
	got=$?
	why=
	[ "$got" = "$status" ] || why="exit $got, not $status"
	while IFS= read -r line; do
		case $line in
		'!'*) grep -qF -- "${line#!}" said && why="$why; has: $line" ;;
		*) grep -qF -- "$line" said || why="$why; lacks: $line" ;;
		esac
	done
	if [ -z "$why" ]; then
		echo "ok $n - $title"
	else
		bad=1
		echo "not ok $n - $title"
		echo "# $why"
		sed 's/^/# /' said | head -n 40
	fi
}

cat >edge.tls <<'END'
policy 1;
set office = { 10.20.0.0/16, 2001:db8:20::/48 };
set paying = names { "pay.example.com", "**.pay.example.com" };
backend api { server 10.40.0.11:8443; }
backend pay { server 10.40.0.12:8443; }
frontend edge {
  listen 127.0.0.1:8443;
  no-sni reject unrecognized-name;
  default reject unrecognized-name;
  malformed reject close;
  when alpn has "acme-tls/1" reject close;
  route api sni "api.example.com", "*.api.example.com" {
    when source in office and tls >= 1.3 passthrough to api;
    otherwise reject access-denied;
  }
  route pay sni in paying { passthrough to pay enforcing intermediate; }
}
assert every sni in paying not alpn has "acme-tls/1" : mode is passthrough;
assert never not source in office : backend is api;
assert some sni "x.y.pay.example.com" : backend is pay;
test "office reaches api" { sni "api.example.com"; source 10.20.1.1; tls 1.3; }
  expect passthrough to api;
test "others do not" { sni "api.example.com"; source 198.51.100.9; }
  expect reject access-denied;
test "unknown # is refused" { sni "nope.test"; } expect reject;
test "paying is strict" { sni "a.b.pay.example.com"; alpn "h2", "http/1.1"; }
  expect passthrough to pay enforcing intermediate;
END
sed 's/expect reject;/expect passthrough to pay;/' edge.tls >failing.tls

ok 'all tests of a policy' 0 tlsc test edge.tls <<'END'
ok    office reaches api
4 passed, 0 failed
END
ok '--run chooses by title' 0 tlsc test --run '^(office|others)' edge.tls <<'END'
ok    others do not
!strict
2 passed, 0 failed
END
ok '--run with no regular expression is a usage error' 2 \
	tlsc test --run '(' edge.tls <<'END'
--run
END
ok 'a failure says what decided and what was looked at' 1 \
	tlsc test failing.tls <<'END'
FAIL  unknown # is refused: expected passthrough to pay, got reject unrecognized-name, by failing.tls:9
error[TC0803]
"nope.test" goes to default
3 passed, 1 failed
END
ok '--tap' 1 tlsc test --tap failing.tls <<'END'
TAP version 13
1..4
ok 1 - office reaches api
not ok 3 - unknown \# is refused
# failing.tls:25: expected passthrough to pay, got reject unrecognized-name
END
ok '--junit' 1 tlsc test --junit out.xml failing.tls <<'END'
3 passed, 1 failed
END
ok '  is well-formed and says the failure' 0 python3 -c '
import xml.dom.minidom
d = xml.dom.minidom.parse("out.xml").documentElement
s = d.getElementsByTagName("testsuite")[0]
print(s.getAttribute("tests"), s.getAttribute("failures"),
    s.getAttribute("errors"))
print(d.getElementsByTagName("failure")[0].getAttribute("message"))' <<'END'
4 1 0
expected passthrough to pay, got reject unrecognized-name
END
ok '--coverage names clauses that no test reaches' 0 \
	tlsc test --coverage edge.tls <<'END'
4 of 9 clauses by name reached (44 %)
edge.tls:8:3: note[TC0804]: no test reaches this clause
edge.tls:11:3: note[TC0804]: no test reaches this clause
no test reaches this clause through 1 of its 2 name patterns
for example '*.api.example.com'
END
ok '--fail-under above it' 1 tlsc test --fail-under 45 edge.tls <<'END'
coverage is 44 percent, below 45
END
ok '--fail-under at it' 0 tlsc test --fail-under 44 edge.tls <<'END'
4 passed
END
ok 'a failing policy is not compiled' 1 tlsc failing.tls -o no.bin <<'END'
error[TC0803]
END
ok '  and nothing is written' 1 test -e no.bin </dev/null
ok 'a good one is' 0 tlsc edge.tls -o edge.bin <<'END'
!error
END
ok 'the table carries the tests' 0 tlsc test edge.bin <<'END'
ok    paying is strict
4 passed, 0 failed
END

ok 'query: it holds' 0 tlsc query 'every sni "api.example.com" not source in office : mode is reject' edge.tls <<'END'
holds
END
ok 'query: a counter-example and what decides it' 1 \
	tlsc query 'every sni "api.example.com" : backend is api' edge.tls <<'END'
fails
sni "api.example.com"
decided by edge.tls:
END
ok 'query: a name that no route has falls to default' 0 \
	tlsc query 'every sni "nope.example.org" not alpn has "acme-tls/1" : reason is unrecognized-name' edge.bin <<'END'
holds
END
ok 'query: and one under a wildcard to the wildcard' 0 \
	tlsc query 'every sni "q.w.pay.example.com" not alpn has "acme-tls/1" : backend is pay' edge.bin <<'END'
holds
END
ok 'query: some, with an example' 0 \
	tlsc query 'some source in 2001:db8:20::/48 : backend is api' edge.bin <<'END'
holds
for example: edge sni "api.example.com" source 2001:db8:20:: alpn (none) tls 1.3
END
ok 'query: some that is not' 1 tlsc query 'some no-sni : mode is passthrough' edge.bin <<'END'
fails
END
ok 'query: bytes that are no ClientHello belong to the queries' 1 \
	tlsc query 'every tls is unknown : reason is unrecognized-name | access-denied' edge.bin <<'END'
fails
END
ok 'query: who is held to what, on a table' 0 \
	tlsc query 'every enforcing : profile >= 1.2 and client-auth is none and not verify' edge.bin <<'END'
holds
END
ok 'query: and who is not' 1 \
	tlsc query 'every mode is passthrough : profile >= 1.2' edge.bin <<'END'
fails
-> passthrough to api
END
ok 'query: a word that is none' 2 \
	tlsc query 'every any : client-auth is required' edge.bin <<'END'
did you mean 'require'?
END
ok 'query: a premise that matches nothing' 0 \
	tlsc query 'every mode is bridge : tls >= 1.2' edge.bin <<'END'
vacuous
END
ok 'query: an unknown backend' 2 tlsc query 'never any : backend is apy' edge.bin <<'END'
error[TC0201]: no backend is named 'apy'
did you mean 'api'?
END
ok 'query: a bad pattern' 2 tlsc query 'never sni "w*.x.test" : mode is reject' edge.bin <<'END'
error[TC0306]
END

sed 's/otherwise reject access-denied/otherwise passthrough to api/; /^assert/d; /^test/,$d' \
	edge.tls >new.tls
sed '/^assert/d; /^test/,$d' edge.tls >old.tls
ok 'diff: what changed, for how many names, and one query' 0 \
	tlsc diff old.tls new.tls <<'END'
2 name patterns: reject access-denied -> passthrough to api  WEAKER: clients that were refused are let in
edge sni "api.example.com" source 10.0.0.1 tls 1.3
was old.tls:14, now new.tls:14
END
ok 'diff: --exit-code' 1 tlsc diff --exit-code old.tls new.tls <<'END'
WEAKER
END
ok 'diff: --forbid weaken' 1 tlsc diff --forbid weaken old.tls new.tls <<'END'
WEAKER
END
ok 'diff: the other way round tightens' 0 tlsc diff --forbid weaken new.tls old.tls <<'END'
passthrough to api -> reject access-denied
!WEAKER
END
cat >from12.tls <<'END'
policy 1;
certificate c { chain "c.pem"; key "c.key"; }
profile old { tls 1.1 .. 1.3; ciphers = TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256; groups = x25519; allow TC0501 reason "-"; }
backend a { server 10.0.0.1:80; }
frontend f {
  listen 127.0.0.1:443;
  certificate c;
  profile intermediate;
  no-sni reject close; default reject close; malformed reject close;
  route m sni "m.test" { when tls >= 1.2 offload to a; otherwise reject close; }
}
END
sed 's/tls >= 1.2/tls >= 1.1/' from12.tls >from11.tls
ok 'diff: whom the profile refuses gets no more' 0 \
	tlsc diff --no-credentials -Wno-all --forbid weaken from12.tls from11.tls <<'END'
mode: reject close -> offload, then refused with protocol-version
!WEAKER
END
ok 'query: a witness says that it is refused after all' 1 \
	tlsc query --no-credentials 'every mode is offload : tls >= 1.2' from11.tls <<'END'
tls 1.1 -> offload to a, line 10, column 26, then refused with protocol-version
END
ok 'query: and what is agreed on can be asked' 0 \
	tlsc query --no-credentials 'every mode is offload : profile >= 1.2' from11.tls <<'END'
holds
END
sed 's/intermediate;/old;/' from12.tls >has12.tls
sed 's/intermediate;/old;/' from11.tls >has11.tls
ok 'diff: and whom it does not refuse does' 1 \
	tlsc diff --no-credentials -Wno-all --forbid weaken has12.tls has11.tls <<'END'
mode: reject close -> offload  WEAKER: clients that were refused are let in
END
sed 's/"m.test" { when.*/"m.test" { offload to a; }/; s/reject close; }/}/' from12.tls >open.tls
ok 'diff: one of a group that is let in is enough' 1 \
	tlsc diff --no-credentials -Wno-all --forbid weaken open.tls has11.tls <<'END'
WEAKER
END
ok 'diff: --forbid any' 1 tlsc diff --forbid any new.tls old.tls <<'END'
name patterns
END
ok 'diff: JSON' 0 sh -c 'tlsc diff --format json old.tls edge.bin &&
	tlsc diff --format json old.tls new.tls | python3 -c "
import json, sys
g, = json.load(sys.stdin)[\"groups\"]
print(g[\"names\"], g[\"weaker\"], g[\"from\"], g[\"to\"], g[\"from_line\"])"' <<'END'
"same": true
2 True reject access-denied passthrough to api 14
END
ok 'diff: Markdown' 0 tlsc diff --format markdown old.tls new.tls <<'END'
| names | before | after | what changes | for example |
| 2<br>`api.example.com`, `*.api.example.com` | `reject access-denied` | `passthrough to api` |
mode: `reject access-denied` &rarr; `passthrough` **weaker**: clients that were refused are let in<br>
server: none &rarr; `10.40.0.11:8443` **weaker**: a server is reached<br>only `those with
END
sed 's/backend api /backend inner /; s/to api/to inner/; s/route pay/route cash/
	s/10.20.0.0\/16, 2001:db8:20::\/48/2001:db8:20::\/48, 10.20.128.0\/17, 10.20.0.0\/17/' \
	old.tls >same.tls
ok 'diff: names, order and spelling are no difference' 0 \
	tlsc diff --exit-code old.tls same.tls <<'END'
no decision differs
END
tlsc old.tls -o old.bin && tlsc same.tls -o same.bin
ok '  nor for the semantic id' 0 sh -c 'for f in old same; do
	od -An -tx1 -j80 -N32 $f.bin; done | sort | uniq -c | grep -c " 2 "' <<'END'
2
END
sed 's/10.40.0.11:8443/10.40.0.13:8443/' old.tls >moved.tls
ok 'diff: the same words, another backend behind them' 1 \
	tlsc diff --exit-code old.tls moved.tls <<'END'
passthrough to api -> passthrough to api (server)
server: 10.40.0.11:8443 -> 10.40.0.13:8443  WEAKER: another server is reached
END
sed 's/ enforcing intermediate//' old.tls >lax.tls
ok 'diff: within a mode, less is weaker too' 1 \
	tlsc diff --forbid weaken old.tls lax.tls <<'END'
passthrough to pay enforcing intermediate -> passthrough to pay (enforcing)
enforcing: profile intermediate -> none  WEAKER: no profile applies any more
END

cat >strict.tls <<'END'
policy 1;
profile own extends intermediate { }
profile other extends modern { }
certificate c { chain "c.pem"; key "c.key"; }
backend inner {
  server 10.0.0.1:443;
  tls { profile other; verify ca "ca.pem" name "inner.test"; }
}
frontend f {
  listen 127.0.0.1:8443;
  accept-proxy from { 10.0.0.0/8 };
  no-sni reject close;
  default reject close;
  malformed reject close;
  route r sni "r.test" {
    certificate c;
    profile own;
    client-auth ca "ca.pem" crl "crl.pem" require;
    bridge to inner;
  }
}
END
weaker() { # NAME SED-COMMAND, what diff says on standard input
	sed "$2" strict.tls >weak.tls
	ok "diff: weaker: $1" 1 tlsc diff --no-fs --unjudged --forbid weaken \
		strict.tls weak.tls
	ok '  and the other way round not' 0 tlsc diff --no-fs --unjudged \
		--forbid weaken weak.tls strict.tls <<'DONE'
!WEAKER
DONE
}
weaker 'accept-proxy from more' 's,10.0.0.0/8 },10.0.0.0/7 },' <<'END'
accept-proxy changed: f: from 10.0.0.0/8 -> from 10.0.0.0/7 (new: 10.0.0.0/7)  WEAKER: more sources may name a client
END
weaker 'accept-proxy from another family' '/accept-proxy/s,{,{ ::1\,,' <<'END'
from 10.0.0.0/8, ::1 (new: ::1)  WEAKER: more sources may name a client
END
weaker 'no revocation list' 's/ crl "crl.pem"//' <<'END'
WEAKER: revoked certificates are no longer refused
END
weaker 'a weak suite' \
	'/^profile own/s/{ }/{ ciphers += TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA; }/' <<'END'
WEAKER: weak cipher suites
END
weaker 'an old version to the server' '/^profile other/s/modern/intermediate/' <<'END'
WEAKER: older TLS versions to the server
END
sed 's,10.0.0.0/8 },10.1.0.0/16\, 10.0.0.0/16 },' strict.tls >part.tls
ok 'diff: accept-proxy from a part is not weaker' 0 \
	tlsc diff --no-fs --unjudged --forbid weaken strict.tls part.tls <<'END'
accept-proxy changed: f: from 10.0.0.0/8 -> from 10.0.0.0/15
!WEAKER
END

sed 's/127.0.0.1:8443/127.0.0.1:8443, [::1]:9443/' old.tls >more.tls
ok 'diff: listeners' 1 tlsc diff --exit-code old.tls more.tls <<'END'
listener added: edge: [::1]:9443  WEAKER: listens where nothing did
END

# Ten protocols here and ten others there, and one in both.
tokens() {
	sed '/^assert/d; /^test/,$d; s/^}//' old.tls
	for i in "$@"; do
		echo "  when alpn has \"p$i\" reject access-denied;"
	done
	echo '}'
}
tokens 1 2 3 4 5 6 7 8 9 10 >left.tls
tokens 11 12 13 14 15 16 17 18 19 20 >right.tls
ok 'diff: two policies that test 21 protocols together' 1 \
	tlsc diff --forbid weaken left.tls right.tls <<'END'
2 name patterns: passthrough to api -> reject access-denied
edge sni "pay.example.com" source 192.0.2.1 alpn "p10" tls 1.3
!not compared
END

echo "1..$n"
exit $bad
