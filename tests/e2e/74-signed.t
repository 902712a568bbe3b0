#!/usr/bin/python3
"""tlsd --pubkey: only tables signed by that key, and never an older one."""
import base64
import hashlib

from edge import *
from tap import *


def openssl(*argv):
    return subprocess.run(('openssl',) + argv, check=True,
                          stdout=subprocess.PIPE).stdout


def keypair(stage, name):
    """signify key files; as signify -G -n would make them."""
    pem = stage.path(name + '.pem')
    openssl('genpkey', '-algorithm', 'ed25519', '-out', pem)
    seed = openssl('pkey', '-in', pem, '-outform', 'DER')[-32:]
    public = openssl('pkey', '-in', pem, '-pubout', '-outform', 'DER')[-32:]
    number = os.urandom(8)
    secret = seed + public
    for kind, data in (
            ('sec', b'EdBK' + bytes(4) + os.urandom(16) +
             hashlib.sha512(secret).digest()[:8] + number + secret),
            ('pub', b'Ed' + number + public)):
        stage.write(name + '.' + kind, 'untrusted comment: test %s key\n%s\n'
                    % (kind, base64.b64encode(data).decode()))
        os.chmod(stage.path(name + '.' + kind), 0o600)


def sign(stage, name, key):
    code, out = tool(program('tlsc'), 'sign', stage.path(name), '-s',
                     stage.path(key + '.sec'))
    equal(code, 0, out)


def build(g, name, serial, comment):
    code, out = g.stage.compile(
        g.expand(policy(route('a.example.com', 'reject close')))
        + '# %s\n' % comment, name, 'policy.tls', '--serial', str(serial))
    equal(code, 0, out)


@test()
def signed():
    """unsigned, wrongly signed, altered and older tables are refused"""
    with Stage() as s:
        keypair(s, 'us')
        keypair(s, 'them')
        text = policy(route('a.example.com', 'reject close'))
        where = '%s:%d' % (ADDR, free_port())
        equal(s.compile(text.replace('@LISTEN@', where), 'policy.bin',
                        'policy.tls', '--serial', '5')[0], 0)
        code, out = tool(program('tlsd'), '--check', '--pubkey',
                         s.path('us.pub'), s.path('policy.bin'))
        check(code == 3 and 'TC0902' in out, code, out)
        sign(s, 'policy.bin', 'us')
        code, out = tool(program('tlsd'), '--check', '--pubkey',
                         s.path('us.pub'), s.path('policy.bin'))
        equal(code, 0, out)

        port = int(where.split(':')[1])
        g = Gateway.__new__(Gateway)
        g.stage, g.port, g.status_wanted = s, port, 0
        g.control, g.log_path = s.path('control'), s.path('log')
        g.process = Process(
            [program('tlsd'), '--workers', '1', '--control', g.control,
             '--log', g.log_path, '--pubkey', s.path('us.pub'),
             s.path('policy.bin')], s.dir, 'tlsd')
        g.pid = g.process.pid
        s.add(g)
        g.process.wait_port(port)

        def load(name, words):
            before = poll(g.generation, 'a generation')
            code, out = g.tlsctl('load', s.path(name))
            if words is None:
                equal(code, 0, out)
            else:
                check(code == 1 and 'TC0902' in out and
                      re.search(words, out), words, out)
                equal(g.generation(), before)
        build(g, 'new.bin', 6, 'six')
        load('new.bin', 'sig')
        sign(s, 'new.bin', 'them')
        load('new.bin', '')
        sign(s, 'new.bin', 'us')
        load('new.bin', None)
        build(g, 'old.bin', 5, 'five')
        sign(s, 'old.bin', 'us')
        load('old.bin', 'serial 5 is below 6')
        shutil.copy(s.path('new.bin.sig'), s.path('old.bin.sig'))
        load('old.bin', '')
        build(g, 'same.bin', 6, 'six again')
        sign(s, 'same.bin', 'us')
        load('same.bin', 'serial 6 belonged to another table')
        g.wait_log('event=loaded .*serial=6 signer=[0-9a-f]{16}')


@test()
def bad_key():
    """a public key file that is none"""
    with Stage() as s:
        s.write('key', 'nonsense\n')
        code, out = tool(program('tlsd'), '--pubkey', s.path('key'), 'x')
        check(code == 1 and 'key' in out, code, out)

run()
