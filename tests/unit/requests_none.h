/*
 * Stand-ins for the requests of a connection, which take notes.
 */
#ifndef TESTS_REQUESTS_NONE_H
#define TESTS_REQUESTS_NONE_H

#include "runtime/worker/requests.h"

static const char *requests_were; /* told last */
static int requests_rest;         /* what requests_at_rest says */

void requests_event(struct conn *k, int events)
{
	requests_were = "event";
}
void requests_timeout(struct conn *k)
{
	requests_were = "timeout";
	conn_touch(k);
}
void requests_resume(struct conn *k)
{
	requests_were = "resume";
	conn_unpause(k);
}
double requests_seconds(const struct conn *k)
{
	return 2;
}
void requests_check(const struct conn *k)
{
}
int requests_at_rest(const struct conn *k)
{
	return requests_rest;
}
void requests_free(struct conn *k)
{
	k->requests = NULL;
}

#endif
