#!/usr/bin/python3
"""Peers of TLS 1.3 that say all they may, cut as nobody would: handshakes of
every form succeed, and what does not belong is answered by its alert."""
import random

from edge import *
from tap import *
from tls13 import *

NAME = 'shop.example.com'
HANDSHAKES = 120
UPDATES = 0, 0, 1, 5   # in a second; GnuTLS takes 8
MODES = [(mode, form) for mode in ('offload', 'bridge')
         for form in ('copy', 'gnutls')]
ASKS = 'client-auth ca "%s" request;' % cert('ca')


def gateway(s, mode, port, form=None, *more):
    leg = server(port)
    if mode == 'bridge':
        leg += ' tls { verify ca "%s" name "api.internal"; }' % cert('ca')
    return s.gateway(policy(route(NAME, mode + ' to web', *more), web=leg,
                            front='certificate shop;',
                            head=certificate('shop')), form)


def answer(conn, origin, record_):
    """A line is answered by itself."""
    line = b''
    while not line.endswith(b'\n'):
        more = conn.recv(65536)
        if not more:
            return
        line += more
    conn.sendall(b'ok ' + line)
    while conn.recv(65536):
        pass


def cut(r, peer, segments=(None, None, 1, 3, 50, 1400)):
    peer.size = r.choice((4, 5, 17, 64, 300, 1024, 16384))
    peer.segment = r.choice(segments)
    peer.padding = r.choice((0, 0, 200 if peer.size <= 1024 else 0))


def any_server(r):
    """A server of a form that r chooses."""
    def tickets(p):
        if not r.random() < .7:
            return b''
        octets, size = r.choice(((20, 1), (300, 50), (300, 7000),
                                 (20000, 7000)))
        return p.records(HANDSHAKE, p.tickets(r.choice((1, 2, 5)), octets),
                         size)

    def talk(conn, origin, record_):
        p = Server(conn)
        cut(r, p)
        p.accept(identity('backend'), r.random() < .4, r.random() < .3,
                 r.random() < .5, tickets if r.random() < .5 else None)
        p.padding = 0
        p.send(tickets(p) + b''.join(p.update(r.random() < .5, r.choice((1, 5)))
                                     for i in range(r.choice(UPDATES))))
        line = b''
        while not line.endswith(b'\n'):
            line += p.data()
        p.say(b'ok ' + line)
        with contextlib.suppress(End):
            p.data(1 << 30)
    return talk


def any_client(r, c):
    """A client of a form that r chooses; it gets its answer."""
    p = Client(c)
    cut(r, p)
    p.size = r.choice((1, 2, p.size))
    p.start(NAME, r.random() < .3)
    line = b'%d\n' % r.getrandbits(40)
    early = r.random() < .5
    p.size = max(p.size, 4)
    p.finish(identity('client') if r.random() < .7 else None,
             behind=line if early else b'')
    p.segment = None
    p.send(b''.join(p.update(r.random() < .5, r.choice((1, 5)))
                    for i in range(r.choice(UPDATES))))
    if not early:
        p.say(line)
    wanted = b'ok ' + line
    equal(p.data(len(wanted)), wanted)
    p.send(p.records(ALERT, CLOSE_NOTIFY))


@test(*MODES)
def handshakes(which):
    """small records, small segments, tickets, keys updated"""
    mode, form = which
    with Stage() as s:
        r = random.Random(mode + form)
        o = s.origin(answer if mode == 'offload' else any_server(r))
        g = gateway(s, mode, o.port, form, ASKS)
        for i in range(HANDSHAKES):
            with connect(g.port) as c:
                try:
                    any_client(r, c)
                except Exception as e:
                    raise AssertionError('the %dth: %r\n%s\n%s' % (
                        i, e, o.errors[-1:], g.log()[-400:]))


# --- what does not belong ---------------------------------------------------

UNEXPECTED, BAD_MAC, OVERFLOW, ILLEGAL, DECODE, DECRYPT = 10, 20, 22, 47, 50, 51
REQUIRED = 116


def inner(content, kind, padding=0):
    return lambda p: p.outward.seal_inner(content + bytes([kind])
                                          + bytes(padding))


def raw(octets):
    return lambda p: octets


def row(*parts):
    return lambda p: b''.join(f(p) for f in parts)


