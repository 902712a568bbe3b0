/*
 * Answers of tlsd, formatted for people (show.h).
 */
#include "show.h"

#include <stdio.h>
#include <string.h>

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static long long number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

/* "3d 4h", "2h 5m", "12m 3s", "9s". */
static const char *span(long long s, char buf[32])
{
	if (s >= 86400)
		snprintf(buf, 32, "%lldd %lldh", s / 86400, s % 86400 / 3600);
	else if (s >= 3600)
		snprintf(buf, 32, "%lldh %lldm", s / 3600, s % 3600 / 60);
	else if (s >= 60)
		snprintf(buf, 32, "%lldm %llds", s / 60, s % 60);
	else
		snprintf(buf, 32, "%llds", s);
	return buf;
}

static const char *octets(long long n, char buf[32])
{
	static const char unit[] = " KMGTPE";
	double v = (double)n;
	int i = 0;

	while (v >= 1024 && i < 6) {
		v /= 1024;
		i++;
	}
	if (i == 0)
		snprintf(buf, 32, "%lld", n);
	else
		snprintf(buf, 32, "%.1f%ci", v, unit[i]);
	return buf;
}

static void show_table(const json_t *t)
{
	long long serial = number(t, "serial");

	printf("generation: %lld", number(t, "generation"));
	if (number(t, "origin") != number(t, "generation"))
		printf(" (the table of generation %lld)", number(t, "origin"));
	printf("\n  policy    %s\n  root      %s\n  semantic  %s\n",
		text(t, "policy"), text(t, "root"), text(t, "semantic"));
	if (serial)
		printf("  serial    %lld\n", serial);
	printf("  loaded    %s by %s\n", text(t, "at"), text(t, "by"));
}

static void show_generations(const json_t *array)
{
	const json_t *g;
	size_t i;

	printf("%12s  %-7s %12s  %-16s  %s\n", "GENERATION", "STATE",
		"CONNECTIONS", "ROOT", "LOADED");
	json_array_foreach((json_t *)array, i, g) printf(
		"%12lld  %-7s %12lld  %-16.16s  %s%s%s\n",
		number(g, "generation"), text(g, "state"),
		number(g, "connections"), text(g, "root"), text(g, "at"),
		*text(g, "by") ? " by " : "", text(g, "by"));
}

static void show_workers(const json_t *array)
{
	char up[32], in[32], out[32];
	const json_t *w;
	size_t i;

	printf("%6s %8s %10s %8s %11s %12s %12s %10s %10s %9s %9s\n", "WORKER",
		"PID", "UP", "RESTARTS", "GENERATION", "CONNECTIONS",
		"ACCEPTED", "REJECTED", "FAILED", "IN", "OUT");
	json_array_foreach((json_t *)array, i, w)
		printf("%6lld %8lld %10s %8lld %11lld %12lld %12lld %10lld "
		       "%10lld %9s %9s%s\n",
			number(w, "worker"), number(w, "pid"),
			span(number(w, "seconds"), up), number(w, "restarts"),
			number(w, "generation"), number(w, "connections"),
			number(w, "accepted"), number(w, "rejected"),
			number(w, "failed"), octets(number(w, "bytes_in"), in),
			octets(number(w, "bytes_out"), out),
			json_is_true(json_object_get(w, "answered"))
				? ""
				: "  (did not answer)");
}

static void show_refusal(const json_t *r)
{
	if (!r)
		return;
	printf("last refusal: %s %s%s%s\n", text(r, "at"), text(r, "id"),
		*text(r, "id") ? ": " : "", text(r, "reason"));
}

static void show_crls(const json_t *array)
{
	const json_t *l;
	size_t i;

	json_array_foreach((json_t *)array, i, l) printf(
		"CRL %s of %s: %s %s\n", text(l, "crl"), text(l, "issuer"),
		json_is_true(json_object_get(l, "expired"))
			? "EXPIRED, its clients are refused since"
			: "until",
		text(l, "until"));
}

static void show_bad_certificates(const json_t *array)
{
	const json_t *c;
	size_t i;

	json_array_foreach((json_t *)array, i, c) printf(
		"certificate %s is BAD, %s: %s: %s\n", text(c, "certificate"),
		strcmp(text(c, "state"), "kept") == 0
			? "its last good version is in use"
			: "its names are not served",
		text(c, "id"), text(c, "reason"));
}

