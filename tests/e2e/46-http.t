#!/usr/bin/python3
"""HTTP/1.1 on a decrypted route with a site: requests go by path, one by one."""
import hashlib

from http1 import *
from tap import *

SHOP = '''
  path under "/" { to web; }
  path under "/api" { to api; }
  path is "/healthz" { answer 200 "fine"; }
  path under "/old" { redirect "https://shop.example.com/new" 301; }
'''


@test(*VERSIONS)
def by_path(version):
    """one connection, three requests, two servers"""
    with Stage() as s:
        web = s.origin(serve(text=b'web\n'))
        api = s.origin(serve(text=b'api\n'))
        g = s.gateway(site_policy(SHOP, web=web.port, api=api.port))
        with Client(g.port, context=client_context(version)) as c:
            for path, wanted in (('/', b'web\n'), ('/api/x', b'api\n'),
                                 ('/apix', b'web\n'), ('/api', b'api\n')):
                m = c.ask('GET %s HTTP/1.1' % path)
                equal((m.status, m.body), (200, wanted), path)
        lines = g.wait_log(r'\brequest=', 4)
        check('path=/api/x status=200' in lines[1], lines)
        check('backend=api' in lines[1], lines)
        check('end=served' in lines[1], lines)
        g.wait_close('client-truncated')


@test()
def ours():
    """the gateway answers and redirects itself, and the connection goes on"""
    with Stage() as s:
        web = s.origin(serve())
        g = s.gateway(site_policy(SHOP, web=web.port, api=web.port))
        with Client(g.port) as c:
            m = c.ask('GET /healthz HTTP/1.1')
            equal((m.status, m.body), (200, b'fine'))
            m = c.ask('GET /old/x HTTP/1.1')
            equal((m.status, m.get('location')),
                  (301, 'https://shop.example.com/new'))
            m = c.ask('HEAD /healthz HTTP/1.1')
            equal((m.status, m.get('content-length')), (200, '4'))
            equal(c.ask('GET / HTTP/1.1').body, b'hello\n')
        equal(len(web.received), 1)


@test()
def one_server_connection():
    """what a client asks of one server goes over one connection to it"""
    with Stage() as s:
        web = s.origin(serve())
        g = s.gateway(site_policy(SHOP, web=web.port, api=web.port))
        with Client(g.port) as c:
            for _ in range(20):
                equal(c.ask().body, b'hello\n')
        equal(len(web.received), 1)
        equal(len(g.wait_log(r'\brequest=.*reused=yes', 19)), 19)


@test()
def rewritten():
    """a head is written anew: hops, lookalikes and what we say are replaced"""
    with Stage() as s:
        web = s.origin(serve(reply(
            b'ok', 'Keep-Alive: timeout=5', 'Connection: keep-alive, x-hop',
            'X-Hop: 1', 'Server: web', 'Proxy-Connection: x')))
        g = s.gateway(site_policy(SHOP, web=web.port, api=web.port))
        with Client(g.port) as c:
            m = c.ask('GET / HTTP/1.1', 'X-Forwarded-For: 10.9.9.9',
                      'X_Forwarded_For: 10.8.8.8', 'Forwarded: for=1.1.1.1',
                      'X-Request-Id: mine', 'Connection: x-mine, keep-alive',
                      'X-Mine: 1', 'Keep-Alive: 5', 'TE: trailers',
                      'Content_Length: 9', 'Accept: */*')
        r = web.requests[0]
        check(r.get('x-forwarded-for').startswith('127.'), r)
        equal(r.all('x_forwarded_for'), [])
        equal(r.get('x-forwarded-proto'), 'https')
        equal(r.get('x-forwarded-host'), NAME)
        check(re.fullmatch('for=127[0-9.]+;host="%s";proto=https' % NAME,
                           r.get('forwarded')), r)
        check(re.fullmatch('[0-9a-f]{32}', r.get('x-request-id')), r)
        for gone in ('x-mine', 'keep-alive', 'te', 'content_length',
                     'connection'):
            equal(r.all(gone), [], gone)
        equal(r.get('accept'), '*/*')
        for gone in ('x-hop', 'keep-alive', 'proxy-connection', 'connection'):
            equal(m.all(gone), [], gone)
        equal((m.get('server'), m.body), ('web', b'ok'))
        g.wait_log('request=' + r.get('x-request-id'))


