#!/usr/bin/python3
"""What comes from outside: names with any octets in everything that tlsc prints,
lists and maps by other editors, directories where files are meant."""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), 'e2e'))
from tap import *

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')
TLSC = os.path.join(TOP, os.environ.get('BUILD', 'build'), 'tlsc')
FRONT = b'''policy 1;
backend one { server 127.0.0.1:1; }
%sfrontend edge {
  listen 127.0.0.1:4443;
  no-sni reject close;
  default reject close;
  malformed reject close;
  %s
}
'''
GOOD = FRONT % (b'', b'route a sni "a.example.com" { passthrough to one; }')
NASTY = [b'::stop-commands::x.tls', b'  ::error::x.tls', b'##[group]x.tls',
         b'a\x1b[31m.tls', b'a\n::error::b.tls', b'a\rb.tls',
         b'a\xc2\x9b31m.tls', b'a\xe2\x80\xaeslt.tls', b'a\xff.tls',
         b'a\x7f.tls']


def tlsc(room, *words):
    r = subprocess.run([TLSC, *words], cwd=room, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, timeout=60,
                       env=dict(os.environ, LC_ALL='C', NO_COLOR='1'))
    return r.returncode, r.stdout


def write(room, name, data):
    with open(os.path.join(os.fsencode(room), name), 'wb') as f:
        f.write(data)


def harmless(out, what, commands=False):
    """Nothing that a terminal or a CI service obeys; no line that a name
    began."""
    text = out.decode()     # UTF-8 throughout
    for line in text.split('\n'):
        check(all(c.isprintable() or c == '\t' for c in line), what, [line])
        check('##[' not in line, what, line)
        if line.lstrip().startswith('::'):
            check(commands and line.split()[0] in (
                '::error', '::warning', '::notice'), what, line)
            check('stop-commands' not in line.split('::')[1] or
                  '%3A' in line, what, line)


@test()
def names():
    """file names with any octets, in every command and format"""
    with tempfile.TemporaryDirectory() as room:
        for name in NASTY:
            write(room, name, GOOD.replace(b'no-sni reject close', b'no-sni x'))
            for form in ('human', 'short', 'json', 'sarif', 'github',
                         'gitlab', 'checkstyle', 'junit'):
                code, out = tlsc(room, 'check', '--format', form, '--',
                                 name)
                check(code == 1, name, form, out)
                harmless(out, (name, form), form == 'github')
            write(room, name, GOOD.replace(b'  listen', b' listen'))
            for words in (('fmt', '--check'), ('fmt', '--diff'),
                          ('check',), ('match',), ('test',), ('verify',),
                          ('query',), ('dump',), ('diff',), ('sign',),
                          ('fmt', '--nonsense')):
                for more in ((), (b'nowhere' + name,), (name,)):
                    code, out = tlsc(room, *words, '--', name, *more)
                    harmless(out, (name, words, more))
            for more in ('a.example.com', 'x.example.com'):
                code, out = tlsc(room, 'match', '--sni', more, '--source',
                                 '10.0.0.1', '--trace', '--', name)
                check(code == 0, name, out)
                harmless(out, (name, more))
            code, out = tlsc(room, 'test', '--tap', '--', name)
            harmless(out, name)
            code, out = tlsc(room, b'no-' + name)
            harmless(out, name)


INCLUDED = b'''set own from "nowhere";
route late sni "late.example.com" { passthrough to none; }
'''
LATER = b'''backend late { server 127.0.0.1:2; tls { sni "x.test"; } }
set unused = { 10.0.0.0/8 };
test "a \\n::error::b" sni "a.example.com" { expect passthrough to one; }
test "b" sni "b.example.com" { expect passthrough to one; }
assert every sni "a.example.com" : backend is late;
'''
FORMATS = ('human', 'short', 'json', 'sarif', 'github', 'gitlab',
           'checkstyle', 'junit')