static void show_status(const json_t *o)
{
	const json_t *listeners = json_object_get(o, "listeners");
	char up[32];
	size_t i;

	printf("tlsd %s, pid %lld, %s, up %s\n", text(o, "version"),
		number(o, "pid"), text(o, "state"),
		span(number(o, "seconds"), up));
	if (json_object_get(o, "live"))
		show_table(json_object_get(o, "live"));
	printf("loads: %lld, rollbacks: %lld, renewals: %lld, refusals: %lld, "
	       "restarts: %lld\n",
		number(o, "loads"), number(o, "rollbacks"),
		number(o, "renewals"), number(o, "refusals"),
		number(o, "restarts"));
	if (json_is_true(json_object_get(o, "policy_refused")))
		puts("refused now: the policy file; an older table is in use");
	if (json_is_true(json_object_get(o, "files_refused")))
		puts("refused now: changed certificates; older ones are in "
		     "use");
	show_refusal(json_object_get(o, "last_refusal"));
	printf("listeners:");
	for (i = 0; i < json_array_size(listeners); i++)
		printf(" %s", json_string_value(json_array_get(listeners, i)));
	printf("\n");
	show_crls(json_object_get(o, "crls"));
	show_bad_certificates(json_object_get(o, "bad_certificates"));
	printf("\n");
	show_workers(json_object_get(o, "workers"));
	printf("\n");
	show_generations(json_object_get(o, "generations"));
}

static void show_servers(const json_t *array)
{
	const json_t *s;
	size_t i;

	printf("%-40s %-10s %6s %11s %12s %10s\n", "SERVER", "STATE", "WEIGHT",
		"CONNECTIONS", "TOTAL", "FAILED");
	json_array_foreach((json_t *)array, i, s) printf(
		"%-40s %-10s %6lld %11lld %12lld %10lld\n", text(s, "server"),
		text(s, "state"), number(s, "weight"), number(s, "connections"),
		number(s, "total"), number(s, "failed"));
}

static void show_connections(const json_t *array)
{
	char in[32], out[32];
	const json_t *c;
	size_t i;

	printf("%-12s %9s %9s %9s  %-9s %-21s %-28s %s\n", "CONNECTION", "AGE",
		"IN", "OUT", "STATE", "SOURCE", "SNI", "DECISION");
	json_array_foreach((json_t *)array, i, c)
		printf("%-12s %8.1fs %9s %9s  %-9s %-21s %-28s %s%s%s%s%s\n",
			text(c, "conn"),
			json_number_value(json_object_get(c, "seconds")),
			octets(number(c, "in"), in),
			octets(number(c, "out"), out), text(c, "state"),
			text(c, "source"), text(c, "sni"), text(c, "mode"),
			*text(c, "backend") ? " to " : "", text(c, "backend"),
			*text(c, "at") ? " at " : "", text(c, "at"));
}

static void show_line(const json_t *c, const char *name, const char *key)
{
	if (*text(c, key))
		printf("%-12s %s\n", name, text(c, key));
}

static void show_why(const json_t *c)
{
	printf("connection   %s (%s, %.1f s, generation %lld)\n",
		text(c, "conn"), text(c, "state"),
		json_number_value(json_object_get(c, "seconds")),
		number(c, "generation"));
	show_line(c, "frontend", "frontend");
	show_line(c, "source", "source");
	show_line(c, "sni", "sni");
	show_line(c, "alpn", "alpn");
	show_line(c, "route", "route");
	show_line(c, "decided by", "by");
	show_line(c, "decided at", "at");
	show_line(c, "mode", "mode");
	show_line(c, "backend", "backend");
	show_line(c, "server", "server");
}

static void show_shadow(const json_t *o)
{
	const json_t *groups = json_object_get(o, "groups"), *g;
	size_t i;

	printf("%s (root %.16s): %lld decisions, %lld different\n",
		text(o, "policy"), text(o, "root"), number(o, "decisions"),
		number(o, "different"));
	json_array_foreach((json_t *)groups, i, g)
		printf("%10lld  %s -> %s\n            e.g. sni %s from %s%s%s: "
		       "%s, shadow %s\n",
			number(g, "count"), text(g, "live"), text(g, "shadow"),
			*text(g, "sni") ? text(g, "sni") : "(none)",
			text(g, "source"), *text(g, "alpn") ? " alpn " : "",
			text(g, "alpn"), text(g, "live_at"),
			*text(g, "shadow_at") ? text(g, "shadow_at") : "none");
}

void show_answer(const json_t *o, const char *command)
{
	const json_t *connections = json_object_get(o, "connections");

	if (strcmp(command, "status") == 0)
		show_status(o);
	else if (strcmp(command, "generations") == 0)
		show_generations(json_object_get(o, "generations"));
	else if (strcmp(command, "connections") == 0)
		show_connections(connections);
	else if (strcmp(command, "why") == 0)
		show_why(json_array_get(connections, 0));
	else if (strcmp(command, "shadow") == 0)
		show_shadow(o);
	else if (json_object_get(o, "servers"))
		show_servers(json_object_get(o, "servers"));
	else if (json_object_get(o, "live"))
		show_table(json_object_get(o, "live"));
	else if (*text(o, "state"))
		puts(text(o, "state"));
}

void show_error(const json_t *o)
{
	fprintf(stderr, "tlsctl: %s%s%s\n", text(o, "id"),
		*text(o, "id") ? ": " : "", text(o, "error"));
}
