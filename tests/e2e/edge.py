"""Starts the gateway and its neighbours for the end-to-end tests.

Every test process has a loopback address of its own (127.x.y.z made from its
pid), so tests run beside each other without meeting.  Everything started
here is ended by pid, and a gateway that dies, leaks or trips a sanitizer
fails the test that used it.
"""
import contextlib
import ctypes
import json
import os
import re
import select
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.path.join(TOP, os.environ.get('BUILD', 'build'))
CERTS = os.path.join(BUILD, 'tests', 'certs')
# Seconds; only ever reached when something is wrong.
DEADLINE = float(os.environ.get('DEADLINE', '60'))
SANITIZED = re.compile('(Address|Leak|UndefinedBehavior)Sanitizer|'
                       'runtime error:|a nonce is used twice|'
                       'Assertion `|how="signal (6|11)"')
FORMS = ('splice', 'copy')
VERSIONS = ('1.2', '1.3')

_pid = os.getpid()
ADDR = '127.%d.%d.%d' % (100 + (_pid >> 16) % 100, (_pid >> 8) & 255,
                         1 + _pid % 254)
_libc = ctypes.CDLL(None)


def _die_with_parent():
    _libc.prctl(1, signal.SIGTERM)   # PR_SET_PDEATHSIG


def free_port(addr=ADDR, family=socket.AF_INET):
    """A port of ours that nothing listens on; the kernel chooses."""
    with socket.socket(family, socket.SOCK_STREAM) as s:
        s.bind((addr, 0))
        return s.getsockname()[1]


def poll(condition, what, deadline=DEADLINE):
    """Waits until condition() is true and returns its value."""
    end = time.monotonic() + deadline
    pause = 0.005
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError('waited in vain for ' + what)
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)


def delayed_acknowledgements():
    """How many the kernel has sent so far because a delay had passed."""
    with open('/proc/net/netstat') as f:
        names, values = (f.readline().split() for _ in range(2))
    return int(values[names.index('DelayedACKs')])


def none_delayed(exchange, deadline=DEADLINE):
    """exchange() does not wait for a delayed acknowledgement.  The counter is
    the whole machine's, so others add to it: among batches of ten there is one
    with fewer than ten, which there never is when each exchange waits."""
    def batch():
        before = delayed_acknowledgements()
        for _ in range(10):
            exchange()
        return delayed_acknowledgements() - before < 10
    poll(batch, 'ten exchanges without a delayed acknowledgement', deadline)


def cert(name):
    return os.path.join(CERTS, name + '.pem')


def key(name):
    return os.path.join(CERTS, name + '.key')


def certificate(name, label=None):
    """The policy statement for one of tests/certs' certificates."""
    return 'certificate %s { chain "%s"; key "%s"; }\n' % (
        (label or name).replace('-', '_'), cert(name), key(name))


def program(name):
    return os.path.join(BUILD, name)


class Process:
    """A child whose output goes to a file; ended by pid."""

    def __init__(self, argv, directory, name, env=None, stdin=False):
        self.name = name
        self.argv = argv
        self.log_path = os.path.join(directory, name + '.out')
        self._log = open(self.log_path, 'ab')
        self.child = subprocess.Popen(
            argv, stdout=self._log, stderr=subprocess.STDOUT, env=env,
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            preexec_fn=_die_with_parent, cwd=directory)
        self.pid = self.child.pid

    def output(self):
        with open(self.log_path, errors='replace') as f:
            return f.read()

    def alive(self):
        return self.child.poll() is None

    def wait_port(self, port, addr=ADDR):
        def ready():
            if not self.alive():
                raise AssertionError('%s ended: %s' % (self.name,
                                                       self.output()[-2000:]))
            try:
                socket.create_connection((addr, port), 5).close()
                return True
            except OSError:
                return False
        poll(ready, '%s to listen on %d' % (self.name, port))

    def stop(self, sig=signal.SIGTERM):
        """Ends it and returns the exit status (negative: signal)."""
        if self.child.stdin:
            self.child.stdin.close()
        if self.alive():
            self.child.send_signal(sig)
        try:
            self.child.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            self._log.close()
            raise AssertionError('%s did not end: %s' % (
                self.name, self.output()[-2000:]))
        self._log.close()
        return self.child.returncode


