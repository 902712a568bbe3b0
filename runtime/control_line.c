/*
 * One line of the control protocol (control_line.h).
 */
#include "control_line.h"

#include <string.h>

struct word {
	const char *text;
	size_t n;
};

enum argument { ARG_NONE, ARG_PATH, ARG_NUMBER };

static const struct {
	const char *word;
	enum control_verb verb;
	enum argument argument;
} verbs[] = {
	{"status", CONTROL_STATUS, ARG_NONE},
	{"generations", CONTROL_GENERATIONS, ARG_NONE},
	{"load", CONTROL_LOAD, ARG_PATH},
	{"rollback", CONTROL_ROLLBACK, ARG_NUMBER},
	{"drain", CONTROL_DRAIN, ARG_NONE},
};

static int printable(const char *line, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			return 0;
	return 1;
}

/* Cuts spaces off both ends. */
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

/* 1 to 19 digits, not 0. */
static const char *read_number(struct word w, uint64_t *number)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < w.n; i++) {
		if (w.text[i] < '0' || w.text[i] > '9' || i >= 19)
			return "not a generation's number";
		v = v * 10 + (uint64_t)(w.text[i] - '0');
	}
	if (v == 0)
		return "not a generation's number";
	*number = v;
	return NULL;
}

static const char *read_argument(
	enum argument kind, struct word w, struct control_command *c)
{
	if (w.n == 0)
		return NULL;
	switch (kind) {
	case ARG_PATH:
		if (w.n > CONTROL_PATH_MAX)
			return "the path is too long";
		if (w.text[0] != '/')
			return "the path must be absolute";
		memcpy(c->path, w.text, w.n);
		return NULL;
	case ARG_NUMBER:
		return read_number(w, &c->number);
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
	return "unknown command (status, generations, load [PATH], "
	       "rollback [GENERATION], drain)";
}
