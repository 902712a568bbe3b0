#!/usr/bin/python3
"""Private keys in a PKCS#11 token (SoftHSM)."""
import pwd

from edge import *
from tap import *

NAME = 'shop.example.com'


def uri(stage, name):
    return 'pkcs11:token=edge;object=%s;type=private?pin-source=file:%s' % (
        name, stage.path('pin'))


def softhsm(*argv):
    code, out = tool('softhsm2-util', *argv)
    equal(code, 0, out)


def token(stage, *names):
    """A token with the keys of these certificates, that children may use."""
    if not shutil.which('softhsm2-util'):
        raise Skip('no softhsm2-util')
    tokens = stage.path('tokens')
    os.mkdir(tokens)
    os.environ['SOFTHSM2_CONF'] = stage.write(
        'softhsm.conf', 'directories.tokendir = %s\nlog.level = ERROR\n'
        % tokens)
    softhsm('--init-token', '--free', '--label', 'edge', '--pin', '1234',
            '--so-pin', '1234')
    for i, name in enumerate(names):
        subprocess.run(['openssl', 'pkcs8', '-topk8', '-nocrypt', '-in',
                        key(name), '-out', stage.path('p8')], check=True)
        softhsm('--import', stage.path('p8'), '--token', 'edge', '--label',
                name, '--id', '%02x' % (i + 1), '--pin', '1234')
    os.chmod(stage.write('pin', '1234'), 0o600)
    if os.geteuid() == 0:
        nobody = pwd.getpwnam('nobody')
        for where, dirs, files in os.walk(tokens):
            for n in [where] + [os.path.join(where, f) for f in files]:
                os.chown(n, nobody.pw_uid, nobody.pw_gid)
        os.chown(stage.path('pin'), nobody.pw_uid, nobody.pw_gid)


def gateway(stage, name, *options):
    o = stage.origin(Origin.http)
    options += ('--user', 'nobody') if os.geteuid() == 0 else ()
    return stage.gateway(policy(
        route(NAME, 'offload to web', 'certificate x;'),
        head='certificate x { chain "%s"; key "%s"; }\n' % (cert(name), uri(stage, name)),
        web=o.port), None, *options)


@test('shop', 'shop-rsa')
def serves(name):
    """handshakes are signed by the token"""
    with Stage() as s:
        token(s, name)
        g = gateway(s, name)
        g.wait_log('event=unprotected .*PKCS#11')
        for version in VERSIONS:
            for _ in range(5):
                with tls_connect(g.port, NAME, client_context(version)) as c:
                    equal(get(c), 'hello\n')
        # A keys process that dies finds the token again.
        line = g.wait_log('event=child-started process=keys')[-1]
        os.kill(int(re.search(r'pid=(\d+)', line).group(1)), signal.SIGKILL)
        with tls_connect(g.port, NAME) as c:
            equal(get(c), 'hello\n')


@test()
def comes_with_a_swap():
    """a table with a token's key follows one without"""
    with Stage() as s:
        token(s, 'shop')
        o = s.origin(Origin.http)
        text = policy(route(NAME, 'offload to web', 'certificate x;'),
                      head='certificate x { chain "%s"; key "%s"; }\n'
                      % (cert('shop'), key('shop')), web=o.port)
        g = s.gateway(text)
        with tls_connect(g.port, NAME) as c:
            equal(get(c), 'hello\n')
        g.replace(text.replace(key('shop'), uri(s, 'shop')))
        with tls_connect(g.port, NAME) as c:
            equal(get(c), 'hello\n')


@test()
def refused():
    """no such object, another's key, and --keys worker are refused"""
    with Stage() as s:
        token(s, 'shop', 'shop-rsa')
        o = s.origin(Origin.http)
        text = policy(route(NAME, 'offload to web', 'certificate x;'),
                      head='certificate x { chain "%s"; key "@KEY@"; }\n'
                      % cert('shop'), web=o.port)
        g = s.gateway(text.replace('@KEY@', key('shop')))
        for where, id, words in (
                (uri(s, 'none'), 'TC0423', 'not accessible'),
                (uri(s, 'shop-rsa'), 'TC0404', 'another')):
            code, out = s.compile(g.expand(text.replace('@KEY@', where)),
                                  'new.bin', 'new.tls', '--no-credentials')
            equal(code, 0, out)
            code, out = g.tlsctl('load', s.path('new.bin'))
            check(code == 1 and id in out and words in out, code, out)
            with tls_connect(g.port, NAME) as c:
                equal(get(c), 'hello\n')
        code, out = tool(program('tlsd'), '--keys', 'worker',
                         s.path('new.bin'))
        check(code == 1 and '--keys process' in out, code, out)

run()
