#!/usr/bin/python3
"""HTTP/1.1: clients that do not say what they should, say it slowly, say too
much, or leave."""
from http1 import *
from tap import *

TO_WEB = 'path under "/" { to web; }\n  path under "/no" { answer 403 "no"; }'
H = b'Host: shop.example.com\r\n'
GET11 = b'GET / HTTP/1.1\r\n'
POST = b'POST / HTTP/1.1\r\n' + H

# Octets, and the status that answers them before the connection ends.
BAD = {
    'length and coding': (POST + b'Content-Length: 5\r\nTransfer-Encoding: '
                          b'chunked\r\n\r\n0\r\n\r\n', 400),
    'two codings': (POST + b'Transfer-Encoding: chunked\r\n'
                    b'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400),
    'empty second coding': (POST + b'Transfer-Encoding: chunked\r\n'
                            b'Transfer-Encoding: \r\n\r\n0\r\n\r\n', 400),
    'chunked and nothing': (POST + b'Transfer-Encoding: chunked,\r\n\r\n'
                            b'0\r\n\r\n', 400),
    'gzip': (POST + b'Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
             400),
    'identity': (POST + b'Transfer-Encoding: identity\r\n\r\n', 400),
    'coding in 1.0': (b'POST / HTTP/1.0\r\n' + H + b'Transfer-Encoding: '
                      b'chunked\r\n\r\n0\r\n\r\n', 400),
    'two lengths': (POST + b'Content-Length: 1\r\nContent-Length: 1\r\n\r\nx',
                    400),
    'list of lengths': (POST + b'Content-Length: 1, 1\r\n\r\nx', 400),
    'empty length': (POST + b'Content-Length: \r\n\r\n', 400),
    'signed length': (POST + b'Content-Length: +1\r\n\r\nx', 400),
    'negative length': (POST + b'Content-Length: -1\r\n\r\nx', 400),
    'hexadecimal length': (POST + b'Content-Length: 0x1\r\n\r\nx', 400),
    'long length': (POST + b'Content-Length: 99999999999999999999\r\n\r\n',
                    400),
    'bare LF': (b'GET / HTTP/1.1\n' + H + b'\r\n', 400),
    'bare LF in a field': (GET11 + b'Host: shop.example.com\n\r\n', 400),
    'bare CR': (GET11 + H + b'A: b\rC: d\r\n\r\n', 400),
    'NUL': (GET11 + H + b'A: b\0c\r\n\r\n', 400),
    'NUL in the target': (b'GET /\0 HTTP/1.1\r\n' + H + b'\r\n', 400),
    'fold': (GET11 + H + b'A: b\r\n c\r\n\r\n', 400),
    'first line folded': (GET11 + b' ' + H + b'\r\n', 400),
    'space before colon': (GET11 + H + b'A : b\r\n\r\n', 400),
    'empty name': (GET11 + H + b': b\r\n\r\n', 400),
    'no colon': (GET11 + H + b'A\r\n\r\n', 400),
    'no Host': (GET11 + b'A: b\r\n\r\n', 400),
    'two Hosts': (GET11 + H + H + b'\r\n', 400),
    'Host with @': (GET11 + b'Host: a@shop.example.com\r\n\r\n', 400),
    'Host with comma': (GET11 + b'Host: shop.example.com,b\r\n\r\n', 400),
    'Host with #': (GET11 + b'Host: shop.example.com#b\r\n\r\n', 400),
    'Host with path': (GET11 + b'Host: shop.example.com/b\r\n\r\n', 400),
    'absolute form of another': (b'GET https://other.example.com/ HTTP/1.1'
                                 b'\r\n' + H + b'\r\n', 400),
    'CONNECT': (b'CONNECT shop.example.com:443 HTTP/1.1\r\n' + H + b'\r\n',
                405),
    'TRACE': (b'TRACE / HTTP/1.1\r\n' + H + b'\r\n', 405),
    'HTTP/2 preface': (b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505),
    'HTTP/1.2': (b'GET / HTTP/1.2\r\n' + H + b'\r\n', 505),
    'HTTP/0.9': (b'GET /\r\n', 400),
    'lower case version': (b'GET / http/1.1\r\n' + H + b'\r\n', 400),
    'two spaces': (b'GET  / HTTP/1.1\r\n' + H + b'\r\n', 400),
    'control in path': (b'GET /\x01 HTTP/1.1\r\n' + H + b'\r\n', 400),
    'bad percent': (b'GET /%zz HTTP/1.1\r\n' + H + b'\r\n', 400),
    '%00': (b'GET /%00 HTTP/1.1\r\n' + H + b'\r\n', 400),
    'two ways to read': (b'GET /a/..%2fno HTTP/1.1\r\n' + H + b'\r\n', 400),
    'chunk size': (POST + b'Transfer-Encoding: chunked\r\n\r\n'
                   b'00000000000000001\r\n', 400),
    'chunk size 2^64': (POST + b'Transfer-Encoding: chunked\r\n\r\n'
                        b'ffffffffffffffffff\r\n', 400),
    'chunk with LF': (POST + b'Transfer-Encoding: chunked\r\n\r\n1\nx\r\n',
                      400),
    'CR in extension': (POST + b'Transfer-Encoding: chunked\r\n\r\n'
                        b'1;a\rb\r\nx\r\n', 400),
    'chunk too long': (POST + b'Transfer-Encoding: chunked\r\n\r\n'
                       b'1\r\nxy\r\n', 400),
    'bad trailer': (POST + b'Transfer-Encoding: chunked\r\n\r\n'
                    b'0\r\nnocolon\r\n\r\n', 400),
    'long head': (GET11 + H + b'A: ' + b'b' * 17000 + b'\r\n\r\n', 431),
    'long target': (b'GET /' + b'b' * 17000 + b' HTTP/1.1\r\n' + H + b'\r\n',
                    414),
    'many fields': (GET11 + H + b'A: b\r\n' * 101 + b'\r\n', 431),
    'other expectation': (POST + b'Expect: 200-ok\r\nContent-Length: 1\r\n'
                          b'\r\n', 417),
}


@test(*BAD)
def refused(kind):
    """is refused, and neither it nor what follows reaches a server"""
    octets, status = BAD[kind]
    with Stage() as s:
        web = s.origin(serve())
        g = s.gateway(site_policy(TO_WEB, web=web.port))
        with Client(g.port) as c:
            equal(c.ask().status, 200)
            c.send(octets + GET11 + H + b'\r\n')
            m = c.answer()
            equal(m.status, status, m)
            ambiguous = kind == 'two ways to read'
            if not ambiguous:
                equal(m.get('connection'), 'close', m)
                check(c.at_end(), 'end')
        for r in web.requests[1:]:
            check(not r.whole or ambiguous, r)
        g.wait_log('status=%d .*end=%s' % (
            status, 'path-ambiguous' if ambiguous else 'refused'))


@test()
def odd_paths():
    """what is odd but the same however it is read is served, octet for octet"""
    with Stage() as s:
        web = s.origin(serve())
        g = s.gateway(site_policy('path under "/" { to web; }',
                                  web=web.port))
        odd = ('/api/v4/projects/group%2Fproject', '/x?y=%zz&&', '/%23room',
               '/a%252Fb', '/a;jsessionid=1', '/a//b', '/a/./b/../c',
               '/https%3A%2F%2Fexample.com', '/?', '/~a!$&\'()*+,=:@')
        with Client(g.port) as c:
            for path in odd:
                m = c.ask('GET %s HTTP/1.1' % path)
                equal(m.status, 200, path)
            m = c.ask('OPTIONS * HTTP/1.1')
            m = c.ask('GET https://shop.example.com/abs HTTP/1.1')
        got = [r.line.split(' ')[1] for r in web.requests]
        equal(tuple(got[:len(odd)]), odd)
        equal(got[-1], '/abs')


SLOW = 'limits slow { request-head 16KiB within 1s; keep-alive 1s; idle 1s; }\n'


@test()
def slow():
    """a head that does not come is 408; silence between requests is an end in
    order; a body that stops is 408"""
    with Stage() as s:
        web = s.origin(serve())
        g = s.gateway(site_policy(TO_WEB, head=SLOW, route='limits slow;',
                                  web=web.port))
        with Client(g.port) as c:
            c.send('GET / HTTP/1.1\r\nHos')
            m = c.answer()
            equal((m.status, m.get('connection')), (408, 'close'))
            check(c.at_end())
        g.wait_log('status=408 .*end=slow-head')
        with Client(g.port) as c:
            equal(c.ask().status, 200)
            check(c.at_end())
        g.wait_close('keep-alive')
        with Client(g.port) as c:
            check(c.at_end())
        g.wait_close('keep-alive', 2)
        with Client(g.port) as c:
            c.send(POST + b'Content-Length: 5\r\n\r\n12')
            equal(c.answer().status, 408)
            check(c.at_end())
        g.wait_log('status=408 .*end=slow-body')


@test()
def too_much():
    """a body over the limit is 413, told in its head or found on the way;
    requests over the rate are 429, and the connection goes on"""
    with Stage() as s:
        web = s.origin(serve())
        g = s.gateway(site_policy(
            TO_WEB, head='limits slow { request-body 1KiB; }\n',
            route='limits slow;', web=web.port))
        with Client(g.port) as c:
            m = c.ask('POST / HTTP/1.1', 'Content-Length: 1024',
                      body=bytes(1024))
            equal(m.status, 200)
            m = c.ask('POST / HTTP/1.1', 'Content-Length: 1025')
            equal((m.status, m.get('connection')), (413, 'close'))
            check(c.at_end())
        with Client(g.port) as c:
            m = c.ask('POST / HTTP/1.1', 'Transfer-Encoding: chunked',
                      body=b'200\r\n%s\r\n201\r\n' % bytes(512))
            equal(m.status, 413)
            check(c.at_end())
        g.replace(site_policy(
            TO_WEB, head='limits slow { requests 1000/s, per-source 3/s; }\n',
            route='limits slow;', web=web.port))
        with Client(g.port) as c:
            got = [c.ask().status for _ in range(20)]
            check(got.count(200) >= 3 and got.count(429) > 5, got)
        g.wait_log('status=429 .*end=limited')


def hold(conn, origin, record):
    m = Reader(conn).message()
    if m is None:
        return
    origin.waiting.set()
    try:
        origin.gone = conn.recv(1) == b''
    except OSError:
        origin.gone = True


@test('waiting', 'body')
def leaves(when):
    """a client that resets is not waited for: its server hears of it"""
    def body(conn, origin, record):
        Reader(conn).until(b'\r\n\r\n')
        origin.waiting.set()
        try:
            while conn.recv(100):
                pass
            origin.gone = 'in order'
        except OSError:
            origin.gone = True
    with Stage() as s:
        web = s.origin(hold if when == 'waiting' else body)
        web.waiting = threading.Event()
        web.gone = None
        g = s.gateway(site_policy(TO_WEB, web=web.port))
        c = Client(g.port)
        c.send(GET11 + H + b'\r\n' if when == 'waiting' else
               POST + b'Content-Length: 100\r\n\r\n12')
        web.waiting.wait(DEADLINE)
        reset(c.sock)
        poll(lambda: web.gone, 'the server to hear of it')
        equal(web.gone, True)
        g.wait_log('end=client-left')


@test()
def half_closed():
    """a client that has said its last gets its answer, and then the end"""
    if '--gnutls-records' in os.environ.get('TLSD_OPTIONS', ''):
        raise Skip('GnuTLS gives up a session whose input was cut')
    with Stage() as s:
        web = s.origin(serve())
        g = s.gateway(site_policy(TO_WEB, web=web.port))
        for _ in range(20):
            with Client(g.port) as c:
                c.send((GET11 + H + b'\r\n') * 2)
                # Without close_notify: the socket below.
                with socket.socket(fileno=os.dup(c.sock.fileno())) as raw:
                    raw.shutdown(socket.SHUT_WR)
                equal(c.answer().status, 200)
                equal(c.answer().status, 200)
                check(c.at_end())


run()
