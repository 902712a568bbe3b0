"""The gateways that the bench compares, all configured for the same work.

Each gateway has one port per kind of work: `pass` (the name in the hello
chooses), `ecdsa`, `rsa` (offload with that certificate) and `bridge`.  Ours
serves all of them on one port, but for
`http`: offload to an HTTP server, for wrk.  One worker each, unless said otherwise.
"""
import os
import shutil
import subprocess
import time

from edge import ADDR, CERTS, Process, cert, free_port, key, program

SUITES13 = ('TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384',
            'TLS_CHACHA20_POLY1305_SHA256')
SUITES12 = ('ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256',
            'ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384',
            'ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305')
NAMES = {'pass': 'pay.example.com', 'ecdsa': 'shop.example.com',
         'rsa': 'rsa.shop.example.com', 'bridge': 'api.example.com',
         'http': None}


def free_ports():
    """wrk takes its SNI from the URL: http is on localhost."""
    return {k: free_port('127.0.0.1' if k == 'http' else ADDR)
            for k in NAMES}


def tree(pid):
    """pid and all its descendants."""
    children = {}
    for p in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open('/proc/%s/stat' % p) as f:
                parent = int(f.read().rsplit(')', 1)[1].split()[1])
            children.setdefault(parent, []).append(int(p))
        except OSError:
            pass
    found, todo = [], [pid]
    while todo:
        p = todo.pop()
        found.append(p)
        todo += children.get(p, [])
    return found


class Peer:
    """A running gateway and what it has used so far."""

    def __init__(self, stage, name, argv, ports, **more):
        self.name, self.ports, self.argv = name, ports, argv
        began = time.monotonic()
        self.process = Process(argv, stage.dir,
                               '%s-%d' % (name, ports['pass']))
        stage.add(self)
        self.process.wait_port(ports['pass'])
        self.started = time.monotonic() - began
        self.pids = tree(self.process.pid)

    def cpu(self):
        """Seconds of CPU of all its processes, to the nanosecond: the CPU
        clock of another process, as clock_getcpuclockid(3) names it."""
        # A port answers before the processes are that will serve it.
        self.pids = tree(self.process.pid)
        return sum(time.clock_gettime_ns((~p << 3) | 2)
                   for p in self.pids) / 1e9

    def memory(self, field='Private'):
        """Octets of its processes that no other process shares."""
        total = 0
        for p in tree(self.process.pid):
            with open('/proc/%d/smaps_rollup' % p) as f:
                for line in f:
                    if line.startswith(field):
                        total += int(line.split()[1]) * 1024
        return total

    def where(self, kind):
        return '%s:%d' % ('localhost' if kind == 'http' else ADDR,
                          self.ports[kind])

    def close(self):
        self.process.stop()


def ours(stage, origins, workers=1, options=()):
    port, http = free_port(), free_port('127.0.0.1')
    text = '''policy 1;
certificate shop { chain "%s"; key "%s"; }
certificate rsa  { chain "%s"; key "%s"; }
certificate api  { chain "%s"; key "%s"; }
certificate http { chain "%s"; key "%s"; }
limits wide { idle 5m; connect 10s; }
profile bench extends intermediate { tls 1.2 .. 1.3; }
backend raw   { server %s; }
backend clear { server %s; }
backend web   { server %s; }
backend tls   { server %s; tls { profile bench;
  verify ca "%s" name "api.internal"; } }
frontend edge {
  listen %s:%d;
  profile bench; limits wide;
  no-sni reject close; default reject close; malformed reject close;
  route pass   sni "%s" { passthrough to raw; }
  route ecdsa  sni "%s" { certificate shop; offload to clear; }
  route rsa    sni "%s" { certificate rsa; offload to clear; }
  route bridge sni "%s" { certificate api; bridge to tls; }
}
frontend http {
  listen 127.0.0.1:%d;
  profile bench; limits wide; alpn = "http/1.1";
  no-sni reject close; default reject close; malformed reject close;
  route http sni "localhost" { certificate http; offload to web; }
}
''' % (cert('shop'), key('shop'), cert('shop-rsa'), key('shop-rsa'),
       cert('api'), key('api'), cert('backend'), key('backend'),
       origins['raw'], origins['clear'],
       origins['http'], origins['tls'], cert('ca'), ADDR, port, NAMES['pass'],
       NAMES['ecdsa'], NAMES['rsa'], NAMES['bridge'], http)
    table = 'ours-%d.bin' % port
    code, out = stage.compile(text, table, 'ours-%d.tls' % port)
    if code:
        raise SystemExit('tlsc refused the policy of the bench:\n' + out)
    return Peer(stage, 'tlsd',
                [program('tlsd'), '--workers', str(workers), '--control',
                 stage.path('ours-%d.sock' % port), '--log', '/dev/null',
                 *options, stage.path(table)],
                dict(dict.fromkeys(NAMES, port), http=http))


