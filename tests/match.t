#!/usr/bin/python3
"""tlsc match beyond the decision: a handshake that the profile or the ALPN
list refuses is said, also by the exit status, and the line of the map on which
the name stands."""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), 'e2e'))
from tap import *

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')
BUILD = os.path.join(TOP, os.environ.get('BUILD', 'build'))
TLSC = os.path.join(BUILD, 'tlsc')
CERTS = os.path.join(BUILD, 'tests', 'certs')
HELLOS = os.path.join(TOP, 'tests', 'fuzz', 'corpus', 'hello')
POLICY = '''policy 1;
certificate w { chain "%(certs)s/wild.pem"; key "%(certs)s/wild.key"; }
backend shared { server 127.0.0.1:1; }
backend own { server 127.0.0.1:2; }
profile late extends modern { tls 1.3; }
frontend edge {
  listen 127.0.0.1:4443;
  profile intermediate;
  certificate w;
  no-sni reject close;
  default reject close;
  malformed reject close;
  route plain sni "plain.example.com" { offload to shared; }
  route late sni "late.example.com" { profile late; offload to shared; }
  route spoken sni "spoken.example.com", "a.example.com" {
    alpn = "x/1"; when source in 10.0.0.0/8 reject close;
    otherwise offload to shared; }
  route through sni "through.example.com" { passthrough to shared; }
  route forced sni "forced.example.com" {
    passthrough to shared enforcing intermediate; }
  route forced13 sni "forced13.example.com" {
    passthrough to shared enforcing late; }
  route customers sni from "maps/customers.map" { passthrough to shared; }
}
''' % {'certs': CERTS}


class Room:
    def __enter__(self):
        self.dir = tempfile.TemporaryDirectory()
        os.mkdir(self.path('maps'))
        with open(self.path('maps/customers.map'), 'w') as f:
            f.write('# ours\n' + ''.join('c%d.example.com%s\n' % (
                i, ' own' if i % 2 else '') for i in range(1000)) +
                '*.wild.example.com own\n')
        with open(self.path('p.tls'), 'w') as f:
            f.write(POLICY)
        code, out = self.tlsc('p.tls', '-o', 'p.bin', '-Wno-TC0413')
        equal((code, out), (0, ''))
        return self

    def path(self, name):
        return os.path.join(self.dir.name, name)

    def tlsc(self, *words, **more):
        r = subprocess.run([TLSC, *words, *(('--allow-path', CERTS) if
                                            'p.tls' in words else ())],
                           cwd=self.dir.name, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, timeout=60, **more)
        return r.returncode, r.stdout.decode()

    def __exit__(self, *_):
        self.dir.cleanup()


@test('p.tls', 'p.bin')
def versions(what):
    """a version that the profile refuses is no success"""
    with Room() as r:
        for name, tls, served in (
                ('plain', '1.0', False), ('plain', '1.1', False),
                ('plain', '1.2', True), ('plain', '1.3', True),
                ('plain', 'unknown', False), ('late', '1.2', False),
                ('late', '1.3', True), ('through', '1.0', True),
                ('through', 'unknown', True), ('forced', '1.0', False),
                ('forced', '1.2', True), ('forced', 'unknown', True),
                ('forced13', 'unknown', False), ('none', '1.0', True)):
            query = ('--sni', name + '.example.com', '--tls', tls)
            code, out = r.tlsc('match', *query, what)
            equal((code, 'refused with protocol-version' in out),
                  (0 if served else 1, not served), (name, tls, out))
            code, out = r.tlsc('match', *query, '--format', 'json', what)
            equal((code, json.loads(out)['refused']),
                  (0, None) if served else (1, 'protocol-version'),
                  (name, tls))
        code, out = r.tlsc('match', '--sni', 'late.example.com', '--tls',
                           '1.2', what)
        check('offload to shared' in out and 'TLS 1.2' in out and
              "profile 'late' starts at TLS 1.3" in out, out)
        # What was expected was not got, although the decision is that.
        equal(r.tlsc('match', '--sni', 'plain.example.com', '--tls', '1.0',
                     '--expect', 'offload to shared', what)[0], 1)


