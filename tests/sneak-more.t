#!/usr/bin/env python3
"""More tricks: files and includes, names and their precedence, parameters, and
a gate that is made to end early."""
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TOP, "tests", d) for d in ("e2e", "gate")]

import tap  # noqa: E402
from trick import edited, passes, sneaks  # noqa: E402
from world import FILES, POLICY, QUIET, TLSC, put  # noqa: E402

OPEN = ("frontend x { listen 192.0.2.9:443; no-sni reject close; default "
        "passthrough to pay; malformed reject close; }\n")
NONE = "  route none sni"
PARTS = ('include "*.inc";\n',)
AUTH = '    client-auth ca "clients.pem" crl "clients.crl" require;'
OWN = "profile own extends intermediate { }"


def prod_only(text):
    return text, "where env is prod { %s }" % text


# ---- files ----

sneaks("a file more, where an include has a pattern", "listener mode server",
       "# the same\n", base=PARTS,
       files=[{"a.inc": "# none\n"}, {"a.inc": "# none\n", "b.inc": OPEN}])
sneaks("an included file with something for other values only", "",
       "# the same\n", base=PARTS, says="with env=staging",
       files=[{"a.inc": "# none\n"},
              {"a.inc": "where env is staging { %s }\n" % OPEN}])
sneaks("a line of a set behind a comment that only CR ends", "mode",
       "# the same\n", back=1, files=[{}, {
           "bots.cidr": "198.51.100.0/24\n# x\r203.0.113.0/24\n"}])
sneaks("a certificate in a map's line", "pin staple", "# the same\n", back=1,
       files=[{}, {"tenants.map": "a.tenant.test shop hsm\nb.tenant.test\n"}])
for title, text in (("CR LF", "a.tenant.test\r\nb.tenant.test\r\n"),
                    ("capital letters", "A.tenant.Test\nb.tenant.test\n"),
                    ("comments and blanks", "# x\n\n b.tenant.test # y\n"
                     "\ta.tenant.test")):
    passes("a map with " + title, "# the same\n",
           files=[{}, {"tenants.map": text}])
passes("the policy with CR LF", ("\n", "\r\n"))
passes("the policy with a byte order mark", ("policy 1;", "\ufeffpolicy 1;"))

# ---- names ----

sneaks("an exact name in front of a wildcard", "server",
       (NONE, '  route quiet sni "a.b2b.partner.test" { offload to shop; }\n'
        + NONE), back=1)
sneaks("one star in front of two", "server",
       (NONE, '  route quiet sni "*.b2b.partner.test" { offload to shop; }\n'
        + NONE), back=1)
sneaks("two stars become one, and the default is laxer", "mode",
       ('"**.pay.example.com"', '"*.pay.example.com"'), back=1,
       base=(("default reject unrecognized-name", "default offload to shop"),))
passes("a name in capital letters", ('"shop.example.com"',
                                     '"SHOP.example.COM"'))
passes("an international name as A-label",
       ('"bücher.example"', '"xn--bcher-kva.example"'),
       base=(('"shop.example.com"', '"bücher.example"'),))
passes("a verified name in capital letters",
       ('name "api.inner.test"', 'name "API.Inner.Test"'))
passes("the verified name comes from sni",
       ('verify ca "inner.pem" name "api.inner.test"',
        'sni "api.inner.test"; verify ca "inner.pem"'))
passes("a server's name in capital letters", ("api.internal", "API.internal"),
       base=(("10.42.0.11", "api.internal"),))
passes("a set of names written out", ("sni in partner",
                                      'sni "edi.partner.test", '
                                      '"**.b2b.partner.test"'))
passes("a map becomes routes",
       ('route tenants sni from "tenants.map" { offload to shop; }',
        'route ta sni "a.tenant.test" { offload to shop; }\n'
        '  route tb sni "b.tenant.test" { offload to shop; }'))

# ---- addresses ----

sneaks("all IPv4 as mapped IPv6 in a set", "mode",
       ("2001:db8:20::/48 }", "2001:db8:20::/48, ::ffff:0.0.0.0/96 }"))
sneaks("all IPv4 as mapped IPv6 may name a client", "accept-proxy",
       ("from { 10.0.0.0/24 }", "from { 10.0.0.0/24, ::ffff:0.0.0.0/96 }"))
sneaks("a server as mapped IPv6", "server",
       ("server 10.42.0.11:8443;", "server [::ffff:10.42.0.11]:8443;"), back=1)
passes("a network in halves", ("from { 10.0.0.0/24 }",
                               "from { 10.0.0.0/25, 10.0.0.128/25 }"))
passes("a server of weight 0 more", ("8080 weight 0;", "8080 weight 0; "
                                     "server 10.44.0.13:8080 weight 0;"))

# ---- values ----

for title, text in (
        ("an assertion", "assert never source in bots : backend is api;\n"),
        ("a requirement", "    comply pci-dss-4.0;"),
        ("client certificates", AUTH), ("limits", "  limits base;\n  cert")):
    whole = text if text.endswith(";") else text[:text.rindex(";") + 1]
    sneaks(title + " in production only", "", prod_only(whole),
           says="with env=staging")
