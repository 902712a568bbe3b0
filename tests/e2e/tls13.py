"""A TLS 1.3 peer of either role, record by record (RFC 8446): it says what no
library would, and cuts it as nobody would.  One suite, TLS_AES_128_GCM_SHA256;
X25519 and P-256; certificates of P-256.
"""
import hashlib
import hmac
import os
import ssl

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from edge import cert, key
from rawtls import extensions13, handshake, record, shares, u16, vec

CCS, ALERT, HANDSHAKE, DATA = 20, 21, 22, 23
SERVER_HELLO, TICKET, ENCRYPTED_EXTENSIONS, CERTIFICATE = 2, 4, 8, 11
CERTIFICATE_REQUEST, CERTIFICATE_VERIFY, FINISHED = 13, 15, 20
X25519, P256 = 29, 23
RETRY = bytes.fromhex(
    'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c')
KEY_UPDATE, KEY_UPDATE_ASKS = handshake(24, b'\0'), handshake(24, b'\1')
CHANGE = record(b'\1', CCS, 0x0303)
CLOSE_NOTIFY = b'\1\0'


class End(ConnectionError):
    """The other side has ended: .alert, or None where the stream did."""

    def __init__(self, alert=None):
        super().__init__('alert %s' % alert)
        self.alert = alert


def digest(octets):
    return hashlib.sha256(octets).digest()


def mac(secret, octets):
    return hmac.new(secret, octets, hashlib.sha256).digest()


def expand_label(secret, label, context, n):
    """HKDF-Expand-Label (7.1) of at most 32 octets."""
    info = u16(n) + vec(1, b'tls13 ' + label.encode()) + vec(1, context)
    return mac(secret, info + b'\1')[:n]


def derive(secret, label, transcript):
    return expand_label(secret, label, digest(transcript), 32)


class Direction:
    """Records of one direction: in clear until there is a secret."""

    secret = None

    def use(self, secret):
        self.secret = secret
        self.sequence = 0
        self.key = AESGCM(expand_label(secret, 'key', b'', 16))
        self.iv = int.from_bytes(expand_label(secret, 'iv', b'', 12), 'big')

    def update(self):
        self.use(expand_label(self.secret, 'traffic upd', b'', 32))

    def nonce(self):
        n = self.iv ^ self.sequence
        self.sequence += 1
        return n.to_bytes(12, 'big')

    def seal_inner(self, inner, version=0x0303):
        """A TLSInnerPlaintext as it is, right or wrong."""
        head = bytes([DATA]) + u16(version, len(inner) + 16)
        return head + self.key.encrypt(self.nonce(), inner, head)

    def seal(self, kind, content, padding=0):
        if not self.secret:
            return record(content, kind, 0x0303)
        return self.seal_inner(content + bytes([kind]) + bytes(padding))

    def open(self, rec):
        if not self.secret or rec[0] != DATA:
            return rec[0], rec[5:]
        inner = self.key.decrypt(self.nonce(), rec[5:], rec[:5]).rstrip(b'\0')
        return inner[-1], inner[:-1]


