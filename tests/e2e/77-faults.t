#!/usr/bin/python3
"""Processes die and are replaced while traffic goes on."""
import json

from edge import *
from tap import *

NAME = 'shop.example.com'


def offloading(stage, *options, workers=2):
    o = stage.origin(Origin.http)
    return stage.gateway(policy(
        route(NAME, 'offload to web', 'certificate shop;'),
        head=certificate('shop'), web=o.port), None, *options,
        workers=workers)


def status(g):
    code, text = g.tlsctl('--json', 'status')
    return json.loads(text) if code == 0 else None


def another(g, masters):
    """The pid of a master that is none of these, or None."""
    seen = (status(g) or {}).get('pid')
    return None if seen in masters else seen


def pid_of(g, process):
    """Of the process of that kind that was started last."""
    lines = g.wait_log('event=child-started process=' + process)
    return int(re.search(r'pid=(\d+)', lines[-1]).group(1))


def kill(pid, sig=signal.SIGKILL):
    """Unless it has ended by itself."""
    try:
        os.kill(pid, sig)
    except ProcessLookupError:
        pass


class Load:
    """Clients that connect again and again, and remember what failed."""

    def __init__(self, port, clients=3):
        self.port, self.count, self.failures = port, 0, []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run)
                         for _ in range(clients)]

    def __enter__(self):
        for t in self._threads:
            t.start()
        return self

    def __exit__(self, *exception):
        self._stop.set()
        for t in self._threads:
            t.join()

    def _run(self):
        context = client_context()
        while not self._stop.is_set():
            try:
                with tls_connect(self.port, NAME, context) as c:
                    get(c)
                self.count += 1
            except (OSError, AssertionError) as e:
                self.failures.append(repr(e))

    def more(self, n=10):
        """Waits until n more requests have been answered."""
        at = self.count + n
        poll(lambda: self.count >= at or self.failures, 'requests')


@test()
def keys_die():
    """the keys process dies: handshakes wait for the next, none fails"""
    with Stage() as s:
        g = offloading(s, '--keys', 'process')
        with Load(g.port) as load:
            for n in range(1, 6):
                load.more()
                os.kill(pid_of(g, 'keys'), signal.SIGKILL)
                g.wait_log('event=child-started process=keys', n + 1)
            load.more()
        equal(load.failures, [], 'of %d' % load.count)


@test()
def keys_are_elsewhere():
    """a worker's memory does not hold the private key"""
    if 'san' in BUILD or os.geteuid() != 0:
        raise Skip('needs root and an uninstrumented build')
    der = subprocess.run(['openssl', 'pkey', '-in', key('shop'), '-text',
                          '-noout'], stdout=subprocess.PIPE).stdout.decode()
    secret = bytes.fromhex(re.search(r'priv:\s+([0-9a-f:\s]+?)\n\S', der)
                           .group(1).replace(':', '').replace(' ', '')
                           .replace('\n', ''))[-32:]
    with open(key('shop')) as f:
        body = f.read().split('\n')[1].encode()

    def holds(pid):
        with open('/proc/%d/maps' % pid) as maps, \
                open('/proc/%d/mem' % pid, 'rb') as mem:
            for line in maps:
                where, rights = line.split()[:2]
                begin, end = (int(x, 16) for x in where.split('-'))
                if 'r' not in rights or '[v' in line or \
                        end - begin > 64 << 20:
                    continue
                mem.seek(begin)
                try:
                    data = mem.read(end - begin)
                except OSError:
                    continue
                if secret in data or secret[::-1] in data or body in data:
                    return True
        return False
    for where, wanted in (('process', False), ('worker', True)):
        with Stage() as s:
            g = offloading(s, '--keys', where, workers=1)
            with tls_connect(g.port, NAME) as c:
                get(c)
            try:
                equal(holds(pid_of(g, 'worker')), wanted, where)
                if where == 'process':
                    equal(holds(pid_of(g, 'keys')), True, 'keys')
            except PermissionError:
                raise Skip('this machine does not let us look')


@test()
def swaps_and_upgrades():
    """swaps mixed with new masters and dying helpers lose nothing"""
    swaps = int(os.environ.get('SWAPS', '40'))
    with Stage() as s:
        g = offloading(s)
        with open(s.path('policy.bin'), 'rb') as f:
            table = f.read()
        masters = [g.pid]
        try:
            with Load(g.port) as load:
                for n in range(swaps):
                    with open(s.path('next.bin'), 'wb') as f:
                        f.write(table)
                    code, text = g.tlsctl('load', s.path('next.bin'))
                    equal(code, 0, text)
                    if n % 20 == 10:
                        os.kill(masters[-1], signal.SIGUSR2)
                        masters.append(poll(lambda: another(g, masters),
                                            'a new master'))
                    elif n % 5 == 3:
                        load.more()
                        kill(pid_of(g, 'keys'))
                load.more()
            equal(load.failures, [], 'of %d' % load.count)
        finally:
            for pid in masters[1:]:
                kill(pid, signal.SIGTERM)
        poll(lambda: not os.path.exists(g.control), 'the end')


@test()
def worker_dies():
    """a worker dies: only its own connections do"""
    with Stage() as s:
        g = offloading(s)
        held = [tls_connect(g.port, NAME) for _ in range(12)]
        for c in held:
            get(c)
        workers = status(g)['workers']
        lost, kept = (w['connections'] for w in workers)
        os.kill(workers[0]['pid'], signal.SIGKILL)
        alive = 0
        for c in held:
            try:
                get(c)
                alive += 1
            except (OSError, AssertionError):
                pass
            c.close()
        equal(alive, kept)
        for _ in range(20):
            with tls_connect(g.port, NAME) as c:
                get(c)

run()
