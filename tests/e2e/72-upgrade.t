#!/usr/bin/python3
"""A new tlsd takes over from the old one; sockets from systemd."""
import json

from edge import *
from tap import *


def letter(stage, text):
    def talk(conn, origin, record):
        record += conn.recv(65536)
        conn.sendall(text)
        Origin.echo(conn, origin, record)
    return stage.origin(talk)


def ask(port):
    c = connect(port)
    c.sendall(hello('a.example.com'))
    return c, c.recv(1)


def to(port):
    return policy(route('a.example.com', 'passthrough to x'), x=port)


def master(g):
    code, text = g.tlsctl('--json', 'status')
    return json.loads(text)['pid'] if code == 0 else None


def alive(pid):
    try:
        with open('/proc/%d/stat' % pid) as f:
            return f.read().rsplit(')', 1)[1].split()[0] != 'Z'
    except OSError:
        return False


@test()
def keeps():
    """what the operator and the responders said goes over to the new one"""
    with Stage() as s:
        g = s.gateway(to(letter(s, b'a').port))
        g.wait_log('event=loaded')
        code, text = g.tlsctl('drain', 'x')
        equal(code, 0, text)
        os.kill(g.pid, signal.SIGUSR2)
        now = poll(lambda: master(g) not in (None, g.pid) and master(g),
                   'a new master')
        try:
            code, text = g.tlsctl('servers')
            check(' draining ' in text, text)
        finally:
            os.kill(now, signal.SIGTERM)
            poll(lambda: not alive(now), 'the end of the new master')


@test()
def upgrade():
    """SIGUSR2: a new master serves, the old one drains, nothing is lost"""
    with Stage() as s:
        g = s.gateway(to(letter(s, b'a').port), workers=2)
        old, pinned = g.pid, ask(g.port)[0]
        stop, count, failures = threading.Event(), [0], []

        def client():
            while not stop.is_set():
                try:
                    c, got = ask(g.port)
                    c.close()
                    if got != b'a':
                        failures.append(got)
                    count[0] += 1
                except OSError as e:
                    failures.append(e)
        threads = [threading.Thread(target=client) for _ in range(3)]
        for t in threads:
            t.start()
        try:
            masters = [g.pid]
            for _ in range(3):
                os.kill(masters[-1], signal.SIGUSR2)
                masters += poll(lambda: [
                    p for p in [master(g)] if p not in [None] + masters],
                    'a new master')
            poll(lambda: count[0] > 50, 'requests')
        finally:
            stop.set()
            for t in threads:
                t.join()
        now = masters[-1]
        try:
            equal(failures, [], 'of %d requests' % count[0])
            pinned.sendall(b'still here')
            equal(pinned.recv(100), b'still here')
            check(g.generation() >= 4, g.generation())
            pinned.close()
            poll(lambda: not g.process.alive(), 'the first tlsd to end')
            code, text = g.tlsctl('load', s.path('policy.bin'))
            equal(code, 0, text)
        finally:
            os.kill(now, signal.SIGTERM)
        poll(lambda: not alive(now), 'the new tlsd to end')


@test()
def upgrade_fails():
    """a new tlsd that cannot start leaves the old one serving"""
    with Stage() as s:
        g = s.gateway(to(letter(s, b'a').port))
        os.rename(s.path('policy.bin'), s.path('away.bin'))
        os.kill(g.pid, signal.SIGUSR2)
        g.wait_log('event=upgrade-failed')
        c, got = ask(g.port)
        equal(got, b'a')
        c.close()
        equal(master(g), g.pid)
        os.rename(s.path('away.bin'), s.path('policy.bin'))
        g.wait_log('by=watch')
        os.kill(g.pid, signal.SIGUSR2)
        new = poll(lambda: [p for p in [master(g)] if p not in (None, g.pid)],
                   'a new master')[0]
        os.kill(new, signal.SIGTERM)
        poll(lambda: not alive(new), 'the new tlsd to end')


@test()
def activation():
    """LISTEN_FDS: the socket given is the one that serves; READY is told"""
    with Stage() as s, socket.socket() as given, \
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        given.bind((ADDR, 0))
        given.listen(100)
        port = given.getsockname()[1]
        o = letter(s, b'a')
        manager.bind(s.path('notify'))
        manager.settimeout(DEADLINE)
        code, text = s.compile(to(o.port).replace(
            '@LISTEN@', '%s:%d' % (ADDR, port)))
        equal(code, 0, text)
        # As systemd does it: the socket is 3, the pid is the program's.
        early = connect(port)
        early.sendall(hello('a.example.com'))
        env = dict(os.environ, NOTIFY_SOCKET=s.path('notify'),
                   LISTEN_FDS='1')
        child = subprocess.Popen(
            ['sh', '-c', 'exec 3<&%d; LISTEN_PID=$$ exec %s --workers 2 %s'
             % (given.fileno(), program('tlsd'), s.path('policy.bin'))],
            env=env, pass_fds=[given.fileno()],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            ready = manager.recv(1000)
            check(b'READY=1' in ready and b'MAINPID=%d' % child.pid in ready,
                  ready)
            equal(early.recv(1), b'a')
            early.close()
            given.close()
            for _ in range(10):
                c, got = ask(port)
                equal(got, b'a')
                c.close()
            child.send_signal(signal.SIGTERM)
            check(b'STOPPING=1' in manager.recv(1000))
            equal(child.wait(DEADLINE), 0)
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()

run()
