#!/usr/bin/python3
"""tlsd --state: a restart forgets neither serials nor CRLs."""
import pki
from edge import *
from tap import *

SHOP = 'shop.example.com'


class Site:
    """A key, a state directory, and tables signed with serials."""

    def __init__(self, stage):
        self.stage = stage
        self.port = free_port()
        self.state = stage.path('kept')
        os.mkdir(self.state, 0o700)
        code, out = tool(program('tlsc'), 'genkey', stage.path('us'))
        equal(code, 0, out)
        self.options = ('--pubkey', stage.path('us.pub'), '--state',
                        self.state)

    def build(self, serial, comment='', name='policy.bin'):
        text = policy(route('a%s.example.com' % comment, 'reject close'))
        code, out = self.stage.compile(
            text.replace('@LISTEN@', '%s:%d' % (ADDR, self.port)), name,
            'policy.tls', '--sign', self.stage.path('us.sec'), '--serial',
            str(serial))
        equal(code, 0, out)

    def start(self):
        """A gateway on the table that is there."""
        g = Gateway.__new__(Gateway)
        g.stage, g.port, g.status_wanted = self.stage, self.port, 0
        g.control = self.stage.path('control')
        g.log_path = self.stage.path('log')
        g.process = Process(
            [program('tlsd'), '--workers', '1', '--control', g.control,
             '--log', g.log_path, '--drain', '1', *self.options,
             self.stage.path('policy.bin')], self.stage.dir, 'tlsd')
        g.pid = g.process.pid
        g.process.wait_port(self.port)
        poll(g.generation, 'a generation')
        return g

    def refused(self, words, status=3):
        """Neither a start nor --check takes the table."""
        for more in (('--check',), ()):
            code, out = tool(program('tlsd'), *more, *self.options,
                             self.stage.path('policy.bin'))
            out = re.sub(r'id=(TC\d+) reason="?', r'\1: ', out)
            check(code == status and re.search(words, out), code, out)

    def serial(self):
        with open(os.path.join(self.state, 'state')) as f:
            return int(re.search(r'^serial (\d+) [0-9a-f]{64}$', f.read(),
                                 re.M).group(1))


def load(g, name, words=None):
    code, out = g.tlsctl('load', g.stage.path(name))
    equal(code, 1 if words else 0, out)
    check(re.search(words or '', out), out)


@test()
def restart():
    """the highest serial holds after a full stop"""
    with Stage() as s:
        site = Site(s)
        site.build(5)
        g = site.start()
        g.wait_log('event=state-new')
        equal(site.serial(), 5)
        site.build(6, name='new.bin')
        load(g, 'new.bin')
        equal(site.serial(), 6)
        load(g, 'policy.bin', 'TC0902.*serial 5 is below 6')
        code, out = g.tlsctl('rollback')
        equal(code, 0, out)
        equal(site.serial(), 6)
        g.close()
        site.refused('TC0902: .*serial 5 is below 6')
        site.build(6, 'x')
        site.refused('TC0902: .*serial 6 belonged to another table, root '
                     '[0-9a-f]{64}; compile it with a higher one')
        site.build(6)
        g = site.start()
        load(g, 'policy.bin')
        equal(len(re.findall('state-new', g.log())), 1)
        g.close()


@test()
def zero():
    """a signed table without a serial is refused"""
    with Stage() as s:
        site = Site(s)
        site.build(0)
        site.refused(r'TC0902: .*no serial \(0\)')
        check(not os.path.exists(os.path.join(site.state, 'state')))


@test()
def upgrade():
    """a successor goes on with what is kept, and keeps"""
    with Stage() as s:
        site = Site(s)
        site.build(5)
        g = site.start()
        site.build(6, name='new.bin')
        load(g, 'new.bin')
        site.build(7)
        g.wait_log('event=loaded .*serial=7')
        os.kill(g.pid, signal.SIGUSR2)
        g.wait_log('event=draining by=upgrade')
        equal(g.process.child.wait(DEADLINE), 0)
        now = poll(g.successors, 'the successor')[0]
        equal(site.serial(), 7)
        load(g, 'new.bin', 'serial 6 is below 7')
        site.build(8)
        g.wait_log('event=loaded .*serial=8')
        equal(site.serial(), 8)
        os.kill(now, signal.SIGTERM)
        poll(lambda: not os.path.exists('/proc/%d' % now), 'its end')


@test()
def one_owner():
    """a directory has one tlsd, its successor, and the next when that ends"""
    with Stage() as s:
        site = Site(s)
        site.build(5)
        g = site.start()
        other = s.path('other.bin')
        code, out = s.compile(
            policy(route('o.example.com', 'reject close')).replace(
                '@LISTEN@', '%s:%d' % (ADDR, free_port())), 'other.bin',
            'other.tls', '--sign', s.path('us.sec'), '--serial', '9')
        equal(code, 0, out)

        def second(pid):
            code, out = tool(program('tlsd'), *site.options, other)
            check(code == 1 and 'in use by another tlsd, pid %d;' % pid in out,
                  code, out)
            equal(site.serial(), 5)
        second(g.pid)
        os.kill(g.pid, signal.SIGUSR2)
        g.wait_log('event=draining by=upgrade')
        equal(g.process.child.wait(DEADLINE), 0)
        now = poll(g.successors, 'the successor')[0]
        second(now)
        # A look from beside is no owner.
        code, out = tool(program('tlsd'), '--check', *site.options, other)
        equal(code, 0, out)
        os.kill(now, signal.SIGTERM)
        poll(lambda: not os.path.exists('/proc/%d' % now), 'its end')
        g = site.start()
        g.close()


