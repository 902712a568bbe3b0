#!/usr/bin/python3
"""Segments of the network: they survive a table, and diff judges the claim."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                'e2e'))
from edge import *
from tap import *

REST = '''
backend a { server 203.0.113.7:80; }
frontend f {
  listen 127.0.0.1:443;
  no-sni reject close; default passthrough to a; malformed reject close;
}
'''


def tables(stage, *segments):
    """A table for each."""
    paths = []
    for i, text in enumerate(segments):
        code, out = stage.compile('policy 1;\n' + text + REST, '%d.bin' % i,
                                  '%d.tls' % i, '-Wno-all')
        equal(code, 0, out)
        paths.append(stage.path('%d.bin' % i))
    return paths


@test()
def round():
    """dump gives back what a table says, to the octet"""
    with Stage() as s:
        text = ('segment b = { 203.0.113.0/24, 2001:db8::/32 } link wireguard '
                '"a \\"note\\"";\nsegment "a b" = { } link none;\n')
        one, = tables(s, text)
        code, out = tool(program('tlsc'), 'dump', one)
        equal(code, 0, out)
        check(text in out, out)
        s.write('again.tls', out)
        code, again = tool(program('tlsc'), 'dump', '--as', 'json',
                           s.path('again.tls'))
        equal(code, 0, again)
        code, first = tool(program('tlsc'), 'dump', '--as', 'json', one)
        equal(json.loads(first)['segments'], json.loads(again)['segments'])
        equal(json.loads(first)['segments'][0], {
            'name': 'b', 'link': 'wireguard', 'encrypted': True,
            'note': 'a "note"',
            'prefixes': ['203.0.113.0/24', '2001:db8::/32']})
        equal(json.loads(first)['semantic'], json.loads(again)['semantic'])


NET = 'segment s = { %s } link %s;\n'
WEAKER = [
    ('', NET % ('203.0.113.0/24', 'ipsec')),
    (NET % ('203.0.113.0/24', 'vlan'), NET % ('203.0.113.0/24', 'ipsec')),
    (NET % ('203.0.113.0/25', 'ipsec'), NET % ('203.0.113.0/24', 'ipsec')),
    (NET % ('203.0.113.0/24', 'ipsec') +
     'segment hole = { 203.0.113.0/28 } link none;\n',
     NET % ('203.0.113.0/24', 'ipsec')),
]
FINE = [
    (NET % ('203.0.113.0/24', 'ipsec'), ''),
    (NET % ('203.0.113.0/24', 'ipsec'), NET % ('203.0.113.0/25', 'ipsec')),
    (NET % ('203.0.113.0/24', 'ipsec'), NET % ('203.0.113.0/24', 'none')),
    ('', NET % ('203.0.113.0/24', 'vlan')),
    (NET % ('203.0.113.0/24', 'ipsec'), NET % ('203.0.113.0/24', 'macsec')),
    (NET % ('203.0.113.0/24', 'ipsec'),
     NET.replace(' s ', ' t ') % ('203.0.113.0/24', 'ipsec')),
]


@test()
def weaker():
    """what calls more of the network encrypted is weaker, nothing else is"""
    with Stage() as s:
        for pairs, status in ((WEAKER, 1), (FINE, 0)):
            for old, new in pairs:
                tables(s, old, new)
                code, out = tool(program('tlsc'), 'diff', '--forbid', 'weaken',
                                 s.path('0.tls'), s.path('1.tls'))
                equal(code, status, (old, new, out))
                check('segment ' in out, out)
                equal('more of the network is called encrypted' in out, bool(status), out)

run()
