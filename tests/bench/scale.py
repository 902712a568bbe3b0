"""Ten to ten million names: what they cost to compile, to start with, to keep
and to replace, beside haproxy and nginx with the same names in a map.
"""
import os
import re
import signal
import socket
import statistics
import subprocess
import threading
import time

import edge
import peers
from edge import ADDR, free_port, program

ROUNDS = 3
SETTLE = 0.3  # a peer that listens may not take signals yet

HEAD = '''policy 1;
backend a { server 127.0.0.1:9; }
backend b { server 127.0.0.1:10; }
frontend edge {
  listen %s:%d;
  no-sni reject close; default reject close; malformed reject close;
  route names sni from "%s" { passthrough to %s; }
}
'''


def names_file(stage, count):
    path = stage.path('names-%d' % count)
    if not os.path.exists(path):
        with open(path, 'w') as f:
            for i in range(0, count, 10000):
                f.write(''.join('host%d.d%d.example.test\n' % (n, n % 97)
                                for n in range(i, min(i + 10000, count))))
    return path


def timed(argv, directory):
    """(seconds, peak resident octets) of one command."""
    began = time.monotonic()
    child = subprocess.Popen(argv, cwd=directory, stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE)
    said = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = status
    if status:
        raise AssertionError('%s: %s' % (argv[0], said.decode()[-500:]))
    return time.monotonic() - began, usage.ru_maxrss * 1024


class Sampler:
    """The peak of a gateway's proportional memory while something runs."""

    def __init__(self, pid):
        self.pid, self.peak = pid, 0
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.stop.is_set():
            total = 0
            for p in peers.tree(self.pid):
                total += memory(p)
            self.peak = max(self.peak, total)
            time.sleep(0.002)

    def end(self):
        self.stop.set()
        self.thread.join()
        return self.peak


def memory(pid, field='Pss:'):
    try:
        with open('/proc/%d/smaps_rollup' % pid) as f:
            for line in f:
                if line.startswith(field):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def total(pid, field='Pss:'):
    return sum(memory(p, field) for p in peers.tree(pid))


def mb(octets):
    return octets / 1e6


class Row(dict):
    FIELDS = ('check s', 'compile s', 'peak MB', 'B/name', 'start s',
              'memory MB', 'private MB', 'swap s', 'swap peak MB', 'ns')

    def show(self, who, count):
        print('| %-9s | %10d |' % (who, count) + ''.join(
            ' %12s |' % ('%.4g' % self[f] if f in self else '-')
            for f in self.FIELDS), flush=True)


def header():
    print('\nnames of 27 octets on average; memory is proportional, private '
          'what nobody shares; ns a decision')
    print('| who       |      names |' + ''.join(
        ' %12s |' % f for f in Row.FIELDS))
    print('|---|---|' + '---|' * len(Row.FIELDS))


def wait(condition, what):
    """edge.poll grows its pauses to a tenth of a second; here that would be
    most of what is measured."""
    end = time.monotonic() + edge.DEADLINE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError('waited in vain for ' + what)
        time.sleep(0.0005)


def listens(port):
    with socket.socket() as s:
        return s.connect_ex((ADDR, port)) == 0


def started(argv, stage, port, name):
    def serves():
        if not p.alive():
            raise AssertionError('%s ended: %s' % (name, p.output()[-500:]))
        return listens(port)

    # haproxy's worker outlives its master.
    wait(lambda: not listens(port), 'the one before to end')
    began = time.monotonic()
    p = edge.Process(argv, stage.dir, '%s-%d' % (name, port))
    p.close = p.stop
    stage.add(p)
    wait(serves, name + ' to listen')
    return p, time.monotonic() - began


def cost(stage, row, start, swap):
    """start() gives a process and its time, swap(process) a time.  Who reads
    all its memory hundreds of times a second is a load of his own, so times
    and memory are taken of different processes."""
    times = []
    for sampled in [False] * ROUNDS + [True]:
        p, began = start()
        time.sleep(SETTLE)
        if sampled:
            row['memory MB'] = mb(total(p.pid))
            row['private MB'] = mb(total(p.pid, 'Private_Dirty:'))
            sampler = Sampler(p.pid)
            swap(p)
            row['swap peak MB'] = mb(max(sampler.end(), total(p.pid)))
        else:
            times.append((began, swap(p)))
        p.stop()
        stage._things.remove(p)
    row['start s'], row['swap s'] = map(statistics.median, zip(*times))


def ask(path, line):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(path)
        s.sendall(line + b'\n')
        data = b''
        while not data.endswith(b'\n'):
            more = s.recv(65536)
            if not more:
                break
            data += more
    return data.decode()


def generation(control):
    return int(re.search(r'"generation": ?(\d+)', ask(control, b'status'))
               .group(1))


