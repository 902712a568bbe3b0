#!/usr/bin/python3
"""What a bridge remembers of a server makes handshakes cheaper, not laxer."""
from edge import *
from tap import *

HEAD = certificate('api')
API = route('api.example.com', 'bridge to web', 'certificate api;')


def web(port):
    return server(port) + ' tls { profile intermediate; verify ca "%s" ' \
        'name "api.internal"; }' % cert('ca')


def ask(port):
    try:
        with tls_connect(port, 'api.example.com') as c:
            return get(c)
    except (OSError, AssertionError) as e:
        return str(e)


@test('1.2', '1.3', 'gnutls')
def resumed(form):
    """sessions with a server are resumed"""
    seen = []

    def note(conn, origin, record):
        seen.append(conn.session_reused)
        Origin.http(conn, origin, record)
    with Stage() as s:
        o = s.origin(note, tls=('backend', {
            'version': '1.3' if form == 'gnutls' else form}))
        g = s.gateway(policy(API, head=HEAD, web=web(o.port)), form)
        for _ in range(4):
            equal(ask(g.port), 'hello\n')
        equal(seen, [False, True, True, True])


@test('untrusted', 'wrongname', 'expired', 'selfsigned')
def changed(name):
    """a server with another certificate is verified as if it were new"""
    with Stage() as s:
        o = s.origin(tls='backend')
        g = s.gateway(policy(API, head=HEAD, web=web(o.port)))
        for _ in range(3):
            equal(ask(g.port), 'hello\n')
        o.close()
        s._things.remove(o)
        s.origin(tls=name, port=o.port)
        said = ask(g.port)
        check('alert' in said, said)
        g.wait_log('close=backend-unverified detail="the certificate ')


@test('P-256', 'P-384', 'X25519:P-256')
def group(groups):
    """a server that takes few groups, asked again and again"""
    with Stage() as s:
        o = s.openssl_server('backend', '-groups', groups)
        g = s.gateway(policy(API, head=HEAD, web=web(o.port)))
        for _ in range(3):
            with tls_connect(g.port, 'api.example.com') as c:
                c.sendall(GET)
                check(b'Cipher' in read_all(c), groups)

run()
