#!/usr/bin/python3
"""Names with an underscore are names: internal ones have them."""
from edge import *
from tap import *
import tls13

NAMES = ('my_app.internal', 'a_b.my_zone.internal', '_dmarc.my_zone.internal',
         '_.my_zone.internal', 'a_.my_zone.internal')
ROUTE = 'route r sni "my_app.internal", "*.my_zone.internal" { %s; }'


def context(version=None):
    c = client_context(version, None)   # Python's own check knows no "_"
    return c


@test(*FORMS)
def passthrough(form):
    """the hello passes untouched, and the log has the name"""
    with Stage() as s:
        o = s.origin(Origin.sink)
        g = s.gateway(policy(ROUTE % 'passthrough to web', web=o.port), form)
        for i, name in enumerate(NAMES):
            with connect(g.port) as c:
                sent = hello(name)
                c.sendall(sent)
                poll(lambda: len(o.received) > i and
                     len(o.received[i]) == len(sent), 'the hello')
                equal(bytes(o.received[i]), sent)
            g.wait_log(r'\bsni="?%s"? .*\bmode=passthrough' % re.escape(name))


@test(*VERSIONS)
def offload(version):
    """the certificate of that name is shown"""
    with Stage() as s:
        o = s.origin()
        g = s.gateway(policy(ROUTE % 'offload to web', web=o.port,
                             head=certificate('underscore')
                             + certificate('shop'),
                             front='certificate underscore, shop;'))
        for name in NAMES:
            with tls_connect(g.port, name, context(version)) as c:
                equal(get(c), 'hello\n')
                san = tool('openssl', 'x509', '-inform', 'der', '-noout',
                           '-ext', 'subjectAltName',
                           send=c.getpeercert(True))[1]
                check('my_app.internal' in san, san)
        code, out = gnutls_cli(g.port, 'my_app.internal', version,
                               send=GET, until='hello')
        check(code == 0 and 'hello' in out, out)


@test()
def few_extensions():
    """one extension that GnuTLS can do without is enough"""
    with Stage() as s:
        g = s.gateway(policy(ROUTE % 'offload to web',
                             web=s.origin(Origin.echo).port,
                             head=certificate('underscore'),
                             front='certificate underscore;'))
        for more in ({'e45': b'\1\1'}, {'e11': b'\1\0'}, {'e21': bytes(20)},
                     {'e27': b'\2\0\2'}, {'e18': b''}, {'e2570': b''},
                     {'e21': bytes(20), 'e45': b'\1\1', 'e11': b'\1\0'}):
            for retry in (False, True):
                with connect(g.port) as c:
                    p = tls13.Client(c)
                    p.start(NAMES[0], retry, **{'e45': None, **more})
                    p.finish(behind=b'hello')
                    equal(p.data(5), b'hello')


@test(*VERSIONS)
def bridge(version):
    """the server must prove a name with an underscore as any other"""
    for verify, close in ((NAMES[0], None), (NAMES[1], None),
                          ('myxapp.internal', 'backend-unverified'),
                          ('a.b_c.my_zone.internal', 'backend-unverified')):
        with Stage() as s:
            o = s.origin(tls='underscore')
            g = s.gateway(policy(
                ROUTE % 'bridge to web', head=certificate('underscore'),
                front='certificate underscore;',
                web=server(o.port) + ' tls { verify ca "%s" name "%s"; }'
                % (cert('ca'), verify)))
            if close:
                try:
                    tls_connect(g.port, NAMES[0], context(version)).close()
                    check(False, 'served')
                except ssl.SSLError:
                    pass
                g.wait_close(close)
                continue
            with tls_connect(g.port, NAMES[0], context(version)) as c:
                equal(get(c), 'hello\n')
            equal(o.tls_seen[0][0], verify)


@test()
def tools():
    """patterns, maps, tests and assertions take them; a note says what no
    public CA does"""
    text = policy('route m sni from "names.map" { passthrough to web; }',
                  'route x sni "x_y.test", "**.x_y.test" '
                  '{ passthrough to web; }', web=9) + '''
assert every sni "**.x_y.test" : backend is web;
test "one" { sni "_dmarc.x_y.test"; source 192.0.2.1; }
  expect passthrough to web;
test "map" { sni "my_Service.test"; source 192.0.2.1; }
  expect passthrough to web;
'''
    with Stage() as s:
        s.write('names.map', 'my_service.test\nwww.test\n')
        code, out = s.compile(text.replace('@LISTEN@', '127.0.0.1:4443'))
        equal(code, 0, out)
        equal(out.count('note[TC0316]'), 3, out)
        code, out = tool(program('tlsc'), 'match', s.path('policy.bin'),
                         '--sni', 'a_.x_y.test')
        check(code == 0 and 'passthrough to web' in out, out)
        code, out = tool(program('tlsc'), 'test', s.path('policy.tls'))
        equal(code, 0, out)

run()
