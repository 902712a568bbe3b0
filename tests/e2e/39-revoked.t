#!/usr/bin/python3
"""Whom a file of CRLs revokes: also CAs of ours, whatever the client leaves
out of its chain; and by each list of an issuer that has several."""
import pki
from edge import *
from tap import *

SHOP = 'shop.example.com'
PARTS = ('issuingDistributionPoint = critical, @idp',)
DELTA = ('2.5.29.27 = critical, ASN1:INTEGER:1',)


def read(*paths):
    return ''.join(open(p).read() for p in paths)


def own_ca(stage):
    shutil.copy(cert('ca'), stage.path('ca.pem'))
    shutil.copy(key('ca'), stage.path('ca.key'))


def clause(stage):
    return policy(
        route(SHOP, 'offload to web', 'certificate shop;',
              'client-auth ca "ca.pem" crl "list.crl" require;'),
        head=certificate('shop'), web=stage.origin().port)


def ask(g, pair, version=None):
    context = client_context(version)
    context.load_cert_chain(*pair)
    try:
        with tls_connect(g.port, SHOP, context) as c:
            return get(c)
    except (OSError, AssertionError):
        return 'refused'


def chained(stage, *lines):
    """A root, a CA below it, and a leaf of that in forms as clients send it:
    alone, with its issuer, and with the root, too."""
    root = pki.ca(stage, 'root')
    middle = pki.issue(stage, 'middle', 'ca', 'cert_signing_key',
                       'crl_signing_key', 'serial = 77', by='root')[0]
    leaf, secret = pki.issue(stage, 'leaf', 'serial = 78', by='middle')
    forms = []
    for n, more in enumerate(((), (middle,), (middle, root))):
        stage.write('form%d.pem' % n, read(leaf, *more))
        forms.append((stage.path('form%d.pem' % n), secret))
    return root, middle, forms


@test(*VERSIONS)
def a_ca_of_ours(version):
    """a CA that another one revoked, also when the client does not send it"""
    with Stage() as s:
        root, middle, forms = chained(s)
        s.write('ca.pem', read(middle, root))
        good, bad = (pki.openssl_crl(s, 'root', *revoked, by='root')
                     for revoked in ((), (77,)))
        own = pki.openssl_crl(s, 'middle', by='middle')
        s.write('list.crl', good + own)
        g = s.gateway(clause(s))
        equal([ask(g, f, version) for f in forms], 3 * ['hello\n'])
        s.write('list.crl', bad + own)
        g.wait_log('event=renewed')
        equal([ask(g, f, version) for f in forms], 3 * ['refused'])
        g.wait_close('handshake-failed detail="the certificate is revoked',
                     3)


@test()
def decoys():
    """a CA that is sent and revoked, behind others of its name"""
    with Stage() as s:
        root, middle, forms = chained(s)
        for n in range(3):
            pki.ca(s, 'decoy%d' % n, 'middle')
        s.write('more.pem', read(s.path('leaf.pem'), middle, *[
            s.path('decoy%d.pem' % n) for n in range(3)]))
        shutil.copy(root, s.path('ca.pem'))
        s.write('list.crl', pki.openssl_crl(s, 'root', 77, by='root'))
        g = s.gateway(clause(s))
        equal(ask(g, (s.path('more.pem'), forms[0][1])), 'refused')
        g.wait_close('handshake-failed detail="the certificate is revoked')


def listed(stage, *crls):
    """Who of the clients 71 (good), 72 and 73 gets in beside these CRLs."""
    pairs = [pki.issue(stage, 'c%d' % n, 'serial = %d' % n)
             for n in (71, 72, 73)]
    stage.write('list.crl', ''.join(crls))
    g = stage.gateway(clause(stage))
    equal([ask(g, p) for p in pairs], ['hello\n', 'refused', 'refused'])
    g.wait_close('handshake-failed detail="the certificate is revoked', 2)


@test('older first', 'newer first')
def several(order):
    """each part of a list that is published in parts, a list and its delta"""
    for extensions in (PARTS, DELTA):
        with Stage() as s:
            own_ca(s)
            both = [pki.openssl_crl(s, 'one', 72, begins=-3600,
                                    extensions=extensions
                                    if extensions is PARTS else ()),
                    pki.openssl_crl(s, 'two', 73, number=2,
                                    extensions=extensions)]
            listed(s, *(both if order == 'older first' else both[::-1]))


@test('older first', 'newer first')
def two_keys(order):
    """a CA that has two keys and a list by each"""
    with Stage() as s:
        own_ca(s)
        shutil.copy(cert('ca'), s.path('one.pem'))
        shutil.copy(key('ca'), s.path('one.key'))
        pki.ca(s, 'again', 'ca', 'organization = "tlsc tests"',
               'crl_signing_key')
        s.write('ca.pem', read(cert('ca'), s.path('again.pem')))
        both = [pki.openssl_crl(s, 'one', 72, 73, by='one', begins=-3600),
                pki.openssl_crl(s, 'two', number=9, by='again')]
        listed(s, *(both if order == 'older first' else both[::-1]))


@test('issuingDistributionPoint = critical, indirectCRL:TRUE; indirect CRL',
      'issuingDistributionPoint = critical, onlyAA:TRUE; attribute',
      '1.2.3.4 = critical, ASN1:NULL; critical extension')
def foreign(form):
    """a list of a kind that is not understood is refused by both programs"""
    extension, why = form.split('; ')
    with Stage() as s:
        own_ca(s)
        s.write('list.crl', pki.openssl_crl(s, 'x'))
        g = s.gateway(clause(s))
        s.write('list.crl', pki.openssl_crl(s, 'x', number=2,
                                            extensions=(extension,)))
        g.wait_log('event=refused by=renewal .*id=TC0416 .*' + why)
        code, out = s.compile(open(s.path('policy.tls')).read(), 'x.bin')
        check(code == 1 and 'TC0416' in out and why in out, code, out)


@test()
def delta_alone():
    """a delta without its base is no list of what a CA revoked"""
    with Stage() as s:
        own_ca(s)
        s.write('list.crl', pki.openssl_crl(s, 'x', extensions=DELTA))
        code, out = s.compile(clause(s).replace('@LISTEN@', ADDR + ':1'))
        check('TC0417' in out, code, out)


run()
