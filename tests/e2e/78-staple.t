#!/usr/bin/python3
"""Certificates' status: OCSP staples, SCT lists, CRLs of clients."""
import json

import pki
from edge import *
from tap import *

NAME = 'shop.example.com'
CA = ('-CA', cert('ca'), '-rsigner', cert('ca'), '-rkey', key('ca'))


def openssl(*argv, send=b''):
    code, out = tool('openssl', *argv, send=send)
    equal(code, 0, out)
    return out


class Responder:
    """An OCSP responder over HTTP.  `how` makes the answer's body of the
    request's, or is the raw answer, or None: silence."""

    def __init__(self, stage):
        self.stage = stage
        self.asked = 0
        self.how = self.good
        self.issuer = CA
        self.status = 'V'
        self.lock = threading.Lock()
        self.socket = socket.socket()
        self.socket.bind((ADDR, 0))
        self.socket.listen(64)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                conn, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=(conn,),
                             daemon=True).start()

    def one(self, conn):
        conn.settimeout(DEADLINE)
        data = b''
        try:
            while b'\r\n\r\n' not in data:
                data += conn.recv(65536)
            head, body = data.split(b'\r\n\r\n', 1)
            n = int(re.search(br'Content-Length: (\d+)', head).group(1))
            while len(body) < n:
                body += conn.recv(65536)
            self.asked += 1
            how = self.how
            if how is None:
                conn.recv(1)   # until the other side gives up
                return
            out = how if isinstance(how, bytes) else self.wrap(how(body))
            conn.sendall(out)
        except (OSError, AssertionError):
            pass
        finally:
            conn.close()

    @staticmethod
    def wrap(body):
        return (b'HTTP/1.0 200 OK\r\nContent-Type: application/ocsp-response'
                b'\r\nContent-Length: %d\r\n\r\n' % len(body)) + body

    def good(self, request):
        with self.lock:
            ask, index, out = (self.stage.path(n) for n in (
                'ask.der', 'index.txt', 'answer.der'))
            with open(ask, 'wb') as f:
                f.write(request)
            with open(index, 'w') as f:
                for name in ('x.pem', 'y.pem'):
                    if os.path.exists(self.stage.path(name)):
                        f.write('%s\t450101000000Z\t%s\t%s\tunknown\t/CN=x\n'
                                % (self.status, '250101000000Z' if
                                   self.status == 'R' else '',
                                   serial_of(self.stage.path(name))))
            openssl('ocsp', '-index', index, *self.issuer, '-reqin', ask,
                    '-respout', out, '-no_nonce', '-ndays', '2', '-noverify')
            with open(out, 'rb') as f:
                return f.read()

    def close(self):
        self.socket.close()


def serial_of(path):
    return openssl('x509', '-in', path, '-noout',
                   '-serial').strip().split('=')[1]


def make_certificate(stage, name, responder, label='x'):
    """A leaf of the test CA, whose responder is ours, with its issuer."""
    config = stage.path('leaf.tmpl')
    with open(config, 'w') as f:
        f.write('cn = "%s"\ndns_name = "%s"\ntls_www_server\nsigning_key\n'
                'ocsp_uri = "http://%s:%d/ocsp"\nexpiration_days = 100\n'
                % (name, name, ADDR, responder.port))
    shutil.copy(key('shop'), stage.path('new.key'))
    code, out = tool('certtool', '--generate-certificate',
                     '--load-ca-certificate', cert('ca'),
                     '--load-ca-privkey', key('ca'), '--load-privkey',
                     stage.path('new.key'), '--template', config,
                     '--outfile', stage.path('new.pem'))
    equal(code, 0, out)
    with open(stage.path('new.pem'), 'a') as f, open(cert('ca')) as ca:
        f.write(ca.read())
    for end in ('.key', '.pem'):
        os.rename(stage.path('new' + end), stage.path(label + end))


def status(port, version='1.3', name=NAME, *options):
    """What a client is told of the certificate, in OpenSSL's words."""
    code, out = s_client(port, name, version, '-status', *options)
    if 'OCSP response: no response sent' in out:
        return None
    found = re.search(r'Cert Status: (\w+)', out)
    return found.group(1) if found else out


def serving(stage, text, *options, **more):
    o = stage.origin(Origin.http)
    return stage.gateway(policy(
        route(NAME, 'offload to web', 'certificate x;'),
        head='certificate x { chain "x.pem"; key "x.key"; %s }\n' % text,
        web=o.port), None, *options, **more)


@test()
def from_file():
    """a staple from a file is served in TLS 1.2 and 1.3"""
    with Stage() as s:
        shutil.copy(cert('shop'), s.path('x.pem'))
        shutil.copy(key('shop'), s.path('x.key'))
        shutil.copy(os.path.join(CERTS, 'shop.ocsp'), s.path('x.ocsp'))
        g = serving(s, 'staple "x.ocsp";')
        for version in VERSIONS:
            equal(status(g.port, version), 'good', version)
        # A response that speaks of another certificate is not shown.
        shutil.copy(cert('shop-rsa'), s.path('x.pem'))
        shutil.copy(key('shop-rsa'), s.path('x.key'))
        g.wait_log('event=renewed')
        for version in VERSIONS:
            equal(status(g.port, version), None, version)


