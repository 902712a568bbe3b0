#!/usr/bin/env python3
"""tlsc against an oracle that shares no code with it (tests/oracle/).

Random small policies; everything tlsc says of them is compared with trying
every query: decisions (through the runtime's lookup), unreachable, redundant,
missing, crossing and unservable clauses, assertions and their
counter-examples, the semantic difference of two policies, the semantic id.

ORACLE_CASES   decisions to compare (default 1,000,000; 60,000 under SAN)
ORACLE_SEED    a number, or "random"; a mismatch prints it and the policy
"""
import ipaddress
import json
import os
import random
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(TOP, "tests", "oracle"))

import brute  # noqa: E402
from generate import World  # noqa: E402
from policy import MALFORMED, Query, address  # noqa: E402

BUILD = os.environ.get("BUILD", "build")
TLSC = os.path.join(TOP, BUILD, "tlsc")
CASES = int(os.environ.get("ORACLE_CASES") or
            (60000 if "san" in BUILD else 1000000))
SEED = os.environ.get("ORACLE_SEED", "1")
SEED = random.SystemRandom().randrange(1 << 32) if SEED == "random" \
    else int(SEED)
BATCH = 10       # policies of one world
SAMPLE = 3000    # decisions asked of one policy
QUIET = ["--no-fs"] + ["-Wno-TC%s" % n for n in
                       ("0301", "0307", "0314", "0505", "0507")]


SEEN = {}        # how often each finding was compared
KINDS = ("TC0301", "TC0302", "TC0304", "TC0305", "TC0315", "TC0801",
         "TC0802")


class Mismatch(Exception):
    pass


def tlsc(args, stdin=None, ok=(0,)):
    p = subprocess.run([TLSC] + args, input=stdin, capture_output=True,
                       text=True)
    if p.returncode not in ok:
        raise Mismatch("tlsc %s: exit %d\n%s%s" % (
            " ".join(args), p.returncode, p.stdout[-2000:],
            p.stderr[-4000:]))
    return p.stdout


def write(room, name, text):
    path = os.path.join(room, name)
    with open(path, "w") as f:
        f.write(text)
    return path


def expect(what, got, want):
    if got != want:
        raise Mismatch("%s: tlsc says %r, the oracle %r" % (what, got, want))


class Batch:
    """Queries of one world, asked of every policy in it."""

    def __init__(self, rnd):
        self.world = World(rnd)
        self.rnd = rnd

    def queries(self, policy):
        w, out = self.world, []
        clients = brute.Table(w, policy.frontends[0]).clients
        for _ in range(SAMPLE):
            out.append((self.rnd.randrange(len(policy.frontends)),
                        self.rnd.choice(w.names),
                        self.rnd.randrange(len(w.addresses)),
                        self.rnd.randrange(len(clients))))
        return out

    def line(self, policy, tables, q):
        f, sni, s, c = q
        alpn, tls = tables[f].clients[c]
        return json.dumps({"listener": policy.frontends[f].name, "sni": sni,
                           "source": str(self.world.addresses[s]),
                           "alpn": sorted(alpn), "tls": tls})


def answer(line, seen):
    got = seen.get(line)
    if got is None:
        a = json.loads(line)
        text = a["error"] if "error" in a else "reject " + a["reason"] \
            if a["action"] == "reject" else \
            "%s to %s" % (a["action"], a["backend"])
        got = seen[line] = (text, a.get("line"), a.get("route"))
    return got


def check_decisions(batch, policy, tables, path):
    asked = batch.queries(policy)
    text = "\n".join(batch.line(policy, tables, q) for q in asked) + "\n"
    lines = tlsc(["match", "--stdin", path] + QUIET, text).splitlines()
    expect("number of answers", len(lines), len(asked))
    seen = {}
    for q, line in zip(asked, lines):
        f, sni, s, c = q
        word, clauses = policy.frontends[f].choose(sni)
        clause = tables[f].bucket(word, clauses)[s][c]
        want = (clause.action.replace(" enforcing modern", ""), clause.line,
                word)
        if answer(line, seen) != want:
            expect("%r" % tables[f].query(sni, s, c), answer(line, seen),
                   want)
    return len(asked)


def asked_query(policy, w):
    """A witness as a query of the oracle's."""
    f = policy.frontend(w["listener"])
    sni = w["sni"]
    if sni is None and w["tls"] is None:
        sni = MALFORMED
    return Query(f, sni, address(w["source"]), frozenset(w["alpn"]),
                 w["tls"] or "unknown")


def clause_at(policy, line):
    for f in policy.frontends:
        for c in f.own + [c for _, _, cs in f.lists() for c in cs]:
            if c.line == line:
                return c
    raise Mismatch("no clause stands on line %d" % line)


