#!/usr/bin/python3
"""The end of a decrypted connection is honest."""
from edge import *
from tap import *

SHOP = route('shop.example.com', 'offload to web', 'certificate shop;')
HEAD = certificate('shop')


@test(*VERSIONS)
def client_ends(version):
    """close_notify becomes FIN; what the server still says arrives"""
    def answer_at_end(conn, origin, record):
        Origin.sink(conn, origin, record)
        conn.sendall(b'got %d' % len(record))
    with Stage() as s:
        o = s.origin(answer_at_end)
        g = s.gateway(policy(SHOP, head=HEAD, web=o.port))
        # gnutls-cli sends close_notify at the end of its input and reads on.
        with tls_connect(g.port, 'shop.example.com',
                         client_context(version)) as c:
            c.sendall(bytes(1000))
            poll(lambda: o.received and len(o.received[-1]) == 1000, 'data')
            c.settimeout(DEADLINE)
            try:
                c.unwrap()
            except (ssl.SSLError, OSError):
                pass   # data after our close_notify: OpenSSL objects
        poll(lambda: not o.errors, 'an orderly end')
        g.wait_close('done')


@test(*VERSIONS)
def server_ends(version):
    """the server's FIN becomes close_notify"""
    with Stage() as s:
        o = s.origin(lambda conn, origin, record: conn.sendall(b'bye'))
        g = s.gateway(policy(SHOP, head=HEAD, web=o.port))
        with tls_connect(g.port, 'shop.example.com',
                         client_context(version)) as c:
            equal(read_all(c), b'bye')   # without close_notify: an exception


@test(*VERSIONS)
def client_truncates(version):
    """FIN without close_notify is a reset at the server, not an end"""
    with Stage() as s:
        o = s.origin(Origin.echo)
        g = s.gateway(policy(SHOP, head=HEAD, web=o.port))
        g.wait_close('hello-eof')   # the stage's look whether it listens
        before = g.failures()
        c = tls_connect(g.port, 'shop.example.com', client_context(version))
        c.sendall(b'half a req')
        equal(c.recv(100), b'half a req')
        c.shutdown(socket.SHUT_RDWR)   # the socket's: no close_notify
        c.close()
        poll(lambda: o.errors, 'the reset at the server')
        check(isinstance(o.errors[-1], ConnectionResetError), o.errors)
        g.wait_close('client-truncated')
        # Browsers end so: it is no failure in the counts.
        equal(g.failures(), before)


@test(*VERSIONS)
def server_resets(version):
    """a server's RST does not look like a clean end"""
    def reset_it(conn, origin, record):
        conn.sendall(b'part')
        conn.recv(1)
        reset(conn)
    with Stage() as s:
        o = s.origin(reset_it)
        g = s.gateway(policy(SHOP, head=HEAD, web=o.port))
        with tls_connect(g.port, 'shop.example.com',
                         client_context(version)) as c:
            equal(c.recv(4), b'part')
            c.sendall(b'x')
            try:
                equal(c.recv(4), None, 'a clean end')
            except (ssl.SSLError, ConnectionResetError):
                pass
        g.wait_close('backend-reset')


@test(*VERSIONS)
def no_server(version):
    """no server: an alert"""
    with Stage() as s:
        g = s.gateway(policy(SHOP, head=HEAD, web=free_port()))
        code, out = s_client(g.port, 'shop.example.com', version)
        check('alert number' in out or 'alert internal error' in out, out)
        g.wait_close('connect-failed')


@test(*VERSIONS)
def answer_and_reset(version):
    """a last answer is not lost in the reset behind it"""
    def answer(conn, origin, record):
        record += conn.recv(1)   # what is left unread makes close a reset
        with g.held():
            conn.sendall(b'answer')
            conn.close()
    with Stage() as s:
        o = s.origin(answer)
        g = s.gateway(policy(SHOP, head=HEAD, web=o.port))
        with tls_connect(g.port, 'shop.example.com',
                         client_context(version)) as c:
            c.sendall(b'question')
            equal(c.recv(6), b'answer')
            g.wait_close('backend-reset')

@test(*VERSIONS)
def client_resets_after_end(version):
    """a client that closes with our close_notify unread is no failure"""
    with Stage() as s:
        o = s.origin(lambda conn, origin, record: conn.sendall(b'bye'))
        g = s.gateway(policy(SHOP, head=HEAD, web=o.port))
        g.wait_close('hello-eof')
        before = g.failures()
        c = tls_connect(g.port, 'shop.example.com', client_context(version))
        equal(c.recv(3), b'bye')
        with socket.socket(fileno=os.dup(c.fileno())) as wire:
            wire.settimeout(DEADLINE)
            equal(len(wire.recv(1, socket.MSG_PEEK)), 1, 'close_notify')
        reset(c)
        g.wait_log(r"close=(done|client-reset detail=.after the other)")
        equal(g.failures(), before)


@test()
def nagle():
    """a TLS 1.3 client's first request does not wait for an acknowledgement"""
    with Stage() as s:
        o = s.origin(Origin.echo)
        g = s.gateway(policy(SHOP, head=HEAD, web=o.port))
        context = client_context('1.3')

        def ask():
            with tls_connect(g.port, 'shop.example.com', context) as c:
                c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 0)
                c.sendall(b'x')
                equal(c.recv(1), b'x')
        none_delayed(ask)

run()
