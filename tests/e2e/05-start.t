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
def stranger():
    """a table of another user: who may own it is said once"""
    if os.geteuid() != 0:
        raise Skip('not root')
    with Stage() as s:
        compiled(s, policy(ROUTE))
        os.chown(s.path('policy.bin'), 65534, 65534)
        fails(s, r'owned by uid 65534, but must be owned by root(?! or)')


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
def check_beside():
    """--check beside the tlsd that runs takes its addresses for its own, and
    tells everything else"""
    with Stage() as s, socket.socket() as taken:
        taken.bind((ADDR, 0))
        taken.listen()
        port = free_port()
        metrics = '%s:%d' % (ADDR, free_port())
        g = s.gateway(policy(ROUTE), None, '--metrics', metrics)
        g.wait_log('event=loaded')
        options = ('--check', '--control', g.control, '--metrics', metrics,
                   s.path('new.bin'))

        def look(*listen, code=0):
            text = policy(ROUTE).replace(
                '@LISTEN@', ', '.join('%s:%d' % (ADDR, p) for p in listen))
            equal(s.compile(text, 'new.bin', 'new.tls')[0], 0)
            got, out = tool(program('tlsd'), *options)
            equal(got, code, out)
            check('tlsd pid %d is running' % g.pid in out, out)
            return out
        look(g.port, port)
        other = taken.getsockname()[1]
        out = look(g.port, other, code=1)
        check('cannot listen on %s:%d: ' % (ADDR, other) in out and
              '%s:%d: ' % (ADDR, g.port) not in out, out)
        # Without the socket nobody knows whose the port is.
        got, out = tool(program('tlsd'), '--check', s.path('new.bin'))
        check(got == 1 and '%s:%d: ' % (ADDR, g.port) in out and
              '%s:%d: ' % (ADDR, other) in out, got, out)
        # Everything is told at once.
        got, out = tool(program('tlsd'), *options[:-1], '--log',
                        s.path('none/l'), '--audit', s.path('none/a'),
                        s.path('new.bin'))
        check(got == 1 and all(w in out for w in
                               ('none/l', 'none/a', 'cannot listen')), got, out)
    with Stage() as s, socket.socket(socket.AF_UNIX) as stranger:
        stranger.bind(s.path('c'))
        stranger.listen()
        threading.Thread(target=lambda: stranger.accept()[0].close(),
                         daemon=True).start()
        compiled(s, policy(ROUTE))
        got, out = tool(program('tlsd'), '--check', '--control', s.path('c'),
                        s.path('policy.bin'))
        check(got == 1 and 'in use by another process' in out, got, out)


@test()
def check_keys():
    """--check warns of private keys that others could read, as tlsc does"""
    with Stage() as s:
        for end, mode in (('pem', 0o644), ('key', 0o600)):
            with open(s.path('x.' + end), 'wb') as f, \
                    open(os.path.join(CERTS, 'shop.' + end), 'rb') as source:
                f.write(source.read())
            os.chmod(s.path('x.' + end), mode)
        compiled(s, policy(
            route('shop.example.com', 'offload to web', 'certificate x;'),
            head='certificate x { chain "x.pem"; key "x.key"; }\n', web=9))
        for mode in (0o600, 0o644):
            os.chmod(s.path('x.key'), mode)
            got, out = tool(program('tlsd'), '--check', s.path('policy.bin'))
            equal(got, 0, out)
            equal('warning: TC0407: x.key: mode 0644' in out, mode == 0o644,
                  out)


@test('--check', 'a start')
def check_options(form):
    """--check refuses the options that a start would refuse"""
    with Stage() as s:
        compiled(s, policy(ROUTE))
        wrong = {'--metrics': ('1', '127.0.0.1:0', ADDR + ':99999'),
                 '--control': (s.path('none/c'), '/' + 'x' * 200),
                 '--log': (s.path('none/l'), s.dir),
                 '--audit': (s.path('none/l'), s.dir)}
        if os.geteuid() == 0:
            wrong['--user'] = ('no-such-user', 'root')
        for option, values in wrong.items():
            for value in values:
                code, out = tool(
                    program('tlsd'), option, value, s.path('policy.bin'),
                    *(['--check'] if form == '--check' else []))
                equal(code, 1, '%s %s: %s' % (option, value, out))
        code, out = tool(program('tlsd'), '--check', '--log', s.path('l'),
                         s.path('policy.bin'))
        equal(code, 0, out)
        check(not os.path.exists(s.path('l')))   # it only looks


