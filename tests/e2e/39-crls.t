#!/usr/bin/python3
"""CRLs: signed by a CA, never older than the one in use, and their end told."""
import pki
from edge import *
from tap import *

SHOP = 'shop.example.com'


def gateway(stage, *options, ca='ca.pem'):
    shutil.copy(cert('ca'), stage.path('ca.pem'))
    shutil.copy(key('ca'), stage.path('ca.key'))
    return stage.gateway(policy(
        route(SHOP, 'offload to web', 'certificate shop;',
              'client-auth ca "%s" crl "list.crl" require;' % ca),
        head=certificate('shop'), web=stage.origin().port), None, *options)


def ask(g, pair):
    context = client_context()
    context.load_cert_chain(*pair)
    try:
        with tls_connect(g.port, SHOP, context) as c:
            return get(c)
    except (OSError, AssertionError):
        return 'refused'


def two(stage):
    """A client and a revoked one."""
    return (pki.issue(stage, 'good', 'serial = 71'),
            pki.issue(stage, 'bad', 'serial = 72'))


@test('number', 'time')
def older(how):
    """an older list does not follow a newer one, at a renewal or a load"""
    with Stage() as s:
        good, bad = two(s)
        pki.crl(s, 'list.crl', bad[0], number=9)
        g = gateway(s)
        equal([ask(g, good), ask(g, bad)], ['hello\n', 'refused'])
        if how == 'number':
            pki.crl(s, 'list.crl', number=8, begins=-30)
        else:
            pki.crl(s, 'list.crl', number=9, begins=-3600)
        g.wait_log('event=refused by=renewal .*id=TC0418 .*list.crl: the CRL '
                   'of .* is older .* the one in use is kept')
        equal([ask(g, good), ask(g, bad)], ['hello\n', 'refused'])
        code, out = g.tlsctl('load')
        check(code == 1 and 'TC0418' in out, code, out)
        equal(ask(g, bad), 'refused')
        pki.crl(s, 'list.crl', good[0], bad[0], number=10)
        g.wait_log('event=renewed')
        equal([ask(g, good), ask(g, bad)], ['refused', 'refused'])


@test()
def past():
    """a list that has expired does not follow one that has not"""
    with Stage() as s:
        good, bad = two(s)
        pki.crl(s, 'list.crl', bad[0], number=9)
        g = gateway(s)
        pki.crl(s, 'list.crl', bad[0], number=10, ends=-5)
        g.wait_log('event=refused by=renewal .*id=TC0418 .*it has expired')
        equal([ask(g, good), ask(g, bad)], ['hello\n', 'refused'])


@test()
def lost():
    """a renewal that lost the list of one of its CAs is refused"""
    with Stage() as s:
        good, bad = two(s)
        pki.ca(s, 'second')
        other = pki.issue(s, 'other', by='second')
        with open(s.path('both.pem'), 'w') as f:
            f.write(open(cert('ca')).read() +
                    open(s.path('second.pem')).read())
        pki.crl(s, 'first.crl', bad[0])
        pki.crl(s, 'second.crl', other[0], by='second')
        s.write('list.crl', open(s.path('first.crl')).read() +
                open(s.path('second.crl')).read())
        g = gateway(s, ca='both.pem')
        equal([ask(g, x) for x in (good, bad, other)],
              ['hello\n', 'refused', 'refused'])
        pki.crl(s, 'list.crl', bad[0], number=2)
        g.wait_log('event=refused by=renewal .*id=TC0418 .*the file no longer '
                   'has the CRL of .*CN=second')
        equal(ask(g, other), 'refused')


@test('same name', 'another')
def forged(who):
    """a list that no CA signed is refused: renewed, at a load and a start"""
    with Stage() as s:
        good, bad = two(s)
        pki.crl(s, 'list.crl', bad[0])
        g = gateway(s)
        pki.ca(s, 'forger', 'ca', 'organization = "tlsc tests"',
               'crl_signing_key') if who == 'same name' else \
            pki.ca(s, 'forger')
        pki.crl(s, 'list.crl', number=2, by='forger')
        g.wait_log('event=refused by=renewal .*id=TC0416 .*list.crl: the CRL '
                   'of .*: ' + ('its signature was not made' if who == 'same name'
                                else 'the CA that issued it is not'))
        equal(ask(g, bad), 'refused')
        code, out = g.tlsctl('load')
        check(code == 1 and 'TC0416' in out, code, out)
        code, out = tool(*g.argv, '--check')
        check(code == 1 and 'TC0416' in out, code, out)
        code, out = s.compile(open(s.path('policy.tls')).read(), 'x.bin')
        check(code == 1 and 'TC0416' in out, code, out)


def metrics(port):
    with connect(port) as c:
        c.sendall(b'GET /metrics HTTP/1.0\r\n\r\n')
        return read_all(c).decode()


@test()
def ends():
    """the end of a list is told ahead and when it has come, once"""
    with Stage() as s:
        good, bad = two(s)
        pki.crl(s, 'list.crl', bad[0], begins=0, ends=9)
        port = free_port()
        g = gateway(s, '--metrics', '%s:%d' % (ADDR, port))
        poll(lambda: re.search(r'tlsd_crl_expiry_timestamp_seconds'
                               r'\{crl="list.crl"\} \d{10}', metrics(port)),
             'the metric')
        check('CRL list.crl of ' in g.tlsctl('status')[1])
        g.wait_log('level=warning event=crl-expires id=TC0418 crl=list.crl')
        g.wait_log('level=error event=crl-expired id=TC0418 crl=list.crl')
        equal([ask(g, good), ask(g, bad)], ['refused', 'refused'])
        g.wait_close('handshake-failed detail="the CRL of the certificate')
        check('EXPIRED' in g.tlsctl('status')[1])
        # The gateway serves what else it has, now and after a start.
        code, out = g.tlsctl('load')
        equal(code, 0, out)
        code, out = tool(*g.argv, '--check')   # its port is in use
        check('warning: TC0418: list.crl: the CRL of ' in out, code, out)
        equal(len(g.wait_log('event=crl-expired')), 1)
        pki.crl(s, 'list.crl', bad[0], number=2)
        g.wait_log('event=renewed')
        equal([ask(g, good), ask(g, bad)], ['hello\n', 'refused'])
        check('EXPIRED' not in g.tlsctl('status')[1])

run()
