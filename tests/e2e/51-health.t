#!/usr/bin/python3
"""Active checks take servers down and bring them back."""
from edge import *
from tap import *

FAST = 'interval 100ms timeout 2s fall 2 rise 2;'
ROUTE = route('a.example.com', 'passthrough to web')


def checked(check, port, more=''):
    return '%s health %s %s %s' % (server(port), check, FAST, more)


def goes_down(g, reason):
    g.wait_log(r'event=server-down server=web/\S+ reason=.*' + reason)


def answers(status):
    def talk(conn, origin, record):
        record += conn.recv(65536)
        conn.sendall(b'HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n'
                     % status[0])
    return talk


@test()
def tcp():
    """tcp: a server that is not there is down, and up when it comes"""
    with Stage() as s:
        port = free_port()
        g = s.gateway(policy(ROUTE, web=checked('tcp', port)))
        goes_down(g, 'refused')
        s.origin(Origin.echo, port=port)
        g.wait_log('event=server-up server=web/')


@test('plain', 'tls')
def http(form):
    """http: the status decides"""
    with Stage() as s:
        status = [200]
        o = s.origin(answers(status),
                     tls='backend' if form == 'tls' else None)
        tls = 'tls { verify ca "%s" name "api.internal"; }' % \
            cert('ca') if form == 'tls' else ''
        use = 'bridge' if form == 'tls' else 'offload'
        head = certificate('shop')
        g = s.gateway(policy(
            route('shop.example.com', use + ' to web', 'certificate shop;'),
            head=head, web=checked('http "/health"', o.port, tls)))
        poll(lambda: len(o.received) >= 3, 'checks')
        # As clients ask: by the name of the tls block, or of the route.
        check(b'GET /health HTTP/1.1\r\nHost: ' + (
            b'api.internal' if form == 'tls' else b'shop.example.com')
            + b'\r\n' in bytes(o.received[1]), o.received[1])
        check('server-down' not in g.log(), g.log())
        status[0] = 503
        goes_down(g, '503')
        status[0] = 204
        g.wait_log('event=server-up')


@test()
def tls():
    """tls: a certificate that does not verify is down; SNI is sent"""
    with Stage() as s:
        o = s.origin(Origin.sink, tls='backend')
        body = 'tls { verify ca "%s" name "%s"; }'
        names = ('api.internal', 'other.example.com')
        g = s.gateway(policy(
            route('shop.example.com', 'bridge to good',
                  'certificate shop;'),
            route('api.example.com', 'bridge to web', 'certificate shop;'),
            head=certificate('shop') + 'allow TC0401 reason "test";\n',
            good=checked('tls', o.port, body % (cert('ca'), names[0])),
            web=checked('tls', o.port, body % (cert('ca'), names[1]))))
        goes_down(g, '')
        poll(lambda: set(names) <= {t[0] for t in o.tls_seen}, 'both names')
        check('server-down server=good' not in g.log(), g.log())


@test()
def swap():
    """a new table keeps what is known; one without checks forgets it"""
    with Stage() as s:
        port = free_port()
        text = policy(ROUTE, web=checked('tcp', port))
        g = s.gateway(text)
        goes_down(g, '')
        g.replace(text + '# again\n')
        g.replace(text.replace('fall 2', 'fall 3'))
        equal(len(re.findall('event=server-down', g.log())), 1)
        g.replace(policy(ROUTE, web=port))
        g.replace(text)
        goes_down(g, '')
        poll(lambda: len(re.findall('event=server-down', g.log())) == 2,
             'down again')


@test()
def monitor_dies():
    """the monitor is replaced, and finds again what it knew"""
    with Stage() as s:
        port = free_port()
        g = s.gateway(policy(ROUTE, web=checked('tcp', port)))
        goes_down(g, '')
        line = g.wait_log('event=child-started process=monitor')[0]
        os.kill(int(re.search(r'pid=(\d+)', line).group(1)), signal.SIGKILL)
        g.wait_log('event=child-started process=monitor', 2)
        s.origin(Origin.echo, port=port)
        g.wait_log('event=server-up')