@test()
def fetched():
    """staple auto: fetched, told to every worker and to their successors"""
    with Stage() as s:
        r = Responder(s)
        make_certificate(s, NAME, r)
        port = free_port()
        g = serving(s, 'staple auto;', '--workers', '2', '--metrics',
                    '%s:%d' % (ADDR, port))
        g.wait_log('event=staple-fetched certificate=x until=')
        with connect(port) as c:
            c.sendall(b'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n')
            found = re.search(br'tlsd_staple_expiry_timestamp_seconds'
                              br'{certificate="x"} (\d+)', read_all(c))
        check(found and int(found.group(1)) > time.time(), found)
        for version in VERSIONS * 3:
            equal(status(g.port, version), 'good', version)
        for line in g.tlsctl('--json', 'status')[1].splitlines():
            for pid in re.findall(r'"pid": ?(\d+)', line)[1:]:
                os.kill(int(pid), signal.SIGKILL)
        g.wait_log('event=child-(ended|died|exit)|restart', 1)
        poll(lambda: status(g.port) == 'good', 'new workers with staples')
        # Another table: what is known is kept.
        asked = r.asked
        with open(s.path('policy.tls')) as f:
            g.replace(f.read() + '# other\n')
        equal(status(g.port), 'good')
        equal(r.asked, asked)
        # A tlsd that takes over has them from the first connection on.
        r.how = None
        os.kill(g.pid, signal.SIGUSR2)

        def other():
            pid = json.loads(g.tlsctl('--json', 'status')[1])['pid']
            return pid if pid != g.pid else None
        now = poll(other, 'a new master')
        try:
            equal(status(g.port), 'good')
        finally:
            os.kill(now, signal.SIGTERM)
            poll(lambda: not os.path.exists('/proc/%d' % now), 'its end')
        r.close()


@test()
def renewed():
    """a renewed certificate is asked for anew"""
    with Stage() as s:
        r = Responder(s)
        make_certificate(s, NAME, r)
        g = serving(s, 'staple auto;')
        g.wait_log('event=staple-fetched')
        make_certificate(s, NAME, r)
        g.wait_log('event=renewed')
        g.wait_log('event=staple-fetched', 2)
        poll(lambda: status(g.port) == 'good', 'the new staple')
        r.close()


def refused(how, reason, **attributes):
    with Stage() as s:
        r = Responder(s)
        r.how = how or r.good
        for name, value in attributes.items():
            setattr(r, name, value)
        make_certificate(s, NAME, r)
        g = serving(s, 'staple auto;')
        g.wait_log('event=staple-failed certificate=x reason="?' + reason)
        equal(status(g.port), None)
        equal(len(g.wait_log('event=staple-failed')), 1)
        r.close()


@test()
def not_usable():
    """an answer that is nonsense, too long, or bad news"""
    refused(b'HTTP/1.0 200 OK\r\n\r\nnonsense', 'it is not a DER OCSP response')
    refused(b'SSH-2.0-x\r\n', 'not an HTTP answer')
    refused(b'HTTP/1.0 500 Oops\r\n\r\n', 'an HTTP status other than 200')
    refused(b'HTTP/1.0 200 OK\r\n\r\n' + b'x' * 100000,
            'the answer is too long')
    refused(None, 'it says that the certificate is revoked', status='R')


@test()
def forged():
    """a response signed by another CA is not believed"""
    with Stage() as s:
        r = Responder(s)
        make_certificate(s, NAME, r)
        shutil.copy(s.path('x.pem'), s.path('one.pem'))

        def forge(request):
            out = s.path('forged.der')
            index = s.path('forged.txt')
            with open(index, 'w') as f:
                f.write('V\t450101000000Z\t\t%s\tunknown\t/CN=x\n'
                        % serial_of(s.path('one.pem')))
            # The right issuer is asked about, a stranger signs.
            openssl('ocsp', '-index', index, '-CA', cert('ca'), '-rsigner',
                    cert('other-ca'), '-rkey', key('other-ca'), '-issuer',
                    cert('ca'), '-cert', s.path('one.pem'), '-respout', out,
                    '-no_nonce', '-ndays', '2', '-noverify')
            with open(out, 'rb') as f:
                return f.read()
        r.how = forge
        g = serving(s, 'staple auto;')
        g.wait_log('event=staple-failed .*reason="its signature was not made')
        equal(status(g.port), None)
        r.close()


