#!/usr/bin/python3
"""Host names of servers: looked up, looked up again, and kept when DNS fails."""
import struct

from edge import *
from tap import *

NAME = 'web.example.test'
ALERT = b'\x15'   # what a client gets whose backend is down
OTHERS = ['127.%d.%d.%d' % (201 + (os.getpid() >> 16) % 50,
                            (os.getpid() >> 8) & 255, 1 + os.getpid() % 254)]


class Dns:
    """Answers A queries with self.answers (addresses, 'nx', or None: not)."""

    def __init__(self, answers, ttl=1):
        self.answers, self.asked, self.ttl = answers, 0, ttl
        self.sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
                        socket.socket()]
        self.sockets[0].bind((ADDR, 0))
        self.port = self.sockets[0].getsockname()[1]
        self.sockets[1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sockets[1].bind((ADDR, self.port))
        self.sockets[1].listen()
        for f in (self._udp, self._tcp):
            threading.Thread(target=f, daemon=True).start()

    def where(self):
        return '%s:%d' % (ADDR, self.port)

    def _answer(self, query, udp):
        self.asked += 1
        end = 12
        while query[end]:
            end += 1 + query[end]
        end += 5
        kind = struct.unpack('>H', query[end - 4:end - 2])[0]
        answers = self.answers
        if answers is None:
            return None
        rcode = 3 if answers == 'nx' else 0
        found = [] if rcode or kind != 1 else answers
        records = b''.join(b'\xc0\x0c\0\1\0\1' + struct.pack('>IH', self.ttl, 4) +
                           socket.inet_aton(a) for a in found)
        flags, count = 0x8180 | rcode, len(found)
        if udp and len(records) > 400:
            flags, records, count = flags | 0x200, b'', 0   # ask by TCP
        return query[:2] + struct.pack('>HHHHH', flags, 1, count, 0, 0) \
            + query[12:end] + records

    def _udp(self):
        while True:
            try:
                query, peer = self.sockets[0].recvfrom(4096)
            except OSError:
                return
            answer = self._answer(query, True)
            if answer:
                self.sockets[0].sendto(answer, peer)

    def _tcp(self):
        while True:
            try:
                c, _ = self.sockets[1].accept()
            except OSError:
                return
            threading.Thread(target=self._tcp_one, args=(c,),
                             daemon=True).start()

    def _tcp_one(self, c):
        with c:
            try:
                while True:
                    size = c.recv(2, socket.MSG_WAITALL)
                    if len(size) < 2:
                        return
                    answer = self._answer(c.recv(
                        struct.unpack('>H', size)[0], socket.MSG_WAITALL),
                        False)
                    c.sendall(struct.pack('>H', len(answer)) + answer)
            except OSError:
                pass

    def close(self):
        self.sockets[1].shutdown(socket.SHUT_RDWR)
        for s in self.sockets:
            s.close()


def letter(stage, text, addr=ADDR, port=None):
    def talk(conn, origin, record):
        record += conn.recv(65536)
        conn.sendall(text)
    return stage.origin(talk, addr=addr, port=port)


def gateway(stage, dns, port):
    return stage.gateway(policy(
        route('a.example.com', 'passthrough to web'),
        web='server %s:%d;' % (NAME, port)), None, '--dns', dns.where())


def ask(g):
    with connect(g.port) as c:
        c.sendall(hello('a.example.com'))
        try:
            return c.recv(1)
        except ConnectionError:
            return b''


@test()
def changes():
    """an address that changes is followed when the TTL ends"""
    with Stage() as s:
        a = letter(s, b'a')
        letter(s, b'b', OTHERS[0], a.port)
        dns = s.add(Dns([ADDR]))
        g = gateway(s, dns, a.port)
        equal(ask(g), b'a')
        dns.answers = OTHERS
        g.wait_log('event=host-resolved .*' + re.escape(OTHERS[0]))
        poll(lambda: ask(g) == b'b', 'the other address')
        # A new worker knows what has changed since the load.
        line = g.wait_log('event=child-started process=worker')[-1]
        os.kill(int(re.search(r'pid=(\d+)', line).group(1)), signal.SIGKILL)
        g.wait_log('event=child-started process=worker', 2)
        equal(ask(g), b'b')


@test()
def fails_later():
    """a lookup that fails later leaves the last answer in force"""
    with Stage() as s:
        a = letter(s, b'a')
        dns = s.add(Dns([ADDR]))
        g = gateway(s, dns, a.port)
        equal(ask(g), b'a')
        dns.answers = 'nx'
        g.wait_log('event=host-lookup-failed host=' + NAME)
        equal(ask(g), b'a')


@test()
def comes_later():
    """a name that does not resolve at the start comes up when it does"""
    with Stage() as s:
        a = letter(s, b'a')
        dns = s.add(Dns('nx'))
        g = gateway(s, dns, a.port)
        g.wait_log('event=host-unresolved host=' + NAME)
        equal(ask(g), ALERT)
        dns.answers = [ADDR]
        g.wait_log('event=host-resolved')
        poll(lambda: ask(g) == b'a', 'the address')


@test()
def silent():
    """a DNS server that does not answer holds a load up only for a while"""
    with Stage() as s:
        a = letter(s, b'a')
        dns = s.add(Dns(None))
        g = gateway(s, dns, a.port)
        equal(ask(g), ALERT)
        dns.answers = [ADDR]
        poll(lambda: ask(g) == b'a', 'the address')


@test()
def touched():
    """a file touched while a name has no answer does not end all loads"""
    with Stage() as s:
        a = letter(s, b'a')
        dns = s.add(Dns(None))
        shutil.copy(cert('shop'), s.path('x.pem'))
        shutil.copy(key('shop'), s.path('x.key'))
        g = s.gateway(policy(
            route('a.example.com', 'passthrough to web'),
            route('shop.example.com', 'offload to web', 'certificate x;'),
            head='certificate x { chain "x.pem"; key "x.key"; }\n',
            web='server %s:%d;' % (NAME, a.port)), None, '--dns',
            dns.where())
        os.utime(s.path('x.pem'))
        poll(lambda: 'loading' in g.tlsctl('status')[1], 'the look')
        code, text = g.tlsctl('load')
        equal(code, 0, text)
        dns.answers = [ADDR]
        poll(lambda: ask(g) == b'a', 'the address')
        check(g.process.alive())


@test()
def many():
    """an answer with 500 addresses is cut, not choked on"""
    with Stage() as s:
        a = letter(s, b'a')
        dns = s.add(Dns([ADDR] * 300 + ['127.201.%d.%d' % (n >> 8, n & 255)
                                        for n in range(200)]))
        g = gateway(s, dns, a.port)
        g.wait_log('event=host-resolved')
        check(g.process.alive())
        equal(len(g.wait_log('process=monitor')), 1)


@test()
def one_is_dead():
    """of two addresses one never answers: it is remembered, not waited for"""
    with Stage() as s:
        a = letter(s, b'a')
        dead = s.add(socket.socket())
        dead.bind((OTHERS[0], a.port))
        dead.listen(0)
        filled = []
        for _ in range(4):   # its queue is full: connects hang
            f = s.add(socket.socket())
            f.setblocking(False)
            f.connect_ex((OTHERS[0], a.port))
            filled.append(f)
        dns = s.add(Dns([OTHERS[0], ADDR]))
        g = s.gateway(policy(route('a.example.com', 'passthrough to web'),
                             head='limits l { connect 20s; }\n',
                             front='limits l;',
                             web='server %s:%d;' % (NAME, a.port)), None,
                      '--dns', dns.where())
        for _ in range(20):
            equal(ask(g), b'a')
        g.wait_close('done', 20)
        times = [float(t) for t in re.findall(
            r' connect_ms=([0-9.]+)', g.log())]
        equal(len(times), 20, g.log()[-600:])
        # Whom the dead one held up shows 250 ms; none its whole 20 s.
        check(sum(t > 200 for t in times) <= 3, times)
        words = g.tlsctl('servers')[1].split()
        check('up' in words and words[-1] == '0', words)


def stuck(stage, addr, port):
    """A listener whose queue is full: what connects to it hangs."""
    l = stage.add(socket.socket())
    l.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    l.bind((addr, port))
    l.listen(0)
    for _ in range(4):
        f = stage.add(socket.socket())
        f.setblocking(False)
        f.connect_ex((addr, port))
    return l


def serves_again(listener, text):
    """It takes what waits, and all that comes."""
    def talk(c):
        with c:
            if c.recv(65536):
                c.sendall(text)

    def take():
        while True:
            try:
                c, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(c,), daemon=True).start()
    threading.Thread(target=take, daemon=True).start()


