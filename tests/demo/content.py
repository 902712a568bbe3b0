"""Requests of decrypted connections, as examples/site.tls routes them."""
import os
import re
import shutil

from edge import TOP, Process, poll, program, tool
from show import command, expect, indent, row, run, say, title

TLS, CLEAR = 8444, 8081


def start(stage, addr):
    for name, port in (('pages', 9011), ('beta', 9012), ('admin', 9013)):
        stage.origin(None, None, port, addr=addr,
                     text=b'I am %s.\n' % name.encode())
    shutil.copy(os.path.join(TOP, 'examples', 'site.tls'), stage.dir)
    code, out = run(stage, program('tlsc'), 'site.tls', '-Wno-TC0413', '-o',
                    'site.bin')
    indent(out)
    expect(code == 0, 'tlsc accepts the site')
    argv = [program('tlsd'), '--log', 'site.log', 'site.bin']
    command(*argv, '&')
    tlsd = Process(argv, stage.dir, 'tlsd')
    tlsd.close = tlsd.stop
    stage.add(tlsd)
    tlsd.wait_port(TLS, addr)


def ask(stage, addr, what, wanted, path, *options, clear=False):
    """One request of curl's: its status and what is in its answer."""
    port = CLEAR if clear else TLS
    argv = ['curl', '-sS', '--path-as-is', '--cacert', 'certs/ca.pem',
            *options, '--resolve', 'shop.example.com:%d:%s' % (port, addr),
            'http%s://shop.example.com:%d%s' % ('' if clear else 's', port,
                                                path)]
    command(*argv)
    os.chdir(stage.dir)
    code, out = tool(argv[0], '-i', '--noproxy', '*', *argv[1:])
    os.chdir(TOP)
    status = re.search(r'HTTP/1.1 (\d+)', out)
    more = re.search(r'I am \w+|^[Ll]ocation: \S+',
                     out, re.M)
    got = ' '.join(([status[1]] if status else []) +
                   ([more[0]] if more else []))
    row(what, got or out)
    expect(re.fullmatch(wanted, got), '%s: %r is not %s' % (what, got, wanted))


def requests(stage, addr):
    title('HTTP: a site routes the requests of a decrypted connection')
    start(stage, addr)
    ask(stage, addr, 'a path', '200 I am pages', '/shoes')
    ask(stage, addr, 'a canary, by header', '200 I am beta', '/shoes', '-H',
        'X-Beta: 1')
    ask(stage, addr, 'answered here', '200', '/healthz')
    ask(stage, addr, 'not from here', '403', '/admin/users')
    ask(stage, addr, 'from the office', '200 I am admin', '/admin/users',
        '--interface', '127.84.76.7')
    ask(stage, addr, 'a path of two meanings', '400', '/x/..%2fadmin')
    ask(stage, addr, 'a Host of another route', '421', '/', '-H',
        'Host: api.example.com')
    ask(stage, addr, 'without TLS', '308 [Ll]ocation: https://shop.*', '/',
        clear=True)

    def logged():
        with open(stage.path('site.log')) as f:
            return [l for l in f if 'path=/admin/users' in l]
    say()
    row('one line a request', ' '.join(
        poll(logged, 'a line of the request')[0].split()[1:]))
