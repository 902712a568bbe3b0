#!/usr/bin/python3
"""What tlsctl shows of traffic: connections, why, shadow, top."""
import json

from edge import *
from tap import *


def tell(g, *words):
    code, text = g.tlsctl('--json', *words)
    equal(code, 0, text)
    return json.loads(text)


def open_one(g, name):
    c = connect(g.port)
    c.sendall(hello(name))
    equal(c.recv(1), b'!')
    return c


def greeting(stage):
    def talk(conn, origin, record):
        record += conn.recv(65536)
        conn.sendall(b'!')
        Origin.echo(conn, origin, record)
    return stage.origin(talk)


@test()
def looked_at():
    """a balancer's look without an octet is no failure, half a hello is one"""
    with Stage() as s:
        g = s.gateway(policy(route('a.example.com', 'passthrough to x'), x=1))
        g.wait_close('hello-eof')   # the stage's look whether it listens
        equal(g.failures(), 0)
        with connect(g.port) as c:
            c.sendall(hello('a.example.com')[:50])
        g.wait_close('hello-eof', 2)
        equal(g.failures(), 1)


@test()
def connections():
    """connections and why name the clause that decided"""
    with Stage() as s:
        o = greeting(s)
        g = s.gateway(policy(route('a.example.com', 'passthrough to x'),
                             route('b.example.com', 'passthrough to x'),
                             x=o.port), workers=2)
        equal(tell(g, 'connections')['connections'], [])
        held = [open_one(g, n + '.example.com') for n in 'aab']
        seen = tell(g, 'connections')['connections']
        equal(sorted(c['sni'][0] for c in seen), ['a', 'a', 'b'])
        one = [c for c in seen if c['sni'] == 'b.example.com'][0]
        why = tell(g, 'why', one['conn'])['connections'][0]
        with open(s.path('policy.tls')) as f:
            line = f.read().split('\n')[int(why['at'].split(':')[1]) - 1]
        check('b.example.com' in line, why, line)
        equal((why['mode'], why['backend'], why['route'], why['generation']),
              ('passthrough', 'x', 'b', 1))
        code, text = g.tlsctl('why', one['conn'])
        check(code == 0 and 'policy.tls:' in text, text)
        code, text = g.tlsctl('connections')
        check(code == 0 and text.count('example.com') == 3, text)
        for c in held:
            c.close()
        poll(lambda: not tell(g, 'connections')['connections'], 'the end')
        for bad in ('0-99999', '7-1'):
            equal(g.tlsctl('why', bad)[0], 1)
        equal(g.tlsctl('why', 'x')[0], 1)


@test()
def many():
    """more connections than one message holds"""
    with Stage() as s:
        o = greeting(s)
        g = s.gateway(policy(route('a.example.com', 'passthrough to x'),
                             x=o.port))
        held = [open_one(g, 'a.example.com') for _ in range(150)]
        seen = tell(g, 'connections')['connections']
        equal(len({c['conn'] for c in seen}), 150)
        for c in held:
            c.close()


@test()
def shadow():
    """a shadow table decides beside the live one, which is obeyed"""
    with Stage() as s:
        o = greeting(s)
        live = policy(route('a.example.com', 'passthrough to x'),
                      route('b.example.com', 'passthrough to x'), x=o.port)
        g = s.gateway(live, workers=2)
        other = policy(route('a.example.com', 'passthrough to x'),
                       route('b.example.com', 'reject access-denied'),
                       x=o.port)
        code, text = s.compile(g.expand(other), 'other.bin', 'other.tls')
        equal(code, 0, text)
        equal(g.tlsctl('shadow')[0], 1)
        code, text = g.tlsctl('load', '--shadow', s.path('other.bin'))
        equal(code, 0, text)
        for name in ('a', 'b', 'b', 'b', 'a'):
            open_one(g, name + '.example.com').close()
        told = tell(g, 'shadow')
        equal((told['different'], len(told['groups'])), (3, 1))
        check(told['decisions'] >= 5, told)
        group = told['groups'][0]
        equal((group['live'], group['shadow'], group['count'], group['sni']),
              ('passthrough to x', 'reject access-denied', 3,
               'b.example.com'))
        check(group['shadow_at'].startswith('other.tls:'), group)
        check('b.example.com' in g.tlsctl('shadow')[1])
        # A worker that is replaced takes the shadow up again.
        for w in tell(g, 'status')['workers']:
            os.kill(w['pid'], signal.SIGKILL)
        g.wait_log('event=child-started process=worker', 4)
        open_one(g, 'b.example.com').close()
        equal(tell(g, 'shadow')['different'], 1)
        with open(s.path('other.bin'), 'r+b') as f:
            f.write(b'X')
        code, text = g.tlsctl('load', '--shadow', s.path('other.bin'))
        check(code == 1 and 'TC0901' in text, code, text)
        equal(g.tlsctl('shadow', 'off')[0], 0)
        equal(g.tlsctl('shadow')[0], 1)
        open_one(g, 'b.example.com').close()


