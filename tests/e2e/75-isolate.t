#!/usr/bin/python3
"""One bad certificate of ten does not stop the other nine."""
import json
import urllib.request

import pki
from edge import *
from tap import *

COUNT = 10
BAD = 4   # the one that goes bad


def name_of(n):
    return 'n%d.example.com' % n


def issue(stage, n, *names):
    """A new certificate for the n-th, put in place by rename."""
    pki.issue(stage, 'c%d' % n, 'tls_www_server',
              *('dns_name = "%s"' % x for x in names or [name_of(n)]),
              out='new', key_of=stage.path('c%d.key' % n))
    os.rename(stage.path('new.pem'), stage.path('c%d.pem' % n))


def text_of(stage, more='', bad=''):
    """A route for each; bad is more in the block of the one that goes bad."""
    return policy(
        *(route(name_of(n), 'offload to web', 'certificate c%d;' % n)
          for n in range(COUNT)), more,
        head=''.join('certificate c%d { chain "c%d.pem"; key "c%d.key"; %s }\n'
                     % (n, n, n, bad if n == BAD else '')
                     for n in range(COUNT)),
        web=stage.port)


def stock(stage):
    stage.port = stage.origin(Origin.http).port
    for n in range(COUNT):
        shutil.copy(key('client'), stage.path('c%d.key' % n))
        issue(stage, n)


def gateway(stage, *options):
    stock(stage)
    return stage.gateway(text_of(stage), None, *options)


def serial(port, n):
    with tls_connect(port, name_of(n)) as c:
        equal(get(c), 'hello\n')
        return c.getpeercert()['serialNumber']


def serials(port):
    """Of the nine."""
    return [serial(port, n) for n in range(COUNT) if n != BAD]


def refused(port, name=name_of(BAD)):
    """The alert with which the name, the bad one's, is refused."""
    try:
        with tls_connect(port, name) as c:
            return get(c)
    except ssl.SSLError as e:
        return e.reason
    except OSError:
        return 'closed'


def spoil(stage, how):
    """One file becomes bad; returns what makes it good again."""
    path = stage.path('c%d.%s' % (BAD, 'key' if 'key' in how else 'pem'))
    saved = open(path).read()
    os.rename(path, stage.path('old'))
    if how.startswith('no '):
        pass
    elif how == 'key of another':
        shutil.copy(key('shop-rsa'), path)
    elif how == 'damaged key':
        stage.write(path, '-----BEGIN PRIVATE KEY-----\nMII')
    elif how == 'damaged chain':
        stage.write(path, '-----BEGIN CERTIFICATE-----\nMII')
    elif how == 'chain of another':
        shutil.copy(cert('shop-rsa'), path)
    elif how == 'a directory for a chain':
        os.mkdir(path)
    elif how == 'chain with another name':
        issue(stage, BAD, 'elsewhere.example.com')
    else:
        raise AssertionError(how)

    def heal():
        if os.path.isdir(path):
            os.rmdir(path)
        with open(stage.path('new'), 'w') as f:
            f.write(saved)
        os.rename(stage.path('new'), path)
    return heal


ALWAYS = ('no key', 'no chain', 'key of another', 'damaged key',
          'damaged chain', 'chain of another', 'a directory for a chain')


def said(g, state):
    """Log, status and the JSON form name it."""
    line = g.wait_log('event=certificate-bad certificate=c%d state=%s '
                      'id=TC04' % (BAD, state))[0]
    check('level=error' in line, line)
    code, out = g.tlsctl('status')
    check(re.search(r'certificate c%d is BAD.*TC04' % BAD, out), out)
    bad = json.loads(g.tlsctl('--json', 'status')[1])['bad_certificates']
    equal([(b['certificate'], b['state']) for b in bad],
          [('c%d' % BAD, state)])


@test(*ALWAYS, 'chain with another name')
def renewal(how):
    """it keeps what is in use, the others are renewed, and it heals"""
    with Stage() as s:
        metrics = free_port()
        g = gateway(s, '--metrics', '%s:%d' % (ADDR, metrics))
        before, mine = serials(g.port), serial(g.port, BAD)
        heal = spoil(s, how)
        for n in range(COUNT):
            if n != BAD:
                issue(s, n)
        said(g, 'kept')
        poll(lambda: not set(serials(g.port)) & set(before), 'nine new ones')
        equal(serial(g.port, BAD), mine)

        def scraped():
            with urllib.request.urlopen('http://%s:%d/metrics'
                                        % (ADDR, metrics)) as r:
                return r.read().decode()
        poll(lambda: '\ntlsd_certificate_bad{certificate="c%d",state="kept"} 1'
             % BAD in scraped() and '\ntlsd_certificates_bad 1\n' in scraped(),
             'the metric')
        check('tlsd_refused_now{what="files"} 1' in scraped() or
              'refused now: changed certificates' in g.tlsctl('status')[1])
        # Bad as it is, it does not keep the next renewal from the others.
        before = serials(g.port)
        issue(s, 0)
        poll(lambda: serial(g.port, 0) != before[0], 'one more renewal')
        heal()
        issue(s, BAD)
        g.wait_log('event=certificate-good certificate=c%d' % BAD)
        poll(lambda: serial(g.port, BAD) != mine, 'its renewal')
        poll(lambda: '\ntlsd_certificates_bad 0\n' in scraped(), 'the metric')
        check('BAD' not in g.tlsctl('status')[1])


