/*
 * tlsd --check, and the warnings about the worst case that every start logs.
 * The table and its files are loaded as at a start; its addresses are bound and
 * released.
 */
#include "check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "bad_certs.h"
#include "beside.h"
#include "cert_life.h"
#include "check_keys.h"
#include "crl_files.h"
#include "files.h"
#include "load.h"
#include "master.h"
#include "runtime/common/capacity.h"
#include "runtime/common/event.h"
#include "runtime/common/generation.h"
#include "runtime/common/privdrop.h"
#include "runtime/seal/trust.h"
#include "runtime/table/table.h"
#include "runtime/worker/worst.h"
#include "segments.h"
#include "sources.h"
#include "state.h"
#include "state_text.h"

#define OWN_DESCRIPTORS 64 /* of a worker, besides connections and listeners */
#define TEXT 240

void check_raise_descriptors(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

static uint64_t physical(void)
{
	long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);

	return pages < 0 || size < 0 ? UINT64_MAX
				     : (uint64_t)pages * (uint64_t)size;
}

#define MIB(n) ((unsigned long long)((n) >> 20))

/* A warning if the worst case needs more than there is; otherwise empty. */
static void worst_text(
	const struct table *t, const struct worst *w, char text[TEXT])
{
	struct rlimit r;

	text[0] = 0;
	if (getrlimit(RLIMIT_NOFILE, &r) < 0)
		return;
	if (w->descriptors > r.rlim_cur)
		snprintf(text, TEXT,
			"the policy's connection limits need up to %llu "
			"descriptors, but only %llu are allowed; raise that "
			"limit (ulimit -n, LimitNOFILE=) or lower the policy's",
			(unsigned long long)w->descriptors,
			(unsigned long long)r.rlim_cur);
	else if (t->listener_count + OWN_DESCRIPTORS > r.rlim_cur)
		snprintf(text, TEXT,
			"only %llu descriptors are allowed, too few for %u "
			"listeners; raise the limit (ulimit -n, LimitNOFILE=)",
			(unsigned long long)r.rlim_cur, t->listener_count);
	else if (w->memory > physical())
		snprintf(text, TEXT,
			"the policy's connection limits allow %llu "
			"connections, which may need %llu MiB, but the machine "
			"has %llu MiB; lower the limits",
			(unsigned long long)w->connections, MIB(w->memory),
			MIB(physical()));
}

void check_descriptors(const struct master *m, const struct table *t)
{
	static char logged[TEXT];
	char text[TEXT];
	struct worst w;

	worst_case(t, &w);
	worst_text(t, &w, text);
	if (text[0] && strcmp(text, logged) != 0)
		event_log(EVENT_WARNING, "descriptors", "id", "TC0702",
			"reason", text, NULL);
	memcpy(logged, text, sizeof(logged));
}

static void print_worst(const struct table *t, unsigned workers)
{
	struct capacity most;
	struct worst w;

	capacity_measure(&most, workers);
	worst_case(t, &w);
	if (w.unlimited)
		printf("worst case: limits '%s' have no 'connections'; each of "
		       "%u workers takes at most %u\n",
			w.unlimited, workers, most.connections);
	else
		printf("worst case: %llu connections, %llu descriptors in a "
		       "worker, %llu MiB\n",
			(unsigned long long)w.connections,
			(unsigned long long)w.descriptors, MIB(w.memory));
}

int check_status(const struct refusal *why)
{
	return strncmp(why->id, "TC09", 4) == 0 ? 3 : 1;
}

int check_print(const struct refusal *why)
{
	fprintf(stderr, "tlsd: %s%s%s\n", why->id, why->id[0] ? ": " : "",
		why->text);
	return check_status(why);
}

static void warn_of_crls(const struct loaded *l)
{
	int64_t now = (int64_t)time(NULL);
	char date[32];
	size_t n, i;
	struct crl_end *e = crl_files_ends(l, &n);

	for (i = 0; e && i < n; i++)
		if (e[i].until < now)
			fprintf(stderr,
				"tlsd: warning: TC0418: %s: the CRL of "
				"%s expired at %s; client certificates of this "
				"issuer are refused until it is renewed\n",
				e[i].path, e[i].issuer,
				crl_files_date(e[i].until, date));
	free(e);
}

/* As a start would. */
static struct loaded *load(const struct options *o, struct refusal *why)
{
	static struct master m;
	struct loaded *l;

