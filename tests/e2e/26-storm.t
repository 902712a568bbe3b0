#!/usr/bin/python3
"""Peers that leave in any state and in any way, and say anything before: no
worker dies, none is busy when they are gone, and each connection is logged."""
import random

from cryptography.exceptions import InvalidTag
from edge import *
from tap import *
from tls13 import *

NAME = 'shop.example.com'
LIVES = 96   # connections of a storm
AT_ONCE = 8
LIMITS = """limits short { client-hello 64KiB within 2s; handshake within 2s;
  connect 2s; idle 2s; drain 1s; %s }
"""
REFUSAL = b'\x15\3\3\0\2\2\x28'   # a server's alert in clear
STORMS = [(mode, form) for mode in ('passthrough', 'enforcing', 'offload',
                                    'bridge') for form in FORMS]


class Gone(Exception):
    """This peer has left."""


# --- how a peer leaves -------------------------------------------------------

def leave(r, sock):
    r.choice(WAYS)(r, sock)
    raise Gone


def ends(r, sock):
    sock.shutdown(socket.SHUT_WR)
    for i in range(r.randint(0, 4)):
        if not sock.recv(r.choice((1, 100, 65536))):
            return


def resets(r, sock):
    reset(sock)


def ends_and_resets(r, sock):
    sock.shutdown(socket.SHUT_WR)
    time.sleep(r.random() * .02)
    reset(sock)


def is_silent(r, sock):
    time.sleep(r.random() * 2.5)


def talks_nonsense(r, sock):
    sock.sendall(os.urandom(r.choice((1, 5, 30, 3000, 100000))))
    if r.random() < .5:
        reset(sock)


def begins_a_record(r, sock):
    sock.sendall(bytes([r.choice((20, 21, 22, 23)), 3, 3])
                 + u16(r.randint(0, 17000)) + os.urandom(r.randint(0, 50)))
    if r.random() < .5:
        sock.shutdown(socket.SHUT_WR)


WAYS = ends, resets, ends_and_resets, is_silent, talks_nonsense, begins_a_record


def perhaps(r, sock, chance):
    if r.random() < chance:
        leave(r, sock)


# --- what it does before -----------------------------------------------------

def says(r, p):
    p.padding = r.choice((0, 0, 100))
    p.say(os.urandom(r.choice((1, 1000, 40000))), size=r.choice((1000, 16284)))
    p.padding = 0


def says_much(r, p):
    p.say(bytes(r.choice((200000, 1000000))))


def listens(r, p):
    for i in range(r.choice((1, 3))):
        p.hear()
        time.sleep(r.random() * .1)


def updates(r, p):
    p.send(b''.join(p.update(r.random() < .5, r.choice((3, 5)))
                    + p.records(DATA, b'x') * (r.random() < .3)
                    for i in range(r.choice((1, 5, 40)))))


def says_nothing(r, p):
    p.send(b''.join(p.records(DATA, b'') for i in range(r.choice((1, 5, 40)))))


def warns(r, p):
    p.send(p.records(ALERT, b'\1\x5a'))


def closes(r, p):
    p.send(p.records(ALERT, CLOSE_NOTIFY))
    perhaps(r, p.sock, .5)


def complains(r, p):
    p.send(p.records(ALERT, b'\2\x28'))
    leave(r, p.sock)


def goes_octet_by_octet(r, p):
    p.segment = 1
    p.say(os.urandom(300))
    p.send(p.update(True))
    p.say(b'y')
    p.segment = None


def gives_tickets(r, p):
    if isinstance(p, Server):
        p.send(p.records(HANDSHAKE, p.tickets(r.randint(1, 3), r.choice(
            (100, 20000))), r.choice((100, 7000))))


ACTS = (says, says, says_much, listens, listens, updates, says_nothing, warns,
        closes, complains, goes_octet_by_octet, gives_tickets)


def lives(r, p):
    for i in range(r.randint(1, 8)):
        perhaps(r, p.sock, .06)
        r.choice(ACTS)(r, p)
    leave(r, p.sock)


def cut(r, p):
    p.size = r.choice((4, 64, 300, 16384))
    p.segment = r.choice((None, None, 7, 100, 1400))