@test('process', 'worker')
def both_changed(keys):
    """the key that is kept signs for the chain that is kept"""
    with Stage() as s:
        g = gateway(s, '--keys', keys)
        mine = serial(g.port, BAD)
        spoil(s, 'key of another')
        spoil(s, 'damaged chain')
        said(g, 'kept')
        # A new worker, which has nothing in memory, is served it too.
        equal(serial(g.port, BAD), mine)
        line = g.wait_log('event=child-started process=worker')[-1]
        os.kill(int(re.search(r'pid=(\d+)', line).group(1)), signal.SIGKILL)
        poll(lambda: refused(g.port) == 'hello\n', 'a new worker')
        equal(serial(g.port, BAD), mine)


@test(*ALWAYS)
def swap(how):
    """a new table takes it over, and the others go with the new table"""
    with Stage() as s:
        g = gateway(s)
        mine = serial(g.port, BAD)
        code, out = s.compile(g.expand(text_of(
            s, route('n0.other.example', 'reject access-denied',
                     label='more'))), 'next.bin')
        equal(code, 0, out)
        with g.held():
            spoil(s, how)
        code, out = g.tlsctl('load', s.path('next.bin'))
        equal(code, 0, out)
        said(g, 'kept')
        equal(serial(g.port, BAD), mine)
        equal(len(serials(g.port)), COUNT - 1)


@test(*ALWAYS)
def start(how):
    """with nothing kept, its names alone are not served, until it is good"""
    with Stage() as s:
        g = gateway(s)
        equal(g.process.stop(), 0)
        heal = spoil(s, how)
        with again(s, g) as p:
            p.wait_port(g.port)
            said(g, 'unserved')
            equal(len(serials(g.port)), COUNT - 1)
            equal(refused(g.port), 'TLSV1_ALERT_INTERNAL_ERROR')
            g.wait_close('certificate-missing')
            heal()
            g.wait_log('event=certificate-good')
            serial(g.port, BAD)


@test('internal-error:TLSV1_ALERT_INTERNAL_ERROR',
      'unrecognized-name:TLSV1_UNRECOGNIZED_NAME', 'close:closed')
def on_missing(form):
    """the policy says what the clients of one that is not served get"""
    word, wanted = form.split(':')
    with Stage() as s:
        stock(s)
        g = s.gateway(text_of(s, bad='on-missing reject %s;' % word))
        equal(g.process.stop(), 0)
        spoil(s, 'no key')
        with again(s, g) as p:
            p.wait_port(g.port)
            said(g, 'unserved')
            got = refused(g.port)
            check(got == wanted or wanted == 'closed' and
                  'EOF' in str(got).upper(), got)
            g.wait_close('certificate-missing')


@test()
def another_covers():
    """another certificate that covers the name is shown, and no other is"""
    with Stage() as s:
        stock(s)
        issue(s, 0, name_of(BAD), name_of(0))
        issue(s, BAD, name_of(BAD), 'x.example.com')
        g = s.gateway(policy(
            route(name_of(BAD), 'offload to web',
                  'certificate c0, c%d;' % BAD),
            route('x.example.com', 'offload to web',
                  'certificate c1, c%d;' % BAD),
            head=''.join('certificate c%d { chain "c%d.pem"; key "c%d.key"; '
                         '}\n' % (n, n, n) for n in (0, 1, BAD)),
            web=s.port))
        with tls_connect(g.port, 'x.example.com') as c:
            equal(get(c), 'hello\n')
        equal(g.process.stop(), 0)
        spoil(s, 'no key')
        with again(s, g) as p:
            p.wait_port(g.port)
            said(g, 'unserved')
            serial(g.port, BAD)
            equal(refused(g.port, 'x.example.com'),
                  'TLSV1_ALERT_INTERNAL_ERROR')


