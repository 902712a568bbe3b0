#!/usr/bin/python3
"""check and diff look at all values of a policy's enumerations: nothing is
smuggled in under a value that nobody names with -D."""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), 'e2e'))
from tap import *

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')
TLSC = os.path.join(TOP, os.environ.get('BUILD', 'build'), 'tlsc')
POLICY = '''policy 1;
param env : prod | lab = %(default)s;
backend one { server 127.0.0.1:1; }
backend two { server 127.0.0.1:2; }
frontend edge {
  listen 127.0.0.1:4443;
  no-sni reject close; default reject close; malformed reject close;
  route a sni "a.example.com" { passthrough to %(a)s; }
  where env is lab { route b sni "b.example.com" { %(lab)s; } }
  where env is prod { route b sni "b.example.com" { %(prod)s; } }
}
'''
BASE = {'default': 'prod', 'a': 'one', 'lab': 'reject close',
        'prod': 'reject close'}


def tlsc(room, *words, **more):
    r = subprocess.run([TLSC, *words], cwd=room, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, timeout=60, **more)
    return r.returncode, r.stdout.decode(), r.stderr.decode()


def room(**changes):
    r = tempfile.TemporaryDirectory()
    for name, values in (('old', {}), ('new', changes)):
        with open(os.path.join(r.name, name + '.tls'), 'w') as f:
            f.write(POLICY % dict(BASE, **values))
    return r


@test()
def smuggled():
    """what only another value brings is weaker, and forbidden"""
    for changes, own, prod, lab in (
            ({}, 0, 0, 0), ({'lab': 'passthrough to two'}, 1, 0, 1),
            ({'prod': 'passthrough to two'}, 1, 1, 0),
            ({'a': 'two'}, 1, 1, 1), ({'default': 'lab'}, 1, 1, 1)):
        with room(**changes) as d:
            for words, want in (((), own), (('-D', 'env=prod'), prod),
                                (('-D', 'env=lab'), lab)):
                code, out, err = tlsc(d, 'diff', '--forbid', 'weaken', *words,
                                      'old.tls', 'new.tls')
                equal(code, want, (changes, words, out, err))


@test()
def told_once():
    """a change is told with the values that bring it, and but once"""
    with room(lab='passthrough to two') as d:
        out = tlsc(d, 'diff', 'old.tls', 'new.tls')[1]
        check('with env=lab:' in out and out.count('sni "b.example.com"') == 1,
              out)
        out = tlsc(d, 'diff', '--format', 'markdown', 'old.tls', 'new.tls')[1]
        check('**With env=lab:**' in out, out)
        out = json.loads(tlsc(d, 'diff', '--format', 'json', 'old.tls',
                              'new.tls')[1])
        check(out['same'] and out['weaker'] == 0, out)
        equal([(v['with'], v['diff']['weaker'] > 0) for v in out['variants']],
              [('env=lab', True)])
        rows = tlsc(d, 'diff', '--format', 'accept', 'old.tls', 'new.tls')[1]
        with open(os.path.join(d, 'rows'), 'w') as f:
            f.write(rows.replace('reason ""', 'reason "seen"'))
        code, out, err = tlsc(d, 'diff', '--forbid', 'weaken', '--accept',
                              'rows', 'old.tls', 'new.tls')
        equal((code, err), (0, ''), out)
    with room(a='two') as d:
        out = tlsc(d, 'diff', 'old.tls', 'new.tls')[1]
        check(out.count('sni "a.example.com"') == 1 and
              'with ' not in out, out)
        out = tlsc(d, 'diff', '--format', 'accept', 'old.tls', 'new.tls')[1]
        equal(out.count('accept '), 1, out)


def gate(d, *words):
    return tlsc(d, 'diff', '--forbid', 'weaken', *words, 'old.tls', 'new.tls')


def pair(old, new):
    """A room with two policies that have these parameters and routes."""
    r = tempfile.TemporaryDirectory()
    for name, (params, routes) in (('old', old), ('new', new)):
        with open(os.path.join(r.name, name + '.tls'), 'w') as f:
            f.write('policy 1;\n%s\nbackend one { server 127.0.0.1:1; }\n'
                    'backend two { server 127.0.0.1:2; }\n'
                    'frontend edge {\n listen 127.0.0.1:4443;\n no-sni reject '
                    'close; default reject close; malformed reject close;\n%s}'
                    '\n' % (params, routes))
    return r


