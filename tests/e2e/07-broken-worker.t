#!/usr/bin/python3
"""A worker that has been taken over is kept from everybody else.

broken.c is loaded into tlsd's processes and does what an attacker would, from
inside a worker, when it is told to by a signal.
"""
import errno
import struct

from edge import *
from tap import *

NAME = 'a.example.com'
(KILL, STARVE, STEAL, SHUT, DISCONNECT, LOG, STDERR, ABSTRACT, LINGER, SEAL,
 POISON, VETO, EXECUTE, OPEN, FULL,
 SECEDE, ELSEWHERE, COMMAND, FORGE,
 CUT) = range(20)
REFUSED = errno.EPERM
_libc = ctypes.CDLL(None)
_libc.sigqueue.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_void_p]


def needs():
    if os.environ.get('BUILD', '').endswith('san'):
        raise Skip('a sanitizer build is not confined')


def library(stage):
    needs()
    path = stage.path('broken.so')
    code, out = tool('cc', '-shared', '-fPIC', '-O1', '-D_GNU_SOURCE', '-iquote', TOP, '-o',
                     path, os.path.join(TOP, 'tests', 'e2e', 'broken.c'))
    equal(code, 0, out)
    return path


class Broken(Gateway):
    """A gateway whose workers can be told to attack."""

    def __init__(self, stage, policy, *options, workers=2, wrap=(), **more):
        self.tell = stage.write('tell', '')
        os.chmod(self.tell, 0o666)
        self.seen = 0
        super().__init__(stage, policy, None, options, workers=workers,
                         prefix=(*wrap, 'bash', '-c', 'exec 200>>"$0"; '
                                 'LD_PRELOAD="$1" exec "${@:2}"', self.tell,
                                 library(stage)), **more)
        stage.add(self)
        self.wait_log('event=loaded')   # all have their sockets

    def workers(self):
        code, out = self.tlsctl('--json', 'status')
        equal(code, 0, out)
        return [w['pid'] for w in json.loads(out)['workers']]

    @staticmethod
    def tell_to(pid, which, argument=0):
        equal(_libc.sigqueue(pid, signal.SIGRTMIN + which, argument), 0)

    def attack(self, pid, which, argument=0):
        """The errno that came of it; 0: it could be done."""
        self.tell_to(pid, which, argument)

        def told():
            with open(self.tell) as f:
                return f.read().splitlines()[self.seen:]
        line = poll(told, 'the attack %d' % which)[0]
        self.seen += 1
        number, why = (int(x) for x in line.split())
        equal(number, which)
        return why

    def ask(self, n=1):
        for _ in range(n):
            with connect(self.port) as c:
                c.sendall(hello(NAME))
                equal(c.recv(1), b'a')


def letter(stage):
    def talk(conn, origin, record):
        record += conn.recv(65536)
        conn.sendall(b'a')
        conn.recv(1)   # until the client ends it
    return stage.origin(talk)


def to_letter(stage, more='', **options):
    return policy(route(NAME, 'passthrough to x'), head=more,
                  x=letter(stage).port, **options)


@test()
def files():
    """it opens no file and starts no program"""
    with Stage() as s:
        g = Broken(s, to_letter(s))
        pid = g.workers()[0]
        check(g.attack(pid, OPEN) in (errno.EPERM, errno.EACCES))
        equal(g.attack(pid, EXECUTE), REFUSED)


@test()
def siblings():
    """it kills no other process and takes no limit of one"""
    with Stage() as s:
        g = Broken(s, to_letter(s))
        one, other = g.workers()
        for victim in (other, g.pid):
            equal(g.attack(one, KILL, victim), REFUSED)
            equal(g.attack(one, STARVE, victim), REFUSED)
        g.ask(8)
        equal(g.workers(), [one, other])


@test()
def steering():
    """it puts no program on the group of listening sockets"""
    with Stage() as s:
        g = Broken(s, to_letter(s))
        equal(g.attack(g.workers()[0], STEAL), REFUSED)
        equal(g.attack(g.workers()[1], STEAL), REFUSED)


