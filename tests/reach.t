#!/usr/bin/python3
"""What a policy may make tlsc open.  A policy comes from a pull request; the
machine that checks it has secrets.  Nothing outside the policy's directory is
read, nor told whether it is there, unless the command line allows it; what it
allows beyond -I is read and not shown."""
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), 'e2e'))
from tap import *

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')
BUILD = os.path.join(TOP, os.environ.get('BUILD', 'build'))
TLSC = os.path.join(BUILD, 'tlsc')
CERTS = os.path.join(BUILD, 'tests', 'certs')
SECRET = 'hunter2-s3cr3t'
FORMS = ('human', 'short', 'json', 'sarif', 'github', 'gitlab', 'checkstyle',
         'junit')
POLICY = '''policy 1;
%s
backend one { server 127.0.0.1:1; }
frontend edge {
  listen 127.0.0.1:4443;
  no-sni reject close;
  default reject close;
  malformed reject close;
  %s
}
'''
PLAIN = 'route a sni "a.example.com" { passthrough to one; }'
CERT = ('certificate c { chain "%s"; key "%s"; %s }',
        'route a sni "shop.example.com" { certificate c; %s offload to one; }')


def tlsc(cwd, *words, **more):
    r = subprocess.run([TLSC, *words], cwd=cwd, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, timeout=60,
                       env=dict(os.environ, LC_ALL='C', NO_COLOR='1'), **more)
    return r.returncode, r.stdout.decode(errors='replace')


def put(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w') as f:
        f.write(text)
    return path


class Room:
    """A checkout beside a secret, with links that lead to it."""

    def __enter__(self):
        self.top = os.path.realpath(tempfile.mkdtemp())
        self.tree = os.path.join(self.top, 'checkout')
        self.secret = put(self.top + '/home/secret', SECRET + ' x y z\n')
        put(self.top + '/home/names', 'a.example.com\n')
        shutil.copytree(CERTS, self.tree + '/certs')
        for name, target in (('abs', self.secret), ('rel', '../home/secret'),
                             ('dir', '../home'), ('chain', 'dir/secret'),
                             ('loop', 'loop'), ('good', 'list'),
                             ('round', '../checkout/list')):
            os.symlink(target, os.path.join(self.tree, name))
        put(self.tree + '/list', '10.0.0.0/8\n')
        put(self.tree + '/.git/config', SECRET + '\n')
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top)

    def ways(self):
        return (self.secret, '../home/secret', 'abs', 'rel', 'dir/secret',
                'chain', 'certs/../../home/secret', '.git/config',
                './/certs/.././rel')

    def check(self, head, route, *options):
        put(self.tree + '/p.tls', POLICY % (head, route))
        return tlsc(self.tree, 'check', *options, 'p.tls')


def lists(path):
    """Policies that read this file as text."""
    return ((('set x from "%s";' % path), PLAIN),
            (('set x names from "%s";' % path), PLAIN),
            ('', 'route m sni from "%s" { passthrough to one; }' % path),
            (('include "%s";' % path), PLAIN))


def credentials(path):
    good = ('certs/shop.pem', 'certs/shop.key')
    ca = 'client-auth ca "%s" require;'
    crl = 'client-auth ca "certs/ca.pem" crl "%s" require;'
    for head, more in (((path, good[1], ''), ''), ((good[0], path, ''), ''),
                       (good + ('staple "%s";' % path,), ''),
                       (good + ('sct "%s";' % path,), ''),
                       (good + ('',), ca % path), (good + ('',), crl % path)):
        yield CERT[0] % head, CERT[1] % more
    yield (CERT[0] % (good + ('',)) +
           'backend two { server 127.0.0.1:2; tls { verify ca "%s" name '
           '"x.example.com"; } }' % path,
           CERT[1].replace('offload to one', 'bridge to two') % '')


