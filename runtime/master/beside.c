/*
 * --check while a tlsd runs (beside.h).  The tlsd at the control socket is
 * asked where it listens.  Those addresses are not tried, because that tlsd
 * would be the one to load the table.
 */
#include "beside.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "listen.h"
#include "refuse.h"
#include "runtime/common/address.h"
#include "runtime/common/ipc.h"
#include "runtime/table/table.h"

#define PATIENCE 5 /* seconds: that tlsd may be busy */
#define ANSWER_MAX (4u << 20)

static int connect_to(const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	struct timeval most = {.tv_sec = PATIENCE};
	int fd;

	if (strlen(path) >= sizeof(to.sun_path))
		return -1;
	strcpy(to.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most));
	if (connect(fd, (void *)&to, sizeof(to)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* The answer's line; NULL if there is none in time. */
static json_t *read_answer(int fd)
{
	char *text = malloc(ANSWER_MAX);
	size_t n = 0;
	ssize_t r = 1;
	json_t *o = NULL;

	while (text && n < ANSWER_MAX && (n == 0 || text[n - 1] != '\n')) {
		r = read(fd, text + n, ANSWER_MAX - n);
		if (r <= 0)
			break;
		n += (size_t)r;
	}
	if (text && r > 0)
		o = json_loadb(text, n, 0, NULL);
	free(text);
	return o;
}

static void add(struct listeners *l, const char *text)
{
	struct ipc_listener a;

	if (text && strncmp(text, "unix:", 5) == 0) {
		memset(&a, 0, sizeof(a));
		a.family = TBL_UNIX;
		snprintf(a.path, sizeof(a.path), "%s", text + 5);
	} else if (!text || address_parse(text, &a) < 0) {
		return;
	}
	l->v = realloc(l->v, (l->count + 1) * sizeof(*l->v));
	if (!l->v)
		abort();
	l->v[l->count++] = (struct listen_sockets){.addr = a};
}

static void take(struct beside *b, const json_t *answer)
{
	const char *metrics;
	const json_t *one;
	size_t i;

	b->pid = (long)json_integer_value(json_object_get(answer, "pid"));
	metrics = json_string_value(json_object_get(answer, "metrics"));
	snprintf(b->metrics, sizeof(b->metrics), "%s", metrics ? metrics : "");
	json_array_foreach(json_object_get(answer, "listeners"), i, one)
		add(&b->listeners, json_string_value(one));
}

int beside_ask(struct beside *b, const char *control, struct refusal *why)
{
	static const char question[] = "status\n";
	int fd = control ? connect_to(control) : -1;
	json_t *o = NULL;

	memset(b, 0, sizeof(*b));
	if (fd < 0)
		return 0; /* no process listens there */
	if (send(fd, question, strlen(question), MSG_NOSIGNAL) > 0)
		o = read_answer(fd);
	close(fd);
	if (o && json_is_true(json_object_get(o, "ok")))
		take(b, o);
	json_decref(o);
	if (b->pid > 0)
		return 0;
	refuse(why, "",
		"control socket %s: in use by another process, which is not a "
		"tlsd of this user",
		control);
	return -1;
}

void beside_done(struct beside *b)
{
	free(b->listeners.v);
	memset(b, 0, sizeof(*b));
}
