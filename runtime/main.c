/*
 * tlsd: its arguments, and which process this one is.  The master starts its
 * children by executing this program again with CHILD_SWITCH, so that each
 * begins with clean memory.
 */
#include "runtime/common/child.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "runtime/common/address.h"
#include "runtime/common/event.h"
#include "runtime/common/ipc.h"
#include "runtime/common/privdrop.h"
#include "runtime/common/privdrop_filter.h"
#include "runtime/common/privdrop_landlock.h"
#include "runtime/keys/keys.h"
#include "runtime/master/check.h"
#include "runtime/master/master.h"
#include "runtime/monitor/monitor.h"
#include "runtime/seal/signature.h"
#include "runtime/tls/aead.h"
#include "runtime/tls/x25519.h"
#include "runtime/worker/worker.h"

#define EXIT_USAGE 2

static const char usage_text[] =
	"usage: tlsd [options] policy.bin\n"
	"Routes TLS connections as the compiled policy says.  Stays in the "
	"foreground.\n"
	"\n"
	"  --workers N        number of worker processes (default: one per "
	"CPU)\n"
	"  --control PATH     Unix socket for tlsctl\n"
	"  --log DEST         stderr (default), syslog, or a file\n"
	"  --log-format F     logfmt (default) or json\n"
	"  --audit FILE       log loads, rollbacks and refusals to FILE\n"
	"                     (default: to the log)\n"
	"  --check            check everything that a start needs, then exit\n"
	"  --base DIR         resolve relative paths in the policy from DIR\n"
	"                     (default: the directory of policy.bin)\n"
	"  --drain SECONDS    how long connections may continue after SIGTERM\n"
	"                     (default: the longest drain limit of the "
	"policy)\n"
	"  --keep N           number of tables kept loaded for rollback "
	"(default 4)\n"
	"  --tickets FILE     secret of session tickets, shared between "
	"machines\n"
	"  --tickets-life S   seconds until a new secret is made (default: a "
	"day)\n"
	"  --user NAME        user to run as when started as root\n"
	"                     (default: tlsd, or nobody)\n"
	"  --pubkey FILE      load only tables signed with this key\n"
	"  --state DIR        keep in DIR what must survive a restart: the "
	"highest\n"
	"                     serial of signed tables and how new the CRLs "
	"were\n"
	"  --no-kept-chains   do not keep good certificate chains in DIR\n"
	"  --strict           one bad certificate refuses the whole table, or "
	"the\n"
	"                     whole renewal\n"
	"  --metrics ADDR     ADDRESS:PORT at which Prometheus gets the "
	"metrics\n"
	"  --keys WHERE       private keys in a process of their own "
	"(process,\n"
	"                     default) or in every worker (worker)\n"
	"  --dns SERVERS      ADDRESS[:PORT],... instead of those in "
	"resolv.conf\n"
	"  --no-splice        relay by copying only\n"
	"  --gnutls-records   use GnuTLS's record layer instead of tlsd's own\n"
	"  --help, --version  print this, or the version\n"
	"\n"
	"Signals: HUP loads the policy again, USR1 reopens the logs, USR2 "
	"starts the\n"
	"program again and hands over to it, TERM drains and exits, a second "
	"TERM\n"
	"exits at once.  See tlsd(8), tlsctl(8).\n";

enum {
	OPT_WORKERS = 256,
	OPT_CONTROL,
	OPT_LOG,
	OPT_LOG_FORMAT,
	OPT_AUDIT,
	OPT_CHECK,
	OPT_BASE,
	OPT_DRAIN,
	OPT_KEEP,
	OPT_USER,
	OPT_TICKETS,
	OPT_TICKETS_LIFE,
	OPT_DNS,
	OPT_KEYS,
	OPT_METRICS,
	OPT_PUBKEY,
	OPT_STATE,
	OPT_NO_KEPT_CHAINS,
	OPT_STRICT,
	OPT_NO_SPLICE,
	OPT_GNUTLS_RECORDS,
	OPT_HELP,
	OPT_VERSION
};

