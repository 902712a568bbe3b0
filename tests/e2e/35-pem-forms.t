#!/usr/bin/python3
"""Files as people make them: tlsc and tlsd find the same in them, and say what
is wrong with those that are no good."""
import base64

from edge import *
from tap import *

NAME = 'shop.example.com'


def read(path):
    with open(path) as f:
        return f.read()


CHAIN = read(cert('chained'))       # a leaf and its intermediate
KEY = read(key('chained'))
LEAF, MIDDLE = (b + '-----END CERTIFICATE-----\n' for b in
                CHAIN.split('-----END CERTIFICATE-----\n')[:2])
REQUEST = '-----BEGIN CERTIFICATE REQUEST-----\nMAMCAQE=\n' \
    '-----END CERTIFICATE REQUEST-----\n'
DER = ssl.PEM_cert_to_DER_cert(LEAF)
BAG = 'Bag Attributes\n    friendlyName: x\nsubject=CN = x\n\nissuer=CN = y\n'


def made(*argv, send):
    code, out = tool('openssl', *argv, send=send.encode())
    equal(code, 0, out)
    return out


GOOD = {
    'CRLF': CHAIN.replace('\n', '\r\n'),
    'CR': CHAIN.replace('\n', '\r'),
    'BOM': '\ufeff' + CHAIN,
    'indented': ''.join('  ' + l + '\n' for l in CHAIN.splitlines()),
    'blanks behind': CHAIN.replace('\n', '  \n'),
    'empty lines': CHAIN.replace('\n', '\n\n'),
    'no newline between': LEAF.rstrip() + MIDDLE.rstrip(),
    'bags': BAG + LEAF + BAG + MIDDLE,
    'X509 last': LEAF + MIDDLE.replace('CERTIFICATE', 'X509 CERTIFICATE'),
    'X509 first': LEAF.replace('CERTIFICATE', 'X509 CERTIFICATE') + MIDDLE,
    'request first': REQUEST + CHAIN,
    'request last': CHAIN + REQUEST,
    'key between': LEAF + KEY.rstrip() + MIDDLE,
    'key first': KEY.rstrip() + CHAIN,
    'NULs behind': CHAIN + '\0\0',
    'words': '# was: PRIVATE KEY\n----- mine -----\n' + CHAIN,
}

BAD = {
    'empty': ('', None),
    'blank': (' \n\n', None),
    'DER': (DER, 'it is DER'),
    'UTF-16': (CHAIN.encode('utf-16'), 'it is UTF-16'),
    'PKCS 7': (lambda: made('crl2pkcs7', '-nocrl', '-certfile', '/dev/stdin',
                            send=CHAIN), 'it is PKCS #7'),
    'trusted': (lambda: made('x509', '-trustout', send=LEAF) + MIDDLE,
                'line 1: it is a TRUSTED CERTIFICATE'),
    'trusted last': (lambda: CHAIN + made('x509', '-trustout', send=LEAF),
                     'it is a TRUSTED CERTIFICATE'),
    'cut': (LEAF + MIDDLE[:200], 'line %d: it has no END line' %
            (LEAF.count('\n') + 1)),
    'cut before a key': (LEAF.split('-----END')[0] + KEY,
                         'line 1: it has no END line'),
    'another end': (LEAF.replace('END C', 'END X509 C') + MIDDLE,
                    'line 1: it has no END line'),
    'damaged': (LEAF.replace('M', '!', 1) + MIDDLE, 'line 1: it is damaged'),
    'a key as certificate': (CHAIN + KEY.replace('EC PRIVATE KEY',
                                                 'CERTIFICATE')
                             .replace('PRIVATE KEY', 'CERTIFICATE'),
                             'it is damaged'),
    'too many': (LEAF + 16 * MIDDLE, 'certificate.*a chain may have'),
}


def put(stage, name, data):
    if callable(data):
        data = data()
    with open(stage.path(name), 'wb') as f:
        f.write(data if isinstance(data, bytes) else data.encode())


def text(chain='chain.pem', more=''):
    return policy(route('chained.example.com', 'offload to web',
                        'certificate c;', more),
                  head='certificate c { chain "%s"; key "%s"; }\n' % (
                      chain, key('chained')),
                  web=2).replace('@LISTEN@', ADDR + ':1')


def both(stage, policy_text):
    """(status, output) of tlsc, and of tlsd --check of a table that tlsc made
    without a look at the files."""
    code, out = stage.compile(policy_text, 'looked.bin')
    equal(stage.compile(policy_text, 'policy.bin', 'policy.tls',
                        '--no-credentials')[0], 0)
    return (code, out), tool(program('tlsd'), '--check',
                             stage.path('policy.bin'))


@test()
def good():
    """chains that both take"""
    for name, chain in GOOD.items():
        with Stage() as s:
            put(s, 'chain.pem', chain)
            for code, out in both(s, text()):
                equal(code, 0, name + ': ' + out)


@test()
def bad():
    """chains that both refuse, for the same reason"""
    for name, (chain, why) in BAD.items():
        with Stage() as s:
            put(s, 'chain.pem', chain)
            for code, out in both(s, text()):
                equal(code, 1, name + ': ' + out)
                check(re.search(why or r'TC04(04|05|23)', out), name + ': ' + out)


@test('ca', 'crl')
def beside(what):
    """files of client CAs and of CRLs, in these forms"""
    whole = read(cert('ca') if what == 'ca' else cert('good')[:-3] + 'crl')
    more = 'client-auth ca "%s" crl "%s" require;' % (
        ('x.pem', cert('good')[:-3] + 'crl') if what == 'ca' else
        (cert('ca'), 'x.pem'))
    forms = {'CRLF': whole.replace('\n', '\r\n'), 'BOM': '\ufeff' + whole,
             'bag': BAG + whole.rstrip(), 'key': KEY.rstrip() + whole,
             'DER': base64.b64decode(''.join(whole.splitlines()[1:-1])
                                     if whole.startswith('-----') else
                                     whole.split('-----')[2]),
             'cut': whole[:-60], 'empty': '', 'blank': '\n'}
    for name, data in forms.items():
        with Stage() as s:
            put(s, 'x.pem', data)
            wanted = int(name in ('DER', 'cut', 'empty', 'blank'))
            for code, out in both(s, text(cert('chained'), more)):
                equal(code, wanted, name + ': ' + out)
                check(name != 'DER' or 'it is DER' in out, out)
                check(name != 'cut' or 'it has no END line' in out, out)


run()
