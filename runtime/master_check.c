/*
 * tlsd --check, and what is said at every start about descriptors: the table
 * and its files are loaded as at a start, its addresses bound and let go.
 */
#include "master.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "event.h"

#define OWN_DESCRIPTORS 64 /* of a worker, beside connections and listeners */
#define PER_CONNECTION 4   /* two sockets, two ends of a pipe in use */

void check_raise_descriptors(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

/* The most descriptors one worker can need: connection limits are global, and
 * one worker may come to hold all of them.  0: unlimited by the policy. */
static uint64_t worst_case(const struct table *t)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < t->frontend_count; i++) {
		uint32_t conns = t->limit[t->frontend[i].limit].conns;

		if (conns == 0)
			return 0;
		sum += conns;
	}
	return sum * PER_CONNECTION + t->listener_count + OWN_DESCRIPTORS;
}

/* Text when there are too few, else empty. */
static void descriptors_text(const struct table *t, char text[200])
{
	uint64_t need = worst_case(t);
	struct rlimit r;

	text[0] = 0;
	if (getrlimit(RLIMIT_NOFILE, &r) < 0 || r.rlim_cur == RLIM_INFINITY)
		return;
	if (need > r.rlim_cur)
		snprintf(text, 200, "the policy's connection limits need up to "
			"%llu descriptors, %llu are allowed; raise the limit "
			"(ulimit -n, LimitNOFILE=) or lower the limits",
			(unsigned long long)need,
			(unsigned long long)r.rlim_cur);
	else if (t->listener_count + OWN_DESCRIPTORS > r.rlim_cur)
		snprintf(text, 200, "%llu descriptors are allowed, too few for "
			"%u listeners; raise the limit (ulimit -n, "
			"LimitNOFILE=)", (unsigned long long)r.rlim_cur,
			t->listener_count);
}

void check_descriptors(const struct master *m, const struct table *t)
{
	static char said[200];
	char text[200];

	descriptors_text(t, text);
	if (text[0] && strcmp(text, said) != 0)
		event_log(EVENT_WARNING, "descriptors", "id", "TC0702",
			"reason", text, NULL);
	memcpy(said, text, sizeof(said));
}

int check_say(const struct refusal *why)
{
	fprintf(stderr, "tlsd: %s%s%s\n", why->id, why->id[0] ? ": " : "",
		why->text);
	return strncmp(why->id, "TC09", 4) == 0 ? 3 : 1;
}

int check_run(const struct options *o)
{
	struct listeners none = {0}, fresh;
	struct refusal why = {.id = ""};
	struct loaded *l = load_read(o->policy, "check", o, &why);
	char text[200];
	int status = 0;

	if (!l || load_files(l, o, NULL, &why) < 0) {
		load_free(&l);
		return check_say(&why);
	}
	descriptors_text(&l->view->table, text);
	if (text[0])
		fprintf(stderr, "tlsd: warning: TC0702: %s\n", text);
	if (listen_open(&none, &l->view->table, o->workers, &fresh, &why) < 0)
		status = check_say(&why);
	else
		printf("%s: good, root %s, %u listeners\n", o->policy, l->root,
			fresh.count);
	listen_close(&fresh);
	load_free(&l);
	return status;
}
