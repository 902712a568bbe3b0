#!/usr/bin/python3
"""After a HelloRetryRequest the client must name the same host again."""
from edge import *
from tap import *

ROUTES = (route('a.example.com', 'passthrough to web')
          + route('b.example.com', 'reject access-denied'))
CCS = b'\x14\x03\x03\x00\x01\x01'
ALERT = b'\x15\x03\x03\x00\x02\x01\x5a'   # a warning: user_canceled
HRR = server_hello(0x1301, retry=True)


def retry(conn, origin, record):
    """Answers the first flight with a HelloRetryRequest, then listens."""
    while len(record) < 5 or len(record) < 5 + int.from_bytes(record[3:5],
                                                              'big'):
        record += conn.recv(65536)
    conn.sendall(HRR)
    Origin.sink(conn, origin, record)


def second(first, again, form, close=None, routes=ROUTES):
    with Stage() as s:
        o = s.origin(retry)
        g = s.gateway(policy(routes, web=o.port), form)
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
        if close:
            g.wait_close(close)
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
        passed, whole, answer, log = second(first, [CCS + again], form,
                                            'sni-changed')
        equal(passed, b'')
        equal(answer, b'\x15\x03\x03\x00\x02\x02\x2f')


BY_OFFER = """route a sni "a.example.com" {
    when alpn has "admin"  reject access-denied;
    when not tls >= 1.3    reject access-denied;
    otherwise              passthrough to web;
  }"""


@test(*FORMS)
def offer(form):
    """what else decides must not change either: protocols, versions"""
    for alpn in (None, ['http/1.1'], ['h2', 'http/1.1']):
        first = hello('a.example.com', None, alpn)
        # What the policy does not speak of is the server's to compare.
        for again in (first, hello('a.example.com', None, ['h3'])):
            passed, whole, answer, log = second(first, [CCS + again], form,
                                                routes=BY_OFFER)
            equal(passed, whole)
        for again in (hello('a.example.com', None, ['admin']),
                      hello('a.example.com', None, ['h2', 'admin']),
                      hello('a.example.com', '1.2', alpn)):
            for pieces in ([CCS + again], [records(again, 11)]):
                passed, whole, answer, log = second(
                    first, pieces, form, 'hello-changed', BY_OFFER)
                equal(passed, b'')
                equal(answer, b'\x15\x03\x03\x00\x02\x02\x2f')


@test(*FORMS)
def nonsense(form):
    """what is no hello is cut"""
    first = hello('a.example.com')
    passed, whole, answer, log = second(
        first, [b'\x16\x03\x03\x00\x05\x02hello'], form, 'malformed')
    equal(passed, b'')


@test(*FORMS)
def alerts(form):
    """an alert in front of the second hello passes, and is no way around"""
    first = hello('a.example.com')
    again, wrong = hello('a.example.com'), hello('b.example.com')
    for pieces in ([ALERT + again], [ALERT, CCS, again], [ALERT[:3], ALERT[3:]],
                   [ALERT]):
        passed, whole, answer, log = second(first, pieces, form)
        equal(passed, whole)
    for pieces in ([ALERT + wrong], [ALERT, wrong], [CCS + ALERT, wrong]):
        passed, whole, answer, log = second(first, pieces, form,
                                            'sni-changed')
        check(wrong[:20] not in passed, passed)


def burst(behind, form, answer, passes=0, close='done'):
    """All the client has to say at once, and the end; what the server got
    behind the hello, and what the client got.  The first `passes` octets must
    not wait for the server's answer."""
    first = hello('a.example.com')
    before = []

    def talk(conn, origin, record):
        while len(record) < len(first) + passes:
            record += conn.recv(65536)
        # What is not held back would come along, or very soon.
        conn.settimeout(0.05)
        try:
            record += conn.recv(65536)
        except socket.timeout:
            pass
        conn.settimeout(DEADLINE)
        before.append(len(record) - len(first))
        conn.sendall(answer)
        Origin.sink(conn, origin, record)
    with Stage() as s:
        o = s.origin(talk)
        g = s.gateway(policy(ROUTES, web=o.port), form)
        with connect(g.port) as c:
            c.sendall(first + behind)
            c.shutdown(socket.SHUT_WR)
            try:
                said = read_all(c)
            except OSError:
                said = b'reset'
        g.wait_close(close)
        equal(before, [passes])
        return bytes(o.received[-1])[len(first):], said


