#!/usr/bin/python3
"""tlsc comply: what holds, what is broken, what is only said, and by whom."""
import hashlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                'e2e'))
from edge import *
from tap import *

POLICY = '''policy 1;
segment cards = { 203.0.113.0/24 } link ipsec "tunnel | `x` *NET-12* <b>";
certificate c { chain "ca_*|`.pem"; key "c.key"; }
profile old { tls 1.1 .. 1.2; ciphers = TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256; groups = x25519; }
backend a { server 203.0.113.7:80; }
backend b { server 10.1.1.9:80; }
backend "odd | `name`" { server 10.1.1.9:443; tls { profile modern; verify ca "x.pem" name "b.test"; } }
frontend f {
  listen 127.0.0.1:4433;
  certificate c;
  profile intermediate;
  no-sni reject close; default reject close; malformed reject close;
  route one sni "a.test", "*.a.test" {
    comply pci-dss-4.0, fips-140-3;
    allow TC0602 reason "T-1 | `x`";
    when tls >= 1.3 offload to a;
    when alpn has "pass" passthrough to b;
    otherwise bridge to "odd | `name`";
  }
  route two sni "b.test" { comply hipaa; profile old; offload to b; }
  route three sni "c.test" { reject close; }
}
assert every mode is offload and sni "a.test" : link is ipsec;
assert never sni "c.test" : mode is offload;
test "one" { sni "c.test"; } expect reject;
'''


def comply(stage, *more, text=POLICY, status=1):
    stage.write('p.tls', text)
    code, out = tool(program('tlsc'), 'comply', stage.path('p.tls'),
                     '--no-credentials', '-Wno-all', *more)
    equal(code, status, out)
    return out


def report(stage, *more, **how):
    if os.path.exists(stage.path('e.json')):
        os.unlink(stage.path('e.json'))
    comply(stage, '--format', 'json', '-o', stage.path('e.json'), *more, **how)
    with open(stage.path('e.json')) as f:
        return json.load(f)


def standard(e, name):
    return [s for s in e['standards'] if s['name'] == name][0]


def requirement(e, name, words):
    return [r for r in standard(e, name)['requirements']
            if words in r['text']][0]


@test()
def verdicts():
    """each requirement of each route, with the line that decides"""
    with Stage() as s:
        e = report(s)
        equal([x['name'] for x in e['standards']],
              ['pci-dss-4.0', 'hipaa', 'fips-140-3'])
        equal(standard(e, 'pci-dss-4.0')['routes'],
              [{'route': 'one', 'frontend': 'f', 'at': 'p.tls:13',
                'names': ['a.test', '*.a.test']}])
        for name, words, verdict, lines in (
                ('hipaa', 'TLS 1.2', 'broken', [('p.tls:20', 'broken')]),
                ('hipaa', 'adequate', 'met', [('p.tls:20', 'met')]),
                ('hipaa', 'ePHI is guarded', 'broken',
                 [('p.tls:20', 'broken')]),
                ('hipaa', 'at rest', 'to be attested', []),
                ('hipaa', 'passed through', 'nothing to judge', []),
                ('pci-dss-4.0', 'passed through', 'broken, and allowed',
                 [('p.tls:17', 'broken')]),
                ('pci-dss-4.0', 'PAN is', 'claimed',
                 [('p.tls:2', 'claimed'), ('p.tls:17', 'met'),
                  ('p.tls:18', 'met')]),
                ('pci-dss-4.0', 'trusted keys and certificates are', 'met',
                 [('p.tls:7', 'met')]),
                ('pci-dss-4.0', 'keys of at least', 'not judged',
                 [('p.tls:16', 'not judged'), ('p.tls:18', 'not judged')]),
                ('fips-140-3', 'approved cipher suites', 'broken', None),
                ('fips-140-3', 'TLS 1.2', 'met', None)):
            r = requirement(e, name, words)
            equal(r['verdict'], verdict, (name, words, r))
            if lines is not None:
                equal([(l['at'], l['verdict']) for l in r['lines']], lines)
            check(verdict != 'to be attested' or r['attested_by'], r)
        equal([a['verdict'] for a in e['assertions']], ['holds', 'holds'])
        equal(e['tests'], {'passed': 1, 'failed': 0})
        check(e['not_judged'] > 0, e)
        equal([(a['id'], a['reason']) for a in e['allowed']],
              [('TC0602', 'T-1 | `x`')])


