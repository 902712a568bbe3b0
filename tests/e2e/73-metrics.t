#!/usr/bin/python3
"""The metrics listener of the monitor process."""
import pki
from edge import *
from tap import *


def scrape(port):
    with connect(port) as c:
        c.sendall(b'GET /metrics HTTP/1.1\r\nHost: x\r\n'
                  b'Connection: close\r\n\r\n')
        return read_all(c).split(b'\r\n\r\n', 1)[1].decode()


def value(port, name):
    found = re.search(r'(?m)^%s (\S+)$' % re.escape(name), scrape(port))
    return float(found.group(1)) if found else None


@test()
def metrics():
    """loads, connections, certificates and servers are told"""
    with Stage() as s:
        port = free_port()
        o = s.origin(Origin.http)
        g = s.gateway(policy(
            route('a.example.com', 'passthrough to web'),
            route('shop.example.com', 'offload to web', 'certificate shop;'),
            head=certificate('shop'), web=o.port), None, '--metrics',
            '%s:%d' % (ADDR, port))
        poll(lambda: value(port, 'tlsd_table_generation') == 1, 'metrics')
        check(value(port, 'tlsd_certificate_expiry_timestamp_seconds'
                    '{certificate="shop"}') > 1.7e9)
        g.tlsctl('load', s.path('nothing'))
        g.tlsctl('load', s.path('policy.bin'))
        poll(lambda: value(port, 'tlsd_table_generation') == 2, 'two')
        def refused(kind):
            return value(port, 'tlsd_table_refusals_total{kind="%s"}' % kind)
        equal((refused('command'), refused('policy'), refused('renewal')),
              (1, 0, 0))
        equal(value(port, 'tlsd_refused{what="policy"}'), 0)
        with open(s.path('policy.bin'), 'rb') as f:
            good = f.read()
        for text, now in ((b'none', 1), (good, 0)):
            with open(s.path('new.bin'), 'wb') as f:
                f.write(text)
            os.rename(s.path('new.bin'), s.path('policy.bin'))
            poll(lambda: value(port, 'tlsd_refused{what="policy"}') == now,
                 'that the file is refused, or no more')
        equal((refused('command'), refused('policy')), (1, 1))
        check('refused now' not in g.tlsctl('status')[1])
        for line in g.wait_log('event=child-started process=monitor'):
            os.kill(int(re.search(r'pid=(\d+)', line).group(1)),
                    signal.SIGKILL)
        poll(lambda: value(port, 'tlsd_process_restarts_total') == 1,
             'the new monitor')
        if not shutil.which('promtool'):
            print('# promtool (package prometheus) is not here: the format '
                  'is not checked by it')
        else:
            r = subprocess.run(['promtool', 'check', 'metrics'],
                               input=scrape(port).encode(),
                               stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
            equal((r.returncode, r.stdout), (0, b''))


@test()
def nonsense():
    """other paths, methods and garbage end the request, not the monitor"""
    with Stage() as s:
        port = free_port()
        g = s.gateway(policy(route('a.example.com', 'reject close')), None,
                      '--metrics', '%s:%d' % (ADDR, port))
        poll(lambda: value(port, 'tlsd_table_generation') == 1, 'metrics')
        for data in (b'GET /etc/passwd HTTP/1.1\r\n\r\n', b'\0' * 70000,
                     b'POST /metrics HTTP/1.1\r\n\r\n', b'GET', b'\r\n\r\n',
                     b'GET /' + b'x' * 70000 + b' HTTP/1.1\r\n\r\n'):
            with connect(port) as c:
                try:
                    c.sendall(data)
                    c.shutdown(socket.SHUT_WR)
                    out = read_all(c)
                    check(b'200' not in out[:20], data[:20], out[:80])
                except OSError:   # it may have hung up already
                    pass
        equal(value(port, 'tlsd_table_generation'), 1)
        equal(len(g.wait_log('event=child-started process=monitor')), 1)


def inventory():
    """Of each metric in tlsd-metrics.5: its type and its labels."""
    with open(os.path.join(TOP, 'runtime', 'tlsd-metrics.5')) as f:
        text = f.read()
    rows = re.findall(r'^\.It Li (tlsd_\w+)\n(Counter|Gauge)'
                      r'(?:\.|, by\n\.Li ([a-z_ ,]+) \.)$', text, re.M)
    equal(len(rows), len(re.findall(r'^\.It Li tlsd_', text, re.M)))
    return {name: (kind.lower(), set(labels.split(' , ')) - {''})
            for name, kind, labels in rows}


def served(text):
    """The same of what a scrape had.  A metric without a series is None."""
    found = {name: (kind, None) for name, kind
             in re.findall(r'^# TYPE (\w+) (\w+)$', text, re.M)}
    for name, labels in re.findall(r'^(\w+)(?:\{(.*)\})? ', text, re.M):
        names = set(re.findall(r'(?:^|,)(\w+)="', labels))
        kind, before = found[name]
        check(before in (None, names), name, before, names)
        found[name] = kind, names
    return found


@test()
def documented():
    """tlsd-metrics.5 has the metrics that are served, their types and labels"""
    with Stage() as s:
        port = free_port()
        shutil.copy(cert('ca'), s.path('ca.pem'))
        shutil.copy(key('ca'), s.path('ca.key'))
        shutil.copy(cert('chained'), s.path('bad.pem'))
        shutil.copy(key('chained'), s.path('bad.key'))
        client = pki.issue(s, 'client', 'serial = 71')
        pki.crl(s, 'list.crl')
        stapled = certificate('api').replace(
            '}', 'staple auto; allow TC0412 reason "no responder"; }')
        g = s.gateway(policy(
            route('shop.example.com', 'offload to web', 'certificate shop;',
                  'client-auth ca "ca.pem" crl "list.crl" require;'),
            route('api.example.com', 'offload to site pages',
                  'certificate api;'),
            route('chained.example.com', 'offload to web',
                  'certificate bad;'),
            head=certificate('shop') + stapled +
            'certificate bad { chain "bad.pem"; key "bad.key"; }\n'
            'site pages { path under "/" { answer 200 "page"; } }\n',
            web=s.origin(Origin.http).port), None, '--metrics',
            '%s:%d' % (ADDR, port))
        context = client_context()
        context.load_cert_chain(*client)
        with tls_connect(g.port, 'shop.example.com', context) as c:
            get(c)
        with tls_connect(g.port, 'api.example.com') as c:
            get(c)
        g.wait_log('close=', 2)
        os.unlink(s.path('bad.key'))
        poll(lambda: 'tlsd_connections_total{' in scrape(port) and
             'tlsd_certificate_bad{' in scrape(port), 'the connection')
        equal(served(scrape(port)), inventory())


run()