GUARDED = ('where env is %s { route a sni "a.example.com" '
           '{ when source in 10.0.0.0/8 passthrough to one; otherwise reject '
           'close; } }\n')
OPEN = 'where env is %s { route b%s sni "a.example.com" ' \
    '{ passthrough to one; } }\n'
EXTRA = 'where env is %s { route x sni "x.example.com" ' \
    '{ passthrough to two; } }\n'


@test()
def new_value():
    """what only a value that is new brings is compared with all old ones"""
    lab = OPEN % ('lab', '1')
    for title, old, new, want in (
            ('a value more', ('param env : prod | lab = prod;',
                              GUARDED % 'prod' + lab),
             ('param env : prod | lab | dr = prod;',
              GUARDED % 'prod' + lab + OPEN % ('dr', '2')), 1),
            ('and one more route', ('param env : prod | lab = prod;', lab),
             ('param env : prod | lab | dr = prod;', lab + EXTRA % 'dr'), 1),
            ('a value renamed', ('param env : prod | lab = lab;',
                                 GUARDED % 'prod' + lab),
             ('param env : production | lab = lab;',
              OPEN % ('production', '2') + lab), 1),
            ('the default renamed', ('param env : prod | lab = prod;',
                                     GUARDED % 'prod'),
             ('param env : prod | stage = stage;', GUARDED % 'prod' +
              EXTRA % 'stage'), 1),
            ('a value without anything',
             ('param env : prod | lab = prod;', GUARDED % 'prod'),
             ('param env : prod | lab | dr = prod;', GUARDED % 'prod'), 0),
            ('a value gone', ('param env : prod | lab = prod;',
                              GUARDED % 'prod' + lab),
             ('param env : prod = prod;', GUARDED % 'prod'), 0)):
        with pair(old, new) as d:
            code, out, err = gate(d)
            equal(code, want, (title, out, err))
            equal('WEAKER' in out, bool(want), (title, out))


@test()
def given_for_one():
    """a -D that only one of the two has chooses there, and the other is
    compared with all its values; one that neither has is a fault"""
    two = 'param env : prod | lab = prod;'
    three = 'param env : prod | lab | dr = prod;'
    old = (two, GUARDED % 'prod' + OPEN % ('lab', '1'))
    more = (three, old[1] + EXTRA % 'dr')
    for title, sides, words, want in (
            ('the new one has it', (old, more), ('env=dr',), 1),
            ('and it does no more than any',
             (old, (three, old[1])), ('env=dr',), 0),
            ('not chosen', (old, more), ('env=lab',), 0),
            ('the old one had it', (more, old), ('env=dr',), 1),
            ('a parameter that is new',
             ((two, ''), (two + 'param site : a | b = a;', EXTRA % 'lab')),
             ('site=b', 'env=lab'), 1)):
        with pair(*sides) as d:
            code, out, err = gate(d, *(x for w in words for x in ('-D', w)))
            check('TC0204' not in err, title, err)
            equal(code, want, (title, out, err))
            equal('all its values are compared' in err,
                  title != 'not chosen', (title, err))
    with pair(old, more) as d:
        for word in ('env=d', 'evn=dr'):
            code, out, err = gate(d, '-D', word)
            check(code == 1 and 'TC0204' in err, word, code, err)


@test()
def behind_two():
    """what was not tried is not judged, and the gate does not let it pass"""
    names = 'abcdefg'
    params = ''.join('param %s : off | on = off;\n' % n for n in names)
    hole = 'where a is on { where b is on { route x sni "x.example.com" ' \
        '{ passthrough to one; } } }\n'
    for title, old in (('more parameters', ''), ('the same', params)):
        with pair((old, ''), (params, hole)) as d:
            code, out, err = gate(d)
            check(code == 1 and 'not judged: param: enumerations' in out,
                  title, code, out, err)
            for form in ('json', 'markdown'):
                equal(gate(d, '--format', form)[0], 1, title)
            equal(gate(d, '--unjudged')[0], 0, title)
    # One that has no choice is no combination; none is passed over.
    params = ''.join('param p%d : x = x;\n' % n for n in range(20)) + \
        'param env : off | on = off;\n'
    with pair((params, ''), (params, EXTRA % 'on')) as d:
        code, out, err = gate(d)
        equal(code, 1, (out, err))


