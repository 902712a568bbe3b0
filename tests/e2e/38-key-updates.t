#!/usr/bin/python3
"""Key updates (RFC 8446 4.6.3), seen on the wire: no nonce comes twice.

A tap keeps what tlsd sends; the peer's key log gives the first traffic secret
and so all that follow.  Each record is tried with every key and sequence number:
it must open with one pair, and no pair may open two.
"""
import hashlib
import hmac

from edge import *
from tap import *

NAME = 'shop.example.com'
SUITE = 'TLS_AES_128_GCM_SHA256'
gnutls = ctypes.CDLL('libgnutls.so.30')


class Datum(ctypes.Structure):
    _fields_ = [('data', ctypes.c_char_p), ('size', ctypes.c_uint)]


class Key:
    """AES-128-GCM by a traffic secret."""

    def __init__(self, secret):
        self.handle = ctypes.c_void_p()
        self.iv = expand(secret, b'iv', 12)
        key = expand(secret, b'key', 16)
        check(gnutls.gnutls_aead_cipher_init(
            ctypes.byref(self.handle), gnutls.gnutls_cipher_get_id(
                b'AES-128-GCM'),
            ctypes.byref(Datum(key, len(key)))) == 0)

    def opens(self, record, sequence):
        nonce = bytes(a ^ b for a, b in zip(
            self.iv, sequence.to_bytes(12, 'big')))
        plain = ctypes.create_string_buffer(len(record))
        size = ctypes.c_size_t(len(record))
        return gnutls.gnutls_aead_cipher_decrypt(
            self.handle, nonce, ctypes.c_size_t(12), record[:5],
            ctypes.c_size_t(5), ctypes.c_size_t(16), record[5:],
            ctypes.c_size_t(len(record) - 5), plain,
            ctypes.byref(size)) == 0


def expand(secret, label, n):
    """HKDF-Expand-Label with an empty context (RFC 8446 7.1)."""
    label = b'tls13 ' + label
    info = n.to_bytes(2, 'big') + bytes([len(label)]) + label + b'\0\1'
    return hmac.new(secret, info, hashlib.sha256).digest()[:n]


class Tap:
    """Between tlsd and its peer; keeps what comes from tlsd's side."""

    def __init__(self, stage, port, from_target):
        self.sent = bytearray()
        self.heard = 0   # octets of the peer's
        self.target = port
        self.from_target = from_target
        self.listener = socket.create_server((ADDR, 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        stage.add(self)

    def _accept(self):
        while True:
            try:
                a, _ = self.listener.accept()
                b = connect(self.target)
            except OSError:
                return
            for x, y, kept in ((a, b, not self.from_target),
                               (b, a, self.from_target)):
                threading.Thread(target=self._copy, args=(x, y, kept),
                                 daemon=True).start()

    def _copy(self, x, y, kept):
        try:
            while data := x.recv(65536):
                if kept:
                    self.sent += data
                else:
                    self.heard += len(data)
                y.sendall(data)
            y.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def records(self):
        at = 0
        while at + 5 <= len(self.sent):
            n = 5 + int.from_bytes(self.sent[at + 3:at + 5], 'big')
            if self.sent[at] == 23:
                yield bytes(self.sent[at:at + n])
            at += n


def no_nonce_twice(tap, keylog, label, generations):
    """Every record opens with a pair of its own; so many keys were used."""
    with open(keylog) as f:
        secrets = [line.split()[2] for line in f if line.startswith(
            label + '_TRAFFIC_SECRET_0 ')]
    secret = bytes.fromhex(secrets[-1])
    keys = []
    for _ in range(6):
        keys.append(Key(secret))
        secret = expand(secret, b'traffic upd', 32)
    records = list(tap.records())
    used, first = [], None
    for i, record in enumerate(records):
        found = [(k, n) for k, key in enumerate(keys)
                 for n in range(len(records)) if key.opens(record, n)]
        if found:
            first = i if first is None else first
            used.append(found[0])
        check(found or first is None, 'record', i, 'opens with no key', used)
    equal(len(set(used)), len(used), 'a nonce came twice: %s' % used)
    equal({k for k, _ in used}, set(range(generations)), str(used))


class Talker:
    """openssl with commands on its standard input."""

    def __init__(self, process):
        self.process = process

    def says(self, line, pattern, count=1):
        before = len(re.findall(pattern, self.process.output()))
        self.process.child.stdin.write(line + b'\n')
        self.process.child.stdin.flush()
        self.hears(pattern, before + count)

    def hears(self, pattern, count=1):
        poll(lambda: len(re.findall(pattern, self.process.output())) >= count,
             '%s in %s' % (pattern, self.process.output()[-800:]))


@test('before', 'after')
def client(when):
    """a client updates its keys before and after its first data"""
    def lines(conn, origin, record):
        while data := conn.recv(4096):
            conn.sendall(b'answer %d\n' % data.count(b'\n'))
    with Stage() as s:
        g = s.gateway(policy(
            route(NAME, 'offload to web', 'certificate shop;'),
            head=certificate('shop'), web=s.origin(lines).port))
        tap = Tap(s, g.port, True)
        keylog = s.path('keys')
        p = Process(['openssl', 's_client', '-connect', '%s:%d' % (
            ADDR, tap.port), '-servername', NAME, '-ciphersuites', SUITE,
            '-tls1_3', '-keylogfile', keylog], s.dir, 's_client', stdin=True)
        p.close = p.stop
        s.add(p)
        t = Talker(p)
        t.hears('Verify return code')
        if when == 'after':
            t.says(b'a line', 'answer 1')
        for _ in range(2):
            t.says(b'K', 'KEYUPDATE')
            t.says(b'a line', 'answer 1')
            t.says(b'a line', 'answer 1')
        t.says(b'k', 'KEYUPDATE')
        t.says(b'a line', 'answer 1')
        no_nonce_twice(tap, keylog, 'SERVER', 3)


@test('before', 'after')
def bridged_server(when):
    """a bridge's server without tickets updates its keys"""
    with Stage() as s:
        port, keylog = free_port(), s.path('keys')
        p = s.daemon(['openssl', 's_server', '-accept', '%s:%d' % (
            ADDR, port), '-cert', cert('backend'), '-key', key('backend'),
            '-tls1_3', '-ciphersuites', SUITE, '-num_tickets', '0',
            '-keylogfile', keylog], 's_server', port, stdin=True)
        tap = Tap(s, port, False)
        g = s.gateway(policy(
            route(NAME, 'bridge to web', 'certificate shop;'),
            head=certificate('shop'), web=server(tap.port) +
            ' tls { verify ca "%s" name "api.internal"; }' % cert('ca')))
        t = Talker(p)
        with tls_connect(g.port, NAME) as c:
            def up(text):
                c.sendall(text + b'\n')
                t.hears(text.decode())

            def down(text):
                p.child.stdin.write(text + b'\n')
                p.child.stdin.flush()
                got = b''
                while not got.endswith(text + b'\n'):
                    got += c.recv(4096)
            up(b'first')
            up(b'second')
            if when == 'after':
                down(b'greeting')
            before = tap.heard
            p.child.stdin.write(b'K\n')
            p.child.stdin.flush()
            poll(lambda: tap.heard > before, 'the KeyUpdate')
            up(b'third')
            up(b'fourth')
            down(b'answer')
            up(b'fifth')
            up(b'sixth')
            down(b'another')
            up(b'seventh')
        no_nonce_twice(tap, keylog, 'CLIENT', 2)


run()
