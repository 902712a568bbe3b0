#!/usr/bin/python3
"""Who can take only short records gets short ones: record_size_limit (RFC 8449)
and max_fragment_length (RFC 6066 4), kept in every record on the wire."""
from edge import *
from rawtls import u16
from tap import *
import pki
import tls13

BIG = b'0123456789abcde\n' * 16384 + b'the end\n'   # 256 KiB
ROUTE = route('shop.example.com', 'offload to web')
# What a record of TLS 1.2 and AES-GCM has beside the plaintext, and one of
# TLS 1.3 beside the inner plaintext, whose content type the limit counts.
OVERHEAD = {'1.2': 8 + 16, '1.3': 16}


class Tap:
    """A relay that keeps what went by: up and down, as lists of records."""

    def __init__(self, stage, port):
        self.to = port
        self.up, self.down = bytearray(), bytearray()
        self.listener = socket.socket()
        self.listener.bind((ADDR, 0))
        self.listener.listen(16)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()
        stage.add(self)

    def accept(self):
        while True:
            try:
                c, _ = self.listener.accept()
            except OSError:
                return
            s = connect(self.to)
            for a, b, kept in ((c, s, self.up), (s, c, self.down)):
                threading.Thread(target=self.relay, args=(a, b, kept),
                                 daemon=True).start()

    @staticmethod
    def relay(a, b, kept):
        try:
            while True:
                data = a.recv(65536)
                if not data:
                    break
                kept += data
                b.sendall(data)
        except OSError:
            pass
        with contextlib.suppress(OSError):
            b.shutdown(socket.SHUT_WR)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def sizes(octets):
    """The lengths of the application data records."""
    found, at = [], 0
    while at + 5 <= len(octets):
        n = int.from_bytes(octets[at + 3:at + 5], 'big')
        if octets[at] == 23:
            found.append(n)
        at += 5 + n
    return found


def fetch(form, client, version, ask, most):
    """A client that asks for short records fetches a page."""
    with Stage() as s:
        o = s.origin(text=BIG)
        g = s.gateway(policy(ROUTE, web=o.port, head=certificate('shop'),
                             front='certificate shop;'), form)
        t = Tap(s, g.port)
        code, out = client(t.port, 'shop.example.com', version, *ask,
                           send=GET, until='the end')
        check(code == 0, out[-2000:])
        poll(lambda: len(t.down) > len(BIG), 'the answer on the wire')
        got = sizes(t.down)
        check(max(got) <= most + OVERHEAD[version], max(got))
        # Full ones, not ones of an octet.
        check(got.count(most + OVERHEAD[version]) > len(BIG) // most - 3,
              most, max(got), len(got))


@test('splice', 'gnutls')
def record_size_limit(form):
    """a GnuTLS client that asks for 512, 1024 and 4000 octets"""
    for version in VERSIONS:
        for n in (512, 1024, 4000):
            fetch(form, gnutls_cli, version, ('--recordsize=%d' % n,),
                  n + (version == '1.3'))


@test('splice', 'gnutls')
def max_fragment_length(form):
    """an OpenSSL client that asks for 512 and 4096 octets"""
    for version in VERSIONS:
        for n in (512, 4096):
            fetch(form, s_client, version, ('-maxfraglen', str(n)),
                  n + (version == '1.3'))


def hello_with(extension):
    """The hello of a TLS 1.3 client with one more extension."""
    h = hello('shop.example.com', '1.3')
    body = h[9:]
    at = 34
    at += 1 + body[at]
    at += 2 + int.from_bytes(body[at:at + 2], 'big')
    at += 1 + body[at]
    extensions = extension + body[at + 2:]
    body = body[:at] + len(extensions).to_bytes(2, 'big') + extensions
    message = b'\x01' + len(body).to_bytes(3, 'big') + body
    return b'\x16\x03\x01' + len(message).to_bytes(2, 'big') + message


