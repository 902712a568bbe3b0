#!/usr/bin/python3
"""Limits count for all workers together; those who come last lose."""
from edge import *
from tap import *

FIRST = hello('a.example.com')
ROUTE = route('a.example.com', 'passthrough to web')
FLOOD, CALM, THIRD = '127.0.0.66', '127.0.0.67', '127.0.0.68'


def limited(stage, body, *routes, workers=2, **more):
    o = stage.origin(Origin.echo)
    head = 'limits tight { %s }\n' % body
    return stage.gateway(policy(*(routes or [ROUTE]), head=head,
                                front='limits tight;' + more.pop('front', ''),
                                web=o.port), workers=workers, **more)


def come(g, source=CALM, first=FIRST):
    """A connection that was served and stays, or None: refused."""
    c = socket.create_connection((ADDR, g.port), DEADLINE, (source, 0))
    try:
        c.sendall(first)
        got = c.recv(len(FIRST))
        while got and alert(got) is None and len(got) < len(FIRST):
            got += c.recv(len(FIRST) - len(got))
        if got == FIRST:
            return c
    except OSError:
        pass
    c.close()
    return None


def again(g, source=CALM, first=FIRST):
    return poll(lambda: come(g, source, first), 'room for one more')


@test()
def connections():
    """connections: so many in all workers, then the newest are refused"""
    with Stage() as s:
        g = limited(s, 'connections 4;')
        kept = [again(g) for _ in range(4)]
        for _ in range(5):
            check(come(g) is None, 'a fifth one')
        lines = g.wait_log('close=limit detail=connections$', 5)
        check('source=%s:' % CALM in lines[-1], lines[-1])
        for c in kept:   # the old ones still work
            equal(exchange(c, b'more', 4), b'more')
        kept.pop().close()
        kept.append(again(g))
        for c in kept:
            c.close()


@test()
def per_source():
    """per-source: one source at its limit, the others are served"""
    with Stage() as s:
        g = limited(s, 'connections per-source 3;')
        kept = [come(g, FLOOD) for _ in range(3)]
        check(all(kept), 'three')
        check(come(g, FLOOD) is None, 'a fourth one')
        g.wait_log('close=limit detail="connections per-source"$')
        kept += [come(g, CALM) for _ in range(3)]
        check(all(kept), 'three more')
        for c in kept:
            c.close()
        again(g, FLOOD).close()


@test()
def flood():
    """a flood from one source beside a normal client, who notices nothing"""
    with Stage() as s:
        g = limited(s, 'connections per-source 50; connection-rate per-source'
                    ' 2k/s;')
        stop = threading.Event()

        def attack():
            mine = []
            for _ in range(3000):
                if stop.is_set():
                    break
                try:
                    c = socket.create_connection((ADDR, g.port), DEADLINE,
                                                 (FLOOD, 0))
                except OSError:
                    continue
                mine.append(c)
                if len(mine) > 120:
                    mine.pop(0).close()
            for c in mine:
                c.close()
        attackers = [threading.Thread(target=attack) for _ in range(2)]
        for a in attackers:
            a.start()
        g.wait_log('close=limit')
        errors = 0
        for _ in range(100):
            c = come(g)
            errors += c is None
            if c:
                c.close()
        stop.set()
        for a in attackers:
            a.join()
        equal(errors, 0, 'errors')
        code, _ = g.tlsctl('status')
        equal(code, 0)


@test()
def rate():
    """connection-rate: a second's worth at once, for each source"""
    with Stage() as s:
        g = limited(s, 'connection-rate per-source 1/s;')
        check(come(g, FLOOD), 'the first')
        # One in a second is allowed; a hundred take far less.
        seen = [come(g, FLOOD) for _ in range(100)]
        check(seen.count(None) > 50, seen.count(None))
        check(come(g, CALM), 'another source')
        g.wait_log('close=limit detail="connection-rate per-source"')
        for c in seen:
            if c:
                c.close()


@test('offload', 'bridge')
def in_flight(mode):
    """handshakes-in-flight: refused with an alert, before anything costly"""
    with Stage() as s:
        o = s.origin(tls='backend' if mode == 'bridge' else None)
        more = 'tls { verify ca "%s" name "api.internal"; }' % \
            cert('ca') if mode == 'bridge' else ''
        g = s.gateway(policy(
            route('shop.example.com', mode + ' to web', 'certificate shop;'),
            head=certificate('shop') + 'limits tight { handshakes-in-flight '
            '2; }\n', front='limits tight;', web=server(o.port) + more),
            workers=2)
        half = []
        for _ in range(2):
            c = connect(g.port)
            c.sendall(hello())
            check(len(c.recv(1)) == 1, 'a ServerHello')
            half.append(c)
        with connect(g.port) as c:
            c.sendall(hello())
            equal(alert(read_all(c)), 80)
        g.wait_log('close=limit detail=handshakes-in-flight')
        half.pop().close()

        def served():
            try:
                with tls_connect(g.port, 'shop.example.com') as c:
                    return get(c)
            except OSError:
                return None
        for _ in range(3):   # one after the other they fit
            equal(poll(served, 'a handshake'), 'hello\n')
        half.pop().close()


