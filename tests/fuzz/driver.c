/*
 * Runs a fuzz target without libFuzzer: every file of its corpus, then a
 * bounded number of mutations of them from a fixed seed, so that a run can be
 * repeated.  Called by tests/fuzz.t as TARGET RUNS CORPUS-DIR; prints the
 * seed and writes the input beside it (crash-*) when the target aborts.
 */
#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

#define INPUT_MAX (1 << 16)
#define SEEDS_MAX 4096

struct seed {
	uint8_t *data;
	size_t size;
};

static struct seed seeds[SEEDS_MAX];
static size_t seed_count;
static uint8_t work[INPUT_MAX];
static size_t work_size;
static uint64_t state = 0x9e3779b97f4a7c15u;

/* xorshift64*: the quality a mutator needs, and the same everywhere. */
static uint32_t draw(uint32_t below)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (uint32_t)((state * 0x2545f4914f6cdd1du) >> 32) % below;
}

static void read_seed(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct seed *s = &seeds[seed_count];

	if (!f || seed_count == SEEDS_MAX)
		abort();
	s->size = fread(work, 1, sizeof(work), f);
	s->data = malloc(s->size + 1);
	if (!s->data)
		abort();
	memcpy(s->data, work, s->size);
	fclose(f);
	seed_count++;
}

static int visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static void read_corpus(const char *dir)
{
	struct dirent **names;
	int n = scandir(dir, &names, visible, alphasort);

	for (int i = 0; i < n; i++) {
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", dir, names[i]->d_name);
		read_seed(path);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	if (seed_count == 0)
		seeds[seed_count++] = (struct seed){work, 0};
}

/* Parts of one seed put into another: finds what single bytes do not. */
static void splice(void)
{
	const struct seed *s = &seeds[draw((uint32_t)seed_count)];
	size_t at, len;

	if (s->size == 0)
		return;
	at = draw((uint32_t)s->size);
	len = 1 + draw((uint32_t)(s->size - at));
	if (len > sizeof(work) - work_size)
		len = sizeof(work) - work_size;
	memcpy(work + work_size, s->data + at, len);
	work_size += len;
}

static void mutate_once(void)
{
	static const uint8_t odd[] = {0, 1, 0x7f, 0x80, 0xfe, 0xff};
	uint32_t at = work_size ? draw((uint32_t)work_size) : 0;

	if (work_size == 0) {
		splice();
		return;
	}
	switch (draw(7)) {
	case 0:
		work[at] ^= (uint8_t)(1u << draw(8));
		break;
	case 1:
		work[at] = (uint8_t)draw(256);
		break;
	case 2:
		work[at] = odd[draw(sizeof(odd))];
		break;
	case 3:
		work_size = at;
		break;
	case 4:
		memmove(work + at, work + at + 1, work_size - at - 1);
		work_size--;
		break;
	case 5:
		if (work_size < sizeof(work)) {
			memmove(work + at + 1, work + at, work_size - at);
			work[at] = (uint8_t)draw(256);
			work_size++;
		}
		break;
	default:
		splice();
	}
}

static void crashed(int sig)
{
	FILE *f = fopen("build/crash-input", "wb");

	if (f) {
		fwrite(work, 1, work_size, f);
		fclose(f);
	}
	fprintf(stderr, "signal %d; the input is build/crash-input\n", sig);
	signal(sig, SIG_DFL);
	raise(sig);
}

/* An exact heap copy, so that ASan sees one octet too far. */
static void run(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

int main(int argc, char **argv)
{
	long runs = argc > 1 ? atol(argv[1]) : 1000;

	if (LLVMFuzzerInitialize)
		LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 2; i < argc; i++)
		read_corpus(argv[i]);
	signal(SIGABRT, crashed);
	signal(SIGSEGV, crashed);
	for (size_t i = 0; i < seed_count; i++) {
		work_size = seeds[i].size;
		memcpy(work, seeds[i].data, work_size);
		run(work, work_size);
	}
	for (long i = 0; i < runs; i++) {
		const struct seed *s = &seeds[draw((uint32_t)seed_count)];
		uint32_t steps = 1 + draw(8);

		work_size = s->size;
		memcpy(work, s->data, work_size);
		while (steps--)
			mutate_once();
		run(work, work_size);
	}
	printf("%zu seeds, %ld mutations\n", seed_count, runs);
	return 0;
}