class Stage:
    """A temporary directory and everything started in it."""

    def __init__(self):
        if not os.path.exists(os.path.join(CERTS, 'made')):
            subprocess.run([os.path.join(TOP, 'tests', 'certs'), CERTS],
                           check=True)
        self.dir = tempfile.mkdtemp(prefix='edge-')
        os.chmod(self.dir, 0o755)   # workers of a root tlsd are nobody
        self._things = []

    def __enter__(self):
        return self

    def add(self, thing):
        self._things.append(thing)
        return thing

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        with open(self.path(name), 'w') as f:
            f.write(text)
        return self.path(name)

    def __exit__(self, kind, value, trace):
        troubles = []
        for thing in reversed(self._things):
            try:
                thing.close()
            except Exception as e:
                troubles.append(str(e))
        shutil.rmtree(self.dir, ignore_errors=True)
        if troubles:
            raise AssertionError('\n'.join(troubles)) from value
        return False

    # Neighbours.

    def origin(self, handler=None, tls=None, port=None, **more):
        return self.add(Origin(handler, tls, port, **more))

    def daemon(self, argv, name, port, addr=ADDR, stdin=False):
        p = Process(argv, self.dir, name, stdin=stdin)
        p.port = port
        p.close = p.stop
        self.add(p)
        p.wait_port(port, addr)
        return p

    def openssl_server(self, name='backend', *options):
        port = free_port()
        return self.daemon(
            ['openssl', 's_server', '-accept', '%s:%d' % (ADDR, port),
             '-cert', cert(name), '-key', key(name), '-quiet', '-www']
            + list(options), 's_server-%d' % port, port)

    def gnutls_server(self, name='backend', *options):
        port = free_port('0.0.0.0')   # gnutls-serv listens on every address
        return self.daemon(
            ['gnutls-serv', '--http', '--port', str(port),
             '--x509certfile', cert(name), '--x509keyfile', key(name)]
            + list(options), 'gnutls-serv-%d' % port, port)

    def nginx(self, name=None):
        """An HTTP server with a text of its own; TLS when name is given."""
        port = free_port()
        where = self.path('nginx-%d' % port)
        os.makedirs(os.path.join(where, 'logs'))
        tls = '' if name is None else (
            'ssl_certificate %s; ssl_certificate_key %s; '
            'ssl_protocols TLSv1.2 TLSv1.3;' % (cert(name), key(name)))
        with open(os.path.join(where, 'nginx.conf'), 'w') as f:
            f.write('''
daemon off; master_process off; pid nginx.pid; error_log stderr;
events { worker_connections 512; }
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy;
  fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server {
    listen %s:%d %s; %s
    location / { return 200 "nginx saw $scheme $host sni=$ssl_server_name\\n"; }
  }
}
''' % (ADDR, port, 'ssl http2' if name else '', tls))
        exe = shutil.which('nginx') or '/usr/sbin/nginx'
        return self.daemon([exe, '-p', where, '-c', 'nginx.conf', '-e',
                            'stderr'], 'nginx-%d' % port, port)

    # The gateway.

    def compile(self, text, out='policy.bin', source='policy.tls', *options):
        self.write(source, text)
        r = subprocess.run([program('tlsc'), source, '-o', out,
                            '--allow-path', CERTS, '--allow-path',
                            'pkcs11:'] + list(options), cwd=self.dir,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        text = r.stdout.decode(errors='replace')
        if SANITIZED.search(text):
            raise AssertionError(text)
        return r.returncode, text

    def gateway(self, policy, form=None, *options, **more):
        return self.add(Gateway(self, policy, form, options, **more))


class Gateway:
    """tlsd on a compiled policy.  `port` is its first listener."""

    def __init__(self, stage, policy, form, options, port=None, workers=1,
                 wait=True, table='policy.bin', prefix=()):
        self.stage = stage
        self.port = port or free_port()
        self.control = stage.path('control-%d.sock' % self.port)
        self.log_path = stage.path('tlsd-%d.log' % self.port)
        self.status_wanted = 0
        code, text = stage.compile(self.expand(policy), table)
        if code != 0:
            raise AssertionError('tlsc refused the policy:\n' + text)
        argv = [*prefix, program('tlsd'), '--workers', str(workers),
                '--control', self.control, '--log', self.log_path]
        if '--drain' not in options:
            argv += ['--drain', '1']
        if form in ('copy', 'gnutls'):
            argv.append('--no-splice' if form == 'copy'
                        else '--gnutls-records')
        argv += os.environ.get('TLSD_OPTIONS', '').split()
        self.argv = argv + list(options) + [stage.path(table)]
        env = dict(os.environ)
        env.setdefault('ASAN_OPTIONS', 'detect_leaks=1')
        env.setdefault('UBSAN_OPTIONS', 'print_stacktrace=1')
        self.process = Process(self.argv, stage.dir, 'tlsd-%d' % self.port,
                               env)
        self.pid = self.process.pid
        if wait:
            self.process.wait_port(self.port)
            # Workers serve a moment before the master calls the table live.
            if not {'--log', '--audit'} & set(options):
                self.wait_log(r'event"?[=:]"?loaded')

    def expand(self, policy):
        return policy.replace('@LISTEN@', '%s:%d' % (ADDR, self.port))

    def log(self):
        text = self.process.output()
        if os.path.exists(self.log_path):
            with open(self.log_path, errors='replace') as f:
                text += f.read()
        return text

    def wait_log(self, pattern, count=1):
        """Waits for count lines that match; returns them."""
        def found():
            lines = [l for l in self.log().splitlines()
                     if re.search(pattern, l)]
            return lines if len(lines) >= count else None
        try:
            return poll(found, 'log line ' + pattern)
        except AssertionError as e:
            raise AssertionError('%s in:\n%s' % (e, self.log()[-3000:]))

    def wait_close(self, reason, count=1):
        """Waits until the log tells count connections closed so."""
        return self.wait_log(r'\bclose=%s\b' % reason, count)

    def tlsctl(self, *words):
        r = subprocess.run([program('tlsctl'), '--control', self.control]
                           + list(words), stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, timeout=DEADLINE)
        return r.returncode, r.stdout.decode(errors='replace')

    def failures(self):
        """Connections that tlsctl status counts as failed."""
        code, out = self.tlsctl('--json', 'status')
        return sum(w['failed'] for w in json.loads(out)['workers'])

    def generation(self):
        code, text = self.tlsctl('status')
        found = re.search(r'\bgeneration[=: ]+(\d+)', text)
        return int(found.group(1)) if code == 0 and found else None

    def replace(self, policy, table='policy.bin'):
        """Compiles over the live table's file, and waits until it serves."""
        before = poll(self.generation, 'tlsctl status')
        code, text = self.stage.compile(self.expand(policy), table)
        if code != 0:
            raise AssertionError('tlsc refused the policy:\n' + text)
        poll(lambda: self.generation() != before, 'the new generation')

    @contextlib.contextmanager
    def held(self):
        """What happens in here the gateway's processes find afterwards, and
        at once."""
        children = [int(pid) for pid in subprocess.run(
            ['ps', '-o', 'pid=', '--ppid', str(self.pid)],
            stdout=subprocess.PIPE).stdout.split()]
        for pid in children:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in children:
                os.kill(pid, signal.SIGCONT)

    def successors(self):
        """Masters that an upgrade has left: not our children any more."""
        mine = '\0'.join(self.process.argv[:1]).encode() + b'\0'
        found = []
        for pid in filter(str.isdigit, os.listdir('/proc')):
            try:
                with open('/proc/%s/cmdline' % pid, 'rb') as f:
                    argv = f.read()
            except OSError:
                continue
            if argv.startswith(mine) and self.control.encode() in argv and \
                    int(pid) != self.pid:
                found.append(int(pid))
        return found

    def close(self):
        status = self.process.stop()
        for pid in self.successors():
            os.kill(pid, signal.SIGKILL)
        log = self.log()
        if SANITIZED.search(log):
            raise AssertionError('a breach:\n' + log[-8000:])
        if status != self.status_wanted:
            raise AssertionError('tlsd ended with status %d:\n%s'
                                 % (status, log[-3000:]))


class Origin:
    """A TCP (or TLS) server in threads; remembers what it was sent.

    handler(conn, origin) talks on the socket; without one, the first request
    head is read and answered with HTTP/1.1 200 and the text `hello`.
    tls = (certificate name, {options}) wraps with OpenSSL; options may hold
    ca (client certificates are asked for), alpn, version.
    """

    def __init__(self, handler=None, tls=None, port=None, addr=ADDR,
                 text=b'hello\n', peek=False):
        self.handler = handler or Origin.http
        self.text = text
        self.received = []   # one bytearray for each connection
        self.first = []      # with peek, the first octets on the wire
        self.peek = peek     # not for servers that speak first
        self.tls_seen = []   # (sni, alpn, version) for each connection
        self.errors = []
        self.context = None
        if tls:
            name, options = tls if isinstance(tls, tuple) else (tls, {})
            self.context = server_context(name, self.tls_seen, **options)
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((addr, port or 0))
        self.listener.listen(512)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                conn, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(conn,),
                             daemon=True).start()

    def _serve(self, conn):
        conn.settimeout(DEADLINE)
        record = bytearray()
        self.received.append(record)
        try:
            if self.peek:
                self.first.append(conn.recv(16, socket.MSG_PEEK))
            if self.context:
                conn = self.context.wrap_socket(conn, server_side=True)
                self.tls_seen[-1] += [conn.selected_alpn_protocol(),
                                      conn.version()]
            self.handler(conn, self, record)
        except (OSError, ssl.SSLError) as e:
            self.errors.append(e)
        finally:
            conn.close()

    @staticmethod
    def http(conn, origin, record):
        """HTTP/1.1 with keep-alive: every request head is one answer."""
        seen = 0
        while True:
            while b'\r\n\r\n' not in record[seen:]:
                data = conn.recv(65536)
                if not data:
                    return
                record += data
            seen = record.index(b'\r\n\r\n', seen) + 4
            conn.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s'
                         % (len(origin.text), origin.text))

    @staticmethod
    def echo(conn, origin, record):
        while True:
            data = conn.recv(65536)
            if not data:
                return
            record += data
            conn.sendall(data)

    @staticmethod
    def sink(conn, origin, record):
        while True:
            data = conn.recv(65536)
            if not data:
                return
            record += data

    def close(self):
        # shutdown wakes the thread in accept; close alone does not.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def server_context(name, seen=None, ca=None, alpn=None, version=None,
                   require=True):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    c.load_cert_chain(cert(name), key(name))
    if ca:
        c.load_verify_locations(cert(ca))
        c.verify_mode = ssl.CERT_REQUIRED if require else ssl.CERT_OPTIONAL
    if alpn:
        c.set_alpn_protocols(list(alpn))
    if version:
        c.maximum_version = c.minimum_version = _tls(version)
    if seen is not None:
        c.sni_callback = lambda s, sni, ctx: seen.append([sni])
    return c


