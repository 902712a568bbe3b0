#!/usr/bin/python3
"""HTTP/1.1: what an operator sees of requests: log, metrics, connections."""
from http1 import *
from tap import *

SITE = '''
  path under "/" { to web; }
  path under "/api" { to web; request set "x-edge" request-id;
                      response set "x-served-by" "edge"; }
  path is "/healthz" { answer 200 "fine"; }
'''


def fields(line):
    return dict(re.findall(r'(\S+?)=("(?:[^"\\]|\\.)*"|\S+)', line))


@test()
def log():
    """a line for each request, beside the connection's"""
    with Stage() as s:
        web = s.origin(serve(text=b'hello\n'))
        g = s.gateway(site_policy(SITE, web=web.port))
        with Client(g.port) as c:
            c.ask('POST /api/x?secret=1 HTTP/1.1', 'Content-Length: 5',
                  body=b'12345')
            c.ask('GET /healthz HTTP/1.1')
            c.ask('BREW /"pot" HTTP/1.1')
            c.ask('GET / HTTP/1.1', 'Connection: close')
        a, b, bad = (fields(l) for l in g.wait_log('request=', 3)[:3])
        equal((a['method'], a['host'], a['path'], a['status'], a['site'],
               a['backend'], a['in'], a['out'], a['end']),
              ('POST', NAME, '/api/x', '200', 'shop', 'web', '5', '6',
               'served'))
        check(a['request'] == web.requests[0].get('x-request-id'), a)
        check(a['request'] == web.requests[0].get('x-edge'), a)
        check(a['server'].endswith(':%d' % web.port), a)
        check(re.search(r'policy\.tls[.a-z]*:\d+', a['at']), a)
        for name in ('connect_ms', 'first_ms', 'ms'):
            check(float(a[name]) > 0, name, a)
        equal((b['method'], b['path'], b['status'], b['end'], b['out']),
              ('GET', '/healthz', '200', 'answered', '4'))
        check('backend' not in b, b)
        check(len({a['request'], b['request'], bad['request']}) == 3)
        equal(a['conn'], b['conn'])
        equal((bad['status'], bad['end'], bad['detail']),
              ('400', 'refused', 'target-octet'))
        g.wait_log(r'conn=%s .*close=request' % a['conn'])


@test()
def site():
    """the connection's line and a shadow table tell the site by its name"""
    with Stage() as s:
        web = s.origin(serve())
        text = site_policy(SITE, web=web.port)
        g = s.gateway(text)
        code, out = s.compile(g.expand(text).replace('site shop', 'site two'),
                              'two.bin', 'two.tls')
        equal(code, 0, out)
        code, out = g.tlsctl('load', '--shadow', s.path('two.bin'))
        equal(code, 0, out)

        def compared():
            with Client(g.port) as c:
                equal(c.ask().status, 200)
            return 'offload to site two' in g.tlsctl('shadow')[1]
        poll(compared, 'a connection that is decided by both')
        check('offload to site shop' in g.tlsctl('shadow')[1])
        g.wait_log(r'conn=\S+ .*sni=.*mode=offload site=shop ')


@test()
def metrics():
    """requests by site, path and class"""
    with Stage() as s:
        web = s.origin(serve(text=b'hello\n'))
        port = free_port()
        g = s.gateway(site_policy(SITE, web=web.port), None, '--metrics',
                      '%s:%d' % (ADDR, port))
        with Client(g.port) as c:
            for _ in range(3):
                c.ask('GET /api HTTP/1.1')
            c.ask('GET /healthz HTTP/1.1')
            c.ask(host='other.example.com')

        def text():
            with connect(port) as m:
                m.sendall(b'GET /metrics HTTP/1.1\r\nHost: x\r\n'
                          b'Connection: close\r\n\r\n')
                return read_all(m).decode()
        for line in ('{site="shop",path="/api",class="2xx"} 3',
                     '{site="shop",path="=/healthz",class="2xx"} 1',
                     '{site="shop",path="",class="4xx"} 1'):
            poll(lambda: '\ntlsd_requests_total' + line + '\n' in text(),
                 line)
        check('direction="down"} 18\n' in text(), text())


@test()
def connections():
    """tlsctl sees a connection at rest, and one that is served"""
    with Stage() as s:
        web = s.origin(serve())
        g = s.gateway(site_policy(SITE, web=web.port))
        with Client(g.port) as c:
            equal(c.ask().status, 200)
            code, out = g.tlsctl('--json', 'connections')
            equal(code, 0, out)
            check('"http"' in out, out)


run()