@test('ca', 'other-ca')
def forged_file(signer):
    """nor is one in a file, when the chain holds the issuer"""
    with Stage() as s:
        r = Responder(s)
        make_certificate(s, NAME, r)
        s.write('index.txt', 'V\t450101000000Z\t\t%s\tunknown\t/CN=x\n'
                % serial_of(s.path('x.pem')))
        openssl('ocsp', '-index', s.path('index.txt'), '-CA', cert('ca'),
                '-rsigner', cert(signer), '-rkey', key(signer), '-issuer',
                cert('ca'), '-cert', s.path('x.pem'), '-respout',
                s.path('x.ocsp'), '-no_nonce', '-ndays', '2', '-noverify')
        g = serving(s, 'staple "x.ocsp";')
        equal(status(g.port), 'good' if signer == 'ca' else None)
        r.close()


@test('ocsp_signing_key', 'tls_www_server', '')
def delegated(purpose):
    """a responder signs for the CA whose certificate says that it may"""
    with Stage() as s:
        pem, secret = pki.issue(s, 'responder', *filter(None, [purpose]))
        r = Responder(s)
        r.issuer = ('-CA', cert('ca'), '-rsigner', pem, '-rkey', secret)
        make_certificate(s, NAME, r)
        g = serving(s, 'staple auto;')
        if purpose == 'ocsp_signing_key':
            g.wait_log('event=staple-fetched')
            equal(status(g.port), 'good')
        else:
            g.wait_log('event=staple-failed .*reason="its signer\'s '
                       'certificate is not for OCSP')
            equal(status(g.port), None)
        r.close()


@test()
def hangs():
    """a responder that hangs costs nothing but its staple"""
    with Stage() as s:
        r = Responder(s)
        make_certificate(s, NAME, r)
        r.how = None
        g = serving(s, 'staple auto;')
        poll(lambda: r.asked, 'the question')
        equal(status(g.port), None)
        with tls_connect(g.port, NAME) as c:
            equal(get(c), 'hello\n')
        r.how = r.good
        g.wait_log('event=staple-failed .*reason="no answer in time"')
        g.wait_log('event=staple-fetched')
        poll(lambda: status(g.port) == 'good', 'the staple')
        r.close()


@test()
def scts():
    """an SCT list reaches TLS 1.2 clients that ask, and no others"""
    one = b'\0' + bytes(32) + bytes(8) + b'\0\0' + b'\4\3' + b'\0\4sign'
    entry = len(one).to_bytes(2, 'big') + one
    with Stage() as s:
        shutil.copy(cert('shop'), s.path('x.pem'))
        shutil.copy(key('shop'), s.path('x.key'))
        with open(s.path('x.sct'), 'wb') as f:
            f.write(len(entry).to_bytes(2, 'big') + entry)
        os.environ['CTLOG_FILE'] = s.path('logs')   # knows none
        with open(s.path('logs'), 'w') as f:
            f.write('enabled_logs =\n')
        g = serving(s, 'sct "x.sct";')
        code, out = s_client(g.port, NAME, '1.2', '-ct')
        check('SCTs present (1)' in out, out)
        code, out = s_client(g.port, NAME, '1.2', '-tlsextdebug')
        check('signed certificate timestamps' not in out, out)
        equal(curl(g.port, NAME, '1.2')[1], 'hello\n')
        # TLS 1.3 would want them where GnuTLS lets nobody write.
        code, out = s_client(g.port, NAME, '1.3', '-ct')
        check('SCTs present (0)' in out, out)
        equal(curl(g.port, NAME, '1.3')[1], 'hello\n')


@test()
def crls():
    """client-auth with a CRL: a revoked client is refused, others are not"""
    with Stage() as s:
        with open(s.path('ca.cnf'), 'w') as f:
            f.write('[ca]\ndefault_ca = here\n[here]\ndatabase = revoked.txt'
                    '\ndefault_md = sha256\n')
        with open(s.path('revoked.txt'), 'w') as f:
            f.write('R\t450101000000Z\t250102000000Z\t%s\tunknown\t/CN=c\n'
                    % serial_of(cert('client')))
        subprocess.run(['openssl', 'ca', '-config', 'ca.cnf', '-gencrl',
                        '-keyfile', key('ca'), '-cert', cert('ca'),
                        '-crldays', '30', '-out', 'x.crl'], cwd=s.dir,
                       check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        o = s.origin(Origin.http)
        g = s.gateway(policy(
            route(NAME, 'offload to web', 'certificate shop;',
                  'client-auth ca "%s" crl "x.crl" require;' % cert('ca')),
            head=certificate('shop'), web=o.port), None)
        for version in VERSIONS:
            code, out = curl(g.port, NAME, version, '--cert',
                             cert('backend'), '--key', key('backend'))
            equal(out, 'hello\n')
            code, out = curl(g.port, NAME, version, '--cert', cert('client'),
                             '--key', key('client'))
            check(code != 0, out)
        g.wait_close('handshake-failed', 2)


run()
