#!/usr/bin/env python3
"""Tricks with whom the gateway believes, between policies, between tables that
were compiled from them, and from one to the other: what a file of CAs holds is
in the table."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TOP, "tests", d) for d in ("e2e", "gate")]

import tap  # noqa: E402
from world import CERTS, TLSC  # noqa: E402

POLICY = """\
policy 1;
certificate shop { chain "shop.pem"; key "shop.key"; allow TC0413 reason "x"; }
backend api { server 10.0.0.1:443; tls { verify ca "inner.pem" name "a.test"; } }
frontend edge {
  listen 192.0.2.1:443;
  certificate shop;
  no-sni reject close;
  default reject close;
  malformed reject close;
  route api sni "shop.example.com" {
    client-auth ca "clients.pem" crl "clients.crl" require;
    bridge to api;
  }
}
"""
COPIES = {"shop.pem": "shop.pem", "shop.key": "shop.key",
          "inner.pem": "ca.pem", "clients.pem": "ca.pem",
          "clients.crl": "good.crl"}


def read(name):
    with open(os.path.join(CERTS, name)) as f:
        return f.read()


def side(room, name, text=POLICY, files=None, options=()):
    """A policy and the table made of it; files: contents, or "-> TARGET"."""
    folder = os.path.join(room, name)
    os.mkdir(folder)
    for to, source in COPIES.items():
        shutil.copy(os.path.join(CERTS, source), os.path.join(folder, to))
    os.chmod(os.path.join(folder, "shop.key"), 0o600)
    for to, what in (files or {}).items():
        at = os.path.join(folder, to)
        if os.path.exists(at):
            os.unlink(at)
        if what.startswith("-> "):
            os.symlink(what[3:], at)
            continue
        with open(at, "w") as f:
            f.write(what)
    path = os.path.join(folder, "p.tls")
    with open(path, "w") as f:
        f.write(text)
    made = subprocess.run([TLSC, path, "-o", path[:-3] + "bin", *options],
                          capture_output=True, text=True)
    tap.equal(made.returncode, 0, made.stderr)
    return path, path[:-3] + "bin"


def gate(old, new, *more):
    """Exit, kinds of the weaker rows, what people read."""
    args = [TLSC, "diff", "--forbid", "weaken", *more]
    said = subprocess.run([*args, "--format", "json", old, new],
                          capture_output=True, text=True)
    tap.check(said.stdout.startswith("{"), said.stderr)
    d = json.loads(said.stdout)
    rows = {r["kind"] for g in d["groups"] for r in g["rows"] if r["weaker"]}
    human = subprocess.run([*args, old, new], capture_output=True, text=True)
    tap.equal(human.returncode, said.returncode)
    return said.returncode, rows, human.stdout


# What a table does not say is another matter: allows, and CRLs against those
# of a text.
MORE = {"text": "--no-credentials", "tables": "--unjudged",
        "table to text": "--unjudged"}
FORMS = {"text": (0, 0), "tables": (1, 1), "table to text": (1, 0)}


def sneaks(title, kinds, says=(), new=POLICY, files=None, back=0,
           old_files=None, forms=tuple(FORMS), options=()):
    def body(form):
        a, b = FORMS[form]
        with tempfile.TemporaryDirectory() as room:
            old = side(room, "old", POLICY, old_files)
            now = side(room, "new", new, files, options)
            more = [MORE[form]]
            code, rows, out = gate(old[a], now[b], *more)
            tap.equal((code, rows), (1, set(kinds.split())), out)
            for s in says:
                tap.check(s in out, s, out)
            code, rows, out = gate(now[b], old[a], *more)
            tap.equal(code, back, out)
    body.__doc__ = title
    tap.test(*forms)(body)


OTHER = "+ CN=other-ca,O=tlsc tests (sha256 "
GONE = "- CN=ca,O=tlsc tests (sha256 "
BOTH = read("ca.pem") + read("other-ca.pem")

sneaks("a CA appended to the file of client CAs", "client-ca", [OTHER],
       files={"clients.pem": BOTH})
sneaks("a CA put before the others of servers", "verify-ca", [OTHER],
       files={"inner.pem": read("other-ca.pem") + read("ca.pem")})
sneaks("a CA behind two thousand lines of comment", "client-ca", [OTHER],
       files={"clients.pem": read("ca.pem") + "# nothing\n" * 2000 +
              read("other-ca.pem")})
sneaks("the file swapped", "verify-ca", [OTHER, GONE], back=1,
       files={"inner.pem": read("other-ca.pem")})
LINKED = {"good.pem": read("ca.pem"), "evil.pem": BOTH}
sneaks("a link retargeted", "client-ca", [OTHER],
       old_files={**LINKED, "clients.pem": "-> good.pem"},
       files={**LINKED, "clients.pem": "-> evil.pem"})
LIVE = "may change without a new table"
sneaks("client CAs become live", "ca-live", [LIVE], forms=("text", "tables"),
       new=POLICY.replace('"clients.pem"', '"clients.pem" live'),
       back=0)
sneaks("CAs of servers become live", "ca-live", [LIVE],
       forms=("text", "tables"),
       new=POLICY.replace('"inner.pem"', '"inner.pem" live'))
sneaks("a table that was made without reading them", "ca-live",
       ["the table does not say what the file holds"], forms=("tables",),
       options=("--no-credentials",))


def reissued(room):
    """The CA's name and key in another certificate, without its limits."""
    with open(os.path.join(room, "t"), "w") as f:
        f.write('cn = "ca"\norganization = "tlsc tests"\nca\n'
                'cert_signing_key\ncrl_signing_key\nexpiration_days = 9000\n'
                'serial = 77\n')
    at = os.path.join(room, "again.pem")
    subprocess.run(["certtool", "--generate-self-signed", "--load-privkey",
                    os.path.join(CERTS, "ca.key"), "--template",
                    os.path.join(room, "t"), "--outfile", at], check=True,
                   capture_output=True)
    with open(at) as f:
        return f.read()


