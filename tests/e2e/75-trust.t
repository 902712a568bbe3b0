#!/usr/bin/python3
"""A table says what its files of CAs hold, and no other contents are used,
unless the policy says that they are live."""
import pki
from edge import *
from tap import *

NAME = 'shop.example.com'
CLIENT = (cert('client'), key('client'))


def read(*paths):
    return ''.join(open(p).read() for p in paths)


def replace(stage, text, name='cas.pem'):
    """By rename, as programs do."""
    stage.write('new', text)
    os.rename(stage.path('new'), stage.path(name))


def text_of(stage, live=''):
    return policy(
        route(NAME, 'offload to web', 'certificate x;',
              'client-auth ca "cas.pem"%s require;' % live),
        head='certificate x { chain "x.pem"; key "x.key"; }\n',
        web=stage.origin(Origin.http).port)


def serving(stage, live='', *options):
    shutil.copy(cert('shop'), stage.path('x.pem'))
    shutil.copy(key('shop'), stage.path('x.key'))
    replace(stage, read(cert('ca')))
    return stage.gateway(text_of(stage, live), None, *options)


def ask(g, pair):
    context = client_context()
    context.load_cert_chain(*pair)
    try:
        with tls_connect(g.port, NAME, context) as c:
            return get(c)
    except (OSError, AssertionError):
        return 'refused'


def others(stage):
    """Another CA's file, and a client of its own."""
    path = pki.ca(stage, 'evil-ca')
    return path, pki.issue(stage, 'evil', by='evil-ca')


@test('appended', 'swapped', 'link')
def changed(how):
    """a changed file is refused, with what came and went; back is back"""
    with Stage() as s:
        evil, client = others(s)
        if how == 'link':
            s.write('good.pem', read(cert('ca')))
            s.write('both.pem', read(cert('ca'), evil))
        g = serving(s)
        if how == 'link':
            os.unlink(s.path('cas.pem'))
            os.symlink('both.pem', s.path('cas.pem'))
        else:
            replace(s, read(evil) if how == 'swapped' else
                    read(cert('ca'), evil))
        line = g.wait_log('event=refused by=renewal .*id=TC0903 .*cas.pem: '
                          'not what the table was compiled with: ')[-1]
        check(re.search(r'\+ CN=evil-ca \(sha256 [0-9a-f]{16}\)', line), line)
        equal(how == 'swapped', bool(re.search(
            r'- CN=ca,O=tlsc tests \(sha256 [0-9a-f]{16}\)', line)), line)
        equal([ask(g, CLIENT), ask(g, client)], ['hello\n', 'refused'])
        code, out = g.tlsctl('load')
        check(code == 1 and 'TC0903' in out, code, out)
        code, out = tool(program('tlsd'), '--check', '--control', g.control,
                         s.path('policy.bin'))
        check(code == 3 and 'TC0903' in out, code, out)
        equal([ask(g, CLIENT), ask(g, client)], ['hello\n', 'refused'])
        replace(s, read(cert('ca')))
        g.wait_log('event=renewal-withdrawn')
        code, out = g.tlsctl('load')
        equal(code, 0, out)


@test()
def servers():
    """the same for the CAs of servers"""
    with Stage() as s:
        evil, client = others(s)
        replace(s, read(cert('ca')))
        g = s.gateway(policy(
            route(NAME, 'bridge to web', 'certificate shop;'),
            head=certificate('shop'), web=server(s.origin(
                tls='backend').port) +
            ' tls { verify ca "cas.pem" name "api.internal"; }'))
        replace(s, read(evil))
        g.wait_log('event=refused by=renewal .*id=TC0903 .*cas.pem')
        with tls_connect(g.port, NAME) as c:
            equal(get(c), 'hello\n')


@test()
def told_otherwise():
    """order, repetition and comments are no change; certificates of ours are
    renewed as before"""
    with Stage() as s:
        evil, client = others(s)
        g = serving(s)
        g.replace(open(s.path('policy.tls')).read() + '# again\n')
        replace(s, '# a note\n' + read(cert('ca'), cert('ca')))
        for source, target in ((cert('shop-rsa'), 'x.pem'),
                               (key('shop-rsa'), 'x.key')):
            shutil.copy(source, s.path('new'))
            os.rename(s.path('new'), s.path(target))
        g.wait_log('event=renewed')
        equal([ask(g, CLIENT), ask(g, client)], ['hello\n', 'refused'])
        check('event=refused' not in g.log(), g.log())


@test()
def compiled_again():
    """the new file, then the new table, is how CAs are changed"""
    with Stage() as s:
        evil, client = others(s)
        g = serving(s)
        replace(s, read(cert('ca'), evil))
        g.replace(open(s.path('policy.tls')).read() + '# more CAs\n')
        equal([ask(g, CLIENT), ask(g, client)], ['hello\n', 'hello\n'])
        # The old table does not fit any more; its memory still does.
        code, out = g.tlsctl('rollback')
        equal(code, 0, out)
        equal([ask(g, CLIENT), ask(g, client)], ['hello\n', 'refused'])


@test()
def live():
    """a live file may change"""
    with Stage() as s:
        evil, client = others(s)
        g = serving(s, ' live')
        replace(s, read(cert('ca'), evil))
        g.wait_log('event=renewed')
        equal([ask(g, CLIENT), ask(g, client)], ['hello\n', 'hello\n'])
        check('event=refused' not in g.log(), g.log())


@test()
def signed():
    """a signature covers the file; of a table that says nothing of it there is
    a warning"""
    with Stage() as s:
        evil, client = others(s)
        code, out = tool(program('tlsc'), 'genkey', s.path('us'))
        equal(code, 0, out)
        replace(s, read(cert('ca')))
        shutil.copy(cert('shop'), s.path('x.pem'))
        shutil.copy(key('shop'), s.path('x.key'))
        text = text_of(s).replace('@LISTEN@', '%s:%d' % (ADDR, free_port()))
        for bound in (True, False):
            code, out = s.compile(
                text, 'policy.bin', 'policy.tls', '--sign', s.path('us.sec'),
                *([] if bound else ['--no-credentials']))
            equal(code, 0, out)
            equal('does not say what cas.pem holds' in out, not bound, out)
            code, out = tool(program('tlsd'), '--check', '--pubkey',
                             s.path('us.pub'), s.path('policy.bin'))
            equal(code, 0, out)
            equal('does not say what cas.pem holds' in out, not bound, out)
            replace(s, read(cert('ca'), evil))
            code, out = tool(program('tlsd'), '--check', '--pubkey',
                             s.path('us.pub'), s.path('policy.bin'))
            equal((code, 'TC0903' in out), (3, True) if bound else (0, False),
                  out)
            replace(s, read(cert('ca')))
        g = Gateway.__new__(Gateway)
        g.stage, g.status_wanted = s, 0
        g.control, g.log_path = s.path('control'), s.path('log')
        g.process = Process(
            [program('tlsd'), '--workers', '1', '--control', g.control,
             '--log', g.log_path, '--pubkey', s.path('us.pub'),
             s.path('policy.bin')], s.dir, 'tlsd')
        g.pid = g.process.pid
        s.add(g)
        g.wait_log('level=warning event=trust-unbound .*ca=cas.pem')


run()