def ours(stage, count):
    port, row = free_port(), Row()
    names = names_file(stage, count)
    for which in 'ab':
        stage.write('%s.tls' % which, HEAD % (ADDR, port, names, which))
    row['check s'], _ = timed([program('tlsc'), 'check', 'a.tls'], stage.dir)
    row['compile s'], peak = timed([program('tlsc'), 'a.tls', '-o', 'a.bin'],
                                   stage.dir)
    row['peak MB'] = mb(peak)
    row['B/name'] = os.path.getsize(stage.path('a.bin')) / count
    timed([program('tlsc'), 'b.tls', '-o', 'b.bin'], stage.dir)
    control = stage.path('c-%d' % port)

    def start():
        for which, name in (('a.bin', 'live.bin'), ('b.bin', 'next.bin')):
            if os.path.exists(stage.path(name)):
                os.unlink(stage.path(name))
            os.link(stage.path(which), stage.path(name))
        return started([program('tlsd'), '--workers', '2', '--control',
                        control, '--log', '/dev/null', 'live.bin'], stage,
                       port, 'tlsd')

    def swap(p):
        before = generation(control)
        began = time.monotonic()
        os.rename(stage.path('next.bin'), stage.path('live.bin'))
        wait(lambda: generation(control) != before, 'the swap')
        return time.monotonic() - began

    cost(stage, row, start, swap)
    out = subprocess.run([os.path.join(edge.BUILD, 'tests/bench/decide'),
                          stage.path('a.bin'), '2000000'],
                         stdout=subprocess.PIPE).stdout
    if out:
        row['ns'] = float(out)
    return row


def reload_time(p, sig):
    """Until a child that was not there before exists."""
    old = set(peers.tree(p.pid))
    began = time.monotonic()
    os.kill(p.pid, sig)
    wait(lambda: set(peers.tree(p.pid)) - old, 'the reload')
    return time.monotonic() - began


def theirs(stage, count, name, check, run, port, sig):
    row = Row()
    row['check s'], peak = timed(check, stage.dir)
    row['peak MB'] = mb(peak)
    cost(stage, row, lambda: started(run, stage, port, name),
         lambda p: reload_time(p, sig))
    return row


def haproxy(stage, count):
    port = free_port()
    table = stage.path('haproxy-%d.map' % count)
    with open(table, 'w') as out, open(names_file(stage, count)) as f:
        for line in f:
            out.write(line.rstrip() + ' a\n')
    path = stage.write('haproxy-scale.cfg', '''
global
  nbthread 2
  maxconn 2000
defaults
  mode tcp
  timeout connect 5s
  timeout client 5m
  timeout server 5m
frontend edge
  bind %s:%d
  tcp-request inspect-delay 10s
  tcp-request content accept if { req_ssl_hello_type 1 }
  use_backend %%[req_ssl_sni,lower,map_str(%s)]
backend a
  server a 127.0.0.1:9
''' % (ADDR, port, table))
    exe = peers.find('haproxy')
    return theirs(stage, count, 'haproxy', [exe, '-c', '-f', path],
                  [exe, '-W', '-db', '-f', path], port, signal.SIGUSR2)


def nginx(stage, count):
    port = free_port()
    where = stage.path('nginx-scale-%d' % count)
    os.makedirs(where, exist_ok=True)
    with open(where + '/names.map', 'w') as out, \
            open(names_file(stage, count)) as f:
        for line in f:
            out.write(line.rstrip() + ' 127.0.0.1:9;\n')
    with open(where + '/nginx.conf', 'w') as f:
        f.write('''
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
user root; daemon off; worker_processes 2; pid nginx.pid; error_log stderr;
events { worker_connections 1000; }
stream {
  map_hash_max_size %d; map_hash_bucket_size 128;
  map $ssl_preread_server_name $backend { include names.map; default ""; }
  server { listen %s:%d reuseport; ssl_preread on; proxy_pass $backend; }
}
''' % (max(2048, count * 2), ADDR, port))
    argv = [peers.find('nginx'), '-p', where, '-c', 'nginx.conf', '-e',
            'stderr']
    return theirs(stage, count, 'nginx', argv + ['-t'], argv, port,
                  signal.SIGHUP)


def run(stage, quick):
    sizes = [10, 1000, 100000, 1000000] + ([] if quick else [10000000])
    header()
    for count in sizes:
        for who in (ours, haproxy, nginx):
            if who is not ours and count > 1000000:
                continue
            try:
                who(stage, count).show(who.__name__, count)
            except AssertionError as e:
                print('| %-9s | %10d | %s' % (who.__name__, count, e))
    for name in os.listdir(stage.dir):
        if name.startswith(('names-', 'haproxy-1')):
            os.unlink(stage.path(name))
