/*
 * How strong cipher suites and groups are: numbers to be compared with those of
 * the same function only.
 */
#ifndef COMPILER_DIFF_STRENGTH_H
#define COMPILER_DIFF_STRENGTH_H

#include <stdint.h>

unsigned strength_class(uint16_t suite);
unsigned strength_of_suite(uint16_t suite); /* finer */
unsigned strength_of_group(uint16_t group); /* in bits */

#endif