def check_witness(policy, d):
    """What a diagnostic's witness claims, asked of the oracle directly."""
    if not d.get("witness"):
        return
    q = asked_query(policy, d["witness"])
    word, by = q.frontend.decide(q)
    if d["id"] == "TC0301":
        c = clause_at(policy, d["line"])
        if not c.applies(q) or by is c or by.action == c.action:
            raise Mismatch("line %d: no witness: %r" % (d["line"], q))
    elif d["id"] == "TC0304":
        if by is not None:
            raise Mismatch("line %d: no gap: %r" % (d["line"], q))
    elif d["id"] == "TC0315":
        c = clause_at(policy, d["line"])
        # Perhaps it falls to one that is redundant before it.
        if by.action != c.action or not c.applies(q) or \
                not brute.refused(q.frontend, c.action, q.alpn, q.tls):
            raise Mismatch("line %d: no witness: %r" % (d["line"], q))
    elif d["id"] == "TC0801":
        a = next(a for a in policy.asserts if a.line == d["line"])
        if not a.counter(q, word, by.action):
            raise Mismatch("line %d: no counter-example: %r" %
                           (d["line"], q))


def check_clauses(policy, tables, found, fixed):
    """fixed: lines of the redundant clauses that can go together."""
    unreachable = {}
    gaps = set()
    for t in tables:
        unreachable.update(brute.lines_of_unreachable(t))
        gaps |= {r.line for r in t.f.routes
                 if brute.gap(t, r.name, r.clauses)}
    expect("TC0304", found.get("TC0304", set()), gaps)
    expect("TC0301", found.get("TC0301", set()),
           {n for n, i in unreachable.items() if i == "TC0301"})
    alone = set().union(*(brute.superfluous(t) for t in tables))
    ends = {cs[-1].line for t in tables for _, _, cs in t.f.lists()
            if not cs[-1].terms}
    expect("TC0301 and TC0302", (found.get("TC0301", set()) - ends) |
           found.get("TC0302", set()), alone)
    for t in tables:
        clauses = t.f.own + [c for _, _, cs in t.f.lists() for c in cs]
        if not brute.same_without(t, [c for c in clauses
                                      if c.line in fixed]):
            raise Mismatch("TC0302: without all of %r decisions differ" %
                           sorted(fixed))
    crossing, lost = set(), set()
    for t in tables:
        gone = [c for c in t.f.own if unreachable.get(c.line)] + \
            [c for _, _, cs in t.f.lists() for c in cs
             if c.line in fixed or unreachable.get(c.line)]
        crossing |= brute.crossings(t, gone)
        lost |= brute.unservable(
            t, gone + [c for c in t.f.own if c.line in fixed],
            unreachable)
    expect("TC0315", found.get("TC0315", set()), lost)
    expect("TC0305", found.get("TC0305", set()), crossing)
    return not gaps


def check_assertions(policy, tables, found):
    for a in policy.asserts:
        verdict = "fails" if a.line in found.get("TC0801", set()) else \
            "vacuous" if a.line in found.get("TC0802", set()) else "holds"
        expect("line %d: %s" % (a.line, a.render()), verdict,
               brute.assertion(tables, a))


def semantic(room, path):
    out = os.path.join(room, "p.bin")
    tlsc([path, "-o", out] + QUIET)
    with open(out, "rb") as f:
        return f.read(112)[80:]


def told(group, address):
    """Is the address among those of the group?"""
    nets = [ipaddress.ip_network(n) for n in group["sources"]]
    inside = any(address.version == n.version and address in n for n in nets)
    return not nets or inside != group["all_but"]


def check_diff(batch, room, policy, path, other):
    second = write(room, "q.tls", other.render())
    got = json.loads(tlsc(["diff", "--all", "--format", "json", path,
                           second] + QUIET))
    groups, met = {}, {}
    for g in got["groups"]:
        pair = g["from"], g["to"]
        groups[pair] = groups.get(pair, 0) + g["names"]
        met.setdefault(pair, set()).update(
            i for i, a in enumerate(batch.world.addresses) if told(g, a))
    want, sources, served = brute.difference(batch.world, policy, other)
    expect("diff", groups, want)
    expect("networks", met, sources)
    for pair in groups:
        expect("weaker: %s -> %s" % pair,
               any(g["weaker"] for g in got["groups"]
                   if (g["from"], g["to"]) == pair),
               pair in served and brute.weaker(*pair))
    for g in got["groups"]:
        q = asked_query(policy, g["witness"])
        r = asked_query(other, g["witness"])
        pair = (policy.frontend(q.frontend.name).decide(q)[1].action,
                other.frontend(r.frontend.name).decide(r)[1].action)
        expect("witness %r" % q, pair, (g["from"], g["to"]))
    expect("semantic ids are equal", semantic(room, path) ==
           semantic(room, second), not want)


