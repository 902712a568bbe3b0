#!/usr/bin/python3
"""The rooms, from the ground up: a file includes what lies in its own room or
below, never above.  The order stands here and nowhere else."""
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# Linked into both programs.  What each may take from outside the project.
LIBC = {'assert', 'ctype', 'errno', 'limits', 'stdbool', 'stddef', 'stdint',
        'stdio', 'stdlib', 'string'}
SHARED = ['grammar', 'runtime/http', 'runtime/table', 'runtime/content',
          'runtime/judge', 'runtime/seal']
OUTSIDE = {
    'grammar': r'(stddef|stdint)\.h',
    'runtime/http': r'(%s)\.h' % '|'.join(sorted(LIBC)),
    'runtime/table': r'(%s)\.h' % '|'.join(sorted(LIBC)),
    'runtime/content': r'(%s)\.h' % '|'.join(sorted(LIBC)),
    'runtime/judge': r'(%s|time)\.h|gnutls/[a-z0-9-]+\.h'
                     % '|'.join(sorted(LIBC)),
}
# A room may include any that stands before it on its line, and no other.
COMPILER = SHARED + [
    'compiler/base', 'compiler/diag', 'compiler/syntax', 'compiler/check',
    'compiler/verify', 'compiler/comply', 'compiler/lint', 'compiler/table',
    'compiler/cli', 'compiler/ask', 'compiler/diff', 'compiler/compile.h',
    'compiler/run', 'compiler/commands', 'compiler/main.c']
RUNTIME = SHARED + [
    'runtime/common', 'runtime/tls', 'runtime/keys', 'runtime/monitor',
    'runtime/worker', 'runtime/master', 'runtime/main.c']
TLSCTL = ['runtime/table', 'runtime/common', 'runtime/tlsctl']
LINES = [COMPILER, RUNTIME, TLSCTL]
# Beside each other: neither knows the other.
APART = [{'runtime/table', 'runtime/judge'}, {'runtime/table', 'runtime/http'},
         {'runtime/content', 'runtime/judge'},
         {'runtime/keys', 'runtime/monitor'}, {'runtime/keys', 'runtime/worker'},
         {'runtime/monitor', 'runtime/worker'}]
