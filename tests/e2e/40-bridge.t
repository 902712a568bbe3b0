#!/usr/bin/python3
"""Bridge: TLS on both legs, the server verified."""
from edge import *
from tap import *

HEAD = certificate('api') + certificate('shop')
API = route('api.example.com', 'bridge to web', 'certificate api;')


def web(port, more='', ca='ca', name='api.internal'):
    return server(port) + ' tls { profile intermediate; verify ca "%s" ' \
        'name "%s"; %s }' % (cert(ca), name, more)


@test('openssl_server', 'gnutls_server', 'nginx')
def clients(kind):
    """curl, openssl and gnutls-cli to a foreign TLS server"""
    with Stage() as s:
        o = getattr(s, kind)('backend')
        g = s.gateway(policy(API, head=HEAD, web=web(o.port)))
        wanted = {'nginx': 'nginx saw https .* sni=api.internal',
                  'openssl_server': '(?i)<html',
                  'gnutls_server': '(?i)<html'}[kind]
        fetch_with_each(g.port, 'api.example.com', wanted)


@test(*VERSIONS)
def seen(version):
    """SNI and ALPN reach the server"""
    with Stage() as s:
        o = s.origin(tls=('backend', {'alpn': ['h2', 'http/1.1'],
                                      'version': version}))
        g = s.gateway(policy(
            route('api.example.com', 'bridge to web', 'certificate api;',
                  'alpn = "http/1.1";'), head=HEAD, web=web(o.port)))
        with tls_connect(g.port, 'api.example.com',
                         client_context(alpn=['http/1.1'])) as c:
            equal(get(c), 'hello\n')
            equal(c.selected_alpn_protocol(), 'http/1.1')
        equal(o.tls_seen[-1], ['api.internal', 'http/1.1', 'TLSv' + version])


@test(*VERSIONS)
def bulk(version):
    """megabytes there and back"""
    with Stage() as s:
        o = s.origin(tls=('backend', {'version': version}))
        o.text = os.urandom(1 << 20).hex().encode()
        g = s.gateway(policy(API, head=HEAD, web=web(o.port)))
        with tls_connect(g.port, 'api.example.com') as c:
            for _ in range(3):
                equal(get(c) == o.text.decode(), True)


@test('untrusted', 'wrongname', 'expired', 'selfsigned')
def unverified(name):
    """a server that cannot be verified: an alert, and not one byte"""
    with Stage() as s:
        o = s.origin(tls=name)
        g = s.gateway(policy(API, head=HEAD, web=web(o.port)))
        code, out = s_client(g.port, 'api.example.com', '1.3', send=GET,
                             until='hello')
        check('alert' in out and 'hello' not in out, out)
        check(all(not r for r in o.received), o.received)
        g.wait_close('backend-unverified')


@test()
def not_tls():
    """a server that speaks no TLS"""
    with Stage() as s:
        o = s.origin(lambda c, origin, r: c.sendall(b'220 hello\r\n' * 9))
        g = s.gateway(policy(API, head=HEAD, web=web(o.port)))
        code, out = s_client(g.port, 'api.example.com', '1.3', send=GET,
                             until='hello')
        check('alert' in out, out)
        g.wait_close('backend-handshake')


@test(*VERSIONS)
def server_truncates(version):
    """a server's FIN without close_notify is no clean end for the client"""
    def cut(conn, origin, record):
        conn.sendall(b'part')
        conn.recv(1)
        conn.shutdown(socket.SHUT_RDWR)
    with Stage() as s:
        o = s.origin(cut, tls=('backend', {'version': version}))
        g = s.gateway(policy(API, head=HEAD, web=web(o.port)))
        with tls_connect(g.port, 'api.example.com') as c:
            equal(c.recv(4), b'part')
            c.sendall(b'x')
            try:
                equal(c.recv(4), None, 'a clean end')
            except (ssl.SSLError, ConnectionResetError):
                pass
        g.wait_close('backend-truncated')


@test(*VERSIONS)
def server_ends_after_client(version):
    """a bare FIN in answer to the client's close_notify is no failure"""
    def answer(conn, origin, record):
        Origin.sink(conn, origin, record)
        conn.shutdown(socket.SHUT_RDWR)
    with Stage() as s:
        o = s.origin(answer, tls=('backend', {'version': version}))
        g = s.gateway(policy(API, head=HEAD, web=web(o.port)))
        g.wait_close('hello-eof')   # the stage's look whether it listens
        before = g.failures()
        with tls_connect(g.port, 'api.example.com') as c:
            c.sendall(b'x')
            poll(lambda: o.received and o.received[-1], 'the octet')
            c.settimeout(DEADLINE)
            try:
                c.unwrap()
            except OSError:
                pass
        g.wait_close('backend-truncated detail="after the other')
        equal(g.failures(), before)


@test(*VERSIONS)
def in_order(version):
    """close_notify on one leg is close_notify on the other"""
    def bye(conn, origin, record):
        conn.sendall(b'bye')
        conn.unwrap()
    with Stage() as s:
        o = s.origin(bye, tls=('backend', {'version': version}))
        g = s.gateway(policy(API, head=HEAD, web=web(o.port)))
        with tls_connect(g.port, 'api.example.com') as c:
            equal(read_all(c), b'bye')
            c.unwrap()
        g.wait_close('done')


@test(*VERSIONS)
def client_just_leaves(version):
    """a client that answers close_notify with a bare FIN is not waited for"""
    def bye(conn, origin, record):
        conn.sendall(b'bye')
        try:
            conn.unwrap()
        finally:
            origin.left = True
    with Stage() as s:
        o = s.origin(bye, tls=('backend', {'version': version}))
        o.left = False
        g = s.gateway(policy(API, head=HEAD, web=web(o.port)))
        with tls_connect(g.port, 'api.example.com') as c:
            equal(read_all(c), b'bye')
        end = time.monotonic() + DEADLINE / 2
        while not o.left:
            check(time.monotonic() < end, 'the server still waits')
            time.sleep(0.01)
        g.wait_close('(done|client-truncated)')

run()
