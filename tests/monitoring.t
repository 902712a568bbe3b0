#!/usr/bin/python3
"""The alert rules and the dashboard: every metric, label and value in them is
one that tlsd serves, and Prometheus takes the queries."""
import json
import os
import re
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                'e2e'))
from edge import *
from tap import *

RULES, CASES = 'prometheus/tlsd.rules.yml', 'prometheus/tlsd.test.yml'
BOARD = 'grafana/tlsd.json'
# What Prometheus itself adds to a series.
OF_PROMETHEUS = {'job', 'instance'}


def read(path):
    with open(os.path.join(TOP, path)) as f:
        return f.read()


def example(path):
    return read('examples/' + path)


def inventory():
    """Labels of each metric in tlsd-metrics.5, which 73-metrics.t holds."""
    rows = re.findall(r'^\.It Li (tlsd_\w+)\n(?:Counter|Gauge)'
                      r'(?:\.|, by\n\.Li ([a-z_ ,]+) \.)$',
                      read('runtime/tlsd-metrics.5'), re.M)
    check(len(rows) > 20, rows)
    return {n: set(l.split(' , ')) - {''} | OF_PROMETHEUS for n, l in rows}


def words(kind):
    found = re.findall(r'^WORD_%s\(\w+,(?: \d+,)? "([a-z-]+)"' % kind,
                       read('grammar/words.def'), re.M)
    check(len(found) > 3, kind, found)
    return set(found)


def strangers(expr, known, values):
    """What a query names that tlsd does not serve."""
    found = []
    expr = expr.replace('$__rate_interval', '5m').replace('$__interval', '5m')
    everything = set()
    for name, selector in re.findall(r'\b(tlsd_\w+)(?:\{(.*?)\})?', expr):
        if name not in known:
            found.append(name)
            continue
        everything |= known[name]
        for label, value in re.findall(r'(\w+)(?:=~|!=|!~|=)"(.*?)"',
                                       selector):
            if label not in known[name]:
                found.append('%s{%s}' % (name, label))
            if not value.startswith('$') and label in values:
                found += ['%s="%s"' % (label, v) for v in value.split('|')
                          if v and v not in values[label]]
    for group in re.findall(r'\b(?:by|without) \((.*?)\)', expr):
        found += ['by ' + g for g in group.split(', ') if g not in everything]
    return found


def values():
    text = read('runtime/common/board_limit.c')
    limits = re.findall(r'\[BOARD_\w+\] = "(.*?)"', text)
    check('worker full' in limits, limits)
    return {'reason': words('CLOSE'), 'limit': set(limits),
            'mode': {'passthrough', 'offload', 'bridge', 'reject', 'none'},
            'what': {'policy', 'files'}, 'state': {'kept', 'unserved'},
            'direction': {'up', 'down'},
            'kind': {'policy', 'command', 'renewal'}}


def rules():
    """Name and text of each alert.  Its first lines are of one form."""
    parts = re.split(r'^      - alert: (\w+)$', example(RULES), flags=re.M)
    return list(zip(parts[1::2], parts[2::2]))


def expressions(text):
    """The query of a rule, on one line or folded."""
    found = re.search(r'^        expr: (?:>-\n((?:          .*\n)+)|(.*)\n)',
                      text, re.M)
    return ' '.join((found.group(1) or found.group(2)).split())


def panels():
    return [p for p in json.loads(example(BOARD))['panels']
            if p['type'] != 'row']


def queries():
    board = json.loads(example(BOARD))
    return [t['expr'] for p in panels() for t in p['targets']] + \
        [a['expr'] for a in board['annotations']['list']]


@test()
def strange():
    """a metric, a label or a value that is not served would be found"""
    known, served = inventory(), values()
    for expr in ('tlsd_serverup == 0', 'tlsd_server_up{route="x"} == 0',
                 'sum by (reason) (tlsd_server_up)',
                 'tlsd_connections_total{reason=~"done|dome"}',
                 'tlsd_limited_total{limit!="worker-full"}'):
        equal(len(strangers(expr, known, served)), 1, expr)


