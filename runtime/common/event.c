/*
 * Lines about events (event.h). logline.h formats them; a logsink.h of their
 * own writes them at once, without waiting.
 */
#include "event.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "logline.h"
#include "logsink.h"

#define FACILITY_DAEMON (3 << 3)
#define SYSLOG "/dev/log"

struct dest {
	struct logsink sink;
	char name[256];
};

static struct dest log_dest = {.sink = {.fd = STDERR_FILENO}};
static struct dest audit_dest = {.sink = {.fd = -1}};
static struct ipc_log form;
/* The syslog socket we are connected to; st_ino 0: none. */
static struct stat syslog_at;

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

/* Keys whose values are numbers, here and on the lines of connections: a reader
 * of JSON finds one type for each key (held by tests/manual.t). */
static int is_number(const char *key)
{
	static const char *const numbers[] = {"count", "days", "failures",
		"generation", "ms", "number", "of", "pid", "seconds", "serial",
		"uid", "workers"};
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(key, numbers[i]) == 0)
			return 1;
	return 0;
}

/* Of syslog, which adds the time itself. */
enum prefix { NO_PREFIX, SYSLOG_PREFIX };

static enum prefix log_prefix(void)
{
	return form.syslog ? SYSLOG_PREFIX : NO_PREFIX;
}

static void emit(struct dest *to, enum prefix prefix, enum event_level level,
	const char *event, va_list ap)
{
	uint64_t lost = logsink_untold(&to->sink);
	struct timespec now;
	struct logline l;
	const char *key;

	logline_begin(&l, form.json,
		prefix == SYSLOG_PREFIX ? FACILITY_DAEMON | (int)level : -1);
	clock_gettime(CLOCK_REALTIME, &now);
	if (prefix == NO_PREFIX)
		logline_time(&l, now);
	logline_text(&l, "level", level_word(level));
	logline_text(&l, "event", event);
	while ((key = va_arg(ap, const char *)) != NULL)
		if (is_number(key))
			logline_spelled(&l, key, va_arg(ap, const char *));
		else
			logline_text(&l, key, va_arg(ap, const char *));
	if (lost)
		logline_number(&l, "lost_lines", lost);
	logline_end(&l);
	logsink_put(&to->sink, l.text, l.n, lost);
	logsink_flush(&to->sink);
}

void event_log(enum event_level level, const char *event, ...)
{
	va_list ap;

	va_start(ap, event);
	emit(&log_dest, log_prefix(), level, event, ap);
	va_end(ap);
}

void event_audit(enum event_level level, const char *event, ...)
{
	va_list ap;

	va_start(ap, event);
	if (audit_dest.sink.fd >= 0)
		emit(&audit_dest, NO_PREFIX, level, event, ap);
	else
		emit(&log_dest, log_prefix(), level, event, ap);
	va_end(ap);
}

int event_audit_on_stderr(void)
{
	const struct dest *d =
		audit_dest.sink.fd >= 0 ? &audit_dest : &log_dest;

	return d->sink.fd == STDERR_FILENO;
}

const char *event_number(char buf[24], uint64_t n)
{
	snprintf(buf, 24, "%llu", (unsigned long long)n);
	return buf;
}

/* A link made by another user is not followed: root would write wherever that
 * user wants. */
static int own_link(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode) &&
		(st.st_uid == 0 || st.st_uid == geteuid());
}

static int open_path(const char *path, int create)
{
	int flags = O_WRONLY | create | O_APPEND | O_CLOEXEC | O_NOCTTY |
		O_NONBLOCK;
	int fd = open(path, flags | O_NOFOLLOW, 0640);

	if (fd < 0 && errno == ELOOP && own_link(path))
		fd = open(path, flags, 0640);
	return fd;
}

static int connect_syslog(int fd)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = SYSLOG};

	syslog_at.st_ino = 0;
	if (connect(fd, (void *)&to, sizeof(to)) < 0)
		return -1;
	return stat(SYSLOG, &syslog_at);
}

/* One socket for the whole life of tlsd.  It is connected again when syslog is
 * restarted. */
static int open_syslog(const struct dest *before)
{
	int fd = before->sink.fd;

	if (strcmp(before->name, "syslog") != 0 || fd <= STDERR_FILENO)
		fd = socket(
			AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0)
		connect_syslog(fd);
	return fd;
}

static int open_name(const struct dest *before, const char *name)
{
	if (strcmp(name, "stderr") == 0)
		return STDERR_FILENO;
	if (strcmp(name, "syslog") == 0)
		return open_syslog(before);
	return open_path(name, O_CREAT);
}

static enum logsink_form log_form(void)
{
	return form.syslog ? LOGSINK_DATAGRAMS : LOGSINK_STREAM;
}

