#!/usr/bin/env python3
"""Tricks with reviewed rows: statements that were written for a small change
are used for a larger one that reads the same."""
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TOP, "tests", d) for d in ("e2e", "gate")]

import tap  # noqa: E402
from trick import edited  # noqa: E402
from world import POLICY, QUIET, TLSC, gate, put  # noqa: E402

HERE = "  route none sni"
ALL = 'route new sni "new.test" { offload to shop; }'
SOME = ('route new sni "new.test" { when %s offload to shop; '
        'otherwise reject unrecognized-name; }')
BEHIND = ('route new sni "new.test" { when %s reject unrecognized-name; '
          'otherwise offload to shop; }')
STAGING = "where env is staging { %s }"
INNER = ("frontend inner { listen 10.0.0.1:443; no-sni reject close; "
         "default reject unrecognized-name; malformed reject close; "
         "%s}\n")
SECOND = ("frontend second { listen 10.0.0.9:443; certificate shop; "
          "no-sni reject close; default %s malformed reject close; "
          "%s }\n")


def route(text):
    return HERE, "  %s\n%s" % (text, HERE)


def reviewed(title, small, large, base=()):
    """The statements that --format accept writes for `small` accept it, and
    not `large`; those for `large` accept that."""
    def body():
        with tempfile.TemporaryDirectory() as room:
            old = edited(POLICY, base)
            paths = [put(room, name, edited(old, edits), {}) for name, edits
                     in (("old", ()), ("small", small), ("large", large))]
            for i, exits in ((1, {1: 0, 2: 1}), (2, {2: 0})):
                p = subprocess.run(
                    [TLSC, "diff", "--format", "accept", *QUIET, paths[0],
                     paths[i]], capture_output=True, text=True)
                at = os.path.join(room, "rows")
                with open(at, "w") as f:
                    f.write(p.stdout.replace('reason ""', 'reason "T-7"'))
                for k, wanted in exits.items():
                    code, rows, out = gate(paths[0], paths[k], "--accept", at)
                    tap.equal(code, wanted, p.stdout + out)
                    tap.equal(bool(rows), bool(code), out)
    body.__doc__ = title
    tap.test()(body)


for what, guard in (("a network", "source in office"),
                    ("a protocol", 'alpn has "h2"'),
                    ("a version", "tls >= 1.3")):
    reviewed("for %s, and opened to all" % what, (route(SOME % guard),),
             (route(ALL),))
    reviewed("for all but %s, and opened to all" % what,
             (route(BEHIND % guard),), (route(ALL),))
reviewed("for a network with a protocol, and opened to that protocol",
         (route(SOME % 'source in office and alpn has "h2"'),),
         (route(SOME % 'alpn has "h2"'),))
reviewed("for staging, and done everywhere", (route(STAGING % ALL),),
         (route(ALL),))
reviewed("for the inner frontend, and done in both",
         (("reject close; }\n", "reject close; certificate shop; limits base; "
           "%s }\n" % ALL),),
         (("reject close; }\n", "reject close; certificate shop; limits base; "
           "%s }\n" % ALL), route(ALL)), base=(INNER % "",))
reviewed("an allow for staging, and for all",
         (STAGING % 'backend q { server 10.1.1.1:1; '
          'allow TC0703 reason "x"; }' + "\n",),
         ('backend q { server 10.1.1.1:1; allow TC0703 reason "x"; }\n',))
reviewed("a new frontend for a network, and for all",
         (SECOND % ("reject close;", SOME % "source in office"),),
         (SECOND % ("reject close;", ALL),))

BOTH = "".join('accept %s names "new.test" %%s on 2026-01-01 reason "T-7";\n'
               % kind for kind in ("mode", "server clear-text"))


@tap.test()
def parts():
    """clients and with are read, each once; others are errors"""
    with tempfile.TemporaryDirectory() as room:
        paths = [put(room, "old", POLICY, {}),
                 put(room, "new", edited(POLICY, (route(ALL),)), {})]
        at = os.path.join(room, "rows")
        some = 'clients "from any but 198.51.100.0/24, 203.0.113.0/24"'
        for what, wanted in (
                ("", 0), (some, 0), ('clients "from 10.0.0.0/8"', 1),
                ('with "env=prod"', 1), ('with "env=lab"', 1),
                ('with "env=prod, env=staging"', 1),
                (some + " " + some, 2), ('with "a=b" with "a=b"', 2),
                ("clients", 2), ("with 7", 2)):
            with open(at, "w") as f:
                f.write(BOTH % (what, what))
            p = subprocess.run([TLSC, "diff", *QUIET, "--forbid", "weaken",
                                "--accept", at, *paths], capture_output=True,
                               text=True)
            tap.equal(p.returncode, wanted, what + p.stdout + p.stderr)
        with open(at, "w") as f:
            f.write(BOTH % (('with "env=prod"',) * 2) +
                    BOTH % (('with "env=staging"',) * 2))
        tap.equal(gate(*paths, "--accept", at)[0], 0)


@tap.test()
def shown():
    """which of the clients is told in every form"""
    with tempfile.TemporaryDirectory() as room:
        paths = [put(room, "old", POLICY, {}), put(
            room, "new", edited(POLICY, (route(SOME % 'alpn has "h2"'),)), {})]
        for form, text in (
                ("human", 'only those with alpn "h2", not with alpn none\n'),
                ("markdown", 'only `those with alpn "h2", not with alpn none`'),
                ("json", '"only": "those with alpn \\"h2\\", not with alpn '
                 'none"')):
            p = subprocess.run([TLSC, "diff", *QUIET, "--format", form,
                                *paths], capture_output=True, text=True)
            tap.check(text in p.stdout, form, p.stdout)


tap.run()