def combined(stage, name):
    """HAProxy wants chain and key in one file."""
    path = stage.path(name + '-combined.pem')
    if not os.path.exists(path):
        with open(path, 'w') as out:
            for part in (cert(name), key(name)):
                with open(part) as f:
                    out.write(f.read())
    return path


def haproxy(stage, origins, workers=1):
    ports = free_ports()
    config = '''
global
  nbthread %d
  maxconn 7000
  tune.pipesize 524288
  tune.ssl.default-dh-param 2048
  ssl-default-bind-options ssl-min-ver TLSv1.2
  ssl-default-bind-ciphers %s
  ssl-default-bind-ciphersuites %s
  ssl-default-server-options ssl-min-ver TLSv1.2
  ssl-default-server-ciphersuites %s
defaults
  mode tcp
  timeout connect 10s
  timeout client 5m
  timeout server 5m
  option splice-request
  option splice-response
frontend pass
  bind %s:%d
  tcp-request inspect-delay 10s
  tcp-request content accept if { req_ssl_hello_type 1 }
  use_backend raw if { req_ssl_sni -i %s }
frontend ecdsa
  bind %s:%d ssl crt %s
  default_backend clear
frontend rsa
  bind %s:%d ssl crt %s
  default_backend clear
frontend bridge
  bind %s:%d ssl crt %s
  default_backend tls
frontend http
  bind 127.0.0.1:%d ssl crt %s alpn http/1.1
  default_backend web
backend raw
  server a %s
backend clear
  server a %s
backend web
  server a %s
backend tls
  server a %s ssl verify required ca-file %s sni str(api.internal) verifyhost api.internal
''' % (workers, ':'.join(SUITES12), ':'.join(SUITES13), ':'.join(SUITES13),
       ADDR, ports['pass'], NAMES['pass'],
       ADDR, ports['ecdsa'], combined(stage, 'shop'),
       ADDR, ports['rsa'], combined(stage, 'shop-rsa'),
       ADDR, ports['bridge'], combined(stage, 'api'),
       ports['http'], combined(stage, 'backend'),
       origins['raw'], origins['clear'], origins['http'], origins['tls'], cert('ca'))
    path = stage.write('haproxy-%d.cfg' % ports['pass'], config)
    return Peer(stage, 'haproxy', [find('haproxy'), '-db', '-f', path], ports)


def nginx(stage, origins, workers=1):
    ports = free_ports()
    where = stage.path('bench-nginx-%d' % ports['pass'])
    os.makedirs(where)
    tls = ('ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache off; '
           'ssl_session_tickets on; ssl_prefer_server_ciphers on; '
           'ssl_ciphers %s; ssl_conf_command Ciphersuites %s; '
           % (':'.join(SUITES12), ':'.join(SUITES13)))

    def terminate(kind, name, backend, more=''):
        return ('server { listen %s ssl reuseport backlog=4096; '
                'ssl_certificate %s; ssl_certificate_key %s; %s '
                'proxy_pass %s; %s }\n'
                % ('%s:%d' % ('127.0.0.1' if kind == 'http' else ADDR,
                              ports[kind]), cert(name), key(name), tls, backend,
                   more))
    config = '''
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
user root; daemon off; worker_processes %d; pid nginx.pid; error_log stderr;
worker_rlimit_nofile 20000;
events { worker_connections 16000; }
stream {
  proxy_buffer_size 64k; proxy_timeout 5m; tcp_nodelay on;
  map $ssl_preread_server_name $backend { %s %s; default ""; }
  server { listen %s:%d reuseport backlog=4096; ssl_preread on;
           proxy_pass $backend; }
''' % (workers, NAMES['pass'], origins['raw'], ADDR, ports['pass'])
    config += terminate('ecdsa', 'shop', origins['clear'])
    config += terminate('rsa', 'shop-rsa', origins['clear'])
    config += terminate('http', 'backend', origins['http'])
    config += terminate('bridge', 'api', origins['tls'], (
        'proxy_ssl on; proxy_ssl_verify on; '
        'proxy_ssl_trusted_certificate %s; proxy_ssl_name api.internal; '
        'proxy_ssl_server_name on; proxy_ssl_protocols TLSv1.2 TLSv1.3;'
        % cert('ca'))) + '}\n'
    with open(os.path.join(where, 'nginx.conf'), 'w') as f:
        f.write(config)
    return Peer(stage, 'nginx', [find('nginx'), '-p', where, '-c',
                                 'nginx.conf', '-e', 'stderr'], ports)


def find(name):
    return shutil.which(name) or '/usr/sbin/' + name


def version(name):
    flag = {'haproxy': '-v', 'nginx': '-v'}[name]
    r = subprocess.run([find(name), flag], stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT)
    return r.stdout.decode().split('\n')[0]
