#!/usr/bin/env python3
"""Tricks with keys and ciphers: what clients are shown, and what is agreed with
them."""
import os
import sys

sys.dont_write_bytecode = True
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TOP, "tests", d) for d in ("e2e", "gate")]

import tap  # noqa: E402
from trick import passes, sneaks  # noqa: E402

HSM = "{ certificate hsm; bridge"
PLAIN = 'certificate plain { chain "plain.pem"; key "plain.key"; }\n'
STILL = "profile still extends modern { tickets off; %s}"
OWN = "profile own extends intermediate { %s}"


def suites(*names):
    return "ciphers = %s; " % ", ".join(names)


def certificate(name, files):
    return PLAIN.replace("certificate plain", "certificate " + name) \
        .replace("plain.", files + ".")


def still(old, new):
    """Both sides of the profile, and the old one as a change of the base."""
    return (STILL % old, STILL % new), (STILL % "", STILL % old)


# The chain of the certificate in a file goes to one new certificate, its name
# to another: neither stands for the one in the token.
TWO = (HSM, HSM.replace("hsm", "hsm, plain"))
sneaks("a key in a file takes the place of one in a token, behind one that kept "
       "its chain", "certificate",
       ("certificate hsm, plain;", "certificate both, plain;"),
       (PLAIN, certificate("both", "plain") + certificate("plain", "fresh")),
       base=(PLAIN, TWO))
sneaks("the certificate that is left has another chain and name", "certificate",
       ("certificate plain, hsm;", "certificate both;"),
       (PLAIN, PLAIN + certificate("both", "fresh")),
       base=(PLAIN, (HSM, HSM.replace("hsm", "plain, hsm"))))
sneaks("a pin goes, with the certificate's name and chain", "pin",
       ("  certificate shop;", "  certificate both;"),
       certificate("both", "fresh"))
passes("certificates in another order",
       ("certificate hsm, plain;", "certificate plain, hsm;"),
       base=(PLAIN, TWO))

G128, G256 = "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"
CCM8, CHACHA = "TLS_AES_128_CCM_8_SHA256", "TLS_CHACHA20_POLY1305_SHA256"
for title, old, new, back in (
        ("keys of 256 bits move behind keys of 128", (G256, G128),
         (G128, G256), 0),
        ("keys of 256 bits are lost", (G256, G128), (G128,), 1),
        ("half a tag comes first", (G128, CCM8), (CCM8, G128), 0),
        ("half a tag instead of a whole one", (G128,), (CCM8,), 1)):
    edit, base = still(suites(*old), suites(*new))
    sneaks(title, "ciphers", edit, base=(base,), back=back)
edit, base = still(suites(G128, CHACHA), suites(CHACHA, G128))
passes("ChaCha20 before AES with keys of 128 bits", edit, base=(base,))
edit, base = still(suites(G128), suites(G128, G256))
sneaks("one suite more, though a stronger one", "ciphers", edit, base=(base,))
sneaks("keys of 256 bits are no longer enforced", "ciphers",
       (OWN % ("tls 1.2; " + suites("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
                                    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")),
        OWN % ("tls 1.2; " + suites("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"))),
       base=((OWN % "", OWN % ("tls 1.2; " + suites(
           "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
           "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"))),), back=1)
sneaks("a suite with half a tag more", "ciphers",
       (OWN % "", OWN % ("ciphers += %s; " % CCM8)))

tap.run()
