#!/usr/bin/python3
"""Every C file is laid out as clang-format 14 does it by .clang-format."""
import os
import re
import shutil
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def formatter():
    """The command, or None.  Other versions break some lines elsewhere."""
    for name in ('clang-format-14', 'clang-format'):
        path = shutil.which(name)
        if path and b'version 14.' in subprocess.run(
                [path, '--version'], capture_output=True).stdout:
            return path
    return None


def misformatted(command, files):
    """Those of files that it would change; None when it could not say."""
    done = subprocess.run([command, '--dry-run', '-Werror'] + files, cwd=TOP,
                          capture_output=True, text=True)
    found = sorted(set(re.findall(r'^(.*?):\d+:\d+: error:', done.stderr,
                                  re.M)))
    return found if bool(found) == bool(done.returncode) else None


def would_be_found(command, text):
    done = subprocess.run([command, '--dry-run', '-Werror',
                           '--assume-filename=runtime/main.c'], input=text,
                          cwd=TOP, capture_output=True, text=True)
    return done.returncode != 0


def main():
    command = formatter()
    if not command:
        print('1..0 # SKIP no clang-format 14 here')
        return 0
    files = subprocess.run(['git', 'ls-files', '*.c', '*.h'], cwd=TOP,
                           check=True, capture_output=True,
                           text=True).stdout.split()
    bad = misformatted(command, files) if files else None
    print('%sok 1 - every C file is laid out by .clang-format'
          % ('' if bad == [] else 'not '))
    for name in ['it could not be asked'] if bad is None else bad:
        print('# %s' % name)
    good = not would_be_found(command, 'int f(void)\n{\n\treturn 0;\n}\n') \
        and would_be_found(command, 'int f(void) {\n\treturn 0;\n}\n') \
        and would_be_found(command, 'int f(void)\n{\n        return 0;\n}\n')
    print('%sok 2 - one that is not would be found' % ('' if good else 'not '))
    print('1..2')
    return 0 if bad == [] and good else 1


sys.exit(main())
