#!/usr/bin/python3
"""Who is refused gets the alert that the policy names."""
from edge import *
from tap import *

REASONS = {'unrecognized-name': 112, 'handshake-failure': 40,
           'access-denied': 49}


def answer(port, first):
    with connect(port) as c:
        c.sendall(first)
        return read_all(c)


@test()
def routes():
    """each reason in a route"""
    with Stage() as s:
        names = {r: r.split('-')[0] + '.example.com' for r in REASONS}
        g = s.gateway(policy(*[route(n, 'reject ' + r)
                               for r, n in names.items()],
                             route('quiet.example.com', 'reject close')))
        for reason, name in names.items():
            equal(alert(answer(g.port, hello(name))), REASONS[reason], reason)
        equal(answer(g.port, hello('quiet.example.com')), b'', 'close')
        g.wait_close('rejected', 4)


@test()
def arms():
    """no-sni, default and malformed have their own"""
    with Stage() as s:
        g = s.gateway(policy(route('a.example.com', 'reject close'),
                             no_sni='reject access-denied',
                             default='reject handshake-failure'))
        equal(alert(answer(g.port, hello('b.example.com'))), 40, 'default')
        equal(alert(answer(g.port, hello(None))), 49, 'no-sni')
        equal(answer(g.port, b'GET / HTTP/1.1\r\nHost: a\r\n\r\n'), b'',
              'malformed')
        g.wait_close('malformed')


@test(*VERSIONS)
def clients(version):
    """curl, openssl and gnutls-cli name the alert"""
    with Stage() as s:
        g = s.gateway(policy(route('a.example.com', 'reject close')))
        code, out = s_client(g.port, 'nope.example.com', version)
        check('alert number 112' in out, out)
        code, out = gnutls_cli(g.port, 'nope.example.com', version)
        check('[112]' in out, out)
        code, out = curl(g.port, 'nope.example.com', version)
        check(code == 35 and 'unrecognized name' in out, code, out)

run()
