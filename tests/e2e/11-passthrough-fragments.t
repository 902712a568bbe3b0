#!/usr/bin/python3
"""A ClientHello routes the same however it is cut."""
from edge import *
from tap import *

ROUTE = route('shop.example.com', 'passthrough to web')


def through(port, pieces):
    sent = b''.join(pieces)
    with connect(port) as c:
        for p in pieces:
            c.sendall(p)
            if len(pieces) > 1:
                time.sleep(0.0005)
        got = b''
        while len(got) < len(sent):
            more = c.recv(65536)
            if not more:
                break
            got += more
    equal(got, sent, 'cut at %d' % len(pieces[0]))


@test()
def segments():
    """cut in two segments at every byte"""
    with Stage() as s:
        o = s.origin(Origin.echo)
        g = s.gateway(policy(ROUTE, web=o.port))
        whole = hello(alpn=['h2', 'http/1.1'])
        for at in range(1, len(whole)):
            through(g.port, [whole[:at], whole[at:]])


@test()
def single_bytes():
    """one byte a segment"""
    with Stage() as s:
        o = s.origin(Origin.echo)
        g = s.gateway(policy(ROUTE, web=o.port))
        whole = hello()
        through(g.port, [whole[i:i + 1] for i in range(len(whole))])


@test()
def over_records():
    """cut into records of every size, and at every byte into two"""
    with Stage() as s:
        o = s.origin(Origin.echo)
        g = s.gateway(policy(ROUTE, web=o.port))
        whole = hello()
        body = len(whole) - 5
        for size in range(1, body):
            through(g.port, [records(whole, size)])
            two = whole[:3] + size.to_bytes(2, 'big') + whole[5:5 + size] \
                + whole[:3] + (body - size).to_bytes(2, 'big') \
                + whole[5 + size:]
            through(g.port, [two])


@test()
def records_and_segments():
    """two records, cut in the second record's header"""
    with Stage() as s:
        o = s.origin(Origin.echo)
        g = s.gateway(policy(ROUTE, web=o.port))
        two = records(hello(), 100)
        for at in range(95, 115):
            through(g.port, [two[:at], two[at:]])

run()
