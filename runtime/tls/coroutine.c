/*
 * Coroutines by ucontext.  Called by tls_handshake.c (start, resume) and
 * signer.c (current, yield); owns the stacks, of which POOL stay mapped.  A
 * guard page lies below each stack.
 */
#include "coroutine.h"

#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

enum {
	STACK = 256 * 1024, /* address space; pages come when touched */
	GUARD = 4096,
	POOL = 64, /* idle stacks kept */
};

/* Lives at the top of its own stack's mapping. */
struct coroutine {
	ucontext_t context, back;
	void (*fn)(void *);
	void *arg;
	char *map;
	int ended;
	struct coroutine *next; /* in the pool */
#if defined(__SANITIZE_ADDRESS__)
	void *fake, *back_fake;
	const void *back_bottom;
	size_t back_size;
#endif
};

static struct coroutine *current, *pool;
static unsigned pooled;

/* AddressSanitizer tracks the stack; tell it of each change. */
#if defined(__SANITIZE_ADDRESS__)
static void enter_begin(struct coroutine *c)
{
	__sanitizer_start_switch_fiber(
		&c->back_fake, c->map + GUARD, STACK - GUARD - sizeof(*c));
}

static void enter_end(struct coroutine *c)
{
	__sanitizer_finish_switch_fiber(
		c->fake, &c->back_bottom, &c->back_size);
}

static void leave_begin(struct coroutine *c)
{
	__sanitizer_start_switch_fiber(
		c->ended ? NULL : &c->fake, c->back_bottom, c->back_size);
}

static void leave_end(struct coroutine *c)
{
	__sanitizer_finish_switch_fiber(c->back_fake, NULL, NULL);
}
#else
static void enter_begin(struct coroutine *c)
{
	(void)c;
}
static void enter_end(struct coroutine *c)
{
	(void)c;
}
static void leave_begin(struct coroutine *c)
{
	(void)c;
}
static void leave_end(struct coroutine *c)
{
	(void)c;
}
#endif

static struct coroutine *stack_new(void)
{
	struct coroutine *c = pool;
	char *map;

	if (c) {
		pool = c->next;
		pooled--;
		return c;
	}
	map = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (map == MAP_FAILED)
		return NULL;
	if (mprotect(map, GUARD, PROT_NONE) != 0) {
		munmap(map, STACK);
		return NULL;
	}
	c = (struct coroutine *)(map + STACK - sizeof(*c));
	c->map = map;
	return c;
}

static void stack_free(struct coroutine *c)
{
	if (pooled >= POOL) {
		munmap(c->map, STACK);
		return;
	}
	c->next = pool;
	pool = c;
	pooled++;
}

static void begin(void)
{
	struct coroutine *c = current;

	enter_end(c);
	c->fn(c->arg);
	c->ended = 1;
	leave_begin(c);
	swapcontext(&c->context, &c->back); /* does not come back */
}

/* Run c until it ends or yields. */
static void run(struct coroutine *c)
{
	struct coroutine *outer = current;

	current = c;
	enter_begin(c);
	swapcontext(&c->back, &c->context);
	leave_end(c);
	current = outer;
}

/* Kept out of its caller: getcontext may return twice as far as the compiler
 * knows, which would cost the caller its registers. */
static void __attribute__((noinline)) prepare(struct coroutine *c)
{
	getcontext(&c->context);
	c->context.uc_stack.ss_sp = c->map + GUARD;
	c->context.uc_stack.ss_size = (size_t)((char *)c - c->map) - GUARD;
	c->context.uc_link = NULL;
	makecontext(&c->context, begin, 0);
}

struct coroutine *coroutine_start(void (*fn)(void *arg), void *arg, int *failed)
{
	struct coroutine *c = stack_new();

	*failed = c == NULL;
	if (!c)
		return NULL;
	c->fn = fn;
	c->arg = arg;
	c->ended = 0;
#if defined(__SANITIZE_ADDRESS__)
	c->fake = NULL;
#endif
	prepare(c);
	run(c);
	if (!c->ended)
		return c;
	stack_free(c);
	return NULL;
}

void coroutine_resume(struct coroutine **cp)
{
	struct coroutine *c = *cp;

	run(c);
	if (!c->ended)
		return;
	stack_free(c);
	*cp = NULL;
}

struct coroutine *coroutine_current(void)
{
	return current;
}

void *coroutine_arg(void)
{
	return current ? current->arg : NULL;
}

void coroutine_yield(void)
{
	struct coroutine *c = current;

	leave_begin(c);
	swapcontext(&c->context, &c->back);
	enter_end(c);
}

void coroutine_drain(void)
{
	while (pool) {
		struct coroutine *c = pool;

		pool = c->next;
		pooled--;
		munmap(c->map, STACK);
	}
}
