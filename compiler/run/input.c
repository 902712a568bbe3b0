/*
 * Opening a policy or a table (input.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/base/arena.h"
#include "compiler/base/shown.h"
#include "compiler/table/undump.h"
#include "input.h"
#include "output.h"
#include "runtime/seal/trust.h"

enum { FIRST_ROOM = 1 << 16 };

/* Everything the descriptor gives, into malloc'd memory. */
static uint8_t *read_all(int fd, size_t *len)
{
	struct stat st;
	size_t room = FIRST_ROOM;
	uint8_t *bytes = NULL, *more;
	ssize_t got = 1;

	*len = 0;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		room = (size_t)st.st_size + 1;
	while (got) {
		if (!bytes || *len == room) {
			room = bytes ? room * 2 : room;
			more = realloc(bytes, room);
			if (!more)
				break;
			bytes = more;
		}
		got = read(fd, bytes + *len, room - *len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			break;
		*len += (size_t)got;
	}
	if (got) {
		free(bytes);
		return NULL;
	}
	return bytes;
}

uint8_t *input_bytes(const char *path, size_t *len)
{
	uint8_t *bytes = NULL;
	int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO)
					: open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		bytes = read_all(fd, len);
		close(fd);
	}
	if (!bytes)
		cli_io("%s: %s", path, strerror(errno));
	return bytes;
}

int input_is_table(const char *path)
{
	char magic[8];
	ssize_t n = 0;
	int fd = strcmp(path, "-") == 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		n = read(fd, magic, sizeof(magic));
		close(fd);
	}
	/* The first octet is not text; the rest may be damaged. */
	return n > 0 && magic[0] == TBL_MAGIC[0];
}

int input_report(const struct cli *c, struct input *v, size_t n)
{
	struct diag_report **r = arena_alloc(c->arena, (n + 1) * sizeof(*r));

	for (size_t i = 0; i < n; i++)
		r[i] = compile_report(c, &v[i].x);
	return output_reports(c, r, n);
}

static int check_table(struct input *in)
{
	struct span nowhere = {0, 0, 0};
	struct table_fault why;

	if (table_check(in->bytes, in->len, &in->table, &why) == TABLE_OK &&
		table_check_hashes(&in->table, &why) == TABLE_OK)
		return CLI_OK;
	diag_note(diag_add(in->x.diags, DIAG_TC0901, nowhere,
			  "%s: %s (%s at offset %llu)", in->path,
			  table_error_text(why.error),
			  table_section_name(why.section),
			  (unsigned long long)why.offset),
		"tlsd refuses this file with '%s'",
		table_error_word(why.error));
	return CLI_IO;
}

int input_open_table(const struct cli *c, const char *path, struct input *in)
{
	*in = (struct input){.path = path, .from_table = 1};
	in->x.path = path;
	in->x.arena = arena_new();
	in->x.sources = source_new(in->x.arena);
	in->x.diags = diag_new(in->x.arena, in->x.sources);
	diag_apply_rules(in->x.diags, &c->rules);
	in->bytes = in->x.bytes = input_bytes(path, &in->len);
	if (!in->bytes) {
		input_close(in);
		return CLI_IO;
	}
	if (check_table(in)) {
		input_report(c, in, 1);
		input_close(in);
		return CLI_IO;
	}
	in->model = in->x.model = undump_model(in->x.arena, &in->table);
	return CLI_OK;
}

int input_compiled(const struct cli *c, const char *path,
	const struct compilation *x, int tell, struct input *in)
{
	struct table_fault why;
	int status;

	*in = (struct input){.path = path, .x = *x};
	in->model = in->x.model;
	if (diag_unsound(in->x.diags)) {
		status = input_report(c, in, 1);
		input_close(in);
		return status ? status : CLI_FINDINGS;
	}
	if (!compile_table(c, &in->x, &status)) {
		input_close(in);
		return status;
	}
	/* Who asks what a policy does may ask it of one that lints object to,
	 * but is told. */
	if (tell && diag_count(in->x.diags, DIAG_DENY))
		fprintf(stderr,
			"tlsc: %s has findings that prevent it from being "
			"compiled: see 'tlsc check'\n",
			shown_text(path));
	in->bytes = in->x.bytes;
	in->len = in->x.len;
	table_check(in->bytes, in->len, &in->table, &why);
	return CLI_OK;
}

static int open_policy(const struct cli *c, const char *path, struct input *in)
{
	struct compilation x;
	int status = compile_policy(c, path, &x);

	return status ? status : input_compiled(c, path, &x, 1, in);
}

int input_open(const struct cli *c, const char *path, struct input *in)
{
	return input_is_table(path) ? input_open_table(c, path, in)
				    : open_policy(c, path, in);
}

void input_close(struct input *in)
{
	compile_free(&in->x);
}

/* It may be signed for another program than tlsd. */
void input_warn_serial(const struct input *in)
{
	if (in->table.header->serial)
		return;
	fprintf(stderr,
		"tlsc: warning: TC0902: %s has no serial (0), so an older "
		"table could replace it and tlsd --pubkey refuses it; compile "
		"it with --serial N\n",
		shown_text(in->path));
}

void input_warn_trust(const char *path, const struct table *t)
{
	const char *ca = seal_trust_unbound(t);

	if (ca)
		fprintf(stderr,
			"tlsc: warning: %s: it does not say what %s holds, so "
			"its signature does not cover who is trusted; compile "
			"it where that file can be read, or say that it is "
			"live\n",
			shown_text(path), shown_text(ca));
}
