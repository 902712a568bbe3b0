#!/usr/bin/python3
"""HTTP/1.1: a new policy, and the end of the gateway, under way."""
from http1 import *
from tap import *


def text(word):
    return 'path under "/" { to web; }\n' \
        'path under "/which" { answer 200 "%s"; }' % word


def late(conn, origin, record):
    r = Reader(conn)
    while True:
        m = r.message()
        if m is None:
            return
        if 'wait' in m.line:
            origin.waiting.set()
            origin.release.wait(DEADLINE)
        conn.sendall(reply(b'late'))


def start(s, *options):
    web = s.origin(late)
    web.waiting, web.release = threading.Event(), threading.Event()
    return web, s.gateway(site_policy(text('old'), web=web.port), None,
                          *options)


@test()
def replaced():
    """a connection ends its request under the old policy, then it ends; one at
    rest has one more"""
    with Stage() as s:
        web, g = start(s)
        with Client(g.port) as busy, Client(g.port) as idle:
            equal(idle.ask('GET /which HTTP/1.1').body, b'old')
            busy.send('GET /wait HTTP/1.1\r\nHost: %s\r\n\r\n' % NAME)
            web.waiting.wait(DEADLINE)
            g.replace(site_policy(text('new'), web=web.port))
            with Client(g.port) as c:
                m = c.ask('GET /which HTTP/1.1')
                equal((m.body, m.get('connection')), (b'new', None))
            web.release.set()
            m = busy.answer()
            equal((m.body, m.get('connection')), (b'late', 'close'))
            check(busy.at_end())
            m = idle.ask('GET /which HTTP/1.1')
            equal((m.body, m.get('connection')), (b'old', 'close'))
            check(idle.at_end())
        equal(g.failures(), 0)


@test()
def drained():
    """at the end of the gateway who is served is served, who rests is sent
    away in order"""
    with Stage() as s:
        web, g = start(s, '--drain', '30')
        with Client(g.port) as busy, Client(g.port) as idle:
            equal(idle.ask('GET /which HTTP/1.1').body, b'old')
            busy.send('GET /wait HTTP/1.1\r\nHost: %s\r\n\r\n' % NAME)
            web.waiting.wait(DEADLINE)
            os.kill(g.pid, signal.SIGTERM)
            check(idle.at_end())
            web.release.set()
            m = busy.answer()
            equal((m.body, m.get('connection')), (b'late', 'close'))
            check(busy.at_end())


@test()
def under_load():
    """nobody who keeps asking has a request that fails while policies change"""
    with Stage() as s:
        web = s.origin(serve())
        g = s.gateway(site_policy(text('0'), web=web.port))
        stop, failed, done = threading.Event(), [], []

        def client():
            try:
                while not stop.is_set():
                    with Client(g.port) as c:
                        while not stop.is_set():
                            m = c.ask()
                            equal((m.status, m.body), (200, b'hello\n'))
                            done.append(1)
                            if m.get('connection') == 'close':
                                break
            except Exception as e:
                failed.append(repr(e))
        threads = [threading.Thread(target=client) for _ in range(4)]
        for t in threads:
            t.start()
        for k in range(5):
            before = len(done)
            poll(lambda: len(done) > before + 20, 'requests')
            g.replace(site_policy(text(str(k + 1)), web=web.port))
        stop.set()
        for t in threads:
            t.join()
        equal(failed, [])


run()
