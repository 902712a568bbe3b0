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


def upgraded(g, *before):
    """Waits until a master serves that is none of these; its pid."""
    os.kill(before[-1], signal.SIGUSR2)
    return poll(lambda: [p for p in [master(g)] if p not in (None, *before)],
                'a new master')[0]


def end(*pids):
    for pid in pids:
        os.kill(pid, signal.SIGTERM)
    for pid in pids:
        poll(lambda: not alive(pid), 'the end of %d' % pid)


def known(g):
    code, text = g.tlsctl('--json', 'servers')
    equal(code, 0, text)
    return json.loads(text)['servers']


@test()
def counts():
    """limits hold over an upgrade, and what is known of servers stays"""
    with Stage() as s:
        g = s.gateway(policy(
            route('a.example.com', 'passthrough to x'),
            head='limits two { connections 2; }\n', front='limits two;',
            x=server(letter(s, b'a').port), y=server(free_port())),
            None, '--drain', '60', workers=2)
        first = ask(g.port)
        equal(first[1], b'a')
        before = known(g)
        equal((before[0]['connections'], before[0]['total']), (1, 1))
        now = upgraded(g, g.pid)
        try:
            # The first one's connection still counts, in the old tlsd.
            check(g.process.alive())
            second = ask(g.port)
            equal(second[1], b'a')
            c = connect(g.port)
            c.sendall(hello('a.example.com'))
            try:
                check(c.recv(1) in (b'', b'\x15'), 'a third one')
            except ConnectionResetError:
                pass
            c.close()
            after = known(g)
            equal((after[0]['connections'], after[0]['total']), (2, 2))
            # One that both would have to count with goes its own way.
            third = upgraded(g, g.pid, now)
            try:
                g.wait_log('counts of limits and servers begin again')
                equal(known(g)[0]['total'], 0)
                second[0].close()
                poll(lambda: not alive(now), 'the end of the second')
            finally:
                end(third)
            first[0].close()
            poll(lambda: not g.process.alive(), 'the end of the first')
        finally:
            if alive(now):
                end(now)


def kept(stage):
    os.mkdir(stage.path('kept'), 0o700)
    return '--state', stage.path('kept')


def failing(stage, g):
    """An upgrade whose new tlsd cannot start."""
    os.chmod(stage.path('kept'), 0o777)
    os.kill(g.pid, signal.SIGUSR2)
    g.wait_log('event=upgrade-failed')
    os.chmod(stage.path('kept'), 0o700)


def live(g):
    code, text = g.tlsctl('--json', 'status')
    equal(code, 0, text)
    return json.loads(text)['live']


def kept_live(stage, g, wanted):
    """An upgrade leaves this table in force."""
    before = live(g)
    now = upgraded(g, g.pid)
    try:
        after = live(g)
        for key in ('root', 'origin', 'policy'):
            equal(after[key], before[key], key)
        check(after['generation'] > before['generation'])
        c, got = ask(g.port)
        c.close()
        equal(got, wanted)
        g.wait_log('event=loaded by=upgrade .*root=%s' % after['root'])
        return now
    except BaseException:
        end(now)
        raise


@test()
def rolled_back():
    """what was rolled back to stays, until the file is loaded"""
    with Stage() as s:
        g = s.gateway(to(letter(s, b'a').port))
        g.replace(to(letter(s, b'b').port))
        equal(g.tlsctl('rollback')[0], 0)
        now = kept_live(s, g, b'a')
        try:
            equal(g.tlsctl('load')[0], 0)
            c, got = ask(g.port)
            c.close()
            equal(got, b'b')
        finally:
            end(now)