@test()
def handshakes():
    """handshakes per-source: what is not decrypted is not counted"""
    with Stage() as s:
        o = s.origin()
        g = s.gateway(policy(
            route('shop.example.com', 'offload to web', 'certificate shop;'),
            route('a.example.com', 'passthrough to web'),
            head=certificate('shop') + 'limits tight { handshakes per-source '
            '1/s; }\n', front='limits tight;', web=o.port), workers=2)
        refused = 0
        for _ in range(100):
            with connect(g.port) as c:
                c.sendall(hello())
                refused += c.recv(7)[0] == 21
        check(refused > 50, refused)
        g.wait_log('close=limit detail="handshakes per-source"')
        for _ in range(5):
            with connect(g.port) as c:
                c.sendall(FIRST + b'GET / HTTP/1.1\r\n\r\n')
                check(c.recv(1) == b'H', 'passthrough')


@test(*FORMS)
def bandwidth(form):
    """bandwidth: reading pauses, everything arrives"""
    with Stage() as s:
        o = s.origin(Origin.echo)
        g = s.gateway(policy(ROUTE, head='limits tight { bandwidth per-source '
                             '256KiB/s; }\n', front='limits tight;',
                             web=o.port), form)
        data = os.urandom(200000)
        with come(g) as c:
            begun = time.monotonic()
            check(exchange(c, data, len(data)) == data, 'other data')
            took = time.monotonic() - begun
        # 400,000 octets in both directions; the last ones need not wait.
        check(took > 0.6, took)
        g.wait_close('done')


@test()
def proxied():
    """behind a balancer the sources are those of the PROXY header"""
    with Stage() as s:
        g = limited(s, 'connections per-source 1;',
                    front='accept-proxy from { 127.0.0.0/8 };')
        one, two = (b'PROXY TCP4 203.0.113.%d 192.0.2.1 4000 443\r\n' % n
                    for n in (1, 2))
        kept = come(g, first=one + FIRST)
        check(kept, 'the first')
        check(come(g, first=one + FIRST) is None, 'the same client again')
        check(come(g, first=two + FIRST), 'another client')
        kept.close()
        again(g, first=one + FIRST).close()


@test()
def routes():
    """a route's limits take the place of the frontend's"""
    with Stage() as s:
        o = s.origin(Origin.echo)
        other = hello('b.example.com')
        g = s.gateway(policy(
            ROUTE, route('b.example.com', 'passthrough to web',
                         'limits one;'),
            head='limits tight { connections 3; }\nlimits one { connections '
            '1; }\n', front='limits tight;', web=o.port))

        def b():
            c = connect(g.port)
            c.sendall(other)
            return c, len(c.recv(len(other))) == len(other)
        kept, served = b()
        check(served, 'the first')
        c, served = b()
        check(not served, 'the second')
        g.wait_log('route=b .*close=limit detail=connections$')
        more = [again(g) for _ in range(3)]
        check(come(g) is None, 'the frontend is full')
        for c in more + [kept, c]:
            c.close()


@test()
def swapped():
    """what was counted stays counted under a new table"""
    with Stage() as s:
        o = s.origin(Origin.echo)
        text = policy(ROUTE, head='limits tight { connections 2; }\n',
                      front='limits tight;', web=o.port)
        g = s.gateway(text)
        kept = [again(g) for _ in range(2)]
        g.replace(text + '# again\n')
        check(come(g) is None, 'a third one')
        g.replace(text.replace('connections 2', 'connections 3'))
        kept.append(again(g))
        for c in kept:
            c.close()


@test()
def worker_dies():
    """what a dead worker had counted is given back"""
    with Stage() as s:
        g = limited(s, 'connections 2;', workers=1)
        kept = [again(g) for _ in range(2)]
        line = g.wait_log('event=child-started process=worker')[0]
        os.kill(int(re.search(r'pid=(\d+)', line).group(1)), signal.SIGKILL)
        for c in kept:
            c.close()
        kept = [again(g) for _ in range(2)]
        check(come(g) is None, 'a third one')
        for c in kept:
            c.close()


@test()
def counted():
    """refusals are metrics, all of them; the log tells of some"""
    with Stage() as s:
        port = free_port()
        o = s.origin(Origin.echo)
        g = s.gateway(policy(ROUTE, head='limits tight { connections '
                             'per-source 1; }\n', front='limits tight;',
                             web=o.port), None, '--metrics',
                      '%s:%d' % (ADDR, port), workers=2)
        kept = come(g, FLOOD)
        for _ in range(300):
            check(come(g, FLOOD) is None, 'a second one')

        def metrics():
            with connect(port) as c:
                c.sendall(b'GET /metrics HTTP/1.0\r\n\r\n')
                return read_all(c).decode()
        want = ('tlsd_connections_total{frontend="edge",route="",mode="none",'
                'backend="",reason="limit"} 300\n')
        poll(lambda: want in metrics(), want)
        for limit, n in ('connections per-source', 300), ('connections', 0):
            check('\ntlsd_limited_total{limit="%s"} %d\n' % (limit, n)
                  in metrics(), metrics())
        kept.close()
        g.wait_close('done')
        want = ('tlsd_transferred_bytes_total{frontend="edge",route="a",'
                'mode="passthrough",backend="web",reason="done",'
                'direction="up"} %d\n' % len(FIRST))
        poll(lambda: want in metrics(), want)

run()
