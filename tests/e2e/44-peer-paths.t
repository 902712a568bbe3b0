#!/usr/bin/python3
"""Chains that lead to a CA of ours are good in every way that they are sent:
in any order, with certificates that lead elsewhere, beside CAs of one name."""
import pki
from edge import *
from tap import *

SHOP = 'shop.example.com'
NAME = 'dns_name = "api.internal"'


def read(*paths):
    return ''.join(open(p).read() for p in paths)


class Peers:
    """Who is trusted for the CAs of a file, as a client and as a server."""

    def __init__(self, stage, cas, secret):
        self.stage = stage
        self.secret = secret
        self.count = 0
        stage.write('cas.pem', read(*cas))

    def client(self, chain):
        context = client_context()
        context.load_cert_chain(chain, self.secret)
        return self.ask(policy(
            route(SHOP, 'offload to web', 'certificate shop;',
                  'client-auth ca "cas.pem" require;'),
            head=certificate('shop'), web=self.stage.origin().port), context)

    def server(self, chain):
        o = self.stage.origin(tls=chain[:-4])
        return self.ask(policy(
            route(SHOP, 'bridge to web', 'certificate shop;'),
            head=certificate('shop'), web=server(o.port) +
            ' tls { verify ca "cas.pem" name "api.internal"; }'),
            client_context())

    def ask(self, text, context):
        self.count += 1
        g = self.stage.gateway(text, table='policy%d.bin' % self.count)
        try:
            with tls_connect(g.port, SHOP, context) as c:
                return get(c)
        except (OSError, AssertionError):
            return 'refused'

    def judge(self, *certificates, wanted='hello\n', roles=None):
        chain = self.stage.write('sent.pem', read(*certificates))
        shutil.copy(self.secret, self.stage.path('sent.key'))
        for role in roles or (self.client, self.server):
            equal(role(chain), wanted, certificates)


def crossed(stage):
    """A CA below two roots, with a certificate by each, and its leaf."""
    roots = [pki.ca(stage, n) for n in ('root-a', 'root-b')]
    by_a = pki.issue(stage, 'middle', 'ca', 'cert_signing_key', by='root-a')
    by_b = pki.issue(stage, 'middle', 'ca', 'cert_signing_key', by='root-b',
                     out='middle-b')
    leaf, secret = pki.issue(stage, 'leaf', NAME, by='middle')
    return roots, by_a[0], by_b[0], leaf, secret


@test('a', 'b')
def cross_signed(which):
    """a CA with certificates of two roots, either of them trusted"""
    with Stage() as s:
        roots, a, b, leaf, secret = crossed(s)
        p = Peers(s, [roots[which == 'b']], secret)
        p.judge(leaf, a, b)
        p.judge(leaf, b, a)
        p.judge(leaf, a if which == 'b' else b, wanted='refused')


@test()
def any_order():
    """roots between, CAs before those they issued, and strangers"""
    with Stage() as s:
        roots, a, b, leaf, secret = crossed(s)
        p = Peers(s, [roots[0]], secret)
        p.judge(leaf, roots[1], roots[0], a)
        p.judge(leaf, cert('ca'), a, cert('shop'))
        p.judge(leaf, roots[0], wanted='refused')


def limited(stage, name, by, limits):
    """A CA that may give names in these subtrees only (nameConstraints)."""
    stage.write('ext', '[v]\nbasicConstraints = critical, CA:TRUE\n'
                'keyUsage = critical, keyCertSign\n'
                'nameConstraints = critical, %s\n[a]\nC = DE\nO = Acme\n'
                '[b]\nC = DE\nO = Acme\nOU = Guests\n' % limits)
    secret, request = stage.path(name + '.key'), stage.path('request')
    code, out = tool('openssl', 'req', '-new', '-newkey', 'ec', '-pkeyopt',
                     'ec_paramgen_curve:P-256', '-nodes', '-keyout', secret,
                     '-subj', '/CN=' + name, '-out', request)
    equal(code, 0, out)
    signer = ['-signkey', secret] if not by else [
        '-CA', stage.path(by + '.pem'), '-CAkey', stage.path(by + '.key'),
        '-CAcreateserial']
    code, out = tool('openssl', 'x509', '-req', '-in', request, *signer,
                     '-extfile', stage.path('ext'), '-extensions', 'v',
                     '-out', stage.path(name + '.pem'))
    equal(code, 0, out)
    return stage.path(name + '.pem')


