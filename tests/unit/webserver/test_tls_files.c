/* TLS files: installed, brought up to date, left alone when somebody has changed them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "os/file/file.h"
#include "os/scratch.h"
#include "webserver/tls_files.h"

/* SHA-256 of "old\n". */
static const char *const known[] = {
	"01d09d19c2139a46aebfb577780d123d7396e97201bc7ead210a2ebff8239dee",
};

static const struct tls_file file = {
	.name = "options.conf",
	.digest_name = ".digest.txt",
	.text = "new\n",
	.known = known,
	.known_count = ARRAY_LEN(known),
};

#define NEW_DIGEST "7aa7a5359173d05b63cfd682e3c38487f3cb4f7f1d60659fe59fab1505977d4c"

static void put(const char *path, const char *text)
{
	const struct file_attributes attributes = {.mode = 0644};
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(file_replace(path, text, strlen(text), &attributes, &err), 0);
}

static void install(void)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(tls_file_install(&file, ".", &err), 0);
}

static void assert_holds(const char *path, const char *wanted)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(file_read(path, 4096, &text, &err), 0);
	assert_string_equal(text.text, wanted);
}

static void test_absent_file_is_installed(void **state)
{
	install();
	assert_holds("options.conf", "new\n");
	assert_holds(".digest.txt", NEW_DIGEST);
}

static void test_known_version_is_replaced(void **state)
{
	put("options.conf", "old\n");
	install();
	assert_holds("options.conf", "new\n");
	assert_holds(".digest.txt", NEW_DIGEST);
}

static void test_present_version_is_left_alone(void **state)
{
	put("options.conf", "new\n");
	put(".digest.txt", "something");
	install();
	assert_holds(".digest.txt", "something");
}

static void test_changed_file_stays_and_the_version_is_noted(void **state)
{
	put("options.conf", "mine\n");
	install();
	assert_holds("options.conf", "mine\n");
	assert_holds(".digest.txt", NEW_DIGEST);
}

static void test_dhparams_are_the_file_that_certbot_ships(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(tls_file_install(&tls_dhparams, ".", &err), 0);
	assert_holds(tls_dhparams.digest_name, tls_dhparams.known[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_absent_file_is_installed),
		scratch_test(test_known_version_is_replaced),
		scratch_test(test_present_version_is_left_alone),
		scratch_test(test_changed_file_stays_and_the_version_is_noted),
		scratch_test(test_dhparams_are_the_file_that_certbot_ships),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
