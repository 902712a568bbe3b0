#!/usr/bin/python3
"""Replacing the table changes the policy and loses nothing."""
from edge import *
from tap import *

def letter_policy(**backends):
    name = next(iter(backends))
    return policy(route('a.example.com', 'passthrough to ' + name),
                  **backends)


def named(stage, letter):
    def talk(conn, origin, record):
        record += conn.recv(65536)
        conn.sendall(letter)
        Origin.echo(conn, origin, record)
    return stage.origin(talk)


def ask(port):
    c = connect(port)
    c.sendall(hello('a.example.com'))
    return c, c.recv(1)


@test('rename', 'SIGHUP', 'load')
def triggers(how):
    """a new table serves after a rename, SIGHUP or tlsctl load"""
    with Stage() as s:
        a, b = named(s, b'a'), named(s, b'b')
        g = s.gateway(letter_policy(x=a.port))
        old, letter = ask(g.port)
        equal(letter, b'a')
        before = poll(g.generation, 'status')
        code, text = s.compile(g.expand(letter_policy(x=b.port)),
                               'new.bin')
        equal(code, 0, text)
        if how == 'load':
            code, text = g.tlsctl('load', s.path('new.bin'))
            equal(code, 0, text)
        elif how == 'SIGHUP':
            # The watch may win; both lead to the same table.
            os.rename(s.path('new.bin'), s.path('policy.bin'))
            os.kill(g.pid, signal.SIGHUP)
        else:
            os.rename(s.path('new.bin'), s.path('policy.bin'))
        poll(lambda: g.generation() != before, 'a new generation')
        c, letter = ask(g.port)
        equal(letter, b'b')
        old.sendall(b'still here')
        equal(old.recv(100), b'still here', 'the old connection')
        old.close()
        c.close()


@test()
def refused():
    """a broken table is refused, the old one serves on"""
    with Stage() as s:
        a = named(s, b'a')
        g = s.gateway(letter_policy(x=a.port))
        with open(s.path('policy.bin'), 'rb') as f:
            good = f.read()
        flipped = bytearray(good)
        flipped[len(good) // 2] ^= 4
        for what, data in {'empty': b'', 'short': good[:-1],
                           'flipped': bytes(flipped),
                           'text': b'policy 1;\n'}.items():
            with open(s.path('bad.bin'), 'wb') as f:
                f.write(data)
            before = poll(g.generation, 'tlsctl status')
            code, text = g.tlsctl('load', s.path('bad.bin'))
            check(code != 0, what, text)
            os.rename(s.path('bad.bin'), s.path('policy.bin'))
            os.kill(g.pid, signal.SIGHUP)
            c, letter = ask(g.port)
            equal(letter, b'a', what)
            c.close()
            equal(g.generation(), before, what)
        g.wait_log('TC09', 4)


@test()
def in_place():
    """overwriting and truncating the live file does not disturb it"""
    with Stage() as s:
        a = named(s, b'a')
        g = s.gateway(letter_policy(x=a.port))
        size = os.path.getsize(s.path('policy.bin'))
        with open(s.path('policy.bin'), 'r+b') as f:
            f.write(b'\xff' * size)
        for _ in range(20):
            c, letter = ask(g.port)
            equal(letter, b'a')
            c.close()
        os.truncate(s.path('policy.bin'), 0)
        for _ in range(20):
            c, letter = ask(g.port)
            equal(letter, b'a')
            c.close()


@test()
def listeners():
    """listeners come and go with the table"""
    with Stage() as s:
        a = named(s, b'a')
        text = letter_policy(x=a.port)
        g = s.gateway(text)
        second = free_port()
        both = text.replace('@LISTEN@', '@LISTEN@, %s:%d' % (ADDR, second))
        g.replace(both)
        c, letter = ask(second)
        equal(letter, b'a')
        g.replace(text)

        def gone():
            try:
                connect(second).close()
                return False
            except OSError:
                return True
        poll(gone, 'the second listener to close')
        c.sendall(b'still here')
        equal(c.recv(100), b'still here')
        c.close()
        d, letter = ask(g.port)
        equal(letter, b'a')
        d.close()


@test()
def under_load():
    """hundreds of replacements under load lose no connection"""
    swaps = int(os.environ.get('SWAPS', '200'))
    with Stage() as s:
        a, b = named(s, b'a'), named(s, b'b')
        g = s.gateway(letter_policy(x=a.port), workers=2)
        tables = []
        for i, o in enumerate((a, b)):
            out = 'table-%d.bin' % i
            code, text = s.compile(g.expand(letter_policy(x=o.port)), out)
            equal(code, 0, text)
            with open(s.path(out), 'rb') as f:
                tables.append(f.read())
        stop, count, failures = threading.Event(), [0] * 4, []

        def client(n):
            while not stop.is_set():
                try:
                    c, letter = ask(g.port)
                    c.sendall(b'ping')
                    got = c.recv(4)
                    c.close()
                    if letter not in (b'a', b'b') or got != b'ping':
                        failures.append((letter, got))
                    count[n] += 1
                except OSError as e:
                    failures.append(e)
        threads = [threading.Thread(target=client, args=(n,))
                   for n in range(4)]
        for t in threads:
            t.start()
        first = poll(g.generation, 'a generation')
        for i in range(swaps):
            with open(s.path('next.bin'), 'wb') as f:
                f.write(tables[(i + 1) % 2])
            before = g.generation()
            code, text = g.tlsctl('load', s.path('next.bin'))
            equal(code, 0, text)
            poll(lambda: g.generation() != before, 'generation')
        stop.set()
        for t in threads:
            t.join()
        equal(failures, [], 'of %d requests' % sum(count))
        check(sum(count) > 0, 'no requests')
        check(g.generation() >= first + swaps, g.generation())


@test()
def drain():
    """SIGTERM: no new connections, the old ones end in order"""
    with Stage() as s:
        a = named(s, b'a')
        g = s.gateway(letter_policy(x=a.port), None, '--drain', '60')
        c, letter = ask(g.port)
        os.kill(g.pid, signal.SIGTERM)

        def closed():
            try:
                connect(g.port).close()
                return False
            except OSError:
                return True
        poll(closed, 'the listener to close')
        c.sendall(b'still here')
        equal(c.recv(100), b'still here')
        c.close()
        poll(lambda: not g.process.alive(), 'tlsd to end after its last '
             'connection')

run()
