#!/usr/bin/python3
"""The master: supervision, rollback, control, refusals, logs."""
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
    with connect(port) as c:
        c.sendall(hello('a.example.com'))
        return c.recv(1)


def to(port):
    return policy(route('a.example.com', 'passthrough to x'), x=port)


def status(g):
    code, text = g.tlsctl('--json', 'status')
    equal(code, 0, text)
    return json.loads(text)


def pids(g):
    return [w['pid'] for w in status(g)['workers']]


def speak(g, data):
    """Raw octets to the control socket; all that comes back."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(DEADLINE)
        s.connect(g.control)
        try:
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)
        except OSError:
            pass   # refused before we had said all
        out = b''
        try:
            while True:
                more = s.recv(65536)
                if not more:
                    return out
                out += more
        except ConnectionResetError:
            return out


@test()
def crash():
    """a killed worker is replaced, again and again, and serves"""
    with Stage() as s:
        o = letter(s, b'a')
        g = s.gateway(to(o.port), workers=2)
        for n in range(1, 4):
            victim = pids(g)[0]
            os.kill(victim, signal.SIGKILL)
            poll(lambda: victim not in pids(g) and 0 not in pids(g),
                 'a new worker')
            for _ in range(10):
                equal(ask(g.port), b'a')
            equal(status(g)['restarts'], n)


@test()
def crash_keeps_queue():
    """connections queued for a dead worker are served by its successor"""
    with Stage() as s:
        o = letter(s, b'a')
        g = s.gateway(to(o.port))
        victim = pids(g)[0]
        os.kill(victim, signal.SIGSTOP)   # nothing is accepted any more
        waiting = [connect(g.port) for _ in range(20)]
        for c in waiting:
            c.sendall(hello('a.example.com'))
        os.kill(victim, signal.SIGKILL)
        for c in waiting:
            equal(c.recv(1), b'a')
            c.close()


@test()
def rollback():
    """rollback goes back table by table, without reading a file"""
    with Stage() as s:
        ports = [letter(s, l).port for l in (b'a', b'b', b'c')]
        g = s.gateway(to(ports[0]))
        for p in ports[1:]:
            g.replace(to(p))
        equal(ask(g.port), b'c')
        os.unlink(s.path('policy.bin'))
        for wanted in (b'b', b'a'):
            code, text = g.tlsctl('rollback')
            equal(code, 0, text)
            equal(ask(g.port), wanted)
        code, text = g.tlsctl('rollback')
        check(code == 1 and 'no older' in text, code, text)
        kept = [x for x in status(g)['generations'] if x['state'] != 'live']
        newest = max(kept, key=lambda x: x['origin'])
        code, text = g.tlsctl('rollback', str(newest['generation']))
        equal(code, 0, text)
        equal(ask(g.port), b'c')
        code, text = g.tlsctl('rollback', '12345')
        check(code == 1 and '12345' in text, code, text)
        equal(len(g.wait_log('event=rollback', 3)), 3)


@test()
def kept():
    """of equal tables one is kept, and of others the last few"""
    with Stage() as s:
        o = letter(s, b'a')
        g = s.gateway(to(o.port), None, '--keep', '3')
        for n in range(5):
            code, text = g.tlsctl('load', s.path('policy.bin'))
            equal(code, 0, text)
        equal(len(status(g)['generations']), 1)
        for n in range(5):
            g.replace(to(o.port) + 'route' * 0 + '# %d\n' % n)
        equal(len(status(g)['generations']), 3)


@test()
def refusals():
    """owner, mode, kind: each refused in words, the old serves"""
    with Stage() as s:
        o = letter(s, b'a')
        g = s.gateway(to(o.port))
        good = s.path('good.bin')
        shutil.copy(s.path('policy.bin'), good)
        os.chmod(good, 0o664)
        before = poll(g.generation, 'a generation')
        cases = {'writable': good, 'No such file': s.path('none.bin'),
                 'not a regular': s.path('dir'), 'loop?': s.path('link')}
        os.mkdir(s.path('dir'))
        os.symlink('link', s.path('link'))
        if os.geteuid() == 0:
            shutil.copy(s.path('policy.bin'), s.path('foreign.bin'))
            os.chown(s.path('foreign.bin'), 12345, -1)
            cases['owned by uid 12345'] = s.path('foreign.bin')
        for words, path in cases.items():
            code, text = g.tlsctl('load', path)
            equal(code, 1, words)
            check('TC0901' in text and words in text, words, text)
        equal(g.generation(), before)
        equal(ask(g.port), b'a')
        equal(status(g)['refusals'], len(cases))
        g.wait_log('event=refused by="control uid', len(cases))


@test()
def listener_taken():
    """a table with a port in use changes nothing"""
    with Stage() as s, socket.socket() as taken:
        taken.bind((ADDR, 0))
        taken.listen()
        where = '%s:%d' % (ADDR, taken.getsockname()[1])
        o = letter(s, b'a')
        text = to(o.port)
        g = s.gateway(text)
        before = poll(g.generation, 'a generation')
        second = free_port()
        s.compile(g.expand(text.replace('@LISTEN@', '@LISTEN@, %s:%d, %s' % (
            ADDR, second, where))), 'more.bin')
        code, out = g.tlsctl('load', s.path('more.bin'))
        check(code == 1 and where in out and 'in use' in out, out)
        equal(g.generation(), before)
        check(second not in [int(l.rsplit(':')[-1])
                             for l in status(g)['listeners']])
        try:
            connect(second).close()
            check(False, 'the other new listener stayed open')
        except ConnectionRefusedError:
            pass


@test()
def flipped():
    """every flip and cut of a table is refused with a place"""
    with Stage() as s:
        g = s.gateway(to(letter(s, b'a').port))
        with open(s.path('policy.bin'), 'rb') as f:
            good = f.read()
        with socket.socket(socket.AF_UNIX) as c:
            c.connect(g.control)
            lines = c.makefile('rwb')
            for at in range(0, len(good), max(1, len(good) // 150)):
                for data in (good[:at], good[:at] + bytes([good[at] ^ 16]) +
                             good[at + 1:]):
                    with open(s.path('bad.bin'), 'wb') as f:
                        f.write(data)
                    lines.write(b'load ' + s.path('bad.bin').encode() +
                                b'\n')
                    lines.flush()
                    answer = json.loads(lines.readline())
                    check(not answer['ok'], at, answer)
                    equal(answer['id'], 'TC0901')
                    check(re.search(r' \(\S+ at offset \d+\)',
                                    answer['error']), at, answer)
        equal(ask(g.port), b'a')
        equal(g.generation(), 1)


@test()
def control_garbage():
    """garbage on the control socket is an error, never more"""
    with Stage() as s:
        g = s.gateway(to(letter(s, b'a').port))
        for data in (b'\0\1\2\n', b'frobnicate\n', b'load relative\n',
                     b'rollback x\n', b'x' * 100000, b'\n\n\n', b'status',
                     b'\xff' * 50 + b'\n', b'status\r\nstatus now\n'):
            for line in speak(g, data).splitlines():
                json.loads(line)
        answers = speak(g, b'nonsense\nstatus\nload\nstatus\n')
        first, *rest = [json.loads(l) for l in answers.splitlines()] or [0]
        equal(first['ok'], False)
        idle = []
        for _ in range(64):   # more than it takes: the rest is hung up on
            c = socket.socket(socket.AF_UNIX)
            c.connect(g.control)
            idle.append(c)
        for c in idle:
            c.close()
        poll(lambda: g.tlsctl('status')[0] == 0, 'status')
        equal(ask(g.port), b'a')


@test()
def control_uid():
    """another user gets no answer but a refusal"""
    if os.geteuid() != 0:
        raise Skip('not root')
    with Stage() as s:
        g = s.gateway(to(letter(s, b'a').port))
        os.chmod(g.control, 0o777)
        code, out = tool('setpriv', '--reuid', '12345', '--clear-groups',
                         program('tlsctl'), '--control', g.control, 'drain',
                         '--all')
        check(code != 0, out)
        if 'Permission denied' not in out:   # it could run our program
            check('not permitted' in out, out)
            g.wait_log('event=control-denied uid=12345')
        equal(ask(g.port), b'a')


@test()
def logs():
    """SIGUSR1 reopens the log; audit lines have a file of their own"""
    with Stage() as s:
        audit = s.path('audit.log')
        g = s.gateway(to(letter(s, b'a').port), None, '--audit', audit)
        equal(ask(g.port), b'a')
        os.rename(g.log_path, g.log_path + '.1')
        os.kill(g.pid, signal.SIGUSR1)
        g.wait_log('event=log-reopened')
        equal(ask(g.port), b'a')
        g.wait_close('done')
        g.tlsctl('load', s.path('nothing.bin'))
        with open(audit) as f:
            lines = f.read().splitlines()
        equal([re.search(r'event=(\S+)', l).group(1) for l in lines],
              ['loaded', 'refused'])
        check(all('root=' in l for l in lines[:1]), lines)


@test()
def json_log():
    """--log-format json: every line is an object"""
    with Stage() as s:
        g = s.gateway(to(letter(s, b'a').port), None, '--log-format', 'json')
        equal(ask(g.port), b'a')
        g.wait_log('"close":"done"')
        with open(g.log_path) as f:
            for line in f.read().splitlines():
                json.loads(line)


@test()
def host_fails():
    """a name that does not resolve: a warning, not a refusal"""
    with Stage() as s:
        nowhere = free_port()
        g = s.gateway(policy(route('a.example.com', 'passthrough to x'),
                             x='server no.such.invalid:443;'), None,
                      '--dns', '%s:%d' % (ADDR, nowhere))
        with connect(g.port) as c:
            c.sendall(hello('a.example.com'))
            read_all(c)
        g.wait_close('connect-failed')


@test()
def second_term():
    """a second SIGTERM ends at once"""
    with Stage() as s:
        g = s.gateway(to(letter(s, b'a').port), None, '--drain', '1000')
        c = connect(g.port)
        c.sendall(hello('a.example.com'))
        equal(c.recv(1), b'a')
        os.kill(g.pid, signal.SIGTERM)
        g.wait_log('event=draining')
        check(g.process.alive())
        os.kill(g.pid, signal.SIGTERM)
        poll(lambda: not g.process.alive(), 'the end')
        g.wait_close('drained')
        c.close()

run()
