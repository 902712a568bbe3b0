#!/usr/bin/python3
"""Broken and hostile TLS towards a terminating route."""
from edge import *
from tap import *

SHOP = route('shop.example.com', 'offload to web', 'certificate shop;')
HEAD = certificate('shop')
LAYERS = ('own', 'gnutls')   # record layers


class Raw:
    """A TLS client whose records can be taken in hand."""

    def __init__(self, port, context=None, name='shop.example.com'):
        self.sock = connect(port)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = (context or client_context()).wrap_bio(
            self.incoming, self.outgoing, server_hostname=name)

    def handshake(self):
        while True:
            try:
                self.tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self.sock.sendall(self.outgoing.read())
                self.feed()
        self.sock.sendall(self.outgoing.read())
        return self

    def feed(self):
        data = self.sock.recv(65536)
        if data:
            self.incoming.write(data)
        else:
            self.incoming.write_eof()
        return data

    def records(self, *texts):
        """The wire's octets of these texts, a record each."""
        for text in texts:
            self.tls.write(text)
        return self.outgoing.read()

    def read(self, n):
        data = b''
        while len(data) < n:
            try:
                data += self.tls.read(n - len(data))
            except ssl.SSLWantReadError:
                if not self.feed():
                    break
        return data


def offload(s, form, handler=Origin.echo, head=HEAD, shop=SHOP):
    o = s.origin(handler)
    return o, s.gateway(policy(shop, head=head, web=o.port), form)


def wait_taken(o, count=1):
    """A connection that is reset before the server takes it is never seen."""
    poll(lambda: len(o.received) >= count, 'the connection at the server')


def wait_reset(o):
    poll(lambda: o.errors, 'the reset at the server')
    check(isinstance(o.errors[-1], ConnectionResetError), o.errors)


@test(*LAYERS)
def octets(form):
    """records in single octets, and many records in one segment"""
    with Stage() as s:
        o, g = offload(s, form)
        for version in VERSIONS:
            c = Raw(g.port, client_context(version)).handshake()
            for b in c.records(b'hello', b'there'):
                c.sock.sendall(bytes([b]))
            equal(c.read(10), b'hellothere')
            many = [bytes([i % 256]) for i in range(500)]
            c.sock.sendall(c.records(*many))
            equal(c.read(500), b''.join(many))
            c.sock.close()


@test(*LAYERS)
def corrupted(form):
    """a record that was tampered with: an alert, and a reset to the server"""
    with Stage() as s:
        o, g = offload(s, form)
        for version in VERSIONS:
            o.errors.clear()
            c = Raw(g.port, client_context(version)).handshake()
            data = bytearray(c.records(b'hello'))
            data[-1] ^= 1
            wait_taken(o, 1 + VERSIONS.index(version))
            c.sock.sendall(bytes(data))
            try:
                c.read(5)
                check(False, 'no alert')
            except ssl.SSLError as e:
                check('alert' in str(e), e)
            wait_reset(o)
            c.sock.close()
        g.wait_close('client-tls-error', 2)


@test(*LAYERS)
def garbage(form):
    """octets that are no records"""
    with Stage() as s:
        o, g = offload(s, form)
        c = Raw(g.port).handshake()
        wait_taken(o)
        c.sock.sendall(b'GET / HTTP/1.0\r\n\r\n' * 100)
        wait_reset(o)
        g.wait_close('client-tls-error')
        c.sock.close()


@test(*LAYERS)
def cut_record(form):
    """the end of the stream inside a record is no end"""
    with Stage() as s:
        o, g = offload(s, form)
        for version in VERSIONS:
            o.errors.clear()
            c = Raw(g.port, client_context(version)).handshake()
            wait_taken(o, 1 + VERSIONS.index(version))
            c.sock.sendall(c.records(b'whole', b'this one is cut')[:-3])
            c.sock.shutdown(socket.SHUT_WR)
            wait_reset(o)
            c.sock.close()
        g.wait_close('client-truncated', 2)


@test(*LAYERS)
def reset_by_client(form):
    """RST by the client is RST at the server"""
    with Stage() as s:
        o, g = offload(s, form)
        c = Raw(g.port).handshake()
        c.sock.sendall(c.records(b'hello'))
        equal(c.read(5), b'hello')
        reset(c.sock)
        wait_reset(o)
        g.wait_close('client-reset')


