/* Between cert.c and cert_facts.c. */
#ifndef COMPILER_CERT_FACTS_H
#define COMPILER_CERT_FACTS_H

#include <gnutls/x509.h>

#include "cert.h"

/* All of c, from x. */
void cert_facts(struct arena *a, gnutls_x509_crt_t x, struct cert *c);

#endif
