#!/usr/bin/env python3
"""Faults elsewhere neither hide clauses that are never reached nor make up any.

Random policies of the oracle, each whole and with a fault put in.  Where the
fault costs a clause, what is still called unreachable must be so in the whole
policy, too; where it costs none, exactly the same clauses are.

TORN_CASES   policies to try (default 120, 30 under SAN); TORN_SEED a number
"""
import json
import os
import random
import re
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(TOP, 'tests', 'oracle'))
sys.path.insert(0, os.path.join(TOP, 'tests', 'e2e'))

from generate import World  # noqa: E402
from tap import *  # noqa: E402,F403

BUILD = os.environ.get('BUILD', 'build')
TLSC = os.path.join(TOP, BUILD, 'tlsc')
CASES = int(os.environ.get('TORN_CASES') or (30 if 'san' in BUILD else 120))
SEED = int(os.environ.get('TORN_SEED', '1'))
CLAUSE = re.compile(r'^ +(when |otherwise )')


def lost_backend(rnd, line):
    return re.sub(r' to b\d', ' to nowhere', line)


def other_guard(line, guard):
    """What is left of it without the fault would hold for everybody."""
    return re.sub('when .*? (passthrough|offload|bridge|reject) ',
                  'when %s \\1 ' % guard, line)


def lost_set(rnd, line):
    return other_guard(line, 'not source in gone')


def lost_version(rnd, line):
    return other_guard(line, 'tls >= 1.9')


def lost_syntax(rnd, line):
    return line.replace('when ', 'when when ')


LOSSES = (lost_backend, lost_set, lost_version, lost_syntax)


def findings(room, text):
    """(id, line) of what is never reached or can go; the errors besides."""
    path = os.path.join(room, 'p.tls')
    with open(path, 'w') as f:
        f.write(text)
    p = subprocess.run([TLSC, 'check', '--no-fs', '--format', 'json', path],
                       stdout=subprocess.PIPE, timeout=60)
    check(p.returncode in (0, 1), p.returncode)
    found = json.loads(p.stdout)['diagnostics']
    return ({(d['id'], d['line']) for d in found
             if d['id'] in ('TC0301', 'TC0302')},
            {d['id'] for d in found if d['severity'] == 'error'} -
            {'TC0301', 'TC0801'})


def policies():
    rnd = random.Random(SEED)
    for n in range(CASES):
        if n % 5 == 0:
            world = World(rnd)
        yield rnd, world.policy(False).render()


@test()
def nothing_made_up():
    """a clause that is lost makes no other one unreachable"""
    compared = 0
    with tempfile.TemporaryDirectory() as room:
        for rnd, text in policies():
            lines = text.split('\n')
            at = [i for i, line in enumerate(lines) if CLAUSE.match(line)]
            if not at:
                continue
            whole, errors = findings(room, text)
            for _ in range(3):
                i, fault = rnd.choice(at), rnd.choice(LOSSES)
                broken = list(lines)
                broken[i] = fault(rnd, lines[i])
                if broken[i] == lines[i]:
                    continue
                torn, errors = findings(room, '\n'.join(broken))
                check(errors, 'no fault in', broken[i])
                # Who does the same is another matter without the clause.
                made_up = {n for _, n in torn} - {n for _, n in whole}
                check(not made_up, made_up, fault.__name__, broken[i], text)
                compared += len(torn)
    check(compared > CASES / 4, compared)


@test()
def nothing_hidden():
    """a name that is routed twice hides no clause that is unreachable"""
    compared = 0
    with tempfile.TemporaryDirectory() as room:
        for rnd, text in policies():
            route = re.search(r'^  route \w[^ ]* sni ("[^"]+")', text, re.M)
            if not route:
                continue
            whole, _ = findings(room, text)
            end = text.index('\n}', route.end())
            twice = (text[:end] + ' route twice sni %s { reject close; }'
                     % route.group(1) + text[end:])
            torn, errors = findings(room, twice)
            equal(errors, {'TC0303'}, twice)
            # The new one may be unreachable itself: by the frontend's own.
            new = text.count('\n', 0, end) + 1
            told = {n for i, n in torn if i == 'TC0301' and n != new}
            equal(told, {n for i, n in whole if i == 'TC0301'}, twice)
            compared += len(told)
    check(compared > CASES / 4, compared)


run()
