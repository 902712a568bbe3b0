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
def disk_again():
    """a disk that was full: how many lines are missing is told when it is not"""
    if os.geteuid() != 0:
        raise Skip('not root')
    with Stage() as s:
        os.mkdir(s.path('disk'))
        g = s.add(Gateway(
            s, to_web(s), None, ('--log', s.path('disk/log')), prefix=(
                'unshare', '-m', 'bash', '-c', 'mount -t tmpfs -o size=16k,'
                'mode=755 none "$0" && exec "$@"', s.path('disk'))))
        g.log_path = '/proc/%d/root%s' % (g.pid, s.path('disk/log'))
        g.wait_log('event=loaded')
        with open('/proc/%d/root%s' % (g.pid, s.path('disk/more')), 'wb',
                  0) as f:
            try:
                while True:
                    f.write(bytes(4096))
            except OSError:
                pass
        served(g.port, 100)   # more than the page that is begun can take
        os.unlink(f.name)
        served(g.port, 1)
        line = g.wait_log('event=log-lost lost_lines=')[-1]
        check(int(line.rpartition('=')[2]) > 0, line)


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


COMES = r'''
import os, socket, sys, time
if os.fork() != 0:
    os.execvp(sys.argv[3], sys.argv[3:])
s = None
with open(sys.argv[1], 'ab', 0) as f:
    while os.getppid() != 1:
        up = os.path.exists(sys.argv[2])
        if up and not s:
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            s.bind('/dev/log')
            os.chmod('/dev/log', 0o666)
            s.settimeout(.05)
        if not up and s:
            s.close()
            os.unlink('/dev/log')
            s = None
            f.write(b'down\\n')
        try:
            f.write(s.recv(65536) + b'\\n') if s else time.sleep(.05)
        except TimeoutError:
            pass
'''


@test()
def syslog_comes():
    """--log syslog without /dev/log: it starts, and again when it is made anew"""
    if not own_dev():
        print('# no mount namespace here: syslog is not tried')
        return
    with Stage() as s:
        lines, up = s.path('syslog'), s.path('up')
        with open(lines, 'w'):
            pass
        with open(s.path('syslog.py'), 'w') as f:
            f.write(COMES.replace('\\\\', '\\'))

        def seen(what, n=1):
            def look():
                with open(lines) as f:
                    return len(re.findall(what, f.read())) >= n
            poll(look, '%d of %s' % (n, what))
        g = s.gateway(to_web(s), None, '--log', 'syslog', prefix=(
            'unshare', '-m', 'sh', '-c',
            'cp -a /dev/null /dev/urandom %s && mount -t tmpfs none /dev && '
            'cp -a null urandom /dev && exec "$@"' % s.dir, 'sh',
            'python3', s.path('syslog.py'), lines, up))
        served(g.port, 2)
        open(up, 'w').close()
        seen('event=syslog-connected')
        seen('event=loaded')          # from before it was there
        seen('mode=offload', 2)
        os.unlink(up)
        seen('down')
        served(g.port, 2)
        open(up, 'w').close()
        seen('event=syslog-connected', 2)
        served(g.port, 2)
        seen('mode=offload', 6)


NASTY = b'\xff\x1b[31m\n\xc2\x9b\xe2\x80\xae'


@test()
def octets():
    """names with any octets: one line, JSON, spelled alike by both writers"""
    first = hello('a.example.com', alpn=['a' * len(NASTY)]).replace(
        b'a' * len(NASTY), NASTY)
    for form in ('logfmt', 'json'):
        with Stage() as s:
            path = os.fsencode(s.path('x')) + b'\xff\xe2\x80\xae'
            o = s.origin(Origin.echo)
            g = s.gateway(policy(route('a.example.com', 'passthrough to web'),
                                 web=o.port), None, '--log-format', form)
            code, text = g.tlsctl('load', path)
            equal(code, 1, text)
            with connect(g.port) as c:
                c.sendall(first)
                c.recv(1)
            line = g.wait_log('conn.*u202e')[-1]
            refused = g.wait_log('refused.*u202e')[-1]
            check('"\\u00ff\\u001b[31m\\u000a\\u009b\\u202e"' in line, line)
            check('x\\u00ff\\u202e"' in refused, refused)
            if form == 'json':
                equal(json.loads(line)['alpn'], NASTY.decode('latin1')[:7] +
                      '\x9b\u202e')
                check(json.loads(refused)['policy'].endswith(
                    'x\xff\u202e'), refused)
                check(json.loads(refused)['ms'] >= 0, refused)
                loaded = g.wait_log('"event":"loaded"')[0]
                equal(json.loads(loaded)['generation'],
                      json.loads(line)['generation'])
            with open(g.log_path, 'rb') as f:
                for l in f.read().decode().splitlines():
                    check(l.isprintable(), l)


@test()
def odd_path():
    """a policy at a path that is no UTF-8: tlsctl tells of it, in JSON"""
    with Stage() as s:
        os.mkdir(os.fsencode(s.path('x')) + b'\xff')
        g = s.gateway(policy(route('a.example.com', 'passthrough to web'),
                             web=s.origin().port),
                      table=os.fsdecode(b'x\xff/policy.bin'))
        told = s.path('x') + '\xff/policy.bin'
        status = json.loads(g.tlsctl('--json', 'status')[1])
        equal([status['live']['policy'], status['generations'][0]['policy']],
              [told, told])
        os.truncate(os.fsencode(s.path('x')) + b'\xff/policy.bin', 100)
        code, out = g.tlsctl('--json', 'load')
        check(code == 1 and told in json.loads(out)['error'], out)
        status = json.loads(g.tlsctl('--json', 'status')[1])
        check(told in status['last_refusal']['reason'], status)


run()
