#!/usr/bin/python3
"""Every kind of client at once, most of them hostile, through swaps.

Lasts SOAK seconds for each test (default 4); longer on demand.
"""
from edge import *
from tap import *

import random

SECONDS = float(os.environ.get('SOAK', '4'))
HEAD = certificate('api') + certificate('shop')
ROUTES = [route('shop.example.com', 'offload to web', 'certificate shop;'),
          route('api.example.com', 'bridge to tls', 'certificate api;'),
          route('a.example.com', 'passthrough to echo'),
          route('b.example.com', 'passthrough to dead'),
          route('c.example.com', 'reject access-denied')]


def polite(port, dice):
    """Requests over TLS; the only one whose failures count."""
    name = dice.choice(['shop.example.com', 'api.example.com'])
    with tls_connect(port, name, client_context(dice.choice(VERSIONS))) as c:
        for _ in range(1 + dice.randrange(4)):
            equal(get(c), 'hello\n')


def garbage(port, dice):
    with connect(port) as c:
        c.sendall(os.urandom(dice.randrange(2000)))


def half_hello(port, dice):
    with connect(port) as c:
        c.sendall(hello('shop.example.com')[:dice.randrange(500)])
        time.sleep(dice.random() / 10)


def leaves(port, dice):
    c = connect(port)
    c.sendall(hello(dice.choice(['shop.example.com', 'api.example.com'])))
    time.sleep(dice.random() / 50)
    reset(c)


def bulk(port, dice):
    """Sends much, reads some of the echo, leaves in one way or another."""
    data = hello('a.example.com') + os.urandom(dice.randrange(400000))
    c = connect(port)
    c.settimeout(1)
    sender = threading.Thread(target=quietly, args=(c.sendall, data))
    sender.start()
    try:
        while c.recv(65536) and dice.random() < .9:
            pass
    finally:
        if dice.random() < .5:
            c.shutdown(socket.SHUT_RDWR)
            c.close()
        else:
            reset(c)
        sender.join()


def truncates(port, dice):
    c = tls_connect(port, 'shop.example.com')
    c.sendall(b'GET / HT')
    c.shutdown(socket.SHUT_RDWR)
    c.close()


def bad_records(port, dice):
    with connect(port) as c:
        c.sendall(hello('shop.example.com'))
        c.recv(10)
        c.sendall(os.urandom(300))
        c.recv(100)


def half_close(port, dice):
    with connect(port) as c:
        c.sendall(hello('a.example.com'))
        c.shutdown(socket.SHUT_WR)
        read_all(c)


def refused(port, dice):
    with connect(port) as c:
        c.sendall(hello(dice.choice(['b.example.com', 'c.example.com'])))
        read_all(c)


def mutant(port, dice):
    """A hello that is nearly one, for each action, and more of that kind."""
    with connect(port) as c:
        c.settimeout(.2)
        c.sendall(mutated(dice.choice(HELLOS), dice))
        while dice.random() < .6:
            c.recv(65536)
            c.sendall(mutated(dice.choice(FLIGHTS), dice))


def mutated(data, dice):
    """Octets turned, lengths off by a little, parts lost, doubled, moved; or
    the same message in small records."""
    data = bytearray(data)
    for _ in range(dice.choice((0, 1, 1, 2, 5))):
        at = dice.randrange(len(data))
        n = dice.randrange(1, 40)
        kind = dice.randrange(5)
        if kind == 0:
            data[at] = dice.randrange(256)
        elif kind == 1:
            data[at] = (data[at] + dice.choice((-1, 1, 2, 128))) % 256
        elif kind == 2 and len(data) > at + n + 1:
            del data[at:at + n]
        elif kind == 3:
            data[at:at] = data[at:at + n]
        else:
            data[at:at + n] = bytes(n)
    if dice.random() < .3:
        return records(bytes(data), dice.randrange(1, 60))
    return bytes(data)


HELLOS = [hello(name + '.example.com', version) for version in VERSIONS
          for name in ('shop', 'api', 'a', 'c')]
