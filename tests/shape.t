#!/usr/bin/python3
"""No function is longer than 60 lines: one that is does more than one thing.  And
in runtime/ one tag names one struct: it is one program."""
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
    print('1..4')
    return 1 if bad or not good else 0


sys.exit(main())
