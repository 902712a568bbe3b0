#!/usr/bin/python3
"""runtime/http beside other readers: the corpora of tests/http, h11 on what we
accept, and a model of paths that shares no code with ours.

HTTP_PATHS   paths to compare (default 100,000; 20,000 under SAN)
HTTP_HEADS   messages to compare with h11 (default 6,000; 2,000 under SAN)
HTTP_SEED    a number, or "random"; a mismatch prints the octets
"""
import os
import random
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(HERE, 'e2e'), os.path.join(HERE, 'http')]
from tap import *  # noqa: E402
import readers  # noqa: E402
import readings  # noqa: E402

BUILD = os.environ.get('BUILD', 'build')
READ = os.path.join(HERE, '..', BUILD, 'tests', 'http', 'read')
SAN = 'san' in BUILD
PATHS = int(os.environ.get('HTTP_PATHS') or (20000 if SAN else 100000))
HEADS = int(os.environ.get('HTTP_HEADS') or (2000 if SAN else 6000))
SEED = os.environ.get('HTTP_SEED', '1')
SEED = random.SystemRandom().randrange(1 << 32) if SEED == 'random' \
    else int(SEED)


def read(kind, records):
    """What runtime/http makes of each, as lists of words."""
    given = b''.join(len(r).to_bytes(4, 'little') + r for r in records)
    p = subprocess.run([READ, kind], input=given, capture_output=True)
    check(p.returncode == 0, kind, p.returncode, p.stderr.decode())
    lines = p.stdout.decode().splitlines()
    equal(len(lines), len(records))
    return [line.split() for line in lines]


def octets(word):
    return b'' if word == '-' else bytes.fromhex(word)


def corpus(name):
    """Pairs of what must become of it and octets."""
    found = []
    with open(os.path.join(HERE, 'http', name)) as f:
        for line in f.read().splitlines():
            if line and not line.startswith('#'):
                found.append((line[:20].strip(),
                              line[20:].encode('ascii')
                              .decode('unicode_escape').encode('latin-1')))
    return found


def verdict(words, given):
    if words[0] == 'whole':
        return '%s %d' % (words[2], len(given) - int(words[1]))
    return words[-1]


def compare(name, kind):
    cases = corpus(name)
    check(len(cases) > 50)
    got = read(kind, [given for _, given in cases])
    wrong = ['%r: got %s, wanted %s' % (given, verdict(words, given), want)
             for words, (want, given) in zip(got, cases)
             if verdict(words, given) != want]
    check(not wrong, '\n'.join(wrong))


@test()
def requests():
    """the corpus of requests: each is refused or framed as it says"""
    compare('requests', 'request')


@test()
def responses():
    """the corpus of responses"""
    compare('responses', 'response')


@test()
def every_reason():
    """every reason for a refusal of a head or a body is in a corpus"""
    with open(os.path.join(HERE, '../runtime/http/reasons.def')) as f:
        words = set(re.findall(r'^HTTP_REASON\(\w+, "([a-z-]+)"', f.read(),
                               re.M))
    seen = {want for name in ('requests', 'responses')
            for want, _ in corpus(name)}
    # Those with bounds are in the unit tests, those of paths and of writing too.
    bounds = {w for w in words if re.match(r'(long|many)-', w)} - {'long-method'}
    others = {'bad-path', 'path-octet', 'path-percent', 'path-nul', 'bad-edit',
              'bad-redirect'}
    equal(sorted(words - seen - bounds - others), [])


# --- h11 ---------------------------------------------------------------------

