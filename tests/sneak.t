#!/usr/bin/env python3
"""Ways to sneak something past `tlsc diff --forbid weaken`: each is one change
to a policy that uses the whole language.  The gate must exit 1 and tell the
row that says what was tried; the way back must pass, or, where both ways give
somebody more, be told as well."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TOP, "tests", d) for d in ("e2e", "gate")]

import tap  # noqa: E402
from world import (CERTS, FILES, POLICY, QUIET, TLSC, gate, put)  # noqa: E402


def case(title, kinds, *edits, back=0, files=None, old="", old_files=None):
    """kinds: rows that must be told as weaker; edits: pairs of texts, or one
    that is appended; back: the exit of the way back; files: that change; old,
    old_files: what is appended, and stands, on the old side."""
    def body():
        with tempfile.TemporaryDirectory() as room:
            new = text = POLICY
            for e in edits:
                if isinstance(e, str):
                    new += e
                    continue
                tap.check(e[0] in new, "no %r in the policy" % e[0])
                new = new.replace(*e, 1)
            tap.check(new != text or files, "no change")
            paths = [put(room, "old", text + old, old_files or {}),
                     put(room, "new", new, files or {})]
            code, rows, out = gate(*paths)
            for kind in kinds.split():
                tap.check(kind in rows, kind, "is not among", rows, out)
            tap.equal(code, 1, out)
            code, rows, out = gate(*reversed(paths))
            tap.equal(code, back, out)
            tap.equal(bool(rows), bool(back), out)
    body.__doc__ = title
    tap.test()(body)


# ---- who is let in, and where to ----

case("a clause behind another lets a refused client in", "mode server",
     ("otherwise reject access-denied", "otherwise bridge to api"))
case("a guard is dropped", "mode",
     ("when source in office and tls >= 1.3 bridge", "when tls >= 1.3 bridge"))
case("a guard lets an older version in", "mode",
     ("tls >= 1.3 bridge", "tls >= 1.0 bridge"))
case("a network more in a set", "mode",
     ("10.20.0.0/16, 2001", "10.0.0.0/8, 2001"))
case("a network less in a set of those refused", "mode",
     files={"bots.cidr": "198.51.100.0/24\n"}, back=1)
case("the refusal before all routes is gone", "mode",
     ("  when source in bots reject close;\n", ""),
     ("assert never source in bots : backend is api;\n", ""))
case("a name more in a map", "mode",
     files={"tenants.map": FILES["tenants.map"] + "c.tenant.test\n"})
case("a map line that leads elsewhere", "server clear-text", back=1,
     files={"tenants.map": "a.tenant.test idle\nb.tenant.test\n"})
case("a name more in a set of names", "mode",
     ('"**.b2b.partner.test"', '"**.partner.test"'))
case("a wildcard more on a route", "mode",
     ('sni "shop.example.com" {', 'sni "shop.example.com", "*.test" {'))
case("unknown names are let in", "mode",
     ("default reject unrecognized-name", "default offload to shop"))
case("clients without SNI are let in", "mode",
     ("no-sni reject unrecognized-name", "no-sni offload to shop"))
case("what is no ClientHello is passed on", "mode server",
     ("malformed reject close", "malformed passthrough to pay"))
case("passthrough becomes offload", "mode clear-text",
     ("    comply pci-dss-4.0;\n    passthrough to pay enforcing own;",
      "    offload to pay;"),
     ("assert every sni", "assert some sni"), back=1)
case("bridge becomes offload", "mode clear-text",
     ("bridge to api;\n", "offload to api;\n"),
     ("expect bridge to api", "expect offload to api"), back=1)
case("offload becomes passthrough to another server", "server",
     ("offload to idle", "passthrough to pay"), back=1)
case("offload becomes passthrough of any TLS", "enforcing",
     ("offload to idle", "passthrough to idle"), back=1)

# ---- servers ----

case("another server", "server clear-text",
     ("10.41.0.11:8080", "10.41.0.12:8080"), back=1)
case("another port", "server", ("10.40.0.11:8443", "10.40.0.11:443"), back=1)
case("one server more", "server",
     ("server 10.40.0.11:8443;",
      "server 10.40.0.11:8443; server 10.40.0.13:8443;"))
case("clear text to a public address, and allowed",
     "server clear-text allow",
     ("server 10.41.0.11:8080;", "server 203.0.113.99:8080; "
      'allow TC0505 reason "we need this";'), back=1)
case("clear text to a name", "server clear-text",
     ("server 10.41.0.11:8080", "server shop.internal:8080"), back=1)
case("a socket of this machine", "server",
     ("server 10.44.0.11:8080", 'server unix:"/run/x.sock"'), back=1)
case("a server of weight 0 wakes up", "server clear-text",
     ("8080 weight 0", "8080 weight 1"))
case("the PROXY header goes", "proxy-protocol", (" proxy-protocol v2;", ""))
case("another source address", "source-address",
     ("source 10.41.0.2", "source 10.41.0.3"), back=1)
case("a limit of one server goes", "server-max", (" max 100", ""))
case("a limit of one server rises", "server-max", ("max 100", "max 101"))
case("more clients queue", "queue", ("queue 10", "queue 1000"))
case("a backend of the same name in another body", "server clear-text",
     ("server 10.44.0.11:8080;", "server 10.45.0.11:8080;"), back=1)

# ---- whom the gateway believes ----

case("no verification of servers", "verify-ca",
     (' verify ca "inner.pem" name "api.inner.test";', ""),
     ("backend api {", 'backend api { allow TC0504 reason "x";'),
     back=0)
case("another verified name", "verify-name",
     ('name "api.inner.test"', 'name "evil.inner.test"'), back=1)
case("the client's name instead of ours", "verify-name",
     (' name "api.inner.test"', ""), back=1)
case("another name asked of the server", "server-sni",
     ('verify ca "inner.pem" name', 'sni "evil.test"; verify ca "inner.pem" name'),
     back=1)
case("a private CA becomes the system's", "verify-ca",
     ('verify ca "inner.pem"', "verify system"), back=1)
case("another file of CAs", "verify-ca",
     ('ca "inner.pem"', 'ca "other.pem"'), back=1)
case("a CA more in the same file", "verify-ca",
     files={"inner.pem": "= both-ca.pem"})
case("another CA in the same file", "verify-ca",
     files={"inner.pem": "= other-ca.pem"}, back=1)
case("a client CA more in the same file", "client-ca",
     files={"clients.pem": "= both-ca.pem"})
case("a longer file of client CAs", "client-ca",
     ('client-auth ca "clients.pem"', 'client-auth ca "more.pem"'))
case("client certificates need not be shown", "client-auth",
     ('crl "clients.crl" require', 'crl "clients.crl" request'))
case("client certificates are not asked for", "client-auth",
     ('    client-auth ca "clients.pem" crl "clients.crl" require;\n', ""))
case("no CRL", "client-crl", (' crl "clients.crl"', ""))
case("a CRL that forgets", "client-crl", files={"clients.crl": "= good.crl"})

# ---- TLS ----

case("an older version", "tls-versions",
     ("profile own extends intermediate { }",
      'profile own extends intermediate { tls 1.0 .. 1.3; allow TC0501 reason "x"; }'),
     )
case("the newest version is lost", "tls-versions",
     ("profile own extends intermediate { }",
      "profile own extends intermediate { tls 1.2; }"))
case("fips becomes intermediate", "ciphers groups",
     ("profile strict extends fips", "profile strict extends intermediate"))
case("modern becomes intermediate", "tls-versions ciphers",
     ("profile still extends modern", "profile still extends intermediate"))
case("a weak suite", "ciphers",
     ("profile own extends intermediate { }",
      "profile own extends intermediate { ciphers += "
      'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA; allow TC0502 reason "x"; }'))
case("a group more", "groups",
     ("profile strict extends fips { }",
      "profile strict extends fips { groups += x25519; }"))
case("the strongest group goes", "groups",
     ("profile strict extends fips { }",
      "profile strict extends fips { groups -= secp384r1; }"), back=1)
case("the client's order counts", "prefer",
     ("profile strict extends fips { }",
      "profile strict extends fips { prefer client; }"))
case("sessions are resumed", "tickets", ("tickets off", "tickets on"))
case("0-RTT", "early-data", ("tickets off;", "tickets off; early-data on;"))
case("a profile is no longer enforced", "enforcing",
     ("    comply pci-dss-4.0;\n", ""), (" enforcing own", ""))
case("a laxer profile is enforced", "ciphers",
     ("profile own extends intermediate { }",
      "profile own extends intermediate { ciphers += "
      'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256; }'))
case("any protocol", "alpn", ('    alpn = "http/1.1";\n', ""))
case("one protocol more", "alpn", ('"http/1.1"', '"http/1.1", "h2"'))

# ---- what clients are shown ----

case("a key leaves its token", "certificate",
     ("pkcs11:token=edge;object=pay", "pay.key"))
case("a key beside the one in the token", "certificate",
     ("{ certificate hsm; bridge", "{ certificate hsm, shop; bridge"))
case("a certificate without a pin beside the pinned one", "pin",
     ("  certificate shop;\n", "  certificate shop, hsm;\n"))
case("any key will do", "pin", (' pin "PIN";', ""))
case("no staple", "staple", (' staple "shop.ocsp";', ""))
case("no SCTs", "staple", (' sct "shop.sct";', ""))

# ---- limits ----

for line, kind in (("client-hello 16KiB within 3s", "client-hello"),
                   ("connections 50k, per-source 200", "connections"),
                   ("connection-rate 4k/s, per-source 40/s",
                    "connection-rate"),
                   ("handshakes 2k/s, per-source 20/s", "handshakes"),
                   ("handshakes-in-flight 500", "handshakes-in-flight"),
                   ("bandwidth 1GiB/s, per-source 16MiB/s", "bandwidth")):
    case("no limit: %s" % kind, kind, ("  %s;\n" % line, ""))
for old, new, kind in (("16KiB within 3s", "64KiB within 3s", "client-hello"),
                       ("16KiB within 3s", "16KiB within 30s",
                        "client-hello"),
                       ("handshake within 10s", "handshake within 1d",
                        "handshake"),
                       ("idle 5m", "idle 1d", "idle"),
                       ("connect 5s", "connect 1h", "connect"),
                       ("drain 30s", "drain 1d", "drain"),
                       ("per-source 200;", "per-source 201;", "connections"),
                       ("per-source 16MiB/s", "per-source 17MiB/s",
                        "bandwidth"),
                       ("idle 5m;", "idle 5m; keepalive off;", "keepalive")):
    case("more: %s" % new, kind, (old, new))
case("the block of limits goes", "connections",
     ("  limits base;\n", ""))
case("a laxer block for one clause", "connections",
     ("offload to idle", "offload to idle with limits lax"),
     "limits lax { client-hello 16KiB within 3s; connections 60k; }\n")

# ---- where clients come in ----

case("a listener more", "listener",
     ("listen 192.0.2.1:443", "listen 192.0.2.1:443, 192.0.2.2:443"))
case("every address instead of one", "listener",
     ("listen 192.0.2.1:443", "listen 0.0.0.0:443"))
case("a port alone instead of one address", "listener",
     ("listen 192.0.2.1:443", "listen :443"))
case("another port is open", "listener",
     ("listen 192.0.2.1:443", "listen 192.0.2.1:8443"), back=1)
SECOND = """
frontend second {
  listen 192.0.2.9:443;
  no-sni reject close;
  default passthrough to pay;
  malformed reject close;
}
"""
case("a frontend more", "listener mode server", SECOND)
case("a frontend renamed, its address spelt otherwise, and laxer", "mode",
     ("frontend edge {\n  listen 192.0.2.1:443",
      "frontend door {\n  listen 0.0.0.0:443"),
     ("default reject unrecognized-name", "default offload to shop"))
case("more sources may name a client", "accept-proxy",
     ("10.0.0.0/24 }", "10.0.0.0/24, 0.0.0.0/0 }"))
case("anybody may name a client", "accept-proxy",
     ("10.0.0.0/24 }", "0.0.0.0/0, ::/0 }"))

# ---- what the policy promises ----

case("a network is said to be encrypted", "segment",
     ("link none", "link macsec"))
case("an encrypted segment grows", "segment",
     ("10.41.0.0/24 }", "10.41.0.0/16 }"))
case("an assertion rests on a segment that grows", "segment",
     ("10.44.0.0/24 }", "10.0.0.0/9 }"), back=1)
case("a new segment is said to be encrypted", "segment",
     'segment more = { 10.77.0.0/24 } link ipsec "tunnel 8";\n')
case("a segment is said to be encrypted by something else", "segment",
     ('ipsec "tunnel 7"', 'ipsec "tunnel 8"'), back=1)
case("a segment is said to be encrypted, and not by what", "segment",
     (' "tunnel 7"', ""), back=1)
case("comply goes", "comply", ("    comply pci-dss-4.0;\n", ""))
case("comply goes for one name that moves", "comply",
     ('"pay.example.com", "**.pay', '"**.pay'),
     ('sni "none.example.com" { reject access-denied; }',
      'sni "none.example.com" { reject access-denied; }\n'
      '  route quiet sni "pay.example.com" { passthrough to pay enforcing own; }'))
case("an allow", "allow",
     ("backend pay {", 'backend pay { allow TC0703 reason "x";'))
case("an allow for the whole file", "allow",
     'allow TC0301 reason "x";\n')
case("an allow moves to another file", "allow",
     'include "more.tls";\nallow TC0301 reason "x";\n',
     files={"more.tls": ""}, old='include "more.tls";\n',
     old_files={"more.tls": 'allow TC0301 reason "x";\n'}, back=1)
case("an assertion goes", "assert",
     ("assert never source in bots : backend is api;\n", ""))
case("an assertion says less", "assert",
     ("assert every sni", "assert some sni"), back=1)
case("an assertion about a smaller set", "assert mode",
     files={"bots.cidr": "198.51.100.0/24\n"}, back=1)
case("a name moves to a route that no assertion is about", "assert",
     ('sni "none.example.com" {', 'sni "sure.example.com" {'),
     ("  route tenants", '  route other sni "none.example.com" '
      "{ reject access-denied; }\n  route tenants"))
case("two backends change names, and the assertions what they are about",
     "assert", ("backend api {", "backend TMP {"),
     ("backend wide {", "backend api {"), ("backend TMP {", "backend wide {"),
     ("tls >= 1.3 bridge to api", "tls >= 1.3 bridge to wide"),
     ("certificate hsm; bridge to wide", "certificate hsm; bridge to api"),
     ("expect bridge to api", "expect bridge to wide"), back=1)
case("a test goes", "test", ('test "unknown" { sni "nope.test"; } expect reject;\n', ""))
case("a test expects something else", "test",
     ('source 10.20.1.1; tls 1.3; } expect bridge to api',
      'source 10.21.1.1; tls 1.3; } expect reject'), back=1)
case("another default", "param",
     ("staging = prod", "staging = staging"), back=1)

# ---- two things at once ----

case("a tightening hides a weakening", "tls-versions",
     ("connections 50k", "connections 1k"),
     ("profile still extends modern { tickets off;",
      "profile still extends intermediate { tickets off;"), back=1)
case("two changes of one action are two rows", "tls-versions mode",
     ("10.20.0.0/16, 2001", "10.20.0.0/15, 2001"),
     ("profile strict extends fips { }",
      'profile strict extends fips { tls 1.0 .. 1.3; allow TC0501 reason "x"; }'))


def same(title, *edits, files=None):
    """Nobody gets more, either way."""
    def body():
        with tempfile.TemporaryDirectory() as room:
            new = POLICY
            for e in edits:
                tap.check(e[0] in new, "no %r in the policy" % e[0])
                new = new.replace(*e)
            paths = [put(room, "old", POLICY, {}),
                     put(room, "new", new, files or {})]
            for pair in (paths, paths[::-1]):
                code, rows, out = gate(*pair)
                tap.equal((code, rows), (0, set()), out)
    body.__doc__ = "passes: " + title
    tap.test()(body)


same("nothing at all")
same("a route renamed", ("route pay ", "route cash "))
same("a frontend renamed", ("frontend edge", "frontend door"))
same("a file of CAs of another name with the same CAs",
     ('ca "inner.pem"', 'ca "same.pem"'))
same("a test with another title", ('test "unknown"', 'test "no such name"'))
same("a set spelt otherwise",
     ("10.20.0.0/16, 2001", "10.20.0.0/17, 10.20.128.0/17, 2001"))
same("another way of balancing",
     ("queue 10;", "queue 10; balance least-connections;"))
same("other health checks", ("interval 2s", "interval 4s"))
same("a limit written in another unit", ("idle 5m", "idle 300s"))
same("names in another order",
     ('"pay.example.com", "**.pay.example.com"',
      '"**.pay.example.com", "pay.example.com"'))


@tap.test()
def no_allow():
    """--no-allow: what a policy permits itself is an error all the same"""
    text = POLICY.replace("PIN", "sha256:" + "ab" * 32).replace(
        "server 10.41.0.11:8080;",
        'server 203.0.113.99:8080; allow TC0505 reason "x";')

    def said(*args):
        p = subprocess.run([TLSC, *args], capture_output=True, text=True)
        return p.returncode, "TC0505" in p.stderr

    with tempfile.TemporaryDirectory() as room:
        path = put(room, "old", POLICY, {})
        with open(path, "w") as f:
            f.write(text)
        for command in ((("check",), (path,)), (("diff",), (path, path))):
            for option, ids, wanted in (
                    (None, None, (0, False)), ("--no-allow", "", (1, True)),
                    ("--no-allow", "=TC0505,TC0504", (1, True)),
                    ("--no-allow", "=cleartext-to-public", (1, True)),
                    ("--no-allow", "=TC0504", (0, False))):
                extra = [option + ids] if option else []
                tap.equal(said(*command[0], *QUIET, *extra, *command[1]),
                          wanted, (command[0], extra))
        tap.equal(said("check", *QUIET, "--no-allow=TC9999", path),
                  (2, False), "an unknown id")
        out = path[:-3] + "bin"
        tap.equal(said(*QUIET, "--no-allow", path, "-o", out), (1, True))
        tap.check(not os.path.exists(out), "compiled all the same")


@tap.test()
def tables():
    """what a table does not hold fails, unless --unjudged is given"""
    with tempfile.TemporaryDirectory() as room:
        path = put(room, "old", POLICY, {})
        table = path[:-3] + "bin"
        subprocess.run([TLSC, *QUIET, path, "-o", table], check=True,
                       capture_output=True)
        for pair in ((path, table), (table, path)):
            code, rows, out = gate(*pair)
            tap.equal((code, rows), (1, set()), out)
            for kind in ("client-ca", "client-crl", "verify-ca", "comply"):
                tap.check("not judged: %s: " % kind in out, kind, out)
            code, rows, out = gate(*pair, "--unjudged")
            tap.equal((code, rows), (0, set()), out)
        code, rows, out = gate(path, table)
        tap.check("not judged: allow: " in out, out)


@tap.test()
def unread():
    """a file that is not read is not judged, and another one is another"""
    with tempfile.TemporaryDirectory() as room:
        paths = [put(room, "old", POLICY, {}), put(room, "new", POLICY, {})]
        os.unlink(os.path.join(room, "new", "inner.pem"))
        code, rows, out = gate(*paths)
        tap.equal((code, rows), (1, set()), out)
        tap.check("not judged: verify-ca: inner.pem: No such file" in out, out)
        with open(paths[1], "w") as f:
            f.write(POLICY.replace("PIN", "sha256:" + "ab" * 32).replace(
                'ca "inner.pem"', 'ca "gone.pem"'))
        code, rows, out = gate(*paths, "--unjudged")
        tap.equal((code, rows), (1, {"verify-ca"}), out)


@tap.test()
def elsewhere():
    """a file that neither side has is no matter of the change, unless a link
    on the way to it may be"""
    text = POLICY.replace('"inner.pem"', '"ca/inner.pem"') \
        .replace('"clients.pem"', '"ca/clients.pem"') \
        .replace('"clients.crl"', '"ca/clients.crl"')
    for links, wanted in (((), 0), (("/nowhere/a", "/nowhere/a"), 1),
                          (("/nowhere/a", "/nowhere/b"), 1)):
        with tempfile.TemporaryDirectory() as room:
            paths = [put(room, "old", text, {}), put(room, "new", text, {})]
            for path, link in zip(paths, links):
                os.symlink(link, os.path.join(os.path.dirname(path), "ca"))
            code, rows, out = gate(*paths)
            tap.equal((code, rows), (wanted, set()), out)
            if not links:
                for kind in ("client-ca", "client-crl", "verify-ca"):
                    tap.check("not compared: %s: ca/" % kind in out, kind, out)
                for path in paths:
                    os.mkdir(os.path.join(os.path.dirname(path), "ca"))
                for path in paths:
                    tap.equal(gate(*paths)[0], 0, "there is the directory")
                    at = os.path.join(os.path.dirname(path), "ca", "inner.pem")
                    os.symlink("/nowhere", at)
                    code, rows, out = gate(*paths)
                    tap.equal(code, 1, out)
                    tap.check("not judged: verify-ca: ca/inner.pem" in out,
                              out)
                    os.unlink(at)


@tap.test()
def outside():
    """a file outside the policy's directory is not opened, so not judged"""
    with tempfile.TemporaryDirectory() as room:
        paths = [put(room, "old", POLICY, {}), put(room, "new", POLICY, {})]
        shutil.copy(os.path.join(CERTS, "ca.pem"),
                    os.path.join(room, "out.pem"))
        for p in paths:
            with open(p) as f:
                text = f.read()
            with open(p, "w") as f:
                f.write(text.replace('ca "inner.pem"', 'ca "../out.pem"'))
        code, rows, out = gate(*paths)
        tap.equal((code, rows), (1, set()), out)
        tap.check("not judged: verify-ca: ../out.pem: the policy may not "
              "open files there" in out,
                  out)
        code, rows, out = gate(*paths, "--allow-path", room)
        tap.equal((code, rows), (0, set()), out)
        # An absolute path is one file.
        for p in paths:
            with open(p) as f:
                text = f.read()
            with open(p, "w") as f:
                f.write(text.replace("../out.pem", room + "/out.pem"))
        tap.equal(gate(*paths)[0], 0)


