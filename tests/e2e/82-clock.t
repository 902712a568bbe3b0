#!/usr/bin/python3
"""The wall clock is set while tlsd runs: durations do not mind, dates do."""
import calendar

from edge import *
from tap import *

HOUR = 3600
FIRST = hello('a.example.com')


class Clock:
    """The gateway's wall clock, seconds away from ours."""

    def __init__(self, stage):
        self.path = stage.path('step')
        so = stage.path('step.so')
        code, text = tool('gcc', '-shared', '-fPIC', '-D_GNU_SOURCE', '-o', so,
                          os.path.join(TOP, 'tests/e2e/step.c'), '-ldl')
        equal(code, 0, text)
        self.step(0)
        self.prefix = ('env', 'LD_PRELOAD=' + so, 'CLOCK_STEP=' + self.path,
                       'ASAN_OPTIONS=verify_asan_link_order=0')

    def step(self, seconds):
        with open(self.path, 'r+b' if os.path.exists(self.path) else 'wb') as f:
            f.write(b'%-31d\0' % seconds)


def gateway(stage, clock, idle):
    o = stage.origin(Origin.echo)
    return stage.gateway(
        policy(route('a.example.com', 'passthrough to web'),
               head='limits short { idle %s; }\n' % idle,
               front='limits short;', web=o.port), prefix=clock.prefix)


def come(g):
    c = connect(g.port)
    c.sendall(FIRST)
    got = b''
    while len(got) < len(FIRST):
        got += c.recv(len(FIRST) - len(got))
    return c


def ended(c):
    """An idle limit ends with a reset."""
    try:
        equal(c.recv(1), b'')
    except ConnectionResetError:
        pass


def tell_ms(line):
    return float(re.search(r' ms=([0-9.]+)', line).group(1))


@test()
def back():
    """an hour back: the idle limit still ends who is idle"""
    with Stage() as s:
        clock = Clock(s)
        g = gateway(s, clock, '1s')
        with come(g) as c:
            clock.step(-HOUR)
            ended(c)
        line = g.wait_close('idle')[-1]
        check(900 <= tell_ms(line) < 1e3 * HOUR / 2, line)


@test()
def forth():
    """an hour forth: nobody is ended early, nobody is an hour old"""
    with Stage() as s:
        clock = Clock(s)
        g = gateway(s, clock, '2s')
        with come(g) as c:
            time.sleep(1)
            clock.step(HOUR)
            begun = time.monotonic()
            equal(exchange(c, b'more', 4), b'more')
            ended(c)
            check(time.monotonic() - begun > 1.9, 'ended early')
        line = g.wait_close('idle')[-1]
        check(2900 <= tell_ms(line) < 1e3 * HOUR / 2, line)
        code, text = g.tlsctl('--json', 'status')
        equal(code, 0, text)
        status = json.loads(text)
        check(status['seconds'] < HOUR / 2, status)
        check(status['workers'][0]['seconds'] < HOUR / 2, status)
        # The line's date is of the clock as it is set now.
        stamp = time.strptime(line[5:24], '%Y-%m-%dT%H:%M:%S')
        check(calendar.timegm(stamp) > time.time() + HOUR - 60, line)


@test()
def certificates():
    """a certificate comes near its end, and ends, while it is served"""
    with Stage() as s:
        clock = Clock(s)
        g = s.gateway(policy(route('shop.example.com', 'offload to web',
                                   'certificate shop;'),
                             head=certificate('shop'), web=1),
                      prefix=clock.prefix)
        end = tool('openssl', 'x509', '-noout', '-enddate', '-in',
                   cert('shop'))[1].strip().split('=')[1]
        left = ssl.cert_time_to_seconds(end) - time.time()
        before = g.log().count('event=certificate-expire')
        day = 86400
        # A few seconds behind each mark, by a clock that is set.
        for away, event in ((7 * day - 60, 'certificate-expires'),
                            (day - 60, 'certificate-expires'),
                            (-60, 'certificate-expired')):
            clock.step(int(left - away))
            before += 1
            line = g.wait_log('event=certificate-expire', before)[-1]
            check('event=%s certificate=shop ' % event in line, line)


run()
