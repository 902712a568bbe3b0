#!/usr/bin/python3
"""Who gets the next connection, when servers are slow, full, gone or back."""
import json

from edge import *
from tap import *

ROUTE = route('a.example.com', 'passthrough to web')
FIRST = hello('a.example.com')


class Server:
    """Answers a hello with its letter, after a time; can be told to fail."""

    def __init__(self, stage, letter, after=0.0, port=None):
        self.letter, self.after, self.mode = letter.encode(), after, 'ok'
        self.origin = stage.origin(self.talk, port=port)
        self.port = self.origin.port
        self.seen = 0

    def talk(self, conn, origin, record):
        self.seen += 1
        if self.mode == 'reset':
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            b'\1\0\0\0\0\0\0\0')
            return
        record += conn.recv(65536)
        if self.after:
            time.sleep(self.after)
        conn.sendall(self.letter)
        Origin.sink(conn, origin, record)


def gateway(stage, servers, more='', head='', front='', workers=1, **rest):
    body = ''.join(server(x.port, rest.get('each', '')) for x in servers)
    return stage.gateway(policy(ROUTE, head=head, front=front,
                                web=body + more), workers=workers)


def ask(g, source='127.0.0.1'):
    """A connection that stays, and the server's letter; '' when refused."""
    c = socket.create_connection((ADDR, g.port), DEADLINE, (source, 0))
    try:
        c.sendall(FIRST)
        got = c.recv(7)
    except OSError:
        got = b''
    return c, '' if alert(got) is not None else got.decode()


def letters(g, n, source='127.0.0.1'):
    seen = ''
    for _ in range(n):
        c, letter = ask(g, source)
        c.close()
        seen += letter
    return seen


