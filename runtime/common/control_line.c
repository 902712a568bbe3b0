/*
 * One line of the control protocol (control_line.h).
 */
#include "control_line.h"

#include <string.h>

struct word {
	const char *text;
	size_t n;
};

enum argument {
	ARG_NONE,
	ARG_PATH,
	ARG_NUMBER,
	ARG_CONN,
	ARG_FILE,
	ARG_SERVER
};

static const struct {
	const char *word;
	enum control_verb verb;
	enum argument argument;
} verbs[] = {
	{"status", CONTROL_STATUS, ARG_NONE},
	{"generations", CONTROL_GENERATIONS, ARG_NONE},
	{"load", CONTROL_LOAD, ARG_PATH},
	{"rollback", CONTROL_ROLLBACK, ARG_NUMBER},
	{"drain", CONTROL_DRAIN, ARG_SERVER},
	{"drain-all", CONTROL_DRAIN_ALL, ARG_NONE},
	{"undrain", CONTROL_UNDRAIN, ARG_SERVER},
	{"servers", CONTROL_SERVERS, ARG_NONE},
	{"connections", CONTROL_CONNECTIONS, ARG_NONE},
	{"why", CONTROL_WHY, ARG_CONN},
	{"shadow", CONTROL_SHADOW, ARG_NONE},
	{"shadow-load", CONTROL_SHADOW_LOAD, ARG_FILE},
	{"shadow-off", CONTROL_SHADOW_OFF, ARG_NONE},
};

static int printable(const char *line, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			return 0;
	return 1;
}

/* Removes spaces at both ends. */
static struct word trim(const char *p, size_t n)
{
	while (n > 0 && *p == ' ') {
		p++;
		n--;
	}
	while (n > 0 && p[n - 1] == ' ')
		n--;
	return (struct word){p, n};
}

/* 1 to 19 digits; -1 for anything else. */
static int digits(const char *p, size_t n, uint64_t *number)
{
	uint64_t v = 0;
	size_t i;

	if (n == 0 || n > 19)
		return -1;
	for (i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		v = v * 10 + (uint64_t)(p[i] - '0');
	}
	*number = v;
	return 0;
}

static const char *read_number(struct word w, uint64_t *number)
{
	if (digits(w.text, w.n, number) < 0 || *number == 0)
		return "not a generation's number";
	return NULL;
}

/* "0-17", as in the log. */
static const char *read_conn(struct word w, struct control_command *c)
{
	const char *dash = w.n ? memchr(w.text, '-', w.n) : NULL;
	size_t n = dash ? (size_t)(dash - w.text) : 0;

	if (!dash || digits(w.text, n, &c->worker) < 0 ||
		digits(dash + 1, w.n - n - 1, &c->number) < 0 || c->number == 0)
		return "which connection? (its id in the log, such as 0-17)";
	return NULL;
}

static const char *read_path(struct word w, struct control_command *c)
{
	if (w.n > CONTROL_PATH_MAX)
		return "the path is too long";
	if (w.text[0] != '/')
		return "the path must be absolute";
	memcpy(c->path, w.text, w.n);
	return NULL;
}

static const char *read_argument(
	enum argument kind, struct word w, struct control_command *c)
{
	if (kind == ARG_CONN)
		return read_conn(w, c);
	if (kind == ARG_FILE && w.n == 0)
		return "which table?";
	if (kind == ARG_SERVER && w.n == 0)
		return "which server? (BACKEND or BACKEND/ADDRESS; drain-all "
		       "drains the whole gateway)";
	if (w.n == 0)
		return NULL;
	switch (kind) {
	case ARG_PATH:
	case ARG_FILE:
		return read_path(w, c);
	case ARG_SERVER:
		if (w.n > CONTROL_PATH_MAX)
			return "the server's name is too long";
		memcpy(c->server, w.text, w.n);
		return NULL;
	case ARG_NUMBER:
		return read_number(w, &c->number);
	case ARG_CONN:
	case ARG_NONE:
		break;
	}
	return "this command takes no argument";
}

const char *control_parse(const char *line, size_t n, struct control_command *c)
{
	struct word w, rest;
	size_t i, verb;

	memset(c, 0, sizeof(*c));
	if (n > 0 && line[n - 1] == '\r')
		n--;
	if (n > CONTROL_LINE_MAX)
		return "the line is too long";
	if (!printable(line, n))
		return "not a line of text";
	w = trim(line, n);
	for (verb = 0; verb < w.n && w.text[verb] != ' '; verb++)
		;
	rest = trim(w.text + verb, w.n - verb);
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strlen(verbs[i].word) == verb &&
			memcmp(verbs[i].word, w.text, verb) == 0) {
			c->verb = verbs[i].verb;
			return read_argument(verbs[i].argument, rest, c);
		}
	return "unknown command (status, generations, connections, "
	       "why CONNECTION, load [PATH], rollback [GENERATION], "
	       "shadow-load PATH, shadow, shadow-off, servers, drain SERVER, "
	       "drain-all, undrain SERVER)";
}