@test()
def listeners():
    """a listening socket that it has ended listens again, and it is replaced"""
    with Stage() as s:
        g = Broken(s, to_letter(s), workers=1)
        pid = g.workers()[0]
        equal(g.attack(pid, SHUT), REFUSED)
        g.ask()
        equal(g.workers(), [pid])
        # What no filter can see; it is not asked how that went, since it
        # may be dead before it can tell.
        g.tell_to(pid, DISCONNECT)
        g.wait_log('event=listener-ended address=%s:%d process=worker '
                   'number=0 .*is listening again' % (ADDR, g.port))
        g.ask(8)
        check(pid not in g.workers())


@test('connected', 'connecting')
def elsewhere(form):
    """a listening socket that it has connected listens again"""
    with Stage() as s, socket.socket() as there:
        there.bind(('127.0.0.1', 0))
        there.listen(1)
        port = there.getsockname()[1]
        if form == 'connecting':   # to a queue that is full
            there.listen(0)
            for _ in range(4):
                c = s.add(socket.socket())
                c.setblocking(False)
                c.connect_ex(('127.0.0.1', port))
        g = Broken(s, to_letter(s), workers=1)
        pid = g.workers()[0]
        # The master is to see it when all is done.
        os.kill(g.pid, signal.SIGSTOP)
        try:
            equal(g.attack(pid, ELSEWHERE, port), 0)
        finally:
            os.kill(g.pid, signal.SIGCONT)
        g.wait_log('event=listener-ended .*is listening again')
        poll(lambda: g.workers()[0] not in (0, pid), 'another worker')
        g.ask(8)


@test()
def log_file():
    """it cannot rewrite the log"""
    with Stage() as s:
        g = Broken(s, to_letter(s), workers=1)
        g.ask()
        g.wait_close('done')
        with open(g.log_path) as f:
            before = f.read()
        pid = g.workers()[0]
        check(g.attack(pid, LOG))
        check(g.attack(pid, STDERR))
        with open(g.log_path) as f:
            equal(f.read()[:len(before)], before)
        check('forged' not in g.log(), g.log())


@test()
def terminal():
    """a line that it adds to the log does nothing to a terminal"""
    with Stage() as s:
        g = Broken(s, to_letter(s), workers=1)
        equal(g.attack(g.workers()[0], FORGE), 0)
        g.wait_log('sni=')
        with open(g.log_path, 'rb') as f:
            line = [l for l in f.read().decode().splitlines()
                    if 'time=x' in l]
        equal(line, ['time=x sni=??[31m??1m???zz\xe9'])


@test('no unix servers', 'Unix servers')
def abstract(form):
    """it reaches no abstract unix socket"""
    with Stage() as s, socket.socket(socket.AF_UNIX) as u:
        u.bind('\0tlsd-test-%d' % os.getpid())
        u.listen(9)
        more = ''
        if form == 'Unix servers':
            more = 'backend u { server unix:"%s"; }\n' % s.path('socket')
            if _libc.syscall(444, None, ctypes.c_size_t(0), 1) < 6:
                raise Skip('the kernel has no Landlock for it')
        g = Broken(s, policy(
            route(NAME, 'passthrough to x'),
            *([route('u.example.com', 'passthrough to u')] if more else []),
            head=more, x=letter(s).port))
        equal(g.attack(g.workers()[0], ABSTRACT, os.getpid()), REFUSED)


