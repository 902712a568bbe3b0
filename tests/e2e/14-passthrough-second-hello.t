#!/usr/bin/python3
"""After a HelloRetryRequest the client must name the same host again."""
from edge import *
from tap import *

ROUTES = (route('a.example.com', 'passthrough to web')
          + route('b.example.com', 'reject access-denied'))
CCS = b'\x14\x03\x03\x00\x01\x01'
HRR = server_hello(0x1301, retry=True)


def retry(conn, origin, record):
    """Answers the first flight with a HelloRetryRequest, then listens."""
    while len(record) < 5 or len(record) < 5 + int.from_bytes(record[3:5],
                                                              'big'):
        record += conn.recv(65536)
    conn.sendall(HRR)
    Origin.sink(conn, origin, record)


def second(first, again, form):
    with Stage() as s:
        o = s.origin(retry)
        g = s.gateway(policy(ROUTES, web=o.port), form)
        with connect(g.port) as c:
            c.sendall(first)
            got = b''
            while len(got) < len(HRR):
                got += c.recv(65536)
            equal(got, HRR)
            for piece in again:
                c.sendall(piece)
                time.sleep(0.002)
            whole = b''.join(again)
            try:
                c.shutdown(socket.SHUT_WR)
                answer = read_all(c)
            except OSError:
                answer = b'reset'
        return bytes(o.received[-1])[len(first):], whole, answer, g.log()


@test(*FORMS)
def same(form):
    """the same name passes, whole or in pieces"""
    first = hello('a.example.com')
    again = hello('a.example.com')
    for pieces in ([CCS + again], [CCS, again],
                   [again[i:i + 40] for i in range(0, len(again), 40)],
                   [CCS + records(again, 7)]):
        passed, whole, answer, log = second(first, pieces, form)
        equal(passed, whole)


@test(*FORMS)
def other(form):
    """another name is cut, and the server does not see it"""
    first = hello('a.example.com')
    for again in (hello('b.example.com'), records(hello('b.example.com'), 9)):
        passed, whole, answer, log = second(first, [CCS + again], form)
        equal(passed, b'')
        equal(answer, b'\x15\x03\x03\x00\x02\x02\x2f')
        check('close=sni-changed' in log, log)


@test(*FORMS)
def nonsense(form):
    """what is no hello is cut"""
    first = hello('a.example.com')
    passed, whole, answer, log = second(
        first, [b'\x16\x03\x03\x00\x05\x02hello'], form)
    equal(passed, b'')
    check('close=malformed' in log, log)


@test()
def real():
    """a real client and server through a HelloRetryRequest"""
    with Stage() as s:
        o = s.openssl_server('backend', '-groups', 'P-521')
        g = s.gateway(policy(ROUTES, web=o.port))
        code, out = s_client(g.port, 'a.example.com', '1.3', '-groups',
                             'X25519:P-521', send=GET, until='(?i)<html')
        check('<HTML' in out, out)

run()
