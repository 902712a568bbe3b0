#!/usr/bin/python3
"""Client certificates."""
from edge import *
from tap import *

HEAD = certificate('shop')


def shop(how):
    return route('shop.example.com', 'offload to web', 'certificate shop;',
                 'client-auth ca "%s" %s;' % (cert('ca'), how))


def outcome(port, version, client):
    try:
        with tls_connect(port, 'shop.example.com',
                         client_context(version, client=client)) as c:
            return get(c)
    except (OSError, AssertionError):
        return 'refused'


@test(*VERSIONS)
def required(version):
    """required: only a client with a certificate of that CA"""
    with Stage() as s:
        o = s.origin()
        g = s.gateway(policy(shop('require'), head=HEAD, web=o.port))
        equal(outcome(g.port, version, 'client'), 'hello\n')
        g.wait_log('client=client-1 route=')
        equal(outcome(g.port, version, None), 'refused')
        equal(outcome(g.port, version, 'client-other'), 'refused')
        g.wait_log('alert=48 close=handshake-failed detail="the certificate '
                   'is from an unknown CA')


@test(*VERSIONS)
def requested(version):
    """requested: none is fine, a wrong one is not"""
    with Stage() as s:
        o = s.origin()
        g = s.gateway(policy(shop('request'), head=HEAD, web=o.port))
        equal(outcome(g.port, version, 'client'), 'hello\n')
        equal(outcome(g.port, version, None), 'hello\n')
        equal(outcome(g.port, version, 'client-other'), 'refused')

run()
