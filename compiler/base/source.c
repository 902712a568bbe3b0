/*
 * Source files: read whole into the arena, numbered from 1, found again by
 * device and inode.  Everything that prints a place asks here.
 */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "arena.h"

/* Offsets are 32 bits.  A file that is not regular has no size to check first:
 * a smaller bound keeps an endless one from using up memory. */
#define FILE_MAX ((size_t)UINT32_MAX - 16)
#define STREAM_MAX ((size_t)256 << 20)

struct source_slot {
	struct source source;
	dev_t dev;
	ino_t ino;
	int on_disk;
};

struct sources {
	struct arena *arena;
	struct source_slot **slots;
	size_t n, cap;
};

struct sources *source_new(struct arena *a)
{
	struct sources *s = arena_alloc(a, sizeof(*s));

	s->arena = a;
	return s;
}

const char *source_directory(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return ".";
	if (slash == path)
		return "/";
	return arena_strndup(a, path, (size_t)(slash - path));
}

static uint32_t slot_add(struct sources *s, const char *open_path,
	const char *shown, const char *text, size_t len)
{
	struct source_slot *slot = arena_alloc(s->arena, sizeof(*slot));
	struct source *src = &slot->source;

	src->open_path = arena_strndup(s->arena, open_path, strlen(open_path));
	src->path = arena_strndup(s->arena, shown, strlen(shown));
	src->dir = source_directory(s->arena, src->open_path);
	src->text = text;
	src->len = len;
	gnutls_hash_fast(GNUTLS_DIG_SHA256, text, len, src->sha256);
	arena_grow(s->arena, &s->slots, s->n, &s->cap, sizeof(*s->slots));
	s->slots[s->n++] = slot;
	return (uint32_t)s->n;
}

static uint32_t fail(struct sources *s, const char **err, const char *what)
{
	*err = arena_strndup(s->arena, what, strlen(what));
	return 0;
}

/* A regular file: its size is known, one buffer does.  A file that shrinks
 * while it is read ends early; one that grows is cut. */
static char *read_regular(struct sources *s, int fd, size_t *len)
{
	char *text = arena_alloc(s->arena, *len + 2);
	size_t got = 0;

	while (got < *len) {
		ssize_t n = read(fd, text + got, *len - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return NULL;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	*len = got;
	return text;
}

static char *read_stream(struct sources *s, int fd, size_t *len)
{
	size_t room = 0, got = 0;
	char *text = NULL;

	for (;;) {
		ssize_t n;

		if (got + 2 >= room) {
			size_t more = room ? room * 2 : 65536;
			char *fresh = arena_alloc(s->arena, more);

			if (got)
				memcpy(fresh, text, got);
			text = fresh;
			room = more;
		}
		n = read(fd, text + got, room - 2 - got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return NULL;
		if (n == 0)
			break;
		got += (size_t)n;
		if (got > STREAM_MAX) {
			errno = EFBIG;
			return NULL;
		}
	}
	text[got] = text[got + 1] = '\0';
	*len = got;
	return text;
}

static uint32_t seen_before(const struct sources *s, const struct stat *st)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->slots[i]->on_disk && s->slots[i]->dev == st->st_dev &&
			s->slots[i]->ino == st->st_ino)
			return (uint32_t)i + 1;
	return 0;
}

static uint32_t read_fd(struct sources *s, int fd, const char *open_path,
	const char *shown, int *again, const char **err)
{
	struct stat st;
	size_t len;
	uint32_t file;
	char *text;

	if (fstat(fd, &st) < 0)
		return fail(s, err, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return fail(s, err, strerror(EISDIR));
	file = S_ISREG(st.st_mode) ? seen_before(s, &st) : 0;
	if (file) {
		*again = 1;
		return file;
	}
	if (S_ISREG(st.st_mode) && (size_t)st.st_size > FILE_MAX)
		return fail(s, err, strerror(EFBIG));
	len = (size_t)st.st_size;
	/* Files in /proc are regular and say that they are empty. */
	text = S_ISREG(st.st_mode) && len ? read_regular(s, fd, &len)
					  : read_stream(s, fd, &len);
	if (!text)
		return fail(s, err, strerror(errno));
	if (S_ISFIFO(st.st_mode) && fd != STDIN_FILENO && len == 0)
		return fail(s, err, "a FIFO that nobody writes to");
	file = slot_add(s, open_path, shown, text, len);
	if (S_ISREG(st.st_mode)) {
		s->slots[file - 1]->on_disk = 1;
		s->slots[file - 1]->dev = st.st_dev;
		s->slots[file - 1]->ino = st.st_ino;
	}
	return file;
}

uint32_t source_read(struct sources *s, const char *open_path,
	const char *shown, int *again, const char **err)
{
	uint32_t file;
	int fd, is_stdin = strcmp(open_path, "-") == 0;

	*again = 0;
	/* O_NONBLOCK: opening a fifo without a writer must not hang. */
	fd = is_stdin ? STDIN_FILENO
		      : open(open_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return fail(s, err, strerror(errno));
	/* One that has a writer is waited for. */
	if (!is_stdin)
		fcntl(fd, F_SETFL, 0);
	file = read_fd(s, fd, open_path, shown, again, err);
	if (!is_stdin)
		close(fd);
	return file;
}

uint32_t source_add(
	struct sources *s, const char *shown, const char *text, size_t len)
{
	char *copy = arena_alloc(s->arena, len + 2);

	if (len)
		memcpy(copy, text, len);
	return slot_add(s, shown, shown, copy, len);
}

const struct source *source_get(const struct sources *s, uint32_t file)
{
	return file && file <= s->n ? &s->slots[file - 1]->source : NULL;
}

void source_mark_list(struct sources *s, uint32_t file, int closed)
{
	struct source *src;

	if (!source_get(s, file))
		return;
	src = &s->slots[file - 1]->source;
	src->is_list = 1;
	src->is_closed = closed;
}

uint32_t source_count(const struct sources *s)
{
	return (uint32_t)s->n;
}

static void index_lines(struct sources *s, struct source *src)
{
	const char *at = src->text, *end = src->text + src->len;
	uint32_t count = 1, i = 1;

	if (src->lines)
		return;
	while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		count++;
		at++;
	}
	src->lines = arena_alloc(s->arena, (size_t)count * sizeof(uint32_t));
	src->line_count = count;
	at = src->text;
	while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL)
		src->lines[i++] = (uint32_t)(++at - src->text);
}

void source_locate(struct sources *s, uint32_t file, uint32_t off,
	uint32_t *line, uint32_t *column)
{
	struct source *src;
	uint32_t low = 0, high;

	*line = *column = 0;
	if (!source_get(s, file))
		return;
	src = &s->slots[file - 1]->source;
	index_lines(s, src);
	/* The last line that begins at or before off. */
	high = src->line_count;
	while (high - low > 1) {
		uint32_t mid = low + (high - low) / 2;

		if (src->lines[mid] <= off)
			low = mid;
		else
			high = mid;
	}
	*line = low + 1;
	*column = off - src->lines[low] + 1;
}

const char *source_line(
	struct sources *s, uint32_t file, uint32_t line, size_t *len)
{
	struct source *src;
	size_t begin, end;

	*len = 0;
	if (!source_get(s, file))
		return "";
	src = &s->slots[file - 1]->source;
	index_lines(s, src);
	if (!line || line > src->line_count)
		return "";
	begin = src->lines[line - 1];
	end = line < src->line_count ? src->lines[line] - 1 : src->len;
	if (end > begin && src->text[end - 1] == '\r')
		end--;
	*len = end - begin;
	return src->text + begin;
}
