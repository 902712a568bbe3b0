#!/bin/bash
# Ten planted faults: ten found, each with its place, id and help.  And not one
# diagnostic on a clean policy of 200 routes.
set -u
cd "$(dirname "$0")/.." || exit 1
B=${BUILD:-build}
case $B in /*) ;; *) B=$PWD/$B ;; esac
export NO_COLOR=1 SOURCE_DATE_EPOCH=1790000000 LC_ALL=C
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cp -a "$B/tests/certs" "$room/certs"
cd "$room" || exit 1

cat >planted.tls <<'END'
policy 1;
certificate shop    { chain "certs/shop.pem"; key "certs/shop.key"; }
certificate expired { chain "certs/expired.pem"; key "certs/expired.key"; }
certificate open    { chain "certs/open.pem"; key "certs/open.key"; }
certificate self    { chain "certs/selfsigned.pem"; key "certs/selfsigned.key"; }
profile old  extends intermediate { tls 1.0 .. 1.3; }
profile null extends intermediate { ciphers += TLS_ECDHE_RSA_WITH_NULL_SHA; }
backend shop   { server 10.0.0.1:8080; }
backend public { server 203.0.113.10:80; }
backend api    { server api.internal:8443; tls { profile intermediate; } }
set office = { 10.20.0.0/16 };
frontend edge {
  listen    192.0.2.1:443;
  profile   intermediate;
  no-sni    reject unrecognized-name;
  default   reject unrecognized-name;
  malformed reject close;
  route san sni "other.example.org" { certificate shop; offload to shop; }
  route exp sni "expired.example.com" { certificate expired; offload to shop; }
  route key sni "a.shop.example.com" { certificate open; offload to shop; }
  route old sni "b.shop.example.com" { certificate shop; profile old; offload to shop; }
  route nul sni "c.shop.example.com" { certificate shop; profile null; offload to shop; }
  route pub sni "d.shop.example.com" { certificate shop; offload to public; }
  route api sni "e.shop.example.com" { certificate shop; bridge to api; }
  route dup sni "f.shop.example.com", "F.shop.example.com" { passthrough to shop; }
  route unr sni "g.shop.example.com" {
    when source in office        passthrough to shop;
    when source in 10.20.7.0/24  reject close;
    otherwise                    passthrough to shop;
  }
  route sel sni "selfsigned.example.com" { certificate self; offload to shop; }
}
END

n=0
failed=0
result() { # OK WHAT
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		failed=1
		echo "not ok $n - $2"
	fi
}

# found ID LINE WHAT: the id, at that line, and with a help or a note on it.
found() {
	awk -v id="$1" -v at="planted.tls:$2:" '
		/^[^ ].*\[TC/ { hit = index($0, at) == 1 && index($0, "[" id "]") }
		hit && (/= help:/ || /= note:/ || /= witness:/) { ok = 1 }
		END { exit !ok }' got
	result $? "$3 is $1 at line $2"
}

# A duplicate stops the verifier, which needs names to be unique: one run with
# it and one without.
"$B/tlsc" check planted.tls >got 2>&1
found TC0303 25 "a name routed twice"
grep -v 'route dup' planted.tls >x && mv x planted.tls
"$B/tlsc" check planted.tls >got 2>&1
found TC0401 18 "a name the certificate does not have"
found TC0402 3 "an expired certificate"
found TC0407 4 "a key that the world can read"
found TC0501 21 "TLS 1.0"
found TC0502 22 "a NULL cipher"
found TC0505 9 "clear text to a public address"
found TC0504 10 "a backend nobody verifies"
found TC0301 27 "a clause that is never reached"
found TC0413 5 "a self-signed certificate"

{
	cat <<'END'
policy 1;
certificate wild {
  chain "certs/wild.pem";
  key   "certs/wild.key";
  allow TC0413 reason "the tests' own CA";
}
backend api {
  server api.internal:8443;
  tls { profile modern; verify ca "certs/ca.pem" name "api.internal"; }
}
backend web { server 10.0.0.1:8080; server 10.0.0.2:8080; }
set office = { 10.20.0.0/16, 2001:db8:20::/48 };
frontend edge {
  listen      192.0.2.1:443, [2001:db8::1]:443;
  profile     modern;
  certificate wild;
  no-sni      reject unrecognized-name;
  default     reject unrecognized-name;
  malformed   reject close;
END
	for i in $(seq 1 50); do
		echo "  route off$i sni \"off$i.example.com\" { offload to web; }"
		echo "  route bri$i sni \"bri$i.example.com\" { bridge to api; }"
		echo "  route pas$i sni \"pas$i.test\", \"*.pas$i.test\"" \
			"{ passthrough to web enforcing intermediate; }"
		echo "  route who$i sni \"who$i.test\" {" \
			"when source in office passthrough to web;" \
			"otherwise reject access-denied; }"
	done
	echo "}"
} >clean.tls
"$B/tlsc" check clean.tls >got 2>&1
status=$?
[ $status = 0 ] && [ ! -s got ]
result $? "200 clean routes, not one diagnostic"
[ -s got ] && head -20 got | sed 's/^/# /'
echo "1..$n"
exit $failed
