#!/usr/bin/env python3
"""Tricks with names: an assertion or a test keeps every word and is about
nobody any more."""
import os
import sys

sys.dont_write_bytecode = True
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TOP, "tests", d) for d in ("e2e", "gate")]

import tap  # noqa: E402
from trick import passes, sneaks  # noqa: E402
from world import POLICY  # noqa: E402

WIDE = POLICY[POLICY.index("backend wide {"):POLICY.index("backend idle {")]
HSM = POLICY[POLICY.index("certificate hsm {"):POLICY.index("backend pay {")]
IDLE = "backend idle { server 10.44.0.11:8080; "
ABOUT_WIDE = "assert never source in bots : backend is wide;\n"
ABOUT_HSM = "assert never source in bots : certificate is hsm;\n"
ABOUT_EDGE = "assert never listener is edge and source in bots : backend is api;\n"
ABOUT_PAY = "assert every route is pay : mode is passthrough | reject;\n"
NOWHERE = ("frontend edge { listen 127.0.0.1:9; no-sni reject close; "
           "default reject close; malformed reject close; }\n")

sneaks("a backend leaves its name to one that nobody is sent to", "assert",
       (WIDE, WIDE + WIDE.replace("wide {", "broad {", 1)),
       ("bridge to wide", "bridge to broad"), base=(ABOUT_WIDE,))
sneaks("a certificate leaves its name to one that nobody is shown", "assert",
       (HSM, HSM + HSM.replace("hsm {", "token {", 1)),
       ("certificate hsm; bridge", "certificate token; bridge"),
       base=(ABOUT_HSM,))
sneaks("a frontend leaves its name to one where nobody comes", "assert",
       ("frontend edge", "frontend door"), NOWHERE, base=(ABOUT_EDGE,))
sneaks("a route leaves its name to one that nobody asks for", "assert",
       ("route pay ", "route cash "),
       ("route none sni", 'route pay sni "nobody.example.com" '
        "{ reject close; }\n  route none sni"), base=(ABOUT_PAY,))
sneaks("half of a backend's clients go to its twin", "assert",
       (IDLE, IDLE.replace("idle", "still") + "}\n" + IDLE),
       ("    offload to idle;", "    when tls >= 1.3 offload to still;\n"
        "    otherwise offload to idle;"),
       base=("assert never source in bots : backend is idle;\n",))

sneaks("a backend that is asserted gets a server", "server assert",
       ("server 10.42.0.11:8443;",
        "server 10.42.0.11:8443; server 10.42.0.12:8443;"))

passes("names that no assertion has, changed",
       ("backend wide", "backend broad"), ("bridge to wide", "bridge to broad"),
       ("certificate hsm {", "certificate token {"),
       ("certificate hsm; bridge", "certificate token; bridge"),
       ("frontend edge", "frontend door"), ("route pay ", "route cash "))

ORDER = ('assert every sni "a.example.com", "x and : y.test" and not mode is '
         'passthrough | reject and tls >= 1.2 : backend is api | "b | a" and '
         'mode is bridge;\n').replace("x and : y.test", "b.example.com")
ANY = 'backend "b | a" { server 10.60.0.1:443; }\n'
passes("an assertion in another order",
       ('"a.example.com", "b.example.com" and not mode is passthrough | reject '
        'and tls >= 1.2',
        'tls >= 1.2 not mode is reject | passthrough '
        'sni "b.example.com", "a.example.com"'),
       ('backend is api | "b | a" and mode is bridge',
        'mode is bridge and backend is "b | a" | api'),
       ('every sni tls', 'every tls'), base=(ANY, ORDER))
for old, new in (("not mode is", "mode is"), ("| reject and", "and"),
                 ('"b | a"', "shop"), (" and mode is bridge", ""),
                 ("tls >= 1.2", "tls >= 1.3"), ("assert every", "assert never"),
                 (' "a.example.com",', "")):
    sneaks("an assertion without %s" % old, "assert",
           (ORDER, ORDER.replace(old, new)), back=1, base=(ANY, ORDER))

tap.run()
