#!/usr/bin/python3
"""Several servers of a backend."""
from edge import *
from tap import *

ROUTE = route('a.example.com', 'passthrough to web')


def named(stage, letter):
    def talk(conn, origin, record):
        record += conn.recv(65536)
        conn.sendall(letter)
        Origin.sink(conn, origin, record)
    return stage.origin(talk)


def ask(port):
    c = connect(port)
    c.sendall(hello('a.example.com'))
    return c, c.recv(1).decode()


@test()
def round_robin():
    """round-robin with weights"""
    with Stage() as s:
        a, b = named(s, b'a'), named(s, b'b')
        g = s.gateway(policy(ROUTE, web=server(a.port, ' weight 3')
                             + server(b.port) + 'balance round-robin;'))
        seen = ''
        for _ in range(40):
            c, letter = ask(g.port)
            c.close()
            seen += letter
        equal((seen.count('a'), seen.count('b')), (30, 10), seen)


@test()
def least_connections():
    """the server with fewer connections gets the next"""
    with Stage() as s:
        a, b = named(s, b'a'), named(s, b'b')
        g = s.gateway(policy(ROUTE, web=server(a.port) + server(b.port)
                             + 'balance least-connections;'))
        kept = [ask(g.port) for _ in range(10)]
        seen = ''.join(letter for _, letter in kept)
        equal((seen.count('a'), seen.count('b')), (5, 5), seen)
        for c, letter in kept:
            if letter == 'a':
                c.close()
        g.wait_close('done', 5)
        more = [ask(g.port) for _ in range(5)]
        equal(''.join(letter for _, letter in more), 'aaaaa')


@test()
def retry():
    """a dead server is stepped over before the first byte"""
    with Stage() as s:
        a = named(s, b'a')
        g = s.gateway(policy(ROUTE, web=server(free_port())
                             + server(a.port)))
        for _ in range(10):
            c, letter = ask(g.port)
            c.close()
            equal(letter, 'a')


@test()
def unix():
    """a unix socket"""
    with Stage() as s:
        path = s.path('web.sock')
        u = socket.socket(socket.AF_UNIX)
        u.bind(path)
        os.chmod(path, 0o666)   # tests as root: workers are nobody
        u.listen()
        g = s.gateway(policy(ROUTE, web='server unix:"%s";' % path))
        with connect(g.port) as c:
            sent = hello('a.example.com')
            c.sendall(sent)
            conn, _ = u.accept()
            equal(conn.recv(65536), sent)
            conn.sendall(b'ok')
            equal(c.recv(2), b'ok')
            conn.close()
        u.close()


@test()
def host_name():
    """a host name is resolved"""
    with Stage() as s:
        o = s.origin(Origin.echo)
        # The test's own address has no name; localhost is 127.0.0.1.
        r = Origin(Origin.echo, addr='127.0.0.1')
        s.add(r)
        g = s.gateway(policy(ROUTE, web='server localhost:%d;' % r.port))
        with connect(g.port) as c:
            sent = hello('a.example.com')
            equal(exchange(c, sent, len(sent)), sent)


@test('v1', 'v2')
def proxy_header(version):
    """PROXY protocol towards the server"""
    with Stage() as s:
        o = s.origin(Origin.sink)
        g = s.gateway(policy(ROUTE, web=server(o.port)
                             + 'proxy-protocol %s;' % version))
        first = hello('a.example.com')
        with connect(g.port) as c:
            addr, mine = c.getsockname()
            c.sendall(first)
            poll(lambda: o.received and bytes(o.received[-1]).endswith(first),
                 'the hello')
            head = bytes(o.received[-1])[:-len(first)]
        if version == 'v1':
            equal(head, ('PROXY TCP4 %s %s %d %d\r\n' % (
                addr, ADDR, mine, g.port)).encode())
        else:
            equal(head[:14], b'\r\n\r\n\0\r\nQUIT\n\x21\x11')
            equal(head[16:28], socket.inet_aton(addr)
                  + socket.inet_aton(ADDR) + mine.to_bytes(2, 'big') + g.port.to_bytes(2, 'big'))


