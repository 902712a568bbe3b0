#!/usr/bin/python3
"""HTTP/1.1: servers that are dead, full, silent, or do not say what they should;
and which one gets a request."""
from http1 import *
from tap import *

TO_WEB = 'path under "/" { to web; }'
SLOW = 'limits slow { response within 1s; }\n'


def hold(conn, origin, record):
    """Reads the request and says nothing until the test lets it."""
    m = Reader(conn).message()
    if m is None:
        return
    origin.waits = getattr(origin, 'waits', 0) + 1
    origin.release.wait(DEADLINE)
    conn.sendall(reply(b'late'))
    conn.recv(100)


@test('offload', 'bridge')
def dead(mode):
    """no server: 502 over a good TLS session, and the client's connection goes
    on"""
    with Stage() as s:
        port = free_port()
        web = server(port) + (
            ' tls { verify ca "%s" name "api.internal"; }' % cert('ca')
            if mode == 'bridge' else '')
        g = s.gateway(site_policy(TO_WEB, mode=mode, web=web))
        with Client(g.port) as c:
            for _ in range(2):
                equal(c.ask().status, 502)
            m = c.ask('POST / HTTP/1.1', 'Content-Length: 5', body=b'12345')
            equal(m.status, 502)
            equal(c.ask('HEAD / HTTP/1.1').status, 502)
        g.wait_log(r'status=502 .*end=unreached detail=ECONNREFUSED', 4)


@test()
def next_one():
    """a request goes to the server that takes it"""
    with Stage() as s:
        web = s.origin(serve())
        g = s.gateway(site_policy(TO_WEB, web='server %s:%d; server %s:%d;' % (
            ADDR, free_port(), ADDR, web.port)))
        for _ in range(6):
            with Client(g.port) as c:
                equal(c.ask().body, b'hello\n')


@test()
def full():
    """at its limit: in the queue, then 503; a place that becomes free is
    given on, and one at rest is not kept"""
    with Stage() as s:
        web = s.origin(hold)
        web.release = threading.Event()
        g = s.gateway(site_policy(
            TO_WEB, web=server(web.port, ' max 1') + ' queue 1;'))
        a, b = Client(g.port), Client(g.port)
        ask = 'GET / HTTP/1.1\r\nHost: %s\r\n\r\n' % NAME
        a.send(ask)
        poll(lambda: getattr(web, 'waits', 0), 'the first')
        b.send(ask)
        with Client(g.port) as c:
            poll(lambda: c.ask().status == 503, 'a full queue')
        equal(len(web.received), 1)
        web.release.set()
        equal((a.answer().body, b.answer().body), (b'late', b'late'))
        equal(a.ask().body, b'late')
        equal(b.ask().body, b'late')
        a.sock.close()
        b.sock.close()
        g.wait_log('status=503.*end=full')


@test()
def silent():
    """no answer in time is 504; the server's connection is not used again"""
    with Stage() as s:
        web = s.origin(hold)
        web.release = threading.Event()
        g = s.gateway(site_policy(
            TO_WEB, head=SLOW, route='limits slow;', web=web.port))
        with Client(g.port) as c:
            equal(c.ask().status, 504)
            equal(c.ask('POST / HTTP/1.1', 'Content-Length: 2',
                        body=b'12').status, 504)
        web.release.set()
        equal(len(web.received), 2)
        g.wait_log('status=504.*end=no-answer', 2)


@test()
def left():
    """a server that ends before an answer: 502; one that was used before and
    has ended: what may be sent twice is sent again, a POST is not"""
    def handler(conn, origin, record):
        m = Reader(conn).message()
        if m and 'die' not in m.line:
            conn.sendall(reply(b'' if m.line[0] == 'H' else b'once'))
            # The next request finds the end.
            conn.recv(1)
    with Stage() as s:
        web = s.origin(handler)
        g = s.gateway(site_policy(TO_WEB, web=web.port))
        with Client(g.port) as c:
            equal(c.ask('GET /die HTTP/1.1').status, 502)
            for _ in range(3):
                equal(c.ask().body, b'once')
                equal(c.ask('HEAD / HTTP/1.1').status, 200)
            m = c.ask('POST / HTTP/1.1', 'Content-Length: 2', body=b'12')
            equal(m.status, 502)
        g.wait_log('method=POST.*end=server-left')


# What no server may say; the client gets a 502 and both connections end.
BAD = {
    'no status line': b'hello\r\n\r\n',
    'ICY': b'ICY 200 OK\r\n\r\n',
    'other version': b'HTTP/2 200 OK\r\n\r\n',
    'status 20': b'HTTP/1.1 20 OK\r\n\r\n',
    'status 099': b'HTTP/1.1 099 OK\r\n\r\n',
    'bare LF': b'HTTP/1.1 200 OK\nContent-Length: 0\n\n',
    'bare CR': b'HTTP/1.1 200 OK\r\nA: b\rc\r\nContent-Length: 0\r\n\r\n',
    'NUL': b'HTTP/1.1 200 OK\r\nA: b\0c\r\nContent-Length: 0\r\n\r\n',
    'fold': b'HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n',
    'space': b'HTTP/1.1 200 OK\r\nA : b\r\nContent-Length: 0\r\n\r\n',
    'no colon': b'HTTP/1.1 200 OK\r\nA\r\nContent-Length: 0\r\n\r\n',
    'two lengths': b'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n'
                   b'Content-Length: 2\r\n\r\nxx',
    'length and coding': b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n'
                         b'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'gzip': b'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'
            b'0\r\n\r\n',
    'signed': b'HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello',
    'unasked 101': b'HTTP/1.1 101 Switching Protocols\r\n'
                   b'Connection: upgrade\r\nUpgrade: websocket\r\n\r\n',
    'first chunk': b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
                   b'zz\r\n',
    '100 with a length': b'HTTP/1.1 103 Early\r\nContent-Length: 5\r\n\r\n'
                         b'12345' + reply(b'x'),
    'long head': b'HTTP/1.1 200 OK\r\n' + b'A: b\r\n' * 20000 + b'\r\n',
    'much of a head': b'HTTP/1.1 200 ' + b'x' * 70000,
}


