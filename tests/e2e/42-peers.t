#!/usr/bin/python3
"""What tlsc denies in our certificates is not taken from others: servers of
bridges and clients with weak certificates, names that stand in the common name
only, addresses that stand where names do; nor are handshakes signed by SHA-1."""
import pki
from edge import *
from tap import *

HEAD = certificate('shop') + certificate('shop-rsa')
BOTH = 'certificate shop, shop_rsa;'
WEAK = 'ALL:@SECLEVEL=0'   # what the other side may be


def web(port, name='api.internal'):
    return server(port) + ' tls { verify ca "%s" name "%s"; }' % (cert('ca'),
                                                                  name)


def bridged(stage, name, *options, verified='api.internal'):
    """A gateway before a server of openssl's that shows this certificate."""
    o = stage.openssl_server(name, '-cipher', WEAK, *options)
    return stage.gateway(policy(
        route('shop.example.com', 'bridge to web', BOTH), head=HEAD,
        web=web(o.port, verified)))


def asked(g):
    """What a client sees of the server."""
    return s_client(g.port, 'shop.example.com', '1.3', send=GET,
                    until='(?i)<html')[1]


@test('peer-weak:a weak key', 'peer-sha1:a weak signature',
      'peer-cn:no DNS name', 'peer-uri:another name')
def servers(form):
    """a bridge's server that is not known well enough"""
    name, why = form.split(':')
    with Stage() as s:
        g = bridged(s, name)
        out = asked(g)
        check('alert' in out and '<html' not in out.lower(), out)
        g.wait_log('close=backend-unverified detail=".*%s' % why)


@test('peer-weak:a weak key', 'peer-sha1:a weak signature')
def clients(form):
    """a client whose certificate is weak"""
    name, why = form.split(':')
    with Stage() as s:
        g = s.gateway(policy(
            route('shop.example.com', 'offload to web', BOTH,
                  'client-auth ca "%s" require;' % cert('ca')),
            head=HEAD, web=s.origin(Origin.http).port))
        c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        c.set_ciphers(WEAK)
        c.load_verify_locations(cert('ca'))
        c.load_cert_chain(cert(name), key(name))
        try:
            with tls_connect(g.port, 'shop.example.com', c) as conn:
                seen = get(conn)
        except (ssl.SSLError, OSError) as e:
            seen = str(e)
        check('hello' not in seen, seen)
        g.wait_log('alert=42 close=handshake-failed detail=".*%s' % why)
        with tls_connect(g.port, 'shop.example.com',
                         client_context(client='client')) as conn:
            equal(get(conn), 'hello\n')


@test('192.0.2.7', '2001:db8::7', '2001:0DB8:0:0::7')
def addresses(verified):
    """a server whose name is an address: as a subjectAltName, never as SNI"""
    with Stage() as s:
        o = s.origin(tls='peer-address')
        g = s.gateway(policy(
            route('shop.example.com', 'bridge to web', BOTH), head=HEAD,
            web=web(o.port, verified)))
        with tls_connect(g.port, 'shop.example.com') as c:
            equal(get(c), 'hello\n')
        equal(o.tls_seen[-1][0], None)


@test('peer-text', 'backend')
def not_that_address(name):
    """an address as a DNS name, or another address, is not it"""
    with Stage() as s:
        g = bridged(s, name, verified='192.0.2.7')
        check('<html' not in asked(g).lower())
        g.wait_close('backend-unverified')


@test('*.a.internal:hello', '*i.a.internal:refused', 'ap*.a.internal:refused',
      'API.A.Internal:hello', '*.internal:refused', '*:refused')
def wildcards(form):
    """a wildcard stands for one whole label (RFC 9525 6.3)"""
    san, wanted = form.split(':')
    with Stage() as s:
        pem = pki.issue(s, 'server', 'dns_name = "%s"' % san)[0]
        o = s.origin(tls=pem[:-4])
        g = s.gateway(policy(
            route('shop.example.com', 'bridge to web', BOTH), head=HEAD,
            web=web(o.port, 'api.a.internal')))
        try:
            with tls_connect(g.port, 'shop.example.com') as c:
                seen = get(c).strip()
        except OSError:
            seen = 'refused'
        equal(seen, wanted)
        if wanted == 'refused':
            g.wait_close('backend-unverified detail="the certificate is for '
                         'another name')


@test('path length:ca:path_len = 0:may not issue', 'no CA:::is not a CA',
      'key usage:ca::may not issue')
def issuers(form):
    """a CA that may not issue what it issued, said as it is"""
    _, is_ca, line, why = form.split(':')
    with Stage() as s:
        lines = [l for l in (is_ca, line) if l]
        top = pki.issue(s, 'top', *lines, *(
            ['cert_signing_key'] if line else []))[0]
        low, by = top, 'top'
        if line:   # one CA more than it may have below it
            low, by = pki.issue(s, 'low', 'ca', 'cert_signing_key',
                                by='top')[0], 'low'
        leaf, secret = pki.issue(s, 'leaf', by=by)
        s.write('sent.pem', ''.join(open(p).read() for p in dict.fromkeys(
            (leaf, low, top))))
        g = s.gateway(policy(
            route('shop.example.com', 'offload to web', BOTH,
                  'client-auth ca "%s" require;' % cert('ca')),
            head=HEAD, web=s.origin(Origin.http).port))
        context = client_context()
        context.load_cert_chain(s.path('sent.pem'), secret)
        try:
            with tls_connect(g.port, 'shop.example.com', context) as c:
                check(not get(c), 'let in')
        except OSError:
            pass
        g.wait_close('handshake-failed detail="[^"]*' + why)


@test(*VERSIONS)
def not_for_signing(version):
    """a client's key that may not sign: an alert that says so"""
    with Stage() as s:
        secret = key('shop-rsa')
        pem = pki.issue(s, 'enc', usage='encryption_key', key_of=secret)[0]
        g = s.gateway(policy(
            route('shop.example.com', 'offload to web', BOTH,
                  'client-auth ca "%s" require;' % cert('ca')),
            head=HEAD, web=s.origin(Origin.http).port))
        context = client_context(version)
        context.load_cert_chain(pem, secret)
        try:
            with tls_connect(g.port, 'shop.example.com', context) as c:
                check(not get(c), 'let in')
        except OSError:
            pass
        g.wait_log('alert=43 close=handshake-failed detail="Key usage')


@test()
def server_signs_with_sha1():
    """a server that signs its key exchange with SHA-1 (RFC 9155)"""
    with Stage() as s:
        g = bridged(s, 'backend-rsa', '-tls1_2', '-sigalgs', 'RSA+SHA1')
        check('<html' not in asked(g).lower())
        g.wait_close('backend-handshake')


@test('RSA+SHA1', 'ECDSA+SHA1')
def client_wants_sha1(algorithm):
    """a client that only takes signatures with SHA-1 gets none"""
    with Stage() as s:
        g = s.gateway(policy(
            route('shop.example.com', 'offload to web', BOTH), head=HEAD,
            web=s.origin(Origin.http).port))
        for wanted in (algorithm, algorithm.replace('SHA1', 'SHA256')):
            out = s_client(g.port, 'shop.example.com', '1.2', '-sigalgs',
                           wanted, '-cipher', WEAK, send=GET,
                           until='hello')[1]
            equal('hello' in out, wanted != algorithm, out)


run()
