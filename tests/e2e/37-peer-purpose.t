#!/usr/bin/python3
"""A certificate is taken for what it says it is for (RFC 5280 4.2.1.12)."""
import pki
from edge import *
from tap import *

SHOP = 'shop.example.com'
USES = {'client': ['tls_www_client'], 'server': ['tls_www_server'],
        'both': ['tls_www_client', 'tls_www_server'], 'none': [],
        'mail': ['email_protection_key'],
        'any': ['key_purpose_oid = "2.5.29.37.0"']}
CLIENTS = ('client', 'both', 'none', 'any')
SERVERS = ('server', 'both', 'none', 'any')


def outcome(port, version=None, pair=None):
    context = client_context(version)
    if pair:
        context.load_cert_chain(*pair)
    try:
        with tls_connect(port, SHOP, context) as c:
            return get(c)
    except (OSError, AssertionError):
        return 'refused'


@test(*VERSIONS)
def clients(version):
    """a certificate for servers is no client's"""
    with Stage() as s:
        o = s.origin()
        g = s.gateway(policy(
            route(SHOP, 'offload to web', 'certificate shop;',
                  'client-auth ca "%s" require;' % cert('ca')),
            head=certificate('shop'), web=o.port))
        for name, uses in USES.items():
            pair = pki.issue(s, name, *uses)
            equal(outcome(g.port, version, pair),
                  'hello\n' if name in CLIENTS else 'refused', name)
        g.wait_close('handshake-failed detail="the certificate is not for '
                     'clients', 2)


@test('server', 'client')
def intermediates(use):
    """what an intermediate CA is for, its certificates are for"""
    with Stage() as s:
        middle = pki.issue(s, 'middle-' + use, 'ca', 'cert_signing_key',
                           'tls_www_' + use)
        pem, secret = pki.issue(s, 'leaf', by='middle-' + use)
        with open(pem, 'a') as f, open(middle[0]) as g:
            f.write(g.read())
        o = s.origin()
        g = s.gateway(policy(
            route(SHOP, 'offload to web', 'certificate shop;',
                  'client-auth ca "%s" require;' % cert('ca')),
            head=certificate('shop'), web=o.port))
        equal(outcome(g.port, None, (pem, secret)),
              'hello\n' if use == 'client' else 'refused')


def bridge(o, more=''):
    return policy(route(SHOP, 'bridge to web', 'certificate shop;'),
                  head=certificate('shop'),
                  web=server(o.port) + more + ' tls { verify ca "%s" name '
                  '"api.internal"; }' % cert('ca'))


@test(*USES)
def servers(name):
    """a certificate for clients is no server's, nor is one for mail"""
    with Stage() as s:
        pem, secret = pki.issue(s, name, *USES[name],
                                'dns_name = "api.internal"')
        o = s.origin(tls=s.path(name))
        g = s.gateway(bridge(o, ' health tls interval 100ms;'))
        if name in SERVERS:
            equal(outcome(g.port), 'hello\n')
            return
        g.wait_log('event=server-down .*not for servers')
        equal(outcome(g.port), 'refused')

run()
