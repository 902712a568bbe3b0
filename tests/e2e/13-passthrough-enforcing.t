#!/usr/bin/python3
"""`enforcing`: the cleartext ServerHello is held to a profile."""
from edge import *
from tap import *

HEAD = ('profile only13 extends modern { }\n'
        'profile gcm12 extends intermediate { tls 1.2 .. 1.2; '
        'ciphers = TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, '
        'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256; }\n')


def enforcing(profile):
    return route('a.example.com', 'passthrough to web enforcing %s' % profile)


def outcome(port, context):
    try:
        with tls_connect(port, 'a.example.com', context) as c:
            return get(c)
    except (OSError, AssertionError) as e:
        return str(e)


@test('1.2', '1.3')
def versions(version):
    """a server that answers with another version is cut"""
    with Stage() as s:
        o = s.origin(tls=('backend', {'version': version}))
        g = s.gateway(policy(enforcing('only13'), head=HEAD, web=o.port))
        said = outcome(g.port, client_context(ca=None))
        if version == '1.3':
            equal(said, 'hello\n')
            g.wait_close('(done|client-reset)')
        else:
            check('alert handshake failure' in said, said)
            g.wait_close('enforced')


@test()
def suites():
    """a server that chooses a suite outside the profile is cut"""
    with Stage() as s:
        o = s.origin(tls=('backend', {'version': '1.2'}))
        g = s.gateway(policy(enforcing('gcm12'), head=HEAD, web=o.port))
        good = client_context('1.2', None,
                              ciphers='ECDHE-ECDSA-AES128-GCM-SHA256')
        bad = client_context('1.2', None,
                             ciphers='ECDHE-ECDSA-AES256-GCM-SHA384')
        equal(outcome(g.port, good), 'hello\n')
        said = outcome(g.port, bad)
        check('alert handshake failure' in said, said)
        g.wait_close('enforced')


@test('whole', 'octets', 'garbage', 'half', 'alert')
def raw(kind):
    """the ServerHello in any pieces; what is none is cut, an alert passes"""
    answer = {'garbage': b'HTTP/1.1 400 Bad Request\r\n\r\n',
              'alert': b'\x15\x03\x03\x00\x02\x02\x28'}.get(
                  kind, server_hello(0x1301))

    def talk(conn, origin, record):
        record += conn.recv(65536)
        if kind == 'octets':
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for i in range(len(answer)):
                conn.sendall(answer[i:i + 1])
        elif kind == 'half':
            conn.sendall(answer[:20])
        else:
            conn.sendall(answer)
    with Stage() as s:
        o = s.origin(talk)
        g = s.gateway(policy(enforcing('only13'), head=HEAD, web=o.port))
        with connect(g.port) as c:
            c.sendall(hello('a.example.com'))
            data = read_all(c)
        if kind in ('garbage', 'half'):
            equal(data, b'\x15\x03\x03\x00\x02\x02\x28', kind)
            g.wait_close('enforced')
        else:
            equal(data, answer, kind)


WARNING = b'\x15\x03\x03\x00\x02\x01\x5a'


@test('whole', 'pieces')
def warned(how):
    """an alert in front of the ServerHello passes, and does not end the
    guard"""
    def answers(rest):
        def talk(conn, origin, record):
            record += conn.recv(65536)
            data = WARNING * 2 + rest
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            size = len(data) if how == 'whole' else 3
            for at in range(0, len(data), size):
                conn.sendall(data[at:at + size])
                time.sleep(0.001)
        return talk
    good, bad = server_hello(0x1301), server_hello(0x1304)
    for rest, cut in ((good, False), (bad, True), (bad[:20], True),
                      (WARNING[:5], False)):
        with Stage() as s:
            o = s.origin(answers(rest))
            g = s.gateway(policy(enforcing('only13'), head=HEAD, web=o.port))
            with connect(g.port) as c:
                c.sendall(hello('a.example.com'))
                data = read_all(c)
            if cut:
                check(data.endswith(b'\x15\x03\x03\x00\x02\x02\x28'), data)
                check(rest[:9] not in data, data)
                g.wait_close('enforced')
            else:
                equal(data, WARNING * 2 + rest)

HRR = server_hello(0x1301, retry=True)
CCS = b'\x14\x03\x03\x00\x01\x01'
CUT = b'\x15\x03\x03\x00\x02\x02\x28'


def retried(flights, ends=False):
    """The server says the flights, each when the client has said one more
    hello; what the client got."""
    def talk(conn, origin, record):
        for hellos, flight in enumerate(flights, 1):
            while len(record) < hellos * len(first):
                record += conn.recv(65536)
            for piece in flight:
                conn.sendall(piece)
                time.sleep(0.002)
        conn.shutdown(socket.SHUT_WR)
        Origin.sink(conn, origin, record)
    first = hello('a.example.com')
    with Stage() as s:
        o = s.origin(talk)
        g = s.gateway(policy(enforcing('only13'), head=HEAD, web=o.port))
        with connect(g.port) as c:
            c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            c.sendall(first)
            got = b''
            if len(flights) > 1:
                while len(got) < len(HRR):
                    got += c.recv(len(HRR) - len(got))
                c.sendall(first)
            if ends:
                c.shutdown(socket.SHUT_WR)
            got += read_all(c)
        if got.endswith(CUT):
            g.wait_close('enforced')
        return got


@test()
def retries():
    """after a HelloRetryRequest: a ChangeCipherSpec, an alert, and the
    ServerHello that the second hello asks for"""
    good = server_hello(0x1301)
    for flights in ([[HRR], [good]], [[HRR + CCS], [good]],
                    [[HRR, CCS[:2], CCS[2:]], [good]],
                    [[HRR + CCS[:3]], [CCS[3:] + good + CCS]],
                    [[HRR], [CCS, good[:9], good[9:]]],
                    [[HRR[:40], HRR[40:] + WARNING], [good]],
                    [[HRR + WARNING + CCS]], [[HRR]]):
        equal(retried(flights),
              b''.join(b''.join(flight) for flight in flights), flights)


@test()
def speaks_on():
    """a server that goes on before the second hello is cut, and one that
    chooses amiss afterwards"""
    good, bad = server_hello(0x1301), server_hello(0x1304)
    inside = HRR[:3] + (len(HRR) - 5 + 4).to_bytes(2, 'big') + HRR[5:] + \
        b'\x0b\0\0\0'
    for flights, passes in (
            ([[HRR + good]], HRR), ([[HRR, good]], HRR),
            ([[HRR + bad]], HRR), ([[HRR + CCS, bad]], HRR + CCS),
            ([[HRR, b'\x17\x03\x03\0\1x']], HRR),
            ([[HRR, b'\x14\x03\x03\0\2\1\1']], HRR),
            ([[inside]], b''), ([[CCS + HRR]], b''),
            ([[HRR], [bad]], HRR), ([[HRR], [HRR]], HRR),
            ([[HRR], [CCS + bad]], HRR)):
        equal(retried(flights), passes + CUT, flights)
    # Who says nothing more is not told anything, either.
    equal(retried([[HRR, bad]], ends=True), HRR + CUT)

run()
