"""The readings of a path, computed from the numbered list of path.h by trying
every combination.  Shares nothing with runtime/http/path.c."""
import itertools
import re

PATH = re.compile(rb"/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*")
ENCODED = re.compile(rb'%([0-9A-Fa-f]{2})')
UNRESERVED = (b'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
              b'0123456789-._~')


class Refused(Exception):
    pass


def decode(path, only=None):
    def octet(m):
        o = bytes([int(m.group(1), 16)])
        return o if only is None or o in only else m.group(0)
    return ENCODED.sub(octet, path)


def unreserved(path):
    return decode(path, [bytes([o]) for o in UNRESERVED])


def dots(path):
    return re.sub(b'%2[eE]', b'.', path)


def dot_segments(path):
    return b'/'.join(dots(s) if dots(s) in (b'.', b'..') else s
                     for s in path.split(b'/'))


def twice(path):
    return decode(decode(path))


def backslash(path):
    return path.replace(b'\\', b'/')


def cut(path):
    return re.split(b'[?#]', path)[0]


def parameters(path):
    return b'/'.join(s.split(b';')[0] for s in path.split(b'/'))


def semicolon(path):
    return path.split(b';')[0]


def merge(path):
    return re.sub(b'/+', b'/', path)


def resolve(path):
    """RFC 3986 5.2.4, word for word."""
    given, out = path, b''
    while given:
        if given.startswith(b'../'):
            given = given[3:]
        elif given.startswith(b'./'):
            given = given[2:]
        elif given.startswith(b'/./'):
            given = given[2:]
        elif given == b'/.':
            given = b'/'
        elif given.startswith(b'/../'):
            given, out = given[3:], out[:max(out.rfind(b'/'), 0)]
        elif given == b'/..':
            given, out = b'/', out[:max(out.rfind(b'/'), 0)]
        elif given in (b'.', b'..'):
            given = b''
        else:
            end = given.find(b'/', 1)
            end = len(given) if end < 0 else end
            out, given = out + given[:end], given[end:]
    return out


def same(path):
    return path


def resolved(path):
    return decode(resolve(dot_segments(path)))


def without_parameters(path):
    return decode(parameters(path))


BASES = (same, unreserved, dots, dot_segments, decode, twice, resolved,
         without_parameters)
STEPS = ((same, backslash), (same, cut), (same, parameters, semicolon),
         (same, merge), (same, resolve), (same, bytes.lower))
COMBINATIONS = list(itertools.product(BASES, *STEPS))


def check(path):
    """Raises Refused, with the word of the refusal, for what has none."""
    if not path.startswith(b'/'):
        raise Refused('bad-path')
    for i, o in enumerate(path):
        one = path[i:i + 1]
        if one == b'%':
            pair = path[i + 1:i + 3]
            if len(pair) < 2 or not ENCODED.fullmatch(b'%' + pair):
                raise Refused('path-percent')
            if pair == b'00':
                raise Refused('path-nul')
        elif not PATH.fullmatch(b'/' + one):
            raise Refused('path-octet')
    if b'\0' in twice(path):
        raise Refused('path-nul')


def by_product(path):
    """The set, by all 768 combinations."""
    check(path)
    found = set()
    for base, *steps in COMBINATIONS:
        reading = base(path)
        for step in steps:
            reading = step(reading)
        found.add(reading)
    return found


def by_stages(path):
    """The same set, some hundred times as fast: each step for all at once."""
    check(path)
    found = {base(path) for base in BASES}
    for steps in STEPS:
        found = {step(reading) for reading in found for step in steps}
    return found
