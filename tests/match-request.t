#!/usr/bin/python3
"""tlsc match --request: the answer to a request with its line, what is
ambiguous, what is another connection's, and what is no request at all."""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), 'e2e'))
from tap import *

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')
TLSC = os.path.join(TOP, os.environ.get('BUILD', 'build'), 'tlsc')
POLICY = os.path.join(TOP, 'tests', 'lang', 'site.tls')


def ask(line, *fields, host='shop.example.com', more=(), table=POLICY,
        raw=None, sni=('--sni', 'shop.example.com')):
    """Exit status, output and complaints for one request."""
    text = raw if raw is not None else '\r\n'.join(
        [line + ' HTTP/1.1', 'Host: ' + host, *fields, '', ''])
    with tempfile.NamedTemporaryFile() as f:
        f.write(text.encode())
        f.flush()
        p = subprocess.run(
            [TLSC, 'match', '--no-credentials', *sni, '--request', f.name,
             *more, table], capture_output=True, text=True, timeout=60)
    return p.returncode, p.stdout, p.stderr


def says(line, wanted, *fields, **how):
    status, out, err = ask(line, *fields, **how)
    equal((status, out.split(' (')[0]), (0, wanted), line + err)
    return out


@test()
def answers():
    """each kind of answer, with its path and line"""
    out = says('GET /', 'redirect /shop 302')
    check('path is "/", site.tls:' in out, out)
    out = says('GET /admin/x', 'answer 403')
    check('path under "/admin", site.tls:' in out, out)
    says('GET /admin/x', 'to admin', more=['--source', '10.20.1.1'])
    says('GET /elsewhere', 'to shop')
    says('GET /api/v1', 'to api 95, api-next 5')
    says('POST /api/v1', 'to api-next', 'X-Beta: 1')
    says('POST /api/v1?old', 'to api 95, api-next 5', 'X-Beta: 1')
    says('GET /api/v1', 'redirect https://beta.example.com/ 307', 'X-Beta: 1')
    says('GET /api?debug', 'answer 404')


@test()
def not_served():
    """ambiguous, misdirected and refused requests"""
    for line, word in (('GET /x/../admin', '400 ambiguous'),
                       ('GET /%61pi', '400 ambiguous'),
                       ('GET /API', '400 ambiguous'),
                       ('GET /api?debug;a', '400 ambiguous'),
                       ('GET /a%00', '400 refused'),
                       ('TRACE /', '405 refused')):
        status, out, err = ask(line)
        equal((status, out[:len(word)]), (1, word), line + err)
    status, out, err = ask('GET /', host='other.example.com')
    equal((status, out[:15]), (1, '421 misdirected'), err)
    check('site.tls:' in out and 'reject' in out, out)
    status, out, err = ask('', raw='GET / HTTP/1.1\nHost: x\n\n')
    equal((status, out[:11]), (1, '400 refused'), err)
    status, out, err = ask('', raw='GET / HTTP/1.1\r\nHost: x\r\n')
    check(status not in (0, 1) and 'not whole' in err, status, err)


@test()
def clear():
    """a frontend without TLS is asked about requests only"""
    plain = ('--listener', 'plain')
    says('GET /healthz', 'answer 200', sni=plain)
    says('GET /x', 'redirect https 308', sni=plain, host='anything.test')
    p = subprocess.run([TLSC, 'match', '--no-credentials', *plain, POLICY],
                       capture_output=True, text=True, timeout=60)
    check(p.returncode and '--request' in p.stderr, p.stderr)


@test()
def expectations():
    """--expect is held against the answer"""
    for line, expect, status in (
            ('GET /admin', 'answer 403', 0), ('GET /admin', '403', 0),
            ('GET /admin', 'answer 404', 1), ('GET /admin', 'redirect 403', 1),
            ('GET /x', 'to shop', 0), ('GET /x', 'to api', 1),
            ('GET /', 'redirect 302', 0), ('GET /%2e%2e/admin', '400', 0)):
        got = ask(line, more=['--expect', expect])
        equal(got[0], status, (line, expect, got))
    check(ask('GET /', more=['--expect', 'offload'])[0] not in (0, 1))


@test()
def machines():
    """JSON, and a table instead of the policy"""
    with tempfile.TemporaryDirectory() as room:
        table = os.path.join(room, 't')
        subprocess.run([TLSC, '--no-credentials', '-Wno-all', POLICY, '-o',
                        table], check=True, timeout=60)
        for where in (POLICY, table):
            status, out, err = ask('GET /api', table=where,
                                   more=['--format', 'json'])
            got = json.loads(out)
            equal((got['request'], got['path_under'], got['site']),
                  ('to', '/api', 'shop'), err)
            equal([b['weight'] for b in got['backends']], [95, 5])
            check(got['line'] > 0, got)
    got = json.loads(ask('GET /API', more=['--format', 'json'])[1])
    equal((got['request'], got['status'], got['reading']),
          ('ambiguous', 400, '/api'))


@test()
def no_site():
    """a connection that meets no site has no requests to ask about"""
    status, out, err = ask('GET /', sni=())
    check(status not in (0, 1) and 'no site' in err, status, err)


run()
