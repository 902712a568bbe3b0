#!/usr/bin/python3
"""Private keys are in the keys process and nowhere else, however they were put
into the files that a policy names: what workers and the monitor have in memory
and in the memory files they hold is searched for them."""
from edge import *
from tap import *

RSA, EC = 'shop-rsa.example.com', 'shop.example.com'


def text(path):
    with open(path) as f:
        return f.read()


def traces(name):
    """What a key leaves wherever it was: a line of its text, and its secret
    numbers as they are in the file and as arithmetic holds them."""
    body = [line for line in text(key(name)).split('\n') if '-' not in line]
    shown = subprocess.run(['openssl', 'pkey', '-in', key(name), '-noout',
                            '-text'], check=True, capture_output=True,
                           text=True).stdout
    found = [body[1].encode()]
    for number in re.findall(r'^(?:priv|prime1|privateExponent):\n'
                             r'((?: +[0-9a-f:]+\n)+)', shown, re.M):
        octets = bytes.fromhex(re.sub(r'[\s:]', '', number)).lstrip(b'\0')
        found += [octets, octets[::-1]]
    check(len(found) >= 3 and all(len(x) >= 32 for x in found), shown)
    return found


def processes(g):
    """Pids by what they are."""
    roles = {}
    listed = subprocess.run(['ps', '--ppid', str(g.pid), '-o', 'pid='],
                            capture_output=True, text=True).stdout
    for pid in listed.split():
        with open('/proc/%s/cmdline' % pid) as f:
            roles.setdefault(f.read().split('\0')[2], []).append(int(pid))
    return roles


def memory(pid):
    """All that a process can read: its mappings, and its memory files."""
    with open('/proc/%d/maps' % pid) as f:
        maps = re.findall(r'^(\w+)-(\w+) (\S+) \S+ \S+ \d+ *(.*)$', f.read(),
                          re.M)
    with open('/proc/%d/mem' % pid, 'rb', buffering=0) as mem:
        for start, end, rights, name in maps:
            start, end = int(start, 16), int(end, 16)
            if rights[0] != 'r' or name in ('[vvar]', '[vsyscall]'):
                continue
            for at in range(start, end, 1 << 24):
                try:
                    mem.seek(at)
                    # with what goes over the edge
                    yield mem.read(min(end - at, (1 << 24) + 4096))
                except OSError:
                    pass   # a hole
    directory = '/proc/%d/fd' % pid
    for fd in os.listdir(directory):
        path = os.path.join(directory, fd)
        if os.readlink(path).startswith('/memfd:'):
            with open(path, 'rb') as f:
                yield f.read()


def holds(pid, needles):
    return any(needle in part for part in memory(pid) for needle in needles)


def joined(stage):
    """Chains and keys in one file, and keys where none should be."""
    secret = text(key('shop'))
    # No newline between them, and a key that is not at the start of a line.
    stage.write('ec.pem', text(cert('shop')).rstrip('\n') + secret)
    stage.write('rsa.pem', 'Bag Attributes\n   ' + text(cert('shop-rsa')) +
                ' \t' + text(key('shop-rsa')))
    stage.write('ca.pem', text(cert('ca')) + ' ' + secret)
    stage.write('ca.crl', text(os.path.join(CERTS, 'good.crl')).rstrip('\n') +
                secret)
    for name in ('ec.pem', 'rsa.pem', 'ca.pem', 'ca.crl'):
        os.chmod(stage.path(name), 0o600)


POLICY = '''
certificate ec { chain "ec.pem"; key "ec.pem"; staple "%s"; sct "%s";
  allow TC0412 reason "no staple and no SCT, but a key"; }
certificate rsa { chain "rsa.pem"; key "rsa.pem"; }
'''


def serving(stage):
    o = stage.origin(Origin.http, tls='backend')
    joined(stage)
    head = POLICY.lstrip() % (key('shop'), key('shop-rsa'))
    head += ('backend inner { server %s:%d; health tcp interval 1s; '
             'tls { verify ca "ca.pem" name "api.internal"; } }\n'
             % (ADDR, o.port))
    return stage.gateway(
        policy(route(EC, 'bridge to inner', 'certificate ec;'),
               route('*.shop.example.com', 'bridge to inner',
                     'certificate rsa;',
                     'client-auth ca "ca.pem" crl "ca.crl" require;'),
               head=head),
        None, '--metrics', '%s:%d' % (ADDR, free_port()))


@test()
def nowhere_else():
    """workers and the monitor hold no part of a private key"""
    if os.geteuid() != 0 or 'san' in BUILD:
        raise Skip('reads the memory of other users\' processes as root')
    with Stage() as s:
        g = serving(s)
        for name, client in ((EC, None), ('a.shop.example.com', 'client')):
            with tls_connect(g.port, name,
                             client_context(client=client)) as c:
                equal(get(c), 'hello\n')
        needles = traces('shop') + traces('shop-rsa')
        roles = processes(g)
        check({'worker', 'monitor', 'keys'} <= set(roles), roles)
        # The search finds what is there.
        check(holds(roles['keys'][0], traces('shop')), 'keys has none')
        check(holds(roles['keys'][0], traces('shop-rsa')), 'keys has none')
        for role in ('worker', 'monitor'):
            for pid in roles[role]:
                check(not holds(pid, needles), '%s has a key' % role)


run()
