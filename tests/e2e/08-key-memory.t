#!/usr/bin/python3
"""Where private keys are: in the keys process, and nowhere else."""
from edge import *
from tap import *

NAMES = {'shop': 'shop.example.com'}


def parts(path):
    """What the memory of a process that holds the key would show: the private
    numbers, either way round, and the file's own lines."""
    out = subprocess.run(['openssl', 'pkey', '-in', path, '-text', '-noout'],
                         stdout=subprocess.PIPE, check=True).stdout.decode()
    found = []
    for field in ('priv', 'privateExponent', 'prime1', 'prime2'):
        m = re.search(field + r':\n((?:    [0-9a-f:]+\n)+)', out)
        if m:
            number = bytes.fromhex(re.sub(r'[^0-9a-f]', '', m[1])).lstrip(
                b'\0')
            found += [number[:24], number[::-1][:24]]
    check(found, out)
    with open(path) as f:
        found += [line.strip().encode() for line in f
                  if len(line) > 60 and '--' not in line][:1]
    return found


def holds(pid, what):
    """Which of these octets are in the memory of a process?"""
    found = set()
    with open('/proc/%d/maps' % pid) as maps, \
            open('/proc/%d/mem' % pid, 'rb', 0) as mem:
        for line in maps:
            at = [int(x, 16) for x in line.split()[0].split('-')]
            if line.split()[1][0] != 'r' or at[1] - at[0] > 1 << 27:
                continue
            try:
                mem.seek(at[0])
                octets = mem.read(at[1] - at[0])
            except (OSError, OverflowError, ValueError):
                continue
            found |= {w for w in what if w in octets}
    return found


def processes(g):
    pids = {}
    for pid in subprocess.run(['ps', '-o', 'pid=', '--ppid', str(g.pid)],
                              stdout=subprocess.PIPE).stdout.split():
        with open('/proc/%d/comm' % int(pid)) as f:
            pids[f.read().strip()] = int(pid)
    return pids


def gateway(stage, kind):
    for suffix in ('pem', 'key'):
        shutil.copy(cert(kind)[:-3] + suffix, stage.path('x.' + suffix))
    return stage.gateway(policy(
        route('shop.example.com', 'offload to web', 'certificate x;'),
        head='certificate x { chain "x.pem"; key "x.key"; }\n',
        web=stage.origin().port))


def talk(g):
    out = s_client(g.port, 'shop.example.com', '1.3', send=GET,
                   until='hello')[1]
    check('hello' in out, out)


def renew(stage, g, kind):
    """Another key and certificate for the same name."""
    for suffix in ('key', 'pem'):
        shutil.copy(cert(kind)[:-3] + suffix, stage.path('new'))
        os.rename(stage.path('new'), stage.path('x.' + suffix))
    g.wait_log('event=renewed')


@test('shop', 'shop-rsa')
def master(kind):
    """the master has no private number, after a start and after a renewal"""
    if os.geteuid() != 0:
        raise Skip('memory of others is read by root')
    if os.environ.get('BUILD', '').endswith('san'):
        raise Skip('a sanitizer keeps what was freed')
    with Stage() as s:
        g = gateway(s, kind)
        what = parts(s.path('x.key'))
        g.wait_log('event=loaded')
        talk(g)
        check(holds(processes(g)['tlsd-keys'], what),
              'not even the keys process has it: nothing is proved')
        equal(holds(g.pid, what), set(), 'after the start')
        other = 'shop' if kind == 'shop-rsa' else 'shop-rsa'
        renew(s, g, other)
        what += parts(s.path('x.key'))
        talk(g)
        equal(holds(g.pid, what), set(), 'after the renewal')


@test()
def hidden():
    """no process of tlsd leaves a core, and keys is not in swap"""
    if os.environ.get('BUILD', '').endswith('san'):
        raise Skip('a sanitizer build shows itself')
    with Stage() as s:
        g = gateway(s, 'shop')
        talk(g)
        for pid in [g.pid, *processes(g).values()]:
            with open('/proc/%d/limits' % pid) as f:
                check(re.search(r'Max core file size +0 +0 ', f.read()))
            # What is not dumpable is root's (proc(5)).
            equal(os.stat('/proc/%d/mem' % pid).st_uid, 0)
        if os.geteuid() != 0:
            raise Skip('not root')
        with open('/proc/%d/status' % processes(g)['tlsd-keys']) as f:
            locked = re.search(r'VmLck:\s+(\d+)', f.read())
        check(int(locked[1]) > 0, locked[0])


run()
