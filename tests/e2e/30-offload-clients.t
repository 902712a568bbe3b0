#!/usr/bin/python3
"""Offload: the gateway shows its certificate, the server sees clear text."""
import pki
from edge import *
from tap import *

HEAD = certificate('shop') + certificate('shop-rsa') + certificate('api')
SHOP = route('shop.example.com', 'offload to web',
             'certificate shop, shop_rsa;', 'alpn = "h2", "http/1.1";')


@test(*VERSIONS)
def clients(version):
    """curl, openssl and gnutls-cli; the server sees clear HTTP"""
    with Stage() as s:
        o = s.origin()
        g = s.gateway(policy(SHOP, head=HEAD, web=o.port))
        fetch_with_each(g.port, 'shop.example.com', 'hello', (version,))
        check(len(o.received) >= 3, o.received)
        for r in o.received:
            check(bytes(r).startswith(b'GET / HTTP/1.1\r\n') or not r, r)


@test()
def nginx_origin():
    """nginx behind it answers a kept-alive connection"""
    with Stage() as s:
        o = s.nginx()
        g = s.gateway(policy(SHOP, head=HEAD, web=o.port))
        with tls_connect(g.port, 'shop.example.com') as c:
            for _ in range(20):
                check('nginx saw http x' in get(c), 'answer')


@test(*VERSIONS)
def key_types(version):
    """the certificate fits the client's signature algorithms"""
    with Stage() as s:
        o = s.origin()
        g = s.gateway(policy(SHOP, head=HEAD, web=o.port))
        for algorithms, wanted in (('ECDSA+SHA256', 'id-ecPublicKey'),
                                   ('RSA-PSS+SHA256:RSA+SHA256',
                                    'rsaEncryption')):
            code, out = s_client(g.port, 'shop.example.com', version,
                                 '-sigalgs', algorithms)
            check('a:PKEY: ' + wanted in out, algorithms, out)


@test('p384', 'p256')
def curves(order):
    """in TLS 1.3 an ECDSA key serves who names its curve's algorithm; others
    get another certificate"""
    with Stage() as s:
        for name, curve in (('p384', 'secp384r1'), ('p256', 'secp256r1')):
            code, out = tool('certtool', '--generate-privkey', '--key-type',
                             'ecdsa', '--curve', curve, '--outfile',
                             s.path(name + '.key'))
            equal(code, 0, out)
            pki.issue(s, name, 'dns_name = "shop.example.com"',
                      'tls_www_server', key_of=s.path(name + '.key'))
        names = ['p384', 'p256'] if order == 'p384' else ['p256', 'p384']
        g = s.gateway(policy(
            route('shop.example.com', 'offload to web',
                  'certificate %s, shop_rsa;' % ', '.join(names)),
            head=certificate('shop-rsa') + ''.join(
                'certificate %s { chain "%s.pem"; key "%s.key"; }' % (n, n, n)
                for n in names), web=s.origin().port))
        for algorithms, wanted in (
                ('ECDSA+SHA256:RSA-PSS+SHA256', '256'),
                ('ECDSA+SHA384:RSA-PSS+SHA256', '384'),
                ('ECDSA+SHA512:RSA-PSS+SHA256', 'rsaEncryption')):
            code, out = s_client(g.port, 'shop.example.com', '1.3',
                                 '-sigalgs', algorithms)
            check(re.search(r'a:PKEY: (id-ecPublicKey, )?\(?%s\b' % wanted,
                            out), algorithms, out)


@test()
def by_name():
    """the certificate fits the name; a route's own beats the list"""
    with Stage() as s:
        o = s.origin()
        g = s.gateway(policy(
            route('x.example.com', 'offload to web', label='x'),
            route('shop.example.com', 'offload to web', label='s'),
            route('api.example.com', 'offload to web', 'certificate api;',
                  label='a'),
            head=certificate('wild') + HEAD,
            front='certificate wild, shop, api;', web=o.port))
        for name, wanted in (('x.example.com', '*.example.com'),
                             ('shop.example.com', '*.shop.example.com'),
                             ('api.example.com', 'api.example.com')):
            with tls_connect(g.port, name) as c:
                names = [n for _, n in c.getpeercert()['subjectAltName']]
                check(wanted in names, name, names)
                equal(get(c), 'hello\n')


@test()
def chain():
    """an intermediate certificate is sent along"""
    with Stage() as s:
        o = s.origin()
        g = s.gateway(policy(route('chained.example.com', 'offload to web',
                                   'certificate chained;'),
                             head=certificate('chained'), web=o.port))
        with tls_connect(g.port, 'chained.example.com') as c:
            equal(get(c), 'hello\n')


@test()
def alpn():
    """the server's order decides; nothing in common is an alert"""
    with Stage() as s:
        o = s.origin()
        g = s.gateway(policy(SHOP, head=HEAD, web=o.port))
        for offer, chosen in ((['http/1.1', 'h2'], 'h2'),
                              (['http/1.1'], 'http/1.1'), (None, None)):
            with tls_connect(g.port, 'shop.example.com',
                             client_context(alpn=offer)) as c:
                equal(c.selected_alpn_protocol(), chosen, offer)
        code, out = s_client(g.port, 'shop.example.com', '1.3', '-alpn',
                             'imap')
        check('alert number 120' in out, out)


@test()
def profile():
    """a version that the profile does not allow is refused"""
    with Stage() as s:
        o = s.origin()
        g = s.gateway(policy(route('shop.example.com', 'offload to web',
                                   'profile modern;', 'certificate shop;'),
                             head=HEAD, web=o.port))
        code, out = s_client(g.port, 'shop.example.com', '1.2')
        check('alert number 70' in out, out)
        equal(curl(g.port, 'shop.example.com', '1.3'), (0, 'hello\n'))
        g.wait_close('handshake-failed')


@test()
def fragmented():
    """a hello in two-byte records is accepted by the TLS layer too"""
    with Stage() as s:
        o = s.origin()
        g = s.gateway(policy(SHOP, head=HEAD, web=o.port))
        for size in (1, 2, 50):
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            tls = client_context().wrap_bio(
                incoming, outgoing, server_hostname='shop.example.com')
            with connect(g.port) as c:
                first = True
                while True:
                    try:
                        tls.do_handshake()
                        break
                    except ssl.SSLWantReadError:
                        data = outgoing.read()
                        c.sendall(records(data, size) if first else data)
                        first = False
                        incoming.write(c.recv(65536))
                c.sendall(outgoing.read())
                equal(tls.version(), 'TLSv1.3')

def greet(conn, origin, record):
    """As a mail server does: nothing is read before it has spoken."""
    conn.sendall(b'220 ready\r\n')
    record += conn.recv(100)
    conn.sendall(b'221 bye\r\n')


@test(*VERSIONS)
def server_first(version):
    """a server that speaks first is heard by a client that says nothing"""
    with Stage() as s:
        o = s.origin(greet)
        g = s.gateway(policy(route('shop.example.com', 'offload to web',
                                   'certificate shop;'),
                             head=HEAD, web=o.port))
        with tls_connect(g.port, 'shop.example.com',
                         client_context(version)) as c:
            equal(c.recv(100), b'220 ready\r\n')
            c.sendall(b'QUIT\r\n')
            equal(c.recv(100), b'221 bye\r\n')


run()
