/* Unix sockets at a path: their rights, what is replaced and what is not. */
/* LINK: runtime/master/unixpath.c */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/master/unixpath.h"

static char dir[64];
static struct sockaddr_un at;

static int set_up(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/unixpath.XXXXXX");
	assert_non_null(mkdtemp(dir));
	at.sun_family = AF_UNIX;
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/s", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(at.sun_path);
	return rmdir(dir);
}

static int new_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static unsigned mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(0, lstat(path, &st));
	return st.st_mode & 0777;
}

static void rights_are_there_at_once(void **state)
{
	mode_t old = umask(0027);
	int a = new_socket(), b = new_socket();

	(void)state;
	assert_int_equal(0, unixpath_bind(a, &at, 0666));
	assert_int_equal(0666, mode_of(at.sun_path));
	close(a);
	assert_int_equal(0, unixpath_bind(b, &at, 0600)); /* a dead one's */
	assert_int_equal(0600, mode_of(at.sun_path));
	assert_int_equal(0027, umask(old));
	close(b);
	unlink(at.sun_path);
}

static void the_living_stay(void **state)
{
	int a = new_socket(), b = new_socket();

	(void)state;
	assert_int_equal(0, unixpath_bind(a, &at, 0600));
	assert_int_equal(0, listen(a, 1));
	assert_int_equal(-1, unixpath_bind(b, &at, 0600));
	assert_int_equal(EADDRINUSE, errno);
	close(a);
	close(b);
	unlink(at.sun_path);
}

static void files_and_links_stay(void **state)
{
	char target[80];
	int fd, a = new_socket();

	(void)state;
	snprintf(target, sizeof(target), "%s/target", dir);
	fd = open(target, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(0, symlink(target, at.sun_path));
	assert_int_equal(-1, unixpath_bind(a, &at, 0666));
	assert_int_equal(EADDRINUSE, errno);
	assert_int_equal(0600, mode_of(target));
	unlink(at.sun_path);
	assert_int_equal(0, link(target, at.sun_path));
	assert_int_equal(-1, unixpath_bind(a, &at, 0666));
	assert_int_equal(0600, mode_of(target));
	unlink(target);
	unlink(at.sun_path);
	close(a);
}

static void only_its_own_is_removed(void **state)
{
	struct unixpath mine, none = {0, 0};
	int a = new_socket(), b = new_socket();

	(void)state;
	assert_int_equal(0, unixpath_bind(a, &at, 0600));
	assert_int_equal(0, unixpath_mark(at.sun_path, &mine));
	assert_int_equal(-1, unixpath_remove(at.sun_path, &none));
	assert_int_equal(0600, mode_of(at.sun_path));
	assert_int_equal(0, unixpath_remove(at.sun_path, &mine));
	assert_int_equal(-1, access(at.sun_path, F_OK));
	assert_int_equal(-1, unixpath_mark(at.sun_path, &mine));
	close(a);
	close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rights_are_there_at_once),
		cmocka_unit_test(the_living_stay),
		cmocka_unit_test(files_and_links_stay),
		cmocka_unit_test(only_its_own_is_removed),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
