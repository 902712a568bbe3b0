#!/usr/bin/env python3
"""tlsc diff --accept: rows that were reviewed pass, for as long and for as many
names as the review says, and nothing else does."""
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TOP, "tests", d) for d in ("e2e", "gate")]

import tap  # noqa: E402
from world import (FILES, POLICY, QUIET, TLSC, gate, put)  # noqa: E402

NOW = ["--now", "2026-06-15"]
CUSTOMER = {"tenants.map": FILES["tenants.map"] + "c.tenant.test\n"}
SHOP = ('accept mode server clear-text names "**.tenant.test" '
        'on 2026-06-01 reason "T-7, Ann";')


def with_accepts(text, *edits, files=None, more=()):
    """Exit and open rows when `text` is accepted, and what was said."""
    with tempfile.TemporaryDirectory() as room:
        new = POLICY
        for e in edits:
            tap.check(e[0] in new, e)
            new = new.replace(*e)
        paths = [put(room, "old", POLICY, {}), put(room, "new", new,
                                                   files or {})]
        at = os.path.join(room, "rows.txt")
        with open(at, "w") as f:
            f.write(text)
        p = subprocess.run([TLSC, "diff", *QUIET, *NOW, *more, "--accept", at,
                            "--forbid", "weaken", *paths],
                           capture_output=True, text=True)
        return p.returncode, p.stdout + p.stderr


@tap.test()
def once():
    """the summary of what is not accepted tells each reason once, as without"""
    out = with_accepts(SHOP, ("  connection-rate 4k/s, per-source 40/s;\n", ""),
                       files=CUSTOMER)[1]
    tap.check(out.count("WEAKER") > 2, out)
    for line in out.split("\n"):
        if "name pattern" in line and "WEAKER: " in line:
            reasons = line.split("WEAKER: ")[1].split(", ")
            tap.equal(len(reasons), len(set(reasons)), line)


@tap.test()
def onboarding():
    """a customer under a reviewed suffix passes, and is told"""
    code, out = with_accepts(SHOP, files=CUSTOMER)
    tap.equal(code, 0, out)
    tap.check("accepted (T-7, Ann, 2026-06-01): "
            "clients that were refused are let in" in out, out)
    tap.check("WEAKER" not in out, out)
    code, out = with_accepts("", files=CUSTOMER)
    tap.equal(code, 1, out)


@tap.test()
def other_names():
    """one name out of scope, and none of the rows is accepted"""
    for scope in ('"*.test"', '"tenant.test"', '"a.tenant.test"',
                  '"**.nant.test"', '"**.c.tenant.test"'):
        code, out = with_accepts(SHOP.replace('"**.tenant.test"', scope),
                                 files=CUSTOMER)
        tap.equal(code, 1, (scope, out))
        tap.check("this accepts nothing" in out, out)
    for scope in ('"*.tenant.test"', '"c.tenant.test"', '"**.test"',
                  '"x.test", "c.tenant.test"'):
        code, out = with_accepts(SHOP.replace('"**.tenant.test"', scope),
                                 files=CUSTOMER)
        tap.equal(code, 0, (scope, out))
    two = {"tenants.map": CUSTOMER["tenants.map"] + "d.other.test\n"}
    code, out = with_accepts(SHOP, files=two)
    tap.equal(code, 1, out)


@tap.test()
def wildcards():
    """a wildcard is in scope only of one that is as wide"""
    for scope, wanted in (('"*.wild.test"', 1), ('"a.wild.test"', 1),
                          ('"**.wild.test"', 0), ('"**.test"', 0)):
        code, out = with_accepts(
            SHOP.replace('"**.tenant.test"', scope),
            ('sni "shop.example.com"', 'sni "shop.example.com", '
             '"**.wild.test"'))
        tap.equal(code, wanted, (scope, out))


@tap.test()
def kinds():
    """a kind that is not named is not accepted"""
    for kind in ("mode", "server", "clear-text"):
        left = SHOP.replace(" " + kind, "", 1)
        code, out = with_accepts(left, files=CUSTOMER)
        tap.equal(code, 1, out)
        tap.check("    %s: " % kind in out, out)


@tap.test()
def sides():
    """what was, and what is, are held against the row when they are said"""
    moved = ("10.41.0.11:8080", "10.41.0.12:8080")
    text = ('accept server clear-text names "**.test", "shop.example.com" '
            'new "%s" on 2026-06-01 reason "T-8";')
    code, out = with_accepts(text % moved[1], moved)
    tap.equal(code, 0, out)
    code, out = with_accepts(text % moved[0], moved)
    tap.equal(code, 1, out)
    for old, wanted in (('"%s"' % moved[0], 0), ("none", 1)):
        code, out = with_accepts((text % moved[1]).replace(
            "new", "old %s new" % old), moved)
        tap.equal(code, wanted, out)


@tap.test()
def dates():
    """a review ends, and begins no earlier than today"""
    for until, wanted in (("2026-06-15", 0), ("2026-06-14", 1)):
        code, out = with_accepts(SHOP.replace(
            "reason", "until %s reason" % until), files=CUSTOMER)
        tap.equal(code, wanted, out)
        tap.equal("this has expired" in out, bool(wanted), out)
    code, out = with_accepts(SHOP.replace("2026-06-01", "2026-06-16"),
                             files=CUSTOMER)
    tap.equal(code, 2, out)


