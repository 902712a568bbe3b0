#!/usr/bin/python3
"""HTTP/1.1: bodies in all their framings, both ways, never kept whole."""
import hashlib
import random

from http1 import *
from tap import *

TLS = ' tls { verify ca "%s" name "api.internal"; }' % cert('ca')
TO_WEB = 'path under "/" { to web; }'


def big(n):
    return random.Random(n).randbytes(n)


def chunked(*parts):
    return b''.join(b'%x;ext=1\r\n%s\r\n' % (len(p), p) for p in parts) \
        + b'0\r\nTrailer: x\r\n\r\n'


def digest(m):
    """An answer that tells what the server has read."""
    return reply(hashlib.sha256(m.body).hexdigest().encode(),
                 'X-Length: %s' % m.get('content-length'),
                 'X-Coding: %s' % m.get('transfer-encoding'))


def gateway(s, answers=None, mode='offload', text=None, **more):
    o = s.origin(serve(answers, text) if text else serve(answers),
                 tls='backend' if mode == 'bridge' else None)
    web = server(o.port) if mode == 'offload' else \
        server(o.port) + TLS
    return o, s.gateway(site_policy(TO_WEB, mode=mode, web=web, **more))


@test('offload', 'bridge')
def uploads(mode):
    """a body of a length and a chunked one reach the server as they were"""
    with Stage() as s:
        o, g = gateway(s, digest, mode)
        with Client(g.port) as c:
            for n in (1, 100, 65536, 3000000):
                body = big(n)
                want = hashlib.sha256(body).hexdigest().encode()
                m = c.ask('POST / HTTP/1.1', 'Content-Length: %d' % n,
                          body=body)
                equal((m.status, m.body), (200, want), n)
                equal((m.get('x-length'), m.get('x-coding')),
                      (str(n), 'None'))
                m = c.ask('POST / HTTP/1.1', 'Transfer-Encoding: chunked',
                          body=chunked(body[:n // 3], body[n // 3:])
                          if n > 2 else chunked(body))
                equal((m.status, m.body), (200, want), n)
                equal((m.get('x-length'), m.get('x-coding')),
                      ('None', 'chunked'))
            m = c.ask('POST / HTTP/1.1', 'Content-Length: 0')
            equal((m.status, m.get('x-length')), (200, '0'))
            m = c.ask('POST / HTTP/1.1', 'Transfer-Encoding: chunked',
                      body=b'0\r\n\r\n')
            equal((m.status, m.get('x-coding')), (200, 'chunked'))
        equal(len(o.received), 1, 'one connection')


@test('offload', 'bridge')
def downloads(mode):
    """an answer of a length, a chunked one, and one until the end"""
    body = big(3000000)

    def answers(m):
        n = int(m.get('x-n'))
        if m.line.startswith('GET /length'):
            return reply(body[:n])
        if m.line.startswith('GET /chunked'):
            return reply(chunked(*([body[:n]] if n else [])),
                         'Transfer-Encoding: chunked', length=False)
        return reply(body[:n], length=False)

    def close(conn, origin, record):
        m = Reader(conn).message()
        if m:
            conn.sendall(answers(m))
            if mode == 'bridge':
                conn.unwrap()

    def handler(conn, origin, record):
        r = Reader(conn)
        while True:
            m = r.message()
            if m is None:
                return
            conn.sendall(answers(m))
            if m.line.startswith('GET /close'):
                if mode == 'bridge':
                    conn.unwrap()
                return
    with Stage() as s:
        o = s.origin(handler, tls='backend' if mode == 'bridge' else None)
        web = server(o.port) if mode == 'offload' else \
            server(o.port) + TLS
        g = s.gateway(site_policy(TO_WEB, mode=mode, web=web))
        with Client(g.port) as c:
            for n in (0, 1, 65536, 3000000):
                for how in ('length', 'chunked', 'close'):
                    m = c.ask('GET /%s HTTP/1.1' % how, 'X-N: %d' % n)
                    check(m.whole, how, n, m)
                    check(m.body == body[:n], how, n, len(m.body))
                    equal(m.all('trailer'), [])
                    if how == 'close':
                        equal(m.get('transfer-encoding'), 'chunked')


@test('offload', 'bridge')
def no_delay(mode):
    """no exchange waits for a delayed acknowledgement, nor for a full segment"""
    with Stage() as s:
        o, g = gateway(s, digest, mode)
        with Client(g.port) as c:
            for n in (0, 10, 70000):
                none_delayed(lambda: c.ask(
                    'POST / HTTP/1.1', 'Content-Length: %d' % n, body=big(n)))

        def fresh():
            with Client(g.port) as c:
                c.ask('POST / HTTP/1.1', 'Content-Length: 70000',
                      body=big(70000))
        none_delayed(fresh)


@test()
def bandwidth():
    """ahead of a bandwidth limit it pauses, and loses nothing"""
    body = big(1 << 20)
    with Stage() as s:
        o = s.origin(serve(lambda m: reply(m.body)))
        g = s.gateway(site_policy(
            TO_WEB, head='limits slow { bandwidth 4MiB/s; }\n',
            route='limits slow;', web=o.port))
        with Client(g.port) as c:
            for _ in range(2):
                m = c.ask('POST / HTTP/1.1', 'Content-Length: %d' % len(body),
                          body=body)
                check(m.body == body, len(m.body))
                equal(c.ask('HEAD / HTTP/1.1').status, 200)


@test()
def byte_by_byte():
    """however the octets are cut, on both sides"""
    def handler(conn, origin, record):
        r = Reader(conn)
        origin.requests = []
        while True:
            m = r.message()
            if m is None:
                return
            origin.requests.append(m)
            for b in reply(chunked(b'abc', m.body), 'Transfer-Encoding: '
                           'chunked', length=False):
                conn.sendall(bytes([b]))
    with Stage() as s:
        o = s.origin(handler)
        g = s.gateway(site_policy(TO_WEB, web=o.port))
        with Client(g.port) as c:
            for k in range(3):
                for b in b'POST /x HTTP/1.1\r\nHost: %s\r\n' \
                         b'Transfer-Encoding: chunked\r\n\r\n%s' % (
                             NAME.encode(), chunked(b'12', b'3%d' % k)):
                    c.send(bytes([b]))
                equal(c.answer().body, b'abc123%d' % k)


@test()
def pipelined():
    """requests that come at once are answered in order, bodies between them"""
    with Stage() as s:
        o, g = gateway(s, lambda m: reply(m.line.encode() + b'|' + m.body))
        with Client(g.port) as c:
            text = b''
            for k in range(50):
                if k % 3 == 0:
                    text += b'GET /%d HTTP/1.1\r\nHost: %s\r\n\r\n' % (
                        k, NAME.encode())
                elif k % 3 == 1:
                    text += b'POST /%d HTTP/1.1\r\nHost: %s\r\n' \
                        b'Content-Length: 5\r\n\r\nbody\n' % (
                            k, NAME.encode())
                else:
                    text += b'POST /%d HTTP/1.1\r\nHost: %s\r\n' \
                        b'Transfer-Encoding: chunked\r\n\r\n%s' % (
                            k, NAME.encode(), chunked(b'bo', b'dy\n'))
            c.send(text)
            for k in range(50):
                m = c.answer()
                equal(m.body, b'%s /%d HTTP/1.1|%s' % (
                    b'GET' if k % 3 == 0 else b'POST', k,
                    b'' if k % 3 == 0 else b'body\n'))
        equal(len(o.received), 1)


@test()
def no_body():
    """HEAD, 204 and 304 have none, whatever their fields say"""
    def answers(m):
        if m.line.startswith('HEAD'):
            return reply(b'', 'Content-Length: 1000', length=False)
        if '204' in m.line:
            return reply(status='204 No Content', length=False)
        return reply(b'', 'Content-Length: 77', status='304 Not Modified',
                     length=False)
    with Stage() as s:
        o, g = gateway(s, answers)
        with Client(g.port) as c:
            for _ in range(3):
                m = c.ask('HEAD / HTTP/1.1')
                equal((m.status, m.get('content-length')), (200, '1000'))
                m = c.ask('GET /204 HTTP/1.1')
                equal((m.status, m.get('content-length')), (204, None))
                m = c.ask('GET /304 HTTP/1.1')
                equal((m.status, m.get('content-length')), (304, '77'))
        equal(len(o.received), 1)


@test()
def expect():
    """100 (Continue) is ours, when a server is there; the server hears nothing
    of it, and a refusal comes instead of it"""
    with Stage() as s:
        o = s.origin(serve(digest))
        g = s.gateway(site_policy('''
          path under "/" { to web; }
          path under "/no" { answer 403 "no"; }''', web=o.port))
        head = 'POST %s HTTP/1.1\r\nHost: ' + NAME + \
            '\r\nContent-Length: 4\r\nExpect: %s\r\n\r\n'
        with Client(g.port) as c:
            for _ in range(2):
                c.send(head % ('/', '100-continue'))
                m = c.answer(interim=True)
                equal((m.status, m.fields), (100, []))
                c.send(b'body')
                m = c.answer()
                equal(m.body,
                      hashlib.sha256(b'body').hexdigest().encode())
                equal(o.requests[-1].get('expect'), None)
            c.send(head % ('/no', '100-continue'))
            m = c.answer(interim=True)
            equal((m.status, m.get('connection')), (403, 'close'))
            check(c.at_end())
        with Client(g.port) as c:
            c.send(head % ('/', 'something'))
            equal(c.answer().status, 417)
            check(c.at_end())


@test()
def interim():
    """103 is passed to who can tell it from the answer, 100 and 102 are not"""
    def answers(m):
        return b'HTTP/1.1 100 Continue\r\n\r\n' \
            b'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n' \
            b'Connection: close\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n' \
            + reply(b'done')
    with Stage() as s:
        o, g = gateway(s, answers)
        with Client(g.port) as c:
            for _ in range(3):
                c.send('GET / HTTP/1.1\r\nHost: %s\r\n\r\n' % NAME)
                m = c.answer(interim=True)
                equal((m.status, m.fields), (103, [('Link', '</a>')]))
                m = c.answer(interim=True)
                equal((m.status, m.body), (200, b'done'))
            c.send('GET / HTTP/1.0\r\nHost: %s\r\n\r\n' % NAME)
            m = c.answer(interim=True)
            equal((m.status, m.body), (200, b'done'))


@test()
def old_clients():
    """HTTP/1.0: no chunks, the end where there is no length, keep-alive when
    asked for; without Host the name is the hello's"""
    def answers(m):
        if 'chunked' in m.line:
            return reply(chunked(b'abc', b'def'),
                         'Transfer-Encoding: chunked', length=False)
        return reply(b'abc')
    with Stage() as s:
        o, g = gateway(s, answers)
        with Client(g.port) as c:
            m = c.ask('GET /chunked HTTP/1.0', host=None)
            equal((m.body, m.get('transfer-encoding'), m.get('connection')),
                  (b'abcdef', None, 'close'))
            check(c.at_end())
        equal(o.requests[0].get('host'), NAME)
        check(o.requests[0].line.endswith('HTTP/1.1'), o.requests[0])
        with Client(g.port) as c:
            m = c.ask('GET / HTTP/1.0')
            equal((m.body, m.get('connection')), (b'abc', 'close'))
            check(c.at_end())
        with Client(g.port) as c:
            for _ in range(3):
                m = c.ask('GET / HTTP/1.0', 'Connection: keep-alive')
                equal((m.body, m.get('connection')), (b'abc', 'keep-alive'))
            m = c.ask('GET /chunked HTTP/1.0', 'Connection: keep-alive')
            equal((m.body, m.get('connection')), (b'abcdef', 'close'))
            check(c.at_end())


@test()
def early_answer():
    """an answer before the body was read is passed; the client's connection
    goes on when the rest of the body comes"""
    def handler(conn, origin, record):
        r = Reader(conn)
        r.until(b'\r\n\r\n')
        conn.sendall(reply(b'too early'))
        while conn.recv(65536):
            pass
    with Stage() as s:
        o = s.origin(handler)
        g = s.gateway(site_policy(TO_WEB, web=o.port))
        with Client(g.port) as c:
            for n in (1000, 100000):
                c.send('POST / HTTP/1.1\r\nHost: %s\r\n'
                       'Content-Length: %d\r\n\r\n' % (NAME, n))
                m = c.answer()
                equal((m.status, m.body), (200, b'too early'))
                c.send(b'x' * n)
            c.send('POST / HTTP/1.1\r\nHost: %s\r\n'
                   'Content-Length: %d\r\n\r\n' % (NAME, 50 << 20))
            equal(c.answer().body, b'too early')
            with contextlib.suppress(OSError):
                for _ in range(50):
                    c.send(bytes(1 << 20))
            # More than anybody reads for nothing.
            g.wait_close('done')
        equal(len(o.received), 3)


@test()
def backpressure():
    """neither a slow client nor a slow server makes the gateway keep a body"""
    n = 200 << 20

    def source(conn, origin, record):
        Reader(conn).message()
        conn.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n' % n)
        conn.settimeout(None)
        while origin.sent < n:
            origin.sent += conn.send(bytes(1 << 16))
    with Stage() as s:
        o = s.origin(source)
        o.sent = 0
        g = s.gateway(site_policy(TO_WEB, web=o.port))
        c = Client(g.port)
        c.send('GET / HTTP/1.1\r\nHost: %s\r\n\r\n' % NAME)
        c.exactly(10)
        seen = []

        def still():
            seen.append(o.sent)
            return len(seen) > 20 and len(set(seen[-20:])) == 1
        poll(still, 'the server to be held back')
        check(o.sent < n // 2, o.sent)
        c.sock.close()


run()
