#!/usr/bin/python3
"""tlsd-migration.7: every line of policy compiles where it belongs, and both
worked examples are configurations that HAProxy and nginx take."""
import os
import re
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                'e2e'))
from edge import *
from tap import *

PLACES = 'top', 'backend', 'site', 'frontend'
PAGE = 'runtime/tlsd-migration.7'

# Everything that a line may refer to.  It is put in one of the four places.
FRAME = '''policy 1;
%(top)s
set office = { 10.20.0.0/16 };
%(certificate)s
backend web { %(server)s %(backend)s }
backend other { server 10.0.0.2:80; }
site requests {
  path under "/" { to web; }
  %(site)s
}
backend api {
  server 10.0.0.9:443;
  tls { verify ca "ca.pem" name "api.internal"; }
}
frontend edge {
  %(settings)s
  %(frontend)s
  %(arms)s
  malformed reject close;
}
'''
CERTIFICATE = 'certificate shop { chain "shop.pem"; key "shop.key"; }'
SETTINGS = {'listen': 'listen 127.0.0.1:8443;', 'certificate': 'certificate shop;'}
ARMS = {'no-sni': 'no-sni reject close;', 'default': 'default reject close;'}


def page():
    with open(os.path.join(TOP, PAGE)) as f:
        return f.read()


def text(line):
    return line.replace(r'\(dq', '"').replace(r'\e', '\\')


def lines():
    return [text(l) for l in re.findall(r'^\.Dl "(.*)"$', page(), re.M)]


def blocks(first):
    found = re.findall(r'^\.Bd -literal\n(.*?)^\.Ed', page(), re.M | re.S)
    return [text(b) for b in found if b.startswith(first)]


def rest(table, word):
    """What a frontend has beside a line that begins with this word."""
    return ' '.join(text for key, text in table.items() if key != word)


def framed(line, place):
    holes = dict.fromkeys(PLACES, '')
    holes[place] = line
    word = line.split()[0]
    return FRAME % dict(
        holes,
        server='' if word == 'server' else 'server 10.0.0.1:80;',
        certificate='' if line.startswith('certificate shop {')
        else CERTIFICATE,
        settings=rest(SETTINGS, '' if place == 'top' else word),
        arms=rest(ARMS, word))


def compiles(stage, line):
    """In one of the places."""
    said = {}
    for place in PLACES:
        code, said[place] = stage.compile(
            framed(line, place), 'policy.bin', 'policy.tls', '--no-credentials')
        if code == 0:
            return said[place]
    raise AssertionError('%s: %s' % (line, said))


@test()
def fragments():
    """every line of a table compiles"""
    found = lines()
    check(len(found) > 40, found)
    with Stage() as s:
        s.write('names.map', 'a.example.com web shop\n')
        for line in found:
            compiles(s, line)
        try:
            compiles(s, 'listens 0.0.0.0:443;')
        except AssertionError:
            return
        raise AssertionError('any line compiles')


def installed(stage):
    """/etc/ssl of the examples; HAProxy has both in one file."""
    for suffix in ('.pem', '.key'):
        shutil.copy(os.path.join(CERTS, 'shop' + suffix), stage.path('shop' + suffix))
    with open(cert('shop')) as chain, open(key('shop')) as k:
        os.makedirs(stage.path('both'))
        return stage.write('both/shop.pem', chain.read() + k.read())


@test('defaults', 'stream {')
def examples(first):
    """a worked example: a policy and the configuration that it replaces"""
    old = blocks(first)
    equal(len(old), 1)
    new = page()[page().index(re.escape(first).replace('\\', '')):]
    with Stage() as s:
        both = installed(s)
        new = re.search(r'^policy 1;\n.*?(?=^\.Ed)', new, re.M | re.S)
        code, out = s.compile(new.group(0).replace('/etc/ssl', s.dir),
                              'policy.bin', 'policy.tls', '--allow-path',
                              s.dir, '-Wno-TC0413')
        equal(code, 0, out)
        check('error' not in out, out)
        old = old[0].replace('/etc/ssl', s.dir)
        if first == 'defaults':
            old = old.replace(s.path('shop.pem'), both)
            judge = 'haproxy', '-c', '-f', s.write('old.cfg', old)
        else:
            judge = ('nginx', '-t', '-p', s.dir, '-e', 'stderr', '-c',
                     s.write('old.conf', modules() + 'pid %s;\nevents {}\n'
                             % s.path('pid') + old))
        where = shutil.which(judge[0], path=os.environ['PATH'] + ':/usr/sbin')
        if not where:
            raise Skip('no ' + judge[0])
        code, out = tool(where, *judge[1:])
        equal(code, 0, out)


def modules():
    path = '/usr/lib/nginx/modules/ngx_stream_module.so'
    if not os.path.exists(path):
        raise Skip('nginx has no module for streams here')
    return 'load_module %s;\n' % path


run()
