#!/usr/bin/python3
"""What comments, manuals and READMEs name is there: a file that is mentioned,
by its name or by the end of its path, exists."""
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PATH = re.compile(r'(?<![\w/.<"-])((?:[a-z_]+/)*[a-z0-9_]+\.'
                  r'(?:c|h|def|py|md|y|l))(?![\w(-])')
# Made by a run, or by the reader.
OTHERS = {'evidence.md'}


def stale(text, files):
    """Names of files in text that are no files, with their lines."""
    ends = {f.split('/', i)[i] for f in files for i in range(f.count('/') + 1)}
    found = []
    for number, line in enumerate(text.split('\n'), 1):
        if re.match(r'\s*#\s*include', line):
            continue
        # A member called `c`, `h` or `l` of a variable is no file.
        found += [(number, p) for p in PATH.findall(line)
                  if p not in ends and p not in OTHERS and
                  (len(p) > 4 or '/' in p)]
    return found


def main():
    files = subprocess.run(['git', 'ls-files'], cwd=TOP, check=True,
                           capture_output=True, text=True).stdout.split()
    bad = []
    for name in files:
        if not re.search(r'\.(c|h|l|y|def|md|[158])$', name) or \
                name.startswith('tests/fuzz/corpus/'):
            continue
        with open(os.path.join(TOP, name), errors='replace') as f:
            bad += ['%s:%d: there is no %s' % (name, n, p)
                    for n, p in stale(f.read(), files)]
    print('%sok 1 - a file that is mentioned is there'
          % ('not ' if bad or not files else ''))
    for line in bad:
        print('# ' + line)
    seen = stale('/* See gone.c and runtime/gone.h, (main.c). */',
                 ['runtime/main.c'])
    good = seen == [(1, 'gone.c'), (1, 'runtime/gone.h')]
    print('%sok 2 - one that is not would be found' % ('' if good else 'not '))
    print('1..2')
    return 1 if bad or not good else 0


sys.exit(main())