class again:
    """The same tlsd once more, with other options."""

    def __init__(self, stage, g, *options):
        self.argv = g.argv[:-1] + list(options) + g.argv[-1:]
        self.stage = stage

    def __enter__(self):
        self.p = Process(self.argv, self.stage.dir, 'again')
        return self.p

    def __exit__(self, *why):
        if self.p.alive():
            self.p.stop()


def state_dir(stage):
    os.makedirs(stage.path('state'), 0o700, exist_ok=True)
    return '--state', stage.path('state')


@test(*(h for h in ALWAYS if 'chain' in h))
def restart(how):
    """after a restart its last good chain is served, if its key is there"""
    with Stage() as s:
        g = gateway(s, *state_dir(s))
        mine = serial(g.port, BAD)
        kept = s.path('state/certificates')
        poll(lambda: len(os.listdir(kept)) == COUNT, 'the chains')
        for name in os.listdir(kept):
            check('PRIVATE' not in open(os.path.join(kept, name)).read())
        equal(g.process.stop(), 0)
        heal = spoil(s, how)
        with again(s, g) as p:
            p.wait_port(g.port)
            said(g, 'kept')
            equal(serial(g.port, BAD), mine)
            equal(len(serials(g.port)), COUNT - 1)
            heal()
            g.wait_log('event=certificate-good')
            equal(serial(g.port, BAD), mine)


@test('no key', 'key of another')
def restart_without_key(how):
    """keys are not kept on disk: without its key it is not served"""
    with Stage() as s:
        g = gateway(s, *state_dir(s))
        kept = s.path('state/certificates')
        poll(lambda: len(os.listdir(kept)) == COUNT, 'the chains')
        equal(g.process.stop(), 0)
        spoil(s, how)
        with again(s, g) as p:
            p.wait_port(g.port)
            said(g, 'unserved')
            equal(len(serials(g.port)), COUNT - 1)


@test()
def nothing_kept():
    """--no-kept-chains leaves nothing in the state directory"""
    with Stage() as s:
        g = gateway(s, *state_dir(s), '--no-kept-chains')
        serials(g.port)
        check(not os.path.exists(s.path('state/certificates')))
        equal(g.process.stop(), 0)
        spoil(s, 'no chain')
        with again(s, g) as p:
            p.wait_port(g.port)
            said(g, 'unserved')


@test(*ALWAYS)
def strict(how):
    """--strict: one refuses the renewal, the table and the start of all"""
    with Stage() as s:
        g = gateway(s, '--strict')
        before = serials(g.port)
        code, out = s.compile(g.expand(text_of(
            s, route('n0.other.example', 'reject access-denied',
                     label='more'))), 'next.bin')
        equal(code, 0, out)
        spoil(s, how)
        for n in range(COUNT):
            if n != BAD:
                issue(s, n)
        g.wait_log('event=refused by=renewal .*id=TC04')
        equal(serials(g.port), before)
        code, out = g.tlsctl('load', s.path('next.bin'))
        check(code == 1 and 'TC04' in out and 'c%d' % BAD in out, code, out)
        equal(g.process.stop(), 0)
        with again(s, g) as p:
            poll(lambda: not p.alive(), 'its end')
            check('TC04' in g.log() + p.output(), p.output())


@test()
def checked():
    """--check reports every bad one, and fails"""
    with Stage() as s:
        g = gateway(s)
        equal(g.process.stop(), 0)
        os.unlink(s.path('c1.key'))
        os.unlink(s.path('c7.pem'))
        code, out = tool(program('tlsd'), '--check', *state_dir(s),
                         s.path('policy.bin'))
        equal(code, 1, out)
        equal(os.listdir(s.path('state')), [])   # it only looks
        check('TC0422: c1.key' in out and 'TC0422: c7.pem' in out, out)


@test()
def all_bad():
    """when none is good, the whole is refused: the folder is the fault"""
    with Stage() as s:
        g = gateway(s)
        before = serials(g.port)
        for n in range(COUNT):
            os.unlink(s.path('c%d.key' % n))
        g.wait_log('event=refused by=renewal .*id=TC0422')
        equal(serials(g.port), before)
        equal(g.process.stop(), 0)
        with again(s, g) as p:
            poll(lambda: not p.alive(), 'its end')


@test()
def files_of_cas():
    """a file of CAs is never isolated"""
    with Stage() as s:
        stock(s)
        shutil.copy(cert('ca'), s.path('cas.pem'))
        g = s.gateway(text_of(s, route(
            'm.example.com', 'offload to web', 'certificate c0;',
            'client-auth ca "cas.pem" live require;',
            'allow TC0401 reason "a test";')))
        before = serials(g.port)
        os.unlink(s.path('cas.pem'))
        issue(s, 0)
        g.wait_log('event=refused by=renewal .*id=TC0422 .*cas.pem')
        equal(serials(g.port), before)


run()
