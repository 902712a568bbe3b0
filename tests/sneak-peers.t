#!/usr/bin/env python3
"""Tricks with what vouches for the gateway: tokens, and addresses that servers
trust."""
import os
import sys

sys.dont_write_bytecode = True
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TOP, "tests", d) for d in ("e2e", "gate")]

import tap  # noqa: E402
from trick import passes, sneaks  # noqa: E402

KEY = "pkcs11:token=edge;object=pay"

sneaks("a key in another token", "certificate",
       (KEY, KEY.replace("edge", "soft")), back=1)
sneaks("a key in any token", "certificate", (KEY, "pkcs11:object=pay"))
sneaks("a token whose name is longer", "certificate",
       (KEY, KEY.replace("edge", "edge2")), back=1)
sneaks("the token's name only as a query", "certificate",
       (KEY, "pkcs11:object=pay?token=edge"))
sneaks("a token of the same name, and another serial number", "certificate",
       ("serial=1", "serial=2"),
       base=((";object=pay", ";serial=1;object=pay"),), back=1)
passes("attributes in another order", (KEY, "pkcs11:object=pay;token=edge"))
passes("another object of the same token", (KEY, KEY.replace("pay", "pay2")))
sneaks("an address that servers may trust, where the kernel chose",
       "source-address", ("backend pay {", "backend pay { source 10.40.0.9;"),
       back=1)
AUTH = ('alpn = "http/1.1";', 'alpn = "http/1.1"; '
        'client-auth ca "clients.pem" require;')
sneaks("servers no longer learn the name in the client's certificate", "proxy-protocol",
       ("proxy-protocol v2", "proxy-protocol v1"), base=(AUTH,))
passes("another form of the header, where nobody shows a certificate",
       ("proxy-protocol v2", "proxy-protocol v1"))
sneaks("an address more", "source-address",
       ("source 10.41.0.2", "source 10.41.0.2, 10.41.0.3"))

tap.run()
