#!/usr/bin/python3
"""Keys too large to compute with are refused before anybody computes: GnuTLS
would be busy with them for seconds or hours, for any stranger."""
import pki
import rawtls as raw
from edge import *
from tap import *

SHOP = 'shop.example.com'
WHY = 'detail="a certificate has a key that is too large'
LARGE = {'modulus': (16392, 17), 'exponent': (2048, 264)}
FITS = {'modulus': (16384, 17), 'exponent': (2048, 256)}
DHE, ECDHE = 0x9e, 0xc02f   # with RSA and AES-128-GCM


def certificates(*ders):
    return raw.handshake(11, raw.vec(3, b''.join(raw.vec(3, d)
                                                 for d in ders)))


def send(conn, messages):
    for at in range(0, len(messages), 16384):
        conn.sendall(raw.record(messages[at:at + 16384], version=0x0303))


def flight(conn, last):
    """The octets up to and with the message of that type, in clear."""
    data, seen = b'', b''
    while True:
        while len(data) >= 5 and len(data) >= 5 + int.from_bytes(data[3:5],
                                                                 'big'):
            n = 5 + int.from_bytes(data[3:5], 'big')
            seen, data = seen + data[5:n], data[n:]
        at = 0
        while len(seen) >= at + 4:
            end = at + 4 + int.from_bytes(seen[at + 1:at + 4], 'big')
            if seen[at] == last and len(seen) >= end:
                return
            at = end
        more = conn.recv(65536)
        check(more, 'the end of the server')
        data += more


def mutual(stage, mode='require'):
    return stage.gateway(policy(
        route(SHOP, 'offload to web', 'certificate shop, shop_rsa;',
              'client-auth ca "%s" %s;' % (cert('ca'), mode)),
        head=certificate('shop') + certificate('shop-rsa'),
        web=stage.origin().port))


def shown(g, *ders):
    """A client of TLS 1.2, up to its certificates; the alert for them, or
    None when the gateway waits for the key exchange."""
    with connect(g.port) as c:
        c.sendall(raw.client_hello(raw.extensions12(SHOP),
                                   suites=(0xc02b, ECDHE)))
        flight(c, 14)
        send(c, certificates(*ders))
        # What is no key exchange is refused once the certificates are taken.
        send(c, raw.handshake(16, b''))
        return alert(c.recv(7))


@test(*LARGE)
def clients(form):
    """a client's certificate, and one that comes behind it"""
    with Stage() as s:
        g = mutual(s)
        large = pki.rsa(s, 'large', *LARGE[form])
        fits = pki.rsa(s, 'fits', *FITS[form])
        equal(shown(g, large), 42)
        equal(shown(g, pki.der(cert('client')), large), 42)
        g.wait_close('handshake-failed ' + WHY, 2)
        check(shown(g, fits) != 42)


def server_hello(suite):
    return raw.handshake(2, raw.u16(0x0303) + raw.RANDOM + b'\0' +
                         raw.u16(suite) + b'\0' +
                         raw.vec(2, raw.u16(0xff01, 1) + b'\0'))


def origin(stage, suite, *messages):
    """A server of TLS 1.2, as far as its flight goes."""
    def answer(conn, o, record):
        check(conn.recv(65536))
        send(conn, server_hello(suite) + b''.join(messages))
        while conn.recv(65536):
            pass
    return stage.origin(answer)


def bridge(stage, o, health=''):
    return stage.gateway(policy(
        route(SHOP, 'bridge to web', 'certificate shop;'),
        head='profile more extends intermediate { ciphers += '
        'TLS_DHE_RSA_WITH_AES_128_GCM_SHA256; groups += ffdhe2048; }\n' +
        certificate('shop'),
        web=server(o.port) + health + ' tls { verify ca "%s" name '
        '"api.internal"; profile more; }' % cert('ca')))


def refused(g):
    try:
        with tls_connect(g.port, SHOP) as c:
            return get(c)
    except OSError:
        return 'refused'


@test(*LARGE)
def servers(form):
    """a bridge's server"""
    with Stage() as s:
        large = pki.rsa(s, 'large', *LARGE[form])
        g = bridge(s, origin(s, ECDHE, certificates(large)))
        equal(refused(g), 'refused')
        g.wait_close('backend-unverified ' + WHY)


@test(*LARGE)
def health(form):
    """a server that is asked for its health"""
    with Stage() as s:
        large = pki.rsa(s, 'large', *LARGE[form])
        g = bridge(s, origin(s, ECDHE, certificates(large)),
                   ' health tls interval 100ms;')
        g.wait_log('event=server-down .*key that is too large')


@test()
def groups():
    """a server's own finite-field group"""
    with Stage() as s:
        prime = (1 << 4096 | 1).to_bytes(513, 'big')
        exchange = raw.handshake(12, raw.vec(2, prime) + raw.vec(2, b'\2') +
                                 raw.vec(2, b'\4') + raw.u16(0x0401) +
                                 raw.vec(2, bytes(256)))
        g = bridge(s, origin(s, DHE, certificates(
            pki.der(cert('backend-rsa'))), exchange))
        equal(refused(g), 'refused')
        g.wait_close('backend-handshake detail="the server.s finite-field '
                     'group is too large')


run()