FLIGHTS = HELLOS + [
    b'\x14\x03\x03\x00\x01\x01', b'\x15\x03\x03\x00\x02\x01\x00',
    b'\x16\x03\x03\x00\x28' + bytes(40),             # Finished, 1.2
    b'\x16\x03\x03\x00\x25\x10\x00\x00\x21\x20' + bytes(32),
    b'\x17\x03\x03\x00\x35' + bytes(range(53)), b'\x17\x03\x03\x00\x00']
HOSTILE = (garbage, half_hello, leaves, bulk, truncates, bad_records,
           half_close, refused, mutant)


@test()
def mutants():
    """hellos that are nearly right, at every action"""
    with Stage() as s:
        g = s.gateway(text(s, free_port()), workers=2)
        before = poll(lambda: len(workers(g)) == 2 and descriptors(g),
                      'two workers')
        names = workers(g)
        c = Crowd(g.port, SECONDS, (mutant,))
        c.join()
        equal(c.failures, [])
        equal(workers(g), names, 'no worker has died')
        poll(lambda: max(descriptors(g), default=0) < max(before) + 140,
             'the descriptors to come back')


def quietly(function, *arguments):
    try:
        function(*arguments)
    except (OSError, ValueError):
        pass


class Crowd:
    def __init__(self, port, seconds, hostile=None):
        self.hostile = hostile or HOSTILE
        self.port, self.end = port, time.monotonic() + seconds
        self.failures, self.served = [], 0
        self.threads = [threading.Thread(target=self.run, args=(i,))
                        for i in range(12)]
        for t in self.threads:
            t.start()

    def run(self, number):
        dice = random.Random(number)
        while time.monotonic() < self.end:
            if number % 4:
                quietly(dice.choice(self.hostile), self.port, dice)
                continue
            try:
                polite(self.port, dice)
                self.served += 1
            except (OSError, AssertionError) as e:
                self.failures.append(e)

    def join(self):
        for t in self.threads:
            t.join()


def text(s, dead):
    web, tls, echo = s.origin(), s.origin(tls='backend'), s.origin(Origin.echo)
    return policy(*ROUTES, head=HEAD, web=web.port, echo=echo.port, dead=dead,
                  tls=server(tls.port) + ' tls { profile intermediate; verify '
                  'ca "%s" name "api.internal"; }' % cert('ca'))


def workers(g):
    found = []
    with open('/proc/%d/task/%d/children' % (g.pid, g.pid)) as f:
        for pid in f.read().split():
            try:
                with open('/proc/%s/cmdline' % pid) as c:
                    if '\0worker\0' in c.read():
                        found.append(pid)
            except OSError:
                pass   # it has just ended
    return found


def descriptors(g):
    return [len(os.listdir('/proc/%s/fd' % p)) for p in workers(g)]




@test()
def crowd():
    """polite clients lose nothing, descriptors come back"""
    with Stage() as s:
        policy_text = text(s, free_port())
        g = s.gateway(policy_text, workers=2)
        before = poll(lambda: len(workers(g)) == 2 and descriptors(g),
                      'two workers')
        c = Crowd(g.port, SECONDS)
        swaps = 0
        while any(t.is_alive() for t in c.threads):
            swaps += 1
            g.replace(policy_text.replace('policy 1;', 'policy 1;\nlimits l%d '
                                          '{ idle 4m; }' % swaps)
                      .replace('@LISTEN@;', '@LISTEN@; limits l%d;' % swaps))
        c.join()
        equal(c.failures, [])
        check(c.served > 10 and swaps > 2, c.served, swaps)
        # Pooled pipes and a log line's delay: a few more than before.
        poll(lambda: max(descriptors(g), default=0) < max(before) + 140,
             'the descriptors to come back')


@test()
def crowd_and_murder():
    """killed workers and keys processes: service goes on"""
    with Stage() as s:
        g = s.gateway(text(s, free_port()), workers=2)
        c = Crowd(g.port, SECONDS)
        victims = 0
        while any(t.is_alive() for t in c.threads):
            time.sleep(SECONDS / 8)
            for p in workers(g)[:1]:
                os.kill(int(p), signal.SIGKILL)
                victims += 1
        c.join()
        check(victims > 1, victims)
        poll(lambda: served(g.port), 'service after the murders')


def served(port):
    try:
        polite(port, random.Random(1))
        return True
    except (OSError, AssertionError):
        return False

run()