def _tls(version):
    return {'1.2': ssl.TLSVersion.TLSv1_2, '1.3': ssl.TLSVersion.TLSv1_3}[
        version]


def client_context(version=None, ca='ca', alpn=None, client=None,
                   ciphers=None):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca:
        c.load_verify_locations(cert(ca))
    else:
        c.check_hostname = False
        c.verify_mode = ssl.CERT_NONE
    if version:
        c.maximum_version = c.minimum_version = _tls(version)
    if alpn:
        c.set_alpn_protocols(list(alpn))
    if client:
        c.load_cert_chain(cert(client), key(client))
    if ciphers:
        c.set_ciphers(ciphers)
    return c


def connect(port, addr=ADDR, room=None):
    """A TCP connection; room limits what the kernel receives unread."""
    s = socket.socket(socket.AF_INET6 if ':' in addr else socket.AF_INET)
    s.settimeout(DEADLINE)
    if room:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    s.connect((addr, port))
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s


def tls_connect(port, name, context=None, addr=ADDR):
    """A verified TLS connection (Python's ssl) with SNI name."""
    context = context or client_context()
    return context.wrap_socket(connect(port, addr), server_hostname=name,
                               suppress_ragged_eofs=False)


def get(sock, name='x', path='/'):
    """One HTTP/1.1 request on a connected socket; the body of the answer."""
    sock.sendall(('GET %s HTTP/1.1\r\nHost: %s\r\n\r\n' % (path, name))
                 .encode())
    data = b''
    while b'\r\n\r\n' not in data:
        more = sock.recv(65536)
        if not more:
            raise AssertionError('end of file in the answer: %r' % data)
        data += more
    head, body = data.split(b'\r\n\r\n', 1)
    length = int(re.search(br'(?i)content-length: (\d+)', head).group(1))
    while len(body) < length:
        body += sock.recv(65536)
    return body.decode()


