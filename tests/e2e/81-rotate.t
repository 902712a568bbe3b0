#!/usr/bin/python3
"""The logrotate file: logrotate takes it, and the lines after a rotation are in
the new file."""
from edge import *
from tap import *

FILE = os.path.join(TOP, 'examples', 'ops', 'tlsd.logrotate')


def logrotate(*argv, **env):
    path = shutil.which('logrotate', path=os.environ['PATH'] + ':/usr/sbin')
    if not path:
        raise Skip('no logrotate')
    return tool(path, *argv, env=dict(os.environ, **env))


def lines(path):
    with open(path) as f:
        return f.read().splitlines()


@test()
def accepted():
    """logrotate finds no fault in the file"""
    with Stage() as s:
        code, out = logrotate('-d', '-s', s.path('state'), FILE)
        equal(code, 0, out)
        check('error' not in out, out)
        check('/var/log/tlsd/*.log' in out, out)


@test()
def rotated():
    """a rotation loses no audit line, and the new file gets the next"""
    with Stage() as s:
        logs = s.path('logs')
        os.mkdir(logs, 0o750)
        g = s.gateway(policy(route('a.example.com', 'reject close')), None,
                      '--audit', logs + '/audit.log')
        os.mkdir(s.path('bin'))
        # There is no service manager here; the words must be those it knows.
        s.write('bin/systemctl', '#!/bin/sh\n[ "$*" = "kill --signal=USR1 '
                '--kill-whom=main tlsd.service" ] && kill -USR1 %d\n' % g.pid)
        os.chmod(s.path('bin/systemctl'), 0o755)
        with open(FILE) as f:
            text = f.read()
        check('/var/log/tlsd/' in text)
        s.write('rotate', text.replace('/var/log/tlsd/', logs + '/'))
        os.chmod(s.path('rotate'), 0o644)
        for turn in range(1, 3):
            poll(lambda: os.path.exists(logs + '/audit.log') and
                 len(lines(logs + '/audit.log')) == 1, 'one audit line')
            code, out = logrotate('-f', '-s', s.path('state'),
                                  s.path('rotate'), PATH=s.path('bin') + ':' +
                                  os.environ['PATH'])
            equal(code, 0, out)
            g.wait_log('event=log-reopened', turn)
            equal(len(lines(logs + '/audit.log.1')), 1)
            equal(g.tlsctl('load')[0], 0)
        equal(sorted(os.listdir(logs)), ['audit.log', 'audit.log.1',
                                         'audit.log.2.gz'])


run()
