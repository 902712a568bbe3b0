#!/usr/bin/python3
"""Certificates are renewed without a connection noticing."""
import json

import pki
from edge import *
from tap import *

NAME = 'shop.example.com'
TRIES = int(os.environ.get('RENEWALS', '15'))


def renew(stage, name, key_of=None):
    """Chain and key become those of another certificate, by rename."""
    for source, target in ((cert(name), 'x.pem'),
                           (key(key_of or name), 'x.key')):
        shutil.copy(source, stage.path('new'))
        os.rename(stage.path('new'), stage.path(target))


def serving(stage, *options):
    o = stage.origin(Origin.http)
    shutil.copy(cert('shop'), stage.path('x.pem'))
    shutil.copy(key('shop'), stage.path('x.key'))
    return stage.gateway(policy(
        route(NAME, 'offload to web', 'certificate x;'),
        head='certificate x { chain "x.pem"; key "x.key"; }\n', web=o.port),
        None, *options)


def serial(port):
    with tls_connect(port, NAME) as c:
        return c.getpeercert()['serialNumber']


def kinds():
    """Two certificates of one name."""
    return 'shop', 'shop-rsa'


@test()
def renewed():
    """a renewal serves new connections; old ones go on"""
    with Stage() as s:
        g = serving(s)
        before = serial(g.port)
        old = tls_connect(g.port, NAME)
        equal(get(old), 'hello\n')
        renew(s, kinds()[1])
        g.wait_log('event=renewed')
        after = serial(g.port)
        check(before != after, before)
        equal(get(old), 'hello\n')
        old.close()
        code, text = g.tlsctl('status')
        check('renewals: 1' in text, text)


@test()
def refused():
    """a renewal that does not fit is refused, and said; the next one helps"""
    with Stage() as s:
        g = serving(s)
        before = serial(g.port)
        renew(s, kinds()[1], kinds()[0])   # the key of the other
        g.wait_log('event=refused by=renewal .*id=TC04')
        equal(serial(g.port), before)
        code, text = g.tlsctl('status')
        check('refused now: changed certificates' in text, text)
        with open(s.path('x.pem'), 'w') as f:   # half-written, in place
            f.write('-----BEGIN CERTIFICATE-----\nMII')
        g.wait_log('event=refused by=renewal', 2)
        equal(serial(g.port), before)
        renew(s, kinds()[0])   # back again
        g.wait_log('event=renewal-withdrawn')
        code, text = g.tlsctl('status')
        check(re.search(r'last refusal: \d{4}-\S+Z TC04', text), text)
        check('refused now' not in text, text)
        renew(s, kinds()[1])
        g.wait_log('event=renewed')
        check(serial(g.port) != before)


@test()
def one_after_the_other():
    """a chain whose key comes later is no refusal"""
    with Stage() as s:
        g = serving(s)
        before = serial(g.port)
        shutil.copy(cert(kinds()[1]), s.path('new'))
        os.rename(s.path('new'), s.path('x.pem'))
        g.wait_log('level=info event=renewal-waits reason=')
        shutil.copy(key(kinds()[1]), s.path('new'))
        os.rename(s.path('new'), s.path('x.key'))
        g.wait_log('event=renewed')
        check(serial(g.port) != before)
        check('event=refused' not in g.log(), g.log())
        equal(json.loads(g.tlsctl('--json', 'status')[1])['refusals'], 0)


@test()
def half_written():
    """a chain of which only a part is there yet is no refusal"""
    with Stage() as s:
        g = serving(s)
        before = serial(g.port)
        with open(cert(kinds()[1])) as f:
            whole = f.read()
        with open(s.path('x.pem'), 'w') as f:
            f.write(whole[:100])
        g.wait_log('level=info event=renewal-waits reason=')
        renew(s, kinds()[1])
        g.wait_log('event=renewed')
        check(serial(g.port) != before)
        check('event=refused' not in g.log(), g.log())


@test()
def unfit():
    """a renewal that loses a name, or is expired, is refused"""
    with Stage() as s:
        g = serving(s)
        before = serial(g.port)
        renew(s, 'backend')
        g.wait_log('event=refused by=renewal .*id=TC0401 .*' +
                   re.escape(NAME))
        renew(s, 'expired')
        g.wait_log('event=refused by=renewal .*id=TC040[12]', 2)
        equal(serial(g.port), before)


@test()
def loses_intermediate():
    """a renewal without the intermediate that issued it is refused, and so is
    one with a fault that the certificate in use has not"""
    with Stage() as s:
        shutil.copy(cert('chained'), s.path('x.pem'))
        shutil.copy(key('chained'), s.path('x.key'))
        g = s.gateway(policy(
            route('chained.example.com', 'offload to web', 'certificate x;'),
            head='certificate x { chain "x.pem"; key "x.key"; }\n',
            web=s.origin(Origin.http).port))
        for name, id in (('nochain', 'TC0405'), ('disorder', 'TC0405')):
            renew(s, name)
            g.wait_log('event=refused by=renewal .*id=%s' % id,
                       1 + (name == 'disorder'))
        with tls_connect(g.port, 'chained.example.com') as c:
            equal(get(c), 'hello\n')
        renew(s, 'chained')
        g.wait_log('event=(renewed|renewal-withdrawn)')


