#!/usr/bin/python3
"""What a site decides, against a plain reading of TABLE.md in Python that shares
no code with it: generated sites, and requests that servers read differently.
CASES=N asks about so many requests (20,000)."""
import itertools
import os
import random
import re
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(TOP, os.environ.get('BUILD', 'build'))
TLSC = os.path.join(BUILD, 'tlsc')
ASK = os.path.join(BUILD, 'tests', 'oracle', 'content')
CASES = int(os.environ.get('CASES', '20000'))
SITES = 30
UNRESERVED = re.compile(rb'%([0-9A-Fa-f]{2})')
PCHAR = re.compile(rb"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*\Z")


# Readings of a path, as TABLE.md numbers them.

def decode(path, which):
    def one(m):
        octet = bytes([int(m[1], 16)])
        return octet if which(octet) else m[0]
    return UNRESERVED.sub(one, path)


def unreserved(octet):
    return re.match(rb'[A-Za-z0-9\-._~]', octet) is not None


def dot_segments_only(path):
    return b'/'.join(decode(s, lambda o: o == b'.')
                     if decode(s, lambda o: o == b'.') in (b'.', b'..') else s
                     for s in path.split(b'/'))


def remove_dots(path):
    """RFC 3986 5.2.4, of a path that begins with a slash."""
    out = b''
    while path:
        if path.startswith(b'/./'):
            path = path[2:]
        elif path == b'/.':
            path = b'/'
        elif path.startswith(b'/../'):
            path, out = path[3:], out[:max(out.rfind(b'/'), 0)]
        elif path == b'/..':
            path, out = b'/', out[:max(out.rfind(b'/'), 0)]
        else:
            end = path.find(b'/', 1)
            end = len(path) if end < 0 else end
            out, path = out + path[:end], path[end:]
    return out


def without_parameters(path):
    return b'/'.join(s.split(b';', 1)[0] for s in path.split(b'/'))


def readings(path):
    every = lambda o: True
    once = decode(path, every)
    starts = {decode(remove_dots(dot_segments_only(path)), every),
              decode(without_parameters(path), every), path, decode(path, unreserved), decode(path, lambda o: o == b'.'),
              dot_segments_only(path), once, decode(once, every)}
    found = set()
    for start in starts:
        for a, b, cd, e, f, g in itertools.product((0, 1), (0, 1), (0, 1, 2),
                                                   (0, 1), (0, 1), (0, 1)):
            p = start
            if a:
                p = p.replace(b'\\', b'/')
            if b:
                p = re.split(rb'[?#]', p, 1)[0]
            if cd == 1:
                p = without_parameters(p)
            if cd == 2:
                p = p.split(b';', 1)[0]
            if e:
                p = re.sub(rb'/+', b'/', p)
            if f:
                p = remove_dots(p)
            if g:
                p = p.lower()
            found.add(p)
    return found


def is_refused(path):
    if not PCHAR.match(path) or b'%00' in path:
        return True
    return b'%00' in decode(path, lambda o: True)


# Readings of a query: a list of (name, value) each.

def plus(text):
    return decode(text.replace(b'+', b' '), lambda o: True)


def queries(query):
    ways = []
    for separators, decoded in itertools.product((b'&', b'&;'), (0, 1)):
        pairs = []
        for part in re.split(b'[' + separators + b']', query):
            if not part:
                continue
            name, _, value = part.partition(b'=')
            pairs.append((plus(name), plus(value)) if decoded
                         else (name, value))
        ways.append(pairs)
    return ways


# Terms: (kind, name, values or None).

def one_of(found, values):
    if values is None:
        return len(found) > 0
    return len(found) == 1 and found[0] in values


def holds(term, request, pairs):
    kind, name, values = term
    if kind == 'method':
        return request['method'] in values
    if kind == 'source':
        return request['source'][:len(name)] == name
    if kind == 'header':
        return one_of([v for n, v in request['headers']
                       if n.lower() == name.lower()], values)
    if kind == 'query':
        return one_of([v for n, v in pairs if n == name], values)
    cookies = [c.strip().partition(b'=') for n, v in request['headers']
               if n.lower() == b'cookie' for c in v.split(b';')]
    return one_of([v.strip() for n, _, v in cookies if n.strip() == name],
                  values)


def bucket(site, path):
    for is_exact, own in ((True, None), (False, None)):
        best = None
        for b in site:
            own = b['path']
            if is_exact and b['exact'] and own == path:
                return b
            if not is_exact and not b['exact'] and (
                    own == b'/' or path == own or path.startswith(own + b'/')):
                if best is None or len(own) > len(best['path']):
                    best = b
        if best:
            return best