@test(*BAD)
def malformed(kind):
    """an answer that is none is a 502, and nothing of it comes through"""
    with Stage() as s:
        web = s.origin(serve(BAD[kind]))
        g = s.gateway(site_policy(TO_WEB, web=web.port))
        with Client(g.port) as c:
            m = c.ask()
            equal((m.status, m.get('connection')), (502, 'close'), m)
            check(c.at_end(), 'end')
        g.wait_log('status=502.*end=bad-answer')


CUT = {
    'length': reply(b'hello', 'Content-Length: 10', length=False),
    'chunk': reply(b'5\r\nhel', 'Transfer-Encoding: chunked', length=False),
    'last chunk': reply(b'5\r\nhello\r\n', 'Transfer-Encoding: chunked',
                        length=False),
    'end of last chunk': reply(b'5\r\nhello\r\n0\r\n',
                               'Transfer-Encoding: chunked', length=False),
}


@test(*CUT)
def cut(kind):
    """an answer that was cut does not look whole to anybody"""
    def handler(conn, origin, record):
        if Reader(conn).message():
            conn.sendall(CUT[kind])
    with Stage() as s:
        web = s.origin(handler)
        g = s.gateway(site_policy(TO_WEB, web=web.port))
        for line in ('GET / HTTP/1.1', 'GET / HTTP/1.0'):
            c = Client(g.port)
            try:
                m = c.ask(line)
                whole = m is not None and m.whole and c.at_end()
            except (OSError, ssl.SSLError):
                whole = False
            check(not whole, line, kind)
            c.sock.close()
        g.wait_log('end=cut-answer', 2)
        g.wait_close('answer-cut', 2)


@test('reset', 'bridge')
def cut_to_close(kind):
    """one until the end: a reset, and TLS without close_notify, are no end"""
    def handler(conn, origin, record):
        if Reader(conn).message():
            conn.sendall(reply(b'x' * 1000, length=False))
            origin.sent.wait(DEADLINE)
            if kind == 'reset':
                conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                b'\1\0\0\0\0\0\0\0')
    with Stage() as s:
        web = s.origin(handler, tls='backend' if kind == 'bridge' else None)
        web.sent = threading.Event()
        g = s.gateway(site_policy(
            TO_WEB, mode='bridge' if kind == 'bridge' else 'offload',
            web=server(web.port) + (
                ' tls { verify ca "%s" name "api.internal"; }' % cert('ca')
                if kind == 'bridge' else '')))
        for line in ('GET / HTTP/1.1', 'GET / HTTP/1.0'):
            c = Client(g.port)
            c.send('%s\r\nHost: %s\r\n\r\n' % (line, NAME))
            c.until(b'xxx')
            web.sent.set()
            try:
                while c.more():
                    pass
                whole = line.endswith('1.0') or c.early.endswith(
                    b'0\r\n\r\n')
            except (OSError, ssl.SSLError):
                whole = False
            check(not whole, line, kind)
            c.sock.close()
        g.wait_log('end=cut-answer', 2)


@test()
def more_than_the_answer():
    """octets behind an answer belong to nobody: not to the next request"""
    with Stage() as s:
        web = s.origin(serve(lambda m: reply(b'a') + reply(b'poison')))
        g = s.gateway(site_policy(TO_WEB, web=web.port))
        with Client(g.port) as c:
            for _ in range(3):
                equal(c.ask().body, b'a')
        equal(len(web.received), 3)


@test()
def weights():
    """a split gives each its part, and the cookie keeps a client where it was"""
    with Stage() as s:
        a, b = s.origin(serve(text=b'a')), s.origin(serve(text=b'b'))
        g = s.gateway(site_policy(
            'path under "/" { to a 3, b 1; }\n'
            'path under "/sticky" { to a 1, b 1 sticky "where"; }',
            a=a.port, b=b.port))
        with Client(g.port) as c:
            got = [c.ask().body for _ in range(400)]
            check(200 < got.count(b'a') < 390, got.count(b'a'))
            for _ in range(8):
                m = c.ask('GET /sticky HTTP/1.1')
                cookie = m.get('set-cookie')
                check(re.fullmatch('where=[0-9a-f]{16}; Path=/; HttpOnly; '
                                   'SameSite=Lax; Secure', cookie), cookie)
                for _ in range(8):
                    n = c.ask('GET /sticky HTTP/1.1',
                              'Cookie: x=1; %s' % cookie.split(';')[0])
                    equal((n.body, n.get('set-cookie')), (m.body, None))


@test()
def drained():
    """a server that takes no new connections has no new requests either"""
    with Stage() as s:
        a, b = s.origin(serve(text=b'a')), s.origin(serve(text=b'b'))
        g = s.gateway(site_policy(TO_WEB, web='server %s:%d; server %s:%d;' % (
            ADDR, a.port, ADDR, b.port)))
        with Client(g.port) as c:
            first = c.ask().body
            equal({c.ask().body for _ in range(5)}, {first})
            port = a.port if first == b'a' else b.port
            code, out = g.tlsctl('drain', 'web/%s:%d' % (ADDR, port))
            equal(code, 0, out)
            other = b'b' if first == b'a' else b'a'
            equal({c.ask().body for _ in range(5)}, {other})


run()