@test('shop-weak:TC0406', 'shop-cn:TC0410')
def becomes_worse(form):
    """a renewal that tlsc would have denied is refused"""
    name, id = form.split(':')
    with Stage() as s:
        g = serving(s)
        before = serial(g.port)
        renew(s, name)
        # A certificate without names has lost those that were served, too.
        g.wait_log('event=refused by=renewal .*id=(TC0401|%s)' % id)
        equal(serial(g.port), before)


@test('HUP', 'load')
def loaded_once_more(how):
    """loading the table in use again is a renewal of its files"""
    with Stage() as s:
        g = serving(s)
        before = serial(g.port)
        with g.held():   # the watcher of files comes second
            renew(s, 'backend')
            os.kill(g.pid, signal.SIGHUP) if how == 'HUP' else None
        if how == 'load':
            code, out = g.tlsctl('load')
            check(code == 1 and 'TC0401' in out, code, out)
        else:
            g.wait_log('event=refused by=signal .*id=TC0401')
        equal(serial(g.port), before)
        renew(s, kinds()[1])
        g.wait_log('event=(renewed|loaded) by=(renewal|signal)')
        check(serial(g.port) != before)


def client_cas(stage, path):
    os.rename(shutil.copy(path, stage.path('new')), stage.path('cas.pem'))


def asked(g, pair):
    context = client_context()
    context.load_cert_chain(*pair)
    try:
        with tls_connect(g.port, NAME, context) as c:
            return get(c)
    except OSError:
        return 'refused'


@test('expired', 'not yet', 'no CA')
def without_a_ca(how):
    """client CAs are not followed by a file without one that is valid"""
    with Stage() as s:
        client_cas(s, cert('ca'))
        g = s.gateway(policy(
            route(NAME, 'offload to web', 'certificate shop;',
                  'client-auth ca "cas.pem" live require;'),
            head=certificate('shop'), web=s.origin(Origin.http).port))
        client = (cert('client'), key('client'))
        new = pki.ca(s, 'new-ca', ends=-60) if how == 'expired' else \
            pki.ca(s, 'new-ca', begins=3600) if how == 'not yet' else \
            cert('backend')
        client_cas(s, new)
        g.wait_log('event=refused by=renewal .*id=TC0414 .*cas.pem: none')
        equal(asked(g, client), 'hello\n')
        # Beside one that is valid it does no harm.
        good = pki.ca(s, 'good-ca')
        s.write('both', open(new).read() + open(good).read())
        client_cas(s, s.path('both'))
        g.wait_log('event=renewed')
        equal([asked(g, client), asked(g, pki.issue(s, 'c', by='good-ca'))],
              ['refused', 'hello\n'])


@test()
def servers_without_a_ca():
    """the CAs of a backend are not followed by those that have expired"""
    with Stage() as s:
        client_cas(s, cert('ca'))
        o = s.origin(tls='backend')
        g = s.gateway(policy(
            route(NAME, 'bridge to web', 'certificate shop;'),
            head=certificate('shop'), web=server(o.port) +
            ' tls { verify ca "cas.pem" live name "api.internal"; }'))
        client_cas(s, pki.ca(s, 'new-ca', ends=-60))
        g.wait_log('event=refused by=renewal .*id=TC0504 .*cas.pem: none')
        with tls_connect(g.port, NAME) as c:
            equal(get(c), 'hello\n')


@test()
def an_old_ca_beside():
    """tlsc warns of a client CA that has expired beside one that has not"""
    with Stage() as s:
        old = pki.ca(s, 'old-ca', ends=-60)
        text = policy(
            route(NAME, 'offload to web', 'certificate shop;',
                  'client-auth ca "cas.pem" require;'),
            head=certificate('shop'), web=2).replace('@LISTEN@', ADDR + ':1')
        for paths, wanted in (((old, cert('ca')), 'warning'),
                              ((cert('ca'), old), 'warning'),
                              ((old,), 'error')):
            s.write('cas.pem', ''.join(open(p).read() for p in paths))
            code, out = s.compile(text)
            check('%s[TC0414]: client CA \'old-ca\' has expired' % wanted
                  in out, out)
            equal(code, int(wanted == 'error'), out)


def made(stage, name, end):
    """A certificate for NAME of the tests' CA that ends then."""
    with open(stage.path('t'), 'w') as f:
        f.write('cn = "%s"\ndns_name = "%s"\ntls_www_server\nsigning_key\n'
                'activation_date = "2025-01-01 00:00:00"\n'
                'expiration_date = "%s"\n' % (name, NAME, time.strftime(
                    '%Y-%m-%d %H:%M:%S', time.gmtime(end))))
    code, out = tool('certtool', '--generate-certificate',
                     '--load-ca-certificate', cert('ca'), '--load-ca-privkey',
                     key('ca'), '--load-privkey', key('shop'), '--template',
                     stage.path('t'), '--outfile', stage.path(name + '.pem'))
    equal(code, 0, out)
    return ('certificate %s { chain "%s.pem"; key "%s"; '
            'allow TC0402 reason "an expired twin"; }\n'
            % (name, name, key('shop')))


