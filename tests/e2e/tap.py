"""TAP for the end-to-end tests: functions marked @test, then run().

A test function fails by raising; `check` raises with what was seen.  A test
given forms runs once for each of them, so that one body covers copy and
splice, or TLS 1.2 and 1.3.
"""
import sys
import traceback

_tests = []


class Skip(Exception):
    """Raised by a test that this machine cannot run; the text says why."""


def test(*forms):
    """@test() runs the function once, @test(a, b) once with each form."""
    def mark(function):
        for form in forms or (None,):
            _tests.append((function, form))
        return function
    return mark


def check(condition, *seen):
    if not condition:
        raise AssertionError(' '.join(str(s) for s in seen))


def equal(got, wanted, what=''):
    if got != wanted:
        raise AssertionError('%s: got %.600r, wanted %.600r'
                             % (what, got, wanted))


def _title(function, form):
    title = (function.__doc__ or function.__name__).strip().split('\n')[0]
    return title if form is None else '%s (%s)' % (title, form)


def run():
    failed = 0
    print('1..%d' % len(_tests))
    for number, (function, form) in enumerate(_tests, 1):
        title = _title(function, form)
        try:
            function() if form is None else function(form)
            print('ok %d - %s' % (number, title))
        except Skip as why:
            print('ok %d - %s # SKIP %s' % (number, title, why))
        except Exception:
            failed += 1
            print('not ok %d - %s' % (number, title))
            for line in traceback.format_exc().splitlines():
                print('# ' + line)
        sys.stdout.flush()
    sys.exit(failed != 0)