@test()
def full():
    """a worker without a free descriptor takes up a table with an address"""
    with Stage() as s:
        other = free_port()
        text = to_letter(s)
        g = Broken(s, text, workers=1)
        pid = g.workers()[0]
        equal(g.attack(pid, FULL), 0)
        code, out = s.compile(g.expand(text.replace(
            '@LISTEN@', '@LISTEN@, %s:%d' % (ADDR, other))))
        equal(code, 0, out)
        # It is told by the rename, too: twice is one more message.
        code, out = g.tlsctl('load')
        equal(code, 0, out)
        poll(lambda: 'event=loaded' in g.log().split('event=loaded', 1)[1],
             'the table')
        equal(g.workers(), [pid])
        check('nonsense' not in g.log(), g.log())
        # Refused for want of a descriptor, by an accept: it listens there.
        with connect(other) as c:
            equal(read_all(c), b'')


@test()
def nonsense():
    """a message of another length than its kind's is its end"""
    with Stage() as s:
        g = Broken(s, to_letter(s), workers=1)
        pid = g.workers()[0]
        g.tell_to(pid, CUT)
        g.wait_log('event=child-nonsense process=worker')
        poll(lambda: g.workers()[0] not in (0, pid), 'another worker')
        g.ask()


@test('root', 'a plain user')
def commands(form):
    """it gives no commands, though unix servers and one user open the way"""
    with Stage() as s:
        wrap, user = (), os.geteuid()
        if form == 'root' and user != 0:
            raise Skip('not root')
        if form != 'root' and user == 0:
            user = 61377
            wrap = ('setpriv', '--reuid', str(user), '--regid', str(user),
                    '--clear-groups')
            os.chmod(s.dir, 0o777)
        port = free_port()
        os.environ['CONTROL'] = s.path('control-%d.sock' % port)
        g = Broken(s, policy(
            route(NAME, 'passthrough to x'),
            route('u.example.com', 'passthrough to u'),
            head='backend u { server unix:"%s"; }\n' % s.path('u'),
            x=letter(s).port), port=port, wrap=wrap)
        pid = g.workers()[0]
        check(g.attack(pid, COMMAND))
        if form != 'root':
            g.wait_log('event=control-denied uid=%d pid=%d' % (user, pid))
        equal(subprocess.run(
            [*wrap, program('tlsctl'), '--control', g.control, 'status'],
            stdout=subprocess.DEVNULL).returncode, 0)


@test()
def descriptors():
    """no socket that hangs when it is closed gets to the master"""
    with Stage() as s, socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.bind(('127.0.0.1', 0))
        deaf.listen(1)
        g = Broken(s, to_letter(s))
        pid = g.workers()[0]
        # The master, when it reads it, is to be the last to close it.
        os.kill(g.pid, signal.SIGSTOP)
        try:
            why = g.attack(pid, LINGER, deaf.getsockname()[1])
        finally:
            os.kill(g.pid, signal.SIGCONT)
        equal(why, REFUSED)
        equal(g.tlsctl('status')[0], 0)


@test()
def sealed():
    """it cannot seal the shared memory against its successors"""
    with Stage() as s:
        g = Broken(s, to_letter(s), workers=1)
        pid = g.workers()[0]
        check(g.attack(pid, SEAL))
        os.kill(pid, signal.SIGKILL)
        poll(lambda: g.workers()[0] not in (0, pid), 'another worker')
        g.ask()


@test(255, 127)
def poisoned(octet):
    """what it has written on the board is gone with it"""
    with Stage() as s:
        metrics = free_port()
        g = Broken(s, to_letter(
            s, 'limits l { connection-rate 10k/s; connections per-source 1000; '
            '}\n', front='limits l;'), '--metrics',
            '%s:%d' % (ADDR, metrics))
        g.ask(8)
        held = [connect(g.port) for _ in range(16)]   # in both workers
        for c in held:
            c.sendall(hello(NAME))
            equal(c.recv(1), b'a')
        one, other = g.workers()
        equal(g.attack(one, POISON, octet), 0)
        with connect(metrics) as c:
            check('tlsd_connections' in get(c, path='/metrics'))
        equal(g.tlsctl('servers')[0], 0)
        equal(g.tlsctl('status')[0], 0)
        os.kill(one, signal.SIGKILL)
        poll(lambda: one not in g.workers() and 0 not in g.workers(),
             'another worker')
        # Who lives has counted again, and what it holds is counted.
        def total():
            with connect(metrics) as c:
                return int(re.search(r'^tlsd_connections (\d+)$', get(
                    c, path='/metrics'), re.M)[1])

        def connections():
            code, out = g.tlsctl('--json', 'status')
            return sum(w['connections'] for w in json.loads(out)['workers'])
        poll(lambda: total() == connections() and total() < 16, 'the count')
        g.ask(16)
        equal(g.workers()[1], other)
        # Its successor counts where the others do.
        for _ in range(16):
            held.append(connect(g.port))
            held[-1].sendall(hello(NAME))
            equal(held[-1].recv(1), b'a')
        equal((total(), connections() >= 16), (connections(), True))
        for c in held:
            c.close()
        poll(lambda: total() == 0, 'the end of all')
        code, out = g.tlsctl('--json', 'servers')
        equal([x['connections'] for x in json.loads(out)['servers']], [0])


