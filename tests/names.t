#!/usr/bin/python3
"""A function that a header declares begins with the header's name, with the
first words of it (board_ in board_parts.h), or with its room's name.  And a
struct's tag means one thing in all of compiler/."""
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Rooms whose functions begin with another word than the folder's name.
ROOMS = {
    'compiler/commands': 'cmd',
    'compiler/syntax': 'policy',  # what bison and flex make of policy.[yl]
}
# Between a few files of a room: names begin with one of these files' names.
BETWEEN = {'compiler/verify/sweep.h': ('space', 'sweep')}


def declared(text):
    """Names of the functions that a header declares or defines."""
    text = re.sub(r'/\*.*?\*/', ' ', text, flags=re.S)
    text = re.sub(r'^#(?:.*\\\n)*.*$', '', text, flags=re.M)
    text = re.sub(r'__attribute__\s*\(\(.*?\)\)\)?', ' ', text, flags=re.S)
    while True:  # bodies, and what is inside of structs and enums
        flat = re.sub(r'\{[^{}]*\}', ';', text)
        if flat == text:
            break
        text = flat
    found = []
    for part in text.split(';'):
        m = re.search(r'(\w+)\s*\(', part)
        if m and not part.lstrip().startswith(('typedef', '_Static_assert')):
            found.append(m.group(1))
    return found


def prefixes(path):
    words = os.path.basename(path)[:-2].split('_')
    room = os.path.dirname(path)
    return ['_'.join(words[:i + 1]) for i in range(len(words))] + \
        [ROOMS.get(room, os.path.basename(room))] + list(BETWEEN.get(path, ()))


def strangers(path, text):
    good = re.compile(r'(%s)(_|\d|$)' % '|'.join(prefixes(path)))
    return ['%s: %s' % (path, n) for n in declared(text) if not good.match(n)]


def twice(texts):
    """Tags of structs that several of the files (path to text) define."""
    seen = {}
    for path, text in texts.items():
        for tag in re.findall(r'^(?:static |const )*struct (\w+) \{', text,
                              re.M):
            seen.setdefault(tag, []).append(path)
    return ['struct %s: %s' % (tag, ' '.join(paths))
            for tag, paths in sorted(seen.items()) if len(paths) > 1]


HEADER = '''
#define PUT(a) \\
	put(a)
struct file { int (*other)(int); };
/* other(1); */
int file_open(const char *path);
static inline int file_is(int x)
{
	return other(x);
}
%s
'''
# Text of a header and the names that must be found in it.
TRIED = [('', []), ('int open_file(int);', ['open_file']),
         ('struct file *\nnew_file(void);', ['new_file']),
         ('static inline int is(int x)\n{\n\treturn x;\n}', ['is']),
         ('int filed(int);', ['filed']), ('int room_open(int);', []),
         ('void __attribute__((format(printf, 1, 2))) say(const char *, ...);',
          ['say'])]


def sources(*patterns):
    names = subprocess.run(['git', 'ls-files'] + list(patterns), cwd=TOP,
                           check=True, capture_output=True,
                           text=True).stdout.split()
    texts = {}
    for name in names:
        with open(os.path.join(TOP, name)) as f:
            texts[name] = f.read()
    return texts


def main():
    headers = sources('grammar/*.h', 'compiler/*.h', 'runtime/*.h')
    bad = [line for name, text in headers.items()
           for line in strangers(name, text)]
    print('%sok 1 - a public function begins with its file or its room'
          % ('not ' if bad or not headers else ''))
    for line in bad:
        print('# ' + line)
    missed = [text for text, want in TRIED
              if strangers('compiler/room/file_parts.h', HEADER % text) !=
              ['compiler/room/file_parts.h: ' + n for n in want]]
    print('%sok 2 - one that does not would be found'
          % ('not ' if missed else ''))
    for text in missed:
        print('# ' + text)
    tags = twice(sources('compiler/*.h', 'compiler/*.c'))
    print('%sok 3 - a tag has one meaning in compiler/'
          % ('not ' if tags else ''))
    for line in tags:
        print('# ' + line)
    found = twice({'a.c': 'struct one {\n', 'b.c': 'static struct one {\n',
                   'c.c': 'struct two {\n', 'd.c': 'struct two *x;\n'}) == \
        ['struct one: a.c b.c']
    print('%sok 4 - one with two would be found' % ('' if found else 'not '))
    print('1..4')
    return 1 if bad or missed or not headers or tags or not found else 0


sys.exit(main())
