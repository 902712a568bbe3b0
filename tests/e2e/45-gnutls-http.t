#!/bin/sh
# The tests of HTTP once more over GnuTLS's own record layer: a test of their
# own, so that both stay within the time that one test has.
exec "$(dirname "$0")/45-gnutls-records.t" "$(dirname "$0")"/4[6-9]-http*.t
