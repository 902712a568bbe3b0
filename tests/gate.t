#!/usr/bin/env python3
"""tlsc diff --forbid weaken against an oracle that tries clients
(tests/gate/pairs.py): of random pairs of routes it must tell as weaker every
one by which somebody gets more, and none of the others.

and of random pairs of policies (tests/gate/places.py) those with frontends that
listen elsewhere, are called or written otherwise, or do something else.  Of
their tables it must tell the same, but for what a table does not hold.

GATE_PAIRS  how many routes (default 250,000; 3,000 under SAN), and a fiftieth
            of it policies
GATE_SEED   a number, or "random"; a mismatch prints it and both routes
            (tests/gate-2.t to gate-4.t have the rest of a million)
GATE_PART   run only this part of the pairs (a mismatch prints which)
"""
import json
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TOP, "tests", d) for d in ("e2e", "gate")]

import pairs  # noqa: E402
import places  # noqa: E402
from world import BUILD, CERTS, TLSC, revoking  # noqa: E402

COUNT = int(os.environ.get("GATE_PAIRS") or
            (3000 if "san" in BUILD else 250000))
SEED = os.environ.get("GATE_SEED", "1")
SEED = random.SystemRandom().randrange(1 << 32) if SEED == "random" \
    else int(SEED)
ROUTES = 250  # of one policy
PART = 5000   # pairs with a seed of their own
# Random routes are no models of a good policy.
LAX = ["--no-credentials"] + ["-Wno-TC%s" % n for n in (
    "0501", "0502", "0504", "0505", "0507")]
# Told as weaker though no client of the oracle's may be worse off: whose order
# counts, whatever the order is; and groups, of which a client's key shares may
# take a weaker one than both orders do.
CAREFUL = {"prefer", "groups"}


def room_with_files(room):
    for name, source in (("ca.pem", "ca.pem"), ("same.pem", "ca.pem"),
                         ("other.pem", "other-ca.pem"),
                         ("more.pem", "both-ca.pem"),
                         ("empty.crl", "good.crl")):
        shutil.copy(os.path.join(CERTS, source), os.path.join(room, name))
    revoking(room)
    os.rename(os.path.join(room, "clients.crl"),
              os.path.join(room, "full.crl"))
    # more.pem must hold both.
    with open(os.path.join(room, "more.pem"), "w") as f:
        for name in ("ca.pem", "other-ca.pem"):
            with open(os.path.join(CERTS, name)) as g:
                f.write(g.read())


# What files hold, which tables do not.
IN_FILES = {"client-ca", "client-crl", "verify-ca"}


class Unexpected(Exception):
    """tlsc said what it must not say of these policies."""


def written(room, old, new):
    paths = []
    for side, routes_ in (("old.tls", old), ("new.tls", new)):
        paths.append(os.path.join(room, side))
        with open(paths[-1], "w") as f:
            f.write(pairs.policy(routes_))
    return paths


def verdicts(paths, *more):
    """name: kinds of its weaker rows; and all that is told."""
    p = subprocess.run([TLSC, "diff", "--no-credentials", "--all", "--format",
                        "json", "--forbid", "weaken", *more, *paths],
                       capture_output=True, text=True)
    if not p.stdout:
        raise Unexpected("exit %d\n%s" % (p.returncode, p.stderr[-2000:]))
    got, d = {}, json.loads(p.stdout)
    for g in d["groups"]:
        kinds = {r["kind"] for r in g["rows"] if r["weaker"]}
        for name in g["patterns"]:
            got.setdefault(name, set()).update(kinds)
    if d["items"] or (d["unjudged"] and not more) or \
            p.returncode != any(got.values()):
        raise Unexpected("%r" % p.stdout[-2000:])
    return got


def mismatch(part, old, new, why):
    out = ["seed %d, part %d: %s" % (SEED, part, why)]
    for x in (old, new):
        out += ["  " + line for line in pairs.policy([x]).splitlines()
                if "certificate" not in line.split()[:1]]
    return out + ["%s: %r -> %r" % (kind, old[kind], new[kind])
                  for kind in old if old[kind] != new[kind]]


