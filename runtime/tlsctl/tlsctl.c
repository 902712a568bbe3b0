/*
 * tlsctl: sends one command to a running tlsd over its control socket and
 * prints the answer, unchanged (--json) or for people (show.c).
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "completions.h"
#include "runtime/common/child.h"
#include "show.h"
#include "text.h"
#include "top.h"

#define DEFAULT_CONTROL "/run/tlsd/control"

enum { EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_UNREACHABLE = 3 };

static const char usage_text[] =
	"usage: tlsctl [--control PATH] [--json] COMMAND\n"
	"\n"
	"  status              the live table, its connections and the "
	"workers\n"
	"  top [SECONDS [N]]   rates, every SECONDS (default 1), N times\n"
	"  connections         the connections now, at most 500 of each "
	"worker\n"
	"  why CONNECTION      the clause that decided a connection (an id: "
	"0-17)\n"
	"  generations         the tables that are loaded or have connections\n"
	"  load [PATH]         load the policy again, or another table\n"
	"  load --shadow PATH  also decide by this table, and count the "
	"differences\n"
	"  shadow              what the shadow table would have decided "
	"differently\n"
	"  shadow off          stop using the shadow table\n"
	"  rollback [N]        go back to the table before, or to generation "
	"N\n"
	"  servers             the servers of the backends and their state\n"
	"  drain SERVER        give BACKEND or BACKEND/ADDRESS no new "
	"connections\n"
	"  undrain SERVER      give it new connections again\n"
	"  drain --all         drain the whole gateway: stop accepting, and "
	"exit when\n"
	"                      its connections have ended\n"
	"  completions SHELL   completions for bash, zsh or fish\n"
	"\n"
	"  --control PATH      control socket of tlsd\n"
	"                      (default: " DEFAULT_CONTROL ")\n"
	"  --json              print the answer as one JSON object\n"
	"  --help, --version   print this, or the version\n"
	"\n"
	"Exit status: 0 done, 1 refused, 2 wrong usage, 3 tlsd cannot be "
	"reached.\n";

/* A path is relative to the caller's directory; tlsd runs elsewhere.  A
 * symbolic link stays one, for tlsd to check. */
static char *make_line(const char *verb, const char *argument)
{
	char *line = NULL, *cwd = NULL;
	int path =
		strcmp(verb, "load") == 0 || strcmp(verb, "shadow-load") == 0;

	if (path && argument && argument[0] != '/')
		cwd = getcwd(NULL, 0);
	if (asprintf(&line, "%s%s%s%s%s\n", verb, argument ? " " : "",
		    cwd ? cwd : "", cwd ? "/" : "",
		    argument ? argument : "") < 0)
		abort();
	free(cwd);
	return line;
}

static int show(const char *answer, const char *command, int as_json)
{
	json_error_t error;
	json_t *o = json_loads(answer, 0, &error);
	int ok;

	if (!o) {
		fprintf(stderr, "tlsctl: the answer is not JSON\n");
		return EXIT_UNREACHABLE;
	}
	ok = json_is_true(json_object_get(o, "ok"));
	if (as_json) {
		text_json(o);
	} else {
		text_clean(o);
		if (ok)
			show_answer(o, command);
		else
			show_error(o);
	}
	json_decref(o);
	return ok ? 0 : EXIT_REFUSED;
}

static int see_help(void)
{
	text_print("try 'tlsctl --help'", "");
	return EXIT_USAGE;
}

static int usage_error(const char *what, const char *value)
{
	text_print(what, value ? value : "");
	return see_help();
}

/* The command line's words and the protocol's. */
static const struct command {
	const char *word, *second; /* second: a word that must follow */
	const char *verb;
	int least, most; /* number of further arguments */
} commands[] = {
	{"load", "--shadow", "shadow-load", 1, 1},
	{"shadow", "off", "shadow-off", 0, 0},
	{"drain", "--all", "drain-all", 0, 0},
	{"status", NULL, "status", 0, 0},
	{"generations", NULL, "generations", 0, 0},
	{"connections", NULL, "connections", 0, 0},
	{"why", NULL, "why", 1, 1},
	{"load", NULL, "load", 0, 1},
	{"rollback", NULL, "rollback", 0, 1},
	{"shadow", NULL, "shadow", 0, 0},
	{"servers", NULL, "servers", 0, 0},
	{"drain", NULL, "drain", 1, 1},
	{"undrain", NULL, "undrain", 1, 1},
	{"top", NULL, "top", 0, 2},
	{"completions", NULL, "completions", 1, 1},
};