static const struct option long_options[] = {
	{"workers", required_argument, NULL, OPT_WORKERS},
	{"control", required_argument, NULL, OPT_CONTROL},
	{"log", required_argument, NULL, OPT_LOG},
	{"log-format", required_argument, NULL, OPT_LOG_FORMAT},
	{"audit", required_argument, NULL, OPT_AUDIT},
	{"check", no_argument, NULL, OPT_CHECK},
	{"base", required_argument, NULL, OPT_BASE},
	{"drain", required_argument, NULL, OPT_DRAIN},
	{"keep", required_argument, NULL, OPT_KEEP},
	{"tickets", required_argument, NULL, OPT_TICKETS},
	{"tickets-life", required_argument, NULL, OPT_TICKETS_LIFE},
	{"user", required_argument, NULL, OPT_USER},
	{"pubkey", required_argument, NULL, OPT_PUBKEY},
	{"state", required_argument, NULL, OPT_STATE},
	{"no-kept-chains", no_argument, NULL, OPT_NO_KEPT_CHAINS},
	{"strict", no_argument, NULL, OPT_STRICT},
	{"metrics", required_argument, NULL, OPT_METRICS},
	{"keys", required_argument, NULL, OPT_KEYS},
	{"dns", required_argument, NULL, OPT_DNS},
	{"no-splice", no_argument, NULL, OPT_NO_SPLICE},
	{"gnutls-records", no_argument, NULL, OPT_GNUTLS_RECORDS},
	{"help", no_argument, NULL, OPT_HELP},
	{"version", no_argument, NULL, OPT_VERSION},
	{NULL, 0, NULL, 0},
};

/* The libraries depend on the build and on the processor. */
static void show_version(void)
{
	printf("tlsd %s\n"
	       "AES-GCM by %s, ChaCha20-Poly1305 by %s, X25519 by %s\n",
		TLSD_VERSION, aead_name(GNUTLS_CIPHER_AES_128_GCM),
		aead_name(GNUTLS_CIPHER_CHACHA20_POLY1305), x25519_name());
}

static void usage_error(const char *what, const char *value)
{
	fprintf(stderr, "tlsd: %s%s%s\n", what, value ? ": " : "",
		value ? value : "");
	fprintf(stderr, "tlsd: try 'tlsd --help'\n");
	exit(EXIT_USAGE);
}

static unsigned long number(const char *text, unsigned long low,
	unsigned long high, const char *name)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || n < low || n > high)
		usage_error(name, text);
	return n;
}

static double seconds(const char *text, double most, const char *name)
{
	char *end;
	double d = strtod(text, &end);

	if (end == text || *end || !(d >= 0 && d <= most))
		usage_error(name, text);
	return d;
}

/* 1 if text is the second of two words, 0 if it is the first. */
static int second_of(const char *text, const char *first, const char *second,
	const char *name)
{
	if (strcmp(text, second) == 0)
		return 1;
	if (strcmp(text, first) != 0)
		usage_error(name, text);
	return 0;
}

static unsigned cpus(void)
{
	cpu_set_t set;
	int n = 1;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = CPU_COUNT(&set);
	return n < 1 ? 1 : n > WORKERS_MAX ? WORKERS_MAX : (unsigned)n;
}

static void read_pubkey(struct options *o, const char *path)
{
	char err[300] = "";

	if (signature_read_key(path, &o->pubkey, err, sizeof(err)) < 0) {
		fprintf(stderr, "tlsd: --pubkey: %s\n", err);
		exit(1);
	}
	o->signed_only = 1;
}

static double tickets_life(const char *text)
{
	double s = seconds(
		text, 31536000, "--tickets-life needs seconds, 0 to 31536000");

	/* Every worker is told of each change. */
	if (s > 0 && s < 0.1)
		usage_error("--tickets-life needs 0, or at least 0.1", text);
	return s;
}

/* The monitor reads it from its environment. */
static void use_dns(const char *text)
{
	if (address_list(text) < 0)
		usage_error("--dns needs ADDRESS[:PORT],...", text);
	if (setenv(CHILD_DNS, text, 1) < 0)
		abort();
}