@test('loaded', 'broken', 'gone')
def another(form):
    """a table from elsewhere stays, whatever is at the policy's path"""
    with Stage() as s:
        g = s.gateway(to(letter(s, b'a').port))
        if form == 'loaded':
            code, text = s.compile(g.expand(to(letter(s, b'b').port)),
                                   'other.bin')
            equal(code, 0, text)
            equal(g.tlsctl('load', s.path('other.bin'))[0], 0)
        elif form == 'broken':
            s.write('new.bin', 'no table at all' * 100)
            os.rename(s.path('new.bin'), s.path('policy.bin'))
            g.wait_log('event=refused')
        else:
            os.unlink(s.path('policy.bin'))
        end(kept_live(s, g, b'b' if form == 'loaded' else b'a'))


@test()
def worse_files():
    """certificates that were kept in use because those on disk are worse"""
    with Stage() as s:
        shutil.copy(cert('shop'), s.path('x.pem'))
        shutil.copy(key('shop'), s.path('x.key'))
        g = s.gateway(policy(
            route('shop.example.com', 'offload to web', 'certificate x;'),
            head='certificate x { chain "x.pem"; key "x.key"; }\n',
            web=s.origin(Origin.http).port))
        s.write('new.pem', 'nothing')
        os.rename(s.path('new.pem'), s.path('x.pem'))
        g.wait_log('event=refused by=renewal')
        now = upgraded(g, g.pid)
        try:
            with tls_connect(g.port, 'shop.example.com') as c:
                equal(get(c), 'hello\n')
            # What is on disk is looked at once more.
            g.wait_log('event=refused by=renewal', 2)
        finally:
            end(now)


@test()
def fails_and_counts():
    """an upgrade that fails leaves no counts; the next one has the board"""
    with Stage() as s:
        g = s.gateway(policy(
            route('a.example.com', 'passthrough to x'),
            head='limits one { connections 1; }\n', front='limits one;',
            x=letter(s, b'a').port), None, *kept(s))
        failing(s, g)
        c, got = poll(lambda: (lambda x: x if x[1] == b'a' else None)(
            ask(g.port)), 'a place')
        c.close()
        total = known(g)[0]['total']
        now = upgraded(g, g.pid)
        try:
            equal(known(g)[0]['total'], total)
            check('counts of limits and servers begin again' not in g.log(), g.log())
        finally:
            end(now)


@test()
def unchecked():
    """a server that was down is down at once; one that nobody checks any
    more is not"""
    def state(g):
        return [x['state'] for x in known(g)]
    with Stage() as s:
        port = free_port()
        health = 'health tcp interval %s timeout 2s fall 1 rise 1;'
        where = policy(route('a.example.com', 'passthrough to x'),
                       x=server(port) + health % '1h')
        g = s.gateway(where)
        g.wait_log('event=server-down')
        equal(state(g), ['down'])
        now = upgraded(g, g.pid)
        try:
            equal(state(g), ['down'])
            poll(lambda: not g.process.alive(), 'the end of the first')
            # Under the new one's feet: it learns of it by the next upgrade.
            os.kill(now, signal.SIGSTOP)
            code, text = s.compile(g.expand(to(port)))
            equal(code, 0, text)
            os.kill(now, signal.SIGUSR2)
            os.kill(now, signal.SIGCONT)
            third = poll(lambda: [p for p in [master(g)] if p not in
                                  (None, g.pid, now)], 'a new master')[0]
            now, last = third, now
            poll(lambda: state(g) == ['up'], 'the file that was put there')
            poll(lambda: not alive(last), 'the end of the second')
        finally:
            end(now)


@test()
def upgrade():
    """SIGUSR2: a new master serves, the old one drains, nothing is lost"""
    with Stage() as s:
        g = s.gateway(to(letter(s, b'a').port), None, '--drain', '60',
                      workers=2)
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
        g = s.gateway(to(letter(s, b'a').port), None, *kept(s))
        failing(s, g)
        c, got = ask(g.port)
        equal(got, b'a')
        c.close()
        equal(master(g), g.pid)
        code, text = g.tlsctl('load')
        equal(code, 0, text)
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