class Peer:
    """What both roles have.  .size: octets of a record's content; .segment: of
    a write, or None; .padding: of a record."""

    def __init__(self, sock):
        self.sock = sock
        self.inward, self.outward = Direction(), Direction()
        self.transcript = self.wire = self.messages = b''
        self.size, self.segment, self.padding = 16384, None, 0
        self.longest = 0   # inner plaintext that came, its type included

    def send(self, octets):
        step = self.segment or len(octets) or 1
        for at in range(0, len(octets), step):
            self.sock.sendall(octets[at:at + step])

    def records(self, kind, content, size=None):
        size = size or self.size
        return b''.join(
            self.outward.seal(kind, content[at:at + size], self.padding)
            for at in range(0, max(1, len(content)), size))

    def say(self, content, **more):
        self.send(self.records(DATA, content, **more))

    def update(self, asks, size=None):
        """A KeyUpdate; what follows is under the next key."""
        out = self.records(HANDSHAKE, KEY_UPDATE_ASKS if asks else KEY_UPDATE,
                           size)
        self.outward.update()
        return out

    def hear(self):
        """The next record that is no ChangeCipherSpec: type and content."""
        while True:
            while len(self.wire) < 5 or len(self.wire) < self._whole():
                more = self.sock.recv(65536)
                if not more:
                    raise End()
                self.wire += more
            n = self._whole()
            if self.inward.secret:
                self.longest = max(self.longest, n - 5 - 16)
            kind, content = self.inward.open(self.wire[:n])
            self.wire = self.wire[n:]
            if kind == ALERT:
                raise End(content[1])
            if kind != CCS:
                return kind, content

    def _whole(self):
        return 5 + int.from_bytes(self.wire[3:5], 'big')

    def message(self):
        """The next handshake message, which joins the transcript."""
        while len(self.messages) < 4 or len(self.messages) < self._length():
            kind, content = self.hear()
            if kind != HANDSHAKE:
                raise End()
            self.messages += content
        n = self._length()
        m, self.messages = self.messages[:n], self.messages[n:]
        self.transcript += m
        return m

    def _length(self):
        return 4 + int.from_bytes(self.messages[1:4], 'big')

    def data(self, n=1):
        """At least n octets of data; tickets are dropped, keys updated."""
        got = b''
        while len(got) < n:
            kind, content = self.hear()
            if kind == DATA:
                got += content
            else:
                self.later(content)
        return got

    def later(self, content):
        """Handshake messages after the handshake: a ticket may come in several
        records, of which any may begin like a KeyUpdate."""
        self.messages += content
        while len(self.messages) >= 4 and len(self.messages) >= self._length():
            n = self._length()
            m, self.messages = self.messages[:n], self.messages[n:]
            if m[0] == KEY_UPDATE[0]:
                self.inward.update()

    # Keys (7.1).

    def start_keys(self, shared):
        early = mac(bytes(32), bytes(32))
        self.secret = mac(derive(early, 'derived', b''), shared)
        self.handshake_secrets = [
            derive(self.secret, who + ' hs traffic', self.transcript)
            for who in 'cs']

    def end_keys(self):
        master = mac(derive(self.secret, 'derived', b''), bytes(32))
        self.secrets = [derive(master, who + ' ap traffic', self.transcript)
                        for who in 'cs']

    def finished(self, secret):
        key = expand_label(secret, 'finished', b'', 32)
        return self.adding(FINISHED, mac(key, digest(self.transcript)))

    def adding(self, kind, body):
        """A message of ours, which joins the transcript."""
        m = handshake(kind, body)
        self.transcript += m
        return m

    def certificate(self, identity, who):
        """Certificate and CertificateVerify; without identity, an empty one."""
        chain, secret = identity or ((), None)
        out = [self.adding(CERTIFICATE, vec(1, b'') + vec(3, b''.join(
            vec(3, c) + vec(2, b'') for c in chain)))]
        if chain:
            text = b' ' * 64 + b'TLS 1.3, ' + who \
                + b' CertificateVerify\0' + digest(self.transcript)
            out.append(self.adding(CERTIFICATE_VERIFY, u16(0x0403) + vec(
                2, secret.sign(text, ec.ECDSA(hashes.SHA256())))))
        return out


def identity(name):
    """A certificate of tests/certs, and its key."""
    with open(cert(name)) as f:
        chain = [ssl.PEM_cert_to_DER_cert(p + '-----END CERTIFICATE-----\n')
                 for p in f.read().split('-----END CERTIFICATE-----')[:-1]]
    with open(key(name), 'rb') as f:
        return chain, serialization.load_pem_private_key(f.read(), None)


class Share:
    """A key share of one of the two groups."""

    def __init__(self, group):
        self.group = group
        if group == X25519:
            self.secret = x25519.X25519PrivateKey.generate()
            form = serialization.Encoding.Raw, serialization.PublicFormat.Raw
        else:
            self.secret = ec.generate_private_key(ec.SECP256R1())
            form = (serialization.Encoding.X962,
                    serialization.PublicFormat.UncompressedPoint)
        self.public = self.secret.public_key().public_bytes(*form)

    def agree(self, public):
        if self.group == X25519:
            return self.secret.exchange(
                x25519.X25519PublicKey.from_public_bytes(public))
        return self.secret.exchange(
            ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(
                ec.SECP256R1(), public))


def extensions_of(octets):
    found = {}
    while octets:
        n = 4 + int.from_bytes(octets[2:4], 'big')
        found[int.from_bytes(octets[:2], 'big')] = octets[4:n]
        octets = octets[n:]
    return found