def check_table(room, policy, path):
    """The table re-decides itself, and its text gives the same function."""
    out = os.path.join(room, "p.bin")
    tlsc([path, "-o", out] + QUIET)
    tlsc(["verify", "--deep", out])
    text = tlsc(["dump", "--as", "tls", out])
    expect("semantic id of the dumped text", semantic(room, write(
        room, "d.tls", text)), semantic(room, path))


def test_statement(i, q, action):
    alpn = ", ".join('"%s"' % t for t in sorted(q.alpn))
    return 'test "t%d" { listener %s; %s source %s;%s%s } expect %s;' % (
        i, q.frontend.name, 'sni "%s";' % q.sni if q.sni else "no-sni;",
        q.source, " alpn %s;" % alpn if alpn else "",
        " tls %s;" % q.tls if q.tls != "unknown" else "", action)


def check_tests(batch, room, policy, tables):
    """Policy tests with right and wrong expectations."""
    lines, want = [], {}
    for i, (f, sni, s, c) in enumerate(batch.queries(policy)[:40]):
        q = tables[f].query(sni, s, c)
        if q.tls == "unknown":
            q.tls = "1.3"
        right = q.frontend.decide(q)[1].action
        said = right if batch.rnd.random() < 0.5 else \
            batch.rnd.choice(["reject close", "passthrough to b1",
                              "offload to b2", "bridge to b3"])
        lines.append(test_statement(i, q, said))
        want["t%d" % i] = said == right or \
            said == right.split(" enforcing")[0]
    path = write(room, "t.tls", policy.render() + "\n".join(lines) + "\n")
    got = {}
    for line in tlsc(["test", "--tap", path] + QUIET, ok=(0, 1)).splitlines():
        if line.startswith(("ok ", "not ok ")):
            got[line.split(" - ")[1]] = line.startswith("ok ")
    expect("tests", got, want)


def one_policy(batch, room, number):
    gaps = number % 3 == 2
    policy = batch.world.policy(gaps)
    text = policy.render()
    path = write(room, "p.tls", text)
    try:
        report = json.loads(tlsc(["check", "--no-fs", "--format", "json",
                                  "--max-shown", "0", path], ok=(0, 1)))
        found, fixed = {}, set()
        for d in report["diagnostics"]:
            SEEN[d["id"]] = SEEN.get(d["id"], 0) + 1
            found.setdefault(d["id"], set()).add(d["line"])
            if d["id"] == "TC0302" and d["fix"]:
                fixed.add(d["line"])
            check_witness(policy, d)
        tables = [brute.Table(batch.world, f) for f in policy.frontends]
        if not check_clauses(policy, tables, found, fixed):
            return 0
        check_assertions(policy, tables, found)
        policy.asserts = []  # failing ones would keep it from compiling
        path = write(room, "p.tls", policy.render())
        count = check_decisions(batch, policy, tables, path)
        if number % 4 == 0:
            check_table(room, policy, path)
            check_tests(batch, room, policy, tables)
        other = batch.world.mutated(policy) if batch.rnd.random() < 0.6 \
            else batch.world.disguised(policy)
        others = [brute.Table(batch.world, f) for f in other.frontends]
        if any(brute.gap(t, r.name, r.clauses) for t in others
               for r in t.f.routes):
            return count
        try:
            check_diff(batch, room, policy, path, other)
        except Mismatch as e:
            raise Mismatch("%s\n--- the other policy:\n%s" %
                           (e, numbered(other.render())))
        return count
    except Mismatch as e:
        raise Mismatch("%s\n--- the policy:\n%s" % (e, numbered(text)))


def numbered(text):
    return "\n".join("%3d %s" % (i, line) for i, line in
                     enumerate(text.splitlines(), 1))


def main():
    done = policies = 0
    print("1..1\n# seed %d, %d decisions" % (SEED, CASES), flush=True)
    rnd = random.Random(SEED)
    with tempfile.TemporaryDirectory() as room:
        try:
            while done < CASES:
                if policies % BATCH == 0:
                    batch = Batch(rnd)
                done += one_policy(batch, room, policies)
                policies += 1
        except Mismatch as e:
            for line in ("seed %d, policy %d\n%s" % (
                    SEED, policies, e)).splitlines():
                print("# " + line)
            print("not ok 1 - tlsc and the oracle agree")
            return 1
    print("# %d policies, %d decisions, %s" % (policies, done, ", ".join(
        "%d %s" % (SEEN.get(k, 0), k) for k in KINDS)))
    print("ok 1 - tlsc and the oracle agree")
    return 0


sys.exit(main())
