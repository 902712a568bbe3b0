/*
 * X25519 (RFC 7748) by libcrypto, which takes two thirds of nettle's time for
 * the shared secret.  GnuTLS has no hook for a key agreement, but it calls
 * nettle's public function curve25519_mul through the dynamic linker, and a
 * function of that name in the program comes before the library's, as a
 * program's own malloc does.  If the linker does otherwise, nettle does the
 * work and nothing else changes.
 */
#ifndef RUNTIME_X25519_H
#define RUNTIME_X25519_H

/* The library that does it here, for `tlsd --version`. */
const char *x25519_name(void);

#endif
