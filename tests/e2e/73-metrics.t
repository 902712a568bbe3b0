#!/usr/bin/python3
"""The metrics listener of the monitor process."""
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

run()
