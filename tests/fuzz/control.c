/* A control line is whatever a client sends: it must be understood or
 * refused with words, and a path that is taken is absolute and bounded. */
/* LINK: runtime/common/control_line.c */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/common/control_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Exactly sized, so that reading past the line is seen. */
	char *line = malloc(size ? size : 1);
	struct control_command c;
	const char *wrong;

	if (!line)
		return 0;
	memcpy(line, data, size);
	wrong = control_parse(line, size, &c);
	if (!wrong && c.path[0] &&
		(c.path[0] != '/' || strlen(c.path) > CONTROL_PATH_MAX))
		abort();
	if (wrong && !*wrong)
		abort();
	free(line);
	return 0;
}