/* Where to store an option's text unchanged; NULL for other options. */
static const char **text_of(struct options *o, int c)
{
	switch (c) {
	case OPT_CONTROL:
		return &o->control;
	case OPT_LOG:
		return &o->log;
	case OPT_AUDIT:
		return &o->audit;
	case OPT_BASE:
		return &o->base;
	case OPT_TICKETS:
		return &o->tickets;
	case OPT_USER:
		return &o->user;
	case OPT_STATE:
		return &o->state;
	case OPT_METRICS:
		return &o->metrics;
	default:
		return NULL;
	}
}

/* What an option without an argument sets; NULL for others. */
static int *flag_of(struct options *o, int c)
{
	switch (c) {
	case OPT_CHECK:
		return &o->check;
	case OPT_NO_KEPT_CHAINS:
		return &o->forget;
	case OPT_STRICT:
		return &o->strict;
	case OPT_NO_SPLICE:
		return &o->no_splice;
	case OPT_GNUTLS_RECORDS:
		return &o->gnutls_records;
	default:
		return NULL;
	}
}

static void set_option(struct options *o, int c)
{
	const char **text = text_of(o, c);
	int *flag = flag_of(o, c);

	if (text)
		*text = optarg;
	if (flag)
		*flag = 1;
	if (text || flag)
		return;
	switch (c) {
	case OPT_WORKERS:
		o->workers = (unsigned)number(optarg, 1, WORKERS_MAX,
			"--workers needs a number, 1 to 256");
		break;
	case OPT_LOG_FORMAT:
		o->log_json = second_of(optarg, "logfmt", "json",
			"--log-format needs logfmt or json");
		break;
	case OPT_DRAIN:
		o->drain = seconds(
			optarg, 86400, "--drain needs seconds, 0 to 86400");
		break;
	case OPT_KEEP:
		o->keep = (unsigned)number(
			optarg, 1, 16, "--keep needs a number, 1 to 16");
		break;
	case OPT_TICKETS_LIFE:
		o->tickets_life = tickets_life(optarg);
		break;
	case OPT_PUBKEY:
		read_pubkey(o, optarg);
		break;
	case OPT_KEYS:
		o->keys_process = second_of(optarg, "worker", "process",
			"--keys needs worker or process");
		break;
	case OPT_DNS:
		use_dns(optarg);
		break;
	case OPT_HELP:
		fputs(usage_text, stdout);
		exit(0);
	case OPT_VERSION:
		show_version();
		exit(0);
	default:
		fprintf(stderr, "tlsd: try 'tlsd --help'\n");
		exit(EXIT_USAGE);
	}
}

/* The directory of the policy. */
static const char *dir_of(const char *path)
{
	static char dir[256];
	const char *slash = strrchr(path, '/');

	if (!slash)
		return ".";
	if (slash == path)
		return "/";
	snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path), path);
	return dir;
}

static void parse(struct options *o, int argc, char **argv)
{
	int c;

	*o = (struct options){.log = "stderr",
		.drain = -1,
		.keep = 4,
		.tickets_life = 86400,
		.keys_process = 1,
		.workers = cpus()};
	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		set_option(o, c);
	if (optind + 1 != argc)
		usage_error(optind < argc ? "more than one policy was given"
					  : "no policy was given",
			optind < argc ? argv[optind + 1] : NULL);
	o->policy = argv[optind];
	if (strlen(o->policy) > 255)
		usage_error("the policy's path is too long", o->policy);
	if (!o->base)
		o->base = dir_of(o->policy);
}

/* ---- a child ---- */

static void child_signals(void)
{
	static const int ignored[] = {
		SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE};
	size_t i;

	/* The master decides; a ^C at the terminal reaches all processes. */
	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
}

static int has(const char *flags, const char *letter)
{
	return strchr(flags, letter[0]) != NULL;
}

static int confine(char *err, size_t n)
{
	if (privdrop_landlock() == 0)
		return 0;
	snprintf(err, n, "Landlock: %s", strerror(errno));
	return -1;
}

