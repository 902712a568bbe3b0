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

run()
