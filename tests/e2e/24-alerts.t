#!/usr/bin/python3
"""The alert that RFC 8446 and RFC 5246 name for each fault of a client: at the
parser with "malformed reject alert", and where TLS ends here."""
from edge import *
from rawtls import *
from tap import *

CLOSE_NOTIFY, UNEXPECTED, BAD_MAC, OVERFLOW, FAILURE = 0, 10, 20, 22, 40
ILLEGAL, DECODE, VERSION, MISSING = 47, 50, 70, 109
FALLBACK = 86
NAME = 'shop.example.com'


@contextlib.contextmanager
def served(form=None, profile='', malformed='reject alert', **more):
    with Stage() as s:
        o = s.origin()
        yield s.gateway(policy(route(NAME, 'offload to web', *more.values()),
                               web=o.port, malformed=malformed,
                               head=certificate('shop') + profile,
                               front='certificate shop;'), form)


def last_alert(data):
    """The description of the last record of data when it is a fatal alert in
    clear; None when there is none."""
    at, found = 0, None
    while at + 5 <= len(data):
        n = int.from_bytes(data[at + 3:at + 5], 'big')
        kind, content = data[at], data[at + 5:at + 5 + n]
        found = content[1] if kind == 21 and len(content) == 2 \
            and content[0] == 2 else None
        at += 5 + n
    return found


def answer(g, *pieces):
    """All that the gateway says to the pieces, until it ends."""
    with connect(g.port) as c:
        for piece in pieces:
            c.sendall(piece)
        try:
            return read_all(c)
        except ConnectionResetError:
            return b'reset'


def each(g, cases):
    wrong = []
    for what, (sent, wanted) in cases.items():
        pieces = sent if isinstance(sent, (list, tuple)) else [sent]
        got = answer(g, *pieces)
        if last_alert(got) != wanted:
            wrong.append('%s: wanted %s, got %s (%r)' % (
                what, wanted, last_alert(got), got[-40:]))
    check(not wrong, '\n'.join(wrong))


GOOD = client_hello(extensions13())
MESSAGE = GOOD[5:]
BEGINNINGS = {
    'another protocol': (b'GET / HTTP/1.1\r\n\r\n', UNEXPECTED),
    'application data': (record(b'x', 23), UNEXPECTED),
    'an alert': (record(b'\2\x28', 21), UNEXPECTED),
    'a ChangeCipherSpec': (record(b'\1', 20), UNEXPECTED),
    'SSLv2': (b'\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10' + bytes(40),
              VERSION),
    'major version 2': (b'\x16\x02' + GOOD[2:], VERSION),
    'an empty record': (record(b''), UNEXPECTED),
    'a long record': (b'\x16\3\1\x40\1' + MESSAGE, OVERFLOW),
    'no hello': (record(handshake(2, MESSAGE[4:])), UNEXPECTED),
    'a record between': ([record(MESSAGE[:20]), record(b'\1', 20)],
                         UNEXPECTED),
    'data between': ([record(MESSAGE[:20]), record(b'', 23)], UNEXPECTED),
    'octets behind': (record(MESSAGE + b'\x0b'), UNEXPECTED),
    'too long a message': (record(b'\1\xff\xff\xff'), ILLEGAL),
    'a hello of an octet': (record(handshake(1, b'\3')), DECODE),
    'legacy_version 2.0': (client_hello(extensions13(), version=0x0200),
                           VERSION),
    'a long session id': (client_hello(extensions13(), session=bytes(33)),
                          DECODE),
    'no suites': (client_hello(extensions13(), suites=()), DECODE),
    'no compression': (client_hello(extensions13(), compression=b''), DECODE),
    'only deflate': (client_hello(extensions13(), compression=b'\1'), ILLEGAL),
    'octets behind the extensions': (client_hello(extensions13(), tail=b'\0'),
                                     DECODE),
    'an extension twice': (client_hello(extensions13() + [(10, vec(2, u16(
        29)))]), ILLEGAL),
    'an unknown extension twice': (client_hello(extensions13() + [
        (4711, b''), (4711, b'')]), ILLEGAL),
    'psk not last': (client_hello([(45, b'\1\1'), (41, psk())]
                                  + extensions13()), ILLEGAL),
    'an empty server_name': (client_hello(extensions13(e0=b'')), DECODE),
    'two names': (client_hello(extensions13(e0=vec(2, (b'\0' + vec(
        2, b'a.test')) * 2))), ILLEGAL),
    'an empty ALPN list': (client_hello(extensions13(e16=b'\0\0')), DECODE),
    'an empty ALPN token': (client_hello(extensions13(e16=b'\0\1\0')), DECODE),
    'odd supported_versions': (client_hello(extensions13(e43=b'\3\3\4\3')),
                               DECODE),
    'no supported_versions': (client_hello(extensions13(e43=b'\0')), DECODE),
    'an empty key share': (client_hello(extensions13(e51=shares((29, b'')))),
                           DECODE),
}