@test()
def veto():
    """it keeps out one table, not two"""
    with Stage() as s:
        g = Broken(s, to_letter(s))
        one, other = g.workers()
        equal(g.attack(one, VETO), 0)
        code, out = g.tlsctl('load')
        check(code == 1 and 'says the broken one' in out, code, out)
        code, out = g.tlsctl('load')
        equal(code, 0, out)
        g.wait_log('event=child-failed .*says the broken one')
        check(one not in g.workers() and other in g.workers())
        g.ask(8)


@test()
def all_fail():
    """a table that no worker can use is refused once, and ends none"""
    with Stage() as s:
        g = Broken(s, to_letter(s))
        both = g.workers()
        for pid in both:
            equal(g.attack(pid, VETO), 0)
        code, out = g.tlsctl('load')
        check(code == 1 and 'says the broken one' in out, code, out)
        equal(g.workers(), both)   # answered behind what each had to say
        g.ask(8)


@test()
def secession():
    """it does not go on without the master, nor keep out a table"""
    with Stage() as s:
        g = Broken(s, to_letter(s))
        one, other = g.workers()
        equal(g.attack(one, SECEDE), 0)
        code, out = g.tlsctl('load')
        equal(code, 0, out)
        poll(lambda: one not in g.workers() and 0 not in g.workers(),
             'another worker')
        g.ask(8)
        equal(g.workers()[1], other)


@test()
def orphan():
    """it does not outlive the master"""
    with Stage() as s:
        g = Broken(s, to_letter(s), workers=1)
        pid = g.workers()[0]
        equal(g.attack(pid, SECEDE), 0)
        g.status_wanted = -signal.SIGKILL
        os.kill(g.pid, signal.SIGKILL)
        poll(lambda: not os.path.exists('/proc/%d' % pid), 'its end')


@test(*VERSIONS)
def ticket_secret(version):
    """a worker that died by a signal takes the secret of tickets with it"""
    with Stage() as s:
        needs()
        g = s.gateway(policy(
            route('shop.example.com', 'offload to x', 'certificate shop;'),
            head=certificate('shop'), x=s.origin().port), workers=2)
        session = s.path('session')

        def talk(*more):
            out = s_client(g.port, 'shop.example.com', version, *more,
                           send=GET, until='hello')[1]
            check('hello' in out, out)
            return 'Reused, ' in out
        talk('-sess_out', session)
        equal(talk('-sess_in', session), True)
        code, out = g.tlsctl('--json', 'status')
        os.kill(json.loads(out)['workers'][0]['pid'], signal.SIGKILL)
        g.wait_log('event=tickets-renewed .*by a signal')
        g.wait_log('event=child-started process=worker', 3)
        equal(talk('-sess_in', session), False)
        talk('-sess_out', session)
        equal(talk('-sess_in', session), True)


