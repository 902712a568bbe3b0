#!/usr/bin/python3
"""The manual pages and the programs say the same: options, commands, events,
close reasons, log fields, metrics; and the pages' examples work."""
import glob
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                'e2e'))
from edge import *
from tap import *

PAGE = {'tlsc': 'compiler/tlsc.1', 'tlsd': 'runtime/tlsd.8',
        'tlsctl': 'runtime/tlsctl.8', 'policy': 'grammar/policy.5',
        'tlsd-metrics': 'runtime/tlsd-metrics.5',
        'tlsd-migration': 'runtime/tlsd-migration.7',
        'tlsd-recipes': 'runtime/tlsd-recipes.7',
        'tlsd-scope': 'runtime/tlsd-scope.7'}
# On the page, and no option of the program itself.
NOT_OURS = {'tlsc': {'-n'}, 'tlsd': set(), 'tlsctl': {'--shadow', '--all'}}


def read(path):
    with open(os.path.join(TOP, path)) as f:
        return f.read()


def page(name):
    return read(PAGE[name])


def helps(name):
    if name != 'tlsc':
        return [tool(program(name), '--help')[1]]
    commands = re.findall(r'^  (\w+) ', tool(program('tlsc'), '--help')[1],
                          re.M)
    check(len(commands) > 12, commands)
    return [tool(program('tlsc'), c, '--help')[1] for c in commands]


def offered(name):
    """Options of --help: those that begin a line, with their short form."""
    found = set()
    for text in helps(name):
        for line in re.findall(r'^  +(-.*)$', text, re.M):
            found |= set(re.findall(r'(?:^|, )(--?[A-Za-z][\w-]*)', line))
    return found


def described(name):
    """Options of the page: -x and --word are `Fl x` and `Fl -word`."""
    found = set()
    for line in page(name).splitlines():
        if not line.startswith('.'):
            continue
        line = line.split(' Xr ')[0]
        found |= {'-' + f for f in re.findall(r'\bFl (-?[A-Za-z][\w-]*)', line)
                  if not f.startswith('W') or f == 'W'}
    return found


@test('tlsc', 'tlsd', 'tlsctl')
def options(name):
    """every option is on the page, and the page has no other"""
    has, says = offered(name), described(name)
    check(len(has) > 2, has)
    equal(sorted(has - says), [], 'undocumented')
    equal(sorted(says - has - NOT_OURS[name]
                 - {'-W', '-h', '--help', '--version'}), [], 'no option')


@test('tlsc', 'tlsctl')
def commands(name):
    """every command is on the page"""
    text = tool(program(name), '--help')[1]
    words = {w for w in re.findall(r'^  ([a-z]+)', text, re.M)}
    check(len(words) > 8, words)
    macro = {'tlsc': 'Cm', 'tlsctl': 'Ic'}[name]
    missing = [w for w in words
               if not re.search(r'%s %s\b' % (macro, w), page(name))]
    equal(missing, [], 'undocumented')


def sources(pattern='runtime/**/*.c'):
    return ''.join(read(os.path.relpath(f, TOP))
                   for f in glob.glob(os.path.join(TOP, pattern), recursive=True))


def missing_words(words):
    check(len(words) > 10, words)
    text = set(re.split(r'[\s,]+', page('tlsd')))
    return sorted(w for w in words if w not in text)


@test()
def close_reasons():
    """tlsd.8 has every close reason, in the words of words.def"""
    text = read('grammar/words.def')
    rows = re.findall(r'^WORD_CLOSE\(\w+, "([a-z-]+)", "(.*)"\)$', text, re.M)
    equal(len(rows), text.count('\nWORD_CLOSE('), 'rows on a line of their own')
    equal([w for w, text in rows
           if '.It Li %s\n%s\n' % (w, text) not in page('tlsd')], [])


@test()
def log_fields():
    """tlsd.8 has every field of a connection's line"""
    fields = set(re.findall(r'\blogline_\w+\(\s*&?\w+,\s*"(\w+)"',
                            read('runtime/worker/log.c')))
    check({'tls', 'alpn', 'conn', 'in'} <= fields, fields)
    equal(missing_words({f + '=' for f in fields}), [])


@test()
def events():
    """tlsd.8 has every event"""
    found = set()
    for call in re.findall(r'event_(?:log|audit)\((.*?);', sources(), re.S):
        level, _, rest = call.partition(',')
        if not level.startswith('EVENT_'):
            continue
        first = re.match(r'\s*"([a-z-]+)"', rest)
        choice = re.match(r'[^"]*\?\s*"([a-z-]+)"\s*:\s*"([a-z-]+)"', rest)
        found |= set((first or choice).groups() if first or choice else ())
    equal(missing_words(found), [])


