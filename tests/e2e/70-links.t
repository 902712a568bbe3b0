#!/usr/bin/python3
"""Symbolic links on the way to the policy and to the files it names: they are
followed, watched, and believed only when nobody else can turn them."""
from edge import *
from tap import *

NAME = 'a.example.com'


def letter(stage, text):
    def talk(conn, origin, record):
        record += conn.recv(65536)
        conn.sendall(text)
        Origin.echo(conn, origin, record)
    return stage.origin(talk)


def ask(port):
    with connect(port) as c:
        c.sendall(hello(NAME))
        return c.recv(1)


def turn(stage, target, name):
    """The link leads elsewhere from one moment to the next."""
    os.symlink(target, stage.path(name + '.new'))
    os.rename(stage.path(name + '.new'), stage.path(name))


class Releases:
    """Directories r0, r1, ... of whose policies a link leads to one."""

    def __init__(self, stage):
        self.stage, self.port, self.count = stage, free_port(), 0

    def make(self, letter_sent, where=None):
        name = where or 'r%d' % self.count
        self.count += 1
        os.makedirs(self.stage.path(name), exist_ok=True)
        text = policy(route(NAME, 'passthrough to x'),
                      x=letter(self.stage, letter_sent).port)
        code, out = self.stage.compile(
            text.replace('@LISTEN@', '%s:%d' % (ADDR, self.port)),
            name + '/policy.bin')
        equal(code, 0, out)
        return name

    def gateway(self, table):
        return self.stage.add(Started(self.stage, self.port, table))


class Started(Gateway):
    def __init__(self, stage, port, table):
        self.stage, self.port, self.status_wanted = stage, port, 0
        self.control = stage.path('control.sock')
        self.log_path = stage.path('tlsd.log')
        self.argv = [program('tlsd'), '--workers', '1', '--control',
                     self.control, '--log', self.log_path, '--drain', '1',
                     stage.path(table)]
        self.process = Process(self.argv, stage.dir, 'tlsd')
        self.pid = self.process.pid
        self.process.wait_port(port)


def watches(pid):
    """How many directories the process watches."""
    count = 0
    for fd in os.listdir('/proc/%d/fdinfo' % pid):
        try:
            with open('/proc/%d/fdinfo/%s' % (pid, fd)) as f:
                count += sum(l.startswith('inotify ') for l in f)
        except OSError:
            pass
    return count


@test('release', 'mount')
def turned(how):
    """a link is turned: the table behind it serves, and none else"""
    with Stage() as s:
        r = Releases(s)
        r.make(b'a')
        if how == 'release':   # /srv/current -> releases/42
            os.symlink('r0', s.path('current'))
            name, table = 'current', 'current/policy.bin'
        else:                  # policy.bin -> ..data/policy.bin
            os.symlink('r0', s.path('..data'))
            os.symlink('..data/policy.bin', s.path('linked.bin'))
            name, table = '..data', 'linked.bin'
        g = r.gateway(table)
        equal(ask(g.port), b'a')
        for sent in (b'b', b'c'):
            turn(s, r.make(sent), name)
            poll(lambda: ask(g.port) == sent, 'the table behind the link')
        r.make(b'd', 'r2')   # a rename over the file that is meant now
        poll(lambda: ask(g.port) == b'd', 'the new table')
        r.make(b'e', 'r0')   # ... and over one that is not
        r.make(b'f', 'r2')
        poll(lambda: ask(g.port) == b'f', 'the newest table')
        equal(g.generation(), 5)


@test()
def by_hand():
    """ln -sfn is two steps, mv exchanges directories: both are noticed"""
    with Stage() as s:
        r = Releases(s)
        r.make(b'a')
        os.symlink('r0', s.path('current'))
        g = r.gateway('current/policy.bin')
        target = r.make(b'b')
        os.unlink(s.path('current'))
        os.symlink(target, s.path('current'))
        poll(lambda: ask(g.port) == b'b', 'the table behind the new link')
        r.make(b'c', 'other')
        os.rename(s.path('r1'), s.path('old'))
        os.rename(s.path('other'), s.path('r1'))
        poll(lambda: ask(g.port) == b'c', 'the exchanged directory')


@test()
def nothing():
    """a link to nothing is said; the old table serves until there is one"""
    with Stage() as s:
        r = Releases(s)
        r.make(b'a')
        os.symlink('r0', s.path('current'))
        g = r.gateway('current/policy.bin')
        turn(s, 'r1', 'current')
        g.wait_log('event=refused by=watch .*id=TC0901 .*link .*r1')
        equal(ask(g.port), b'a')
        r.make(b'b')   # the directory first, then a rename into it
        poll(lambda: ask(g.port) == b'b', 'what came to be there')
        turn(s, 'current', 'current')
        g.wait_log('event=refused by=watch .*id=TC0901 .*loop')
        equal(ask(g.port), b'b')
        turn(s, r.make(b'c'), 'current')
        poll(lambda: ask(g.port) == b'c', 'the way out of the circle')