@test()
def keys():
    """keys are judged as they are read, and told by their hash"""
    with Stage() as s:
        shutil.copy(cert('shop'), s.path('c.pem'))
        shutil.copy(key('shop'), s.path('c.key'))
        shutil.copy(cert('ca'), s.path('x.pem'))
        s.write('p.tls', POLICY.replace('ca_*|`.pem', 'c.pem').replace(
            'profile old; ', ''))
        code, out = tool(program('tlsc'), 'comply', '--format', 'json', '-o',
                         s.path('e.json'), '-Wno-all', s.path('p.tls'))
        equal(code, 1, out)
        with open(s.path('e.json')) as f:
            r = requirement(json.load(f), 'hipaa', 'keys of at least')
        equal(r['verdict'], 'met')
        check(re.match("certificate 'c' has a key of [0-9]+ bits",
                       r['lines'][0]['what']), r)
        der = subprocess.run(
            ['openssl', 'pkey', '-pubout', '-outform', 'DER', '-in',
             key('shop')], stdout=subprocess.PIPE, check=True).stdout
        equal(r['lines'][0]['how'], 'read from c.pem, key SHA-256 ' +
              hashlib.sha256(der).hexdigest())


@test()
def what_it_rests_on():
    """files of credentials, segments, failed tests, routes under no standard"""
    def files(e):
        return [(i['credential'], i['sha256']) for i in e['inputs']
                if 'credential' in i]

    text = POLICY.replace('ca_*|`.pem', 'c.pem').replace(
        'test "one" { sni "c.test"; } expect reject;',
        'test "one" { sni "c.test"; } expect reject;'
        'test "two" { sni "b.test"; } expect offload to a;').replace(
        'comply hipaa;', 'comply hipaa; client-auth ca "y.pem" crl "y.crl" '
        'require;').replace('profile old; ', '')
    with Stage() as s:
        names = ('c.pem', 'y.pem', 'y.crl', 'x.pem')
        e = report(s, text=text)
        equal(files(e), [(n, None) for n in names])
        equal(e['tests'], {'passed': 1, 'failed': 1})
        equal([(t['title'], t['at'], t['why']) for t in e['tests_failed']],
              [('two', 'p.tls:25', 'offload to b, not offload to a')])
        equal(e['segments'], [{'name': 'cards', 'prefixes': [
            '203.0.113.0/24'], 'link': 'ipsec',
            'note': 'tunnel | `x` *NET-12* <b>'}])
        equal([r['route'] for r in e['no_standard']],
              ['no-sni', 'default', 'malformed', 'three'])
        out = comply(s, text=text)
        check('1 passed, **1 failed**' in out and
              "`two` (`p.tls:25`) **fails**" in out, out)
        check('`three` of frontend `f`' in out.split('## Under no stand')[1])
        check('- `cards`: `203.0.113.0/24`, link ipsec: ' in out, out)
        check('- `y.crl`, which was not read' in out, out)
        for name, of in zip(names, ('shop.pem', 'ca.pem', 'good.crl', 'ca.pem')):
            shutil.copy(os.path.join(os.path.dirname(cert('ca')), of),
                        s.path(name))
        shutil.copy(key('shop'), s.path('c.key'))
        code, out = tool(program('tlsc'), 'comply', '--format', 'json', '-o',
                         s.path('f.json'), '-Wno-all', s.path('p.tls'))
        with open(s.path('f.json')) as f:
            e = json.load(f)
        for name, sha256 in files(e):
            with open(s.path(name), 'rb') as f:
                equal(sha256, hashlib.sha256(f.read()).hexdigest(), name)


