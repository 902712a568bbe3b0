#!/usr/bin/python3
"""Memory and descriptors stay flat under traffic, swaps and renewals.

SOAK seconds of it (default 6; 600 for a real soak).
"""
import json

from edge import *
from tap import *

SECONDS = float(os.environ.get('SOAK', '6'))
GROWTH = 6 << 20   # octets; what a heap may still settle by


def processes(g):
    """{name of process: pid}"""
    found = {'master': g.pid}
    with open('/proc/%d/task/%d/children' % (g.pid, g.pid)) as f:
        for pid in f.read().split():
            with open('/proc/%s/cmdline' % pid) as c:
                argv = c.read().split('\0')
            found['%s %s' % (argv[2], argv[3])] = int(pid)
    return found


def descriptors(pid):
    return len(os.listdir('/proc/%d/fd' % pid))


def memory(pid):
    """Private, in octets: what is shared between us is counted nowhere."""
    with open('/proc/%d/status' % pid) as f:
        return int(re.search(r'RssAnon:\s+(\d+)', f.read()).group(1)) << 10


def connections(g):
    code, text = g.tlsctl('--json', 'status')
    return sum(w['connections'] for w in json.loads(text)['workers'])


@test()
def soak():
    """passthrough, offload, rejects, swaps and renewals, for a while"""
    with Stage() as s:
        for kind in ('pem', 'key'):
            shutil.copy(cert('shop')[:-3] + kind, s.path('x.' + kind))
        o = s.origin(Origin.http)
        echo = s.origin(Origin.echo)
        text = policy(
            route('shop.example.com', 'offload to web', 'certificate x;'),
            route('a.example.com', 'passthrough to echo'),
            head='certificate x { chain "x.pem"; key "x.key"; }\n',
            web=o.port, echo=echo.port)
        g = s.gateway(text, workers=2)
        stop, failures, count = threading.Event(), [], [0]

        def visit():
            with tls_connect(g.port, 'shop.example.com') as c:
                get(c)
            with connect(g.port) as c:
                c.sendall(hello('a.example.com'))
                c.recv(10)
            with connect(g.port) as c:
                c.sendall(hello('nobody.example.com'))
                c.recv(10)
            with connect(g.port) as c:
                c.sendall(b'nonsense' * 10)

        def client():
            while not stop.is_set():
                try:
                    visit()
                    count[0] += 1
                except (OSError, AssertionError) as e:
                    failures.append(repr(e))

        def work(seconds):
            end = time.monotonic() + seconds
            n = 0
            while time.monotonic() < end and not failures:
                n += 1
                if n % 3:
                    with open(s.path('next.bin'), 'wb') as f:
                        f.write(table)
                    equal(g.tlsctl('load', s.path('next.bin'))[0], 0)
                else:
                    name = ('shop', 'shop-rsa')[n % 2]
                    for kind in ('pem', 'key'):
                        shutil.copy(cert(name)[:-3] + kind, s.path('new'))
                        os.rename(s.path('new'), s.path('x.' + kind))
                time.sleep(0.05)

        with open(s.path('policy.bin'), 'rb') as f:
            table = f.read()
        threads = [threading.Thread(target=client) for _ in range(3)]
        for t in threads:
            t.start()
        try:
            work(SECONDS / 2)   # everything has been in use once
            here = processes(g)
            before = {n: memory(p) for n, p in here.items()}
            work(SECONDS)
        finally:
            stop.set()
            for t in threads:
                t.join()
        equal(failures, [], 'of %d' % count[0])
        check(count[0] > 10, count)
        poll(lambda: connections(g) == 0, 'the last connection')
        equal(processes(g), here, 'the same processes')
        for name, pid in here.items():
            if 'san' not in BUILD:   # a sanitizer keeps what was freed
                grown = memory(pid) - before[name]
                check(grown < GROWTH, name, 'grew by', grown)
            # The same number comes again and again: no leak.
            few = 60 + 8 * 2
            check(descriptors(pid) <= few, name, descriptors(pid))

run()