@test()
def twins():
    """of two certificates for a name a valid one is shown"""
    with Stage() as s:
        head = made(s, 'old', time.time() - 86400)
        head += made(s, 'new', time.time() + 90 * 86400)
        g = s.gateway(policy(
            route(NAME, 'offload to web', 'certificate old, new;'),
            head=head, web=s.origin(Origin.http).port))
        for version in VERSIONS:
            with tls_connect(g.port, NAME, client_context(version)) as c:
                equal(get(c), 'hello\n')
                subject = c.getpeercert()['subject']
                equal(subject[0][0][1], 'new')


@test()
def twins_of_two_kinds():
    """an expired ECDSA certificate gives way to a valid RSA one"""
    with Stage() as s:
        head = made(s, 'old', time.time() - 86400) + certificate('shop-rsa')
        g = s.gateway(policy(
            route(NAME, 'offload to web', 'certificate old, shop_rsa;'),
            head=head, web=s.origin(Origin.http).port))
        for version in VERSIONS:
            with tls_connect(g.port, NAME, client_context(version)) as c:
                equal(get(c), 'hello\n')


@test()
def checked():
    """--check warns of certificates that are not good today, or not for long"""
    now = time.time()
    wanted = {'old': (now - 86400, 'TC0402: certificate old .* expired at '),
              'soon': (now + 3 * 86400, 'TC0403: certificate soon .* expires'),
              'new': (now + 90 * 86400, None)}
    with Stage() as s:
        head = ''.join(made(s, n, end) for n, (end, _) in wanted.items())
        code, out = s.compile(policy(
            route(NAME, 'offload to web', 'certificate old, soon, new;'),
            head=head, web=9).replace('@LISTEN@',
                                      '%s:%d' % (ADDR, free_port())))
        equal(code, 0, out)
        code, out = tool(program('tlsd'), '--check', s.path('policy.bin'))
        equal(code, 0, out)
        for name, (_, words) in wanted.items():
            seen = re.findall(r'warning: .*certificate %s .*' % name, out)
            equal(len(seen), 1 if words else 0, out)
            check(not words or re.search(words, out), out)


@test()
def expires():
    """a certificate that is about to expire is a warning"""
    with Stage() as s:
        g = serving(s)
        g.wait_log('event=loaded')
        for days in (3, 40):
            end = time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(
                time.time() + days * 86400))
            with open(s.path('t'), 'w') as f:
                f.write('cn = "x"\ndns_name = "%s"\ntls_www_server\n'
                        'activation_date = "2025-01-01 00:00:00"\n'
                        'expiration_date = "%s"\n' % (NAME, end))
            code, out = tool('certtool', '--generate-certificate',
                             '--load-ca-certificate', cert('ca'),
                             '--load-ca-privkey', key('ca'),
                             '--load-privkey', key('shop'), '--template',
                             s.path('t'), '--outfile', s.path('new'))
            equal(code, 0, out)
            os.rename(s.path('new'), s.path('x.pem'))
            g.wait_log('event=renewed', 1 if days == 3 else 2)
            if days == 3:
                g.wait_log('level=warning event=certificate-expires '
                           'certificate=x chain=x.pem days=[23]')
        equal(len(g.wait_log('event=certificate-expire')), 1)


@test()
def touched():
    """a file that is touched but not changed makes no generation"""
    with Stage() as s:
        g = serving(s)
        os.utime(s.path('x.pem'))
        renew(s, kinds()[0])
        g.tlsctl('load', s.path('policy.bin'))
        renew(s, kinds()[1])
        g.wait_log('event=renewed')
        equal(g.generation(), 3)


@test()
def rollback_renews():
    """after a rollback the files are looked at again"""
    with Stage() as s:
        g = serving(s)
        before = serial(g.port)
        with open(s.path('policy.tls')) as f:
            text = f.read()
        g.replace(text + '# other\n')
        renew(s, kinds()[1])
        g.wait_log('event=renewed')
        code, out = g.tlsctl('rollback')
        equal(code, 0, out)
        g.wait_log('event=renewed', 2)
        check(serial(g.port) != before)


@test()
def under_load():
    """renewals under load: no handshake fails"""
    with Stage() as s:
        g = serving(s, '--workers', '2')
        stop, count, failures = threading.Event(), [0], []

        def client():
            context = client_context()
            while not stop.is_set():
                try:
                    with tls_connect(g.port, NAME, context) as c:
                        get(c)
                    count[0] += 1
                except (OSError, AssertionError) as e:
                    failures.append(e)
        threads = [threading.Thread(target=client) for _ in range(3)]
        for t in threads:
            t.start()
        for n in range(TRIES):
            renew(s, kinds()[(n + 1) % 2])
            g.wait_log('event=renewed', n + 1)
        stop.set()
        for t in threads:
            t.join()
        equal(failures, [], 'of %d' % count[0])
        check(count[0] > 0)

run()