@test()
def included():
    """file names that a pattern brings in, in every command and format"""
    with tempfile.TemporaryDirectory() as room:
        write(room, b'p.tls', FRONT % (
            b'include "[:# a]*";\n', b'route a sni "a.example.com" { '
            b'passthrough to one; }'))
        write(room, b'good.tls', GOOD)
        for name in NASTY:
            path = name
            for text in (INCLUDED, LATER, b'include "nowhere/*";', b'}'):
                write(room, path, text)
                for form in FORMATS:
                    code, out = tlsc(room, 'check', '--format', form, 'p.tls')
                    check(code == 1, name, form, out)
                    harmless(out, (name, form), form == 'github')
                for words in (('test',), ('test', '--tap'), ('match',),
                              ('test', '--junit', '/dev/stdout'), ('dump',),
                              ('dump', '--as', 'json'), ('diff', 'good.tls'),
                              ('check', '--coverage'), ('match', '--trace'),
                              ('query', 'every any : backend is one'),
                              ('check', '-M'), ('fmt', '--check', '--', path)):
                    harmless(tlsc(room, *words, 'p.tls')[1], (name, words))
            write(room, path, LATER.split(b'test')[0])
            for words in (('match', '--sni', 'a.example.com'), ('dump',),
                          ('dump', '--as', 'json'), ('check', '-M'),
                          ('diff', 'good.tls'), ('-o', 'p.bin')):
                harmless(tlsc(room, *words, 'p.tls')[1], (name, words))
            os.remove(os.path.join(os.fsencode(room), path))


def judge(room, head, route, *said):
    write(room, b'p.tls', FRONT % (head, route))
    code, out = tlsc(room, 'check', '--', 'p.tls')
    for text in said:
        check(text in out, text, out)
    return code, out


@test()
def marks():
    """a byte order mark in front of a list or map is passed over"""
    mark = b'\xef\xbb\xbf'
    with tempfile.TemporaryDirectory() as room:
        write(room, b'n.map', mark + b'a.example.com one\n')
        write(room, b'l.list', mark + b'10.0.0.0/8\n')
        write(room, b'nm.list', mark + b'a.example.com\n')
        for head, route in (
                (b'', b'route a sni from "n.map" { passthrough to one; }'),
                (b'set o from "l.list";\n', b'route a sni "a.example.com" { '
                 b'when source in o passthrough to one; otherwise reject '
                 b'close; }'),
                (b'set o names from "nm.list";\n',
                 b'route a sni in o { passthrough to one; }')):
            code, out = judge(room, head, route)
            equal((code, out), (0, b''))


@test('utf-16', 'utf-32')
def alien(form):
    """a list or map in another form of Unicode is said by that name, once"""
    with tempfile.TemporaryDirectory() as room:
        write(room, b'n.map', 'a.example.com one\n'.encode(form))
        write(room, b'l.list', '10.0.0.0/8\n'.encode(form))
        for name, head, route in (
                (b'n.map', b'',
                 b'route a sni from "n.map" { passthrough to one; }'),
                (b'l.list', b'set o from "l.list";\n', b'route a sni '
                 b'"a.example.com" { when source in o passthrough to one; '
                 b'otherwise reject close; }')):
            code, out = judge(room, head, route, name +
                              b':1:1: error[TC0101]: this file is ' +
                              form.upper().encode())
            equal(code, 1)
            check(out.count(b'error[') == 1, out)


@test()
def fifo():
    """a fifo that nobody writes to is no empty policy"""
    with tempfile.TemporaryDirectory() as room:
        os.mkfifo(os.path.join(room, 'part.tls'))
        code, out = judge(room, b'include "part.tls";\n',
                          b'route a sni "a.example.com" { passthrough to one;'
                          b' }', b'a FIFO that nobody writes to')
        equal(code, 1)
        # One that has a writer is read, however late it writes.
        slow = subprocess.run(
            ['bash', '-c', '"$0" check <(sleep .2; cat "$1")',
             TLSC, os.path.join(TOP, 'examples', 'minimal.tls')],
            capture_output=True)
        equal((slow.returncode, slow.stderr), (0, b''))


@test()
def directory():
    """a directory that an include's pattern matches is said"""
    with tempfile.TemporaryDirectory() as room:
        os.makedirs(os.path.join(room, 'conf.d', 'd.tls'))
        write(room, b'conf.d/1.tls', b'backend two { server 127.0.0.1:2; }\n')
        code, out = judge(room, b'include "conf.d/*.tls";\n',
                          b'route a sni "a.example.com" { passthrough to two;'
                          b' }', b'error[TC0105]: conf.d/d.tls is a directory')
        equal(code, 1)


run()