@test('p.tls', 'p.bin')
def protocols(what):
    """nor is a list without any of the client's protocols"""
    with Room() as r:
        for alpn, source, served in (
                (None, None, True), ('x/1', None, True), ('h2', None, False),
                ('h2,x/1', None, True), ('h2', '10.0.0.1', True)):
            query = ['--sni', 'spoken.example.com']
            query += ['--alpn', alpn] if alpn else []
            query += ['--source', source] if source else []
            code, out = r.tlsc('match', *query, what)
            equal((code, 'then refused with no-application-protocol: the '
                   'client has no protocol that is in the alpn list\n' in out),
                  (0 if served else 1, not served), (alpn, source, out))
        code, out = r.tlsc('match', '--hello', HELLOS + '/curl', what)
        check(code == 1 and 'route spoken' in out and
              'no-application-protocol' in out, out)


@test()
def stream():
    """each answer of a stream says so, too"""
    with Room() as r:
        lines = [{'sni': 'plain.example.com', 'tls': '1.0'},
                 {'sni': 'spoken.example.com', 'alpn': ['h2']},
                 {'sni': 'C7.example.com'}, {'sni': 'none.example.com'}]
        code, out = r.tlsc('match', '--stdin', 'p.tls', input='\n'.join(
            json.dumps(x) for x in lines).encode())
        got = [json.loads(x) for x in out.splitlines()]
        equal(code, 0)
        equal([x['refused'] for x in got], [
            'protocol-version', 'no-application-protocol', None, None])
        equal([(x['name'], x['name_file'], x['name_line']) for x in got], [
            ('plain.example.com', 'p.tls', 13),
            ('spoken.example.com', 'p.tls', 15),
            ('c7.example.com', 'maps/customers.map', 9),
            (None, None, None)])


@test()
def lines():
    """a name of a map is found on its line"""
    with Room() as r:
        for name, line in (('c0.example.com', 2), ('C999.example.com', 1001),
                           ('a.wild.example.com', 1002)):
            code, out = r.tlsc('match', '--sni', name, 'p.tls')
            check(code == 0 and 'name at maps/customers.map:%d)' % line in out,
                  out)
        code, out = r.tlsc('match', '--sni', 'plain.example.com', 'p.tls')
        check('name at' not in out, out)
        code, out = r.tlsc('match', '--sni', 'c0.example.com', 'p.bin')
        check(code == 0 and 'name at' not in out, out)


QUOTED = r'''policy 1;
backend "x y\"z\\w" { server 127.0.0.1:1; }
frontend edge {
  listen 127.0.0.1:4443;
  no-sni reject close;
  default reject close;
  malformed reject close;
  route "r \"1\"" sni "a.example.com" { passthrough to "x y\"z\\w"; }
}
assert every route is "r \"1\"" : backend is "x y\"z\\w";
test "t" { sni "a.example.com"; } expect passthrough to "x y\"z\\w";
'''


@test('p.tls', 'p.bin')
def quoted(what):
    """a name in quotes is what it says"""
    with Room() as r:
        with open(r.path('p.tls'), 'w') as f:
            f.write(QUOTED)
        equal(r.tlsc('p.tls', '-o', 'p.bin'), (0, ''))
        code, out = r.tlsc('match', '--sni', 'a.example.com', what, '--expect',
                           r'passthrough to "x y\"z\\w"')
        check(code == 0, out)
        check(r'passthrough to x y"z\w (route r "1"' in out, out)
        for wrong in (r'passthrough to "x y\"z"', r'passthrough to "x"'):
            equal(r.tlsc('match', '--sni', 'a.example.com', what, '--expect',
                         wrong)[0], 1)
        for bad in (r'passthrough to "x y', 'passthrough to x y z w v u'):
            equal(r.tlsc('match', '--sni', 'a.example.com', what, '--expect',
                         bad)[0], 2)
        equal(r.tlsc('test', what)[0], 0)
        code, out = r.tlsc('dump', what)
        check(QUOTED.split('\n')[1].split('{')[0] in out, out)
        with open(r.path('q.tls'), 'w') as f:
            f.write(out)
        code, out = r.tlsc('diff', '--exit-code', 'p.tls', 'q.tls')
        equal((code, out), (0, 'no decision differs\n'))


run()
