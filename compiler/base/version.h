/*
 * The version that `tlsc --version` and reports show.
 */
#ifndef COMPILER_VERSION_H
#define COMPILER_VERSION_H

#define TLSC_VERSION "1.0"

#endif