/* An empty argument comes from an unset variable: it must not mean "all". */
static const char *misspelt(const char *argument)
{
	if (argument[0] == '-')
		return "no such option here (--control and --json go before "
		       "the command; write a file as ./-NAME)";
	if (argument[strspn(argument, " ")] == 0)
		return "an argument is empty";
	return strpbrk(argument, "\r\n") ? "the argument contains a line break"
					 : NULL;
}

static const char *miscounted(const struct command *c, int count)
{
	if (count < c->least && strcmp(c->verb, "drain") == 0)
		return "which server? (BACKEND or BACKEND/ADDRESS; --all "
		       "drains the whole gateway)";
	if (count < c->least)
		return "an argument is missing";
	return count > c->most ? "too many arguments" : NULL;
}

static int arguments_fit(const struct command *c, int count, char **argument)
{
	const char *wrong = NULL;
	int i;

	for (i = 0; i < count && !wrong; i++)
		wrong = misspelt(argument[i]);
	if (!wrong)
		wrong = miscounted(c, count);
	if (wrong)
		usage_error(c->word, wrong);
	return !wrong;
}

/* The row; NULL after a message. */
static const struct command *find_command(int argc, char **argv)
{
	const struct command *c = commands;
	const struct command *end = c + sizeof(commands) / sizeof(commands[0]);
	int rest;

	if (argc == 0) {
		usage_error("which command?", NULL);
		return NULL;
	}
	for (; c < end; c++)
		if (strcmp(argv[0], c->word) == 0 &&
			(!c->second ||
				(argc > 1 && strcmp(argv[1], c->second) == 0)))
			break;
	if (c == end) {
		usage_error("no such command", argv[0]);
		return NULL;
	}
	rest = argc - 1 - (c->second != NULL);
	return arguments_fit(c, rest, argv + argc - rest) ? c : NULL;
}

static int run(const char *control, const struct command *c,
	const char *argument, int as_json)
{
	char *line = make_line(c->verb, argument);
	char *answer = ask_tlsd(control, line);
	int status = EXIT_UNREACHABLE;

	if (answer)
		status = show(answer, c->verb, as_json);
	free(line);
	free(answer);
	return status;
}

static int completions(const char *shell)
{
	char words[256] = "";
	size_t i, n = 0;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!commands[i].second)
			n += (size_t)snprintf(words + n, sizeof(words) - n,
				"%s%s", n ? " " : "", commands[i].word);
	if (completions_print(shell, words) == 0)
		return 0;
	return usage_error(
		"completions are for bash, zsh and fish, not for", shell);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"control", required_argument, NULL, 'c'},
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'v'}, {NULL, 0, NULL, 0}};
	const char *control = DEFAULT_CONTROL;
	const struct command *command;
	int c, used, as_json = 0;

	/* "+": options after the command belong to the command ("load
	 * --shadow"). */
	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (c == 'c') {
			control = optarg;
		} else if (c == 'j') {
			as_json = 1;
		} else if (c == 'h') {
			fputs(usage_text, stdout);
			return 0;
		} else if (c == 'v') {
			puts("tlsctl " TLSD_VERSION);
			return 0;
		} else {
			/* getopt has printed which. */
			return see_help();
		}
	}
	for (used = optind; used < argc; used++)
		if (strcmp(argv[used], "--help") == 0) {
			fputs(usage_text, stdout);
			return 0;
		}
	command = find_command(argc - optind, argv + optind);
	if (!command)
		return EXIT_USAGE;
	used = optind + 1 + (command->second != NULL);
	if (strcmp(command->verb, "top") == 0)
		return top_run(control, argc - used, argv + used);
	if (strcmp(command->verb, "completions") == 0)
		return completions(argv[used]);
	return run(control, command, used < argc ? argv[used] : NULL, as_json);
}
