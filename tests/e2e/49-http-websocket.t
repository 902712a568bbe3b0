#!/usr/bin/python3
"""HTTP/1.1: a websocket is agreed on by a server, and relayed from there on."""
from http1 import *
from tap import *

TO_WEB = 'path under "/" { to web; }'
FIELDS = ('Connection: Upgrade', 'Upgrade: websocket',
          'Sec-WebSocket-Version: 13',
          'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==')
YES = b'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n' \
    b'Connection: Upgrade\r\nSec-WebSocket-Accept: x\r\nServer: web\r\n\r\n'


def socket_server(conn, origin, record):
    """Agrees, and says something at once; then it echoes."""
    r = Reader(conn)
    m = r.message()
    if m is None:
        return
    origin.request = m
    conn.sendall(YES + b'first')
    record += r.early
    conn.sendall(r.early)
    while True:
        data = conn.recv(65536)
        if not data:
            conn.sendall(b'bye')
            return
        record += data
        conn.sendall(data)


@test('offload', 'bridge')
def agreed(mode):
    """both sides' early octets, much, and both ends come through"""
    with Stage() as s:
        web = s.origin(socket_server,
                       tls='backend' if mode == 'bridge' else None)
        g = s.gateway(site_policy(TO_WEB, mode=mode, web=server(web.port) + (
            ' tls { verify ca "%s" name "api.internal"; }' % cert('ca')
            if mode == 'bridge' else '')))
        with Client(g.port) as c:
            c.send('GET /chat HTTP/1.1\r\nHost: %s\r\n%s\r\n\r\nearly' % (
                NAME, '\r\n'.join(FIELDS)))
            m = c.answer(interim=True)
            equal((m.status, m.get('upgrade'), m.get('connection'),
                   m.get('sec-websocket-accept'), m.get('server')),
                  (101, 'websocket', 'upgrade', 'x', 'web'))
            equal(c.exactly(10), b'firstearly')
            r = web.request
            equal((r.get('upgrade'), r.get('connection'),
                   r.get('sec-websocket-version')),
                  ('websocket', 'upgrade', '13'))
            data = bytes(range(256)) * 8192
            equal(exchange(c.sock, data, len(data)), data)
            if mode == 'offload':
                c.sock.unwrap
        g.wait_log('status=101 .*end=switched')
        g.wait_close('client-truncated')


@test()
def refused():
    """a server that does not agree answers, and the connection goes on"""
    with Stage() as s:
        web = s.origin(serve(reply(b'no', status='403 Forbidden')))
        g = s.gateway(site_policy(TO_WEB, web=web.port))
        with Client(g.port) as c:
            for _ in range(2):
                equal(c.ask('GET / HTTP/1.1', *FIELDS).status, 403)


OTHER = {
    'h2c': ('GET / HTTP/1.1', ('Connection: Upgrade, HTTP2-Settings',
                               'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk')),
    'POST': ('POST / HTTP/1.1', FIELDS + ('Content-Length: 0',)),
    'no Connection': ('GET / HTTP/1.1', FIELDS[1:]),
    '1.0': ('GET / HTTP/1.0', FIELDS + ('Connection: keep-alive',)),
    'two': ('GET / HTTP/1.1', ('Connection: Upgrade',
                               'Upgrade: websocket, h2c')),
}


@test(*OTHER)
def not_asked(kind):
    """what is no request for a websocket reaches the server without Upgrade,
    and an unasked 101 is a 502"""
    line, fields = OTHER[kind]
    with Stage() as s:
        web = s.origin(serve(lambda m: YES if '/101' in m.line else None))
        g = s.gateway(site_policy(TO_WEB, web=web.port))
        with Client(g.port) as c:
            m = c.ask(line, *fields)
            equal(m.status, 200)
            r = web.requests[0]
            equal((r.get('upgrade'), r.get('connection'),
                   r.get('http2-settings')), (None, None, None))
            m = c.ask(line.replace(' / ', ' /101 '), *fields)
            equal(m.status, 502)
            check(c.at_end())


run()
