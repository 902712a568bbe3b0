"""What the tests of `tlsc diff --forbid weaken` share: a policy that uses the
whole language, its files, and the gate asked in all its forms."""
import json
import os
import re
import shutil
import subprocess
import tempfile

import tap

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.path.join(TOP, os.environ.get("BUILD", "build"))
CERTS = os.path.join(BUILD, "tests", "certs")
TLSC = os.path.join(BUILD, "tlsc")

POLICY = """\
policy 1;
param env : prod | staging = prod;
segment shops = { 10.41.0.0/24 } link ipsec "tunnel 7";
segment lab = { 10.44.0.0/24 } link none "a switch";
set office = { 10.20.0.0/16, 2001:db8:20::/48 };
set bots from "bots.cidr";
set partner = names { "edi.partner.test", "**.b2b.partner.test" };
profile own extends intermediate { }
profile strict extends fips { }
profile still extends modern { tickets off; }
limits base {
  client-hello 16KiB within 3s;
  handshake within 10s;
  idle 5m;
  connect 5s;
  drain 30s;
  connections 50k, per-source 200;
  connection-rate 4k/s, per-source 40/s;
  handshakes 2k/s, per-source 20/s;
  handshakes-in-flight 500;
  bandwidth 1GiB/s, per-source 16MiB/s;
}
certificate shop { chain "shop.pem"; key "shop.key"; pin "PIN"; staple "shop.ocsp"; sct "shop.sct"; }
certificate hsm { chain "pay.pem"; key "pkcs11:token=edge;object=pay"; }
backend pay { server 10.40.0.11:8443; server 10.40.0.12:8443 max 100; }
backend shop { server 10.41.0.11:8080; proxy-protocol v2; queue 10; source 10.41.0.2; }
backend api {
  server 10.42.0.11:8443;
  tls { profile own; verify ca "inner.pem" name "api.inner.test"; }
  health tls interval 2s timeout 500ms;
}
backend wide { server 10.43.0.11:8443; tls { profile own; verify system name "wide.inner.test"; } }
backend idle { server 10.44.0.11:8080; server 10.44.0.12:8080 weight 0; }
frontend edge {
  listen 192.0.2.1:443;
  accept-proxy from { 10.0.0.0/24 };
  limits base;
  certificate shop;
  no-sni reject unrecognized-name;
  default reject unrecognized-name;
  malformed reject close;
  when source in bots reject close;
  route pay sni "pay.example.com", "**.pay.example.com" {
    comply pci-dss-4.0;
    passthrough to pay enforcing own;
  }
  route shop sni "shop.example.com" {
    profile own;
    alpn = "http/1.1";
    offload to shop;
  }
  route api sni "api.example.com" {
    profile strict;
    client-auth ca "clients.pem" crl "clients.crl" require;
    when source in office and tls >= 1.3 bridge to api;
    otherwise reject access-denied;
  }
  route edi sni in partner {
    profile still;
    offload to idle;
  }
  route wide sni "wide.example.com" { certificate hsm; bridge to wide; }
  route tenants sni from "tenants.map" { offload to shop; }
  route none sni "none.example.com" { reject access-denied; }
}
assert every sni "**.pay.example.com" : mode is passthrough | reject;
assert never source in bots : backend is api;
assert never route is none : mode is offload;
assert never sni "edi.partner.test" mode is offload : not backend in segment lab;
test "office" { sni "api.example.com"; source 10.20.1.1; tls 1.3; } expect bridge to api;
test "unknown" { sni "nope.test"; } expect reject;
"""
FILES = {"bots.cidr": "198.51.100.0/24\n203.0.113.0/24\n",
         "tenants.map": "a.tenant.test\nb.tenant.test\n"}
COPIES = {"inner.pem": "ca.pem", "clients.pem": "ca.pem",
          "more.pem": "both-ca.pem",
          "other.pem": "other-ca.pem", "same.pem": "ca.pem"}
QUIET = ["--no-credentials"]


def revoking(folder):
    """A CRL that says what good.crl does not: client.pem is revoked."""
    template = os.path.join(folder, "crl.cfg")
    with open(template, "w") as f:
        f.write('crl_number = 2\ncrl_this_update_date = "2025-01-01 00:00:00"'
                '\ncrl_next_update_date = "2045-01-01 00:00:00"\n'
                'crl_revocation_date = "2025-01-01 00:00:00"\n')
    at = [os.path.join(CERTS, n) for n in ("ca.pem", "ca.key", "client.pem")]
    subprocess.run(["certtool", "--generate-crl", "--load-ca-certificate",
                    at[0], "--load-ca-privkey", at[1], "--load-certificate",
                    at[2], "--template", template, "--outfile",
                    os.path.join(folder, "clients.crl")],
                   check=True, capture_output=True)


CRL = tempfile.TemporaryDirectory()
revoking(CRL.name)


def put(room, side, text, files):
    folder = os.path.join(room, side)
    os.mkdir(folder)
    shutil.copy(os.path.join(CRL.name, "clients.crl"), folder)
    for name, source in COPIES.items():
        shutil.copy(os.path.join(CERTS, source), os.path.join(folder, name))
    for name, what in {**FILES, **files}.items():
        at = os.path.join(folder, name)
        if what.startswith("= "):
            shutil.copy(os.path.join(CERTS, what[2:]), at)
            continue
        with open(at, "w") as f:
            f.write(what)
    path = os.path.join(folder, "p.tls")
    with open(path, "w") as f:
        f.write(text.replace("PIN", "sha256:" + "ab" * 32))
    return path


def gate(old, new, *more):
    """Exit, kinds of the weaker rows, what was said; all three forms must
    agree."""
    args = [TLSC, "diff", "--forbid", "weaken", *QUIET, *more]
    said = subprocess.run([*args, "--format", "json", old, new],
                          capture_output=True, text=True)
    tap.check(said.stdout.startswith("{"), "exit", said.returncode, said.stderr)
    d = json.loads(said.stdout)
    rows = [r["kind"] for r in [r for g in d["groups"] for r in g["rows"]] +
            d["items"] if r["weaker"] and not r["accepted"]]
    human = subprocess.run([*args, old, new], capture_output=True, text=True)
    marks = subprocess.run([*args, "--format", "markdown", old, new],
                           capture_output=True, text=True)
    tap.equal(human.returncode, said.returncode, "exit for people")
    tap.equal(marks.returncode, said.returncode, "exit for Markdown")
    for said_to in (human.stdout, marks.stdout):
        # The headline has all kinds, the rows must have them too.
        below = re.sub(r"(?m)^(\*\*W|w)eaker: .*", "", said_to)
        for r in rows:
            tap.check(re.search(r"\b%s\b" % r, below), r, said_to)
    tap.equal(d["weaker"], len(rows), "rows that are weaker")
    return said.returncode, set(rows), human.stdout + said.stderr
