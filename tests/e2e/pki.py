"""Certificates and CRLs made while a test runs, by certtool.

A CA is a name of tests/certs ('ca') or of one made by ca(); all else lies in
the stage's directory.  Times are seconds from now.
"""
import base64
import os
import shutil
import ssl
import time

from edge import cert, key, tool
from tap import equal

DAY = 86400


def when(seconds):
    return time.strftime('%Y-%m-%d %H:%M:%S UTC',
                         time.gmtime(time.time() + seconds))


def _paths(stage, name):
    if os.path.exists(stage.path(name + '.pem')):
        return stage.path(name + '.pem'), stage.path(name + '.key')
    return cert(name), key(name)


def _certtool(stage, lines, *argv):
    stage.write('template', '\n'.join(lines) + '\n')
    code, out = tool('certtool', *argv, '--template', stage.path('template'))
    equal(code, 0, out)


def ca(stage, name, cn=None, *lines, begins=-DAY, ends=365 * DAY):
    """A root of its own; returns its certificate's path."""
    code, out = tool('certtool', '--generate-privkey', '--key-type', 'ecdsa',
                     '--outfile', stage.path(name + '.key'))
    equal(code, 0, out)
    _certtool(stage, ['cn = "%s"' % (cn or name), 'ca', 'cert_signing_key',
                      *(lines or ['crl_signing_key']),
                      'activation_date = "%s"' % when(begins),
                      'expiration_date = "%s"' % when(ends)],
              '--generate-self-signed', '--load-privkey',
              stage.path(name + '.key'), '--outfile',
              stage.path(name + '.pem'))
    return stage.path(name + '.pem')


def issue(stage, name, *lines, by='ca', ends=365 * DAY, out=None,
          key_of=None, usage='signing_key'):
    """A certificate with these template lines; returns (chain, key)."""
    signer = _paths(stage, by)
    pem = stage.path((out or name) + '.pem')
    if not out and not key_of:
        shutil.copy(key('client'), stage.path(name + '.key'))
    _certtool(stage, ['cn = "%s"' % name, usage, *lines,
                      'activation_date = "%s"' % when(-DAY),
                      'expiration_date = "%s"' % when(ends)],
              '--generate-certificate', '--load-ca-certificate', signer[0],
              '--load-ca-privkey', signer[1], '--load-privkey',
              key_of or key('client'), '--outfile', pem)
    return pem, stage.path(name + '.key')


def crl(stage, name, *revoked, by='ca', number=1, begins=-60, ends=30 * DAY):
    """A CRL file, put in its place by rename; returns its path."""
    signer = _paths(stage, by)
    more = []
    if revoked:
        with open(stage.path('revoked'), 'w') as f:
            for pem in revoked:
                with open(pem) as g:
                    f.write(g.read())
        more = ['--load-certificate', stage.path('revoked')]
    _certtool(stage, ['crl_number = %d' % number,
                      'crl_this_update_date = "%s"' % when(begins),
                      'crl_next_update_date = "%s"' % when(ends),
                      'crl_revocation_date = "%s"' % when(begins)],
              '--generate-crl', '--load-ca-certificate', signer[0],
              '--load-ca-privkey', signer[1], *more, '--outfile',
              stage.path('new.crl'))
    os.rename(stage.path('new.crl'), stage.path(name))
    return stage.path(name)


def _der(tag, content):
    n = len(content)
    head = bytes([n]) if n < 128 else \
        bytes([0x80 | (n.bit_length() + 7) // 8]) + \
        n.to_bytes((n.bit_length() + 7) // 8, 'big')
    return bytes([tag]) + head + content


def _integer(n):
    return _der(2, n.to_bytes(n.bit_length() // 8 + 1, 'big'))


def rsa(stage, name, bits, exponent_bits, by='ca'):
    """A certificate of a key that nobody has, of any size; returns its DER.
    The numbers are odd, and that is all."""
    numbers = _integer((1 << (bits - 1)) | 1) + \
        _integer((1 << (exponent_bits - 1)) | 1)
    spki = _der(0x30, bytes.fromhex('300d06092a864886f70d0101010500') +
                _der(3, b'\0' + _der(0x30, numbers)))
    stage.write(name + '.pub', '-----BEGIN PUBLIC KEY-----\n%s'
                '-----END PUBLIC KEY-----\n' %
                base64.encodebytes(spki).decode())
    signer = _paths(stage, by)
    _certtool(stage, ['cn = "%s"' % name, 'signing_key',
                      'dns_name = "api.internal"',
                      'activation_date = "%s"' % when(-DAY),
                      'expiration_date = "%s"' % when(DAY)],
              '--generate-certificate', '--load-ca-certificate', signer[0],
              '--load-ca-privkey', signer[1], '--load-pubkey',
              stage.path(name + '.pub'), '--outfile',
              stage.path(name + '.pem'))
    return der(stage.path(name + '.pem'))


def der(pem):
    """The first certificate of a file."""
    with open(pem) as f:
        return ssl.PEM_cert_to_DER_cert(
            f.read().partition('-----END CERTIFICATE-----')[0] +
            '-----END CERTIFICATE-----\n')


def openssl_crl(stage, name, *serials, by='ca', number=1, begins=-60,
                extensions=()):
    """The text of a CRL with extensions of openssl.cnf's form."""
    signer = _paths(stage, by)
    stage.write('ca.index', ''.join(
        'R\t491231235959Z\t250101000000Z\t%02X\tunknown\t/CN=x\n' % n
        for n in serials))
    stage.write('ca.number', '%04X\n' % number)
    stage.write('ca.cnf', '[ca]\ndefault_ca = c\n[c]\ndatabase = %s\n'
                'crlnumber = %s\ndefault_md = sha256\ncrl_extensions = e\n'
                '[e]\nauthorityKeyIdentifier = keyid\n%s\n[idp]\n'
                'fullname = URI:http://ca.internal/%s\n' % (
                    stage.path('ca.index'), stage.path('ca.number'),
                    '\n'.join(extensions), name))
    code, out = tool('openssl', 'ca', '-gencrl', '-config',
                     stage.path('ca.cnf'), '-cert', signer[0], '-keyfile',
                     signer[1], '-crl_lastupdate', _stamp(begins),
                     '-crl_nextupdate', _stamp(30 * DAY), '-out',
                     stage.path('new.crl'))
    equal(code, 0, out)
    with open(stage.path('new.crl')) as f:
        return f.read()


def _stamp(seconds):
    return time.strftime('%Y%m%d%H%M%SZ', time.gmtime(time.time() + seconds))