@test()
def beginnings():
    """what is no acceptable ClientHello"""
    with served() as g:
        each(g, BEGINNINGS)
        g.wait_close('malformed', len(BEGINNINGS) - 1)
        g.wait_close('hello-too-big')


@test()
def silent():
    """"malformed reject close" says nothing"""
    with served(malformed='reject close') as g:
        for what, (sent, wanted) in BEGINNINGS.items():
            pieces = sent if isinstance(sent, list) else [sent]
            check(last_alert(answer(g, *pieces)) is None, what)


def with13(**more):
    return client_hello(extensions13(**more))


def with12(**more):
    return client_hello(extensions12(**more), suites=(0xc02b,))


HELLOS = {
    'SSL 3.0': (client_hello(extensions13(), version=0x0300), VERSION),
    'two compression methods': (client_hello(
        extensions13(), compression=b'\0\1'), ILLEGAL),
    'no signature_algorithms': (with13(e13=None), MISSING),
    'no supported_groups': (with13(e10=None), MISSING),
    'no key_share': (with13(e51=None), MISSING),
    'neither groups nor shares': (with13(e10=None, e51=None), MISSING),
    'psk without modes': (with13(e41=psk()), MISSING),
    'psk with a binder too many': (with13(e45=b'\1\1', e41=psk(1, 2)),
                                   ILLEGAL),
    'psk without binders': (with13(e45=b'\1\1', e41=psk(1, 0)), DECODE),
    'empty psk': (with13(e45=b'\1\1', e41=b''), DECODE),
    'empty psk modes': (with13(e45=b'\0'), DECODE),
    'early_data with octets': (with13(e42=b'\0'), DECODE),
    'post_handshake_auth with octets': (with13(e49=b'\0'), DECODE),
    'empty cookie': (with13(e44=b'\0\0'), DECODE),
    'odd signature_algorithms': (with13(e13=vec(2, b'\4\3\4')), DECODE),
    'empty signature_algorithms': (with13(e13=b'\0\0'), DECODE),
    'odd supported_groups': (with13(e10=vec(2, b'\0\x1d\0')), DECODE),
    'empty supported_groups': (with13(e10=b'\0\0'), DECODE),
    'odd signature_algorithms_cert': (with13(e50=vec(2, b'\4')), DECODE),
    'max_fragment_length 5': (with13(e1=b'\5'), ILLEGAL),
    'max_fragment_length of two octets': (with13(e1=b'\1\1'), DECODE),
    'record_size_limit 63': (with13(e28=b'\0\x3f'), ILLEGAL),
    'heartbeat mode 3': (with13(e15=b'\3'), ILLEGAL),
    'half a status_request': (with13(e5=b'\1\0'), DECODE),
    'renegotiation in a first hello': (with13(e65281=b'\x0c' + bytes(12)),
                                       FAILURE),
    'a short renegotiation_info': (with13(e65281=b''), DECODE),
    'a share of another group': (with13(e51=shares((24, b'\4' + bytes(96)))),
                                 ILLEGAL),
    'two shares of a group': (with13(e51=shares(
        (29, X25519_BASE), (29, X25519_BASE))), ILLEGAL),
    'a short x25519 share': (with13(e51=shares((29, bytes(31)))), ILLEGAL),
    'a long x25519 share': (with13(e51=shares((29, bytes(33)))), ILLEGAL),
    'x25519 of low order': (with13(e51=shares((29, bytes(32)))), ILLEGAL),
    'a compressed point': (with13(e51=shares((23, b'\2' + P256_BASE[1:33]))),
                           ILLEGAL),
    'a hybrid point': (with13(e51=shares((23, b'\6' + P256_BASE[1:]))),
                       ILLEGAL),
    'a raw point': (with13(e51=shares((23, P256_BASE[1:]))), ILLEGAL),
    'the point at infinity': (with13(e51=shares((23, b'\0'))), ILLEGAL),
    'a point off the curve': (with13(e51=shares(
        (23, P256_BASE[:-1] + b'\1'))), ILLEGAL),
    'TLS 1.2: no uncompressed points': (with12(e11=b'\1\1'), ILLEGAL),
    'TLS 1.2: empty point formats': (with12(e11=b'\0'), DECODE),
    'TLS 1.2: extended_master_secret with octets': (with12(e23=b'\0'), DECODE),
    'TLS 1.2: encrypt_then_mac with octets': (with12(e22=b'\0'), DECODE),
    'TLS 1.2: odd groups': (with12(e10=vec(2, b'\0')), DECODE),
    'TLS 1.2: renegotiation': (with12(e65281=b'\x0c' + bytes(12)), FAILURE),
    'TLS 1.2: a fallback': (client_hello(
        extensions12(), suites=(0xc02b, 0x5600)), FALLBACK),
    'TLS 1.2: no common suite': (client_hello(
        extensions12(), suites=(0x0005,)), FAILURE),
    'TLS 1.1': (client_hello(extensions12(), version=0x0302), VERSION),
    'versions of the future only': (with13(e43=b'\2\x03\x05'), VERSION),
}


