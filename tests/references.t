#!/usr/bin/python3
"""What comments, manuals and READMEs name is there: a file that is mentioned,
by its name or by the end of its path, exists, and so does a folder that is
mentioned by its path; and a file whose head says "Called by x.c" is called
there."""
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PATH = re.compile(r'(?<![\w/.<"-])((?:[a-z_]+/)*[a-z0-9_]+\.'
                  r'(?:c|h|def|py|md|y|l))(?![\w(-])')
FOLDER = re.compile(r'(?<![\w/.<"-])((?:compiler|debian|examples|grammar|runtime|'
                    r'tests)/(?:[a-z0-9_-]+/)*)(?![\w{*$%<.-])')
# Made by a run, or by the reader.
OTHERS = {'evidence.md'}
# Whose text is read: the others are policies, goldens and made-up files.
READ = re.compile(r'\.(c|h|l|y|def|md|[158])$|^Makefile$')


def stale(text, files):
    """Names of files and folders in text that are none, with their lines."""
    ends = {f.split('/', i)[i] for f in files for i in range(f.count('/') + 1)}
    folders = {f[:i + 1] for f in files for i, c in enumerate(f) if c == '/'}
    found = []
    for number, line in enumerate(text.split('\n'), 1):
        if re.match(r'\s*#\s*include', line):
            continue
        # A member called `c`, `h` or `l` of a variable is no file.
        found += [(number, p) for p in PATH.findall(line)
                  if p not in ends and p not in OTHERS and
                  (len(p) > 4 or '/' in p)]
        found += [(number, p) for p in FOLDER.findall(line)
                  if p not in folders]
    return found


CALLED = re.compile(r'\bcalled by\b(.*?)(?:[;.](?:\s|$)|$)', re.I | re.S)
PUBLIC = re.compile(r'^(?!static\b|typedef\b|#)[a-z][\w *]*?\b(\w+)'
                    r'(?:\(|(?:\[[^]]*\])* (?:=|$))', re.M)


def code(text):
    return re.sub(r'/\*.*?\*/', ' ', text, flags=re.S)


def public(text):
    """What a file offers: functions, and objects such as tables of them."""
    return set(PUBLIC.findall(code(text))) - {'__attribute__'}


def callers(text):
    """The files that a file's first comment says to be its callers."""
    head = re.match(r'\s*/\*(.*?)\*/', text, re.S)
    said = CALLED.search(re.sub(r'\n \* ?', ' ', head.group(1))) if head else None
    return re.findall(r'(?:[\w]+/)*\w+\.c\b', said.group(1)) if said else []


def uncalled(name, texts):
    """Of files (path to text): those that name is not called in, though its
    head says so."""
    mine = public(texts[name])
    found = []
    for caller in callers(texts[name]):
        paths = [p for p in texts if ('/' + p).endswith('/' + caller)]
        if not any(mine & set(re.findall(r'\w+', code(texts[p])))
                   for p in paths):
            found.append(caller)
    return found


CALLER = 'int main(void)\n{\n\treturn %s;\n}\n'
CALLEE = '/* A file.  Called by a.c and\n * b/main.c; see c.c. */\n%s\n'


def found_uncalled():
    """Is a head that is no longer true found, and only that?"""
    function = CALLEE % 'int file_read(int x)\n{\n\treturn x;\n}'
    table = CALLEE % 'const struct table file_table = {\n\t1,\n};'
    hidden = CALLEE % 'static int file_read(int x)\n{\n\treturn x;\n}'
    return [uncalled('file.c', {'file.c': mine, 'a.c': CALLER % a,
                                'b/main.c': CALLER % b})
            for mine, a, b in (
                (function, 'file_read(1)', 'file_read(2)'),
                (function, 'file_read(1)', '2 /* file_read */'),
                (table, 'file_table.x', 'file_read(1)'),
                (hidden, 'file_read(1)', 'file_read(2)'))] == \
        [[], ['b/main.c'], ['b/main.c'], ['a.c', 'b/main.c']]


def main():
    files = subprocess.run(['git', 'ls-files'], cwd=TOP, check=True,
                           capture_output=True, text=True).stdout.split()
    bad, texts = [], {}
    for name in files:
        if not READ.search(name) or \
                name.startswith('tests/fuzz/corpus/'):
            continue
        with open(os.path.join(TOP, name), errors='replace') as f:
            texts[name] = f.read()
        bad += ['%s:%d: there is no %s' % (name, n, p)
                for n, p in stale(texts[name], files)]
    print('%sok 1 - a file or folder that is mentioned is there'
          % ('not ' if bad or not files else ''))
    for line in bad:
        print('# ' + line)
    seen = stale('/* See gone.c and runtime/gone.h, (main.c).\n'
                 ' * runtime/gone/, runtime/there/ and runtime/. */',
                 ['runtime/main.c', 'runtime/there/main.c'])
    good = seen == [(1, 'gone.c'), (1, 'runtime/gone.h'), (2, 'runtime/gone/')]
    print('%sok 2 - one that is not would be found' % ('' if good else 'not '))
    strangers = ['%s: is not called by %s' % (name, caller)
                 for name in texts if re.search(r'\.[ch]$', name)
                 for caller in uncalled(name, texts)]
    print('%sok 3 - a file is called where its head says'
          % ('not ' if strangers else ''))
    for line in strangers:
        print('# ' + line)
    seen = found_uncalled()
    print('%sok 4 - one that is not would be found' % ('' if seen else 'not '))
    print('1..4')
    return 1 if bad or strangers or not good or not seen else 0


sys.exit(main())