@tap.test()
def rows():
    """what is added reads as added, and what is lost as lost"""
    two = ("server 10.41.0.11:8080;",
           "server 10.41.0.11:8080; server 10.41.0.12:8080;")
    source = ("source 10.41.0.2", "source 10.41.0.2, 10.41.0.3")
    for old, new, line in (
            (*two, "server: 10.41.0.11:8080 -> + 10.41.0.12:8080"),
            (*two, "clear-text: 10.41.0.11:8080 -> + 10.41.0.12:8080"),
            (*reversed(two), "server: 10.41.0.11:8080, 10.41.0.12:8080 -> "
             "- 10.41.0.12:8080"),
            (two[0], two[0].replace("11", "13"),
             "server: 10.41.0.11:8080 -> 10.41.0.13:8080"),
            (*source, "source-address: 10.41.0.2 -> + 10.41.0.3"),
            (*reversed(source),
             "source-address: 10.41.0.2, 10.41.0.3 -> - 10.41.0.3"),
            (" source 10.41.0.2;", "", "source-address: 10.41.0.2 -> any"),
            (' crl "clients.crl"', "",
             "revoked certificates are no longer refused"),
            ('crl "clients.crl" require', 'crl "clients.crl" request',
             "client certificates are no longer required"),
            ('    client-auth ca "clients.pem" crl "clients.crl" require;\n',
             "", "client certificates are no longer asked for")):
        base = POLICY if old in POLICY else POLICY.replace(new, old)
        with tempfile.TemporaryDirectory() as room:
            paths = [put(room, "old", base, {}),
                     put(room, "new", base.replace(old, new), {})]
            out = gate(*paths)[2]
            tap.check(re.search(r"(: |  )%s(  WEAKER|\n)" % re.escape(line),
                                out), line, out)