@test()
def hellos():
    """a hello that is well formed and that a server must refuse"""
    with served() as g:
        each(g, HELLOS)
        g.wait_close('handshake-failed', len(HELLOS))


@test()
def untouched():
    """a passthrough leaves them to the server"""
    with Stage() as s:
        o = s.origin(Origin.sink)
        g = s.gateway(policy(route(NAME, 'passthrough to web'), web=o.port))
        for i, (what, (sent, wanted)) in enumerate(HELLOS.items()):
            with connect(g.port) as c:
                c.sendall(sent)
                poll(lambda: len(o.received) > i and
                     len(o.received[i]) == len(sent), what)


def flight12(g, *records_, suite=0xc02b, groups=(23,)):
    """A TLS 1.2 handshake up to ServerHelloDone, then these records."""
    first = client_hello(extensions12(e10=vec(2, u16(*groups))),
                         suites=(suite,))
    with connect(g.port) as c:
        c.sendall(first)
        got = b''
        while b'\x0e\0\0\0' not in got:
            more = c.recv(65536)
            check(more, 'the server ended', got)
            got += more
        for r in records_:
            c.sendall(r)
        try:
            return last_alert(read_all(c))
        except ConnectionResetError:
            return 'reset'


def cke(point):
    return record(handshake(16, point), version=0x0303)


CCS = record(b'\1', 20, 0x0303)
KEYS = {
    'P-256': (23, {
        'empty': (cke(b'\0'), DECODE),
        'no octet': (cke(b''), DECODE),
        'short by its length': (cke(b'\x42' + P256_BASE), DECODE),
        'octets behind': (cke(vec(1, P256_BASE) + b'\0'), DECODE),
        'hybrid': (cke(vec(1, b'\6' + P256_BASE[1:])), ILLEGAL),
        'compressed': (cke(vec(1, b'\2' + P256_BASE[1:33])), ILLEGAL),
        'raw': (cke(vec(1, P256_BASE[1:])), ILLEGAL),
        'off the curve': (cke(vec(1, P256_BASE[:-1] + b'\1')), ILLEGAL),
    }),
    'x25519': (29, {
        'empty': (cke(b'\0'), DECODE),
        'short': (cke(vec(1, bytes(31))), ILLEGAL),
        'long': (cke(vec(1, bytes(33))), ILLEGAL),
        'low order': (cke(vec(1, bytes(32))), ILLEGAL),
    }),
}


@test()
def client_keys():
    """TLS 1.2: the client's key in another form than RFC 8422 leaves"""
    with served() as g:
        wrong = []
        for curve, (group, cases) in KEYS.items():
            for what, (sent, wanted) in cases.items():
                got = flight12(g, sent, CCS, groups=(group,))
                if got != wanted:
                    wrong.append((curve, what, wanted, got))
        equal(wrong, [])