@test()
def as_lints():
    """what the lints call broken is broken here"""
    with Stage() as s:
        shutil.copy(os.path.join(TOP, 'tests', 'lang', 'comply.map'), s.dir)
        for name in ('lint-comply.tls', 'comply-all.tls', 'segments.tls',
                     'comply-map.tls'):
            with open(os.path.join(TOP, 'tests', 'lang', name)) as f:
                text = re.sub(r'(?m)^segment (again|bad|twice).*\n|^assert '
                              r'every any .*\n', '', f.read())
            e = report(s, text=text)
            code, out = tool(program('tlsc'), 'check', '--format', 'json',
                             '--no-credentials', s.path('p.tls'))
            lint = {(d['id'], d['line']) for d in json.loads(out)[
                'diagnostics'] if d['id'] in ('TC0601', 'TC0602', 'TC0603')}
            here = set()
            for x in e['standards']:
                for r in x['requirements']:
                    for l in r['lines']:
                        if l['verdict'] == 'broken' and l['allowed'] is None:
                            here.add(int(l['at'].rsplit(':', 1)[1]))
            check(lint and {line for _, line in lint} <= here, name, lint,
                  here)
            equal(e['broken'] > 0, True)


OWN = '''policy 1;
set vip = { 203.0.113.18 };
set big = { 198.51.100.0/24 };
certificate c { chain "c.pem"; key "c.key"; }
certificate d { chain "d.pem"; key "d.key"; }
backend acme { server 10.9.0.1:443; }
backend notice { server 10.9.0.2:80; }
backend pay { server 10.9.0.3:443; tls { profile modern; verify ca "x.pem" name "p.test"; } }
frontend f {
  listen 127.0.0.1:443;
  certificate c;
  profile intermediate;
  no-sni reject close; default reject close; malformed reject close;
  when source in big reject close;
  allow route-unreachable reason "a drill";
  when source in big and tls >= 1.3 offload to notice;
  when source in vip offload to notice;
  when alpn has "acme-tls/1" passthrough to acme;
  route pay sni "pay.test" {
    comply pci-dss-4.0; certificate d;
    allow route-unreachable reason "a drill";
    when source in vip offload to notice;
    otherwise bridge to pay;
  }
  route two sni "two.test" { comply pci-dss-4.0; bridge to pay; }
  route not sni "not.test" { bridge to pay; }
}
'''


@test()
def own_clauses():
    """what the frontend decides before the route is judged with the route"""
    def lines(e, words):
        return [(l['route'], l['at'], l['verdict']) for l in requirement(
            e, 'pci-dss-4.0', words)['lines']]

    hop, passed, key = 'PAN is', 'passed through', 'keys of at least'
    with Stage() as s:
        e = report(s, text=OWN)
        equal(lines(e, hop), [(route, 'p.tls:%d' % line, verdict)
              for route, last in (('pay', 23), ('two', 25))
              for line, verdict in ((17, 'broken'), (18, 'met'),
                                    (last, 'met'))])
        equal(lines(e, passed), [('pay', 'p.tls:18', 'broken'),
                                 ('two', 'p.tls:18', 'broken')])
        # Its certificate is the frontend's, whatever the route sets.
        equal(lines(e, key), [('pay', 'p.tls:11', 'not judged'),
                              ('pay', 'p.tls:20', 'not judged'),
                              ('two', 'p.tls:11', 'not judged'),
                              ('two', 'p.tls:25', 'not judged')])
        code, out = tool(program('tlsc'), 'check', '--format', 'json',
                         '--no-credentials', s.path('p.tls'))
        equal([(d['id'], d['line']) for d in json.loads(out)['diagnostics']
               if d['id'] in ('TC0602', 'TC0603')],
              [('TC0603', 17), ('TC0602', 18)], out)
        # A frontend that is under it itself answers for them itself.
        e = report(s, text=OWN.replace('  certificate c;\n',
                                       '  certificate c; comply pci-dss-4.0;\n'))
        equal(lines(e, passed), [('f', 'p.tls:18', 'broken')])
        e = report(s, text=OWN.replace('to acme', 'to acme enforcing modern')
                   .replace('when source in vip', '#'))
        equal(lines(e, passed)[0], ('pay', 'p.tls:18', 'met'))
        check('broken' not in str(lines(e, hop)), lines(e, hop))


