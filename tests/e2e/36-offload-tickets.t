#!/usr/bin/python3
"""Machines that share a ticket secret resume each other's sessions."""
import secrets

import pki
from edge import *
from tap import *

NAME = 'shop.example.com'


def gateway(stage, *options, table='a.bin'):
    o = stage.origin()
    return stage.gateway(policy(
        route(NAME, 'offload to web', 'certificate shop;'),
        head=certificate('shop'), web=o.port), None, *options, table=table)


def write(stage, text):
    with open(stage.path('new'), 'wb', opener=lambda p, f: os.open(
            p, f, 0o600)) as f:
        f.write(text)
    os.rename(stage.path('new'), stage.path('tickets'))
    return stage.path('tickets')


def resumed(stage, version, first, second):
    sess = stage.path('session')
    s_client(first, NAME, version, '-sess_out', sess, send=GET,
             until='hello')
    code, out = s_client(second, NAME, version, '-sess_in', sess, send=GET,
                         until='hello')
    check('hello' in out, out)
    return 'Reused, ' in out


@test(*VERSIONS)
def shared(version):
    """with the same secret sessions travel, without they do not"""
    with Stage() as s:
        file = write(s, secrets.token_hex(64).encode() + b'\n')
        a, b = (gateway(s, '--tickets', file, table=t)
                for t in ('a.bin', 'b.bin'))
        c = gateway(s, table='c.bin')
        check(resumed(s, version, a.port, b.port), 'not resumed')
        check(not resumed(s, version, a.port, c.port))
        # A new secret is taken up by all; old tickets are good until the
        # next one.
        before = s.path('session')

        def again():
            code, out = s_client(b.port, NAME, version, '-sess_in', before,
                                 send=GET, until='hello')
            check('hello' in out, out)
            return 'Reused, ' in out
        for count in (1, 2):
            equal(again(), True)
            write(s, secrets.token_bytes(64))
            a.wait_log('event=renewed', count)
            b.wait_log('event=renewed', count)
        equal(again(), False)
        check(resumed(s, version, b.port, a.port), 'not resumed')


@test(*VERSIONS)
def meaning(version):
    """a ticket is worth nothing under other trust settings or profiles"""
    with Stage() as s:
        o = s.origin()
        file = write(s, secrets.token_bytes(64))

        def shop(more, profile='intermediate'):
            return policy(
                route(NAME, 'offload to web', 'certificate shop;',
                      'profile %s;' % profile, more),
                head=certificate('shop') + 'profile other extends '
                'intermediate { groups = x25519; }\n', web=o.port)

        def auth(ca, how):
            return 'client-auth ca "%s" %s;' % (cert(ca), how)
        g = s.gateway(shop(''), None, '--tickets', file)
        sess = s.path('session')

        def again():
            return s_client(g.port, NAME, version, '-sess_in', sess, send=GET,
                            until='hello')[1]

        def fresh():
            out = s_client(g.port, NAME, version, '-sess_out', sess, send=GET,
                           until='hello')[1]
            check('hello' in out, out)
            check('Reused, ' in again(), 'not resumed')
        fresh()
        g.replace(shop('', 'other'))
        check('Reused, ' not in again(), 'under another profile')
        g.replace(shop(''))
        check('Reused, ' in again(), 'not resumed')
        g.replace(shop(auth('ca', 'require')))
        out = again()
        check('Reused, ' not in out and 'hello' not in out, out)
        g.replace(shop(auth('ca', 'request')))
        fresh()
        g.replace(shop(auth('other-ca', 'request')))
        check('Reused, ' not in again(), 'under another CA')
        # A renewed list has the old one's name.
        pki.crl(s, 'list.crl')
        g.replace(shop(auth('ca', 'crl "list.crl" request')))
        check('Reused, ' not in again(), 'under a new list')
        fresh()
        pki.crl(s, 'list.crl', number=2)
        g.replace(shop(auth('ca', 'crl "list.crl" request')))
        check('Reused, ' not in again(), 'under a renewed list')


@test()
def refused():
    """a secret that is short, missing, or open to others is refused"""
    with Stage() as s:
        file = write(s, secrets.token_bytes(64))
        g = gateway(s, '--tickets', file)
        argv = g.argv + ['--check']
        write(s, b'short')
        g.wait_log('event=refused by=renewal .*ticket secret')
        check(resumed(s, '1.3', g.port, g.port), 'the old secret is gone')
        code, out = tool(*argv)
        equal(code, 1, out)
        check('64 octets' in out, out)
        write(s, secrets.token_bytes(64))
        os.chmod(file, 0o644)
        code, out = tool(*argv)
        equal(code, 1, out)
        check('others can read it' in out, out)
        os.unlink(file)
        equal(tool(*argv)[0], 1)


def holds(pid, secret):
    """Does the memory of a process hold these octets?"""
    with open('/proc/%d/maps' % pid) as maps, \
            open('/proc/%d/mem' % pid, 'rb', 0) as mem:
        for line in maps:
            at = [int(x, 16) for x in line.split()[0].split('-')]
            if line.split()[1][0] != 'r' or at[1] - at[0] > 1 << 26:
                continue
            try:
                mem.seek(at[0])
                if secret in mem.read(at[1] - at[0]):
                    return True
            except (OSError, OverflowError, ValueError):
                pass
    return False


@test()
def kept_from():
    """the monitor, which reads from the network, never has the secret"""
    if os.getuid() != 0:
        print('# only root may look')
        return
    secret = secrets.token_bytes(64)
    with Stage() as s:
        g = gateway(s, '--tickets', write(s, secret), '--metrics',
                    '%s:%d' % (ADDR, free_port()))
        check(resumed(s, '1.3', g.port, g.port))

        def pid(process):
            line = g.wait_log('event=child-started process=' + process)[-1]
            return int(re.search(r'pid=(\d+)', line).group(1))
        check(holds(pid('worker'), secret), 'where is it?')
        check(not holds(pid('monitor'), secret), 'in the monitor')


run()
