#!/usr/bin/python3
"""Handshake messages of many octets, and in many records, from either side."""
from edge import *
from tap import *

NAME = 'shop.example.com'
HEAD = certificate('shop')
TRIES = 4   # how the octets come in segments is the network's


def make(stage, name, signer, more=(), ca=False, kind='EC'):
    """A certificate by signer; its chain and key."""
    chain, secret = stage.path(name + '.pem'), stage.path(name + '.key')
    config = stage.write(name + '.cfg', '\n'.join([
        '[req]', 'distinguished_name = dn', 'x509_extensions = v3', '[dn]',
        '[v3]', 'basicConstraints = critical, CA:%s' % str(ca).upper(),
        'keyUsage = critical, ' + ('keyCertSign' if ca else
                                   'digitalSignature'),
        'authorityKeyIdentifier = keyid', '' if ca else
        'extendedKeyUsage = serverAuth, clientAuth\n'
        'subjectAltName = @names\n[names]',
        *('DNS.%d = %s' % x for x in enumerate(more))]) + '\n')
    option = 'ec_paramgen_curve:P-256' if kind == 'EC' else \
        'rsa_keygen_bits:2048'
    for words in (['genpkey', '-algorithm', kind, '-pkeyopt', option, '-out',
                   secret],
                  ['req', '-x509', '-CA', signer[0], '-CAkey', signer[1],
                   '-key', secret, '-config', config, '-subj', '/CN=' + name,
                   '-days', '365', '-out', chain]):
        subprocess.run(['openssl', *words], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return chain, secret


NAMES = ['api.internal', NAME]


def three(stage):
    """A chain of three RSA certificates."""
    above = cert('ca'), key('ca')
    chain = ''
    for name in ('upper', 'lower', 'leaf'):
        last = name == 'leaf'
        above = make(stage, name, above, NAMES if last else (), not last,
                     'RSA')
        with open(above[0]) as f:
            chain = f.read() + chain
    return stage.write('chain.pem', chain), above[1]


def large(stage, octets):
    """A certificate of about so many octets."""
    pair = make(stage, 'large', (cert('ca'), key('ca')), NAMES + [
        'tenant-%05d.example-customers.com' % i for i in range(octets // 36)])
    check(os.path.getsize(pair[0]) > octets)
    return pair


def identity(pair):
    return ['-cert', pair[0], '-key', pair[1]]


def with_chain(pair):
    return [*identity(pair), '-cert_chain', pair[0], '-max_send_frag', '512']


def bridge(stage, port):
    return stage.gateway(policy(
        route(NAME, 'bridge to web', 'certificate shop;'), head=HEAD,
        web=server(port) + ' tls { verify ca "%s" name "api.internal"; }'
        % cert('ca')))


def offload_for(stage, more='client-auth ca "%s" require;' % cert('ca')):
    return stage.gateway(policy(
        route(NAME, 'offload to web', 'certificate shop;', more), head=HEAD,
        web=stage.origin().port))


def with_certificate(g, version, pair, *options):
    for _ in range(TRIES):
        code, out = s_client(g.port, NAME, version, *identity(pair),
                             *options, send=GET, until='hello')
        check('hello' in out, out, g.log()[-400:])


@test(*VERSIONS)
def small_records_of_a_server(version):
    """records of 512 octets, three RSA certificates: a bridge's server"""
    with Stage() as s:
        port = free_port()
        s.daemon(['openssl', 's_server', '-accept', '%s:%d' % (ADDR, port),
                  '-quiet', '-www', '-tls' + version.replace('.', '_'),
                  *with_chain(three(s))], 's_server', port)
        g = bridge(s, port)
        for _ in range(TRIES):
            with tls_connect(g.port, NAME) as c:
                c.sendall(b'GET / HTTP/1.0\r\n\r\n')
                check(b'200 ok' in c.recv(1 << 16))


@test(*VERSIONS)
def small_records_of_a_client(version):
    """records of 512 octets, three RSA certificates: a client"""
    with Stage() as s:
        pair = three(s)
        with_certificate(offload_for(s), version, pair, *with_chain(pair))


@test(*((v, n) for v in VERSIONS for n in (20000, 33000, 54000)))
def large_certificate_of_a_server(form):
    """a large certificate: a bridge's server"""
    with Stage() as s:
        large(s, form[1])
        o = s.origin(tls=(s.path('large'), {'version': form[0]}))
        g = bridge(s, o.port)
        for _ in range(TRIES):
            with tls_connect(g.port, NAME) as c:
                equal(get(c), 'hello\n')


@test(*((v, n) for v in VERSIONS for n in (20000, 54000)))
def large_certificate_of_a_client(form):
    """a large certificate: a client, whose ticket holds it too"""
    with Stage() as s:
        pair, g = large(s, form[1]), offload_for(s)
        with_certificate(g, form[0], pair)
        sess = s.path('session')
        with_certificate(g, form[0], pair, '-sess_out', sess)
        code, out = s_client(g.port, NAME, form[0], *identity(pair),
                             '-sess_in', sess, send=GET, until='hello')
        check('Reused, ' in out and 'hello' in out, out)


@test()
def no_room_in_a_ticket():
    """a client whose certificates fit no ticket gets none"""
    with Stage() as s:
        pair = large(s, 54000)
        with_certificate(offload_for(s), '1.3', pair, '-cert_chain', pair[0])


def context_of(octets, version):
    """A client whose hello has so many octets: its list of protocols is
    long."""
    def made(*names):
        context = client_context(version)
        context.set_alpn_protocols(['http/1.1', *names])
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        try:
            context.wrap_bio(incoming, outgoing,
                             server_hostname=NAME).do_handshake()
        except ssl.SSLWantReadError:
            pass
        return context, message_length(outgoing.read())
    names = ['y' * 255] * 2   # beyond what OpenSSL fills up (RFC 7685)
    missing = octets - made(*names)[1]
    while missing > 256:
        names.append('%0200d' % len(names))
        missing -= 201
    context, seen = made(*names, 'x' * (missing - 1))
    equal(seen, octets)
    return context


def message_length(wire):
    octets = 0
    while wire:
        octets += int.from_bytes(wire[3:5], 'big')
        wire = wire[5 + int.from_bytes(wire[3:5], 'big'):]
    return octets


SIZES = 16383, 16384, 16385, 20000, 60000


@test(*((v, n) for v in VERSIONS for n in SIZES))
def large_hello_offload(form):
    """a large ClientHello to offload"""
    with Stage() as s:
        g = offload_for(s, '')
        for _ in range(TRIES):
            with tls_connect(g.port, NAME, context_of(form[1], form[0])) as c:
                equal(get(c), 'hello\n')


@test(*((v, n) for v in VERSIONS for n in SIZES))
def large_hello_bridge(form):
    """a large ClientHello to a bridge"""
    with Stage() as s:
        g = bridge(s, s.origin(tls='backend').port)
        for _ in range(TRIES):
            with tls_connect(g.port, NAME, context_of(form[1], form[0])) as c:
                equal(get(c), 'hello\n')


@test(*VERSIONS)
def all_at_once(version):
    """a ClientHello of 60,000 octets and certificates of 54,000 both ways"""
    with Stage() as s:
        pair = large(s, 54000)
        g = s.gateway(policy(
            route(NAME, 'offload to web', 'certificate shop;',
                  'client-auth ca "%s" require;' % cert('ca')),
            head='certificate shop { chain "%s"; key "%s"; }\n' % pair,
            web=s.origin().port))
        context = context_of(60000, version)
        context.load_cert_chain(*pair)
        for _ in range(TRIES):
            with tls_connect(g.port, NAME, context) as c:
                equal(get(c), 'hello\n')


run()