@test()
def accept_proxy():
    """PROXY header from trusted sources only, in any pieces"""
    with Stage() as s:
        o = s.origin(Origin.echo)
        text = policy('route r sni "a.example.com" {'
                      ' when source in { 203.0.113.0/24 } passthrough to web;'
                      ' otherwise reject access-denied; }',
                      front='accept-proxy from { 127.0.0.0/8 };', web=o.port)
        g = s.gateway(text)
        head = b'PROXY TCP4 203.0.113.9 192.0.2.1 4000 443\r\n'
        first = hello('a.example.com')
        for pieces in ([head + first], [head, first],
                       [head[i:i + 1] for i in range(len(head))] + [first]):
            with connect(g.port) as c:
                for p in pieces:
                    c.sendall(p)
                    time.sleep(0.001)
                equal(exchange(c, b'', len(first)), first, pieces[0])
        for bad in (first, b'PROXY nonsense\r\n' + first):
            with connect(g.port) as c:
                c.sendall(bad)
                try:
                    check(read_all(c) == b'', 'answered')
                except ConnectionResetError:
                    pass
        g.wait_close('proxy-header', 2)


@test('v1', 'v2')
def proxy_mixed(version):
    """an IPv4 client before an IPv6 destination, as balancers write it"""
    with Stage() as s:
        o = s.origin(Origin.sink)
        g = s.gateway(policy(
            'route r sni "a.example.com" {'
            ' when source in { 203.0.113.0/24 } passthrough to web;'
            ' otherwise reject access-denied; }',
            front='accept-proxy from { 127.0.0.0/8 };',
            web=server(o.port) + 'proxy-protocol %s;' % version))
        head = b'PROXY TCP6 ::ffff:203.0.113.9 2001:db8::1 4000 443\r\n'
        first = hello('a.example.com')
        with connect(g.port) as c:
            c.sendall(head + first)
            poll(lambda: o.received and bytes(o.received[-1]).endswith(first),
                 'the hello')
        seen = bytes(o.received[-1])[:-len(first)]
        if version == 'v1':
            equal(seen, head)
        else:
            equal((seen[13], seen[16:52]), (
                0x21, socket.inet_pton(socket.AF_INET6, '::ffff:203.0.113.9')
                + socket.inet_pton(socket.AF_INET6, '2001:db8::1')
                + (4000).to_bytes(2, 'big') + (443).to_bytes(2, 'big')))
        g.wait_log('source=203.0.113.9:4000 ')


@test()
def proxy_forged():
    """a PROXY header is refused from everybody else, in any pieces"""
    with Stage() as s:
        o = s.origin(Origin.echo)
        g = s.gateway(policy(ROUTE, front='accept-proxy from { 127.0.0.9 };',
                             malformed='passthrough to web', web=o.port))
        plain = s.gateway(policy(ROUTE, malformed='passthrough to web',
                                 web=o.port), table='plain.bin')
        v1 = b'PROXY TCP4 203.0.113.9 192.0.2.1 4000 443\r\n'
        v2 = b'\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c' + bytes(12)
        first = hello('a.example.com')
        for gate in (g, plain):
            for pieces in ([v1 + first], [v2 + first],
                           [v1[i:i + 1] for i in range(len(v1))],
                           [v2[i:i + 1] for i in range(len(v2))]):
                with connect(gate.port) as c:
                    try:
                        for p in pieces:
                            c.sendall(p)
                            time.sleep(0.001)
                        check(read_all(c) == b'', 'answered')
                    except OSError:
                        pass
            gate.wait_close('proxy-header', 4)
            for other in (b'POST / HTTP/1.1\r\n', b'PROXIMITY', b'\r\n\r\nx'):
                with connect(gate.port) as c:   # begins alike, but is none
                    for i in range(len(other)):
                        c.sendall(other[i:i + 1])
                    equal(exchange(c, b'', len(other)), other)
        # Behind a header that is accepted, too.
        with socket.create_connection((ADDR, g.port), DEADLINE,
                                      ('127.0.0.9', 0)) as c:
            c.sendall(v1 + v1 + first)
            try:
                check(read_all(c) == b'', 'answered')
            except ConnectionResetError:
                pass
        g.wait_close('proxy-header', 5)
        check(all(b'PROXY ' not in r and b'QUIT' not in r
                  for r in o.received), o.received)