@test()
def dns_option():
    """--dns names numeric addresses, with a port or without"""
    with Stage() as s:
        compiled(s, policy(ROUTE))
        for servers, status in (
                ('127.0.0.1', 0), ('127.0.0.1:53,::1', 0),
                ('[::1]:5353,[2001:db8::1]:53', 0), ('', 2),
                ('localhost', 2), ('127.0.0.1:0', 2), ('127.0.0.1:65536', 2),
                ('127.0.0.1,', 2), (',127.0.0.1', 2), ('[::1', 2),
                ('x' * 300, 2)):
            code, out = tool(program('tlsd'), '--check', '--dns', servers,
                             s.path('policy.bin'))
            equal(code, status, servers + ': ' + out)


def in_use(s):
    """An address that somebody has, as long as s.taken is open."""
    s.taken = socket.socket()
    s.taken.bind((ADDR, 0))
    s.taken.listen()
    return '%s:%d' % (ADDR, s.taken.getsockname()[1])


def missing_table(s):
    return (s.path('nothing.bin'),), \
        'nothing.bin: No such file or directory'


def bad_certificate(s):
    for end, name in (('pem', 'shop'), ('key', 'shop')):
        shutil.copy(cert(name)[:-3] + end, s.path('x.' + end))
    compiled(s, policy(route('shop.example.com', 'offload to web',
                             'certificate x;'),
                       head='certificate x { chain "x.pem"; key "x.key"; }\n',
                       web=free_port()))
    shutil.copy(s.path('x.key'), s.path('x.pem'))
    return (s.path('policy.bin'),), 'x.pem'


def address_in_use(s):
    where = in_use(s)
    compiled(s, policy(ROUTE), where)
    return (s.path('policy.bin'),), 'cannot listen on ' + where


def metrics_in_use(s):
    where = in_use(s)
    compiled(s, policy(ROUTE))
    return ('--metrics', where, s.path('policy.bin')), \
        'cannot listen on ' + where


def no_state_directory(s):
    compiled(s, policy(ROUTE))
    return ('--state', s.path('none'), s.path('policy.bin')), \
        'none: No such file or directory'


def no_control_directory(s):
    compiled(s, policy(ROUTE))
    return ('--control', s.path('none/c'), s.path('policy.bin')), \
        'its directory does not exist'


def no_user(s):
    if os.geteuid() != 0:
        raise Skip('not root')
    compiled(s, policy(ROUTE))
    return ('--user', 'no-such-user', s.path('policy.bin')), 'no-such-user'


def bad_option(s):
    return ('--workers', 'none', 'policy.bin'), 'needs a number'


@test('missing_table', 'bad_certificate', 'address_in_use', 'metrics_in_use',
      'no_state_directory', 'no_control_directory', 'no_user', 'bad_option')
def told_once(cause):
    """a start that fails tells its reason once on standard error, and once in
    the log wherever that is"""
    with Stage() as s:
        words, reason = globals()[cause](s)
        log, audit = s.path('x.log'), s.path('x.audit')
        for options, files in (((), ()), (('--log', log), (log,)),
                               (('--audit', audit), (audit,)),
                               (('--log', log + '2', '--audit', audit + '2'),
                                (audit + '2',))):
            code, out = tool(program('tlsd'), *options, *words)
            check(code > 0, code, out)
            equal(len([l for l in out.split('\n') if reason in l]), 1, out)
            for name in files if cause != 'bad_option' else ():
                with open(name) as f:
                    lines = f.read().split('\n')
                found = [l for l in lines if reason in l]
                check(len(found) == 1 and 'event=refused by=start' in found[0],
                      lines)
        if hasattr(s, 'taken'):
            s.taken.close()


@test()
def listening():
    """a start logs where it listens"""
    with Stage() as s:
        g = s.gateway(policy(ROUTE))
        g.wait_log('event=loaded')
        found = re.findall(r'event=listening count=1 addresses=(\S+)', g.log())
        equal(found, ['%s:%d' % (ADDR, g.port)], g.log())


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