@test()
def damaged():
    """a state that is not whole, or not ours, stops a start and says so"""
    with Stage() as s:
        site = Site(s)
        site.build(5)
        site.start().close()
        path = os.path.join(site.state, 'state')
        with open(path, 'rb') as f:
            good = f.read()
        for bad in (b'', good[:-1], good + b'x', good.replace(b' 5 ', b' 4 '),
                    good.replace(b'state 1', b'state 2')):
            with open(path, 'wb') as f:
                f.write(bad)
            site.refused('state: damaged, .*remove it', 1)
        os.unlink(path)
        os.symlink('/dev/zero', path)
        site.refused('state: ', 1)
        os.unlink(path)
        with open(path, 'wb') as f:
            f.write(good)
        os.chmod(path, 0o620)
        site.refused(r'writable by group or others \(mode 0620\)', 1)
        os.chmod(path, 0o600)
        os.chmod(site.state, 0o777)
        site.refused(r'kept: writable by group or others \(mode 0777\)', 1)
        os.chmod(site.state, 0o700)
        if os.geteuid() == 0:
            os.chown(site.state, 12345, 0)
            site.refused('kept: owned by uid 12345', 1)
            os.chown(site.state, 0, 0)
        os.rename(site.state, site.state + '.old')
        site.refused('kept: No such file', 1)
        os.rename(site.state + '.old', site.state)
        site.start().close()


@test()
def full():
    """what cannot be written down is not taken up, but a start is"""
    with Stage() as s:
        site = Site(s)
        site.build(5)
        g = site.start()
        block = os.path.join(site.state, 'state.new')
        os.mkdir(block)
        site.build(6, name='new.bin')
        load(g, 'new.bin', 'state.new: Is a directory')
        equal(site.serial(), 5)
        load(g, 'policy.bin')        # nothing new to write
        g.close()
        site.build(6)
        g = site.start()
        g.wait_log('event=state-unsaved reason=.*Is a directory')
        load(g, 'policy.bin', 'Is a directory')
        os.rmdir(block)
        g.wait_log('event=state-saved')
        equal(site.serial(), 6)
        g.close()


def shop(stage, *options):
    shutil.copy(cert('ca'), stage.path('ca.pem'))
    shutil.copy(key('ca'), stage.path('ca.key'))
    return policy(
        route(SHOP, 'offload to web', 'certificate shop;',
              'client-auth ca "ca.pem" crl "list.crl" require;'),
        head=certificate('shop'), web=stage.origin().port)


def crl_start(g, words):
    code, out = tool(program('tlsd'), '--check', *g.argv[-3:])
    check(code == 1 and re.search(words, out), code, out)
    code, out = tool(*g.argv)
    check(code == 1 and re.search(words, out), code, out)


@test('number', 'time')
def older_crl(how):
    """an older CRL does not follow a newer one over a restart"""
    with Stage() as s:
        kept = s.path('kept')
        os.mkdir(kept, 0o700)
        bad = pki.issue(s, 'bad', 'serial = 72')
        pki.crl(s, 'list.crl', number=8, begins=-3600)
        g = s.gateway(shop(s), None, '--state', kept)
        g.wait_log('event=loaded')
        pki.crl(s, 'list.crl', bad[0], number=9)
        g.wait_log('event=renewed')
        equal(g.process.stop(), 0)
        if how == 'number':
            pki.crl(s, 'list.crl', number=8, begins=-30)
        else:
            pki.crl(s, 'list.crl', number=9, begins=-3600)
        crl_start(g, 'TC0418: .*list.crl: the CRL of .* is older .* than the '
                  'one that was in use last')
        pki.crl(s, 'list.crl', bad[0], number=10)
        again = Process(g.argv, s.dir, 'again')
        try:
            again.wait_port(g.port)
        finally:
            equal(again.stop(), 0)


@test()
def rolled_back():
    """what could not be written down is not lost by a rollback"""
    with Stage() as s:
        kept = s.path('kept')
        block = os.path.join(kept, 'state.new')
        os.mkdir(kept, 0o700)
        text = shop(s)
        pki.crl(s, 'list.crl', number=8, begins=-3600)
        g = s.gateway(text, None, '--state', kept)
        g.wait_log('event=loaded')
        g.replace(text.replace('require', 'request'))
        os.mkdir(block)
        pki.crl(s, 'list.crl', number=9)
        g.wait_log('event=renewed')
        g.wait_log('event=state-unsaved')
        os.unlink(s.path('list.crl'))
        g.wait_log('event=refused by=renewal')
        code, out = g.tlsctl('rollback')
        equal(code, 0, out)
        os.rmdir(block)
        g.wait_log('event=state-saved')
        equal(g.process.stop(), 0)
        pki.crl(s, 'list.crl', number=8, begins=-3600)
        crl_start(g, 'TC0418: .*is older .* than the one that was in use')


@test()
def lost_crl():
    """a CRL that was in use and is gone is missed after a restart"""
    with Stage() as s:
        kept = s.path('kept')
        os.mkdir(kept, 0o700)
        pki.ca(s, 'second')
        pki.crl(s, 'first.crl')
        pki.crl(s, 'second.crl', by='second')
        text = shop(s)
        with open(s.path('ca.pem'), 'a') as f, open(s.path('second.pem')) as g:
            f.write(g.read())
        with open(s.path('list.crl'), 'w') as f:
            for name in ('first.crl', 'second.crl'):
                with open(s.path(name)) as one:
                    f.write(one.read())
        g = s.gateway(text, None, '--state', kept)
        g.wait_log('event=loaded')
        equal(g.process.stop(), 0)
        shutil.copy(s.path('first.crl'), s.path('list.crl'))
        crl_start(g, 'TC0418: .*the file no longer has the CRL of .*, '
                  'which was in use last')

run()
