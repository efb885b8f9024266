/*
 * The files and settings of a fleet's member: secrets that others could read or replace, and ways
 * to the store on which the password would be seen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/fleet/member/member_files.h"
#include "app/run_fixture.h"
#include "crypto/aead.h"

static const struct way {
	const char *endpoint, *user;
	enum err_code code;
} ways[] = {
	{"https://etcd.example:2379", "u", 0},
	{"http://etcd.example:2379", NULL, 0},
	{"http://etcd.example:2379", "u", ERR_CONFIG},
	{"http://127.0.0.1:2379", "u", 0},
	{"http://127.8.9.10", "u", 0},
	{"http://[::1]:2379", "u", 0},
	{"http://localhost:2379", "u", 0},
	{"http://127.evil.example:2379", "u", ERR_CONFIG},
	{"http://localhost.evil.example", "u", ERR_CONFIG},
	{"http://127.0.0.1@evil.example", "u", ERR_CONFIG},
	{"http://[::1].evil.example", "u", ERR_CONFIG},
	{"http://128.0.0.1", "u", ERR_CONFIG},
};

static void test_a_password_goes_only_where_nobody_sees_it(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		struct run run;
		AUTO(error) struct error err = ERROR_INIT;
		AUTO_FREE char *option = xasprintf("fleet_endpoints=%s", ways[i].endpoint);

		start_run(&run, "renew");
		give_option(&run, option);
		if (ways[i].user)
			give_option(&run, "fleet_user=u");
		if (member_files_check_endpoints(run.settings, &err) != (int)ways[i].code)
			fail_msg("%s: %s", ways[i].endpoint, err.text);
		end_run(&run);
	}
}

static const struct modes {
	mode_t folder, key;
	const char *words; /* of the error, or NULL */
} modes[] = {
	{0700, 0600, NULL},
	{0755, 0400, NULL},
	{0770, 0600, "can be written to by others"},
	{0707, 0600, "can be written to by others"},
	{0700, 0640, "can be read by others"},
	{0700, 0604, "can be read by others"},
};

static void test_a_key_that_is_not_ours_alone_is_refused(void **state)
{
	AUTO(error) struct error none = ERROR_INIT;
	AUTO(secret) struct secret key = SECRET_INIT;
	struct run run;

	start_run(&run, "renew");
	aead_make_key(&key);
	assert_int_equal(dir_make(CONFIG, 0755, &none), 0);
	assert_int_equal(member_files_write_key(run.settings, &key, &none), 0);
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(secret) struct secret read = SECRET_INIT;
		int rc;

		assert_int_equal(chmod(CONFIG "/fleet", modes[i].folder), 0);
		assert_int_equal(chmod(CONFIG "/fleet/key", modes[i].key), 0);
		rc = member_files_read_key(run.settings, &read, &err);
		assert_int_equal(rc, modes[i].words ? ERR_CONFIG : 0);
		if (modes[i].words)
			assert_non_null(strstr(err.text, modes[i].words));
	}
	end_run(&run);
}

static void test_a_key_that_is_no_file_is_refused(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(secret) struct secret read = SECRET_INIT;
	struct run run;

	start_run(&run, "renew");
	assert_int_equal(dir_make(CONFIG, 0755, &err), 0);
	assert_int_equal(dir_make(CONFIG "/fleet", 0700, &err), 0);
	assert_int_equal(mkfifo(CONFIG "/fleet/key", 0600), 0);
	assert_int_equal(member_files_read_key(run.settings, &read, &err), ERR_PARSE);
	end_run(&run);
}

/* A kill between the creation of a file and its contents would leave a key that nobody can use. */
static void test_a_key_has_its_name_only_when_it_is_whole(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(secret) struct secret key = SECRET_INIT;
	_Alignas(struct inotify_event) char bytes[4096];
	const struct inotify_event *event = (const struct inotify_event *)bytes;
	struct run run;
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	start_run(&run, "renew");
	aead_make_key(&key);
	assert_int_equal(dir_make(CONFIG, 0755, &err), 0);
	assert_int_equal(dir_make(CONFIG "/fleet", 0700, &err), 0);
	assert_true(inotify_add_watch(fd, CONFIG "/fleet", IN_CREATE | IN_MOVED_TO) >= 0);
	assert_int_equal(member_files_write_next_key(run.settings, &key, &err), 0);
	for (ssize_t left = read(fd, bytes, sizeof(bytes)); left > 0;) {
		size_t len = sizeof(*event) + event->len;

		assert_true(strcmp(event->name, "key.next") != 0 || event->mask & IN_MOVED_TO);
		left -= (ssize_t)len;
		event = (const struct inotify_event *)((const char *)event + len);
	}
	close(fd);
	assert_int_equal(member_files_write_next_key(run.settings, &key, &err), ERR_EXISTS);
	end_run(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_a_password_goes_only_where_nobody_sees_it),
		scratch_test(test_a_key_that_is_not_ours_alone_is_refused),
		scratch_test(test_a_key_that_is_no_file_is_refused),
		scratch_test(test_a_key_has_its_name_only_when_it_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