@test()
def daily_secret():
    """--tickets-life: another secret, and another"""
    with Stage() as s:
        g = s.gateway(policy(
            route('shop.example.com', 'offload to x', 'certificate shop;'),
            head=certificate('shop'), x=s.origin().port), None,
            '--tickets-life', '0.5')
        session = s.path('session')
        s_client(g.port, 'shop.example.com', '1.3', '-sess_out', session,
                 send=GET, until='hello')
        g.wait_log('event=tickets-renewed .*time is over', 3)
        out = s_client(g.port, 'shop.example.com', '1.3', '-sess_in', session,
                       send=GET, until='hello')[1]
        check('hello' in out and 'Reused, ' not in out, out)


@test()
def swapped():
    """a link in the place of a unix listener gives nobody rights to a file"""
    with Stage() as s:
        target = s.write('target', 'secret')
        os.chmod(target, 0o600)
        code, out = s.compile(to_letter(s).replace(
            '@LISTEN@', 'unix:"%s"' % s.path('swapped.sock')))
        equal(code, 0, out)
        p = Process([program('tlsd'), '--workers', '1', s.path('policy.bin')],
                    s.dir, 'tlsd', dict(os.environ, SWAP=target,
                                        LD_PRELOAD=library(s)))
        try:
            poll(lambda: 'event=loaded' in p.output(), 'the start')
            equal(os.readlink(s.path('swapped.sock')), target)
            equal(os.stat(target).st_mode & 0o777, 0o600)
        finally:
            equal(p.stop(), 0)
        check(os.path.islink(s.path('swapped.sock')))   # not ours to remove


@test('own link', 'link')
def log_link(form):
    """a log that is somebody else's link is refused"""
    if os.geteuid() != 0:
        raise Skip('not root')
    with Stage() as s:
        target = s.write('target', '')
        os.symlink(target, s.path('log'))
        if form == 'link':
            os.lchown(s.path('log'), 12345, 12345)
        code, out = s.compile(to_letter(s).replace(
            '@LISTEN@', '%s:%d' % (ADDR, free_port())))
        equal(code, 0, out)
        p = Process([program('tlsd'), '--workers', '1', '--log',
                     s.path('log'), s.path('policy.bin')], s.dir, 'tlsd')
        if form == 'link':
            poll(lambda: not p.alive(), 'the refusal')
            equal(p.stop(), 1)
            check('log: Too many levels of symbolic links' in p.output())
            equal(os.stat(target).st_size, 0)
        else:
            poll(lambda: os.stat(target).st_size, 'lines')
            equal(p.stop(), 0)


@test()
def users():
    """workers, monitor and keys are three users, where there are three"""
    needs()
    if os.geteuid() != 0:
        raise Skip('not root')
    with Stage() as s:
        with open('/etc/passwd') as f:
            names = f.read()
        for n, user in enumerate(('edge', 'edge-monitor', 'edge-keys')):
            names += '%s:x:%d:%d::/:/bin/false\n' % (user, 61301 + n,
                                                     61301 + n)
        own = s.write('passwd', names)
        g = Broken(s, to_letter(s), '--user', 'edge', '--metrics',
                   '%s:%d' % (ADDR, free_port()), workers=1,
                   wrap=('unshare', '--mount', 'bash', '-c',
                         'mount --bind "$0" /etc/passwd && exec "$@"', own))
        g.wait_log('process=monitor')
        found = {}

        def all_three():
            for pid in subprocess.run(
                    ['ps', '-o', 'pid=', '--ppid', str(g.pid)],
                    stdout=subprocess.PIPE).stdout.split():
                with open('/proc/%d/status' % int(pid)) as f:
                    text = f.read()
                found[re.search(r'Name:\s+(\S+)', text)[1]] = int(
                    re.search(r'Uid:\s+(\d+)', text)[1])
            return sorted(found.values()) == [61301, 61302, 61303]
        poll(all_three, 'three users: %s' % found)
        equal(found, {'tlsd-worker': 61301, 'tlsd-monitor': 61302,
                      'tlsd-keys': 61303})
        check('run as one user' not in g.log(), g.log())


run()