class Client(Peer):
    def hello(self, name, offers, **more):
        """more: as for extensions13."""
        more = {'e51': shares(*offers), 'e45': b'\1\1', **more}
        return handshake(1, u16(0x0303) + self.random + vec(1, self.session)
                         + vec(2, u16(0x1301)) + b'\1\0' + vec(2, b''.join(
                             u16(t) + vec(2, v)
                             for t, v in extensions13(name, **more))))

    def start(self, name, retry=False, **more):
        """As far as the server's Finished; retry: no share at first."""
        self.random, self.session = os.urandom(32), os.urandom(32)
        share = Share(X25519)
        offers = [(share.group, share.public)]
        first = self.hello(name, [] if retry else offers, **more)
        self.transcript = first
        self.send(self.records(HANDSHAKE, first))
        answer = self.message()
        if answer[6:38] == RETRY:
            again = self.hello(name, offers, **more)
            self.transcript = handshake(254, digest(first)) + answer + again
            self.send(CHANGE + self.records(HANDSHAKE, again))
            answer = self.message()
        chosen = extensions_of(answer[4 + 35 + answer[38] + 5:])
        self.start_keys(share.agree(chosen[51][4:]))
        self.inward.use(self.handshake_secrets[1])
        self.asked = False
        kind = None
        while kind != FINISHED:
            kind = self.message()[0]
            self.asked |= kind == CERTIFICATE_REQUEST
        self.end_keys()

    def flight(self, who=None):
        """What ends the handshake; call .use_secrets behind it."""
        out = self.certificate(who, b'client') if self.asked else []
        out.append(self.finished(self.handshake_secrets[0]))
        self.outward.use(self.handshake_secrets[0])
        self.inward.use(self.secrets[1])
        return out

    def use_secrets(self):
        self.outward.use(self.secrets[0])

    def finish(self, who=None, size=None, behind=b''):
        octets = CHANGE + self.records(HANDSHAKE, b''.join(self.flight(who)),
                                       size)
        self.use_secrets()
        if behind:
            octets += self.records(DATA, behind)
        self.send(octets)


class Server(Peer):
    def accept(self, who, asks=False, retry=False, together=True,
               behind=None, extensions=b''):
        """A whole handshake; behind(self): octets right behind Finished;
        extensions: the encrypted ones."""
        hello = self.message()
        session, offered = self.read(hello)
        group = next(iter(offered), P256)
        if retry or not offered:
            group = P256 if group == X25519 else X25519
            answer = self.hello(session, RETRY, u16(51, 2, group))
            self.transcript = handshake(254, digest(hello)) + answer
            # GnuTLS looks for the random in the first record.
            self.send(self.records(HANDSHAKE, answer, max(self.size, 64))
                      + CHANGE)
            session, offered = self.read(self.message())
        share = Share(group)
        answer = self.hello(session, os.urandom(32), u16(51) + vec(
            2, u16(group) + vec(2, share.public)))
        self.transcript += answer
        octets = self.records(HANDSHAKE, answer) + CHANGE
        self.start_keys(share.agree(offered[group]))
        self.outward.use(self.handshake_secrets[1])
        flight = [self.adding(ENCRYPTED_EXTENSIONS, vec(2, extensions))]
        if asks:
            flight.append(self.adding(CERTIFICATE_REQUEST, vec(1, b'') + vec(
                2, u16(13) + vec(2, vec(2, u16(0x0403))))))
        flight += self.certificate(who, b'server')
        flight.append(self.finished(self.handshake_secrets[1]))
        for part in [b''.join(flight)] if together else flight:
            octets += self.records(HANDSHAKE, part)
        self.end_keys()
        self.outward.use(self.secrets[1])
        self.send(octets + (behind(self) if behind else b''))
        self.inward.use(self.handshake_secrets[0])
        while self.message()[0] != FINISHED:
            pass
        self.inward.use(self.secrets[0])

    @staticmethod
    def read(hello):
        """Session id and key shares of a ClientHello."""
        at = 38
        session = hello[at + 1:at + 1 + hello[at]]
        at += 1 + hello[at]
        at += 2 + int.from_bytes(hello[at:at + 2], 'big')
        at += 1 + hello[at]
        offers = extensions_of(hello[at + 2:])[51][2:]
        return session, extensions_of(offers)

    @staticmethod
    def hello(session, random, share):
        return handshake(SERVER_HELLO, u16(0x0303) + random + vec(1, session)
                         + u16(0x1301) + b'\0' + vec(2, u16(43, 2, 0x0304)
                                                     + share))

    @staticmethod
    def tickets(count=1, octets=200):
        return b''.join(handshake(
            TICKET, (7200).to_bytes(4, 'big') + bytes(4) + vec(1, bytes([i]))
            + vec(2, os.urandom(octets)) + vec(2, b''))
            for i in range(count))