@test()
def shadow_leaves():
    """a shadow taken away while its report is gathered is no shadow"""
    with Stage() as s:
        o = greeting(s)
        live = policy(route('a.example.com', 'passthrough to x'), x=o.port)
        g = s.gateway(live)
        code, text = g.tlsctl('load', '--shadow', s.path('policy.bin'))
        equal(code, 0, text)
        worker = tell(g, 'status')['workers'][0]['pid']
        os.kill(worker, signal.SIGSTOP)
        try:
            with socket.socket(socket.AF_UNIX) as c:
                c.connect(g.control)
                c.sendall(b'shadow\n')
                equal(g.tlsctl('shadow', 'off')[0], 0)
                c.settimeout(DEADLINE)
                told = json.loads(c.makefile().readline())
        finally:
            os.kill(worker, signal.SIGCONT)
        equal((told['ok'], told['error']),
              (False, 'no shadow table is loaded'))
        check(g.process.alive())


@test()
def not_utf8():
    """a path that is no UTF-8 is one like others"""
    with Stage() as s:
        o = greeting(s)
        g = s.gateway(policy(route('a.example.com', 'passthrough to x'),
                             x=o.port))
        odd = os.fsencode(s.path('policy')) + b'\xff.bin'
        shutil.copy(s.path('policy.bin'), odd)
        code, text = g.tlsctl('load', '--shadow', odd)
        equal(code, 0, text)
        code, text = g.tlsctl('load', odd + b'x')
        check(code == 1 and 'policy\\u00ff.binx' in text.replace(
            '\xff', '\\u00ff'), code, text)
        equal(g.tlsctl('status')[0], 0)


@test()
def drains():
    """who asks a tlsd that drains for a load is told that it does"""
    with Stage() as s:
        o = greeting(s)
        g = s.gateway(policy(route('a.example.com', 'passthrough to x'),
                             x=o.port), None, '--drain', '60')
        with connect(g.port) as c:
            c.sendall(hello('a.example.com'))
            poll(lambda: c.recv(1), 'the server')
            equal(g.tlsctl('drain', '--all')[0], 0)
            for words in (('load',), ('rollback',)):
                code, text = g.tlsctl(*words)
                check(code == 1 and 'draining' in text, code, text)


@test()
def top():
    """top prints rates"""
    with Stage() as s:
        g = s.gateway(policy(route('a.example.com', 'reject close')))
        code, text = g.tlsctl('top', '0.05', '2')
        equal(code, 0, text)
        equal(len(text.splitlines()), 3)
        equal(g.tlsctl('top', 'x')[0], 2)


@test()
def words():
    """wrong command lines are usage errors"""
    with Stage() as s:
        for argv in ([], ['nonsense'], ['status', 'x'], ['why'],
                     ['load', 'a', 'b'], ['load', '--shadow'],
                     ['rollback', '1', '2'], ['--nonsense'],
                     ['load', 'a\nb']):
            code, out = tool(program('tlsctl'), *argv)
            equal(code, 2, (argv, out))
        equal(tool(program('tlsctl'), '--control', s.path('none'),
                   'status')[0], 3)

run()
