#!/usr/bin/python3
"""Offload carries bytes in both directions, both record forms."""
from edge import *
from tap import *

SHOP = route('shop.example.com', 'offload to web', 'certificate shop;')
CASES = [v + f for v in VERSIONS for f in ('', ' gnutls')]


@test(*CASES)
def bulk(case):
    """eight megabytes there and back"""
    version, _, form = case.partition(' ')
    with Stage() as s:
        o = s.origin(Origin.echo)
        g = s.gateway(policy(SHOP, head=certificate('shop'), web=o.port),
                      form)
        sent = os.urandom(1 << 20) * 8
        with tls_connect(g.port, 'shop.example.com',
                         client_context(version)) as c:
            feed(c, sent)


def feed(c, sent):
    """Python's ssl socket is not for two threads: interleave by hand."""
    at, got = 0, bytearray()
    c.setblocking(False)
    end = time.monotonic() + DEADLINE
    while len(got) < len(sent):
        moved = False
        try:
            if at < len(sent):
                at += c.send(sent[at:at + 65536])
                moved = True
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        try:
            more = c.recv(1 << 17)
            if not more:
                break
            got += more
            moved = True
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        if moved:
            end = time.monotonic() + DEADLINE
        else:
            check(time.monotonic() < end, 'stuck at', at, len(got))
            time.sleep(0.0005)
    check(bytes(got) == sent, 'bytes differ', len(got))


@test('AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384',
      'ECDHE-ECDSA-CHACHA20-POLY1305', 'TLS_AES_256_GCM_SHA384',
      'TLS_CHACHA20_POLY1305_SHA256')
def suites(suite):
    """each cipher suite of the profile moves data"""
    if suite.startswith('AES'):
        suite = 'ECDHE-ECDSA-' + suite
    with Stage() as s:
        o = s.origin()
        o.text = bytes(200000)
        g = s.gateway(policy(SHOP, head=certificate('shop'), web=o.port))
        old = suite.startswith('ECDHE')
        code, out = curl(g.port, 'shop.example.com', '1.2' if old else '1.3',
                         '--ciphers' if old else '--tls13-ciphers', suite,
                         '-o', s.path('body'), '-v')
        equal(code, 0, out)
        check(suite in out, out)
        equal(os.path.getsize(s.path('body')), 200000)


@test()
def key_update():
    """a client's KeyUpdate, with and without an answer wanted"""
    with Stage() as s:
        o = s.origin(Origin.echo)
        g = s.gateway(policy(SHOP, head=certificate('shop'), web=o.port))
        code, out = s_client(g.port, 'shop.example.com', '1.3',
                             send=b'one\nK\ntwo\nk\nthree\n', until='three')
        check('one' in out and 'two' in out and 'three' in out, out)

run()