# The scanner and the parser call the actions of the room above them.
SCANNER = re.compile(r'grammar/policy\.[ly]$')
GENERATED = {'compiler/explain_text.h', 'policy.tab.h', 'grammar/policy.tab.h'}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+(["<])([^">]+)[">]', re.M)


def room(path):
    if path in ('compiler/compile.c', 'compiler/compile.h'):
        return 'compiler/compile.h'
    parts = path.split('/')
    return parts[0] if parts[0] == 'grammar' else '/'.join(parts[:2])


def may(a, b):
    """May a file of room a include one of room b?"""
    return a == b or {a, b} not in APART and any(
        a in line and b in line[:line.index(a)] for line in LINES)


def find(path, name, have):
    beside = os.path.join(os.path.dirname(path), name)
    return beside if beside in have else name


def fault(path, kind, name, have):
    """Why this include may not be, or None."""
    here = room(path)
    if kind == '<':
        allowed = OUTSIDE.get(here)
        if here == 'runtime/seal' or not allowed or SCANNER.search(path):
            return None
        return None if re.fullmatch(allowed, name) else \
            '%s may not need <%s>' % (here, name)
    if name in GENERATED:
        return None
    target = find(path, name, have)
    if '..' in name.split('/') or target not in have:
        return 'no such file from here: "%s"' % name
    if SCANNER.search(path):
        here = 'compiler/check'
    there = room(target)
    return None if may(here, there) else '%s may not include %s' % (here, there)


def faults(files):
    """Of files, a dict of path to text, as lines."""
    found = []
    for path, text in sorted(files.items()):
        for m in INCLUDE.finditer(text):
            why = fault(path, m.group(1), m.group(2), files)
            if why:
                line = text.count('\n', 0, m.start()) + 1
                found.append('%s:%d: %s' % (path, line, why))
        if path.endswith('.c') and re.search(r'^extern ', text, re.M):
            found.append('%s: declares what a header should' % path)
        if room(path) not in sum(LINES, []):
            found.append('%s: stands in no room' % path)
    return found


def calls(files, pattern, where, but=()):
    return ['%s: %s' % (p, m.group(0)) for p, text in sorted(files.items())
            for m in re.finditer(pattern, text)
            if p.startswith(where) and p not in but]


def options(files):
    """Socket options that children set and their filter does not let them."""
    table = re.search(r'option\[\] = \{(.*?)^\};',
                      files['runtime/common/privdrop_filter.c'], re.S | re.M)
    allowed = '|'.join(re.findall(r'\b([A-Z]+_[A-Z_]+)\}', table.group(1)))
    mine = re.compile(r'runtime/(master/|tlsctl/|common/(ipc|privdrop))')
    return ['%s: %s' % (p, call) for p, text in sorted(files.items())
            if p.startswith('runtime/') and not mine.match(p)
            for call in re.findall(r'setsockopt\([^;]*;', text)
            if not re.search(r'\b(%s)\b' % allowed, call)]


def sources(*patterns):
    names = subprocess.run(
        ['git', 'ls-files'] + [':(glob)' + p for p in patterns], cwd=TOP,
        check=True, capture_output=True, text=True).stdout.split()
    if not names:
        sys.exit('no sources')
    files = {}
    for name in names:
        with open(os.path.join(TOP, name)) as f:
            files[name] = f.read()
    return files


JUDGES = r'gnutls_\w*(?:verify_peers|verify_cert|list_verify|verify_crt|' \
         r'verify_named_crt)[0-9]? ?\('
FILES = r'\b(?:open|fopen|time|clock_gettime|gettimeofday) ?\('
UNFINISHED = r'\b(?:TO''DO|FIX''ME|X''XX|HA''CK)\b'

# What must be found: a path, a text that breaks the rule.
BROKEN = [
    ('runtime/table/route.c', '#include "runtime/tls/tls_priv.h"'),
    ('runtime/table/route.c', '#include "runtime/judge/pem.h"'),
    ('runtime/table/route.c', '#include <unistd.h>'),
    ('runtime/table/route.c', '# include "compiler/base/arena.h"'),
    ('runtime/judge/pem.c', '#include <fcntl.h>'),
    ('runtime/http/head.h', '#include <sys/socket.h>'),
    ('runtime/http/head.h', '#include <ev.h>'),
    ('runtime/http/head.h', '#include "runtime/table/route.h"'),
    ('runtime/http/head.h', '#include "runtime/common/buf.h"'),
    ('runtime/content/terms.c', '#include <sys/socket.h>'),
    ('runtime/content/terms.c', '#include "runtime/common/buf.h"'),
    ('runtime/table/route.c', '#include "runtime/content/content.h"'),
    ('grammar/table.h', '#include <stdio.h>'),
    ('grammar/table.h', '#include "runtime/table/table.h"'),
    ('runtime/common/buf.c', '#include "runtime/worker/conn.h"'),
    ('runtime/worker/conn.c', '#include "runtime/master/master.h"'),
    ('runtime/worker/conn.c', '#include "runtime/monitor/probe.h"'),
    ('runtime/keys/keys.c', '#include "runtime/worker/conn.h"'),
    ('runtime/tls/io.c', '#include "compiler/base/arena.h"'),
    ('compiler/base/arena.c', '#include "compiler/diag/diag.h"'),
    ('compiler/base/arena.c', '#include "runtime/common/buf.h"'),
    ('compiler/verify/verify.c', '#include "compiler/lint/lint.h"'),
    ('compiler/compile.c', '#include "compiler/commands/commands.h"'),
    ('compiler/base/arena.c', '#include "../diag/diag.h"'),
    ('runtime/tlsctl/top.c', '#include "runtime/master/master.h"'),
    ('compiler/base/arena.c', 'extern int other;'),
    ('runtime/new.c', ''),
    ('compiler/new/new.c', ''),
]

count = 0


def report(name, lines):
    global count
    count += 1
    print('%sok %d - %s' % ('not ' if lines else '', count, name))
    for line in lines:
        print('# ' + line)
    return not lines


def main():
    files = sources(*['%s/**/*.%s' % (top, end)
                      for top in ('compiler', 'runtime', 'grammar')
                      for end in ('c', 'h', 'l', 'y', 'def')])
    good = report('no room includes what lies above it', faults(files))
    good &= report('every peer is judged by peer*.c, which say what for',
                   calls(files, JUDGES, 'runtime/',
                         {'runtime/tls/peer.c', 'runtime/tls/peer_path.c'}))
    good &= report('nobody but peer.c looks for ways to a CA',
                   calls(files, r'"(runtime/tls/)?peer_path.h"', 'runtime/',
                         {'runtime/tls/peer.c', 'runtime/tls/peer_path.c'}))
    good &= report('children set what their filter lets them',
                   options(files))
    good &= report('words.def is included by words.[ch] only: they make its enums',
                   calls(files, r'#include "(grammar/)?words\.def"', '',
                         {'grammar/words.c', 'grammar/words.h'}))
    good &= report('runtime/judge opens no file and asks no clock',
                   calls(files, FILES, 'runtime/judge/'))
    good &= report('no unfinished business in the sources',
                   calls(sources('**/*.[chly]', '**/*.def', '**/*.py'),
                         UNFINISHED, ''))
    for path, text in BROKEN:
        broken = dict(files)
        broken[path] = broken.get(path, '') + '\n' + text + '\n'
        good &= report('is found: %s with %s' % (path, text or 'no room'),
                       [] if faults(broken) else ['it is not'])
    print('1..%d' % count)
    return 0 if good else 1


sys.exit(main())