sneaks("an allow in staging only", "",
       'where env is staging { allow TC0703 reason "x"; }\n',
       says="with env=staging")
passes("a set that a parameter gives by itself",
       ("source in office and", "source in $adm and"),
       "param adm : cidr = 10.20.0.0/16;\n",
       base=(("10.20.0.0/16, 2001:db8:20::/48", "10.20.0.0/16"),))

# ---- other ----

sneaks("a second pair of limits for the total", "connections",
       ("connections 50k, per-source 200", "connections per-source 200"))
sneaks("the total for the limit of a source", "connections", back=1,
       *[("connections 50k, per-source 200", "connections 40k")])
sneaks("whom no version is known of is let in", "mode server",
       ("otherwise reject access-denied", "when tls is unknown passthrough to "
        "pay; otherwise reject access-denied"))
passes("whom no version is known of is let in and refused by the profile",
       ("otherwise reject access-denied", "when tls is unknown bridge to api; "
        "otherwise reject access-denied"))
sneaks("a test keeps its title", "test", back=1,
       *[('sni "nope.test"; } expect', 'sni "none.example.com"; } expect')])
sneaks("an assertion becomes a comment", "assert",
       ("assert never route is none", "# assert never route is none"))
sneaks("an assertion about one address of a set", "assert", back=1,
       *[("assert never source in bots",
          "set few = { 198.51.100.0/32 };\nassert never source in few")])
sneaks("another standard", "comply",
       ("comply pci-dss-4.0", "comply hipaa"), back=1)
sneaks("an allow beside its twin", "allow",
       ('allow TC0703 reason "x";',
        'allow TC0703 reason "x"; allow TC0703 reason "y";'),
       base=(("backend pay {", 'backend pay { allow TC0703 reason "x";'),))


@tap.test()
def ends():
    """no ending of output makes the gate pass"""
    with tempfile.TemporaryDirectory() as room:
        paths = [put(room, "old", POLICY, {}), put(room, "new", edited(
            POLICY, (("10.41.0.11:8080", "10.41.0.12:8080"),)), {})]
        for form in ("human", "json", "markdown"):
            for to in (">/dev/full", ">&-", "| true"):
                p = subprocess.run(
                    ["bash", "-c", '"$@" %s; exit ${PIPESTATUS[0]}' % to, "-",
                     TLSC, "diff", *QUIET, "--forbid", "weaken", "--format",
                     form, *paths], capture_output=True)
                tap.check(p.returncode, form, to)
        for accept in ("none", "."):
            p = subprocess.run([TLSC, "diff", *QUIET, "--forbid", "weaken",
                                "--accept", accept, *paths], cwd=room,
                               capture_output=True)
            tap.check(p.returncode, accept)


@tap.test()
def too_many():
    """a finding that two of too many values have together: check --no-allow
    does not pass what it has not looked at"""
    text = "policy 1;\n" + "".join(
        "param p%d : a | b = a;\n" % i for i in range(7)) + """\
backend b { server 10.0.0.1:80; }
certificate c { chain "c.pem"; key "c.key"; }
frontend f {
  listen 192.0.2.1:443;
  no-sni reject close; default reject close; malformed reject close;
  route r sni "a.test" { passthrough to b; }
}
where p0 is b { where p1 is b {
  backend e { allow TC0505 reason "x"; server 203.0.113.9:80; }
  frontend g {
    listen 192.0.2.2:443; certificate c;
    no-sni reject close; default offload to e; malformed reject close;
  }
} }
"""
    with tempfile.TemporaryDirectory() as room:
        at = os.path.join(room, "p.tls")
        with open(at, "w") as f:
            f.write(text)
        for args, wanted in (((), 0), (("--no-allow",), 1),
                             (("--no-allow=TC0505",), 1),
                             (("--no-allow", "-D", "p0=a"), 0),
                             (("--no-allow", "-D", "p0=b"), 1)):
            p = subprocess.run([TLSC, "check", *QUIET, *args, at],
                               capture_output=True, text=True)
            tap.equal(p.returncode, wanted, str(args) + p.stderr)



PUBLIC = """\
policy 1;
backend e { allow TC0505 reason "x"; server %s:80; }
certificate c { chain "c.pem"; key "c.key"; }
frontend f {
  listen 192.0.2.1:443; certificate c;
  no-sni reject close; default offload to e; malformed reject close;
}
"""


@tap.test()
def public():
    """clear text to a public address, however that is written"""
    with tempfile.TemporaryDirectory() as room:
        at = os.path.join(room, "p.tls")
        for server, wanted in (
                ("203.0.113.9", 1), ("[::ffff:203.0.113.9]", 1),
                ("[64:ff9b::203.0.113.9]", 1), ("[2002:cb00:7109::1]", 1),
                ("[::203.0.113.9]", 1), ("100.64.0.1", 1), ("0.0.0.0", 1),
                ("10.0.0.1", 0), ("[fd00::1]", 0)):
            with open(at, "w") as f:
                f.write(PUBLIC % server)
            p = subprocess.run([TLSC, "check", *QUIET, "--no-allow=TC0505",
                                at], capture_output=True, text=True)
            tap.equal((p.returncode, "TC0505" in p.stderr),
                      (wanted, bool(wanted)), server + p.stderr)


tap.run()