GOOD_KEY = cke(vec(1, P256_BASE))
AFTER = {
    'a ChangeCipherSpec of 2': ([GOOD_KEY, record(b'\2', 20, 0x0303)],
                                (UNEXPECTED,)),
    'a ChangeCipherSpec at once': ([CCS], (UNEXPECTED,)),
    'a ChangeCipherSpec of two octets': (
        [GOOD_KEY, record(b'\1\1', 20, 0x0303)], (UNEXPECTED,)),
    'an empty ChangeCipherSpec': ([GOOD_KEY, record(b'', 20, 0x0303)],
                                  (UNEXPECTED,)),
    'application data': ([record(b'x', 23, 0x0303)], (UNEXPECTED,)),
    'application data without content': ([record(b'', 23, 0x0303)],
                                         (UNEXPECTED,)),
    'it behind the key': ([GOOD_KEY, record(b'', 23, 0x0303)], (UNEXPECTED,)),
    'an empty alert': ([record(b'', 21, 0x0303)], (UNEXPECTED, DECODE)),
    'half an alert': ([record(b'\2', 21, 0x0303)], (UNEXPECTED, DECODE)),
    'an empty handshake record': ([record(b'', 22, 0x0303)], (UNEXPECTED,)),
    'an unknown record type': ([record(b'x', 99, 0x0303)], (UNEXPECTED,)),
    'a Finished in place of the key': (
        [record(handshake(20, bytes(12)), version=0x0303)], (UNEXPECTED,)),
    'a second hello': ([record(handshake(1, body(extensions12())),
                               version=0x0303)], (UNEXPECTED,)),
    'a long record': ([b'\x16\3\3\x48\1' + bytes(18433)], (OVERFLOW,)),
    'a Finished in clear': (
        [GOOD_KEY, CCS, record(handshake(20, bytes(12)), version=0x0303)],
        (BAD_MAC, UNEXPECTED, DECODE)),
    'a record that is not ours': (
        [GOOD_KEY, CCS, record(bytes(40), version=0x0303)], (BAD_MAC,)),
}


@test()
def flights():
    """TLS 1.2: messages and records that do not belong where they are"""
    with served() as g:
        wrong = []
        for what, (sent, wanted) in AFTER.items():
            got = flight12(g, *sent)
            if got not in wanted:
                wrong.append((what, wanted, got))
        equal(wrong, [])


NO_CERTIFICATE = {
    'an empty list': (handshake(11, bytes(3)) + GOOD_KEY[5:], FAILURE),
    'the key at once': (GOOD_KEY[5:], UNEXPECTED),
    'a Finished': (handshake(20, bytes(12)), UNEXPECTED),
    'an unknown message': (handshake(99, b'x'), UNEXPECTED),
    'a second hello': (handshake(1, body(extensions12())), UNEXPECTED),
    'a list of another length': (handshake(11, b'\0\0\5x'), DECODE),
}


@test()
def no_certificate():
    """TLS 1.2: what comes in place of a client's certificate"""
    with served(auth='client-auth ca "%s" require;' % cert('ca')) as g:
        wrong = []
        for what, (sent, wanted) in NO_CERTIFICATE.items():
            got = flight12(g, record(sent, version=0x0303))
            if got != wanted:
                wrong.append((what, wanted, got))
        equal(wrong, [])


def sent_alert(g, *pieces):
    """TLS 1.3: what the log says of the alert, which goes out sealed."""
    before = len(g.log().splitlines())
    with connect(g.port) as c:
        c.sendall(pieces[0])
        got = c.recv(65536)
        with contextlib.suppress(OSError):   # it may end in between
            for piece in pieces[1:]:
                c.sendall(piece)
            read_all(c)
    line = poll(lambda: [l for l in g.log().splitlines()[before:]
                         if ' sni=' in l and ' close=' in l],
                'the end')[0]
    found = re.search(r' alert=(\d+)', line)
    return int(found.group(1)) if found else line


