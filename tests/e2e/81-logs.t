#!/usr/bin/python3
"""Logs that cannot be written cost lines, never connections; syslog."""
import fcntl

from edge import *
from tap import *

NAME = 'shop.example.com'


def to_web(stage):
    return policy(route(NAME, 'offload to web', 'certificate shop;'),
                  head=certificate('shop'), web=stage.origin().port)


def served(port, times=20):
    for _ in range(times):
        with tls_connect(port, NAME) as c:
            equal(get(c), 'hello\n')


@test()
def full_disk():
    """a log on a full disk: traffic and commands go on"""
    with Stage() as s:
        g = s.gateway(to_web(s), None, '--log', '/dev/full', '--audit',
                      '/dev/full')
        served(g.port)
        code, text = g.tlsctl('load', s.path('nothing'))
        equal(code, 1, text)
        code, text = g.tlsctl('load')
        equal(code, 0, text)
        served(g.port)


@test()
def slow_reader():
    """lines that a log's reader does not take are counted, not waited for"""
    with Stage() as s:
        fifo = s.path('fifo')
        os.mkfifo(fifo)
        reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        fcntl.fcntl(reader, 1031, 4096)   # F_SETPIPE_SZ
        g = s.gateway(to_web(s), None, '--log', fifo)
        held = b''
        while b'lost_lines=' not in held:
            served(g.port, 50)
            try:
                held += os.read(reader, 65536)
            except BlockingIOError:
                pass
        check(re.search(br' lost_lines=[1-9]', held), held[-2000:])
        os.close(reader)   # nor is a reader that is gone a reason to end
        served(g.port, 5)


SYSLOG = r'''
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind('/dev/log')
os.chmod('/dev/log', 0o666)
if os.fork() == 0:
    with open(sys.argv[1], 'ab', 0) as f:
        s.settimeout(1)
        while os.getppid() != 1:
            try:
                f.write(s.recv(65536) + b'\n')
            except TimeoutError:
                pass
    os._exit(0)
os.execvp(sys.argv[2], sys.argv[2:])
'''


def own_dev():
    """A /dev of our own is needed for a /dev/log of our own."""
    return tool('unshare', '-m', 'mount', '-t', 'tmpfs', 'none',
                '/dev')[0] == 0


@test()
def syslog():
    """--log syslog: one datagram a line, from master and workers"""
    if not own_dev():
        print('# no mount namespace here: syslog is not tried')
        return
    with Stage() as s:
        lines = s.path('syslog')
        with open(lines, 'w'):
            pass
        with open(s.path('syslog.py'), 'w') as f:
            f.write(SYSLOG)
        g = s.gateway(to_web(s), None, '--log', 'syslog', prefix=(
            'unshare', '-m', 'sh', '-c',
            'cp -a /dev/null /dev/urandom %s && mount -t tmpfs none /dev && '
            'cp -a null urandom /dev && exec "$@"' % s.dir, 'sh',
            'python3', s.path('syslog.py'), lines))
        served(g.port, 2)

        def seen():
            with open(lines) as f:
                text = f.read().splitlines()
            return text if sum('mode=offload' in l for l in text) == 2 else None
        text = poll(seen, 'the lines')
        # Facility daemon: 24 to 31.
        check(all(re.match(r'<(2[4-9]|3[01])>tlsd\[\d+\]: [a-z]', l)
                  for l in text), text)
        check(any('event=loaded' in l for l in text), text)


run()