def decide(site, request):
    path, _, query = request['target'].partition(b'?')
    if is_refused(path):
        return 'refused'
    met = []
    ways = queries(query)
    for way in ways:
        for p in [path] + sorted(readings(path)):
            b = bucket(site, p)
            for terms, answer, line in b['clauses']:
                if all(holds(t, request, way) != negated
                       for negated, t in terms):
                    met.append((answer, b['edits'], line))
                    break
    if len({m[:2] for m in met}) > 1:
        return 'ambiguous'
    return 'served %d' % met[0][2]


# Sites and requests by chance.

PATHS = [b'/a', b'/a/b', b'/a/b/c', b'/b', b'/ab', b'/a.b', b'/index.html',
         b'/a/b/', b'/']
NAMES = [b'x', b'y', b'x-y']
VALUES = [b'1', b'on', b'']


def random_term(r):
    kind = r.choice(['method', 'header', 'query', 'cookie', 'source'])
    if kind == 'method':
        return kind, None, set(r.sample([b'GET', b'POST', b'PUT'], r.choice(
            (1, 2))))
    if kind == 'source':
        return kind, r.choice([b'\x0a', b'\x0a\x14']), None
    values = None if r.random() < .3 else set(
        r.sample(VALUES, r.choice((1, 1, 2))))
    return kind, r.choice(NAMES), values


def random_site(r):
    keys = {(p, r.random() < .5 or p.endswith(b'b/'))
            for p in r.sample(PATHS[:-1], r.randint(0, 6))}
    keys |= {(b'/', False)} | ({(b'/', True)} if r.random() < .3 else set())
    site = []
    for path, exact in sorted(keys):
        n = r.choice((0, 1, 1, 2, 3))
        clauses = [[[(r.random() < .3, random_term(r))
                     for _ in range(r.choice((1, 1, 2)))], r.randint(200, 205)]
                   for _ in range(n)] + [[[], r.randint(200, 205)]]
        site.append({'path': path, 'exact': exact, 'clauses': clauses,
                     'edits': r.random() < .1})
    return site


def quoted(text):
    return '"%s"' % text.decode()


def term_text(term):
    kind, name, values = term
    if kind == 'method':
        return 'method is ' + ' | '.join(v.decode() for v in sorted(values))
    if kind == 'source':
        return 'source in { %s/%d }' % (
            '.'.join(str(o) for o in name.ljust(4, b'\0')), 8 * len(name))
    if values is None:
        return '%s %s present' % (kind, quoted(name))
    return '%s %s is %s' % (kind, quoted(name),
                            ' | '.join(quoted(v) for v in sorted(values)))


def contradicts(terms):
    return any(a == b and x != y for (x, a), (y, b) in
               itertools.combinations(terms, 2))


def policy(site):
    """The text; gives each clause its line."""
    lines = ['policy 1; allow TC0301 reason "by chance"; allow TC0302;',
             'certificate c { chain "c.pem"; key "c.key"; }',
             'site s {']
    for b in site:
        lines.append('path %s %s {' % ('is' if b['exact'] else 'under',
                                       quoted(b['path'])))
        if b['edits']:
            lines.append('response set "x" "y";')
        kept = []
        for terms, answer in b['clauses']:
            if contradicts(terms):
                continue
            guard = ' and '.join(('not ' if negated else '') + term_text(t)
                                 for negated, t in terms)
            lines.append('%sanswer %d;' % (
                'when %s ' % guard if guard else 'otherwise ', answer))
            kept.append((terms, answer, len(lines)))
        b['clauses'] = kept
        lines.append('}')
    lines += ['}', 'frontend e { listen 127.0.0.1:443; certificate c;',
              'no-sni offload to site s; default reject close;',
              'malformed reject close; }']
    return '\n'.join(lines) + '\n'


ODD = [b'/', b'//', b'/.', b'/..', b'/./', b'/../', b'%2f', b'%2F', b'%2e',
       b'%2E%2e', b'..', b'.', b';', b';x', b';x=/', b'..;', b'%3b', b'%5c',
       b'%5C..', b'%252e', b'%252f', b'%25', b'%61', b'%41', b'A', b'B', b'%3f',
       b'%23', b'%00', b'%2500', b'%', b'%zz', b'a', b'b', b'c', b'%C3%A9',
       b'~', b'@', b'%255c']