X = inner(b'x', DATA)
EMPTY = inner(b'', DATA)
HALF = inner(KEY_UPDATE[:3], HANDSHAKE)
# None: it is data, and is answered.
BEHIND = {
    'a full record': (inner(bytes(16384), DATA), None),
    'a full record with padding': (inner(bytes(16384), DATA, 1), OVERFLOW),
    'all the padding there may be': (inner(b'x', DATA, 16383), None),
    'too much padding': (inner(b'x', DATA, 16384), OVERFLOW),
    'padding alone': (inner(b'', 0, 49), UNEXPECTED),
    'nothing': (lambda p: p.outward.seal_inner(b''), UNEXPECTED),
    'a ChangeCipherSpec inside': (inner(b'\1', CCS), UNEXPECTED),
    'an unknown type': (inner(b'abc', 99), UNEXPECTED),
    'handshake without content': (inner(b'', HANDSHAKE), UNEXPECTED),
    'an empty alert': (inner(b'', ALERT), UNEXPECTED),
    'half an alert': (inner(b'\1', ALERT), DECODE),
    'an alert and more': (inner(b'\1\0\0', ALERT), DECODE),
    'an unknown message': (inner(handshake(99, b'abc'), HANDSHAKE),
                           UNEXPECTED),
    'a hello': (inner(handshake(1, bytes(60)), HANDSHAKE), UNEXPECTED),
    'a ticket of a client': (inner(Server.tickets(), HANDSHAKE), UNEXPECTED),
    'a second Finished': (inner(handshake(20, bytes(32)), HANDSHAKE),
                          UNEXPECTED),
    'an empty KeyUpdate': (inner(handshake(24, b''), HANDSHAKE), DECODE),
    'a long KeyUpdate': (inner(handshake(24, b'\0\0'), HANDSHAKE), DECODE),
    'a KeyUpdate of 2': (inner(handshake(24, b'\2'), HANDSHAKE), ILLEGAL),
    'two in one record': (inner(KEY_UPDATE * 2, HANDSHAKE), UNEXPECTED),
    'half a KeyUpdate, data': (row(HALF, X), UNEXPECTED),
    'half a KeyUpdate, no data': (row(HALF, EMPTY), UNEXPECTED),
    'a long record': (raw(b'\x17\3\3\x41\1' + bytes(16641)), OVERFLOW),
    'the longest, not ours': (raw(b'\x17\3\3\x41\0' + bytes(16640)), BAD_MAC),
    'a record without content': (raw(b'\x17\3\3\0\0'), BAD_MAC),
    'another version on it': (
        lambda p: p.outward.seal_inner(b'x\x17', 0x0301), None),
    'an alert in clear': (raw(record(b'\1\0', ALERT, 0x0303)), UNEXPECTED),
    'a message in clear': (raw(record(KEY_UPDATE, version=0x0303)),
                           UNEXPECTED),
    'a ChangeCipherSpec': (raw(CHANGE), UNEXPECTED),
    'user_canceled, data': (row(inner(b'\1\x5a', ALERT), X), None),
    '32 times nothing, data': (row(*[EMPTY] * 32, X), None),
    'nothing for ever': (row(*[EMPTY] * 33), UNEXPECTED),
}


def echo_started(g, start=lambda p: p.finish(behind=b'hi')):
    """A client behind its handshake, or in it."""
    p = Client(connect(g.port))
    p.start(NAME)
    start(p)
    return p


def outcome(p, octets):
    """The alert that octets lead to, or None where they are answered."""
    with p.sock:
        with contextlib.suppress(OSError):   # it may end in between
            p.send(octets)
        try:
            p.data()
        except End as e:
            return 'end' if e.alert is None else e.alert


@test()
def behind_the_handshake():
    """records behind the handshake"""
    with Stage() as s:
        g = gateway(s, 'offload', s.origin(Origin.echo).port)
        wrong = []
        for what, (make, wanted) in BEHIND.items():
            p = echo_started(g)
            p.data(2)
            got = outcome(p, make(p))
            if got != wanted:
                wrong.append((what, wanted, got))
        equal(wrong, [])


def flip(m):
    return m[:-1] + bytes([m[-1] ^ 1])


def longer(m):
    return handshake(m[0], m[4:] + b'x')


# From Certificate, CertificateVerify and Finished to what is said.
INSTEAD = {
    'as it should be': (lambda a, b, c: [a, b, c], None),
    'a Finished alone': (lambda a, b, c: [c], UNEXPECTED),
    'no Certificate': (lambda a, b, c: [b, c], UNEXPECTED),
    'no CertificateVerify': (lambda a, b, c: [a, c], UNEXPECTED),
    'an unknown message': (lambda a, b, c: [handshake(99, b'x')], UNEXPECTED),
    'a KeyUpdate': (lambda a, b, c: [KEY_UPDATE], UNEXPECTED),
    'a hello': (lambda a, b, c: [handshake(1, bytes(300))], UNEXPECTED),
    'more behind Finished': (lambda a, b, c: [a, b, c + KEY_UPDATE],
                             UNEXPECTED),
    'an empty list': (lambda a, b, c: [handshake(11, bytes(4)), c], REQUIRED),
    'a wrong signature': (lambda a, b, c: [a, flip(b)], DECRYPT),
    'a wrong Finished': (lambda a, b, c: [a, b, flip(c)], DECRYPT),
    'a long Certificate': (lambda a, b, c: [longer(a)], DECODE),
    'a long CertificateVerify': (lambda a, b, c: [a, longer(b)], DECODE),
    'data between': (lambda a, b, c: [a, (DATA, b'x'), b, c], UNEXPECTED),
    'no data between': (lambda a, b, c: [a, (DATA, b''), b, c], UNEXPECTED),
    'an empty alert': (lambda a, b, c: [(ALERT, b'')], UNEXPECTED),
}


def say_all(p, parts):
    octets = b''.join(p.outward.seal(*(x if isinstance(x, tuple) else
                                       (HANDSHAKE, x))) for x in parts)
    p.use_secrets()
    return octets + p.records(DATA, b'hi')


@test()
def in_place_of_a_flight():
    """messages in place of the client's flight"""
    with Stage() as s:
        g = gateway(s, 'offload', s.origin(Origin.echo).port, None,
                    'client-auth ca "%s" require;' % cert('ca'))
        wrong = []
        for what, (make, wanted) in INSTEAD.items():
            p = echo_started(g, lambda p: None)
            flight = p.flight(identity('client'))
            got = outcome(p, say_all(p, make(*flight)))
            if got != wanted:
                wrong.append((what, wanted, got))
        equal(wrong, [])


run()
