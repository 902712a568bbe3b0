#!/usr/bin/python3
"""No function is longer than 60 lines: one that is does more than one thing.  In
runtime/ one tag names one struct: it is one program.  And a header speaks for the
file of its name: who includes it says whom he calls."""
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MOST = 60


def long_functions(text):
    """(first line, lines) of the bodies that are too long.  A body begins and
    ends with a brace in the first column."""
    found, begin = [], None
    for number, line in enumerate(text.split('\n'), 1):
        if line == '{':
            begin = number
        elif line.startswith('}') and begin:
            if number - begin - 1 > MOST:
                found.append((begin, number - begin - 1))
            begin = None
    return found


def shared_tags(files):
    """Tags that several of files, a dict of path to text, define."""
    where = {}
    for path, text in files.items():
        for tag in set(re.findall(r'^(?:[a-z]+ )*(?:struct|union|enum) (\w+) \{',
                                  text, re.M)):
            where.setdefault(tag, []).append(path)
    return ['%s: %s' % (tag, ', '.join(sorted(paths)))
            for tag, paths in sorted(where.items()) if len(paths) > 1]


def read(names):
    files = {}
    for name in names:
        with open(os.path.join(TOP, name)) as f:
            files[name] = f.read()
    return files


# What several files of a room share, and no other room sees.
SHARED = re.compile(r'_(priv|parts)\.h$')
DECLARED = re.compile(r'^[a-z][\w *\n]*?\b(\w+)\((?:[^;{}])*?\);', re.M)


def strange_words(files):
    """Functions that a header of files, a dict of path to text, declares and
    another file of its room defines."""
    where, found = {}, []
    for path, text in files.items():
        if path.endswith('.c'):
            for name in re.findall(r'^(?!static)[a-z][\w *]*?\b(\w+)\('
                                   r'[^;{}]*\)\n\{', text, re.M):
                where.setdefault((os.path.dirname(path), name), path)
    for path, text in sorted(files.items()):
        if not path.endswith('.h') or SHARED.search(path):
            continue
        for name in DECLARED.findall(re.sub(r'/\*.*?\*/', '', text,
                                            flags=re.S)):
            by = where.get((os.path.dirname(path), name), path[:-2] + '.c')
            if by != path[:-2] + '.c':
                found.append('%s: %s is in %s' % (path, name, by))
    return found


ROOMS = ('master', 'keys', 'monitor', 'judge', 'seal', 'tlsctl')


def headers():
    names = subprocess.run(
        ['git', 'ls-files'] + ['runtime/%s/*.[ch]' % r for r in ROOMS],
        cwd=TOP, check=True, capture_output=True, text=True).stdout.split()
    found = strange_words(read(names))
    print('%sok 5 - a header speaks for the file of its name'
          % ('not ' if found or not names else ''))
    for line in found:
        print('# ' + line)
    seen = strange_words({'r/a.h': '/* A. */\nint a(void);\nvoid b(int x,\n\tint y);\n',
                          'r/a.c': 'int a(void)\n{\n}\n',
                          'r/b.c': 'void b(int x,\n\tint y)\n{\n}\n'})
    good = seen == ['r/a.h: b is in r/b.c']
    print('%sok 6 - one that does not would be found' % ('' if good else 'not '))
    return names and not found and good


def tags():
    names = subprocess.run(['git', 'ls-files', 'runtime/*.[ch]'], cwd=TOP,
                           check=True, capture_output=True,
                           text=True).stdout.split()
    found = shared_tags(read(names))
    print('%sok 3 - in runtime/ one tag names one struct'
          % ('not ' if found or not names else ''))
    for line in found:
        print('# ' + line)
    seen = shared_tags({'a.h': 'struct a {\n', 'b.c': 'static struct a {\n',
                        'c.c': 'struct a *a;\nenum c {\n'})
    good = seen == ['a: a.h, b.c']
    print('%sok 4 - two would be found' % ('' if good else 'not '))
    return names and not found and good


def main():
    names = subprocess.run(['git', 'ls-files', '*.c'], cwd=TOP, check=True,
                           capture_output=True, text=True).stdout.split()
    bad = []
    for name in names:
        with open(os.path.join(TOP, name)) as f:
            bad += ['%s:%d: %d lines' % (name, at, n)
                    for at, n in long_functions(f.read())]
    print('%sok 1 - no function has more than %d lines'
          % ('not ' if bad or not names else '', MOST))
    for line in bad:
        print('# ' + line)
    good = long_functions('int f(void)\n{\n' + '\tx();\n' * 61 + '}\n') and \
        not long_functions('int f(void)\n{\n' + '\tx();\n' * 60 + '}\n')
    print('%sok 2 - one that has would be found' % ('' if good else 'not '))
    good = tags() and good
    good = headers() and good
    print('1..6')
    return 1 if bad or not good else 0


sys.exit(main())
