#!/usr/bin/env python3
"""Tricks with parameters: what is hidden behind values that nobody compares."""
import os
import sys

sys.dont_write_bytecode = True
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TOP, "tests", d) for d in ("e2e", "gate")]

import tap  # noqa: E402
from trick import passes, sneaks  # noqa: E402

OPEN = ("frontend second { listen 192.0.2.9:443; no-sni reject close; "
        "default passthrough to pay; malformed reject close; }")
ENV = "param env : prod | staging = prod;\n"


def params(n, values):
    return "".join("param p%02d : %s = a;\n" % (i, values) for i in range(n))


sneaks("two values that are only met together, among too many", "",
       params(7, "a | b") + "where p00 is b { where p01 is b { %s } }\n" % OPEN,
       back=1, says="not judged: param: enumerations: there are too many combinations")
sneaks("a parameter behind many that have one value", "",
       (ENV, params(16, "a") + ENV), "where env is staging { %s }\n" % OPEN,
       says="with env=staging")
sneaks("a value that the old policy did not have", "",
       (ENV, ENV.replace("staging", "staging | lab")),
       "where env is lab { %s }\n" % OPEN, says="with env=lab")
sneaks("another default, with the values kept", "param",
       (ENV, ENV.replace("= prod", "= staging")), back=1,
       base=("where env is staging { %s }\n" % OPEN,))
passes("a value more that does the same",
       (ENV, ENV.replace("staging", "staging | lab")))
passes("values in another order, of which none is in force by itself",
       (ENV.replace(" = prod", ""), "param env : staging | prod;\n"),
       base=((ENV, ENV.replace(" = prod", "")),
             "where env is staging { %s }\n" % OPEN))
passes("a parameter renamed, whatever its values do alike",
       ("param env", "param stage"))
passes("a parameter that chooses nothing", ENV.replace("env", "other"))

tap.run()
