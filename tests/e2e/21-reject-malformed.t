#!/usr/bin/python3
"""Bytes that are no acceptable ClientHello."""
from edge import *
from tap import *

import random

GOOD = hello('a.example.com')
BAD = {
    'http': b'GET / HTTP/1.1\r\n\r\n',
    'ssh': b'SSH-2.0-OpenSSH_9.2\r\n',
    'zeros': bytes(64),
    'sslv2 hello': b'\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10' + bytes(40),
    'an alert': b'\x15\x03\x01\x00\x02\x02\x28',
    'application data': b'\x17\x03\x03\x00\x01x',
    'server hello': GOOD[:5] + b'\x02' + GOOD[6:],
    'empty record': b'\x16\x03\x01\x00\x00',
    'record too long': b'\x16\x03\x01\xff\xff' + bytes(100),
}


@test()
def kinds():
    """each kind of nonsense reaches the malformed arm"""
    with Stage() as s:
        g = s.gateway(policy(route('a.example.com', 'reject access-denied'),
                             malformed='reject handshake-failure'))
        for what, data in BAD.items():
            with connect(g.port) as c:
                c.sendall(data)
                c.shutdown(socket.SHUT_WR)
                try:
                    got = read_all(c)
                except ConnectionResetError:
                    got = b''
            check(got == b'' or alert(got) == 40, what, got)
        g.wait_close('malformed', len(BAD))


@test(*FORMS)
def forwarded(form):
    """malformed passthrough hands the bytes on untouched"""
    with Stage() as s:
        o = s.origin(Origin.echo)
        g = s.gateway(policy(route('a.example.com', 'reject close'),
                             malformed='passthrough to ssh', ssh=o.port),
                      form)
        with connect(g.port) as c:
            sent = BAD['ssh']
            c.sendall(sent)
            equal(exchange(c, b'more', len(sent) + 4), sent + b'more')


@test()
def noise():
    """a thousand mutated hellos: answers, no damage"""
    rnd = random.Random(7)
    with Stage() as s:
        g = s.gateway(policy(route('a.example.com', 'reject access-denied')))
        for i in range(1000):
            data = bytearray(GOOD)
            for _ in range(rnd.randint(1, 6)):
                data[rnd.randrange(len(data))] = rnd.randrange(256)
            c = connect(g.port)
            try:
                c.sendall(data[:rnd.randint(1, len(data))])
                c.shutdown(socket.SHUT_WR)
                read_all(c)
            except OSError:
                pass
            c.close()
        with connect(g.port) as c:
            c.sendall(GOOD)
            equal(alert(read_all(c)), 49, 'still deciding')


@test()
def left_early():
    """a client that leaves in the middle of its hello"""
    with Stage() as s:
        g = s.gateway(policy(route('a.example.com', 'reject close')))
        for n in (0, 1, 5, len(GOOD) - 1):
            with connect(g.port) as c:
                c.sendall(GOOD[:n])
        g.wait_close('hello-eof', 4)

run()