@tap.test()
def lines():
    """an allow is told with the line where it stands, or stood"""
    new = POLICY.replace("backend pay {", "backend pay {\n"
                         'allow TC0703 reason "x";')
    with tempfile.TemporaryDirectory() as room:
        paths = [put(room, "old", POLICY, {}), put(room, "new", new, {})]
        line = POLICY[:POLICY.index("backend pay")].count("\n") + 2
        for pair in (paths, paths[::-1]):
            out = gate(*pair)[2]
            tap.check(re.search(r"allow (added|removed): .*\n    p.tls:%d\n"
                                % line, out), out)


def renamed(text):
    for a in ("backend api {", "bridge to api", "backend is api"):
        text = text.replace(a, a.replace("api", "inner"))
    return text


@tap.test()
def rename():
    """a backend that is renamed is no change; what is no rename is told"""
    twin = "backend api2 { server 10.42.0.11:8443; }\n"
    route = 'assert every sni "api.example.com" mode is bridge : ' \
        'route is %s;\n'
    for title, old, new, wanted in (
            ("renamed", POLICY, renamed(POLICY), set()),
            ("a name of two words", POLICY + twin.replace(
                "api2", '"a b"').replace("42", "46"), renamed(POLICY) +
             twin.replace("api2", '"a b"').replace("42", "46"),
             {"assert", "test"}),
            ("a test less", POLICY, renamed(POLICY).replace(
                'test "office"', '# test "office"'), {"test"}),
            ("another backend has these servers too", POLICY + twin,
             renamed(POLICY) + twin.replace("api2", "inner2"),
             {"assert", "test"}),
            ("a route of that name is no backend", POLICY + route % "api",
             renamed(POLICY).replace("route api", "route inner") +
             route % "inner", {"assert"}),
            ("and other servers", POLICY, renamed(POLICY).replace(
                "10.42.0.11", "10.42.0.12"), {"assert", "test", "server"})):
        with tempfile.TemporaryDirectory() as room:
            paths = [put(room, "old", old, {}), put(room, "new", new, {})]
            code, rows, out = gate(*paths)
            tap.equal((code, rows), (int(bool(wanted)), wanted),
                      title + out)