@test('a root', 'a CA below it')
def subtrees(who):
    """subjects that a CA may not give (RFC 5280 4.2.1.10)"""
    acme, guests = ['country = "DE"', 'organization = "ACME"'], \
        ['unit = "Guests"']
    for limits, subject, wanted in (
            ('permitted;dirName:a', acme, 'hello\n'),
            ('permitted;dirName:a', acme + guests, 'hello\n'),
            ('permitted;dirName:a', ['organization = "ACME"'], 'refused'),
            ('permitted;dirName:b', acme, 'refused'),
            ('excluded;dirName:b', acme + guests, 'refused'),
            ('permitted;DNS:internal', acme, 'hello\n')):
        with Stage() as s:
            root = pki.ca(s, 'root') if who != 'a root' else None
            ca = limited(s, 'limited', 'root' if root else None, limits)
            leaf, secret = pki.issue(s, 'leaf', *subject, NAME, by='limited')
            p = Peers(s, [root or ca], secret)
            p.judge(leaf, ca, wanted=wanted)


def old_style(stage, name, by=None, leaf=False, days=30):
    """A certificate without key identifiers; CAs have the name "twin"."""
    subject = '/O=tlsc tests/CN=' + (name if leaf else 'twin')
    stage.write('ext', '[req]\ndistinguished_name = d\nx509_extensions = v\n'
                '[d]\n[v]\nsubjectKeyIdentifier = none\n'
                'authorityKeyIdentifier = none\n' + ('subjectAltName = DNS:api.internal\n' if leaf
                                else 'basicConstraints = critical, CA:TRUE\n'))
    run_it = ['openssl', 'req', '-config', stage.path('ext'), '-subj', subject,
              '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
              '-keyout', stage.path(name + '.key')]
    code, out = tool(*run_it, '-new', *(
        [] if leaf else ['-x509', '-days', str(days)]), '-out',
                     stage.path(name + '.pem'))
    equal(code, 0, out)
    if leaf:
        code, out = tool('openssl', 'x509', '-req', '-in',
                         stage.path(name + '.pem'), '-CA',
                         stage.path(by + '.pem'), '-CAkey',
                         stage.path(by + '.key'), '-CAcreateserial',
                         '-extfile', stage.path('ext'), '-extensions', 'v',
                         '-out', stage.path(name + '.pem'))
        equal(code, 0, out)
    return stage.path(name + '.pem')


@test('first', 'last', 'first and older', 'last and older')
def twins(place):
    """two CAs of one name that say nothing of their keys"""
    with Stage() as s:
        one = old_style(s, 'one')
        two = old_style(s, 'two', days=60 if 'older' in place else 15)
        leaf = old_style(s, 'leaf', 'one', leaf=True)
        p = Peers(s, [one, two] if 'first' in place else [two, one],
                  s.path('leaf.key'))
        p.judge(leaf)
        stranger = old_style(s, 'three') and old_style(s, 'other', 'three',
                                                       leaf=True)
        p.secret = s.path('other.key')
        p.judge(stranger, wanted='refused')


@test()
def for_everything():
    """a CA that is for any purpose; what it issued says its own"""
    with Stage() as s:
        root = pki.ca(s, 'root')
        middle = pki.issue(s, 'middle', 'ca', 'cert_signing_key',
                           'key_purpose_oid = "2.5.29.37.0"', by='root')[0]
        p = Peers(s, [root], None)
        for use, role in (('client', p.client), ('server', p.server)):
            leaf, p.secret = pki.issue(s, use, 'tls_www_' + use, NAME,
                                       by='middle')
            p.judge(leaf, middle, roles=[role])
            other = p.server if use == 'client' else p.client
            p.judge(leaf, middle, roles=[other], wanted='refused')


@test()
def by_itself():
    """a server that is trusted by a copy of its certificate, with its chain"""
    with Stage() as s:
        roots, a, b, leaf, secret = crossed(s)
        p = Peers(s, [leaf], secret)
        p.judge(leaf, a, roles=[p.server])
        sister, p.secret = pki.issue(s, 'sister', NAME, by='middle')
        p.judge(sister, a, roles=[p.server], wanted='refused')


run()
