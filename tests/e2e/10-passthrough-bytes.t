#!/usr/bin/python3
"""Passthrough forwards every byte, in both directions, and nothing else."""
from edge import *
from tap import *

ROUTE = route('shop.example.com', 'passthrough to web')


@test(*FORMS)
def exact(form):
    """what the client sends and what comes back are the same bytes"""
    with Stage() as s:
        o = s.origin(Origin.echo)
        g = s.gateway(policy(ROUTE, web=o.port), form)
        for size in (0, 1, 70000, 3 << 20):
            sent = hello() + os.urandom(size)
            with connect(g.port) as c:
                equal(exchange(c, sent, len(sent)) == sent, True, size)
            poll(lambda: bytes(o.received[-1]) == sent, 'the last byte')


@test(*FORMS)
def many(form):
    """sixty connections at once keep their bytes apart"""
    with Stage() as s:
        o = s.origin(Origin.echo)
        g = s.gateway(policy(ROUTE, web=o.port), form, workers=2)
        sent = [hello() + os.urandom(200000) for _ in range(60)]
        got = [None] * len(sent)

        def one(i):
            with connect(g.port) as c:
                got[i] = exchange(c, sent[i], len(sent[i]))
        threads = [threading.Thread(target=one, args=(i,))
                   for i in range(len(sent))]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        check(got == sent, 'bytes differ')


@test(*FORMS)
def slow_reader(form):
    """a client that does not read stops the server, and loses nothing"""
    size = 64 << 20   # more than the kernel's buffers on the way

    def flood(conn, origin, record):
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 17)
        record += conn.recv(65536)
        sent = 0
        block = bytes(range(256)) * 256
        while sent < size:
            conn.sendall(block)
            sent += len(block)
            origin.sent = sent
    with Stage() as s:
        o = s.origin(flood)
        o.sent = 0
        g = s.gateway(policy(ROUTE, web=o.port), form)
        with connect(g.port, room=1 << 17) as c:
            c.sendall(hello())
            seen = [-1]

            def stalled():
                before, seen[0] = seen[0], o.sent
                time.sleep(0.2)
                return before == o.sent
            poll(stalled, 'the server to be stopped by backpressure')
            check(o.sent < size, 'the gateway swallowed everything')
            data = read_all(c)
        check(data == bytes(range(256)) * (size // 256), len(data))


def worker_pipes(g):
    """Ends of pipes that the gateway's processes hold."""
    held = 0
    with open('/proc/%d/task/%d/children' % ((g.process.pid,) * 2)) as f:
        children = f.read().split()
    for pid in children:
        for fd in os.listdir('/proc/%s/fd' % pid):
            try:
                held += os.readlink('/proc/%s/fd/%s' % (pid, fd)
                                    ).startswith('pipe:')
            except OSError:
                pass
    return held


@test()
def more_than_pipes():
    """more slow readers than the kernel gives big pipes for"""
    block = os.urandom(1 << 16) * 48

    def pour(conn, origin, record):
        record += conn.recv(65536)
        conn.sendall(block)

    with Stage() as s:
        o = s.origin(pour)
        g = s.gateway(policy(ROUTE, web=o.port))
        slow = [connect(g.port, room=4096) for _ in range(80)]
        for c in slow:
            c.sendall(hello('shop.example.com'))
        poll(lambda: len(o.received) == len(slow), 'all connected')
        for c in slow:
            check(read_all(c) == block, 'every octet')
            c.close()
        g.wait_close('done', len(slow))
        # What was needed at once is not kept.
        poll(lambda: worker_pipes(g) <= 2 * 16 + 8, 'pipes given back')

run()