FIRST13 = with13()
BEHIND = {
    'a record that is not ours': ([record(bytes(60), 23, 0x0303)], BAD_MAC),
    'a record without a tag': ([record(b'x', 23, 0x0303)],
                               (BAD_MAC, DECODE)),
    'an empty one': ([record(b'', 23, 0x0303)],
                     (BAD_MAC, DECODE, UNEXPECTED)),
    'a ChangeCipherSpec of 2': ([record(b'\2', 20, 0x0303)], UNEXPECTED),
    'a ChangeCipherSpec of two octets': ([record(b'\1\1', 20, 0x0303)],
                                         UNEXPECTED),
    'an empty ChangeCipherSpec': ([record(b'', 20, 0x0303)], UNEXPECTED),
    'an unknown record type': ([record(b'x', 99, 0x0303)], UNEXPECTED),
    'a message in clear': ([record(handshake(20, bytes(32)),
                                   version=0x0303)], (UNEXPECTED, BAD_MAC)),
    'a long record': ([b'\x17\3\3\x41\1' + bytes(16641)], OVERFLOW),
}


@test()
def behind_our_flight():
    """TLS 1.3: records that do not belong where they are"""
    with served() as g:
        wrong = []
        for what, (sent, wanted) in BEHIND.items():
            got = sent_alert(g, FIRST13, *sent)
            if got not in (wanted if isinstance(wanted, tuple)
                           else (wanted,)):
                wrong.append((what, wanted, got))
        equal(wrong, [])


@test()
def early_data():
    """early data that we reject is skipped, but not without end"""
    first = with13(e42=b'', e45=b'\1\1', e41=psk())
    with served() as g:
        octets = record(bytes(4096), 23, 0x0303)
        equal(sent_alert(g, first, *[octets] * 5), UNEXPECTED)


P256_ONLY = 'profile one extends intermediate { groups = secp256r1; }\n'


def again(**more):
    """A second hello, of the group that the first one has no share of."""
    e = dict(e16=alpn('h2'), e51=shares((23, P256_BASE)))
    e.update(more)
    return e


SAME = {
    'the share alone': again(),
    'a cookie, padding': again(e44=vec(2, b'c'), e21=bytes(9)),
}
CHANGED = {
    'another protocol': (again(e16=alpn('http/1.1')), 'hello-changed'),
    'no protocol': (again(e16=None), 'hello-changed'),
    'another version': (again(e43=b'\4\3\4\3\3'), 'hello-changed'),
    'other signatures': (again(e13=vec(2, u16(0x0403))), 'hello-changed'),
    'other groups': (again(e10=vec(2, u16(23, 29))), 'hello-changed'),
    'a limit': (again(e28=b'\2\0'), 'hello-changed'),
    'early data': (again(e42=b''), 'hello-changed'),
    'another name': (again(e0=sni('b.example.com')), 'sni-changed'),
    'no name': (again(e0=None), 'sni-changed'),
    'a hybrid point': (again(e51=shares((23, b'\6' + P256_BASE[1:]))),
                       'handshake-failed'),
}


@test(*['offload', 'bridge'])
def second_hellos(mode):
    """behind a HelloRetryRequest the hello is the same but for its shares"""
    with Stage() as s:
        o = s.origin(tls='backend' if mode == 'bridge' else None)
        g = s.gateway(policy(
            route(NAME, mode + ' to web', 'profile one;'),
            front='certificate shop;', head=certificate('shop') + P256_ONLY, web=server(o.port)
            + (' tls { verify ca "%s" name "api.internal"; }' % cert('ca')
               if mode == 'bridge' else '')))
        first = with13(e16=alpn('h2'))

        def talk(more, suites=(0x1301, 0xc02b)):
            with connect(g.port) as c:
                c.sendall(first)
                got = b''
                while len(got) < 5 or len(got) < 5 + int.from_bytes(
                        got[3:5], 'big'):
                    got += c.recv(65536)
                check(bytes.fromhex('cf21ad74e59a6111be1d8c021e65b891') in got,
                      'no HelloRetryRequest', got)
                c.sendall(record(b'\1', 20, 0x0303)
                          + client_hello(extensions13(**more), suites=suites))
                got = b''
                while last_alert(got) is None and b'\x16\3\3' not in got:
                    more_ = c.recv(65536)
                    if not more_:
                        break
                    got += more_
                return last_alert(got)
        for what, more in SAME.items():
            equal(talk(more), None, what)
        for what, (more, close) in CHANGED.items():
            seen = len(g.log().splitlines())
            equal(talk(more), ILLEGAL, what)
            poll(lambda: 'close=' + close in '\n'.join(
                g.log().splitlines()[seen:]), close + ': ' + what)
        equal(talk(again(), (0xc02b, 0x1301)), ILLEGAL, 'other suites')

run()