def read_all(sock):
    data = bytearray()
    while True:
        more = sock.recv(1 << 18)
        if not more:
            return bytes(data)
        data += more


def hello(name='shop.example.com', version=None, alpn=None):
    """The bytes of a real ClientHello (one record)."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = client_context(version, None, alpn)
    session = context.wrap_bio(incoming, outgoing, server_hostname=name)
    try:
        session.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


def server_hello(suite, retry=False):
    """A TLS 1.3 ServerHello, or HelloRetryRequest, in one record."""
    random = bytes.fromhex(
        'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c'
    ) if retry else bytes(range(32))
    share = b'\x00\x33\x00\x02\x00\x17' if retry else (
        b'\x00\x33\x00\x24\x00\x1d\x00\x20' + bytes(range(32)))
    extensions = b'\x00\x2b\x00\x02\x03\x04' + share
    body = b'\x03\x03' + random + b'\x00' + suite.to_bytes(2, 'big') + b'\x00' \
        + len(extensions).to_bytes(2, 'big') + extensions
    message = b'\x02' + len(body).to_bytes(3, 'big') + body
    return b'\x16\x03\x03' + len(message).to_bytes(2, 'big') + message


def records(hello_bytes, size):
    """The same handshake message in records of at most size octets."""
    body, out = hello_bytes[5:], b''
    for at in range(0, len(body), size):
        part = body[at:at + size]
        out += hello_bytes[:3] + len(part).to_bytes(2, 'big') + part
    return out


def reset(sock):
    """Closes with RST instead of FIN."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    b'\1\0\0\0\0\0\0\0')
    sock.close()


