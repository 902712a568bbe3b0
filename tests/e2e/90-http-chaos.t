#!/usr/bin/python3
"""HTTP/1.1 with clients and servers that do anything at any moment: nobody gets
an answer that is another's, none that was cut looks whole, and the gateway
lives."""
import random

from http1 import *
from tap import *

SEED = int(os.environ.get('CHAOS_SEED', os.getpid()))
CLIENTS, CONNECTIONS = 6, int(os.environ.get('CHAOS_CONNECTIONS', '20'))
TO_WEB = '''
  path under "/" { to web; }
  path under "/api" { to api; }
  path is "/ours" { answer 200 "ours"; }
'''


def body_of(tag, n):
    return (b'%s.' % tag) * (n // (len(tag) + 1) + 1)


def pieces(rng, data):
    """data in a few pieces."""
    while data:
        n = len(data) if rng.random() < .5 else rng.randrange(1, len(data) + 1)
        yield data[:n]
        data = data[n:]


def speak(rng, conn, data):
    for part in pieces(rng, data):
        conn.sendall(part)
        if rng.random() < .1:
            time.sleep(rng.random() / 50)


def chunks(rng, body):
    return b''.join(b'%x\r\n%s\r\n' % (len(p), p)
                    for p in pieces(rng, body)) + b'0\r\n\r\n'


def server_of(seed):
    """Answers with what the request asked to hear, or misbehaves."""
    count = [0]

    def handler(conn, origin, record):
        count[0] += 1
        rng = random.Random('%s server %d' % (seed, count[0]))
        reader = Reader(conn)
        while True:
            early = rng.random() < .05
            if early:
                head = reader.until(b'\r\n\r\n')
                m = head and Message(head)
            else:
                m = reader.message()
            if m is None or not m.whole:
                return
            tag = m.get('x-tag').encode()
            if not early and m.body and not m.body.startswith(tag + b'.'):
                origin.errors.append('another body: %r' % m)
            body = body_of(tag, rng.choice((0, 10, 1000, 100000)))
            how = rng.random()
            if m.line.startswith('HEAD'):
                data = reply(b'', 'X-Tag: ' + m.get('x-tag'))
                speak(rng, conn, data)
            elif how < .3:
                speak(rng, conn, reply(body, 'X-Tag: ' + m.get('x-tag')))
            elif how < .6:
                speak(rng, conn, b'HTTP/1.1 100 Continue\r\n\r\n' + reply(
                    chunks(rng, body), 'X-Tag: ' + m.get('x-tag'),
                    'Transfer-Encoding: chunked', length=False))
            elif how < .7:
                speak(rng, conn, reply(body, 'X-Tag: ' + m.get('x-tag'),
                                       'Connection: close'))
                return
            elif how < .8:
                speak(rng, conn, reply(body, 'X-Tag: ' + m.get('x-tag'),
                                       length=False))
                return
            elif how < .85:
                data = reply(body, 'X-Tag: ' + m.get('x-tag'))
                conn.sendall(data[:rng.randrange(len(data))])
                return
            elif how < .9:
                reset(conn)
                return
            elif how < .95:
                speak(rng, conn, b'HTTP/1.1 nonsense\r\n\r\n')
                return
            else:
                speak(rng, conn, reply(body, 'X-Tag: ' + m.get('x-tag'))
                      + b'poison' * rng.randrange(3))
            if early and (m.get('content-length') or
                          m.get('transfer-encoding')):
                # The rest may come, or not.
                if rng.random() < .5 and m.get('content-length'):
                    reader.exactly(int(m.get('content-length')))
                elif rng.random() < .5 and m.get('transfer-encoding'):
                    reader.chunks()
                return
    return handler


def request(rng, tag):
    """The octets of a request, and what of it matters."""
    path = rng.choice(('/', '/', '/api/x', '/ours', '/a%2e%2e/b'))
    method = rng.choice(('GET', 'GET', 'HEAD', 'POST', 'PUT'))
    head = '%s %s HTTP/1.1\r\nHost: %s\r\nX-Tag: %s\r\n' % (
        method, path, NAME, tag.decode())
    body = b''
    if method in ('POST', 'PUT'):
        body = body_of(tag, rng.choice((10, 1000, 70000)))
        if rng.random() < .5:
            head += 'Transfer-Encoding: chunked\r\n'
            body = chunks(rng, body)
        else:
            head += 'Content-Length: %d\r\n' % len(body)
        if rng.random() < .2:
            head += 'Expect: 100-continue\r\n'
    return head.encode() + b'\r\n' + body, path, method


def converse(rng, c, seen):
    for k in range(rng.randrange(1, 8)):
        many = [request(rng, b't%d' % rng.getrandbits(60))
                for _ in range(rng.choice((1, 1, 1, 3)))]
        data = b''.join(m[0] for m in many)
        if rng.random() < .1:
            c.send(data[:rng.randrange(len(data))])
            if rng.random() < .5:
                reset(c.sock)
            return
        quietly(speak, rng, c.sock, data)
        if rng.random() < .05:
            reset(c.sock)
            return
        for octets, path, method in many:
            m = c.answer(method == 'HEAD')
            if m is None:
                return
            tag = re.search(rb'X-Tag: (\S+)', octets).group(1)
            seen[m.status] = seen.get(m.status, 0) + 1
            if path == '/ours':
                check(m.status != 200 or m.body in (b'ours', b''), m)
            elif m.status == 200:
                equal(m.get('x-tag'), tag.decode(), 'another answer')
                if m.whole and m.body:
                    check(m.body.replace(tag + b'.', b'') == b'', m)
            if not m.whole or m.get('connection') == 'close':
                return


def quietly(f, *args):
    with contextlib.suppress(OSError, ssl.SSLError):
        f(*args)


@test('offload', 'bridge')
def chaos(mode):
    """whatever they do"""
    with Stage() as s:
        tls = 'backend' if mode == 'bridge' else None
        origins = [s.origin(server_of('%s %d' % (SEED, k)), tls=tls)
                   for k in range(3)]
        more = ' tls { verify ca "%s" name "api.internal"; }' % cert('ca') \
            if mode == 'bridge' else ''
        g = s.gateway(site_policy(
            TO_WEB, mode=mode, web=' '.join(server(o.port) for o in
                                            origins[:2]) + more,
            api=server(origins[2].port, ' max 2') + ' queue 10;' + more))
        wrong, seen = [], {}

        def client(k):
            for n in range(CONNECTIONS):
                rng = random.Random('%s %d %d' % (SEED, k, n))
                try:
                    with Client(g.port) as c:
                        converse(rng, c, seen)
                except TimeoutError as e:
                    wrong.append('%d %d: hangs' % (k, n))
                except (OSError, ssl.SSLError, ValueError):
                    pass
                except AssertionError as e:
                    wrong.append('%d %d: %s' % (k, n, e))
        threads = [threading.Thread(target=client, args=(k,))
                   for k in range(CLIENTS)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        equal(wrong, [], 'seed %d' % SEED)
        errors = [e for o in origins for e in o.errors
                  if isinstance(e, str)]
        equal(errors, [])
        check(seen.get(200, 0) > CONNECTIONS, seen)
        print('# seed %d: %s' % (SEED, seen))


run()