	m.options = o;
	if (state_start(&m, STATE_LOOK, why) < 0)
		return NULL;
	l = load_read(o->policy, "check", o, why);
	if (l &&
		(state_serial_fits(&m, l, why) < 0 ||
			files_load(l, &(struct files_from){.options = o}, why) <
				0 ||
			state_crls_fit(&m, l, why) < 0))
		load_free(&l);
	state_free(&m.state);
	return l;
}

/* The socket itself is beside_ask's. */
static int check_control(const char *path, struct refusal *why)
{
	struct sockaddr_un un;
	char dir[sizeof(un.sun_path)];
	const char *slash = strrchr(path, '/');

	if (strlen(path) >= sizeof(dir)) {
		refuse(why, "", "control socket %s: the path is too long",
			path);
		return -1;
	}
	snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - path) + 1 : 1,
		slash ? path : ".");
	if (access(dir, W_OK | X_OK) == 0)
		return 0;
	refuse(why, "", "control socket %s: %s", path,
		errno == ENOENT ? "its directory does not exist"
				: strerror(errno));
	return -1;
}

/* Every finding is reported, not only the first. */
static int told(int r, const struct refusal *why)
{
	return r < 0 ? check_print(why) : 0;
}

static int check_log(const char *dest)
{
	struct refusal why = {.id = ""};
	char err[256];

	if (!dest || event_can_open(dest, err, sizeof(err)) == 0)
		return 0;
	refuse(&why, "", "%s", err);
	return check_print(&why);
}

static int check_user(const struct options *o)
{
	struct privdrop_id id[PRIVDROP_ROLES];
	struct refusal why = {.id = ""};
	char err[256];

	if (geteuid() != 0 ||
		privdrop_users(o->user, id, err, sizeof(err)) == 0)
		return 0;
	refuse(&why, "", "%s", err);
	return check_print(&why);
}

static int check_metrics(const struct options *o, const struct beside *b)
{
	struct refusal why = {.id = ""};
	int fd;

	if (!o->metrics || strcmp(o->metrics, b->metrics) == 0)
		return 0;
	fd = listen_metrics(o->metrics, &why);
	if (fd < 0)
		return check_print(&why);
	close(fd);
	return 0;
}

static int check_listeners(
	const struct options *o, const struct table *t, const struct beside *b)
{
	struct refusal why = {.id = ""};
	struct listeners fresh;
	int r = listen_open(&b->listeners, t, o->workers, &fresh, &why);

	listen_close(&fresh);
	return told(r, &why);
}

/* Everything else that a start needs. */
static int check_rest(const struct options *o, const struct table *t)
{
	struct refusal why = {.id = ""};
	struct beside b;
	int status = told(beside_ask(&b, o->control, &why), &why);

	if (b.pid)
		fprintf(stderr,
			"tlsd: note: tlsd pid %ld is running with this control "
			"socket: the addresses that it has are not tried\n",
			b.pid);
	status |= check_listeners(o, t, &b);
	status |= check_user(o);
	status |= check_log(o->log);
	status |= check_log(o->audit);
	if (o->control)
		status |= told(check_control(o->control, &why), &why);
	status |= check_metrics(o, &b);
	beside_done(&b);
	return status;
}

static void warn(const struct options *o, const struct loaded *l)
{
	const struct table *t = &l->view->table;
	char text[TEXT];
	struct worst w;

	worst_case(t, &w);
	worst_text(t, &w, text);
	if (text[0])
		fprintf(stderr, "tlsd: warning: TC0702: %s\n", text);
	cert_life_warn(l);
	check_keys_warn(t, o->base);
	warn_of_crls(l);
	if (o->signed_only && seal_trust_unbound(t))
		fprintf(stderr,
			"tlsd: warning: the table does not say what %s holds, "
			"so its signature does not cover who is trusted\n",
			seal_trust_unbound(t));
	sources_warn(t);
	segments_check(t);
}

int check_run(const struct options *o)
{
	struct refusal why = {.id = ""};
	struct loaded *l = load(o, &why);
	const struct table *t;
	int status;

	if (!l)
		return check_print(&why);
	t = &l->view->table;
	warn(o, l);
	status = bad_certs_print(l) | check_rest(o, t);
	if (status == 0) {
		printf("%s: good, root %s, listeners: %u\n", o->policy, l->root,
			t->listener_count);
		print_worst(t, o->workers);
	}
	load_free(&l);
	return status;
}
