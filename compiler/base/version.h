/*
 * What `tlsc --version` and the reports of a run say.
 */
#ifndef COMPILER_VERSION_H
#define COMPILER_VERSION_H

#define TLSC_VERSION "1.0"

#endif
