"""ClientHellos made by hand, octet by octet, for what no library says."""
RANDOM = bytes(range(32))
X25519_BASE = bytes([9]) + bytes(31)      # a sound public key (RFC 7748 6.1)
P256_BASE = bytes.fromhex(                # the base point, uncompressed
    '046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296'
    '4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5')


def vec(octets, data):
    """A vector with a length prefix of so many octets."""
    return len(data).to_bytes(octets, 'big') + data


def u16(*numbers):
    return b''.join(n.to_bytes(2, 'big') for n in numbers)


def sni(name):
    return vec(2, b'\0' + vec(2, name.encode()))


def alpn(*tokens):
    return vec(2, b''.join(vec(1, t.encode()) for t in tokens))


def shares(*pairs):
    return vec(2, b''.join(u16(g) + vec(2, key) for g, key in pairs))


def psk(identities=1, binders=1):
    return vec(2, (vec(2, b'ticket') + bytes(4)) * identities) \
        + vec(2, vec(1, bytes(32)) * binders)


def extensions13(name='shop.example.com', **more):
    """A whole TLS 1.3 client's, by number; more: eN=octets, or None."""
    e = {0: sni(name), 43: b'\x02\x03\x04', 10: vec(2, u16(29, 23)),
         13: vec(2, u16(0x0403, 0x0804)), 51: shares((29, X25519_BASE))}
    return changed(e, more)


def extensions12(name='shop.example.com', **more):
    e = {0: sni(name), 10: vec(2, u16(29, 23)), 11: b'\x01\x00',
         13: vec(2, u16(0x0403, 0x0804)), 23: b'', 0xff01: b'\0'}
    return changed(e, more)


def changed(e, more):
    for key, value in more.items():
        if value is None:
            e.pop(int(key[1:]), None)
        else:
            e[int(key[1:])] = value
    return list(e.items())


def body(extensions, version=0x0303, session=b'', suites=(0x1301, 0xc02b),
         compression=b'\0', tail=b''):
    listed = b'' if extensions is None else vec(2, b''.join(
        u16(t) + vec(2, v) for t, v in extensions))
    return u16(version) + RANDOM + vec(1, session) + vec(2, u16(*suites)) \
        + vec(1, compression) + listed + tail


def handshake(kind, message):
    return bytes([kind]) + vec(3, message)


def record(content, kind=22, version=0x0301):
    return bytes([kind]) + u16(version) + vec(2, content)


def client_hello(extensions, **more):
    return record(handshake(1, body(extensions, **more)))