@test()
def nothing_outside():
    """no way leads out, for no kind of file and in no format"""
    with Room() as r:
        for way in r.ways():
            for kind, want in ((lists, 'TC0105'), (credentials, 'TC0421')):
                for head, route in kind(way):
                    code, out = r.check(head, route)
                    check(code == 1 and want in out, way, head, route, out)
                    check(SECRET not in out, out)
            for form in FORMS:
                code, out = r.check(*lists(way)[0], '--format', form)
                check(code == 1 and SECRET not in out, way, form, out)


@test()
def not_even_whether():
    """the answer is the same whether something is there or not"""
    with Room() as r:
        told = []
        for _ in range(2):
            told.append([r.check(head, route) for way in r.ways()
                         for kind in (lists, credentials)
                         for head, route in kind(way)] +
                        [r.check('include "%s";' % p, PLAIN) for p in (
                            'dir/*', '*/secret', 'd*r/s*', 'dir/s[e]cret',
                            '*/', 'rel*')])
            shutil.rmtree(r.top + '/home', ignore_errors=True)
        for one, other in zip(*told):
            equal(one, other)


@test()
def other_names():
    """names of files outside are not told either"""
    with Room() as r:
        for pattern in ('dir/*', '*/*', '../home/*', '*'):
            code, out = r.check('include "%s";' % pattern, PLAIN)
            check(code == 1 and '/secret' not in out and 'names' not in out,
                  pattern, out)


@test()
def root():
    """a policy that is a link out of its directory is not read"""
    with Room() as r:
        for words in (('check',), ('fmt',), ('fmt', '--diff'), ('match',),
                      ('test',), ('dump',), ('diff', 'p.tls')):
            put(r.tree + '/p.tls', POLICY % ('', PLAIN))
            code, out = tlsc(r.tree, *words, 'rel')
            check(code == 3 and SECRET not in out and 'link that leads out'
                  in out, words, code, out)
        put(r.tree + '/releases/1/p.tls', POLICY % ('', PLAIN))
        os.symlink('releases/1/p.tls', r.tree + '/current.tls')
        equal(tlsc(r.tree, 'check', 'current.tls'), (0, ''))
        os.symlink(r.tree + '/p.tls', r.top + '/p.tls')
        code, out = tlsc(r.top, 'check', 'p.tls')
        equal(code, 0, out)
        os.symlink('../checkout/p.tls', r.top + '/home/p.tls')
        equal(tlsc(r.top, 'check', 'home/p.tls'), (0, ''))
        home = r.top + '/home'
        equal(tlsc(home, 'check', 'p.tls')[0], 3)
        equal(tlsc(home, 'check', '-I', '../checkout', 'p.tls'), (0, ''))
        with open(r.tree + '/p.tls') as f:
            equal(tlsc(r.tree, 'check', '/dev/stdin', stdin=f), (0, ''))


@test()
def directories():
    """a directory of the command line that the checkout made a link is none"""
    with Room() as r:
        head = 'set x names from "%s";'
        for given in ('common', './/common/'):
            os.symlink('../home', r.tree + '/common')
            for option in ('-I', '--allow-path'):
                code, out = r.check(head % 'common/names', PLAIN, option,
                                    given)
                check(code == 1 and 'is outside' in out, given, out)
                code, out = r.check(head % 'common/names', PLAIN, option,
                                    r.top + '/home', '-Wno-TC0203')
                equal((code, out), (0, ''))
            os.remove(r.tree + '/common')
        put(r.top + '/home/p.tls', POLICY % (head % 'names', PLAIN))
        os.symlink('../home', r.tree + '/edge')
        for given in ('edge/p.tls', './edge/p.tls'):
            code, out = tlsc(r.tree, 'check', given)
            check(code == 3 and 'leads out' in out, given, out)
        code, out = tlsc(r.tree, 'check', '-Wno-TC0203',
                         r.tree + '/edge/p.tls')
        equal((code, out), (0, ''))
        for cwd, given in ((r.top, 'checkout/edge/p.tls'),
                           (r.tree, '../checkout/edge/p.tls')):
            code, out = tlsc(cwd, 'check', '-Wno-TC0203', given)
            equal((code, out), (0, ''), given)


