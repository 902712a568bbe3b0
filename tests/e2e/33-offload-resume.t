#!/usr/bin/python3
"""Sessions are resumed by ticket, within their domain."""
from edge import *
from tap import *

HEAD = certificate('shop') + certificate('api')
SHOP = route('shop.example.com', 'offload to web', 'certificate shop;')


def again(stage, port, version, first, second):
    """Is the session of one name accepted under the other?"""
    sess = stage.path('session')
    code, out = s_client(port, first, version, '-sess_out', sess, send=GET,
                         until='hello')
    check(os.path.exists(sess), out)
    code, out = s_client(port, second, version, '-sess_in', sess, send=GET,
                         until='hello')
    check('hello' in out, out)
    return 'Reused, ' in out


@test(*VERSIONS)
def resumed(version):
    """the same name is resumed, also by another worker"""
    with Stage() as s:
        o = s.origin()
        g = s.gateway(policy(SHOP, head=HEAD, web=o.port), workers=2)
        for _ in range(8):
            check(again(s, g.port, version, 'shop.example.com',
                        'shop.example.com'), 'not resumed')


@test(*VERSIONS)
def domains(version):
    """a ticket does not step around client authentication"""
    with Stage() as s:
        o = s.origin()
        g = s.gateway(policy(
            SHOP, route('api.example.com', 'offload to web',
                        'certificate api;',
                        'client-auth ca "%s" require;' % cert('ca')),
            head=HEAD, web=o.port))
        sess = s.path('session')
        s_client(g.port, 'shop.example.com', version, '-sess_out', sess,
                 send=GET, until='hello')
        check(os.path.exists(sess), 'no session')
        code, out = s_client(g.port, 'api.example.com', version, '-sess_in',
                             sess, send=GET, until='hello')
        check('hello' not in out, out)

run()