def exchange(sock, data, wanted):
    """Sends data while reading wanted octets; what was read.

    In one thread: Python's ssl lets two threads into one connection of
    OpenSSL, which then finds an end of file that never came."""
    wait = (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError)
    left, got, limit = memoryview(data), bytearray(), sock.gettimeout()
    sock.setblocking(False)
    while left or len(got) < wanted:
        moved = False
        if left:
            with contextlib.suppress(*wait):
                left = left[sock.send(left[:1 << 18]):]
                moved = True
        if len(got) < wanted:
            with contextlib.suppress(*wait):
                more = sock.recv(min(1 << 18, wanted - len(got)))
                if not more:
                    break
                got += more
                moved = True
        if not moved:
            ready = select.poll()
            ready.register(sock, select.POLLIN | (select.POLLOUT if left
                                                  else 0))
            if not ready.poll(limit and limit * 1000):
                raise TimeoutError('nothing moved for %s s' % limit)
    sock.settimeout(limit)
    return bytes(got)


def alert(data):
    """The description of the one fatal alert record in data, or None."""
    if len(data) == 7 and data[0] == 21 and data[3:6] == b'\0\2\2':
        return data[6]
    return None


# Policies.

def policy(*routes, head='', front='', no_sni='reject unrecognized-name',
           default='reject unrecognized-name', malformed='reject close',
           **backends):
    """A policy with one frontend.  A backend is a port of ours or a body."""
    text = 'policy 1;\n' + head
    for name, body in backends.items():
        if isinstance(body, int):
            body = server(body)
        text += 'backend %s { %s }\n' % (name, body)
    return text + 'frontend edge {\n  listen @LISTEN@;\n' \
        '  profile intermediate;\n  %s\n  no-sni %s;\n  default %s;\n' \
        '  malformed %s;\n  %s\n}\n' % (front, no_sni, default, malformed,
                                        '\n  '.join(routes))