@test()
def accepted():
    """nor is a link read as the rows that --accept takes"""
    with Room() as r:
        put(r.tree + '/p.tls', POLICY % ('', PLAIN))
        code, out = tlsc(r.tree, 'diff', '--accept', 'rel', 'p.tls', 'p.tls')
        check(code == 3 and SECRET not in out, code, out)


@test()
def by_parameter():
    """a parameter names no other files than a string does"""
    with Room() as r:
        code, out = r.check('param p : string = "abs"; set x from $p;', PLAIN)
        check(code == 1 and SECRET not in out, out)


@test()
def inside():
    """absolute paths and links that stay inside are as good as any"""
    with Room() as r:
        os.symlink(r.tree + '/certs', r.tree + '/here')
        os.symlink('certs', r.tree + '/..data')
        for way in ('certs/shop', r.tree + '/certs/shop', 'here/shop',
                    '..data/shop', './certs//../certs/shop'):
            code, out = r.check(CERT[0] % (way + '.pem', way + '.key', ''),
                                CERT[1] % '', '-Wno-TC0413')
            equal((code, out), (0, ''), way)
        for way in ('list', 'good', 'round', r.tree + '/list'):
            code, out = r.check('set x from "%s";' % way, PLAIN,
                                '-Wno-TC0203')
            equal((code, out), (0, ''), way)
        # The directory may be given by any of its names.
        os.symlink('checkout', r.top + '/current')
        put(r.tree + '/p.tls', POLICY % (
            CERT[0] % ((r.top + '/current/certs/shop.pem'),
                       r.tree + '/certs/shop.key', ''), CERT[1] % ''))
        for cwd, name in ((r.top, 'current/p.tls'),
                          (r.top, r.top + '/current/p.tls'),
                          (r.top + '/home', '../current/p.tls')):
            code, out = tlsc(cwd, 'check', '-Wno-TC0413', name)
            equal((code, out), (0, ''), (cwd, name))


@test()
def widened():
    """-I and --allow-path open another directory"""
    with Room() as r:
        shutil.move(r.tree + '/certs', r.top + '/etc')
        os.symlink('../etc', r.tree + '/link')
        names = 'set n names from "%s/home/names";' % r.top
        for way in (r.top + '/etc/shop', '../etc/shop', 'link/shop'):
            policy = (CERT[0] % (way + '.pem', way + '.key', ''),
                      CERT[1] % '', '-Wno-TC0413')
            equal(r.check(*policy)[0], 1)
            for given in ('../etc', r.top + '/etc', r.top + '/etc/'):
                for option in ('--allow-path', '-I'):
                    equal(r.check(*policy, option, given), (0, ''),
                          (way, given))
            equal(r.check(*policy, '--allow-path', '../home')[0], 1)
            code, out = r.check(*policy, '--no-credentials')
            equal((code, out), (0, ''))
            # And it is looked at.
            code, out = r.check(policy[0].replace('shop.key', 'pay.key'),
                                *policy[1:], '--allow-path', '../etc')
            check('TC0404' in out, out)
        for option in ('--allow-path', '-I'):
            equal(r.check(names, PLAIN, '-Wno-TC0203', option, '../home'),
                  (0, ''))
        put(r.top + '/common/b.tls', 'set y = { 10.0.0.0/8 };\n')
        include = ('include "../common/*.tls";', PLAIN, '-Wno-TC0203')
        equal(r.check(*include)[0], 1)
        equal(r.check(*include, '-I', '../common'), (0, ''))
        # Text of a policy is shown when it is wrong: -I alone opens it.
        equal(r.check(*include, '--allow-path', '../common')[0], 1)


