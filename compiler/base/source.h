/*
 * Source files: their bytes, names and line tables; spans are offsets into
 * them.  Owned by one struct sources per compilation.
 */
#ifndef COMPILER_SOURCE_H
#define COMPILER_SOURCE_H

#include <stddef.h>
#include <stdint.h>

struct arena;

/* Half-open range of octets in one file.  file 0 is "nowhere": built-in
 * things (profile modern) and whole-run diagnostics. */
struct span {
	uint32_t file, begin, end;
};

struct source {
	const char *path;      /* as shown to people and stored in the table:
	                      * relative to the root policy's directory */
	const char *open_path; /* what was opened; "-" is standard input */
	const char *dir;  /* directory for relative paths inside this file */
	const char *text; /* two NULs follow (flex scans in place); NULs inside
	                      * are a TC0106 */
	size_t len;
	uint32_t *lines; /* offset of each line's first octet; made lazily */
	uint32_t line_count;
	uint8_t sha256[32];
	int is_list;   /* a name map or CIDR list, not policy text */
	int is_closed; /* nothing of its text may be shown */
};

struct sources;

struct sources *source_new(struct arena *a);
/* Of a path: "." for one without. */
const char *source_directory(struct arena *a, const char *path);
/* Reads the file whole.  Returns the file number (>= 1), or 0 with *err a
 * message (arena-owned).  The same file (device, inode) read again gives its
 * first number and sets *again. */
uint32_t source_read(struct sources *s, const char *open_path,
	const char *shown, int *again, const char **err);
/* The same for text already in memory (tests, standard input). */
uint32_t source_add(
	struct sources *s, const char *shown, const char *text, size_t len);
/* NULL for file 0 and numbers never given. */
const struct source *source_get(const struct sources *s, uint32_t file);
/* Note that a file is a name map or CIDR list, and whether its text is to be
 * kept back. */
void source_mark_list(struct sources *s, uint32_t file, int closed);
uint32_t source_count(const struct sources *s);
/* 1-based line and column (in octets) of an offset. */
void source_locate(struct sources *s, uint32_t file, uint32_t off,
	uint32_t *line, uint32_t *column);
/* The text of 1-based line `line`, without its newline. */
const char *source_line(
	struct sources *s, uint32_t file, uint32_t line, size_t *len);

#endif
