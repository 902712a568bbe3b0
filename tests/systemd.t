#!/usr/bin/python3
"""The units are well-formed and sandboxed, and what the service would run is
what tlsd takes."""
import os
import shlex
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                'e2e'))
from edge import *
from tap import *

UNITS = 'tlsd.service', 'tlsd.socket'
# A service without any sandboxing is at 9.6.  Root, three users, an empty root
# directory for each child and the network make up this one's.
EXPOSURE_MOST = 2.8


def read(path):
    with open(os.path.join(TOP, 'examples', path)) as f:
        return f.read()


def said(unit, name):
    """The values of a setting, as systemd takes them."""
    return re.findall(r'^%s=(.*)$' % name, read('systemd/' + unit), re.M)


def units(stage):
    """The programs as they are here, and no manual pages looked up."""
    here = os.path.dirname(program('tlsd'))
    for unit in UNITS:
        text = re.sub(r'(?m)^Documentation=.*\n', '', read('systemd/' + unit))
        stage.write(unit, re.sub(r'=/usr/s?bin/', '=%s/' % here, text))
    return [stage.path(u) for u in UNITS]


def analyze(*argv):
    if not shutil.which('systemd-analyze'):
        raise Skip('no systemd-analyze')
    return tool('systemd-analyze', *argv)


@test()
def verify():
    """units verify, and one with a misspelt word does not"""
    with Stage() as s:
        paths = units(s)
        equal(analyze('verify', *paths), (0, ''))
        s.write(UNITS[0], open(paths[0]).read().replace('LogsDirectory=',
                                                        'LogDirectory='))
        check('LogDirectory' in analyze('verify', *paths)[1])


@test()
def security():
    """the service is sandboxed"""
    with Stage() as s:
        code, out = analyze('security', '--offline=yes', '--no-pager',
                            units(s)[0])
        level = re.search(r'exposure level .*: ([0-9.]+) ', out)
        check(level, out)
        check(float(level.group(1)) <= EXPOSURE_MOST, out)


def variable(text):
    return shlex.split(re.search(r'(?m)^TLSD_OPTIONS=(.*)$', text).group(1))[0]


@test()
def options():
    """the options file says what the unit has without it"""
    unit = shlex.split(said(UNITS[0], 'Environment')[0])[0]
    check(unit.startswith('TLSD_OPTIONS='), unit)
    equal(variable(read('ops/tlsd.default')), unit.partition('=')[2])
    equal(said(UNITS[0], 'EnvironmentFile'), ['-/etc/default/tlsd'])
    names = set(re.findall(r'\$(\w+)', said(UNITS[0], 'ExecStart')[0]))
    equal(names, {'TLSD_OPTIONS'})


@test()
def directories():
    """systemd makes the directory of every path that the service writes"""
    line = shlex.split(said(UNITS[0], 'ExecStart')[0])
    for option, setting, top in (('--control', 'RuntimeDirectory', '/run'),
                                 ('--state', 'StateDirectory', '/var/lib'),
                                 ('--audit', 'LogsDirectory', '/var/log')):
        made = os.path.join(top, said(UNITS[0], setting)[0])
        path = line[line.index(option) + 1]
        check(path == made or os.path.dirname(path) == made, path, made)


def listens(port):
    try:
        connect(port).close()
    except ConnectionRefusedError:
        return False
    return True


@test()
def command():
    """tlsd runs with the unit's command line, and makes what it says"""
    with Stage() as s:
        line = said(UNITS[0], 'ExecStart')[0]
        metrics = free_port()
        line = line.replace('$TLSD_OPTIONS', variable(
            read('ops/tlsd.default')).replace('127.0.0.1:9101',
                                              '%s:%d' % (ADDR, metrics)))
        for made in ('/run/tlsd', '/var/lib/tlsd', '/var/log/tlsd'):
            os.makedirs(s.path('.' + made), mode=0o700)
            line = line.replace(made + '/', s.path('.' + made) + '/') \
                .replace(made + ' ', s.path('.' + made) + ' ')
        port = free_port()
        text = policy(route('a.example.com', 'reject close')).replace(
            '@LISTEN@', '%s:%d' % (ADDR, port))
        equal(s.compile(text)[0], 0)
        argv = line.replace('/usr/sbin/tlsd', program('tlsd')).replace(
            '/etc/tlsd/policy.bin', s.path('policy.bin')).split()
        s.daemon(argv, 'tlsd', port)
        poll(lambda: listens(metrics), 'the metrics')
        with connect(metrics) as c:
            c.sendall(b'GET /metrics HTTP/1.1\r\nHost: x\r\n'
                      b'Connection: close\r\n\r\n')
            check(b'tlsd_table_info{' in read_all(c))
        poll(lambda: 'event=loaded' in
             open(s.path('./var/log/tlsd/audit.log')).read(), 'the audit line')
        # The command of ExecReload finds the control socket.
        equal(tool(program('tlsctl'), '--control',
                   s.path('./run/tlsd/control'), 'load')[0], 0)
        check(os.listdir(s.path('./var/lib/tlsd')))


run()