@test()
def allowed_not_shown():
    """what --allow-path opens is read, and its text not shown"""
    with Room() as r:
        words = ('hunter2', 's3cr3t', 'hunter2_s3cr3t.example.com',
                 '10.11.12.13/8', 'one hunter2', 'a.example.com hunter2',
                 'HUNTER2.example.com', 'xn--hunter2-\u0430.example.com')
        put(r.secret, ''.join(w + ' # hunter2\n' for w in words * 2))
        for head, route in lists(r.secret)[:3]:
            for form in FORMS:
                code, out = r.check(head, route, '--allow-path', '../home',
                                    '--format', form)
                check(code == 1 and 'TC0' in out, out)
                for word in ('hunter2', 's3cr3t', '12.13', 'HUNTER'):
                    check(word not in out, form, word, out)


@test()
def entry_alone():
    """of a list, the faulty entry is shown, cut short, and nothing behind it"""
    with Room() as r:
        put(r.tree + '/list', 'b\x61d-' + 'x' * 5000 + '# %s\n%s\n' % (
            SECRET, '10.0.0.1'))
        code, out = r.check('set x from "list";', PLAIN, '-Wno-TC0203')
        check(code == 1 and SECRET not in out and 'bad-xxx' in out, out)
        check('x' * 200 not in out, out)


@test()
def pins():
    """a token is not asked, nor the file of its PIN read, unless allowed"""
    with Room() as r:
        for pin in ('', '?pin-source=file:' + r.secret,
                    '?pin-source=file:%2e%2e/home/secret'):
            uri = 'pkcs11:token=none;object=none' + pin
            policy = (CERT[0] % ('certs/shop.pem', uri, ''), CERT[1] % '')
            code, out = r.check(*policy)
            check(code == 1 and 'without permission' in out, out)
            code, out = r.check(*policy, '--allow-path', 'pkcs11:')
            check(code == 1 and ('TC0421' if pin else 'TC0423') in out, out)


@test()
def inventory():
    """an inventory opens no more than a check"""
    with Room() as r:
        put(r.tree + '/p.tls', POLICY % (
            CERT[0] % (r.secret, r.secret, ''), CERT[1] % ''))
        for name in ('p.bin', 'p.tls'):
            code, out = tlsc(r.tree, 'p.tls', '--no-credentials', '-o',
                             'p.bin')
            equal(code, 0, out)
            code, out = tlsc(r.tree, 'dump', '--as', 'inventory', name)
            check('--allow-path' in out or code, code, out)
            code, out = tlsc(r.tree, 'dump', '--as', 'inventory', 'p.bin',
                             '--allow-path', '../home')
            check('no PEM certificate' in out, out)


@test()
def make_rules():
    """file names make no rule of their own; what no rule can name is said"""
    fine = ('a=b', 'SHELL=x:', 'q$r', 's t', 'u#v', 'w:x', "x'y", '-z', 'g&h')
    with Room() as r:
        for i, name in enumerate(fine):
            put('%s/d/%s.tls' % (r.tree, name), 'set s%d = { 10.0.0.0/8 };\n'
                % i)
        put(r.tree + '/Makefile', 'p.bin:\n\t@echo $(words $^) $(SHELL)\n'
            'include deps.mk\n')
        put(r.tree + '/p.tls', POLICY % ('include "d/*.tls";', PLAIN))
        code, out = tlsc(r.tree, '-Wno-TC0203', 'p.tls', '-o', 'p.bin', '-MF',
                         'deps.mk')
        equal((code, out), (0, ''))
        os.remove(r.tree + '/p.bin')
        out = subprocess.run(['make', '-s'], cwd=r.tree,
                             stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT).stdout.decode()
        # The space makes two words of one of them; p.tls is the last.
        equal(out, '%d /bin/sh\n' % (len(fine) + 2))
        for name in ('a\nb', 'a%b', 'a;b', 'a|b', 'a\\b', '[a]', 'a?'):
            path = put('%s/f/%s.tls' % (r.tree, name), '')
            code, out = r.check('include "f/*.tls";', PLAIN, '-M')
            check(code == 3 and 'cannot name' in out, name, out)
            os.remove(path)


run()
