#!/usr/bin/python3
"""A port alone listens to every address, of IPv4 and of IPv6, and each client
has the address of its own family."""
from edge import *
from tap import *

NAME = 'a.example.com'


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as s:
            s.bind(('::1', 0))
        return True
    except OSError:
        return False


@test()
def both():
    """clients of both families are served, and logged as what they are"""
    if not has_ipv6():
        raise Skip('no IPv6 here')
    with Stage() as s:
        port = free_port('0.0.0.0')
        g = s.gateway(policy(route(NAME, 'passthrough to x'),
                             x=s.origin(Origin.echo).port).replace(
            '@LISTEN@', ':%d' % port), port=port)
        for family, address, shown in (
                (socket.AF_INET, ADDR, r'127\.'),
                (socket.AF_INET, '127.0.0.1', r'127\.0\.0\.1:'),
                (socket.AF_INET6, '::1', r'"?\[::1\]')):
            with socket.socket(family) as c:
                c.settimeout(DEADLINE)
                c.connect((address, port))
                c.sendall(hello(NAME))
                check(c.recv(1), address)
            g.wait_log('source=' + shown)


run()
