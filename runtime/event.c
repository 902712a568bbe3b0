/*
 * Event lines (event.h).  A line is built on the stack and written with one
 * write, so that lines of several processes do not mix; a line that cannot be
 * written (a full disk) is lost, never waited for.
 */
#include "event.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_ 2048
#define FACILITY_DAEMON (3 << 3)

struct sink {
	int fd;
	char dest[256];
};

static struct sink sink_log = {.fd = STDERR_FILENO};
static struct sink sink_audit = {.fd = -1};
static struct ipc_log form;

struct line {
	size_t n;
	int full; /* something did not fit */
	char text[LINE_MAX_];
};

static void put_char(struct line *l, char c)
{
	if (l->n < sizeof(l->text) - 2) /* room for "}" and the newline */
		l->text[l->n++] = c;
	else
		l->full = 1;
}

static void put(struct line *l, const char *s)
{
	while (*s)
		put_char(l, *s++);
}

static int is_plain(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || *s == '"' || *s == '=' ||
			*s == '\\' || (unsigned char)*s >= 0x7f)
			return 0;
	return 1;
}

/* JSON's escapes, which logfmt readers understand too. */
static void put_quoted(struct line *l, const char *s)
{
	static const char hex[] = "0123456789abcdef";

	put_char(l, '"');
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\') {
			put_char(l, '\\');
			put_char(l, (char)c);
		} else if (c < ' ' || c == 0x7f) {
			put(l, "\\u00");
			put_char(l, hex[c >> 4]);
			put_char(l, hex[c & 15]);
		} else {
			put_char(l, (char)c);
		}
	}
	put_char(l, '"');
}

static void put_json(struct line *l, const char *key, const char *value)
{
	if (l->text[l->n - 1] != '{')
		put_char(l, ',');
	put_quoted(l, key);
	put_char(l, ':');
	put_quoted(l, value);
}

static void put_logfmt(struct line *l, const char *key, const char *value)
{
	if (l->n > 0 && l->text[l->n - 1] != ' ')
		put_char(l, ' ');
	put(l, key);
	put_char(l, '=');
	if (is_plain(value))
		put(l, value);
	else
		put_quoted(l, value);
}

/* A pair that does not fit is left out whole: half of one would be no JSON. */
static void put_pair(struct line *l, const char *key, const char *value)
{
	size_t before = l->n;

	if (!value || !*value)
		return;
	l->full = 0;
	if (form.json)
		put_json(l, key, value);
	else
		put_logfmt(l, key, value);
	if (l->full)
		l->n = before;
}

static const char *level_word(enum event_level level)
{
	switch (level) {
	case EVENT_ERROR:
		return "error";
	case EVENT_WARNING:
		return "warning";
	case EVENT_NOTICE:
		return "notice";
	case EVENT_INFO:
		break;
	}
	return "info";
}

static void put_time(struct line *l)
{
	struct timespec now;
	struct tm tm;
	char buf[40];
	size_t n;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	n = strftime(buf, sizeof(buf), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf + n, sizeof(buf) - n, ".%03ldZ", now.tv_nsec / 1000000);
	put_pair(l, "time", buf);
}

static void emit(const struct sink *s, int syslog, enum event_level level,
	const char *event, va_list ap)
{
	struct pollfd ready = {.fd = s->fd, .events = POLLOUT};
	struct line l = {.n = 0};
	char prefix[48];
	const char *key;
	ssize_t r;

	if (syslog) {
		snprintf(prefix, sizeof(prefix), "<%d>tlsd[%d]: ",
			FACILITY_DAEMON | (int)level, (int)getpid());
		put(&l, prefix);
	}
	if (form.json)
		put_char(&l, '{');
	if (!syslog)
		put_time(&l);
	put_pair(&l, "level", level_word(level));
	put_pair(&l, "event", event);
	while ((key = va_arg(ap, const char *)) != NULL)
		put_pair(&l, key, va_arg(ap, const char *));
	if (form.json)
		l.text[l.n++] = '}';
	if (!syslog)
		l.text[l.n++] = '\n';
	/* Standard error may be a pipe that blocks, and its reader may hang. */
	if (poll(&ready, 1, 0) != 1 || !(ready.revents & POLLOUT))
		return;
	do
		r = write(s->fd, l.text, l.n);
	while (r < 0 && errno == EINTR);
}

void event_log(enum event_level level, const char *event, ...)
{
	va_list ap;

	va_start(ap, event);
	emit(&sink_log, form.syslog, level, event, ap);
	va_end(ap);
}

void event_audit(enum event_level level, const char *event, ...)
{
	va_list ap;

	va_start(ap, event);
	if (sink_audit.fd >= 0)
		emit(&sink_audit, 0, level, event, ap);
	else
		emit(&sink_log, form.syslog, level, event, ap);
	va_end(ap);
}

const char *event_number(char buf[24], uint64_t n)
{
	snprintf(buf, 24, "%llu", (unsigned long long)n);
	return buf;
}

static int open_file(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY |
			O_NONBLOCK, 0640);
}

static int open_syslog(void)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX,
		.sun_path = "/dev/log"};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0 && connect(fd, (void *)&to, sizeof(to)) < 0) {
		int e = errno;

		close(fd);
		errno = e;
		return -1;
	}
	return fd;
}

static int open_dest(const char *dest)
{
	if (strcmp(dest, "stderr") == 0)
		return STDERR_FILENO;
	if (strcmp(dest, "syslog") == 0)
		return open_syslog();
	return open_file(dest);
}

/* Opens first and swaps then: when it fails, the old place stays in use. */
static int sink_open(struct sink *s, const char *dest, char *err, size_t n)
{
	int fd = open_dest(dest);

	if (fd < 0) {
		snprintf(err, n, "log %s: %s", dest, strerror(errno));
		return -1;
	}
	if (s->fd > STDERR_FILENO)
		close(s->fd);
	s->fd = fd;
	if (dest != s->dest)
		snprintf(s->dest, sizeof(s->dest), "%s", dest);
	return 0;
}

int event_open(const char *dest, int json, char *err, size_t n)
{
	if (strlen(dest) >= sizeof(sink_log.dest)) {
		snprintf(err, n, "the log's path is too long");
		return -1;
	}
	form.json = json != 0;
	form.syslog = strcmp(dest, "syslog") == 0;
	return sink_open(&sink_log, dest, err, n);
}

int event_open_audit(const char *path, char *err, size_t n)
{
	if (strlen(path) >= sizeof(sink_audit.dest)) {
		snprintf(err, n, "the audit log's path is too long");
		return -1;
	}
	return sink_open(&sink_audit, path, err, n);
}

void event_use(int fd, struct ipc_log how)
{
	if (sink_log.fd > STDERR_FILENO && sink_log.fd != fd)
		close(sink_log.fd);
	sink_log.fd = fd;
	form = how;
}

int event_reopen(char *err, size_t n)
{
	int r = 0;

	if (sink_log.dest[0])
		r = sink_open(&sink_log, sink_log.dest, err, n);
	if (sink_audit.dest[0] &&
		sink_open(&sink_audit, sink_audit.dest, err, n) < 0)
		r = -1;
	return r;
}

int event_fd(void)
{
	return sink_log.fd;
}

struct ipc_log event_form(void)
{
	return form;
}
