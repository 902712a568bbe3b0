#!/usr/bin/python3
"""tlsd --check compares a policy's segments with the machine, in a network
namespace of its own."""
from edge import *
from tap import *

DEVICES = 'ip link set lo up; '


def in_namespace(script):
    return tool('unshare', '--net', 'sh', '-ec', DEVICES + script)


def needs(script):
    """What this kernel or user lacks is no fault of tlsd's."""
    code, out = in_namespace(script)
    if code != 0:
        raise Skip('not here: ' + script + ' ' + out.strip()[:60])


def checked(stage, segments, script):
    """What --check says of the segments, where script was run before."""
    code, out = stage.compile('policy 1;\n' + segments + '''
backend a { server 10.40.0.7:80; }
frontend f {
  listen 127.0.0.1:8443;
  no-sni reject close; default passthrough to a; malformed reject close;
}
''', 'policy.bin', 'policy.tls', '-Wno-all')
    equal(code, 0, out)
    code, out = in_namespace('%s %s --check %s' % (
        script, program('tlsd'), stage.path('policy.bin')))
    check(code == 0 and ': good, root ' in out, code, out)
    return [l for l in out.splitlines() if 'segment' in l]


CARDS = 'segment cards = { 10.40.0.0/16, 2001:db8:40::/48 } link %s;\n'
POLICY = ('ip xfrm policy add dir out src %s dst %s tmpl src 192.0.2.1 '
          'dst 192.0.2.2 proto esp mode tunnel; ')


@test()
def bare():
    """a claim that nothing bears out is a warning; none claims nothing"""
    needs('true')
    with Stage() as s:
        equal(checked(s, '', ''), [])
        equal(checked(s, CARDS % 'none', ''), [])
        for link in ('wireguard', 'macsec', 'vlan'):
            equal(checked(s, CARDS % link, ''),
                  ['tlsd: warning: segment cards, %s: no route through a '
                   '%s device covers it'
                   % (p, link) for p in ('10.40.0.0/16', '2001:db8:40::/48')])


@test()
def ipsec():
    """IPsec policies cover what they select, on its way out"""
    needs(POLICY % ('0.0.0.0/0', '10.40.0.0/16'))
    both = POLICY % ('0.0.0.0/0', '10.0.0.0/8') + \
        POLICY % ('::/0', '2001:db8:40::/48')
    with Stage() as s:
        equal(checked(s, CARDS % 'ipsec', both), [])
        for script in (
                POLICY % ('::/0', '2001:db8:40::/48'),
                both.replace('10.0.0.0/8', '10.40.0.0/17'),
                both.replace('dir out src 0', 'dir fwd src 0'),
                both.replace('dst 10.0.0.0/8', 'dst 10.0.0.0/8 proto udp'),
                both.replace('dst 10.0.0.0/8', 'dst 10.0.0.0/8 action block')):
            said = checked(s, CARDS % 'ipsec', script)
            check(len(said) == 1 and said[0].startswith(
                'tlsd: warning: segment cards, 10.40.0.0/16: no IPsec '), said)


@test('wireguard', 'vlan', 'macsec')
def device(kind):
    """a route by a device of the kind covers, a longer one elsewhere not"""
    add = {'wireguard': 'ip link add x0 type wireguard; ',
           'vlan': 'ip link add d0 type dummy; '
                   'ip link add link d0 name x0 type vlan id 5; ',
           'macsec': 'ip link add d0 type dummy; '
                     'ip link add link d0 name x0 type macsec; '}[kind]
    if kind != 'wireguard':
        add += 'ip link set d0 up; '
    add += 'ip link set x0 up; '
    needs(add + 'ip route add 10.40.0.0/16 dev x0')
    with Stage() as s:
        cards = 'segment cards = { 10.40.0.0/16 } link %s;\n' % kind
        equal(checked(s, cards, add + 'ip route add 10.0.0.0/8 dev x0; '), [])
        equal(checked(s, cards, add + 'ip route add 10.0.0.0/8 dev x0; '
                      'ip route add 10.40.3.0/24 dev lo; '),
              ['tlsd: warning: segment cards, 10.40.0.0/16: the route to '
               '10.40.3.0/24 goes through lo, which is not ' + kind])


@test()
def elsewhere():
    """a route by another device is named"""
    needs('true')
    with Stage() as s:
        equal(checked(s, 'segment cards = { 10.40.0.0/16 } link vlan;\n',
                      'ip route add 10.40.3.0/24 dev lo; '),
              ['tlsd: warning: segment cards, 10.40.0.0/16: the route to '
               '10.40.3.0/24 goes through lo, which is not vlan'])


@test()
def unreadable():
    """who may not read IPsec policies is told so"""
    needs('true')
    if os.geteuid() != 0 or not shutil.which('setpriv'):
        raise Skip('root and setpriv are needed')
    with Stage() as s:
        said = checked(s, CARDS % 'ipsec', 'chown 65534 %s; setpriv '
                       '--reuid 65534 --clear-groups' % s.path('policy.bin'))
        check(len(said) == 2 and all(
            'not checked: IPsec policies cannot be read: Operation not '
            'permitted' in l for l in said), said)

run()