@tap.test()
def notes():
    """another note on a segment that nothing encrypts is told, and passes,
    also where an assertion asks for links"""
    old = POLICY + "assert never mode is passthrough : link is ipsec;\n"
    new = old.replace('"a switch"', '"another switch"')
    with tempfile.TemporaryDirectory() as room:
        paths = [put(room, "old", old, {}), put(room, "new", new, {})]
        code, rows, out = gate(*paths)
        tap.equal((code, rows), (0, set()), out)
        tap.check('"a switch" -> 10.44.0.0/24 link none "another switch"'
                  in out, out)


@tap.test()
def headline():
    """the first line says what is weaker, and the gravest change comes first,
    however many names another one has"""
    new = POLICY.replace("idle 5m", "idle 1d").replace(
        'crl "clients.crl" require', 'crl "clients.crl" request')
    with tempfile.TemporaryDirectory() as room:
        paths = [put(room, "old", POLICY, {}), put(room, "new", new, {})]
        args = [TLSC, "diff", *QUIET, *paths]
        p = subprocess.run(args, capture_output=True, text=True)
        lines = p.stdout.split("\n")
        tap.check(re.match(r"weaker: client-auth, idle \(\d+\)$", lines[0]),
                  p.stdout)
        tap.check("client certificates" in lines[1], p.stdout)
        p = subprocess.run(args + ["--format", "markdown"],
                           capture_output=True, text=True)
        tap.check(re.search(r"(?m)^\*\*Weaker: client-auth, idle \(\d+\)"
                            r"\*\*$", p.stdout), p.stdout)
        p = subprocess.run(args[:-2] + [paths[0]] * 2, capture_output=True,
                           text=True)
        tap.equal(p.stdout, "no decision differs\n")


