#!/usr/bin/python3
"""A session ends with the certificate, the CRL and the CA that it rests on."""
import pki
from edge import *
from tap import *

SHOP = 'shop.example.com'


def shop(o, more='', ca='ca.pem'):
    return policy(route(SHOP, 'offload to web', 'certificate shop;',
                        'client-auth ca "%s" live %s require;' % (ca, more)),
                  head=certificate('shop'), web=o.port)


class Client:
    """Offers the newest ticket it was given, as a browser does."""

    def __init__(self, port, version, pair):
        self.port = port
        self.context = client_context(version)
        self.context.load_cert_chain(*pair)
        self.session = None

    def ask(self):
        """'full', 'resumed' or 'refused'"""
        try:
            with self.context.wrap_socket(
                    connect(self.port), server_hostname=SHOP,
                    session=self.session) as c:
                if get(c) != 'hello\n':
                    return 'refused'
                self.session = c.session
                return 'resumed' if c.session_reused else 'full'
        except (OSError, AssertionError):
            return 'refused'


def own_ca(stage):
    shutil.copy(cert('ca'), stage.path('ca.pem'))
    shutil.copy(key('ca'), stage.path('ca.key'))


@test(*VERSIONS)
def kept(version):
    """a client with a good certificate resumes, hop after hop"""
    with Stage() as s:
        own_ca(s)
        pki.crl(s, 'list.crl')
        g = s.gateway(shop(s.origin(), 'crl "list.crl"'))
        c = Client(g.port, version, pki.issue(s, 'c'))
        equal([c.ask() for _ in range(4)], ['full'] + 3 * ['resumed'])
        g.wait_log('client=c ', 4)


@test(*VERSIONS)
def secret_changes(version):
    """sessions of before the tickets' secret was changed go on"""
    with Stage() as s:
        own_ca(s)
        opener = lambda p, f: os.open(p, f, 0o600)
        for name in 'tickets', 'new':
            with open(s.path(name), 'wb', opener=opener) as f:
                f.write(os.urandom(64))
        g = s.gateway(shop(s.origin()), None, '--tickets', s.path('tickets'))
        c = Client(g.port, version, pki.issue(s, 'c'))
        equal([c.ask(), c.ask()], ['full', 'resumed'])
        os.rename(s.path('new'), s.path('tickets'))
        g.wait_log('event=renewed')
        equal(c.ask(), 'resumed')


@test(*VERSIONS)
def expired(version):
    """no ticket outlives the client's certificate"""
    with Stage() as s:
        own_ca(s)
        g = s.gateway(shop(s.origin()))
        pair = pki.issue(s, 'c', ends=5)
        c = Client(g.port, version, pair)
        equal(c.ask(), 'full')
        # Nothing that would live on, and nothing is offered in vain.
        equal(c.ask(), 'full')
        poll(lambda: c.ask() == 'refused', 'the end of the certificate')
        g.wait_close('handshake-failed detail="the certificate has expired')
        # The next certificate is welcome, whatever ticket is shown with it.
        c.context.load_cert_chain(*pki.issue(s, 'c'))
        equal(c.ask(), 'full')
        equal(c.ask(), 'resumed')


@test(*VERSIONS)
def revoked(version):
    """a session ends when a renewed CRL names its certificate"""
    with Stage() as s:
        own_ca(s)
        pki.crl(s, 'list.crl')
        g = s.gateway(shop(s.origin(), 'crl "list.crl"'))
        good = Client(g.port, version, pki.issue(s, 'good', 'serial = 71'))
        bad = Client(g.port, version, pki.issue(s, 'bad', 'serial = 72'))
        for c in good, bad:
            equal([c.ask(), c.ask()], ['full', 'resumed'])
        pki.crl(s, 'list.crl', s.path('bad.pem'), number=2)
        g.wait_log('event=renewed')
        equal(bad.ask(), 'refused')
        g.wait_close('handshake-failed detail="the certificate is revoked')
        equal([good.ask(), good.ask()], ['full', 'resumed'])


@test(*VERSIONS)
def replaced(version):
    """a session ends when its CA is replaced"""
    with Stage() as s:
        own_ca(s)
        g = s.gateway(shop(s.origin()))
        c = Client(g.port, version, pki.issue(s, 'c'))
        equal([c.ask(), c.ask()], ['full', 'resumed'])
        pki.ca(s, 'next')
        os.rename(s.path('next.pem'), s.path('ca.pem'))
        g.wait_log('event=renewed')
        equal(c.ask(), 'refused')


@test(*VERSIONS)
def list_expires(version):
    """a CRL at its end proves nothing: no ticket, then no client"""
    with Stage() as s:
        own_ca(s)
        pki.crl(s, 'list.crl', ends=6)
        g = s.gateway(shop(s.origin(), 'crl "list.crl"'))
        c = Client(g.port, version, pki.issue(s, 'c'))
        equal([c.ask(), c.ask()], ['full', 'full'])
        poll(lambda: c.ask() == 'refused', 'the end of the CRL')
        g.wait_close('handshake-failed detail="the CRL of the certificate\'s '
                     'CA has expired')
        pki.crl(s, 'list.crl', number=2)
        g.wait_log('event=renewed')
        equal([c.ask(), c.ask()], ['full', 'resumed'])


def bridged(stage, version, seen, ends):
    """A bridge to a server whose certificate ends soon."""
    def note(conn, origin, record):
        seen.append(conn.session_reused)
        Origin.http(conn, origin, record)
    pki.issue(stage, 'web', 'dns_name = "api.internal"', ends=ends)
    o = stage.origin(note, tls=(stage.path('web'), {'version': version}))
    own_ca(stage)
    return stage.gateway(policy(
        route(SHOP, 'bridge to web', 'certificate shop;'),
        head=certificate('shop'),
        web=server(o.port) + ' tls { profile intermediate; verify ca '
        '"ca.pem" live name "api.internal"; }'))


def ask(port):
    try:
        with tls_connect(port, SHOP) as c:
            return get(c)
    except (OSError, AssertionError):
        return 'refused'


@test(*VERSIONS)
def server_expires(version):
    """a session with a server ends with the server's certificate"""
    seen = []
    with Stage() as s:
        g = bridged(s, version, seen, 6)
        equal([ask(g.port) for _ in range(3)], 3 * ['hello\n'])
        equal(seen, [False, True, True])
        poll(lambda: ask(g.port) == 'refused', 'the end of the certificate')
        g.wait_close('backend-unverified detail="the certificate has expired')


@test(*VERSIONS)
def server_ca_replaced(version):
    """a session with a server ends when the CA is replaced"""
    seen = []
    with Stage() as s:
        g = bridged(s, version, seen, 9000)
        equal([ask(g.port) for _ in range(2)], 2 * ['hello\n'])
        equal(seen, [False, True])
        pki.ca(s, 'next')
        os.rename(s.path('next.pem'), s.path('ca.pem'))
        g.wait_log('event=renewed')
        equal(ask(g.port), 'refused')

run()
