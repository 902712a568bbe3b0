#!/usr/bin/python3
"""No function is longer than 60 lines: one that is does more than one thing."""
import os
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
    print('1..2')
    return 1 if bad or not good else 0


sys.exit(main())