METHODS = ['GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'get', 'X']
TARGETS = ['/', '/a', '/a?b', '*', 'http://a/', '//', '/%2e', '/a b', '/\t',
           'http://b/', '@', '']
VERSIONS = ['HTTP/1.1'] * 6 + ['HTTP/1.0', 'HTTP/1.1 ', 'HTTP/2.0', '']
FIELDS = [
    'Host: a', 'Host: a', 'Host: b', 'host:a', 'Host: a,b', 'Host : a',
    'Content-Length: 3', 'Content-Length: 3', 'Content-Length: 0',
    'content-length: 5', 'Content-Length: 3, 3', 'Content-Length: +3',
    'Content-Length: 03', 'Content-Length:', 'Content_Length: 9',
    'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked',
    'transfer-encoding:CHUNKED ', 'Transfer-Encoding: gzip, chunked',
    'Transfer-Encoding: identity', 'Transfer-Encoding: chunked,',
    'Connection: close', 'Connection: keep-alive, x', 'Expect: 100-continue',
    'X: y', 'X:\ty ', 'X: y\x01', 'X: \xe9', 'X\x00: y', ' X: y', ': y', 'X',
    'X:', 'X: y\nZ: w', 'X: y\rZ: w', 'Upgrade: websocket']
BODIES = ['', 'abc', 'abcde', '0\r\n\r\n', '3\r\nabc\r\n0\r\n\r\n',
          '3;x=y\r\nabc\r\n0\r\nT: u\r\n\r\n', '03\r\nabc\r\n00\r\n\r\n',
          '3 \r\nabc\r\n0\r\n\r\n', '3\r\nabcd\r\n0\r\n\r\n',
          '3;\nabc\r\n0\r\n\r\n', '-3\r\nabc\r\n0\r\n\r\n',
          '1\r\na\r\n2\r\nbc\r\n0\r\n\r\n', '0\r\nT\r\n\r\n', '0\r\n']
STATUSES = ['200 OK', '200 OK', '404', '204 No', '304 Not', '103 Early', '20',
            '200', '600 x', '500 \xe9', '2000 x']


def noise(r, text):
    """Sometimes one octet more, less, or another."""
    if not text or r.random() < 0.7:
        return text
    at = r.randrange(len(text))
    odd = r.choice(['\r', '\n', '\0', ' ', '\t', ':', ',', '\x7f', 'a', ''])
    return text[:at] + odd + text[at + r.randrange(2):]


def message(r, start):
    end = '\r\n' if r.random() < 0.95 else '\n'
    fields = [r.choice(FIELDS) for _ in range(r.randrange(5))]
    if r.random() < 0.8:
        fields.insert(0, 'Host: a')
    text = end.join([start] + fields) + '\r\n\r\n' + r.choice(BODIES)
    return noise(r, text).encode('latin-1')


def a_request(r):
    return message(r, ' '.join((r.choice(METHODS), r.choice(TARGETS),
                                r.choice(VERSIONS))))


def a_response(r):
    version = r.choice(['HTTP/1.1'] * 5 + ['HTTP/1.0', 'HTTP/2', 'ICY'])
    return message(r, version + ' ' + r.choice(STATUSES))


def of_h11(connection):
    """The head, the payload, and how much is left over."""
    import h11
    head, payload = None, b''
    while True:
        event = connection.next_event()
        if isinstance(event, (h11.Request, h11.Response,
                              h11.InformationalResponse)):
            head = event
            if isinstance(event, h11.InformationalResponse):
                break
        elif isinstance(event, h11.Data):
            payload += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage):
            break
        else:
            raise AssertionError('h11 wants more: %r' % event)
    return head, payload, len(connection.trailing_data[0])


def ours(words, given):
    pairs = [octets(w) for w in words[9:]]
    fields = [(n.lower(), v) for n, v in zip(pairs[::2], pairs[1::2])]
    # h11 gives the coding in lower case.
    fields = [(n, v.lower() if n == b'transfer-encoding' else v)
              for n, v in fields]
    version = b'%d.%d' % divmod(int(words[6]), 10)
    return version, fields, octets(words[4]), len(given) - int(words[1])


def theirs(head, payload, left):
    fields = [(bytes(n), bytes(v)) for n, v in head.headers]
    return bytes(head.http_version), fields, payload, left


