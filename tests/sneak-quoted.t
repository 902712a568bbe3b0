#!/usr/bin/env python3
"""Tricks with names in quotes: an assertion about "a b" is about nobody any
more."""
import os
import sys

sys.dont_write_bytecode = True
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TOP, "tests", d) for d in ("e2e", "gate")]

import tap  # noqa: E402
from trick import passes, sneaks  # noqa: E402

NONE = '  route none sni'
ONE, TWO = '"10.60.0.1:443; é"', '"two \\"half\\""'
BACKENDS = "".join("backend %s { server 10.60.0.%d:443; }\n" % (n, i)
                   for i, n in enumerate((ONE, TWO), 1))
ROUTES = (NONE, '  route "r 1" sni "r1.test" { passthrough to %s; }\n'
          '  route "r 2" sni "r2.test" { passthrough to %s; }\n%s'
          % (ONE, TWO, NONE))
ABOUT = "assert every sni \"r1.test\" : not backend is %s;\n" % TWO
SPARE = "backend %s { server 10.60.0.9:443; }\n"
BASE = (BACKENDS, ROUTES)


def swapped(text, a, b):
    return text.replace(a, "@").replace(b, a).replace("@", b)


sneaks("two backends in quotes change names, and the assertions what they are "
       "about", "assert", (BACKENDS, swapped(BACKENDS, ONE, TWO)),
       ("passthrough to " + ONE, "passthrough to @"),
       ("passthrough to " + TWO, "passthrough to " + ONE),
       ("passthrough to @", "passthrough to " + TWO), back=1,
       base=BASE + ('assert every sni "r1.test" : backend is %s | %s;\n'
                    % (ONE, TWO),))
sneaks("a backend in quotes leaves its name to one that nobody is sent to",
       "assert", ("passthrough to " + TWO, 'passthrough to "new one"'),
       BACKENDS.split("\n")[1].replace(TWO, '"new one"') + "\n",
       base=BASE + (ABOUT,))
sneaks("a route in quotes leaves its name to one that nobody asks for",
       "assert", ('route "r 1" sni', 'route "r 3" sni'),
       (NONE, '  route "r 1" sni "nobody.test" { reject close; }\n' + NONE),
       base=BASE + ('assert every route is "r 1" : mode is passthrough | '
                    'reject;\n',))
passes("names in quotes of which no assertion speaks",
       (BACKENDS, BACKENDS.replace("half", "third")),
       ("passthrough to " + TWO, "passthrough to " + TWO.replace(
           "half", "third")), base=BASE)

tap.run()