@test()
def chain():
    """forty links in a row are followed, one more is not"""
    with Stage() as s:
        r = Releases(s)
        r.make(b'a')
        os.symlink('r0', s.path('l0'))
        for n in range(1, 41):
            os.symlink('l%d' % (n - 1), s.path('l%d' % n))
        g = r.gateway('l39/policy.bin')
        code, out = g.tlsctl('load', s.path('l40/policy.bin'))
        check(code == 1 and 'TC0901' in out and '40 symbolic links' in out,
              out)
        turn(s, r.make(b'b'), 'l0')   # the far end of the chain
        poll(lambda: ask(g.port) == b'b', 'the table behind all links')


@test()
def trusted():
    """links are believed as files are: nobody else may turn them"""
    with Stage() as s:
        r = Releases(s)
        r.make(b'a')
        g = r.gateway('r0/policy.bin')
        target = s.path('r0/policy.bin')

        def load(name):
            code, out = g.tlsctl('load', s.path(name))
            check(code == 0 or 'TC0901' in out, out)
            return out if code else 'loaded'

        os.mkdir(s.path('open'))
        os.symlink(target, s.path('open/link'))
        for mode, wanted in ((0o755, 'loaded'), (0o775, 'writable by group'),
                             (0o777, 'writable by group'),
                             (0o1777, 'loaded')):
            os.chmod(s.path('open'), mode)
            check(wanted in load('open/link'), oct(mode), load('open/link'))
        os.chmod(s.path('open'), 0o777)   # ... in the middle of the way, too
        os.symlink(s.path('r0'), s.path('open/dir'))
        os.symlink('open/dir/policy.bin', s.path('far'))
        check('link dir is writable' in load('far'), load('far'))
        os.chmod(s.path('open'), 0o755)
        check('loaded' in load('far'), load('far'))
        os.chmod(target, 0o664)           # and the target is a file as ever
        check('writable by group' in load('far'), load('far'))
        if os.geteuid() != 0:
            return
        os.chmod(target, 0o644)
        os.lchown(s.path('open/link'), 12345, -1)
        check('link link is owned by uid 12345' in load('open/link'),
              load('open/link'))
        os.chown(s.path('open'), 12345, -1)
        check('link dir is owned by uid 12345' in load('far'), load('far'))


@test()
def no_leak():
    """what is watched does not grow with the swaps"""
    with Stage() as s:
        r = Releases(s)
        r.make(b'a')
        os.symlink('r0', s.path('current'))
        g = r.gateway('current/policy.bin')
        turn(s, r.make(b'b'), 'current')
        poll(lambda: ask(g.port) == b'b', 'the table behind the link')
        before = watches(g.pid)
        check(before > 0)
        for n in range(10):
            at = g.generation()
            turn(s, r.make(b'%d' % n), 'current')
            poll(lambda: ask(g.port) == b'%d' % n, 'the next table')
        equal(watches(g.pid), before)


def served(port):
    with tls_connect(port, 'shop.example.com') as c:
        return c.getpeercert()['serialNumber']


@test('..data', 'file')
def certificates(how):
    """certificate, key and CA files behind links are renewed as others"""
    with Stage() as s:
        o = s.origin(Origin.http)

        def revision(name):
            os.makedirs(s.path('rev-' + name))
            for source, target in ((cert(name), 'x.pem'),
                                   (key(name), 'x.key'), (cert('ca'), 'ca')):
                shutil.copy(source, s.path('rev-%s/%s' % (name, target)))
            return 'rev-' + name

        def all_lead_to(where):
            if how == '..data':
                turn(s, where, '..data')
            else:   # as /etc/letsencrypt/live does it
                for f in ('x.pem', 'x.key', 'ca'):
                    turn(s, '%s/%s' % (where, f), f)

        all_lead_to(revision('shop'))
        if how == '..data':
            for f in ('x.pem', 'x.key', 'ca'):
                os.symlink('..data/' + f, s.path(f))
        g = s.gateway(policy(
            route('shop.example.com', 'offload to web',
                  'certificate x; client-auth ca "ca" request;'),
            head='certificate x { chain "x.pem"; key "x.key"; }\n',
            web=o.port))
        before = served(g.port)
        all_lead_to(revision('shop-rsa'))
        g.wait_log('event=renewed')
        check(served(g.port) != before)
        watched = watches(g.pid)
        all_lead_to('rev-shop')   # and back: the links are still watched
        g.wait_log('event=renewed', 2)
        equal(served(g.port), before)
        equal(watches(g.pid), watched)
        # In the directory that they lead to now.
        for f, source in (('x.pem', cert('shop-rsa')),
                          ('x.key', key('shop-rsa'))):
            shutil.copy(source, s.path('new'))
            os.rename(s.path('new'), s.path('rev-shop/' + f))
        g.wait_log('event=renewed', 3)
        check(served(g.port) != before)

run()