def plain_server(r, sock):
    """Behind offload."""
    for i in range(r.randint(1, 6)):
        perhaps(r, sock, .1)
        if r.random() < .5:
            sock.recv(r.choice((1, 1000, 65536)))
        else:
            sock.sendall(bytes(r.choice((1, 100, 16384, 700000))))
    leave(r, sock)


def tls_server(r, sock):
    p = Server(sock)
    perhaps(r, sock, .05)
    cut(r, p)
    if r.random() < .1:
        p.message()
        time.sleep(r.random() * .05)
        sock.sendall(REFUSAL * r.choice((1, 2)))
        leave(r, sock)
    p.accept(identity('backend'), r.random() < .3, r.random() < .3,
             r.random() < .5, lambda p: r.choice((
                 b'', p.records(DATA, bytes(30000)),
                 p.records(HANDSHAKE, p.tickets(2), 100))))
    p.size, p.segment = 16384, None
    lives(r, p)


def client(r, sock):
    p = Client(sock)
    perhaps(r, sock, .03)
    cut(r, p)
    retry = r.random() < .3
    if r.random() < .15:   # a second hello before it is asked for
        p.random, p.session = os.urandom(32), os.urandom(32)
        hello_ = p.records(HANDSHAKE, p.hello(NAME, []))
        sock.sendall(hello_ * r.randint(2, 3)
                     + bytes(r.choice((0, 0, 70000))))
        leave(r, sock)
    p.start(NAME, retry)
    perhaps(r, sock, .05)
    p.finish(identity('client') if r.random() < .7 else None,
             behind=os.urandom(r.choice((0, 1, 50000))))
    p.size, p.segment = 16384, None
    lives(r, p)


# --- the storm ---------------------------------------------------------------

# Through a passthrough a peer may get another's nonsense.
EXPECTED = Gone, End, OSError, ValueError, IndexError, KeyError, InvalidTag


def life(r, sock, live):
    with sock:
        sock.settimeout(2)
        with contextlib.suppress(*EXPECTED):
            live(r, sock)


def workers(g):
    listed = subprocess.run(['ps', '-o', 'pid=,comm=', '--ppid', str(g.pid)],
                            stdout=subprocess.PIPE).stdout.decode()
    return [int(l.split()[0]) for l in listed.splitlines() if 'worker' in l]


def ticks(pids):
    spent = []
    for pid in pids:
        with open('/proc/%d/stat' % pid) as f:
            spent.append(f.read().rsplit(')', 1)[1].split()[11:13])
    return spent


def at_rest(pids):
    before = ticks(pids)
    time.sleep(.3)
    return ticks(pids) == before


def connections(g):
    code, out = g.tlsctl('--json', 'status')
    return code or sum(w['connections'] for w in json.loads(out)['workers'])


def some_clients(seed, g):
    for i in range(LIVES // AT_ONCE):
        r = random.Random('%s %d' % (seed, i))
        sock = connect(g.port)
        if r.random() < .1:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        life(r, sock, client)


def policy_of(mode, port):
    leg, action = server(port), mode + ' to web'
    more = ['limits short;']
    if mode == 'bridge':
        leg += ' tls { verify ca "%s" name "api.internal"; }' % cert('ca')
        more.append('client-auth ca "%s" request;' % cert('ca'))
    if mode == 'enforcing':
        action = 'passthrough to web enforcing modern'
    pause = 'bandwidth 5MiB/s;' if mode in ('bridge', 'enforcing') else ''
    return policy(route(NAME, action, *more), web=leg,
                  head=LIMITS % pause + certificate('shop'),
                  front='limits short;' + (
                      ' certificate shop;' if mode in ('bridge', 'offload')
                      else ''))


@test(*STORMS)
def storm(which):
    """peers that leave"""
    mode, form = which
    live = plain_server if mode == 'offload' else tls_server
    with Stage() as s:
        o = s.origin(lambda conn, origin, record_: life(
            random.Random(len(origin.received)), conn, live))
        g = s.gateway(policy_of(mode, o.port), form, workers=2)
        pids = poll(lambda: len(workers(g)) == 2 and workers(g), 'workers')
        threads = [threading.Thread(target=some_clients, args=(i, g))
                   for i in range(AT_ONCE)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        poll(lambda: connections(g) == 0, 'the last connection to end')
        poll(lambda: at_rest(pids), 'workers that rest')
        g.wait_log(r' conn=.* close=', LIVES)
        equal(workers(g), pids, g.log()[-1000:])


run()