@test(*LAYERS)
def leaves_early(form):
    """a client that leaves in the middle of the handshake"""
    with Stage() as s:
        o, g = offload(s, form)
        with connect(g.port) as c:
            c.sendall(hello())
            c.recv(1)
        g.wait_close('handshake-failed|close=client-reset')


@test(*LAYERS)
def garbage_in_handshake(form):
    """octets that are no records instead of the client's Finished"""
    with Stage() as s:
        o, g = offload(s, form)
        with connect(g.port) as c:
            c.sendall(hello())
            c.recv(1)
            c.sendall(b'\0' * 1000)
            try:
                read_all(c)
            except ConnectionResetError:
                pass
        g.wait_close('handshake-failed')


@test(*LAYERS)
def renegotiation(form):
    """a client that asks for renegotiation does not get it"""
    with Stage() as s:
        o, g = offload(s, form, None)
        code, out = s_client(g.port, 'shop.example.com', '1.2',
                             '-legacy_renegotiation', send=b'R\nR\nR\n')
        check(out.count('CONNECTED') == 1, out)
        g.wait_log(r'\bclose=')
        with tls_connect(g.port, 'shop.example.com') as c:
            equal(get(c), 'hello\n')


@test(*LAYERS)
def key_update(form):
    """key updates by the client, with and without one in return"""
    with Stage() as s:
        o, g = offload(s, form)
        code, out = s_client(g.port, 'shop.example.com', '1.3',
                             send=b'one\nk\ntwo\nK\nthree\n', until='three')
        check('one' in out and 'two' in out and 'three' in out, out)
        check(b'three' in bytes(o.received[-1]), o.received[-1])


@test()
def other_name():
    """a second ClientHello that names another host"""
    with Stage() as s:
        o, g = offload(s, None)
        trap = Trap(g.port)
        s.add(trap)
        code, out = s_client(trap.port, 'shop.example.com', '1.3',
                             '-groups', 'P-521:X25519')
        g.wait_close('sni-changed')
        check(trap.changed, 'no second hello')


class Trap:
    """Forwards one connection to the gateway, changing the second flight."""

    def __init__(self, port):
        self.changed = False
        self.listener = socket.socket()
        self.listener.bind((ADDR, 0))
        self.listener.listen(1)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, args=(port,), daemon=True).start()

    def run(self, port):
        client, _ = self.listener.accept()
        gate = connect(port)
        gate.sendall(client.recv(65536))
        client.sendall(gate.recv(65536))
        second = client.recv(65536)
        changed = second.replace(b'shop.example.com', b'evil.example.com')
        self.changed = changed != second
        gate.sendall(changed)
        try:
            client.sendall(read_all(gate))
        except OSError:
            pass
        gate.close()
        client.close()

    def close(self):
        self.listener.close()


@test()
def exact_suites():
    """below TLS 1.3, no suite but the profile's, whatever GnuTLS would mix"""
    head = HEAD + ('profile odd extends intermediate { tls 1.2 .. 1.2; '
                   'ciphers = TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, '
                   'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384; }\n')
    shop = route('shop.example.com', 'offload to web',
                 'certificate shop; profile odd;')
    with Stage() as s:
        o, g = offload(s, None, None, head, shop)
        for suite, good in (('ECDHE-ECDSA-AES128-GCM-SHA256', True),
                            ('ECDHE-ECDSA-AES256-GCM-SHA384', False),
                            ('ECDHE-RSA-AES128-GCM-SHA256', False)):
            code, out = s_client(g.port, 'shop.example.com', '1.2',
                                 '-cipher', suite)
            equal('Cipher is ' + suite in out, good, out)
        g.wait_close('handshake-failed', 2)


@test(*VERSIONS)
def no_common_signature(version):
    """no certificate for the client's signature algorithms: the log says so"""
    with Stage() as s:
        o, g = offload(s, None, None, HEAD, route(
            'shop.example.com', 'offload to web', 'certificate shop;'))
        code, out = s_client(g.port, 'shop.example.com', version,
                             '-sigalgs', 'ed25519')
        check('alert handshake failure' in out, out)
        g.wait_close('handshake-failed '
                     'detail="no certificate for the client\'s signature')


@test()
def no_common_version():
    """a client below the profile's versions is told so"""
    with Stage() as s:
        o, g = offload(s, None, None, HEAD, route(
            'shop.example.com', 'offload to web',
            'certificate shop; profile modern;'))
        code, out = s_client(g.port, 'shop.example.com', '1.2')
        check('alert protocol version' in out, out)
        g.wait_close('handshake-failed')

run()
