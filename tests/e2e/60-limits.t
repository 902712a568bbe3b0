#!/usr/bin/python3
"""Deadlines and sizes hold."""
from edge import *
from tap import *

import resource

ROUTE = route('a.example.com', 'passthrough to web')


def limits(body):
    return 'limits tight { %s }\n' % body


@test()
def silence():
    """silence ends at the hello's deadline"""
    with Stage() as s:
        g = s.gateway(policy(ROUTE, head=limits('client-hello 16KiB within '
                                                '300ms;'),
                             front='limits tight;', web=free_port()))
        with connect(g.port) as c:
            read_all(c)
        g.wait_close('hello-timeout')


@test()
def one_byte_at_a_time():
    """a slow hello ends at the same deadline, however lively"""
    with Stage() as s:
        g = s.gateway(policy(ROUTE, head=limits('client-hello 16KiB within '
                                                '300ms;'),
                             front='limits tight;', web=free_port()))
        with connect(g.port) as c:
            try:
                for b in hello('a.example.com'):
                    c.sendall(bytes([b]))
                    time.sleep(0.02)
                check(read_all(c) == b'', 'an answer')
            except OSError:
                pass
        g.wait_close('hello-timeout')


@test()
def too_big():
    """a hello over the limit ends as soon as that is known"""
    with Stage() as s:
        g = s.gateway(policy(ROUTE, head=limits('client-hello 16KiB within '
                                                '30s;'),
                             front='limits tight;', web=free_port()))
        with connect(g.port) as c:
            try:
                c.sendall(b'\x16\x03\x01\x40\x00\x01\x00\xff\xff\x03\x03')
                read_all(c)
            except OSError:
                pass
        g.wait_close('hello-too-big')


@test()
def large():
    """a hello of 16,000 octets is accepted"""
    names = ['x%d' % i + 'y' * 240 for i in range(60)]
    first = hello('a.example.com', alpn=names)
    check(len(first) > 14000, len(first))
    with Stage() as s:
        o = s.origin(Origin.echo)
        g = s.gateway(policy(ROUTE, web=o.port))
        for data in (first, records(first, 1000)):
            with connect(g.port) as c:
                equal(exchange(c, data, len(data)) == data, True)


@test(*FORMS)
def idle(form):
    """nothing moves for the idle limit"""
    with Stage() as s:
        o = s.origin(Origin.echo)
        g = s.gateway(policy(ROUTE, head=limits('idle 500ms;'),
                             front='limits tight;', web=o.port), form)
        sent = hello('a.example.com')
        with connect(g.port) as c:
            equal(exchange(c, sent, len(sent)), sent)
            try:
                read_all(c)
            except ConnectionResetError:
                pass
        g.wait_close('idle')


@test(*FORMS)
def drain(form):
    """a client that stays behind after the server's end: the drain limit"""
    def answers(conn, origin, record):
        record += conn.recv(65536)
        conn.sendall(b'last word')
        conn.shutdown(socket.SHUT_WR)
        Origin.sink(conn, origin, record)

    with Stage() as s:
        o = s.origin(answers)
        g = s.gateway(policy(ROUTE,
                             head=limits('idle 10m; drain 300ms;'),
                             front='limits tight;', web=o.port), form)
        with connect(g.port) as c:
            c.sendall(hello('a.example.com'))
            try:
                equal(read_all(c), b'last word')
                g.wait_close('idle')
            except ConnectionResetError:
                pass
        g.wait_close('idle')


@test()
def handshake():
    """half a handshake ends at its deadline"""
    with Stage() as s:
        o = s.origin(Origin.sink)
        g = s.gateway(policy(
            route('shop.example.com', 'offload to web', 'certificate shop;'),
            head=certificate('shop') + limits('handshake within 400ms;'),
            front='limits tight;', web=o.port))
        with connect(g.port) as c:
            c.sendall(hello('shop.example.com'))
            try:
                read_all(c)
            except ConnectionResetError:
                pass
        g.wait_close('handshake-timeout')


@test()
def connect_deadline():
    """a server that does not answer the connect"""
    full = socket.socket()
    full.bind((ADDR, 0))
    full.listen(0)
    port = full.getsockname()[1]
    waiting = []
    for _ in range(8):   # fills the queue: the next SYN is not answered
        w = socket.socket()
        w.setblocking(False)
        w.connect_ex((ADDR, port))
        waiting.append(w)
    with Stage() as s:
        g = s.gateway(policy(ROUTE, head=limits('connect 500ms;'),
                             front='limits tight;', web=port))
        with connect(g.port) as c:
            c.sendall(hello('a.example.com'))
            check(alert(read_all(c)) is not None, 'no alert')
        g.wait_close('connect-timeout')
    for w in waiting + [full]:
        w.close()


