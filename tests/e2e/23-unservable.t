#!/usr/bin/python3
"""What TC0315 says becomes of a clause's clients is what they hear."""
from edge import *
from tap import *

HEAD = certificate('shop')
NAME = 'shop.example.com'
PROTOCOL_VERSION, HANDSHAKE_FAILURE, NO_PROTOCOL = 70, 40, 120


def tls11():
    """A client whose highest version is TLS 1.1."""
    first = hello(NAME, '1.2')
    check(b'\x00\x2b' not in first, 'supported_versions')
    return first[:9] + b'\x03\x02' + first[11:]


def unknown():
    """A client that lists versions, and none that is known."""
    first = hello(NAME, '1.3')
    equal(first.count(b'\x00\x2b\x00\x03\x02\x03\x04'), 1)
    return first.replace(b'\x00\x2b\x00\x03\x02\x03\x04',
                         b'\x00\x2b\x00\x03\x02\x7f\x1c')


def hears(body, says, clients, backend=''):
    """The route's first clause is reported with this witness; its clients
    hear this alert, in spite of a server that would take them."""
    says, code, close = says
    with Stage() as s:
        o = s.origin(tls='backend')
        g = s.gateway(policy('route r sni "%s" { certificate shop; %s }' %
                             (NAME, body), head=HEAD,
                             web=server(o.port) + backend))
        status, text = s.compile(g.expand(open(s.path('policy.tls')).read()),
                                 'again.bin', 'again.tls')
        equal(status, 0, text)
        equal(text.count('warning[TC0315]'), 1, text)
        check(re.search('witness: .* -> %s\n' % says, text), text)
        for n, first in enumerate(clients, 1):
            with connect(g.port) as c:
                c.sendall(first)
                equal(alert(read_all(c)), code, n)
            g.wait_close(close, n)


VERSION = ('alert protocol_version', PROTOCOL_VERSION, 'handshake-failed')
ALPN = ('alert no_application_protocol', NO_PROTOCOL, 'handshake-failed')
CUT = ('cut at the ServerHello', HANDSHAKE_FAILURE, 'enforced')
BRIDGE = 'tls { profile modern; verify ca "%s" name "api.internal"; }' % cert('ca')


def forms(mode):
    return mode + ' to web', BRIDGE if mode == 'bridge' else ''


@test('offload', 'bridge')
def old(mode):
    """clients below the profile's first version"""
    to, backend = forms(mode)
    hears('profile modern; when tls <= 1.2 %s; otherwise reject close;' % to,
          VERSION, [hello(NAME, '1.2'), tls11()], backend)
    hears('when not tls >= 1.2 %s; otherwise reject close;' % to,
          VERSION, [tls11(), unknown()], backend)


@test('offload', 'bridge')
def protocol(mode):
    """a protocol that the action never agrees on"""
    to, backend = forms(mode)
    hears('alpn = "http/1.1"; when alpn has "h2" and not alpn has "http/1.1" '
          '%s; otherwise reject close;' % to, ALPN,
          [hello(NAME, v, ['h2']) for v in VERSIONS] +
          [hello(NAME, '1.3', ['h2', 'acme-tls/1'])], backend)


@test()
def besides():
    """who offers one of the list besides is served with that"""
    with Stage() as s:
        o = s.origin()
        g = s.gateway(policy('route r sni "%s" { certificate shop; alpn = '
                             '"http/1.1"; when alpn has "h2" offload to web; '
                             'otherwise offload to web; }' % NAME, head=HEAD,
                             web=o.port))
        with tls_connect(g.port, NAME, client_context(
                alpn=['h2', 'http/1.1'])) as c:
            equal(get(c), 'hello\n')
            equal(c.selected_alpn_protocol(), 'http/1.1')


@test()
def enforced():
    """passthrough: the server answers with a version outside the profile"""
    hears('when tls >= 1.3 passthrough to web; otherwise passthrough to web '
          'enforcing modern;', CUT, [hello(NAME, '1.2')])

run()
