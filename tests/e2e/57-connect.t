#!/usr/bin/python3
"""On the way to a server: dead addresses, silence, and who is to blame."""
from edge import *
from tap import *

ROUTE = route('a.example.com', 'passthrough to web')


def ask(g):
    """The first octet that comes, or what ended it."""
    with connect(g.port) as c:
        c.sendall(hello('a.example.com'))
        try:
            return c.recv(1)
        except ConnectionError:
            return b''


def options(port, local):
    """What the kernel counts down for the gateway's sockets of that port."""
    found = []
    for line in tool('ss', '-tnoH', 'state', 'established')[1].splitlines():
        here, there = line.split()[2:4]
        if (here if local else there) == '%s:%d' % (ADDR, port):
            found.append(line)
    return found


def both(g, o):
    return options(g.port, True) + options(o.port, False)


@test()
def keepalive():
    """both sockets of a connection ask after a peer that is silent"""
    with Stage() as s:
        o = s.origin(Origin.echo)
        text = policy(ROUTE, route('b.example.com', 'passthrough to web',
                                   'limits off;', label='b'),
                      route('c.example.com', 'passthrough to web',
                            'limits long;', label='c'),
                      head='limits off { keepalive off; }\n'
                      'limits long { keepalive 2h; }\n', web=o.port)
        g = s.gateway(text)
        for name, wanted in (('a', r'keepalive,(\d+)sec|keepalive,1min'),
                             ('b', None), ('c', r'keepalive,1\d\dmin')):
            with connect(g.port) as c:
                sent = hello(name + '.example.com')
                equal(exchange(c, sent, len(sent)), sent)
                seen = both(g, o)
                equal(len(seen), 2, seen)
                for line in seen:
                    check(re.search(wanted, line) if wanted
                          else 'keepalive' not in line, name, line)
            poll(lambda: not both(g, o), 'the end')


@test()
def looks():
    """a balancer's look by FIN or RST is no failure, half a hello is one"""
    with Stage() as s:
        o = s.origin(Origin.echo)
        g = s.gateway(policy(ROUTE, web=o.port))
        for _ in range(3):
            connect(g.port).close()
            reset(connect(g.port))
        g.wait_close('hello-eof', 6)
        equal(len(re.findall('close=hello-eof detail=reset', g.log())), 3)
        equal(g.failures(), 0)
        with connect(g.port) as c:
            c.sendall(hello('a.example.com')[:20])
            g.wait_log('.')
            reset(c)
        g.wait_log('close=client-reset')
        equal(g.failures(), 1)


@test()
def checks_do_not_forgive():
    """a server that passes checks and fails connections stays out its time"""
    with Stage() as s:
        def fails(conn, origin, record):
            if conn.recv(65536):    # a check says nothing
                reset(conn)
        bad = Origin(fails)
        good = s.origin(Origin.echo)
        g = s.gateway(policy(ROUTE, web=server(bad.port) + server(good.port)
                             + 'health tcp interval 100ms fall 1 rise 1;'))
        out = lambda: [l for l in g.tlsctl('servers')[1].splitlines()
                       if 'ejected' in l and ':%d ' % bad.port in l]
        for _ in range(40):
            ask(g)
            if out():
                break
        check(out(), g.tlsctl('servers')[1])
        before = len(bad.received)
        # Down and up again for its checks, while it is out.
        bad.close()
        g.wait_log('event=server-down server=web/%s:%d' % (ADDR, bad.port))
        s.origin(fails, port=bad.port)
        g.wait_log('event=server-up server=web/%s:%d' % (ADDR, bad.port))
        # Its failures are not forgotten: the very next one puts it out again.
        for _ in range(20):
            ask(g)
        poll(lambda: ask(g) and out(), 'out again')
        total = re.search(r':%d +\S+ +\d+ +\d+ +(\d+) +(\d+)' % bad.port,
                          g.tlsctl('servers')[1])
        check(int(total.group(2)) <= 5 + 3, g.tlsctl('servers')[1])

run()