@test()
def numbers():
    """keys of events that are given a number are numbers, and on the page"""
    listed = re.search(r'numbers\[\] = \{(.*?)\}', read('runtime/common/event.c'), re.S)
    listed = set(re.findall(r'"([a-z_]+)"', listed.group(1)))
    given = set(re.findall(r'"([a-z_]+)",[^",;]*event_number\(', sources()))
    check({'pid', 'number', 'generation'} <= given, given)
    equal(sorted(given - listed), [])
    of_lines = set(re.findall(r'logline_(?:number|millis)\(\s*&?\w+,\s*"(\w+)"',
                              sources()))
    text = set(re.findall(r'logline_text\(\s*&?\w+,\s*"(\w+)"', sources()))
    check('generation' in of_lines and 'conn' in text, of_lines, text)
    equal(sorted((of_lines | listed) & text), [])
    equal(missing_words(listed), [])


@test()
def metrics():
    """tlsd-metrics.5 has every metric, and no other page names one"""
    names = re.findall(r'"(tlsd_[a-z0-9_]+)["{]', sources('runtime/monitor/*.c'))
    check(len(set(names)) > 20, names)
    equal(set(re.findall(r'^\.It Li (tlsd_\w+)$', page('tlsd-metrics'), re.M)),
          set(names))
    for name in PAGE:
        equal(set(re.findall(r'\btlsd_[a-z]\w+', page(name))) - set(names), set(),
              name)


def blocks(name):
    return re.findall(r'^\.Bd -literal.*?\n(.*?)^\.Ed', page(name),
                      re.M | re.S)


@test()
def json_examples():
    """the JSON examples of tlsc.1 are JSON"""
    count = 0
    for text in blocks('tlsc'):
        text = text.strip()
        if not text.startswith('{'):
            continue  # statements of --accept: tests/accept.t
        while text:
            _, end = json.JSONDecoder().raw_decode(text)
            text = text[end:].strip()
            count += 1
    equal(count, 6)


@test()
def policies():
    """every policy in a page compiles"""
    count = 0
    with Stage() as s:
        for name in PAGE:
            for text in blocks(name):
                if not text.startswith('policy 1;') or len(text) < 100:
                    continue
                count += 1
                code, out = tool(program('tlsc'), 'check', '--no-fs',
                                 '--fail-on', 'warning',
                                 s.write('page.tls', text))
                equal((code, out), (0, ''), name)
    check(count > 0)


EXAMPLE = '''policy 1;
param env : prod | staging = prod;
set office = { 10.20.0.0/16 };
backend pay { server 127.0.0.1:1; }
frontend edge {
  where env is prod    { listen 127.0.0.1:443; }
  where env is staging { listen 127.0.0.1:8443; }
  no-sni    reject close;
  default   reject close;
  malformed reject close;
  route pay sni "**.pay.example.com" { passthrough to pay; }
  route api sni "api.example.com" {
    when source in office passthrough to pay;
    otherwise reject access-denied;
  }
}
'''


@test()
def commands_run():
    """the commands that tlsc.1 shows do what they say"""
    lines = [l.replace(r'\(dq', '"')
             for l in re.findall(r'^\.Dl (.*)$', page('tlsc'), re.M)]
    check(len(lines) >= 5, lines)
    with Stage() as s:
        s.write('edge.tls', EXAMPLE)
        s.write('main.tls', EXAMPLE)
        for line in lines:
            check(line.startswith('tlsc '), line)
            code, out = tool('sh', '-c', 'cd "$1" && PATH="$2:$PATH" && ' +
                             line, 'sh', s.path('.'), os.path.dirname(program('tlsc')))
            equal(code, 0, line + '\n' + out)


@test(*PAGE)
def well_formed(name):
    """the page is sound mdoc"""
    if not shutil.which('mandoc'):
        raise Skip('no mandoc')
    code, out = tool('mandoc', '-Tlint', '-Wwarning',
                     os.path.join(TOP, PAGE[name]))
    equal(out, '')


@test(*PAGE)
def narrow(name):
    """the page fits a terminal of 80 columns"""
    if not shutil.which('mandoc'):
        raise Skip('no mandoc')
    code, out = tool('mandoc', '-Tutf8', '-Owidth=78', os.path.join(TOP, PAGE[name]))
    equal(code, 0)
    lines = re.sub('.\b', '', out).splitlines()
    check(len(lines) > 40, name)
    equal([l for l in lines if len(l) > 80], [])


run()
