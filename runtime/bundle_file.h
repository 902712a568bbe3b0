/*
 * A file on its way into a bundle: what bundle_make.c and bundle_public.c
 * share.
 */
#ifndef RUNTIME_BUNDLE_FILE_H
#define RUNTIME_BUNDLE_FILE_H

#include <stddef.h>
#include <stdint.h>

struct bundle_file {
	char *path;
	uint8_t *data;
	size_t len;
	size_t rank; /* order of arrival: the last of equal names wins */
};

#endif
