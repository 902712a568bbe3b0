#!/usr/bin/python3
"""Servers that are silent, die, or say no: who is told what, who is left
out."""
from edge import *
from tap import *

FIRST = hello('a.example.com')
ROUTE = route('a.example.com', 'passthrough to web')
SHOP = route('shop.example.com', 'bridge to web', 'certificate shop;')
LEFT_OUT = 'note="server is ejected"'
SHORT = 'limits short { idle 300ms; handshake within 400ms; }\n'


def bridge(stage, *ports, more=''):
    return stage.gateway(policy(
        SHOP, head=certificate('shop') + SHORT, front='limits short;',
        web=''.join(server(p) for p in ports) +
        'tls { verify ca "%s" name "api.internal"; %s }' % (cert('ca'),
                                                            more)))


def silent(stage):
    """Accepts and never answers."""
    return stage.origin(Origin.sink)


@test()
def never_answers():
    """silence is the client's idle end, and counts against the server"""
    with Stage() as s:
        o = silent(s)
        g = s.gateway(policy(ROUTE, head=SHORT, front='limits short;',
                             web=o.port))
        for _ in range(5):
            with connect(g.port) as c:
                c.sendall(FIRST)
                try:
                    check(read_all(c) == b'', 'an answer')
                except ConnectionResetError:
                    pass
        g.wait_close('idle', 5)
        g.wait_log(LEFT_OUT)


@test()
def never_answers_bridge():
    """a bridge's client hears an alert when its server is silent"""
    with Stage() as s:
        g = bridge(s, silent(s).port)
        for _ in range(5):
            with connect(g.port) as c:
                c.sendall(hello())
                equal(alert(read_all(c)), 80)
        g.wait_log('close=backend-handshake detail=timeout', 5)
        g.wait_log(LEFT_OUT)


@test()
def says_no():
    """an alert from a server is its answer to that client, not a failure"""
    with Stage() as s:
        # No version in common: the server refuses with an alert.
        o = s.origin(tls=('backend', {'version': '1.2'}))
        text = policy(
            SHOP, head=certificate('shop'),
            web=server(o.port) + 'tls { verify ca "%s" name "api.internal"; '
            'profile modern; }' % cert('ca'))
        g = s.gateway(text)
        for _ in range(8):
            with connect(g.port) as c:
                c.sendall(hello())
                equal(alert(read_all(c)), 80)
        g.wait_log('close=backend-handshake', 8)
        check(LEFT_OUT not in g.log(), g.log()[-2000:])


@test()
def dies():
    """a server killed in mid-stream: the others go on"""
    with Stage() as s:
        def child():
            listener = socket.socket()
            listener.bind((ADDR, 0))
            listener.listen(64)
            port = listener.getsockname()[1]
            pid = os.fork()
            if pid == 0:
                kept = []
                while True:
                    c, _ = listener.accept()
                    c.recv(65536)
                    c.sendall(b'begun')
                    kept.append(c)
            listener.close()
            return pid, port
        pid, port = child()
        try:
            good = s.origin(Origin.echo)
            g = s.gateway(policy(ROUTE, web=server(port)
                                 + server(good.port)))
            streams = []
            for _ in range(6):
                c = connect(g.port)
                c.sendall(FIRST)
                streams.append((c, c.recv(5)))
            equal(sum(x == b'begun' for _, x in streams), 3)
        finally:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        for c, first in streams:
            if first == b'begun':
                try:
                    check(c.recv(1) == b'', 'more data')
                except ConnectionResetError:
                    pass
            else:
                c.sendall(b'alive')
                got = b''
                while not got.endswith(b'alive'):
                    more = c.recv(65536)
                    check(more, 'ended')
                    got += more
            c.close()
        for _ in range(12):   # none is refused while it is gone
            with connect(g.port) as c:
                equal(exchange(c, FIRST, len(FIRST)), FIRST)
        g.wait_log(LEFT_OUT)


def in_pieces(conn, data):
    """Without TCP_NODELAY the second piece waits until the first has been
    acknowledged."""
    conn.send(data[:1])
    conn.send(data[1:])


@test(*VERSIONS)
def behind_finished(version):
    """bridge: what a server says in one segment with its Finished arrives"""
    def talk(conn, origin, record):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = server_context('backend', version=version).wrap_bio(
            incoming, outgoing, True)
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                conn.sendall(outgoing.read())
                incoming.write(conn.recv(65536))
        tls.write(b'220 ready')
        conn.sendall(outgoing.read())
        Origin.sink(conn, origin, record)
    with Stage() as s:
        o = s.origin(talk)
        g = s.gateway(policy(SHOP, head=certificate('shop'), web=server(
            o.port) + 'tls { verify ca "%s" name "api.internal"; }'
            % cert('ca')))
        with tls_connect(g.port, 'shop.example.com') as c:
            equal(c.recv(9), b'220 ready')


def tls_in_pieces(conn, origin, record):
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = server_context('backend').wrap_bio(incoming, outgoing, True)
    while True:
        try:
            tls.do_handshake()
            break
        except ssl.SSLWantReadError:
            if outgoing.pending:
                in_pieces(conn, outgoing.read())
            incoming.write(conn.recv(65536))
    tls.write(b'answer')
    conn.sendall(outgoing.read())
    Origin.sink(conn, origin, record)


@test('passthrough', 'offload', 'bridge')
def pieces(mode):
    """a server that sends in pieces does not wait for our acknowledgement"""
    def talk(conn, origin, record):
        record += conn.recv(65536)
        in_pieces(conn, b'answer')
        Origin.sink(conn, origin, record)

    def answer(g):
        if mode == 'passthrough':
            c = connect(g.port)
            c.sendall(hello('shop.example.com', '1.2'))
        else:
            c = tls_connect(g.port, 'shop.example.com')
            c.sendall(b'question')
        with c:
            got = b''
            while len(got) < 6:
                got += c.recv(6 - len(got))
            equal(got, b'answer')
    with Stage() as s:
        o = s.origin(tls_in_pieces if mode == 'bridge' else talk)
        g = s.gateway(policy(
            'route r sni "shop.example.com" { %s%s to web; }' % (
                '' if mode == 'passthrough' else 'certificate shop; ', mode),
            head=certificate('shop') if mode != 'passthrough' else '',
            web=server(o.port) + ('' if mode != 'bridge' else
                                  'tls { verify ca "%s" name "api.internal"; }'
                                  % cert('ca'))))
        none_delayed(lambda: answer(g))

run()