@test()
def decided_by():
    """a field that decided goes on, and none that only looks like it"""
    with Stage() as s:
        web, beta = (s.origin(serve(b)) for b in (reply(b'web'),
                                                  reply(b'beta')))
        g = s.gateway(site_policy(
            'path under "/" { when header "x-beta" is "1" to beta; '
            'otherwise to web; }', web=web.port, beta=beta.port))
        with Client(g.port) as c:
            equal(c.ask('GET / HTTP/1.1', 'X-Beta: 1', 'X_Beta: 2').body,
                  b'beta')
            equal(c.ask('GET / HTTP/1.1', 'X_Beta: 1').body, b'web')
        equal(beta.requests[0].all('x-beta'), ['1'])
        equal(beta.requests[0].all('x_beta'), [])
        equal(web.requests[0].all('x_beta'), [])


@test()
def misdirected():
    """Host decides once more: another route's name is 421, its own is served"""
    with Stage() as s:
        web = s.origin(serve())
        g = s.gateway(site_policy(SHOP, web=web.port, api=web.port))
        with Client(g.port) as c:
            equal(c.ask(host='other.example.com').status, 421)
            equal(c.ask(host='SHOP.example.com:443').status, 200)
            equal(c.ask(host='shop.example.com.').status, 200)
            equal(c.ask(host='10.0.0.1').status, 421)
        g.wait_log('status=421.*end=misdirected')


@test(*VERSIONS)
def variables(version):
    """fields say who the client is by its certificate; no client says it"""
    site = 'path under "/" { to web; }\n' + ''.join(
        'request set "x-%s" %s;\n' % (v, v) for v in (
            'client-address', 'host', 'request-id', 'tls-version',
            'client-subject', 'client-fingerprint')) \
        + 'response set "x-host" host;'
    with open(cert('client')) as f:
        der = ssl.PEM_cert_to_DER_cert(f.read())
    with Stage() as s:
        web = s.origin(serve())
        g = s.gateway(site_policy(
            site, route='client-auth ca "%s" request;' % cert('ca'),
            web=web.port))
        for client in ('client', None, 'client'):
            with Client(g.port, context=client_context(
                    version, client=client)) as c:
                m = c.ask('GET / HTTP/1.1', 'X-Client-Subject: CN=admin',
                          'X_Client_Fingerprint: 00')
            equal(m.get('x-host'), NAME)
            r = web.requests[-1]
            equal((r.get('x-host'), r.get('x-tls-version'),
                   r.get('x-request-id')),
                  (NAME, version, r.get('x-request-id')))
            equal(r.all('x_client_fingerprint'), [])
            if client:
                check('CN=' in r.get('x-client-subject') and
                      'CN=admin' not in r.get('x-client-subject'), r)
                equal(r.get('x-client-fingerprint'),
                      hashlib.sha256(der).hexdigest())
            else:
                equal(r.all('x-client-subject')
                      + r.all('x-client-fingerprint'), [])


@test('v1', 'v2')
def proxy_header(form):
    """a server that wants a PROXY header gets one, in front of all requests"""
    def handler(conn, origin, record):
        if form == 'v1':
            line = b''
            while not line.endswith(b'\r\n'):
                line += conn.recv(1)
            record += line
        else:
            head = conn.recv(16, socket.MSG_WAITALL)
            record += head + conn.recv(int.from_bytes(head[14:], 'big'),
                                       socket.MSG_WAITALL)
        serve()(conn, origin, bytearray())
    with Stage() as s:
        web = s.origin(handler)
        g = s.gateway(site_policy(
            'path under "/" { to web; }',
            route='client-auth ca "%s" request;' % cert('ca'),
            web=server(web.port) + ' proxy-protocol %s;' % form))
        with Client(g.port, context=client_context(client='client')) as c:
            for _ in range(3):
                equal(c.ask().body, b'hello\n')
        equal(len(web.received), 1)
        said = bytes(web.received[0])
        if form == 'v1':
            check(said.startswith(b'PROXY TCP4 127.'), said)
        else:
            check(NAME.encode() in said and b'TLSv1.3' in said, said)
            check(re.search(rb'\x22\x00.client', said), said)


run()
