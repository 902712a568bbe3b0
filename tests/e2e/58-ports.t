#!/usr/bin/python3
"""Local ports: who is blamed when they run out, and source addresses.

The file runs in a network of its own with four local ports an address."""
import ctypes
import fcntl
import json
import struct

from edge import *
from tap import *

ROUTE = route('a.example.com', 'passthrough to web')
PORTS = 4


def own_network():
    if ctypes.CDLL(None, use_errno=True).unshare(0x40000000) != 0:
        return 'no network of its own: ' + os.strerror(ctypes.get_errno())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, 0x8914, struct.pack('16sH14x', b'lo', 1))   # up
    try:
        with open('/proc/sys/net/ipv4/ip_local_port_range', 'w') as f:
            f.write('61000 %d' % (61000 + PORTS - 1))
    except OSError as e:
        return str(e)
    return None


why = own_network()
clients = 0


def ask(g, name='a'):
    """A connection that is held, and its first octet.  Clients come from an
    address of each: their ports are scarce, too."""
    global clients
    if why:
        raise Skip(why)
    clients += 1
    c = socket.create_connection((ADDR, g.port), DEADLINE,
                                 ('127.99.0.%d' % clients, 40000))
    c.sendall(hello(name + '.example.com'))
    return c, c.recv(1)


def stage():
    if why:
        raise Skip(why)
    return Stage()


def started(s, text):
    # Ports of its own choice do not come out of the range.
    return s.gateway(text, port=8443)


@test()
def no_port():
    """without a local port the server is not to blame, and the next is tried"""
    with stage() as s:
        o = s.origin(Origin.echo, port=9001)
        g = started(s, policy(ROUTE, web=server(o.port)))
        held = [ask(g) for _ in range(PORTS)]
        equal({octet for _, octet in held}, {b'\x16'})
        for _ in range(8):
            c, octet = ask(g)
            equal(octet, b'\x15')
            c.close()
        g.wait_log('close=no-port.*detail=EADDRNOTAVAIL', 8)
        words = [l.split() for l in g.tlsctl('servers')[1].splitlines()
                 if l.startswith('web/')]
        equal(words[0][1], 'up', words)
        equal(words[0][-1], '0', words)     # failed
        for c, _ in held:
            c.close()
        poll(lambda: ask(g)[1] == b'\x16', 'a port')


@test()
def sources():
    """source addresses take turns, and one without ports is passed over"""
    with stage() as s:
        peers = []

        def talk(conn, origin, record):
            peers.append(conn.getpeername()[0])
            Origin.echo(conn, origin, record)
        o = s.origin(talk, port=9002)
        six = s.add(socket.socket(socket.AF_INET6))
        six.bind(('::1', 9003))
        six.listen()
        g = started(s, policy(
            ROUTE, route('b.example.com', 'passthrough to six', label='b'),
            web='%s source 127.0.0.5, 127.0.0.6;'
            % server(o.port), six='server [::1]:9003; source ::1;'))
        held = [ask(g) for _ in range(2)]
        poll(lambda: len(peers) == 2, 'two')
        equal(sorted(peers), ['127.0.0.5', '127.0.0.6'])
        held += [ask(g) for _ in range(2 * PORTS - 2)]
        equal({octet for _, octet in held}, {b'\x16'})
        equal(sorted(set(peers)), ['127.0.0.5', '127.0.0.6'])
        equal([peers.count(p) for p in sorted(set(peers))], [PORTS, PORTS])
        equal(ask(g)[1], b'\x15')
        g.wait_close('no-port')
        with connect(g.port) as c:
            c.sendall(hello('b.example.com'))
            with six.accept()[0] as conn:
                equal(conn.getpeername()[0], '::1')


@test()
def stranger():
    """an address that no interface has is passed over, and named alone fails"""
    with stage() as s:
        o = s.origin(Origin.echo, port=9004)
        g = started(s, policy(
            ROUTE, route('b.example.com', 'passthrough to none', label='b'),
            web='%s source 192.0.2.77, 127.0.0.7;' % server(o.port),
            none='%s source 192.0.2.77;' % server(o.port)))
        equal([ask(g)[1] for _ in range(3)], [b'\x16'] * 3)
        equal(ask(g, 'b')[1], b'\x15')
        line = g.wait_close('no-source')[0]
        check('detail=EADDRNOTAVAIL' in line, line)
        check('no-port' not in g.log(), g.log())
        # Of each backend it is said once, also where others do.
        said = 'no interface of this machine has a source address.*192.0.2.77 of ' \
            'backend '
        g.wait_log(said + 'web')
        equal([ask(g)[1] for _ in range(3)], [b'\x16'] * 3)
        equal(len(re.findall(said + 'web', g.log())), 1)


@test()
def checks_too():
    """a check that we could not make says nothing about the server"""
    with stage() as s:
        o = s.origin(Origin.echo, port=9005)
        g = started(s, policy(
            ROUTE, web='%s source 192.0.2.77; health tcp interval 100ms '
            'fall 1;' % server(o.port)))
        g.wait_log('event=check-skipped server=web/.*reason=.this machine has none of the source addresses')
        check('server-down' not in g.log(), g.log())


@test()
def told():
    """--check and servers tell of source addresses that are not ours"""
    with stage() as s:
        g = started(s, policy(
            ROUTE, route('b.example.com', 'passthrough to none', label='b'),
            web='server 127.0.0.1:9006; source 192.0.2.77, 127.0.0.7;',
            none='server 127.0.0.1:9006; source 192.0.2.77;'))
        g.wait_log('event=loaded')
        code, out = g.tlsctl('--json', 'servers')
        equal([x['state'] for x in json.loads(out)['servers']],
              ['up', 'no-source'])
        code, out = tool(program('tlsd'), '--check', '--control', g.control,
                         s.path('policy.bin'))
        equal(sorted(re.findall(r'warning: backend (\w+): source 192.0.2.77',
                                out)), ['none', 'web'], out)
        equal(out.count('warning: backend'), 2, out)

run()
