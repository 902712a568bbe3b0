#!/usr/bin/python3
"""What is wrong at the start is said plainly."""
from edge import *
from tap import *

ROUTE = route('a.example.com', 'reject close')


def fails(stage, *words, table='policy.bin', options=()):
    code, out = tool(program('tlsd'), '--control', stage.path('c.sock'),
                     *options, stage.path(table))
    check(code not in (0, None) and code > 0, code, out)
    for w in words:
        check(re.search(w, out), w, 'not in', out)


def compiled(stage, text, listen=None):
    text = text.replace('@LISTEN@', listen or '%s:%d' % (ADDR, free_port()))
    code, out = stage.compile(text)
    equal(code, 0, out)


@test()
def no_table():
    """a table that is not there"""
    with Stage() as s:
        fails(s, 'nothing.bin', table='nothing.bin')


@test()
def broken_table():
    """a table that is damaged: section and offset"""
    with Stage() as s:
        compiled(s, policy(ROUTE))
        with open(s.path('policy.bin'), 'r+b') as f:
            f.seek(300)
            f.write(b'\xff\xff')
        fails(s, 'TC09', r'policy\.bin')


@test()
def port_in_use():
    """a port in use"""
    with Stage() as s, socket.socket() as taken:
        taken.bind((ADDR, 0))
        taken.listen()
        where = '%s:%d' % (ADDR, taken.getsockname()[1])
        compiled(s, policy(ROUTE), where)
        fails(s, re.escape(where), 'in use')


@test()
def not_our_address():
    """an address that this machine does not have"""
    with Stage() as s:
        compiled(s, policy(ROUTE), '192.0.2.77:4443')
        fails(s, '192.0.2.77:4443')


@test()
def missing_certificate():
    """a certificate that is not there when the table is loaded"""
    with Stage() as s:
        for kind in ('pem', 'key'):
            shutil.copy(cert('shop')[:-3] + kind, s.path('x.' + kind))
        compiled(s, policy(route('shop.example.com', 'offload to web',
                                 'certificate x;'),
                           head='certificate x { chain "x.pem"; '
                                'key "x.key"; }\n', web=free_port()))
        os.unlink(s.path('x.key'))
        fails(s, r'x\.key')


@test()
def check_only():
    """--check says whether the table would load, and serves nothing"""
    with Stage() as s:
        compiled(s, policy(ROUTE))
        code, out = tool(program('tlsd'), '--check', s.path('policy.bin'))
        equal(code, 0, out)
        with open(s.path('policy.bin'), 'ab') as f:
            f.write(b'x')
        code, out = tool(program('tlsd'), '--check', s.path('policy.bin'))
        check(code > 0 and 'TC09' in out, code, out)


@test()
def usage():
    """a wrong command line"""
    for argv in ([], ['--no-such-option'], ['a', 'b', 'c']):
        code, out = tool(program('tlsd'), *argv)
        equal(code, 2, (argv, out))
        check('usage' in out.lower() or '--help' in out, out)
    for name in ('tlsd', 'tlsctl', 'tlsc'):
        code, out = tool(program(name), '--help')
        equal(code, 0, name)
        check('usage' in out.lower(), out)

run()
