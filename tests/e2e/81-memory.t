#!/usr/bin/python3
"""What a peak of connections took is given back when it is over."""
from edge import *
from tap import *

NAME = 'shop.example.com'
MANY = 400
WITHIN = 'limits patient { client-hello 64KiB within 10m; }\n'


def worker(g):
    line = g.wait_log('event=child-started process=worker')[-1]
    return int(re.search(r'pid=(\d+)', line).group(1))


def resident(process):
    """Octets of its own memory."""
    with open('/proc/%d/status' % process) as f:
        return 1024 * int(re.search(r'RssAnon:\s+(\d+)', f.read()).group(1))


def falls(process, before, peak):
    """Most of what the peak took is the kernel's again."""
    poll(lambda: resident(process) - before < (peak - before) / 3,
         'less than a third of %d octets' % (peak - before))


def large_hello():
    """All but the last octets of a hello as large as may be."""
    body = b'\1' + (60000).to_bytes(3, 'big') + b'\3\3' + bytes(59000)
    return b''.join(b'\x16\3\1' + len(p).to_bytes(2, 'big') + p for p in (
        body[at:at + 16000] for at in range(0, len(body), 16000)))


@test()
def hellos():
    """half a hello of 60,000 octets from each of 400 clients"""
    if 'san' in BUILD:
        raise Skip('the allocator is another')
    with Stage() as s:
        g = s.gateway(policy(route(NAME, 'passthrough to x'), head=WITHIN,
                             front='limits patient;', x=free_port()))
        process = worker(g)
        before = resident(process)
        clients = [connect(g.port) for _ in range(MANY)]
        for c in clients:
            c.sendall(large_hello())
        poll(lambda: resident(process) - before > MANY * 50000, 'the peak')
        peak = resident(process)
        for c in clients:
            c.close()
        falls(process, before, peak)


@test()
def sessions():
    """400 decrypted connections, and their handshakes"""
    if 'san' in BUILD:
        raise Skip('the allocator is another')
    with Stage() as s:
        o = s.origin(Origin.echo)
        g = s.gateway(policy(route(NAME, 'offload to x', 'certificate shop;'),
                             head=certificate('shop'), x=o.port), 'gnutls')
        process = worker(g)
        with tls_connect(g.port, NAME):
            before = resident(process)
        context = client_context()
        clients = [tls_connect(g.port, NAME, context) for _ in range(MANY)]
        peak = resident(process)
        check(peak - before > MANY * 5000, before, peak)
        for c in clients:
            c.close()
        falls(process, before, peak)

run()