def asked_for(addr, port):
    return '%s:%d' % (addr, port) in tool('ss', '-tnoH', 'state',
                                          'syn-sent')[1]


@test()
def slow_and_dead():
    """an address that was left in a hurry is tried again when the other is
    dead: it may only be slow"""
    with Stage() as s:
        port = free_port()
        both = (ADDR, OTHERS[0])
        listener = {a: stuck(s, a, port) for a in both}
        dns = s.add(Dns(list(both), 600))
        g = s.gateway(policy(route('a.example.com', 'passthrough to web'),
                             head='limits l { connect 2s; }\n',
                             front='limits l;',
                             web='server %s:%d;' % (NAME, port)), None,
                      '--dns', dns.where())
        g.wait_log('event=loaded')
        for f in s._things:
            if isinstance(f, socket.socket) and f not in listener.values():
                f.close()
        with connect(g.port) as c:
            c.sendall(hello('a.example.com'))
            first = poll(lambda: [a for a in both if asked_for(a, port)],
                         'the first try')[0]
            # Its first SYN is lost, the next one comes after a second.
            serves_again(listener[first], b'a')
            equal(c.recv(1), b'a')


HOSTS = 5000


@test()
def thousands():
    """all of 5,000 names are looked up, and a worker that comes later serves"""
    with Stage() as s:
        a = letter(s, b'a')
        dns = s.add(Dns([ADDR], 600))
        more = ''.join('server h%d.example.test:%d;' % (i, a.port)
                       for i in range(HOSTS))
        g = s.gateway(policy(
            route('a.example.com', 'passthrough to web'),
            web='server %s:%d; %s' % (NAME, a.port, more)), None,
            '--dns', dns.where())
        g.wait_log('event=host-resolved', HOSTS + 1)
        poll(lambda: 'unresolved' not in g.tlsctl('servers')[1], 'all names')
        worker, = [int(re.search(r'pid=(\d+)', l).group(1)) for l in
                   g.wait_log('child-started process=worker')]
        os.kill(worker, signal.SIGKILL)
        g.wait_log('child-started process=worker', 2)
        poll(lambda: ask(g) == b'a', 'the new worker')
        g.replace(policy(route('a.example.com', 'passthrough to web'),
                         web=a.port))
        equal(ask(g), b'a')
        for trouble in ('child-stuck', 'child-silent', 'process=monitor.*how='):
            check(not re.search(trouble, g.log()), trouble)

run()
