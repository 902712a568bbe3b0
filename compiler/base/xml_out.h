/*
 * Text as XML 1.0 character data, fit for attributes too.
 */
#ifndef COMPILER_XML_OUT_H
#define COMPILER_XML_OUT_H

#include <stdio.h>

/* Any octets: what XML may not hold at all (controls, bad UTF-8) or nobody
 * could see is written as <U+202E> or <FF>. */
void xml_put(FILE *f, const char *text);

#endif
