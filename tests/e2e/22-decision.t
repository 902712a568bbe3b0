#!/usr/bin/python3
"""Names, guards and arms choose the backend that the policy says."""
from edge import *
from tap import *

def ask(port, name, version=None, alpn=None):
    """Which backend got the hello?  (Each answers with its own letter.)"""
    with connect(port) as c:
        c.sendall(hello(name, version, alpn))
        return read_all(c).decode()


def letters(stage, names):
    def handler(letter):
        def talk(conn, origin, record):
            record += conn.recv(65536)
            conn.sendall(letter.encode())
        return talk
    return {n: stage.origin(handler(n)).port for n in names}


@test()
def names():
    """exact before one label before any depth before default"""
    with Stage() as s:
        b = letters(s, 'abcde')
        g = s.gateway(policy(
            route('x.example.com', 'passthrough to a', label='exact'),
            route('*.example.com', 'passthrough to b', label='one'),
            route('**.example.com', 'passthrough to c', label='deep'),
            route('**.y.example.com', 'passthrough to d', label='deeper'),
            default='passthrough to e', **b))
        for name, letter in {
                'x.example.com': 'a', 'X.EXAMPLE.COM': 'a',
                'z.example.com': 'b', 'y.example.com': 'b',
                'p.q.example.com': 'c', 'p.y.example.com': 'd',
                'p.q.y.example.com': 'd', 'example.com': 'e',
                'other.test': 'e'}.items():
            equal(ask(g.port, name), letter, name)


@test()
def guards():
    """the first clause whose guard holds decides"""
    with Stage() as s:
        b = letters(s, 'abcde')
        g = s.gateway(policy(
            'route r sni "r.example.com" {'
            ' when alpn has "h2" and not alpn has "http/1.1"'
            ' passthrough to a;'
            ' when tls <= 1.2 passthrough to b;'
            ' when source in { 127.0.0.0/8 } passthrough to c;'
            ' otherwise passthrough to d; }',
            front='when alpn has "acme-tls/1" passthrough to e;', **b))
        name = 'r.example.com'
        equal(ask(g.port, name, '1.3', ['h2']), 'a')
        equal(ask(g.port, name, '1.3', ['h2', 'http/1.1']), 'c')
        equal(ask(g.port, name, '1.2', ['http/1.1']), 'b')
        equal(ask(g.port, name, '1.3', ['acme-tls/1']), 'e')
        equal(ask(g.port, 'any.test', '1.3', ['acme-tls/1']), 'e')


@test()
def ipv6():
    """an IPv6 listener, and sets of both families"""
    with Stage() as s:
        b = letters(s, 'abc')
        port = free_port('::1', socket.AF_INET6)
        g = s.gateway(policy(
            'route r sni "r.example.com" {'
            ' when source in { ::1/128 } passthrough to a;'
            ' when not source in { 127.0.0.0/8 } passthrough to b;'
            ' otherwise passthrough to c; }',
            **b).replace('@LISTEN@', '@LISTEN@, [::1]:%d' % port))
        equal(ask(g.port, 'r.example.com'), 'c')
        with connect(port, '::1') as c:
            c.sendall(hello('r.example.com'))
            equal(read_all(c), b'a')


@test()
def maps():
    """names from a file, with their own backends"""
    with Stage() as s:
        b = letters(s, 'ab')
        s.write('names.map', '# comment\none.test\ntwo.test b\n*.three.test\n')
        g = s.gateway(policy(
            'route m sni from "names.map" { passthrough to a; }',
            default='reject close', **b))
        for name, letter in {'one.test': 'a', 'two.test': 'b',
                             'x.three.test': 'a', 'three.test': ''}.items():
            equal(ask(g.port, name), letter, name)

run()
