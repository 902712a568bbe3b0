#!/usr/bin/python3
"""A listener without TLS: it redirects and answers, and never forwards."""
from http1 import *
from tap import *

CLEAR = '''
frontend plain {
  listen %s%s clear;
  %s
  path under "/" { redirect https; }
  path is "/healthz" { answer 200 "fine"; }
  path under "/moved" { redirect "https://www.example.com/" 301; }
  response set "x-edge" "clear";
}
'''


class Plain(Reader):
    def __init__(self, port):
        super().__init__(connect(port))

    def ask(self, target, *fields, line='GET %s HTTP/1.1', host=NAME,
            front=b''):
        head = [line % target] + (['Host: ' + host] if host else [])
        self.sock.sendall(front + '\r\n'.join(head + list(fields)).encode()
                          + b'\r\n\r\n')
        return self.message()


def start(s, more=''):
    port = free_port()
    web = s.origin(serve())
    text = site_policy('path under "/" { to web; }', web=web.port)
    g = s.gateway(text + CLEAR % (ADDR, ':%d' % port, more))
    return port, web, g


@test()
def answers():
    """redirects to https, answers, over one connection; nothing is forwarded"""
    with Stage() as s:
        port, web, g = start(s)
        c = Plain(port)
        for target, status, where in (
                ('/', 308, 'https://shop.example.com/'),
                ('/a%2Fb?x=1&y', 308, 'https://shop.example.com/a%2Fb?x=1&y'),
                ('//evil.example/', 308,
                 'https://shop.example.com//evil.example/'),
                ('/healthz', 200, None),
                ('/moved/x', 301, 'https://www.example.com/')):
            m = c.ask(target)
            equal((m.status, m.get('location'), m.get('x-edge')),
                  (status, where, 'clear'), target)
        m = c.ask('/', host='shop.example.com:80')
        equal(m.get('location'), 'https://shop.example.com/')
        c.sock.close()
        equal(len(web.received), 0)
        lines = g.wait_log(r'\brequest=.*frontend=plain', 6)
        check('status=308' in lines[0] and 'end=redirected' in lines[0], lines)
        g.wait_log(r'conn=\S+ .*frontend=plain .*close=')


@test()
def nonsense():
    """what cannot be redirected safely, and what is no HTTP, is refused"""
    with Stage() as s:
        port, web, g = start(s)
        for target, line, host, status in (
                ('*', 'OPTIONS %s HTTP/1.1', NAME, 400),
                ('/', 'GET %s HTTP/1.0', None, 400),
                ('/', 'GET %s HTTP/1.1', 'a@b', 400),
                ('/', 'GET %s HTTP/1.1', None, 400)):
            c = Plain(port)
            m = c.ask(target, line=line, host=host)
            equal(m.status, status, (target, line, host))
            c.sock.close()
        c = Plain(port)
        c.sock.sendall(hello())
        m = c.message()
        equal(m.status, 400)
        check(not c.more(), 'end')
        c.sock.close()
        c = Plain(port)
        c.sock.close()
        # TLS on the other listener is as it was.
        with Client(g.port) as t:
            equal(t.ask().body, b'hello\n')


@test()
def balancer():
    """behind a PROXY header the requests are the named client's"""
    with Stage() as s:
        port, web, g = start(s, 'accept-proxy from 127.0.0.0/8;')
        c = Plain(port)
        m = c.ask('/healthz', front=b'PROXY TCP4 192.0.2.9 192.0.2.1 7 80\r\n')
        equal(m.status, 200)
        equal(c.ask('/').status, 308)
        c.sock.close()
        equal(len(g.wait_log(r'request=.*source=192\.0\.2\.9:7', 2)), 2)


run()
