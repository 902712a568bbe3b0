"""How the demonstration shows what it does: titles, rows, commands as one would
type them; and `wrong`, what was not as it says."""
import os
import shlex
import sys

import edge
from edge import tool

wrong = []


def say(text=''):
    print(text, flush=True)


def title(text):
    say('\n\033[1m%s\033[0m' % text if sys.stdout.isatty() else '\n== ' + text)


def row(what, text):
    say('  %-26s %s' % (what, text))


def expect(condition, what):
    if not condition:
        wrong.append(what)
        say('  !! not as expected: ' + what)


def command(*argv):
    """Shows a command as one would type it."""
    say('  $ ' + ' '.join(os.path.basename(a) if a.startswith(edge.BUILD)
                          else shlex.quote(a) if a[:1].isalnum() and ' ' in a
                          else a for a in argv))


def run(stage, *argv):
    command(*argv)
    here = os.getcwd()
    os.chdir(stage.dir)
    try:
        return tool(*argv)
    finally:
        os.chdir(here)


def indent(text, lines=30):
    for line in text.rstrip().splitlines()[:lines]:
        say('    ' + line)
