#!/usr/bin/python3
"""tlsctl servers, drain SERVER, undrain SERVER."""
import json

from edge import *
from tap import *

NAME = 'shop.example.com'


def tell(g, *words):
    code, text = g.tlsctl('--json', *words)
    equal(code, 0, text)
    return json.loads(text)['servers']


def two(stage):
    """A gateway before two servers that say who they are."""
    def saying(letter):
        def talk(conn, origin, record):
            record += conn.recv(65536)
            conn.sendall(letter)
            Origin.echo(conn, origin, record)
        return talk
    a, b = (stage.origin(saying(x)) for x in (b'a', b'b'))
    g = stage.gateway(policy(
        route(NAME, 'passthrough to web'), web=server(a.port) + ' ' +
        server(b.port)), None, '--workers', '2')
    return g, a, b


def open_one(g):
    c = connect(g.port)
    c.sendall(hello(NAME))
    return c, c.recv(1)


@test()
def drained():
    """a drained server keeps its connections and gets no new ones"""
    with Stage() as s:
        g, a, b = two(s)
        held = [open_one(g) for _ in range(8)]
        equal({x for _, x in held}, {b'a', b'b'})
        name = 'web/%s:%d' % (ADDR, a.port)
        seen = tell(g, 'drain', name)
        equal([(x['server'], x['state']) for x in seen], [(name, 'draining')])
        fresh = [open_one(g) for _ in range(8)]
        equal({x for _, x in fresh}, {b'b'})
        for c, letter in held:   # still served
            c.sendall(b'x')
            equal(c.recv(1), b'x')
        with open(s.path('policy.tls')) as f:
            g.replace(f.read() + '# other\n')
        equal({open_one(g)[1] for _ in range(4)}, {b'b'}, 'after a load')
        equal(sorted(x['state'] for x in tell(g, 'servers')),
              ['draining', 'up'])
        tell(g, 'undrain', 'web')
        equal({open_one(g)[1] for _ in range(8)}, {b'a', b'b'})
        g.wait_log('event=server-drain server=%s by="?control' % name)


@test()
def unknown():
    """a server that there is not is refused"""
    with Stage() as s:
        g, a, b = two(s)
        g.wait_log('event=loaded')
        for name in ('webb', 'web/', 'web/%s:1' % ADDR, 'x' * 300):
            code, text = g.tlsctl('drain', name)
            equal(code, 1, text)
        code, text = g.tlsctl('servers')
        equal(text.count(' up '), 2, text)


@test()
def unset():
    """a variable that was not set drains nothing, least of all everything"""
    with Stage() as s:
        g, a, b = two(s)
        g.wait_log('event=loaded')
        for words in (('drain',), ('drain', ''), ('drain', ' '),
                      ('undrain', ''), ('load', ''), ('rollback', '')):
            code, text = g.tlsctl(*words)
            equal(code, 2, '%s: %s' % (words, text))
        check('--all' in g.tlsctl('drain')[1])
        for words in (('load', '--help'), ('status', '--help'), ('--help',)):
            code, text = g.tlsctl(*words)
            check(code == 0 and 'usage: tlsctl' in text, words, text)
        for words in (('load', '--wrong'), ('status', '--json'),
                      ('drain', '--al'), ('rollback', '-1')):
            code, text = g.tlsctl(*words)
            check(code == 2 and 'no such option here' in text, words, text)
        code, text = g.tlsctl('--contrl', 'x')
        equal((code, len(text.splitlines())), (2, 2), text)
        for line in (b'drain\n', b'drain  \n'):
            with socket.socket(socket.AF_UNIX) as c:
                c.connect(g.control)
                c.sendall(line)
                check(b'drain-all' in c.recv(65536))
        equal(json.loads(g.tlsctl('--json', 'status')[1])['state'], 'serving')
        check('event=draining' not in g.log())


MANY = 30000


def crowd(n):
    """A policy with MANY servers, none of them another n's."""
    text = ''.join('server 10.%d.%d.%d:443; ' % (n, i >> 8, i & 255)
                   for i in range(MANY))
    return policy(route(NAME, 'passthrough to web'), web=text)


@test()
def come_and_go():
    """servers of policies that are gone leave room for those that come"""
    with Stage() as s:
        g = s.gateway(crowd(1), None, '--keep', '1')
        for n in range(2, 6):
            g.replace(crowd(n))
            names = {x['server'] for x in tell(g, 'servers')}
            equal(len(names), MANY)
            check('web/10.%d.0.7:443' % n in names)


@test()
def no_room():
    """servers for which there is no room are a reason to refuse a load"""
    with Stage() as s:
        g = s.gateway(crowd(1), None, '--keep', '3')
        g.replace(crowd(2))
        s.compile(g.expand(crowd(3)))
        code, text = g.tlsctl('load')
        check(code != 0, text)
        check('30000 servers do not fit' in text and '65536' in text, text)
        equal(len(tell(g, 'servers')), MANY)
        check('web/10.2.0.7:443' in {x['server'] for x in tell(g, 'servers')})
        # Nothing of the refused one stays behind.
        g.replace(policy(route(NAME, 'passthrough to web'),
                         web='server 10.9.9.9:443;'))
        equal(len(tell(g, 'servers')), 1)

run()