def random_path(r):
    parts = [r.choice(PATHS)]
    for _ in range(r.choice((0, 0, 1, 1, 2, 3, 4))):
        at = r.randint(0, len(parts))
        parts.insert(at, r.choice(ODD if r.random() < .7 else PATHS))
    path = b''.join(parts)
    if r.random() < .2 and len(path) > 2:
        i = r.randrange(1, len(path))
        path = path[:i] + path[i:i + 1].upper() + path[i + 1:]
    return path if path.startswith(b'/') else b'/' + path


def random_query(r):
    if r.random() < .5:
        return b''
    pairs = []
    for _ in range(r.choice((1, 1, 2, 3))):
        name = r.choice(NAMES + [b'%78', b'X', b'x%2dy', b'z'])
        value = r.choice(VALUES + [b'%31', b'o%6e', b'2', b'+', b'on%20'])
        pairs.append(name + r.choice((b'=', b'=', b'')) + value)
    return b'?' + r.choice((b'&', b'&', b';')).join(pairs)


def random_request(r):
    headers = [(b'Host', b'e.test')]
    for _ in range(r.choice((0, 1, 1, 2, 3))):
        if r.random() < .5:
            headers.append((r.choice(NAMES + [b'X', b'X-Y', b'x_y']),
                            r.choice(VALUES + [b'2'])))
        else:
            headers.append((r.choice((b'Cookie', b'cookie')), r.choice(
                (b'; ', b';')).join(
                    r.choice(NAMES) + r.choice((b'=', b'=', b'')) +
                    r.choice(VALUES + [b'2'])
                    for _ in range(r.choice((1, 2))))))
    return {'method': r.choice([b'GET', b'POST', b'PUT', b'DELETE']),
            'target': random_path(r) + random_query(r), 'headers': headers,
            'source': bytes([r.choice((10, 10, 11)), r.choice((20, 21)), 0, 1])}


def line_of(request):
    head = b'%s %s HTTP/1.1\r\n' % (request['method'], request['target'])
    for name, value in request['headers']:
        head += b'%s: %s\r\n' % (name, value)
    return '%s %s' % (request['source'].hex(), (head + b'\r\n').hex())


def ask(table, requests):
    p = subprocess.run([ASK, table, '0'], check=True, timeout=300, text=True,
                       capture_output=True,
                       input='\n'.join(map(line_of, requests)) + '\n')
    return p.stdout.split('\n')[:-1]


def dead(text):
    """Lines of clauses that no request meets, as the compiler says."""
    with open(text, encoding='utf-8') as f:
        policy_text = f.read()
    with open(text + 'x', 'w', encoding='utf-8') as f:
        f.write(re.sub('allow [^;]*;', '', policy_text))
    p = subprocess.run([TLSC, 'check', '--no-fs', text + 'x'], timeout=60,
                       stderr=subprocess.PIPE, text=True)
    return {int(n) for n in re.findall(
        r'x:(\d+):\d+: \w+\[TC030[12]\]', p.stderr)}


def main():
    seen = {'served': 0, 'ambiguous': 0, 'refused': 0}
    wrong, living, called_dead = [], [], 0
    with tempfile.TemporaryDirectory() as room:
        for seed in range(SITES):
            r = random.Random(seed)
            site = random_site(r)
            text, table = (os.path.join(room, n) for n in ('p.tls', 't'))
            with open(text, 'w', encoding='utf-8') as f:
                f.write(policy(site))
            subprocess.run([TLSC, '--no-credentials', '-Wno-all', text, '-o',
                            table], check=True, timeout=60)
            met = set()
            requests = [random_request(r) for _ in range(CASES // SITES)]
            for request, got in zip(requests, ask(table, requests)):
                wanted = decide(site, request)
                seen[wanted.split()[0]] += 1
                if got != wanted:
                    wrong.append((seed, request, got, wanted))
                met.add(got.split()[-1])
            lines = dead(text)
            called_dead += len(lines)
            living += [(seed, n) for n in lines if str(n) in met]
    print('1..3')
    print('%sok 1 - %d requests of %d sites are decided as the model does' % (
        'not ' if wrong else '', sum(seen.values()), SITES))
    for w in wrong[:10]:
        print('#', *w)
    few = [k for k, n in seen.items() if n < CASES // 50]
    print('%sok 2 - there are enough of each: %s' % (
        'not ' if few else '', seen))
    print('%sok 3 - none of %d clauses that are said to be dead was met' % (
        'not ' if living or not called_dead else '', called_dead))
    for w in living[:10]:
        print('#', *w)
    return 1 if wrong or few or living or not called_dead else 0


sys.exit(main())
