#!/usr/bin/python3
"""What the log says of those that do not get through."""
from edge import *
from tap import *

NAME = 'shop.example.com'


@test()
def untrusted():
    """a client that does not trust us: its alert is named, also in clear"""
    with Stage() as s:
        g = s.gateway(policy(route(NAME, 'offload to web', 'certificate shop;'),
                             head=certificate('shop'), web=s.origin().port))
        for n, version in enumerate((ssl.TLSVersion.TLSv1_2,
                                     ssl.TLSVersion.TLSv1_3), 1):
            context = ssl.create_default_context()   # the system's CAs
            context.minimum_version = context.maximum_version = version
            try:
                with context.wrap_socket(connect(g.port),
                                         server_hostname=NAME):
                    check(False, 'trusted')
            except ssl.SSLCertVerificationError:
                pass
            line = g.wait_log('alert_got=48 close=handshake-failed '
                              'detail="received alert unknown_ca"$', n)[-1]
            check(' alert=' not in line, line)   # none in answer to one


@test()
def refused_names():
    """a name that is refused stands in the log, whatever octets it has"""
    with Stage() as s:
        g = s.gateway(policy(route(NAME, 'offload to web', 'certificate shop;'),
                             head=certificate('shop'), web=s.origin().port))
        nasty = b'a..\x1b[31m\n\xff\x00".example.com'
        plain = 'x' * len(nasty)
        for name, told in ((b'-a' + b'x' * (len(nasty) - 2), None), (
                nasty, r'"a..\u001b[31m\u000a\u00ff\u001a\".example.com"')):
            with connect(g.port) as c:
                c.sendall(hello(plain).replace(plain.encode(), name))
                read_all(c)
            line = g.wait_log('close=malformed detail=sni-name$',
                              1 if told is None else 2)[-1]
            check(' sni=%s ' % (told or name.decode()) in line, line)


NASTY = b'\xff\x1b]0;x\x07\n\xc2\x9b1m\xe2\x80\xae::\x7f'
TOLD = '\\u001b]0;x\\u0007\\u000a\\u009b1m\\u202e::\\u007f'


@test()
def tlsctl_prints():
    """tlsctl prints what clients sent so that a terminal only shows it"""
    first = hello('a.example.com', alpn=['a' * len(NASTY)]).replace(
        b'a' * len(NASTY), NASTY)
    with Stage() as s:
        o = s.origin(Origin.echo)
        text = policy(route('a.example.com', 'passthrough to web'), web=o.port)
        g = s.gateway(text)
        code, out = s.compile(g.expand(text.replace(
            'passthrough to web', 'reject close')), 'other.bin')
        equal(code, 0, out)
        equal(g.tlsctl('load', '--shadow', s.path('other.bin'))[0], 0)
        with connect(g.port) as c:
            equal(exchange(c, first, len(first)), first)
            code, out = g.tlsctl('--json', 'connections')
            check(out.isascii() and out.rstrip('\n').isprintable(), out)
            found = [c for c in json.loads(out)['connections']
                     if c.get('alpn')]
            equal([c['alpn'] for c in found],
                  [NASTY.decode('latin1')[:7] + '\n\x9b1m\u202e::\x7f'])
            for words in (('why', found[0]['conn']), ('shadow',)):
                code, out = g.tlsctl(*words)
                check(TOLD in out and '\xff' in out, out)
                check(all(l.isprintable() for l in out.splitlines()), out)
        for words in (('--control', s.path('\x1b[31mx')),
                      ('\x1b[31m\n::x',), ('why', '\x1b[31m')):
            code, out = g.tlsctl(*words)
            check(code != 0, out)
            check(all(l.isprintable() for l in out.splitlines()), out)


run()