def crowd(g, clients, each):
    """So many clients at once, each asking one time after the other."""
    seen = []

    def client():
        seen.append(letters(g, each))
    threads = [threading.Thread(target=client) for _ in range(clients)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return ''.join(seen)


@test()
def slow_server():
    """random-two gives a slow server less than round-robin does"""
    share = {}
    for how in ('round-robin', 'random-two'):
        with Stage() as s:
            servers = [Server(s, x) for x in 'abc'] + [Server(s, 'z', 0.4)]
            g = gateway(s, servers, 'balance %s;' % how, workers=2)
            seen = crowd(g, 8, 20)
            equal(len(seen), 160)
            share[how] = seen.count('z')
    check(30 <= share['round-robin'] <= 50, share)
    check(share['random-two'] * 2 < share['round-robin'], share)


@test()
def least_shared():
    """least-connections counts those of all workers"""
    with Stage() as s:
        servers = [Server(s, x) for x in 'abcd']
        g = gateway(s, servers, 'balance least-connections;', workers=2)
        kept = [ask(g) for _ in range(40)]
        for x in 'abcd':
            equal(sum(letter == x for _, letter in kept), 10, x)
        for c, _ in kept:
            c.close()


@test()
def source_hash():
    """source-hash: a client keeps its server, also under a new table"""
    with Stage() as s:
        servers = [Server(s, x) for x in 'abcdef']
        text = policy(ROUTE, web=''.join(
            server(x.port) for x in servers[:5]) + 'balance source-hash;')
        g = s.gateway(text, workers=2)
        sources = ['127.0.1.%d' % i for i in range(1, 101)]
        first = {x: letters(g, 2, x) for x in sources}
        for x in sources:
            check(first[x] in ('aa', 'bb', 'cc', 'dd', 'ee'), first[x])
        equal(len(set(first.values())), 5)
        g.replace(policy(ROUTE, web=''.join(
            server(x.port) for x in servers) + 'balance source-hash;'))
        moved = [letters(g, 1, x) for x in sources]
        changed = [now for x, now in zip(sources, moved)
                   if now != first[x][0]]
        check(set(changed) <= {'f'}, changed)
        check(2 <= len(changed) <= 40, len(changed))


@test()
def left_out():
    """a server that fails connections is left out, and comes back"""
    with Stage() as s:
        a, b = Server(s, 'a'), Server(s, 'b')
        g = gateway(s, [a, b], 'balance round-robin;')
        b.mode = 'reset'
        seen = letters(g, 20)
        check(seen.count('a') >= 10, seen)
        g.wait_log('note="server is ejected"')
        lost = b.seen
        check(lost >= 5, lost)
        letters(g, 10)
        b.mode = 'ok'
        poll(lambda: 'b' in letters(g, 2), 'b to be back')
        g.wait_log('note="server is back"')


@test()
def only_one():
    """one that is left out is better than none"""
    with Stage() as s:
        a = Server(s, 'a')
        g = gateway(s, [a])
        a.mode = 'reset'
        letters(g, 8)
        g.wait_log('note="server is ejected"')
        a.mode = 'ok'
        equal(letters(g, 3), 'aaa')


@test()
def all_down():
    """when the checks say that all are down, clients hear an alert"""
    with Stage() as s:
        port = free_port()
        g = s.gateway(policy(ROUTE, web=server(port) + 'health tcp interval '
                             '100ms timeout 2s fall 2 rise 2;'))
        g.wait_log('event=server-down')
        with connect(g.port) as c:
            c.sendall(FIRST)
            equal(alert(read_all(c)), 80)
        g.wait_log('close=connect-failed detail="no server is up"')
        Server(s, 'a', port=port)
        g.wait_log('event=server-up')
        equal(letters(g, 2), 'aa')


@test()
def full():
    """max: never more connections than that, then an alert"""
    with Stage() as s:
        a, b = Server(s, 'a'), Server(s, 'b')
        g = gateway(s, [a, b], each=' max 2', workers=2)
        kept = [ask(g) for _ in range(4)]
        equal(sorted(letter for _, letter in kept), list('aabb'))
        c, letter = ask(g)
        c.close()
        equal(letter, '')
        g.wait_log('close=backend-full')
        for c, letter in kept:
            if letter == 'a':
                c.close()
        g.wait_close('done', 2)
        equal(letters(g, 1), 'a')
        for c, _ in kept:
            c.close()


def send_hello(g):
    c = connect(g.port)
    c.sendall(FIRST)
    return c


@test()
def queue():
    """queue: in order, so many, served when a place is free"""
    with Stage() as s:
        a = Server(s, 'a')
        g = gateway(s, [a], 'queue 3;', each=' max 1')
        held, letter = ask(g)
        equal(letter, 'a')
        waiting = []
        for n in range(3):
            waiting.append(send_hello(g))
            poll(lambda: len(re.findall(r'\bqueue\b', g.tlsctl(
                'connections')[1])) == n + 1, 'it to wait')
        c, letter = ask(g)   # the fourth has no room
        c.close()
        equal(letter, '')
        g.wait_log('close=backend-full')
        for c in waiting:
            c.setblocking(False)
            try:
                c.recv(1)
                check(False, 'served too early')
            except BlockingIOError:
                pass
            c.settimeout(DEADLINE)
        for c in waiting:    # each ends before the next is served
            held.close()
            equal(c.recv(1), b'a')
            held = c
        held.close()
        g.wait_close('done', 4)


@test()
def queue_ends():
    """queue: those who leave, and those who have waited too long"""
    with Stage() as s:
        a = Server(s, 'a')
        g = gateway(s, [a], 'queue 2;', each=' max 1', workers=2,
                    head='limits tight { connect 1s; }\n',
                    front='limits tight;')
        held, letter = ask(g)
        equal(letter, 'a')
        c = send_hello(g)
        equal(alert(read_all(c)), 80)
        c.close()
        g.wait_log('close=backend-full detail=queued')
        send_hello(g).close()
        held.close()
        g.wait_log(r'close=(done|client-reset)', 2)
        # Across workers: a place that one frees is found by the other.
        for _ in range(6):
            held, letter = poll(lambda: (lambda x: x if x[1] else None)(
                ask(g)), 'a place')
            c = send_hello(g)
            time.sleep(0.05)
            held.close()
            equal(c.recv(1), b'a')
            c.close()


@test()
def queue_holds_nothing():
    """queue: who waits holds no place at a server that refused it"""
    def places(g):
        code, text = g.tlsctl('--json', 'servers')
        equal(code, 0, text)
        return [x['connections'] for x in json.loads(text)['servers']]

    with Stage() as s, socket.socket(socket.AF_UNIX) as a:
        b, path = Server(s, 'b'), s.path('socket')
        a.bind(path)            # a unix socket refuses within connect()
        os.chmod(path, 0o666)   # tests as root: workers are nobody
        a.listen(9)
        a.settimeout(DEADLINE)
        g = s.gateway(policy(ROUTE, web='server unix:"%s" max 1;' % path
                             + server(b.port, ' max 1') + 'queue 3;'))
        first = [send_hello(g), send_hello(g)]
        at_a = a.accept()[0]
        poll(lambda: b.seen, 'a connection to b')
        c = send_hello(g)
        poll(lambda: re.search(r'\bqueue\b', g.tlsctl('connections')[1]),
             'it to wait')
        a.close()
        at_a.close()
        g.wait_log(r'\bclose=')
        poll(lambda: sorted(places(g)) == [0, 1], 'a place to be free')
        for x in first:
            x.close()
        equal(c.recv(1), b'b')
        c.close()


@test()
def queue_turn():
    """queue: whose server fails keeps its place, and stops nobody"""
    def talk(letter, bad):
        def one(conn, origin, record):
            if len(origin.received) == bad:
                conn.recv(1)
                return
            conn = server_context('backend').wrap_socket(conn,
                                                         server_side=True)
            conn.sendall(letter)
            Origin.sink(conn, origin, record)
        return one
    with Stage() as s:
        a, b = s.origin(talk(b'a', 0)), s.origin(talk(b'b', 2))
        g = s.gateway(policy(
            route('shop.example.com', 'bridge to web', 'certificate shop;'),
            head=certificate('shop'),
            web=server(a.port, ' max 1') + server(b.port, ' max 1') +
            'queue 3; tls { verify ca "%s" name "api.internal"; }'
            % cert('ca')))
        served, done, threads = [], threading.Event(), []

        def wait(n):
            with tls_connect(g.port, 'shop.example.com') as c:
                served.append((n, c.recv(1)))
                done.wait(DEADLINE)
        held = {}
        for _ in range(2):
            c = tls_connect(g.port, 'shop.example.com')
            held[c.recv(1)] = c
        for n in range(3):
            threads.append(threading.Thread(target=wait, args=(n,)))
            threads[-1].start()
            poll(lambda: len(re.findall(r'\bqueue\b', g.tlsctl(
                'connections')[1])) == n + 1, 'it to wait')
        try:
            # The first finds b, which fails it; the second takes b.
            held[b'b'].close()
            poll(lambda: served, 'the second to be served')
            equal(served, [(1, b'b')])
            held[b'a'].close()
            poll(lambda: len(served) > 1, 'the first to be served')
            equal(served[1:], [(0, b'a')])
        finally:
            done.set()
            for t in threads:
                t.join()
        equal(served[2][0], 2)


@test()
def slow_start():
    """slow-start: a server that has come back gets less at first"""
    with Stage() as s:
        port = free_port()
        a = Server(s, 'a')
        g = s.gateway(policy(ROUTE, web=server(a.port) + server(port)
                             + 'slow-start 1h; health tcp interval 100ms '
                             'timeout 2s fall 2 rise 2;'))
        g.wait_log('event=server-down')
        Server(s, 'b', port=port)
        g.wait_log('event=server-up')
        seen = letters(g, 34)
        check(0 < seen.count('b') <= 4, seen)


@test()
def bridge_retry():
    """bridge: a server that breaks off the handshake is stepped over"""
    with Stage() as s:
        bad = s.origin(lambda conn, o, record: conn.recv(5))
        good = s.origin(tls='backend')
        g = s.gateway(policy(
            route('shop.example.com', 'bridge to web', 'certificate shop;'),
            head=certificate('shop'),
            web=server(bad.port) + server(good.port) +
            'tls { verify ca "%s" name "api.internal"; }' % cert('ca')))
        for _ in range(4):
            with tls_connect(g.port, 'shop.example.com') as c:
                equal(get(c), 'hello\n')
        check(len(bad.received) >= 1, 'the bad one was tried')

run()