@test(*FORMS)
def at_once(form):
    """a hello behind the first one waits for the server's answer"""
    again, wrong = hello('a.example.com'), hello('b.example.com')
    early = b'\x17\x03\x03\x40\x00' + bytes(16384) + CCS
    for answer, front, behind in (
            (HRR, b'', again), (HRR, CCS + early * 2, again),
            (server_hello(0x1301), CCS + early * 2, b''),
            (server_hello(0x1301), b'', again)):
        passed, said = burst(front + behind, form, answer, len(front))
        equal(passed, front + behind)
        equal(said, answer)
    for front in (b'', CCS, ALERT, early):
        passed, said = burst(front + wrong, form, HRR, len(front),
                             'sni-changed')
        check(wrong[:20] not in passed, passed)


@test(*FORMS)
def leaves(form):
    """a client that resets while its early hello waits is let go at once"""
    first, again = hello('a.example.com'), hello('a.example.com')
    for behind in (b'', bytes(3000)):
        with Stage() as s:
            o = s.origin(Origin.sink)
            g = s.gateway(policy(ROUTES, web=o.port), form)
            c = connect(g.port)
            c.sendall(first + again)
            poll(lambda: o.received and len(o.received[-1]) == len(first),
                 'the first hello')
            c.sendall(behind)
            reset(c)
            g.wait_close('client-reset')
            poll(lambda: o.errors, 'the reset at the server')
            equal(bytes(o.received[-1]), first)


@test(*FORMS)
def leaves_before_the_answer(form):
    """a client says much, or its end, behind its early hello, and is gone
    when the server answers"""
    first, again = hello('a.example.com'), hello('a.example.com')
    gone = threading.Event()

    def talk(conn, origin, record):
        while len(record) < len(first):
            record += conn.recv(65536)
        gone.wait(DEADLINE)
        conn.sendall(ALERT)
        Origin.sink(conn, origin, record)
    for behind in (b'', bytes(70000)):
        gone.clear()
        with Stage() as s:
            o = s.origin(talk)
            g = s.gateway(policy(ROUTES, web=o.port), form)
            c = connect(g.port)
            c.sendall(first + again + behind)
            c.shutdown(socket.SHUT_WR)
            poll(lambda: o.received and len(o.received[-1]) == len(first),
                 'the first hello')
            reset(c)
            gone.set()
            g.wait_close('client-reset')


@test(*FORMS)
def goes_on(form):
    """what follows a waiting hello passes behind it, in order"""
    first, again = hello('a.example.com'), hello('a.example.com')
    behind = bytes(range(256)) * 2000
    asked = threading.Event()

    def talk(conn, origin, record):
        while len(record) < len(first):
            record += conn.recv(65536)
        asked.wait(DEADLINE)
        conn.sendall(HRR)
        Origin.sink(conn, origin, record)
    with Stage() as s:
        o = s.origin(talk)
        g = s.gateway(policy(ROUTES, web=o.port), form)
        with connect(g.port) as c:
            c.sendall(first + again)
            poll(lambda: o.received and len(o.received[-1]) == len(first),
                 'the first hello')
            c.sendall(behind[:1000])
            sender = threading.Thread(target=lambda: (
                c.sendall(behind[1000:]), c.shutdown(socket.SHUT_WR)))
            sender.start()
            asked.set()
            equal(read_all(c), HRR)
            sender.join()
        g.wait_close('done')
        equal(bytes(o.received[-1]), first + again + behind)


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
