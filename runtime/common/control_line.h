/*
 * The control protocol: one command per line, answered by one JSON object per
 * line.  Parsing is a pure function of the line.
 */
#ifndef RUNTIME_CONTROL_LINE_H
#define RUNTIME_CONTROL_LINE_H

#include <stddef.h>
#include <stdint.h>

#define CONTROL_LINE_MAX 1024 /* octets, without the newline */
#define CONTROL_PATH_MAX 255

enum control_verb {
	CONTROL_STATUS,      /* status */
	CONTROL_GENERATIONS, /* generations */
	CONTROL_LOAD,        /* load [PATH] */
	CONTROL_ROLLBACK,    /* rollback [GENERATION] */
	CONTROL_DRAIN,       /* drain SERVER */
	CONTROL_DRAIN_ALL,   /* drain-all */
	CONTROL_UNDRAIN,     /* undrain SERVER */
	CONTROL_SERVERS,     /* servers */
	CONTROL_CONNECTIONS, /* connections */
	CONTROL_WHY,         /* why CONNECTION */
	CONTROL_SHADOW,      /* shadow */
	CONTROL_SHADOW_LOAD, /* shadow-load PATH */
	CONTROL_SHADOW_OFF,  /* shadow-off */
};

struct control_command {
	enum control_verb verb;
	uint64_t number; /* ROLLBACK: 0 if not given; WHY: the connection */
	uint64_t worker; /* WHY: "WORKER-NUMBER" */
	char path[CONTROL_PATH_MAX + 1];   /* LOAD; empty: not given */
	char server[CONTROL_PATH_MAX + 1]; /* DRAIN, UNDRAIN; not empty */
};

/* Parses line[0..n), without its newline.  NULL with *c filled, or what is
 * wrong with it, in words. */
const char *control_parse(
	const char *line, size_t n, struct control_command *c);

#endif
