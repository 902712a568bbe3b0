#!/usr/bin/python3
"""The Debian package, in a throw-away root: built, installed, started,
upgraded while a connection lives, removed."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                'e2e'))
from edge import *
from tap import *

NEW = '1.0+next1'


def why_not():
    if BUILD.endswith('san'):
        return 'packages are made of the plain build'
    for tool_name in ('dpkg-deb', 'dpkg-shlibdeps', 'useradd'):
        if not shutil.which(tool_name, path=os.environ['PATH'] + ':/usr/sbin'):
            return 'no ' + tool_name
    if os.getuid() != 0:
        return 'installing wants root'
    return None


def make(version=''):
    code, out = tool('sh', os.path.join(TOP, 'debian', 'build'),
                     os.environ.get('BUILD', 'build'),
                     *([version] if version else []))
    equal(code, 0, out)
    return os.path.join(TOP, re.search(r"in '(.*?\.deb)'", out).group(1))


def dpkg(root, *argv):
    # Scripts run outside with DPKG_ROOT set; what the package needs is not
    # in this root.
    code, out = tool('dpkg', '--root=' + root, '--force-script-chrootless',
                     '--force-depends', '--log=' + root + '/dpkg.log', *argv)
    equal(code, 0, out)
    return out


def new_root(stage):
    root = stage.path('root')
    for d in ('var/lib/dpkg/info', 'var/lib/dpkg/updates', 'etc', 'usr/sbin'):
        os.makedirs(os.path.join(root, d))
    for f in ('var/lib/dpkg/status', 'etc/passwd', 'etc/group', 'etc/shadow',
              'etc/gshadow'):
        open(os.path.join(root, f), 'w').close()
    return root


def leftovers(root):
    return [os.path.join(d, f) for part in ('usr', 'lib')
            for d, _, files in os.walk(os.path.join(root, part))
            for f in files]


def main_pid(control, root):
    code, out = tool(root + '/usr/bin/tlsctl', '--control', control, 'status')
    found = re.search(r'tlsd \S+, pid (\d+), serving', out)
    return int(found.group(1)) if code == 0 and found else None


def lives(root):
    """Starts the installed programs, upgrades them under a connection."""
    control = root + '/control'
    port = free_port()
    origin = Origin(Origin.echo)
    with open(root + '/etc/tlsd/policy.tls', 'w') as f:
        f.write(policy(route('shop.example.com', 'passthrough to web'),
                       web=origin.port).replace('@LISTEN@', '%s:%d'
                                                % (ADDR, port)))
    code, out = tool(root + '/usr/bin/tlsc', 'compile', '-o',
                     root + '/etc/tlsd/policy.bin',
                     root + '/etc/tlsd/policy.tls')
    equal(code, 0, out)
    p = Process([root + '/usr/sbin/tlsd', '--workers', '1', '--control',
                 control, '--user', 'nobody', root + '/etc/tlsd/policy.bin'],
                root, 'tlsd')
    second = None
    try:
        p.wait_port(port)
        first = poll(lambda: main_pid(control, root), 'tlsctl status')
        first_hello = hello('shop.example.com')
        old = connect(port)
        old.sendall(first_hello)
        equal(old.recv(len(first_hello), socket.MSG_WAITALL), first_hello)
        dpkg(root, '-i', make(NEW))
        check(NEW in dpkg(root, '-s', 'tlsd'))
        os.kill(first, signal.SIGUSR2)   # what the script does under systemd
        second = poll(lambda: main_pid(control, root) not in (None, first) and
                      main_pid(control, root), 'the new program')
        old.sendall(b'still')
        equal(old.recv(5, socket.MSG_WAITALL), b'still')
        with connect(port) as fresh:
            fresh.sendall(first_hello)
            equal(fresh.recv(len(first_hello), socket.MSG_WAITALL),
                  first_hello)
        old.close()
        poll(lambda: not p.alive(), 'the old program to end')
        equal(p.stop(), 0)
    finally:
        if second:
            os.kill(second, signal.SIGTERM)
            poll(lambda: not os.path.exists(control), 'the end')
        p.stop()
        origin.close()


@test()
def package():
    """it installs, starts, upgrades without a lost connection, and goes"""
    with Stage() as s:
        root = new_root(s)
        deb = make()
        before = open(deb, 'rb').read()
        dpkg(root, '-i', deb)
        with open(root + '/etc/passwd') as f:
            check(re.search('^tlsd:', f.read(), re.M), 'no user')
        for path in ('usr/sbin/tlsd', 'usr/bin/tlsc', 'usr/bin/tlsctl',
                     'lib/systemd/system/tlsd.service',
                     'etc/default/tlsd', 'etc/logrotate.d/tlsd',
                     'usr/share/man/man8/tlsd.8.gz'):
            check(os.path.exists(os.path.join(root, path)), path)
        with open(root + '/etc/default/tlsd', 'a') as f:
            f.write('# ours\n')
        lives(root)   # upgrades it
        with open(root + '/etc/default/tlsd') as f:
            check('# ours' in f.read(), "the operator's options are gone")
        dpkg(root, '-r', 'tlsd')
        check(os.path.exists(root + '/etc/tlsd/policy.tls'),
              "the operator's policy is gone")
        dpkg(root, '-P', 'tlsd')
        equal(leftovers(root), [])
        equal(open(make(), 'rb').read() == before, True, 'reproducible')


if why_not():
    print('1..0 # SKIP ' + why_not())
else:
    run()
