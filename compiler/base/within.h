/*
 * What a policy may make tlsc open: files in the tree of the root policy's
 * directory and of those that the command line adds.  A policy may come from a
 * stranger's pull request, and must not read the machine that checks it.
 */
#ifndef COMPILER_WITHIN_H
#define COMPILER_WITHIN_H

struct arena;
struct options;

enum within {
	WITHIN_NOT,     /* not to be opened */
	WITHIN_ALLOWED, /* by --allow-path: opened, and nothing in it shown */
	WITHIN_TREE,    /* the policy's own, or -I's */
};

struct within_reach;

/* root is the directory of the root policy.  A directory given by a relative
 * path counts only when no link takes it out of where that path begins. */
struct within_reach *within_new(
	struct arena *a, const char *root, const struct options *o);
/* Where a path leads, its links followed.  The answer says nothing about what
 * lies outside: there nothing is looked at, and what is not there leads where
 * it would lead if it were. */
enum within within_judge(const struct within_reach *r, const char *path);
/* May keys in PKCS#11 tokens be asked (--allow-path pkcs11:)? */
int within_tokens(const struct within_reach *r);
/* NULL, or why a file named on the command line is not read: it is a link that
 * leads out of its directory, the current one and those of -I. */
const char *within_root(
	struct arena *a, const char *path, const struct options *o);

#endif
