#!/usr/bin/python3
"""Rights: what a plain user lacks is said; limits of descriptors are too."""
from edge import *
from tap import *

USER = '12345'


def letter(stage):
    def talk(conn, origin, record):
        record += conn.recv(65536)
        conn.sendall(b'a')
    return stage.origin(talk)


def ask(port):
    with connect(port) as c:
        c.sendall(hello('a.example.com'))
        return c.recv(1)


class Started(Gateway):
    """A tlsd that is started by something else."""

    def __init__(self, stage, port, *argv):
        self.stage, self.port, self.status_wanted = stage, port, 0
        self.control, self.log_path = stage.path('none'), stage.path('log')
        self.process = Process(list(argv), stage.dir, 'tlsd')
        self.pid = self.process.pid
        stage.add(self)


def compiled(stage, port, text):
    code, out = stage.compile(text.replace('@LISTEN@',
                                           '%s:%d' % (ADDR, port)))
    equal(code, 0, out)


def as_user(stage):
    """The words that run our tlsd as another user, who can reach it."""
    if os.geteuid() != 0:
        return [program('tlsd')]
    shutil.copy(program('tlsd'), stage.path('tlsd'))
    os.chmod(stage.path('tlsd'), 0o755)
    return ['setpriv', '--reuid', USER, '--regid', USER, '--clear-groups',
            stage.path('tlsd')]


@test()
def plain_user():
    """a plain user runs it, and is told once what it lacks"""
    with Stage() as s:
        port = free_port()
        compiled(s, port, policy(route('a.example.com', 'passthrough to x'),
                                 x=letter(s).port))
        g = Started(s, port, *as_user(s), '--workers', '2', '--drain', '1',
                    s.path('policy.bin'))
        g.process.wait_port(port)
        equal(ask(port), b'a')
        equal(len(g.wait_log('event=unprotected')), 1)
        check('not started as root' in g.log(), g.log())


@test()
def low_port():
    """a port below 1024 without the right: said, with what to do"""
    with Stage() as s:
        if int(open('/proc/sys/net/ipv4/ip_unprivileged_port_start')
               .read()) <= 79:
            raise Skip('every port is free here')
        compiled(s, 79, policy(route('a.example.com', 'reject close')))
        code, out = tool(*as_user(s), s.path('policy.bin'))
        check(code == 1 and 'no permission' in out and
              'CAP_NET_BIND_SERVICE' in out, code, out)


@test()
def foreign_key():
    """a key that the user may not read: which file, and why"""
    if os.geteuid() != 0:
        raise Skip('not root')
    with Stage() as s:
        port = free_port()
        shutil.copy(cert('shop'), s.path('x.pem'))
        shutil.copy(key('shop'), s.path('x.key'))
        os.chmod(s.path('x.key'), 0o600)
        compiled(s, port, policy(
            route('shop.example.com', 'offload to web', 'certificate x;'),
            head='certificate x { chain "x.pem"; key "x.key"; }\n',
            web=free_port()))
        code, out = tool(*as_user(s), s.path('policy.bin'))
        check(code == 1 and 'x.key: Permission denied' in out, code, out)


@test()
def user_option():
    """--user: no such user, and root, are refused"""
    if os.geteuid() != 0:
        raise Skip('not root')
    with Stage() as s:
        compiled(s, free_port(), policy(route('a.example.com',
                                              'reject close')))
        for user in ('root', 'no-such-user'):
            code, out = tool(program('tlsd'), '--user', user,
                             s.path('policy.bin'))
            check(code == 1 and user in out, code, out)


@test()
def descriptors():
    """limits that need more descriptors than allowed are told of"""
    with Stage() as s:
        port = free_port()
        compiled(s, port, policy(
            route('a.example.com', 'reject close'),
            head='limits big { connections 100000; }\n',
            front='limits big;'))
        code, out = tool('prlimit', '--nofile=500:500', program('tlsd'),
                         '--check', s.path('policy.bin'))
        check(code == 0 and 'TC0702' in out and '500 are allowed' in out,
              code, out)
        code, out = tool(program('tlsd'), '--check', s.path('policy.bin'))
        check('worst case: 100000 connections, 400065 descriptors in a '
              'worker, ' in out, out)
        code, out = tool('prlimit', '--nofile=20:20', program('tlsd'),
                         '--check', '--workers', '64', s.path('policy.bin'))
        check(code == 1 and 'descriptors' in out, code, out)


