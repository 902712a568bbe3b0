#!/usr/bin/env python3
"""Tricks with what is counted: the same numbers, for fewer at a time."""
import os
import sys

sys.dont_write_bytecode = True
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TOP, "tests", d) for d in ("e2e", "gate")]

import tap  # noqa: E402
from trick import passes, sneaks  # noqa: E402
from world import POLICY  # noqa: E402

BASE = POLICY[POLICY.index("limits base {"):POLICY.index("certificate shop {")]
EDI = "route edi sni in partner {"
WITH_BASE = (EDI, EDI + " limits base;")
COUNTED = "connections connection-rate handshakes handshakes-in-flight bandwidth"
SHOP = POLICY[POLICY.index("backend shop {"):POLICY.index("backend api {")]
PAY = POLICY[POLICY.index("backend pay {"):POLICY.index("backend shop {")]
TENANTS = 'from "tenants.map" { offload to shop'
DEFAULT = "default reject unrecognized-name"


def twice(block, name):
    return block, block + block.replace(name, name + "2", 1)


def halves(block):
    for whole, half in (("50k", "25k"), ("200;", "100;"), ("4k", "2k"),
                        ("40/s", "20/s"), ("handshakes 2k/s", "handshakes 1k/s"),
                        ("per-source 20/s;\n  handshakes-in",
                         "per-source 10/s;\n  handshakes-in"),
                        ("500", "250"), ("1GiB", "512MiB"), ("16MiB", "8MiB")):
        block = block.replace(whole, half)
    return block


sneaks("a block of limits becomes two with its numbers", COUNTED,
       twice(BASE, "base"), (EDI + " limits base", EDI + " limits base2"),
       base=(WITH_BASE,))
sneaks("a route counts for itself what it counted with the others", COUNTED,
       twice(BASE, "base"), (EDI, EDI + " limits base2;"))
sneaks("only connections are counted twice", "connections",
       ("limits base {", "limits one { connections 50k; }\nlimits base {"),
       ("offload to idle", "offload to idle with limits one"))
passes("a block of limits under another name", ("limits base", "limits floor"))
sneaks("two with the numbers of one are more than two with half of them",
       COUNTED, (halves(BASE), BASE),
       (halves(BASE).replace("base", "base2", 1),
        BASE.replace("base", "base2", 1)), back=0,
       base=((BASE, halves(BASE) + halves(BASE).replace("base", "base2", 1)),
             (EDI, EDI + " limits base2;")))
passes("a route moves to a block that counts for another one already",
       (EDI + " limits base;", EDI + " limits base2;"),
       base=(WITH_BASE, twice(BASE, "base"),
             (TENANTS, TENANTS.replace("offload", "limits base2; offload"))))

sneaks("a backend becomes two, each with the server's max", "server-max",
       twice(PAY, "pay"), ("default passthrough to pay",
                           "default passthrough to pay2"),
       base=((DEFAULT, "default passthrough to pay"),))
sneaks("a backend becomes two, each with its queue", "queue",
       twice(SHOP, "shop"), (TENANTS, TENANTS + "2"))
passes("a backend under another name",
       ("backend wide", "backend broad"), ("bridge to wide", "bridge to broad"))

tap.run()