/* Rights are given up before the first octet from outside is read. */
static void give_up_rights(char **argv, enum privdrop_role role)
{
	uid_t uid = (uid_t)strtoul(argv[6], NULL, 10);
	gid_t gid = (gid_t)strtoul(argv[7], NULL, 10);
	int open_ = has(argv[5], CHILD_OPEN);
	int keep_root = has(argv[5], CHILD_KEEP_ROOT);
	char err[256];

	if (privdrop_identity(uid, gid, open_ || keep_root, err, sizeof(err)) ==
			0 &&
		(open_ ||
			(confine(err, sizeof(err)) == 0 &&
				privdrop_filter(role, keep_root, err,
					sizeof(err)) == 0)))
		return;
	event_log(EVENT_ERROR, "privdrop", "process", argv[2], "reason", err,
		NULL);
	exit(1);
}

static int run_worker(char **argv)
{
	const char *flags = argv[5];
	struct worker_options o = {
		.number = (unsigned)strtoul(argv[3], NULL, 10),
		.workers = (unsigned)strtoul(argv[4], NULL, 10),
		.log_fd = CHILD_LOG,
		.syslog = has(flags, CHILD_SYSLOG),
		.log_format = has(flags, CHILD_JSON) ? LOG_JSON : LOG_LOGFMT,
		.board_fd = CHILD_BOARD,
		.share = has(flags, CHILD_SHARE),
		.no_splice = has(flags, CHILD_NO_SPLICE),
		.records = !has(flags, CHILD_GNUTLS_RECORDS)};

	prctl(PR_SET_NAME, "tlsd-worker");
	give_up_rights(argv, PRIVDROP_WORKER);
	return worker_main(CHILD_IPC, &o);
}

static int run_monitor(char **argv)
{
	prctl(PR_SET_NAME, "tlsd-monitor");
	monitor_init(); /* reads resolv.conf while it can */
	give_up_rights(argv, PRIVDROP_MONITOR);
	return monitor_main(CHILD_IPC, CHILD_BOARD);
}

static int run_keys(char **argv)
{
	prctl(PR_SET_NAME, "tlsd-keys");
	privdrop_lock();
	give_up_rights(argv, PRIVDROP_KEYS);
	return keys_main(CHILD_IPC);
}

static int child_main(int argc, char **argv)
{
	struct ipc_log form = {0};

	if (argc != CHILD_ARGS || fcntl(CHILD_IPC, F_GETFD) < 0)
		usage_error(CHILD_SWITCH " is for tlsd itself", NULL);
	form.json = has(argv[5], CHILD_JSON);
	form.syslog = has(argv[5], CHILD_SYSLOG);
	fcntl(CHILD_IPC, F_SETFD, FD_CLOEXEC);
	fcntl(CHILD_LOG, F_SETFD, FD_CLOEXEC);
	fcntl(CHILD_BOARD, F_SETFD, FD_CLOEXEC);
	event_use(CHILD_LOG, form);
	child_signals();
	if (strcmp(argv[2], "worker") == 0)
		return run_worker(argv);
	if (strcmp(argv[2], "monitor") == 0)
		return run_monitor(argv);
	if (strcmp(argv[2], "keys") == 0)
		return run_keys(argv);
	usage_error("unknown process", argv[2]);
	return EXIT_USAGE;
}

/* Descriptors 0, 1 and 2 must be taken; otherwise a socket could become
 * standard error. */
static void fill_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

int main(int argc, char **argv)
{
	struct options o;
	char err[512];

	fill_standard();
	if (argc > 1 && strcmp(argv[1], CHILD_SWITCH) == 0)
		return child_main(argc, argv);
	parse(&o, argc, argv);
	o.argv = argv;
	privdrop_hide(); /* private keys pass through here */
	check_raise_descriptors();
	if (o.check)
		return check_run(&o);
	if (event_open(o.log, o.log_json, err, sizeof(err)) < 0 ||
		(o.audit && event_open_audit(o.audit, err, sizeof(err)) < 0)) {
		fprintf(stderr, "tlsd: %s\n", err);
		return 1;
	}
	return master_run(&o);
}
