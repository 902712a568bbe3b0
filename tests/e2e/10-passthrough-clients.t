#!/usr/bin/python3
"""Passthrough between foreign clients and foreign servers."""
from edge import *
from tap import *

@test('openssl_server', 'gnutls_server', 'nginx')
def clients(kind):
    """curl, openssl and gnutls-cli verify the server's own certificate"""
    with Stage() as s:
        o = getattr(s, kind)('pay')
        g = s.gateway(policy(route('pay.example.com', 'passthrough to web'),
                             web=o.port))
        wanted = {'nginx': 'nginx saw https .* sni=pay.example.com',
                  'openssl_server': '(?i)<html',
                  'gnutls_server': '(?i)<html'}[kind]
        fetch_with_each(g.port, 'pay.example.com', wanted)


@test()
def http2():
    """HTTP/2 is negotiated between the ends"""
    with Stage() as s:
        o = s.nginx('pay')
        g = s.gateway(policy(route('pay.example.com', 'passthrough to web'),
                             web=o.port))
        code, out = curl(g.port, 'pay.example.com', '1.3', '--http2', '-w',
                         'version=%{http_version}')
        equal(code, 0, out)
        check('version=2' in out, out)

run()
