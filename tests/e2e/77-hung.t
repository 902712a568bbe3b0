#!/usr/bin/python3
"""Workers that hang or die again and again: others accept in their stead."""
import json

from edge import *
from tap import *

NAME = 'a.example.com'
MANY = 24   # some of them are queued for each worker


def started(stage, *options, letter=b'a'):
    def talk(conn, origin, record):
        record += conn.recv(65536)
        conn.sendall(letter)
        Origin.echo(conn, origin, record)
    o = stage.origin(talk)
    return stage.gateway(policy(route(NAME, 'passthrough to x'), x=o.port),
                         None, *options, workers=2)


def status(g):
    code, text = g.tlsctl('--json', 'status')
    equal(code, 0, text)
    return json.loads(text)


def pid(g, number):
    return status(g)['workers'][number]['pid']


def descriptors(process):
    return len(os.listdir('/proc/%d/fd' % process))


def all_served(g):
    """Connections at once, all answered; the workers that did it."""
    before = len(re.findall(r' close=', g.log()))
    open_ones = []
    for _ in range(MANY):
        c = connect(g.port)
        c.sendall(hello(NAME))
        open_ones.append(c)
    for c in open_ones:
        equal(c.recv(1), b'a')
        c.close()
    lines = g.wait_log(' close=', before + MANY)[before:]
    return {re.search(r'\bconn=(\d+)', l).group(1) for l in lines}


@test()
def silent():
    """what is queued for a stopped worker is accepted by another"""
    with Stage() as s:
        g = started(s)
        equal(all_served(g), {'0', '1'})
        idle = descriptors(pid(g, 1))
        victim = pid(g, 0)
        os.kill(victim, signal.SIGSTOP)
        equal(all_served(g), {'1'})
        g.wait_log('level=warning event=child-silent process=worker number=0')
        os.kill(victim, signal.SIGCONT)
        g.wait_log('event=child-(back|hung)')
        if 'child-hung' in g.log():
            raise Skip('too slow a machine')
        equal(pid(g, 0), victim)
        poll(lambda: descriptors(pid(g, 1)) <= idle,
             'the sockets to be let go of')
        poll(lambda: all_served(g) == {'0', '1'}, 'both to accept')
        equal(status(g)['restarts'], 0)


@test('worker', 'keys')
def replaced(kind):
    """a process that stays stopped is killed, replaced and counted"""
    with Stage() as s:
        metrics = free_port()
        g = started(s, '--metrics', '%s:%d' % (ADDR, metrics))
        g.wait_log('event=loaded')
        victim = int(re.search(r'pid=(\d+)', g.wait_log(
            'event=child-started process=' + kind)[0]).group(1))
        os.kill(victim, signal.SIGSTOP)
        g.wait_log('level=error event=child-hung process=%s number=0 pid=%d'
                   % (kind, victim))
        g.wait_log('event=child-started process=' + kind,
                   3 if kind == 'worker' else 2)
        poll(lambda: all_served(g) == {'0', '1'}, 'both to accept')
        code, text = tool('curl', '-s', 'http://%s:%d/metrics'
                          % (ADDR, metrics))
        check('\ntlsd_process_hung_total 1\n' in text, text)


@test()
def signatures():
    """handshakes that wait for a stopped keys process are done by the next"""
    with Stage() as s:
        g = s.gateway(policy(
            route('shop.example.com', 'offload to x', 'certificate shop;'),
            head=certificate('shop'), x=s.origin().port))
        g.wait_log('event=loaded')
        victim = int(re.search(r'pid=(\d+)', g.wait_log(
            'event=child-started process=keys')[0]).group(1))
        os.kill(victim, signal.SIGSTOP)
        code, out = curl(g.port, 'shop.example.com')
        equal((code, out.strip()), (0, 'hello'))
        g.wait_log('event=child-hung process=keys number=0 pid=%d' % victim)


@test('load', 'listener')
def load(how):
    """a stopped worker holds up no load, and none wakes up with the old"""
    with Stage() as s:
        g = started(s)
        victim = pid(g, 0)
        os.kill(victim, signal.SIGSTOP)
        with open(s.path('policy.tls')) as f:
            text = f.read().replace('route a ', 'route b ')
        second = free_port()
        if how == 'listener':
            text = text.replace('listen ', 'listen %s:%d, ' % (ADDR, second))
        code, out = s.compile(text, 'new.bin')
        equal(code, 0, out)
        code, out = g.tlsctl('load', s.path('new.bin'))
        equal(code, 0, out)
        g.wait_log('event=loaded by="?control')
        g.wait_log('event=child-hung process=worker number=0 pid=%d' % victim)
        g.port = second if how == 'listener' else g.port
        poll(lambda: all_served(g) == {'0', '1'}, 'both to accept')
        check('route=a' not in g.log())
        now = status(g)
        equal({w['generation'] for w in now['workers']},
              {now['live']['generation']})


@test()
def status_of_others():
    """tlsctl answers for those that answer"""
    with Stage() as s:
        g = started(s)
        os.kill(pid(g, 0), signal.SIGSTOP)
        g.wait_log('event=child-silent')
        equal([w['answered'] for w in status(g)['workers']][1], True)
        code, text = g.tlsctl('--json', 'connections')
        equal(code, 0, text)


@test()
def dies_again():
    """while one is not started again for now, another accepts for it"""
    with Stage() as s:
        g = started(s)

        def kill_often_and_connect():
            for _ in range(8):
                victim = poll(lambda: pid(g, 0), 'a new worker')
                os.kill(victim, signal.SIGKILL)
            return all_served(g) == {'1'}
        poll(kill_often_and_connect, 'one worker to serve all')
        poll(lambda: all_served(g) == {'0', '1'}, 'both to accept')

run()