def routes(part):
    """(how many, in how many somebody gets more, a mismatch or None)"""
    r = random.Random("%d routes %d" % (SEED, part))
    weaker = 0
    count = max(min(PART, COUNT - part * PART), ROUTES)
    with tempfile.TemporaryDirectory() as room:
        room_with_files(room)
        new = [pairs.route(r) for _ in range(ROUTES)]
        for _ in range(count // ROUTES):
            old, new = new, [pairs.changed(r, x) for x in new]
            got = verdicts(written(room, old, new))
            for i in range(ROUTES):
                kinds = got.get("n%d.test" % i, set())
                more = pairs.gets_more(old[i], new[i])
                weaker += bool(more)
                if more and not kinds:
                    return 0, 0, mismatch(part, old[i], new[i], "somebody "
                                          "gets more, and the gate is silent")
                if kinds - CAREFUL and not more:
                    return 0, 0, mismatch(part, old[i], new[i], "nobody gets "
                                          "more, and the gate tells %s" %
                                          sorted(kinds))
    return count, weaker, None


def frontends(part):
    r = random.Random("%d frontends %d" % (SEED, part))
    weaker, count = 0, max(min(PART, COUNT - part * PART) // 50, 1)
    with tempfile.TemporaryDirectory() as room:
        room_with_files(room)
        for _ in range(count):
            old = places.policy(r)
            new = places.changed(r, old)
            paths = []
            for side, p in (("old.tls", old), ("new.tls", new)):
                paths.append(os.path.join(room, side))
                with open(paths[-1], "w") as f:
                    f.write(places.text(p))
            p = subprocess.run([TLSC, "diff", "--no-credentials", "--forbid",
                                "weaken", *paths], capture_output=True,
                               text=True)
            more = places.gets_more(old, new)
            weaker += more
            if p.returncode != more:
                return 0, 0, ["seed %d, part %d: exit %d, not %d" % (
                    SEED, part, p.returncode, more)] + (
                        places.text(old) + places.text(new) + p.stdout +
                        p.stderr).splitlines()
    return count, weaker, None


def in_parts(number, judge):
    """One random walk a part, the parts side by side."""
    only = os.environ.get("GATE_PART")
    parts = [int(only)] if only else range(-(-COUNT // PART))
    count = weaker = 0
    with multiprocessing.Pool(os.cpu_count()) as pool:
        for n, w, bad in pool.imap_unordered(judge, parts):
            if bad:
                pool.terminate()
                print("not ok %d - the gate and the oracle agree on %s" % (
                    number, judge.__name__))
                raise SystemExit("\n".join("# " + line for line in bad))
            count, weaker = count + n, weaker + w
    print("# %d pairs, in %d somebody gets more" % (count, weaker))
    print("ok %d - the gate and the oracle agree on %s" % (
        number, judge.__name__), flush=True)


def tables(room):
    r = random.Random("%d tables" % SEED)
    for _ in range(4):
        old = [pairs.route(r) for _ in range(ROUTES)]
        paths = written(room, old, [pairs.changed(r, x) for x in old])
        bins = [p[:-3] + "bin" for p in paths]
        for p, b in zip(paths, bins):
            subprocess.run([TLSC, *LAX, p, "-o", b], check=True,
                           capture_output=True)
        a, b = verdicts(paths), verdicts(bins, "--unjudged")
        for name in sorted(set(a) | set(b)):
            x, y = (v.get(name, set()) - IN_FILES for v in (a, b))
            if x != y:
                print("not ok 3 - tables are told as their policies\n"
                      "# %s: %r, %r" % (name, x, y))
                sys.exit(1)
    print("ok 3 - tables are told as their policies")


def main():
    print("1..3", flush=True)
    in_parts(1, routes)
    in_parts(2, frontends)
    with tempfile.TemporaryDirectory() as room:
        room_with_files(room)
        tables(room)


main()