@test()
def diff_breaks():
    """a change by which a requirement is no longer kept is told as that"""
    with Stage() as s:
        s.write('o.tls', OWN.replace('when source in vip', '#', 1).replace(
            'to acme', 'to acme enforcing modern').replace(
            '    when source in vip', '#'))
        s.write('n.tls', OWN)
        for sides, said in (('on', 4), ('no', 0), ('nn', 0)):
            code, out = tool(program('tlsc'), 'diff', '--no-credentials',
                             '-Wno-all', s.path(sides[0] + '.tls'),
                             s.path(sides[1] + '.tls'))
            equal(out.count('comply changed: '), said, out)
            equal(out.count("kept -> broken: clear text goes to backend "
                            "'notice'  WEAKER"), said // 2, out)


@test()
def markdown():
    """nothing of the policy leaves its cell; it says who attests"""
    with Stage() as s:
        out = comply(s)
        rows = [l for l in out.splitlines() if l.startswith('|')]
        check(len(rows) > 20, out)
        width = None
        for row in rows:
            cells = len(re.findall(r'(?<!\\)\|', row))
            if re.match(r'\|(---\|)+$', row):
                width = cells
            elif width and cells not in (3, 5, 7):
                raise AssertionError(row)
        for row in rows:
            marks = re.sub(r'\\.', '', row)
            equal(marks.count('`') % 2, 0, row)
        check('the operator of the network' in out and
              'the HIPAA security official' in out, out)
        marked = re.sub(r'\\.', '', out)
        check('<b>' not in re.sub(r'`[^`]*`', '', marked), out)


@test()
def table():
    """the ids of the table that it is about, and of no other"""
    with Stage() as s:
        text = POLICY.replace('comply hipaa; profile old; ', '').replace(
            ', fips-140-3', '')
        s.write('p.tls', text)
        code, out = tool(program('tlsc'), s.path('p.tls'), '-o',
                         s.path('p.bin'), '--serial', '7', '-Wno-all',
                         '--no-credentials')
        equal(code, 0, out)
        e = report(s, s.path('p.bin'), text=text)
        code, out = tool(program('tlsc'), 'verify', '--deep', s.path('p.bin'))
        equal(e['table']['serial'], 7)
        for word in ('root', 'semantic'):
            check(e['table'][word] in out, out, e['table'])
        check(e['table']['root'] in comply(s, s.path('p.bin'), text=text))
        out = comply(s, s.path('p.bin'), '-o', s.path('out'),
                     text=text.replace('b.test"', 'd.test"', 2))
        check('semantic ids differ' in out, out)
        check(not os.path.exists(s.path('out')))
        code, out = tool(program('tlsc'), 'comply', s.path('p.bin'))
        check(code == 2 and 'give the policy' in out, code, out)


CAS = '''policy 1;
certificate shop { chain "%s"; key "%s"; }
backend b { server 10.0.0.1:8443; tls { verify ca "ca.pem" name "b.test"; } }
frontend f {
  listen 127.0.0.1:4443; certificate shop;
  no-sni reject close; default reject close; malformed reject close;
  route a sni "shop.example.com" { comply pci-dss-4.0; bridge to b; }
}
''' % (cert('shop'), key('shop'))


CLEAN = POLICY.replace('comply hipaa; profile old; ', '').replace(
    ', fips-140-3', '')


def choosing(default):
    """A policy with a route under hipaa where env is lab."""
    return CLEAN.replace('policy 1;\n', 'policy 1;\nparam env : prod | lab%s;\n'
                         % default).replace(
        '  route three', '  where env is lab { route lab sni "lab.test" '
        '{ comply hipaa; reject close; } }\n  route three')


@test(' = prod', '')
def all_values(default):
    """what only another value of an enumeration brings is in the report, and
    -D or a table says which one it is about"""
    with Stage() as s:
        e = report(s, text=choosing(default))
        seen = {v['with']: v for v in e['variants']}
        equal(sorted(seen), ['by default' if default else 'env=prod',
                             'env=lab'][::1 if default else -1])
        names = {w: [x['name'] for x in v['standards']]
                 for w, v in seen.items()}
        for w in seen:
            equal('hipaa' in names[w], w == 'env=lab', names)
        out = comply(s, text=choosing(default))
        equal(out.count('# Compliance evidence'), 2, out)
        check('| parameters | `env=lab` |' in out, out)
        for value in ('prod', 'lab'):
            e = report(s, '-D', 'env=' + value, text=choosing(default))
            equal('hipaa' in [x['name'] for x in e['standards']],
                  value == 'lab')
            code, out = tool(program('tlsc'), s.path('p.tls'), '-o',
                             s.path('p.bin'), '-Wno-all', '--no-credentials',
                             '-D', 'env=' + value)
            equal(code, 0, out)
            e = report(s, s.path('p.bin'), text=choosing(default))
            equal('hipaa' in [x['name'] for x in e['standards']],
                  value == 'lab')


@test()
def files_of_cas():
    """a table that says what its files of CAs hold is compared with what is
    read here, and without that where nothing is"""
    with Stage() as s:
        s.write('ca.pem', open(cert('ca')).read())
        equal(s.compile(CAS, 'p.bin', 'p.tls', '-Wno-all')[0], 0)

        def says(text, *more):
            s.write('p.tls', text)
            out = tool(program('tlsc'), 'comply', s.path('p.tls'),
                       s.path('p.bin'), '--allow-path', CERTS, '-Wno-all',
                       *more)[1]
            return 'semantic ids differ' in out
        other = CAS.replace('10.0.0.1', '10.0.0.2')
        equal([says(CAS), says(CAS, '--no-credentials'), says(other),
               says(other, '--no-credentials')], [False, False, True, True])
        s.write('ca.pem', open(cert('ca')).read() + open(cert(
            'other-ca')).read())
        equal([says(CAS), says(CAS, '--no-credentials')], [True, False])


@test()
def nothing():
    """a policy that complies with nothing proves nothing"""
    with Stage() as s:
        text = re.sub(r'comply [^;]*;', '', POLICY)
        out = comply(s, text=text)
        check('no route names a standard to comply with' in out, out)


@test()
def good():
    """what is met ends with status 0"""
    with Stage() as s:
        text = POLICY.replace('comply pci-dss-4.0, fips-140-3;', '').replace(
            'comply hipaa; profile old; offload to b;',
            'comply sox; bridge to "odd | `name`";')
        e = report(s, text=text, status=0)
        equal((e['broken'], e['not_judged']), (0, 0))
        for old, new, key in (
                ('mode is offload;\ntest', 'mode is reject;\ntest',
                 'assertions'), ('expect reject', 'expect bridge to b',
                                  'tests')):
            check(old in text)
            e = report(s, text=text.replace(old, new), status=1)
            check(e['broken'] == 0 and (
                'fails' in str(e[key]) or e[key] == {'passed': 0,
                                                     'failed': 1}), e[key])


@test()
def signed():
    """signed as tables are: signify's formats, the signature first"""
    with Stage() as s:
        code, out = tool(program('tlsc'), 'genkey', s.path('us'))
        equal(code, 0, out)
        for more in ((), ('-o', '-')):
            code, out = tool(program('tlsc'), 'comply', s.write(
                'p.tls', POLICY), '--sign', s.path('us.sec'), *more)
            check(code == 2 and '--sign needs -o FILE' in out, code, out)
        comply(s, '-o', s.path('e.md'), '--sign', s.path('us.sec'))
        signify = shutil.which('signify-openbsd') or shutil.which('signify')
        if not signify:
            raise Skip('no signify here')
        code, out = tool(signify, '-V', '-p', s.path('us.pub'), '-m',
                         s.path('e.md'))
        equal(code, 0, out)
        code, out = tool(program('tlsc'), 'verify', '-p', s.path('us.pub'),
                         s.path('e.md'))
        check(code != 0 and 'signify -V -p %s -m %s\n' % (
            s.path('us.pub'), s.path('e.md')) in out, code, out)
        with open(s.path('e.md'), 'a') as f:
            f.write(' ')
        code, out = tool(signify, '-V', '-p', s.path('us.pub'), '-m',
                         s.path('e.md'))
        check(code != 0, out)

run()