@test()
def worst_case():
    """what all limits together allow is told, and when it is too much"""
    with Stage() as s:
        port = free_port()
        o = letter(s)
        text = policy(
            route('a.example.com', 'passthrough to x'),
            route('shop.example.com', 'offload to x', 'certificate shop;',
                  'limits other;'), x=o.port,
            head=certificate('shop') + 'limits tight { connections 100; }\n'
            'limits other { client-hello 16000000B; connections %s; }\n',
            front='limits tight;')
        compiled(s, port, text % '50')
        code, out = tool(program('tlsd'), '--check', s.path('policy.bin'))
        check('worst case: 150 connections, 665 descriptors' in out, out)
        # Terabytes, if every hello is as long as it may be.
        compiled(s, port, text % '200k')
        code, out = tool(program('tlsd'), '--check', s.path('policy.bin'))
        check(code == 0 and 'TC0702' in out, out)
        compiled(s, port, policy(route('a.example.com', 'reject close')))
        code, out = tool(program('tlsd'), '--check', s.path('policy.bin'))
        check("worst case: limits 'default' have no 'connections'; each of"
              in out, out)


@test()
def unix_listener():
    """a unix listener serves, replaces a dead one's path, and cleans up"""
    with Stage() as s:
        path = s.path('edge.sock')
        dead = socket.socket(socket.AF_UNIX)
        dead.bind(path)
        dead.close()
        code, out = s.compile(policy(
            route('a.example.com', 'passthrough to x'),
            x=letter(s).port).replace('@LISTEN@', 'unix:"%s"' % path))
        equal(code, 0, out)
        g = Started(s, 0, program('tlsd'), '--workers', '2', '--drain', '1',
                    s.path('policy.bin'))
        g.wait_log('event=loaded')
        for _ in range(5):
            with socket.socket(socket.AF_UNIX) as c:
                c.connect(path)
                c.sendall(hello('a.example.com'))
                equal(c.recv(1), b'a')
        code, out = tool(program('tlsd'), s.path('policy.bin'))
        check(code == 1 and 'in use' in out, code, out)
        equal(g.process.stop(), 0)
        check(not os.path.exists(path))
        s.write('edge.sock', 'a file of somebody else')
        code, out = tool(program('tlsd'), s.path('policy.bin'))
        check(code == 1 and 'edge.sock' in out, code, out)
        equal(open(path).read(), 'a file of somebody else')


@test()
def unix_servers_later():
    """a first unix server is refused while workers are confined; what the
    refusal says to do serves it"""
    if os.geteuid() != 0:
        raise Skip('not root')
    if os.environ.get('BUILD', '').endswith('san'):
        raise Skip('a sanitizer build is not confined')

    def served():
        with connect(g.port) as c:
            c.sendall(hello('a.example.com'))
            return c.recv(1)
    with Stage() as s, socket.socket(socket.AF_UNIX) as u:
        path = s.path('socket')
        u.bind(path)
        os.chmod(path, 0o666)   # workers are nobody
        u.listen(9)

        def answer():
            conn = u.accept()[0]
            conn.recv(65536)
            conn.sendall(b'u')
            conn.close()
        g = s.gateway(policy(route('a.example.com', 'passthrough to x'),
                             x=letter(s).port))
        text = g.expand(policy(route('a.example.com', 'passthrough to x'),
                               x='server unix:"%s";' % path))
        # From elsewhere: it has to be put where the policy is.
        equal(s.compile(text, 'other.bin')[0], 0)
        code, out = g.tlsctl('load', s.path('other.bin'))
        check(code == 1 and "put it at %s: then 'kill -USR2 %d'" % (
            s.path('policy.bin'), g.pid) in out, code, out)
        equal(s.compile(text)[0], 0)
        said = g.wait_log("event=refused .*given up the right to reach; .*'kill -USR2")
        equal(served(), b'a')
        threading.Thread(target=answer, daemon=True).start()
        os.kill(int(re.search(r'kill -USR2 (\d+)', said[0]).group(1)),
                signal.SIGUSR2)
        now = poll(g.successors, 'a new master')[0]
        try:
            poll(lambda: not g.process.alive(), 'the end of the old one')
            equal(served(), b'u')
        finally:
            os.kill(now, signal.SIGTERM)
            poll(lambda: not g.successors(), 'the end of the new one')

run()