class Ends:
    """A server whose connections' ends are kept: '' in order, or the error."""

    def __init__(self, stage, tls=None, first=0):
        self.seen = []
        self.origin = stage.origin(self.talk, tls=tls)
        self.first = first
        self.port = self.origin.port

    def talk(self, conn, origin, record):
        try:
            while True:
                data = conn.recv(65536)
                record += data
                if not data:
                    break
            self.seen.append('')
        except OSError as e:
            self.seen.append(repr(e))


@test('tcp', 'tls')
def in_order(kind):
    """a check ends by close_notify and FIN, never by RST"""
    with Stage() as s:
        o = Ends(s, 'backend' if kind == 'tls' else None)
        g = s.gateway(policy(ROUTE, web=checked(kind, o.port)))
        poll(lambda: len(o.seen) >= 5, 'checks')
        equal(set(o.seen), {''})
        equal(o.origin.errors, [])
        check('server-down' not in g.log(), g.log())


@test('in its handshake', 'before it')
def unanswered(when):
    """a server that says nothing in time sees FIN, not RST"""
    with Stage() as s:
        o = Ends(s)
        g = s.gateway(policy(ROUTE, web=checked(
            'tls' if when == 'in its handshake' else 'http "/"', o.port)
            .replace('timeout 2s', 'timeout 100ms')))
        goes_down(g, 'in time')
        poll(lambda: len(o.seen) >= 2, 'ends')
        equal(set(o.seen), {''})


@test()
def names():
    """a check says the name that clients say, or the one it is told to"""
    with Stage() as s:
        o = s.origin(Origin.sink, tls='backend')
        web = checked('tls', o.port)
        g = s.gateway(policy(
            route('b.example.com', 'passthrough to web', label='b'),
            route('a.example.com', 'passthrough to web', label='a'),
            route('*.example.org', 'passthrough to told', label='c'),
            web=web, told=web.replace('health tls',
                                      'health tls sni "told.example.org"')))
        poll(lambda: len(o.tls_seen) >= 6, 'checks')
        equal({t[0] for t in o.tls_seen},
              {'a.example.com', 'told.example.org'})
        check('server-down' not in g.log(), g.log())


@test()
def as_a_bridge():
    """a check has the profile and verifies the name that a bridge would"""
    with Stage() as s:
        o = s.origin(Origin.sink, tls=('backend', {'version': '1.2'}))
        trust = 'verify ca "%s"%s;' % (cert('ca'), ' name "api.internal"')
        g = s.gateway(policy(
            route('shop.example.com', 'bridge to web', 'certificate shop;'),
            route('new.example.com', 'bridge to new', 'certificate shop;',
                  label='n'),
            route('other.example.com', 'bridge to other',
                  'certificate shop;', label='o'),
            head=certificate('shop') + 'allow TC0401 reason "test";\n'
            'allow TC0506 reason "test";\n',
            web=checked('tls', o.port, 'tls { %s }' % trust),
            new=checked('tls', o.port, 'tls { profile modern; %s }' % trust),
            other=checked('tls', o.port,
                          'tls { verify ca "%s"; }' % cert('ca'))))
        g.wait_log('event=server-down server=new/')
        g.wait_log('event=server-down server=other/')   # its name is another
        check('server-down server=web/' not in g.log(), g.log())


@test()
def over_tls():
    """http: over TLS where the backend is only passed through to"""
    with Stage() as s:
        o = s.origin(answers([200]), tls='backend')
        g = s.gateway(policy(ROUTE, web=checked('http "/up"', o.port)))
        poll(lambda: len(o.received) >= 3, 'checks')
        check(b'GET /up HTTP/1.1\r\nHost: a.example.com\r\n'
              in bytes(o.received[0]), o.received[0])
        check('server-down' not in g.log(), g.log())


@test('v1', 'v2')
def header(version):
    """a check says a PROXY header of its own where connections have one"""
    with Stage() as s:
        o = Ends(s)
        s.gateway(policy(ROUTE, web=checked(
            'tcp', o.port, 'proxy-protocol %s;' % version)))
        poll(lambda: len(o.seen) >= 2, 'checks')
        equal({bytes(r) for r in o.origin.received[:2]}, {
            b'PROXY UNKNOWN\r\n' if version == 'v1' else
            b'\r\n\r\n\0\r\nQUIT\n\x20\0\0\0'})

run()
