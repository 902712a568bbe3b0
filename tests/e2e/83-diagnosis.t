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


run()
