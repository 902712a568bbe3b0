#!/usr/bin/python3
"""Connections of a policy that is replaced for good have its drain limit."""
from edge import *
from tap import *

NAME = 'a.example.com'


def letter(stage, text):
    def talk(conn, origin, record):
        record += conn.recv(65536)
        conn.sendall(text)
        Origin.echo(conn, origin, record)
    return stage.origin(talk)


def ask(port, name=NAME):
    c = connect(port)
    c.sendall(hello(name))
    return c, c.recv(1)


def limited(drain, port, *more, front='1d'):
    """A frontend whose route has a drain limit of its own, or none."""
    return policy(
        route(NAME, 'passthrough to x', *(
            ['limits own;'] if drain else [])), *more,
        head='limits front { drain %s; }\n' % front + (
            'limits own { drain %s; }\n' % drain if drain else ''),
        front='limits front;', x=port)


def ended(c):
    """The gateway has ended it: an RST, or an end."""
    try:
        return c.recv(1) == b''
    except ConnectionResetError:
        return True


@test('route', 'frontend')
def replaced(whose):
    """the limit of the connection's own, replaced policy counts"""
    with Stage() as s:
        a = letter(s, b'a')
        g = s.gateway(limited('400ms', a.port) if whose == 'route' else
                      limited(None, a.port, front='400ms'), None,
                      '--keep', '1')
        c, got = ask(g.port)
        equal(got, b'a')
        g.replace(policy(route('b.example.com', 'passthrough to x'),
                         head='limits front { drain 1d; }\n',
                         front='limits front;', x=a.port))
        check(ended(c))
        line, = g.wait_close('drained')
        check('generation=1 ' in line and 'policy replaced' in line, line)
        poll(lambda: len(re.findall('"generation"', g.tlsctl(
            '--json', 'generations')[1])) and '"ending"' not in g.tlsctl(
            '--json', 'generations')[1], 'the old generation to be let go')


@test()
def kept():
    """while a rollback could go back to it, a policy is not replaced"""
    with Stage() as s:
        a = letter(s, b'a')
        g = s.gateway(limited('100ms', a.port), None, '--keep', '2')
        c, got = ask(g.port)
        g.replace(limited('200ms', a.port))
        second, got = ask(g.port)
        g.replace(limited('1d', a.port))
        check(ended(c))                 # of the first, which is not kept
        second.sendall(b'x')
        equal(second.recv(1), b'x')     # of the one that is
        g.replace(limited('2h', a.port))
        check(ended(second))
        equal(len(g.wait_close('drained', 2)), 2)


@test()
def same():
    """a new comment, or the same table again, ends nothing"""
    with Stage() as s:
        a = letter(s, b'a')
        text = limited('1ms', a.port)
        g = s.gateway(text, None, '--keep', '1')
        c, got = ask(g.port)
        g.replace(text + '# a comment\n')
        code, out = g.tlsctl('load')
        equal(code, 0, out)
        g.replace('# another\n' + text.replace('route a ', 'route renamed '))
        for _ in range(20):
            c.sendall(b'x')
            equal(c.recv(1), b'x')
            time.sleep(0.02)
        g.replace(limited('1d', a.port))
        check(ended(c))
        g.wait_close('drained')


@test()
def each_its_own():
    """two limits in one policy: the nearer one ends first, the other later"""
    with Stage() as s:
        a = letter(s, b'a')
        far = route('far.example.com', 'passthrough to x')
        g = s.gateway(limited('50ms', a.port, far), None, '--keep', '1')
        near, got = ask(g.port)
        late, got = ask(g.port, 'far.example.com')
        equal(got, b'a')
        g.replace(limited('1d', a.port))
        check(ended(near))
        late.sendall(b'x')
        equal(late.recv(1), b'x')
        equal(len(g.wait_close('drained')), 1)

run()