@test()
def many_silent():
    """thousands of silent clients, and a lively one still gets through"""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, 12000)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    count = min(10000, wanted - 500)
    with Stage() as s:
        o = s.origin(Origin.echo)
        g = s.gateway(policy(ROUTE, web=o.port), workers=2)
        silent = [connect(g.port) for _ in range(count)]
        sent = hello('a.example.com')
        with connect(g.port) as c:
            equal(exchange(c, sent, len(sent)), sent)
        for c in silent:
            c.close()
        g.wait_close('hello-eof', count)


@test()
def few_descriptors():
    """too few descriptors: clients are refused, the gateway recovers"""
    with Stage() as s:
        o = s.origin(Origin.echo)
        g = s.gateway(policy(ROUTE, web=o.port), prefix=(
            'sh', '-c', 'ulimit -n 60 && exec "$0" "$@"'))
        crowd = [connect(g.port) for _ in range(100)]
        sent = hello('a.example.com')
        for c in crowd:
            c.close()

        def served():
            try:
                with connect(g.port) as c:
                    return exchange(c, sent, len(sent)) == sent
            except OSError:
                return False
        poll(served, 'service after the crowd')


@test()
def worker_is_full():
    """without a limit in the policy a worker takes what it can serve"""
    with Stage() as s:
        o = s.origin(Origin.echo)
        # Sixty-two, each with a socket to its server.
        g = s.gateway(policy(ROUTE, web=o.port), prefix=(
            'sh', '-c', 'ulimit -n 200 && exec "$0" "$@"'))
        sent = hello('a.example.com')
        kept = []

        def come():
            c, got = connect(g.port), b''
            try:
                c.sendall(sent)
                while more := c.recv(len(sent) - len(got)):
                    got += more
            except OSError:
                pass
            if got == sent:
                kept.append(c)
            else:
                c.close()
            return got == sent
        for _ in range(62):
            poll(come, 'a connection that can be served')
        check(not come(), 'one too many')
        g.wait_log('close=limit detail="connections of a worker"$')
        g.wait_log('note="this worker is full: refusing connections"')
        for c in kept:
            equal(exchange(c, b'more', 4), b'more')
        kept.pop().close()
        poll(come, 'room again')
        for c in kept:
            c.close()


@test()
def half_hellos():
    """hellos that do not come whole have so much memory together, not more"""
    if BUILD.endswith('san'):
        print('# a sanitizer needs the address space')
        return
    with Stage() as s:
        o = s.origin(Origin.echo)
        g = s.gateway(policy(ROUTE, head='limits wide { client-hello '
                             '16000000B within 1m; }\n', front='limits wide;',
                             web=o.port), prefix=(
            'sh', '-c', 'ulimit -v 800000 && exec "$0" "$@"'))
        part = b'\x16\x03\x01\x40\0' + bytes(0x4000)
        first = b'\x16\x03\x01\x40\0\x01\xf0\0\0\3\3' + bytes(0x3ffa)
        half = first + part * 255   # four million octets of a hello
        many = []
        for _ in range(24):
            c = connect(g.port)
            many.append(c)
            try:
                c.sendall(half)
            except OSError:
                pass
        g.wait_log('close=limit detail="hellos of a worker"$')
        # Who sends his hello at once is served all the same.
        sent = hello('a.example.com')
        with connect(g.port) as c:
            equal(exchange(c, sent, len(sent)), sent)
        for c in many:
            c.close()


@test()
def lingering():
    """one that was told the end counts until its socket is closed"""
    with Stage() as s:
        g = s.gateway(policy(route('a.example.com', 'reject access-denied'),
                             head='limits few { connections 3; }\n',
                             front='limits few;'))
        sent = hello('a.example.com')
        told = 0
        kept = []
        begun = time.monotonic()
        for _ in range(60):
            c = connect(g.port)
            kept.append(c)   # we do not close: it lingers for two seconds
            try:
                c.sendall(sent)
                told += alert(read_all(c)) == 49
            except OSError:
                pass
        took = time.monotonic() - begun
        check(told <= 3 * (took / 2 + 2), told, took)
        check(told >= 3, told)
        g.wait_log('close=limit detail=connections$')
        for c in kept:
            c.close()


run()