@tap.test()
def items():
    """what is no decision is accepted by what it is of"""
    allow = ("backend pay {", 'backend pay { allow TC0703 reason "x";')
    text = 'accept allow of "%s" on 2026-06-01 reason "T-9";'
    for of, wanted in (("backend pay", 0), ("backend shop", 1), ("", 1)):
        code, out = with_accepts(text % of, allow)
        tap.equal(code, wanted, out)
    code, out = with_accepts(
        'accept allow names "**.test" on 2026-06-01 reason "T-9";', allow)
    tap.equal(code, 1, out)
    comply = ("    comply pci-dss-4.0;\n", "")
    for of, wanted in (("", 0), ('of "pay of edge"', 0), ('of "x"', 1)):
        code, out = with_accepts(
            'accept comply %s names "**.example.com" on 2026-06-01 '
            'reason "T-10";' % of, comply)
        tap.equal(code, wanted, out)
    code, out = with_accepts('accept comply names "pay.example.com" on '
                             '2026-06-01 reason "T-10";', comply)
    tap.equal(code, 1, out)


@tap.test()
def stale():
    """what accepts nothing is told, with its line"""
    code, out = with_accepts("# reviewed\n\n%s\n" % SHOP)
    tap.equal(code, 0, out)
    tap.check("rows.txt:3: this accepts nothing" in out, out)


@tap.test()
def faults():
    """a faulty file accepts nothing at all, and says where"""
    good = SHOP + "\n"
    for bad, line, what in (
            ("allow TC0505;", 2, "begins with 'accept'"),
            ("accept nothing names \"a\" on 2026-06-01 reason \"x\";", 2,
             "the kinds of rows"),
            ("accept mode on 2026-06-01 reason \"x\";", 2,
             "'names' or 'of'"),
            ("accept mode names \"a\" reason \"x\";", 2, "'on' with the date"),
            ("accept mode names \"a\" on 2026-06-01;", 2, "'reason' is missing"),
            ("accept mode names \"a\" on 2026-06-01 reason \"\";", 2,
             "'reason' is missing"),
            ("accept mode names \"a\" on 2026-06-01 reason \" - \";", 2,
             "'reason' is missing"),
            ("accept mode names \"a\" until 2026-06-02 until 2027-06-02 "
             "on 2026-06-01 reason \"x\";", 2, "until is given twice"),
            ("accept mode of \"a\" of \"b\" on 2026-06-01 reason \"x\";", 2,
             "of is given twice"),
            ("accept mode names \"a\" on 2026-02-30 reason \"x\";", 2,
             "a date"),
            ("accept mode names a on 2026-06-01 reason \"x\";", 2,
             "in quotes"),
            ("accept mode\n names \"a", 3, "not closed"),
            ("accept mode names \"a\", on 2026-06-01;", 2, "in quotes"),
            ("accept mode everything;", 2, "expected names"),
            ("accept mode names \"a\" on 2026-06-01 reason \"x\"", 2,
             "expected names"),
            ("accept mode \x00", 2, "not a word"), ("@", 2, "not a word")):
        code, out = with_accepts(good + bad, files=CUSTOMER)
        tap.equal(code, 2, (bad, out))
        tap.check("rows.txt:%d: " % line in out and what in out, bad, out)
        tap.check("accepted" not in out.split("tlsc:")[0], out)


@tap.test()
def manual():
    """the manual's example is one"""
    with open(os.path.join(TOP, "compiler", "tlsc.1")) as f:
        page = f.read()
    text = page[page.index(".Ss Accepting with a reason"):]
    text = text[text.index("# on-boarding"):text.index(".Ed")]
    code, out = with_accepts(text.replace("\\e", "\\"))
    tap.equal(code, 0, out)
    tap.equal(out.count("this accepts nothing"), 3, out)
    # Whoever copies it accepts what it says and nothing that comes later.
    tap.equal(text.count("accept "), text.count(" old "), text)
    tap.equal(text.count("accept "), text.count(" new "), text)
    tap.check("**" not in text, text)


@tap.test()
def missing():
    """a file that is not there is no review"""
    with tempfile.TemporaryDirectory() as room:
        path = put(room, "old", POLICY, {})
        p = subprocess.run([TLSC, "diff", *QUIET, "--accept",
                            os.path.join(room, "gone"), path, path],
                           capture_output=True, text=True)
        tap.equal(p.returncode, 3, p.stderr)


@tap.test()
def stubs():
    """--format accept writes what has only to be given reasons"""
    with tempfile.TemporaryDirectory() as room:
        text = POLICY.replace("default reject unrecognized-name",
                              "default offload to shop") \
            .replace("idle 5m", "idle 1d").replace(
                "extends fips { }", "extends intermediate { }").replace(
                'test "unknown" { sni "nope.test"; } expect reject;\n', "")
        paths = [put(room, "old", POLICY, {}), put(room, "new", text, CUSTOMER)]
        p = subprocess.run([TLSC, "diff", *QUIET, *NOW, "--format", "accept",
                            *paths], capture_output=True, text=True)
        at = os.path.join(room, "rows.txt")
        for reason, wanted in (("", 2), ("T-11", 0)):
            with open(at, "w") as f:
                f.write(p.stdout.replace('reason ""', 'reason "%s"' % reason))
            q = subprocess.run([TLSC, "diff", *QUIET, *NOW, "--accept", at,
                                "--forbid", "weaken", *paths],
                               capture_output=True, text=True)
            tap.equal(q.returncode, wanted, p.stdout + q.stdout + q.stderr)
        tap.check("WEAKER" not in q.stdout, q.stdout)
        code, rows, out = gate(*paths, "--accept", at, *NOW, "--all")
        tap.check(code == 0 and "accepted (T-11" in out, out)


tap.run()
