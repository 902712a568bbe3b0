#!/usr/bin/python3
"""Very many client CAs: as many as a CertificateRequest names work with every
client; with more the policy, and a renewal, is refused."""
from edge import *
from tap import *

NAME = 'shop.example.com'


def blocks():
    with open(cert('manycas')) as f:
        return re.findall('-----BEGIN.*?-----END CERTIFICATE-----\n', f.read(),
                          re.S)


def write(stage, count):
    """The CA of the clients, last of so many, by rename."""
    with open(cert('ca')) as f:
        text = ''.join(blocks()[:count]) + f.read()
    stage.write('new', text)
    os.rename(stage.path('new'), stage.path('ca.pem'))


def serving(stage):
    return stage.gateway(policy(
        route(NAME, 'offload to web', 'certificate shop;',
              'client-auth ca "ca.pem" live require;'),
        head=certificate('shop'), web=stage.origin(Origin.http).port))


@test()
def as_many_as_fit():
    """65,000 octets of names work; a renewal with more is refused"""
    with Stage() as s:
        write(s, 45)
        g = serving(s)
        for version in VERSIONS:
            with tls_connect(g.port, NAME, client_context(
                    version, client='client')) as c:
                equal(get(c), 'hello\n')
            more = ['--x509certfile', cert('client'), '--x509keyfile',
                    key('client')]
            out = gnutls_cli(g.port, NAME, version, *more, send=GET,
                             until='hello')[1]
            check('hello' in out, out)
        write(s, 47)
        g.wait_log('event=refused by=renewal .*id=TC0420')
        with tls_connect(g.port, NAME, client_context(client='client')) as c:
            equal(get(c), 'hello\n')


@test()
def too_many():
    """more are an error of the policy, with their count"""
    with Stage() as s:
        write(s, 47)
        code, out = s.compile(policy(
            route(NAME, 'offload to web', 'certificate shop;',
                  'client-auth ca "ca.pem" require;'),
            head=certificate('shop'), web=1).replace('@LISTEN@',
                                                     ADDR + ':1'))
        equal(code, 1, out)
        check('error[TC0420]: the names of these 48 client CAs' in out, out)


run()