@test()
def nonsense():
    """a limit that is none is refused, one that is small is not"""
    with Stage() as s:
        o = s.origin()
        g = s.gateway(policy(ROUTE, web=o.port, head=certificate('shop'),
                             front='certificate shop;'))
        for value, wanted in ((b'\x00\x3f', 47), (b'\x00', 50),
                              (b'\x00\x01\x00', 50), (b'', 50),
                              (b'\x00\x40', None), (b'\xff\xff', None)):
            with connect(g.port) as c:
                c.sendall(hello_with(b'\x00\x1c' + len(value).to_bytes(
                    2, 'big') + value))
                got = c.recv(7)
                equal(alert(got), wanted, value)
                if not wanted:
                    equal(got[0], 22)


@test(*VERSIONS)
def to_a_server(version):
    """a server that asks for short records gets short ones"""
    with Stage() as s:
        o = s.gnutls_server('backend', '--echo', '--recordsize=1024',
                            '--priority', 'NORMAL:-VERS-ALL:+VERS-TLS'
                            + version)
        t = Tap(s, o.port)
        g = s.gateway(policy(
            route('shop.example.com', 'bridge to web'),
            head=certificate('shop'), front='certificate shop;',
            web=server(t.port)
            + ' tls { verify ca "%s" name "api.internal"; }' % cert('ca')))
        with tls_connect(g.port, 'shop.example.com') as c:
            # The server's ticket comes before the first answer; what is
            # behind it is sealed by our own record layer.
            for n in (1, 4096):
                sent = b'0123456789abcde\n' * n
                equal(exchange(c, sent, len(sent)), sent)
        got = sizes(t.up)
        most = 1024 + OVERHEAD[version] + (version == '1.3')
        check(max(got) <= most, max(got), most)
        check(got.count(most) >= len(sent) // 1024 // 2, got[:40])


@test('splice', 'gnutls')
def smallest_of_a_client(form):
    """TLS 1.3: a limit below GnuTLS's own, from the first sealed record on"""
    with Stage() as s:
        g = s.gateway(policy(ROUTE, web=s.origin(Origin.echo).port,
                             head=certificate('shop'),
                             front='certificate shop;'), form)
        for limit in (64, 65, 200, 511):
            with connect(g.port) as c:
                p = tls13.Client(c)
                p.start('shop.example.com', e28=u16(limit))
                p.finish(behind=bytes(3000))
                p.data(3000)
                equal(p.longest, limit)


@test()
def too_many_records():
    """a chain that fits no flight of so short records: the log says why"""
    with Stage() as s:
        pair = pki.issue(s, 'long', 'cn = "shop.example.com"',
                         'dns_name = "shop.example.com"', *(
                             'dns_name = "tenant-%03d.example.com"' % i
                             for i in range(100)),
                         'tls_www_server', 'signing_key')
        g = s.gateway(policy(
            ROUTE, web=s.origin(Origin.echo).port,
            head='certificate shop { chain "%s"; key "%s"; }\n' % pair,
            front='certificate shop;'))
        with connect(g.port) as c:
            with contextlib.suppress(OSError):
                tls13.Client(c).start('shop.example.com', e28=u16(64))
            g.wait_log('close=handshake-failed detail="a handshake flight would '
                       'need too many records of the size that the peer asks')


@test('splice', 'gnutls')
def smallest_of_a_server(form):
    """TLS 1.3: the same of a bridge's server; less than 64 is refused"""
    def talk(conn, origin, record):
        p = tls13.Server(conn)
        p.accept(tls13.identity('backend'),
                 extensions=u16(28, 2, limits[-1]))
        p.data(3000)
        longest.append(p.longest)
        p.say(b'ok')
        p.data(1 << 20)
    limits, longest = [], []
    with Stage() as s:
        g = s.gateway(policy(
            route('shop.example.com', 'bridge to web'),
            head=certificate('shop'), front='certificate shop;',
            web=server(s.origin(talk).port)
            + ' tls { verify ca "%s" name "api.internal"; }' % cert('ca')),
            form)
        for limit in (64, 65, 200, 511):
            limits.append(limit)
            with tls_connect(g.port, 'shop.example.com') as c:
                c.sendall(bytes(3000))
                equal(c.recv(2), b'ok')
            equal(longest[-1], limit)
        for limit in (0, 1, 63):
            limits.append(limit)
            try:
                tls_connect(g.port, 'shop.example.com').close()
                check(False, limit)
            except ssl.SSLError:
                pass
        g.wait_close('backend-handshake', 3)


run()
