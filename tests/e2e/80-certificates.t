#!/usr/bin/python3
"""Very many certificates: the start does not wait for all to be checked."""
from edge import *
from tap import *

MANY = 2100   # some more than are checked before the table serves


def write(stage, n, name):
    """Certificate n, unlike all others in its bytes."""
    for end, mode in (('.pem', 0o644), ('.key', 0o600)):
        with open(os.path.join(CERTS, name + end)) as f:
            text = f.read()
        with open(os.open(stage.path('new'), os.O_WRONLY | os.O_CREAT, mode),
                  'w') as f:
            f.write('# %d\n' % n + text)
        os.rename(stage.path('new'), stage.path('c%d%s' % (n, end)))


def stock(stage):
    """The files, and a policy for them: nN.shop.example.com has cN."""
    for n in range(MANY):
        write(stage, n, 'shop')
    with open(stage.path('map'), 'w') as f:
        for n in range(MANY):
            f.write('n%d.shop.example.com web c%d\n' % (n, n))
    return policy(
        'route r sni from "map" { offload to web; }',
        head=''.join('certificate c%d { chain "c%d.pem"; key "c%d.key"; }\n'
                     % (n, n, n) for n in range(MANY)),
        front='certificate c0;', web=stage.origin().port)


def spoil(stage):
    """The last one gets the key of another."""
    shutil.copy(key('shop-rsa'), stage.path('c%d.key' % (MANY - 1)))


@test('isolated', 'strict')
def many(how):
    """all are checked; a changed one is checked at once"""
    with Stage() as s:
        g = s.gateway(stock(s), None, *['--strict'] * (how == 'strict'))
        g.wait_log('event=certificates-checked count=%d' % MANY)
        spoil(s)
        g.wait_log('event=refused by=renewal .*id=TC0404' if how == 'strict'
                   else 'event=certificate-bad certificate=c%d state=kept '
                   'id=TC0404' % (MANY - 1))
        for n in (0, MANY // 2, MANY - 1):
            with tls_connect(g.port, 'n%d.shop.example.com' % n) as c:
                equal(get(c), 'hello\n')


@test()
def bad():
    """a bad one fails alone and is said; --check refuses it"""
    with Stage() as s:
        port = free_port()
        code, out = s.compile(stock(s).replace('@LISTEN@', '%s:%d'
                                               % (ADDR, port)))
        equal(code, 0, out)
        spoil(s)
        code, out = tool(program('tlsd'), '--check', s.path('policy.bin'))
        equal(code, 1, out)
        check('TC0404' in out and 'c%d' % (MANY - 1) in out, out)
        p = Process([program('tlsd'), '--workers', '1', '--drain', '1',
                     s.path('policy.bin')], s.dir, 'tlsd')
        try:
            p.wait_port(port)
            poll(lambda: re.search('event=certificates-bad count=1 of=%d'
                                   % MANY, p.output()), 'the count')
            check(re.search('event=certificate-bad certificate=c%d .*TC0404'
                            % (MANY - 1), p.output()), p.output()[-3000:])
            with tls_connect(port, 'n0.shop.example.com') as c:
                equal(get(c), 'hello\n')
        finally:
            equal(p.stop(), 0, p.output()[-3000:])


run()