def tlvs(data):
    found = {}
    while data:
        size = int.from_bytes(data[1:3], 'big')
        found[data[0]] = data[3:3 + size]
        data = data[3 + size:]
    return found


def v2_header(data):
    """(command and family, addresses, TLVs, what follows)."""
    equal(data[:12], b'\r\n\r\n\0\r\nQUIT\n')
    end = 16 + int.from_bytes(data[14:16], 'big')
    size = {0x11: 12, 0x21: 36, 0: 0}[data[13]]
    return (data[12:14], data[16:16 + size], tlvs(data[16 + size:end]),
            data[end:])


@test()
def proxy_tlvs():
    """v2 says what was negotiated: name, ALPN, version, suite, client"""
    with Stage() as s:
        o = s.origin(Origin.sink)
        g = s.gateway(policy(
            route('shop.example.com', 'offload to web', 'certificate shop;',
                  'client-auth ca "%s" require;' % cert('ca'),
                  'alpn = "http/1.1";'),
            head=certificate('shop'),
            web=server(o.port) + 'proxy-protocol v2;'))
        context = client_context('1.3', alpn=['http/1.1'],
                                 client='client')
        with tls_connect(g.port, 'shop.example.com', context) as c:
            c.sendall(b'data')
            poll(lambda: o.received and bytes(o.received[-1])
                 .endswith(b'data'), 'the header and data')
            suite = c.cipher()[0]
        kind, addresses, found, rest = v2_header(bytes(o.received[-1]))
        equal(rest, b'data')
        equal(kind, b'\x21\x11')
        equal(found[1], b'http/1.1')
        equal(found[2], b'shop.example.com')
        ssl_facts = found[0x20]
        equal(ssl_facts[0], 7)   # TLS, a certificate here and now
        equal(ssl_facts[1:5], bytes(4))
        inner = tlvs(ssl_facts[5:])
        equal(inner[0x21], b'TLSv1.3')
        equal(inner[0x23], suite.encode())
        check(len(inner[0x22]) > 0, inner)


@test()
def proxy_through():
    """a header that came in goes out with the same addresses"""
    with Stage() as s:
        o = s.origin(Origin.sink)
        g = s.gateway(policy(ROUTE, front='accept-proxy from { 127.0.0.0/8 }'
                             ';', web=server(o.port) + 'proxy-protocol v2;'))
        first = hello('a.example.com')
        for n, (head, want) in enumerate((
                (b'PROXY TCP4 203.0.113.9 192.0.2.1 4000 443\r\n',
                 (b'\x21\x11', socket.inet_aton('203.0.113.9')
                  + socket.inet_aton('192.0.2.1') + b'\x0f\xa0\x01\xbb')),
                (b'PROXY TCP6 2001:db8::9 2001:db8::1 4000 443\r\n',
                 (b'\x21\x21', socket.inet_pton(socket.AF_INET6,
                  '2001:db8::9') + socket.inet_pton(
                      socket.AF_INET6, '2001:db8::1')
                  + b'\x0f\xa0\x01\xbb'))), 1):
            with connect(g.port) as c:
                c.sendall(head + first)
                poll(lambda: len(o.received) == n and
                     bytes(o.received[-1]).endswith(first), 'the hello')
            kind, addresses, found, rest = v2_header(bytes(o.received[-1]))
            equal((kind, addresses), want)
            equal(found[2], b'a.example.com')
            equal(rest, first)

run()