def server(port, more=''):
    return 'server %s:%d%s;' % (ADDR, port, more)


def route(name, action, *more, label=None):
    """A route for one name, called after the name's first label."""
    return 'route %s sni "%s" { %s %s; }' % (
        label or name.split('.')[0].replace('*', 'any'), name,
        ' '.join(more), action)


# Foreign clients.

def tool(*argv, send=b'', until=None, env=None):
    """Runs argv with send as its input; (exit status, all its output).

    With until, the input stays open until the output matches: what clients
    that stop reading at the end of their input need.
    """
    child = subprocess.Popen(argv, stdin=subprocess.PIPE, env=env,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             preexec_fn=_die_with_parent)
    late = []
    timer = threading.Timer(DEADLINE, lambda: (late.append(1), child.kill()))
    timer.start()
    out = b''
    try:
        try:
            child.stdin.write(send)
            child.stdin.flush()
            if until is None:
                child.stdin.close()
        except BrokenPipeError:
            pass
        while True:
            more = os.read(child.stdout.fileno(), 65536)
            if not more:
                break
            out += more
            if until and re.search(until.encode(), out):
                until = None
                child.stdin.close()
        child.wait()
    finally:
        timer.cancel()
        child.stdout.close()
        try:
            child.stdin.close()
        except BrokenPipeError:
            pass
    text = out.decode(errors='replace')
    if late:
        raise AssertionError('%s hung:\n%s' % (argv[0], text[-2000:]))
    return child.returncode, text


def curl(port, name, version='1.3', *options, path='/'):
    return tool('curl', '-sS', '--noproxy', '*', '--max-time', str(DEADLINE),
                '--tlsv' + version, '--tls-max', version, '--cacert',
                cert('ca'), '--resolve', '%s:%d:%s' % (name, port, ADDR),
                *options, 'https://%s:%d%s' % (name, port, path))


def s_client(port, name, version='1.3', *options, send=b'', until=None):
    argv = ['openssl', 's_client', '-connect', '%s:%d' % (ADDR, port),
            '-CAfile', cert('ca'), '-verify_return_error']
    if version:
        argv.append('-tls' + version.replace('.', '_'))
    argv += ['-servername', name] if name else ['-noservername']
    return tool(*argv, *options, send=send, until=until)


def gnutls_cli(port, name, version='1.3', *options, send=b'', until=None):
    return tool('gnutls-cli', '--priority',
                'NORMAL:-VERS-ALL:+VERS-TLS' + version, '--x509cafile',
                cert('ca'), '--sni-hostname', name, '--verify-hostname',
                name, '-p', str(port), *options, ADDR, send=send, until=until)


GET = b'GET / HTTP/1.1\r\nHost: x\r\n\r\n'


def fetch_with_each(port, name, wanted, versions=VERSIONS):
    """curl, openssl and gnutls-cli fetch / over each version."""
    for version in versions:
        for client in (curl, s_client, gnutls_cli):
            if client is curl:
                code, out = curl(port, name, version, '--http1.1')
            else:
                code, out = client(port, name, version, send=GET,
                                   until=wanted)
            if not re.search(wanted, out):
                raise AssertionError('%s %s (%d): %s' % (
                    client.__name__, version, code, out[-1500:]))