@test()
def tables():
    """a table is compared with the variant whose values it was made with"""
    with room(lab='passthrough to two') as d:
        for value, want in (('prod', 0), ('lab', 1)):
            code, out, err = tlsc(d, '-Wno-TC0203', '-D', 'env=' + value,
                                  'old.tls', '-o', 'old.bin')
            equal(code, 0, err)
            code, out, err = tlsc(d, 'diff', '--forbid', 'weaken', '-D',
                                  'env=' + value, 'old.bin', 'new.tls')
            equal(code, want, (value, out, err))
        # Its value has another name now.
        with open(os.path.join(d, 'new.tls')) as f:
            text = f.read()
        with open(os.path.join(d, 'renamed.tls'), 'w') as f:
            f.write(text.replace('prod | lab', 'prod | work')
                    .replace('is lab', 'is work'))
        equal(tlsc(d, '-Wno-TC0203', '-D', 'env=lab', 'old.tls', '-o',
                   'old.bin')[0], 0)
        out = tlsc(d, 'diff', 'old.bin', 'renamed.tls')[1]
        check('env=work' in out and 'passthrough to two' in out, out)
        # It says itself what it was made with: the last was for the lab.
        equal(tlsc(d, 'diff', '--forbid', 'weaken', 'old.bin', 'new.tls')[0],
              1)


@test()
def broken():
    """a value under which a policy means nothing certain is refused"""
    with room(lab='passthrough to nowhere') as d:
        code, out, err = tlsc(d, 'diff', 'old.tls', 'new.tls')
        check(code == 1 and 'new.tls with env=lab:' in err and
              "no backend is named 'nowhere'" in err, code, out, err)
        equal(tlsc(d, 'diff', '-D', 'env=prod', 'old.tls', 'new.tls')[0], 0)
        # A name that nobody declares is wrong whatever the values are.
        for words in (('check',), ('check', '-D', 'env=prod'),
                      ('-o', 'x.bin', '-Wno-TC0203'),
                      ('-o', 'x.bin', '-D', 'env=prod', '-Wno-TC0203')):
            code, out, err = tlsc(d, *words, 'new.tls')
            check(code == 1 and "no backend is named 'nowhere'" in err,
                  words, err)


@test()
def bounded():
    """too many combinations: each value once, and that is said"""
    with tempfile.TemporaryDirectory() as d:
        names = 'abcdefg'
        with open(os.path.join(d, 'p.tls'), 'w') as f:
            f.write('policy 1;\n' + ''.join(
                'param %s : x | y | z = x;\n' % n for n in names) +
                'backend one { server 127.0.0.1:1; }\n'
                'frontend edge {\n listen 127.0.0.1:4443;\n no-sni reject '
                'close; default reject close; malformed reject close;\n'
                ' route r sni "r.example.com" { passthrough to one; }\n' +
                ''.join(' where %s is z { route %s sni "%s.example.com" { '
                        'passthrough to no-%s; } }\n' % ((n,) * 4)
                        for n in names) + '}\n')
        code, out, err = tlsc(d, 'check', '--format', 'short', 'p.tls')
        check(code == 1 and 'each value was tried once' in err, err)
        for n in names:
            check("'no-%s'" % n in err, n, err)
        code, out, err = tlsc(d, 'check', *(x for n in names for x in (
            '-D', n + '=x')), 'p.tls')
        check('each value was tried' not in err, err)


@test()
def standard_input():
    """a policy on standard input is looked at as often"""
    with room(lab='passthrough to nowhere') as d:
        with open(os.path.join(d, 'new.tls'), 'rb') as f:
            text = f.read()
        code, out, err = tlsc(d, 'check', input=text)
        check(code == 1 and "'nowhere'" in err, err)
        with open(os.path.join(d, 'new.tls'), 'rb') as f:
            code, out, err = tlsc(d, 'check', '-', stdin=f)
        check(code == 1 and "'nowhere'" in err, err)


run()