def feed(role, kind, given):
    import h11
    c = h11.Connection(role)
    if role is h11.CLIENT:
        c.send(h11.Request(method='HEAD' if kind == 'head' else 'GET',
                           target='/', headers=[('Host', 'a')]))
        c.send(h11.EndOfMessage())
    c.receive_data(given)
    if role is h11.CLIENT:
        c.receive_data(b'')
    return of_h11(c)


def same_as_h11(kind, make):
    import h11
    role = h11.SERVER if kind == 'request' else h11.CLIENT
    r = random.Random('%s %d' % (kind, SEED))
    given = [make(r) for _ in range(HEADS * 8)]
    accepted = 0
    for words, octets_in in zip(read(kind, given), given):
        if words[0] != 'whole' or accepted == HEADS:
            continue
        accepted += 1
        # h11 does not know of the empty line in front.
        if kind == 'request' and octets_in.startswith(b'\r\n'):
            octets_in = octets_in[2:]
            words[1] = str(int(words[1]) - 2)
        try:
            head, payload, left = feed(role, kind, octets_in)
        except h11.RemoteProtocolError as why:
            raise AssertionError('seed %d: %r: h11 refuses it: %s'
                                 % (SEED, octets_in, why))
        equal(theirs(head, payload, left), ours(words, octets_in),
              'seed %d: %r' % (SEED, octets_in))
        if kind == 'request':
            equal((bytes(head.method), bytes(head.target)),
                  (octets(words[7]), octets(words[8])), octets_in)
        else:
            equal((head.status_code, bytes(head.reason)),
                  (int(words[7]), octets(words[8])), octets_in)
        rewritten(kind, role, words, head)
    check(accepted > HEADS // 4, 'only', accepted, 'accepted')


def rewritten(kind, role, words, head):
    """What we send on h11 reads as the same message, with our framing."""
    sent = octets(words[5])
    body = octets(words[4])
    if words[2] == 'chunked':
        body = (b'%x\r\n%s\r\n' % (len(body), body) if body else b'') + \
            b'0\r\n\r\n'
    if kind == 'request' and b'\r\nhost: ' not in sent:
        sent = sent.replace(b'\r\n', b'\r\nhost: a\r\n', 1)
    again, payload, left = feed(role, kind, sent + body)
    equal((payload, left), (octets(words[4]), 0), sent)
    if kind == 'request':
        equal(bytes(again.method), bytes(head.method))
    else:
        equal(again.status_code, head.status_code)
    names = [bytes(n) for n, _ in again.headers]
    for hop in (b'connection', b'upgrade', b'expect', b'content_length'):
        check(hop not in names, sent)
    for one in (b'host', b'content-length', b'transfer-encoding'):
        check(names.count(one) < 2, sent)


@test('request', 'response', 'head')
def beside_h11(kind):
    """what we accept, h11 reads as the same, with the same end"""
    try:
        import h11  # noqa: F401
    except ImportError:
        raise Skip('python3-h11 is not installed')
    same_as_h11(kind, a_request if kind == 'request' else a_response)


# --- paths -------------------------------------------------------------------

PIECES = [b'/', b'/', b'/', b'//', b'.', b'..', b'/..', b'/../', b'/./', b'a',
          b'b', b'A', b'admin', b'%2e', b'%2E', b'%2e%2e', b'.%2e', b'%2f',
          b'%2F', b'%5c', b'%5C', b'%3f', b'%23', b'%3b', b';', b';x', b'..;',
          b';a=b/', b'%25', b'%252e', b'%252f', b'%252F', b'%255c', b'%253b',
          b'%253f', b'%25252f', b'%61', b'%41', b'%7e', b'%2d', b'%20', b'%c0',
          b'%ae', b'%25%32%66', b'~', b'@', b':', b'+', b'%2', b'=']
BAD = [b'%', b'%0', b'%zz', b'%00', b'%2500', b'%252500', b'\\', b' ', b'?',
       b'#', b'|', b'\xc3\xa9', b'\x00', b'[', b'"']
# Odd and legitimate (GitLab, Nextcloud, Matrix, servlets).
SERVED = [b'/api/v4/projects/group%2Fproject', b'/_matrix/%23room%3Aa.test',
          b'/proxy/https%3A%2F%2Fa.test%2Fb', b'/a%252Fb',
          b'/shop;jsessionid=0A1B', b'/remote.php/dav/files/a%40b/c%20d']


def a_path(r):
    made = b'/' if r.random() < 0.95 else b''
    for _ in range(r.randrange(1, 9)):
        made += r.choice(PIECES if r.random() < 0.985 else BAD)
    return made


def modelled(model, path):
    try:
        return sorted(model(path))
    except readings.Refused as why:
        return str(why)


def of_ours(words, path):
    if words[0] == 'refused':
        return words[1]
    found = [octets(w) for w in words]
    equal(found[0], path, 'the first is the path itself')
    equal(len(found), len(set(found)), 'distinct: %r' % path)
    return sorted(found)


def compare_paths(model, paths):
    most = (0, b'')
    for words, path in zip(read('path', paths), paths):
        got = of_ours(words, path)
        equal(got, modelled(model, path), 'seed %d: %r' % (SEED, path))
        if isinstance(got, list):
            most = max(most, (len(got), path))
    return most


@test()
def paths_by_product():
    """readings are those of all 768 combinations"""
    r = random.Random('product %d' % SEED)
    n, path = compare_paths(readings.by_product,
                            SERVED + [a_path(r) for _ in range(PATHS // 60)])
    print('# at most %d: %r' % (n, path))


@test()
def paths_by_stages():
    """readings are those of the model, over many paths"""
    equal(len(readings.COMBINATIONS), 768)
    r = random.Random('stages %d' % SEED)
    paths = [a_path(r) for _ in range(PATHS)]
    n, path = compare_paths(readings.by_stages, paths)
    print('# at most %d: %r' % (n, path))
    check(n > 60, 'the paths are too tame')


# A search for the most found these; path.h says why 480 is above any.
MOST = [b'/%41%255c/%2e/%2e%5c%2541A//%255c/%2e%2f%257e/./..;%2fa/%2e%2e/%252ea'
        b'%2f//%252f%252e%3b%41A////%3f',
        b'/%41A%5c%252f%2f/./%2e%2f%255c%2541//%2f/%2e%2e/%257e;//%3b%257e;%252f'
        b'%2f%2f%41%3f%3b//%255c%3f']


@test()
def most_readings():
    """the paths with the most readings stay within the bound"""
    n, path = compare_paths(readings.by_product, MOST)
    equal(n, 416, path)
    # No step makes of the first four bases what only decoding brings.
    for base in readings.BASES[:4]:
        check(all(o not in base(path) for o in b'\\?#' for path in MOST))


@test('nginx', 'node', 'python')
def paths_of_servers(name):
    """what a server makes of a path is among its readings"""
    if not {'nginx': readers.NGINX, 'node': readers.NODE}.get(name, True):
        raise Skip('%s is not installed' % name)
    r = random.Random('%s %d' % (name, SEED))
    paths = SERVED + [a_path(r) for _ in range(PATHS // 20)]
    rows = [(path, set(map(octets, words)))
            for words, path in zip(read('path', paths), paths)
            if words[0] != 'refused']
    answers = getattr(readers, name)([path for path, _ in rows])
    for number, given in enumerate(answers):
        served = 0
        for (path, found), one in zip(rows, given):
            # Normalizing a file's name drops a last slash: `under` has both.
            check(one is None or one in found or one + b'/' in found,
                  'seed', SEED, name, number, path, one)
            served += one is not None
        check(served > len(rows) // 2, name, number, 'serves only', served)


@test()
def odd_paths():
    """odd and legitimate paths have few readings"""
    for words, path in zip(read('path', SERVED), SERVED):
        check(words[0] != 'refused' and len(words) <= 8, path, words)


run()
