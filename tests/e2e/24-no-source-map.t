#!/usr/bin/python3
"""A table without a source map is a table: what explains may be absent, and
nobody follows it blindly."""
import hashlib
import struct

from edge import *
from tap import *

SRCMAP = 20


def without(data, kind):
    """The table without one section, sealed again (grammar/TABLE.md)."""
    count, = struct.unpack_from('<I', data, 28)
    rows, head = [], bytearray(data[:256])
    for i in range(count):
        row = bytearray(data[256 + 64 * i:320 + 64 * i])
        if struct.unpack_from('<I', row)[0] != kind:
            off, size = struct.unpack_from('<QQ', row, 8)
            rows.append((row, data[off:off + size]))
    out = bytearray(256 + 64 * len(rows))
    for row, body in rows:
        out += bytes(-len(out) % 64)
        struct.pack_into('<Q', row, 8, len(out))
        out += body
    struct.pack_into('<QII', head, 16, len(out), 256, len(rows))
    head[48:80] = bytes(32)
    out[:256] = head
    out[256:256 + 64 * len(rows)] = b''.join(bytes(r) for r, _ in rows)
    out[48:80] = hashlib.sha256(out[:256 + 64 * len(rows)]).digest()
    return bytes(out)


@test()
def runs():
    """tlsd decides, logs and explains; tlsc verifies"""
    with Stage() as s:
        o = s.origin()
        text = policy(route('a.example.com', 'passthrough to b'), b=o.port)
        g = s.gateway(text)
        bare = without(open(s.path('policy.bin'), 'rb').read(), SRCMAP)
        s.write('bare.bin', '')
        with open(s.path('bare.bin'), 'wb') as f:
            f.write(bare)
        code, out = tool(program('tlsc'), 'verify', '--deep',
                         s.path('bare.bin'))
        equal(code, 0, out)
        equal(g.tlsctl('load', '--shadow', s.path('bare.bin'))[0], 0)
        for _ in range(3):
            c = connect(g.port)
            c.sendall(hello('b.example.com'))
            check(read_all(c))
        equal(g.tlsctl('load', s.path('bare.bin'))[0], 0)
        c = connect(g.port)
        c.sendall(hello('b.example.com'))
        equal(alert(read_all(c)), 112)
        g.wait_log(r'close=\S+.* at="clause \d+"|at="clause \d+".* close=')
        held = connect(g.port)
        held.sendall(hello('a.example.com'))
        def connections():
            code, out = g.tlsctl('--json', 'connections')
            return code == 0 and json.loads(out)['connections']
        one = poll(connections, 'a connection')[0]
        code, out = g.tlsctl('why', one['conn'])
        check(code == 0 and 'clause ' in out, code, out)
        held.close()


run()