with tempfile.TemporaryDirectory() as place:
    AGAIN = reissued(place)
sneaks("another certificate for the CA's own name and key", "verify-ca",
       ["+ CN=ca,O=tlsc tests", GONE], back=1, files={"inner.pem": AGAIN})


@tap.test(*FORMS)
def nothing(form):
    """passes: order, repetition, comments, and a renewed CRL"""
    a, b = FORMS[form]
    with tempfile.TemporaryDirectory() as room:
        old = side(room, "old", files={"inner.pem": BOTH})
        new = side(room, "new", files={
            "inner.pem": "a note\n" + read("other-ca.pem") + read("ca.pem") +
            read("ca.pem"), "clients.crl": read("good.crl") + "\n# later\n"})
        for pair in ((old[a], new[b]), (new[a], old[b])):
            code, rows, out = gate(*pair, MORE[form])
            tap.equal((code, rows), (0, set()), out)


@tap.test()
def ids():
    """what a file of CAs holds is in the root and semantic ids, `live` is not
    read, and one file cannot be both"""
    with tempfile.TemporaryDirectory() as room:
        live = POLICY.replace('"inner.pem"', '"inner.pem" live')
        told = []
        for name, text, files in (
                ("a", POLICY, {}), ("b", POLICY, {"inner.pem": BOTH}),
                ("c", POLICY, {"inner.pem": "# x\n" + read("ca.pem")}),
                ("d", live, {}), ("e", live, {"inner.pem": BOTH})):
            table = side(room, name, text, files)[1]
            said = subprocess.run([TLSC, "dump", "--as", "json", table],
                                  capture_output=True, text=True)
            d = json.loads(said.stdout)
            deep = subprocess.run([TLSC, "verify", "--deep", table],
                                  capture_output=True, text=True)
            tap.equal(deep.returncode, 0, deep.stdout + deep.stderr)
            told.append((d["root"], d["semantic"]))
            files = {x["file"]: x for x in d["trust"]}
            tap.equal(files["inner.pem"]["live"], text is live)
            tap.equal(len(files["inner.pem"]["certificates"]),
                      0 if text is live else 2 if name == "b" else 1)
        tap.equal(told[0], told[2], "comments")
        tap.equal(told[3], told[4], "live")
        tap.equal(len({t[0] for t in told}), 3, told)
        tap.equal(len({t[1] for t in told}), 3, told)


@tap.test()
def both_ways():
    """one file cannot be live in one statement and not in another"""
    with tempfile.TemporaryDirectory() as room:
        path = side(room, "a")[0]
        with open(path, "w") as f:
            f.write(POLICY.replace('"clients.pem"', '"inner.pem" live'))
        said = subprocess.run([TLSC, "check", path], capture_output=True,
                              text=True)
        tap.equal(said.returncode, 1, said.stderr)
        tap.check("'inner.pem' is live in one statement and not in another"
                  in said.stderr, said.stderr)


tap.run()