/* Opens first, then switches: if opening fails, the old destination stays. */
static int dest_open(struct dest *d, const char *name, enum logsink_form how,
	char *err, size_t n)
{
	int fd = open_name(d, name), old = d->sink.fd;

	if (fd < 0) {
		snprintf(err, n, "log %s: %s", name, strerror(errno));
		return -1;
	}
	logsink_use(&d->sink, fd, how);
	if (old > STDERR_FILENO && old != fd)
		close(old);
	if (name != d->name)
		snprintf(d->name, sizeof(d->name), "%s", name);
	return 0;
}

int event_open(const char *dest, int json, char *err, size_t n)
{
	if (strlen(dest) >= sizeof(log_dest.name)) {
		snprintf(err, n, "the log's path is too long");
		return -1;
	}
	form.json = json != 0;
	form.syslog = strcmp(dest, "syslog") == 0;
	if (dest_open(&log_dest, dest, log_form(), err, n) < 0)
		return -1;
	if (form.syslog && !syslog_at.st_ino)
		fprintf(stderr,
			"tlsd: syslog: " SYSLOG
			": %s; lines are kept until it is running, as many as "
			"the buffer holds\n",
			strerror(errno));
	return 0;
}

/* Does not create the file: a check must not leave a file of root's. */
int event_can_open(const char *dest, char *err, size_t n)
{
	char dir[sizeof(log_dest.name)];
	const char *slash = strrchr(dest, '/');
	int fd, r = 0;

	if (strcmp(dest, "stderr") == 0 || strcmp(dest, "syslog") == 0)
		return 0;
	if (strlen(dest) >= sizeof(log_dest.name)) {
		snprintf(err, n, "the log's path is too long");
		return -1;
	}
	snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - dest) + 1 : 1,
		slash ? dest : ".");
	fd = open_path(dest, 0);
	if (fd >= 0)
		close(fd);
	else if (errno != ENOENT || access(dir, W_OK | X_OK) < 0)
		r = -1;
	if (r < 0)
		snprintf(err, n, "log %s: %s", dest, strerror(errno));
	return r;
}

int event_open_audit(const char *path, char *err, size_t n)
{
	if (strlen(path) >= sizeof(audit_dest.name)) {
		snprintf(err, n, "the audit log's path is too long");
		return -1;
	}
	return dest_open(&audit_dest, path, LOGSINK_STREAM, err, n);
}

void event_use(int fd, struct ipc_log how)
{
	int old = log_dest.sink.fd;

	logsink_use(&log_dest.sink, fd, LOGSINK_STREAM);
	if (old > STDERR_FILENO && old != fd)
		close(old);
	form = how;
}

int event_reopen(char *err, size_t n)
{
	int r = 0;

	if (log_dest.name[0])
		r = dest_open(&log_dest, log_dest.name, log_form(), err, n);
	if (audit_dest.name[0] &&
		dest_open(&audit_dest, audit_dest.name, LOGSINK_STREAM, err,
			n) < 0)
		r = -1;
	return r;
}

/* Is there another socket at that path, or does no process listen on the old
 * one? */
static int syslog_moved(void)
{
	struct sockaddr_un peer;
	socklen_t n = sizeof(peer);
	struct stat st;

	return !syslog_at.st_ino ||
		getpeername(log_dest.sink.fd, (void *)&peer, &n) < 0 ||
		stat(SYSLOG, &st) < 0 || st.st_ino != syslog_at.st_ino ||
		st.st_dev != syslog_at.st_dev ||
		st.st_ctim.tv_sec != syslog_at.st_ctim.tv_sec ||
		st.st_ctim.tv_nsec != syslog_at.st_ctim.tv_nsec;
}

void event_tick(void)
{
	if (form.syslog && strcmp(log_dest.name, "syslog") == 0 &&
		syslog_moved() && connect_syslog(log_dest.sink.fd) == 0)
		event_log(EVENT_NOTICE, "syslog-connected", NULL);
	/* Lines of children do not report what we lost, and there may be no
	 * others. */
	if (logsink_recovered(&log_dest.sink))
		event_log(EVENT_WARNING, "log-lost", NULL);
	logsink_flush(&log_dest.sink);
	logsink_flush(&audit_dest.sink);
}

size_t event_room(void)
{
	logsink_flush(&log_dest.sink);
	return sizeof(log_dest.sink.text) - log_dest.sink.n;
}

void event_relay(const char *line, size_t n)
{
	logsink_put(&log_dest.sink, line, n, 0);
}

void event_flush(void)
{
	logsink_flush(&log_dest.sink);
}

struct ipc_log event_form(void)
{
	return form;
}
