/*
 * Numeric addresses (numeric.h).
 */
#include "numeric.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

const char *numeric_nth(
	const char *lines, size_t len, unsigned n, char out[NUMERIC_TEXT])
{
	unsigned count = 0, i = 0;
	const char *p, *end = lines + len;

	for (p = lines; p < end; p++)
		count += *p == '\n';
	if (count == 0)
		return NULL;
	for (p = lines; i < n % count; p++)
		i += *p == '\n';
	snprintf(out, NUMERIC_TEXT, "%.*s", (int)strcspn(p, "\n"), p);
	return out;
}

socklen_t numeric_address(
	const char *text, uint16_t port, struct sockaddr_storage *to)
{
	struct sockaddr_in *v4 = (void *)to;
	struct sockaddr_in6 *v6 = (void *)to;

	memset(to, 0, sizeof(*to));
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		return sizeof(*v4);
	}
	if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		return sizeof(*v6);
	}
	return 0;
}