@test()
def alerts():
    """the rules name what is served, and each says what to do"""
    known, served = inventory(), values()
    check(len(rules()) > 12, rules())
    for name, text in rules():
        expr = expressions(text)
        check(re.search(r'\b(tlsd_\w+|up)\b', expr), name, expr)
        equal(strangers(expr, known, served), [], name)
        check(re.search(r'severity: (critical|warning) ', text), name)
        check('summary: ' in text and 'description: ' in text, name)
        for label in re.findall(r'\$labels\.(\w+)', text):
            check(label in set.union(*known.values()), name, label)
        for command in re.findall(r'`tlsctl (\w+)', text):
            check(re.search(r'Ic %s\b' % command, read('runtime/tlsctl.8')),
                  name, command)
    equal(len({n for n, _ in rules()}), len(rules()), 'names')


@test()
def tested():
    """every alert has a case in which it fires"""
    fired = set(re.findall(r'alertname="(\w+)"', example(CASES)))
    fired |= set(re.findall(r'- alertname: (\w+)\n.*\n +exp_alerts:\n',
                            example(CASES)))
    equal({n for n, _ in rules()} - fired, set())
    known = inventory()
    for series in re.findall(r"series: '(tlsd_.*?)'", example(CASES)):
        equal(strangers(series, known, values()), [], series)
        name = series.partition('{')[0]
        labels = set(re.findall(r'(\w+)="', series))
        equal(known[name] - labels - OF_PROMETHEUS, set(), series)


@test()
def dashboard():
    """the dashboard is what Grafana reads, and names what is served"""
    board = json.loads(example(BOARD))
    for name, kind in (('title', str), ('uid', str), ('schemaVersion', int),
                       ('panels', list), ('templating', dict),
                       ('annotations', dict), ('time', dict)):
        check(isinstance(board.get(name), kind), name)
    check(len(board['uid']) <= 40)
    ids = [p['id'] for p in board['panels']]
    equal(len(set(ids)), len(ids))
    taken = set()
    for p in board['panels']:
        grid = p['gridPos']
        check(grid['x'] + grid['w'] <= 24, p['title'])
        cells = {(x, y) for x in range(grid['x'], grid['x'] + grid['w'])
                 for y in range(grid['y'], grid['y'] + grid['h'])}
        equal(taken & cells, set(), p['title'])
        taken |= cells
        check(p['type'] in ('row', 'stat', 'timeseries'), p['type'])
    known, served = inventory(), values()
    variables = {v['name'] for v in board['templating']['list']}
    variables |= {'__rate_interval', '__interval'}
    for expr in queries():
        equal(strangers(expr, known, served), [], expr)
        equal(set(re.findall(r'\$(\w+)', expr)) - variables, set(), expr)
    used = set(re.findall(r'tlsd_\w+', ' '.join(queries())))
    # A mean of it says little: connections are made at different moments.
    equal(set(known) - used, {'tlsd_connect_seconds_total'}, 'not shown')


def promtool(*argv):
    if not shutil.which('promtool'):
        raise Skip('no promtool: the package prometheus has it, and is too '
                   'large (100 MB) to be installed for this')
    return tool('promtool', *argv)


@test()
def prometheus():
    """promtool: the rules are rules, and fire as their tests say"""
    for what, path in (('check', RULES), ('test', CASES)):
        code, out = promtool(what, 'rules',
                             os.path.join(TOP, 'examples', path))
        equal(code, 0, out)


@test()
def sound():
    """promtool: the dashboard's queries are queries"""
    with Stage() as s:
        fill = {'$__rate_interval': '5m', '$__interval': '5m'}
        lines = ['groups: [ { name: x, rules: [']
        for n, expr in enumerate(queries()):
            for word, value in fill.items():
                expr = expr.replace(word, value)
            lines.append("{ record: 'x:%d', expr: '%s' }," % (n, expr))
        code, out = promtool('check', 'rules', s.write(
            'board.yml', '\n'.join(lines + ['] } ]', ''])))
        equal(code, 0, out)


run()