@tap.test()
def wildcards():
    """a wildcard is told as one, however many names there are with it"""
    for n, told in ((3, True), (30, False)):
        more = ["n%d.c.test" % i for i in range(n)]
        new = POLICY.replace('sni "shop.example.com" {', ", ".join(
            'sni "shop.example.com"' if not i else '"%s"' % i for i in
            [0] + more + ["**.tenants.test"]) + " {")
        with tempfile.TemporaryDirectory() as room:
            paths = [put(room, "old", POLICY, {}), put(room, "new", new, {})]
            for form in ("human", "markdown", "json"):
                p = subprocess.run([TLSC, "diff", *QUIET, "--format", form,
                                    *paths], capture_output=True, text=True)
                tap.check("**.tenants.test" in p.stdout, form, p.stdout)
                tap.equal("n2.c.test" in p.stdout, told, form)


@tap.test()
def words():
    """what a change is called leaves neither its cell nor its line"""
    hostile = 'ca "a|b` **approved** <b>.pem"'
    text = POLICY.replace("PIN", "sha256:" + "ab" * 32)
    with tempfile.TemporaryDirectory() as room:
        paths = [put(room, "old", POLICY, {}), put(room, "new", POLICY, {})]
        with open(paths[1], "w") as f:
            f.write(text.replace('ca "inner.pem"', hostile).replace(
                "backend pay {", "backend pay { allow TC0703 "
                'reason "x\\" | `y`";'))
        p = subprocess.run([TLSC, "diff", *QUIET, "--format", "markdown",
                            *paths], capture_output=True, text=True)
        out = p.stdout
        tap.check(out, p.stderr)
        table = [l for l in out.splitlines() if l.startswith("|")]
        tap.check(len(table) == 3, out)
        tap.equal({len(re.findall(r"(?<!\\)\|", l)) for l in table}, {6}, out)
        for l in out.splitlines():
            tap.equal(l.count("`") % 2, 0, l)
            tap.check("<b>" not in re.sub("`[^`]*`", "", l), l)


@tap.test()
def everything():
    """--all names every name and network; without it they are counted"""
    many = "".join("t%03d.tenant.test\n" % i for i in range(300))
    with tempfile.TemporaryDirectory() as room:
        paths = [put(room, "old", POLICY, {}),
                 put(room, "new", POLICY, {"tenants.map": many})]
        _, _, out = gate(*paths)
        tap.check("300 name patterns" in out, out)
        tap.check("300 under tenant.test" in out, out)
        tap.check("t299" not in out, out)
        _, _, out = gate(*paths, "--all")
        for i in range(300):
            tap.check("t%03d.tenant.test" % i in out, i, out)


tap.run()
