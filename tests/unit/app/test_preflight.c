/* Keys of a batch: everybody gets one, errors stay apart, a signal ends the work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <signal.h>

#include "app/issue/preflight.h"
#include "app/run_fixture.h"
#include "os/signals.h"

enum { COUNT = 40 };

struct fixture {
	struct run run;
	struct issue_request requests[COUNT];
	struct issue_request *list[COUNT];
};

static void set_up(struct fixture *f)
{
	start_run(&f->run, "renew");
	for (size_t i = 0; i < COUNT; i++) {
		issue_request_init(&f->requests[i]);
		f->requests[i].settings = f->run.settings;
		f->list[i] = &f->requests[i];
	}
}

static void tear_down(struct fixture *f)
{
	for (size_t i = 0; i < COUNT; i++)
		issue_request_release(&f->requests[i]);
	end_run(&f->run);
}

static void test_every_request_gets_a_key_of_its_own(void **state)
{
	struct fixture f;
	AUTO(error) struct error err = ERROR_INIT;

	set_up(&f);
	assert_int_equal(preflight_run(f.run.app.plugins, f.list, COUNT, &err), 0);
	for (size_t i = 0; i < COUNT; i++) {
		assert_non_null(f.requests[i].key);
		for (size_t at = 0; at < i; at++)
			assert_ptr_not_equal(f.requests[i].key, f.requests[at].key);
	}
	tear_down(&f);
}

static void test_csr_and_earlier_key_need_none(void **state)
{
	static const struct csr_contents csr;
	struct fixture f;
	struct key *earlier;
	AUTO(error) struct error err = ERROR_INIT;

	set_up(&f);
	f.requests[3].csr = &csr;
	assert_int_equal(preflight_run(f.run.app.plugins, &f.list[5], 1, &err), 0);
	earlier = f.requests[5].key;
	assert_int_equal(preflight_run(f.run.app.plugins, f.list, COUNT, &err), 0);
	assert_null(f.requests[3].key);
	assert_non_null(f.requests[4].key);
	assert_ptr_equal(f.requests[5].key, earlier);
	tear_down(&f);
}

static void test_error_stays_in_its_request(void **state)
{
	struct fixture f;
	struct settings *odd;
	AUTO(error) struct error err = ERROR_INIT;

	set_up(&f);
	odd = settings_new(&f.run.table);
	settings_set_string(odd, "elliptic_curve", "nosuch", ORIGIN_COMMAND_LINE);
	f.requests[7].settings = odd;
	assert_int_equal(preflight_run(f.run.app.plugins, f.list, COUNT, &err), 0);
	for (size_t i = 0; i < COUNT; i++)
		assert_int_equal(error_is_set(&f.requests[i].error), i == 7);
	assert_null(f.requests[7].key);
	settings_free(odd);
	tear_down(&f);
}

/* Last: the signal stays noted for the rest of the process. */
static void test_signal_ends_the_work(void **state)
{
	struct fixture f;
	AUTO(error) struct error err = ERROR_INIT;

	set_up(&f);
	signals_install();
	raise(SIGTERM);
	assert_int_equal(preflight_run(f.run.app.plugins, f.list, COUNT, &err), ERR_CANCELLED);
	for (size_t i = 0; i < COUNT; i++)
		assert_null(f.requests[i].key);
	tear_down(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_request_gets_a_key_of_its_own),
		cmocka_unit_test(test_csr_and_earlier_key_need_none),
		cmocka_unit_test(test_error_stays_in_its_request),
		cmocka_unit_test(test_signal_ends_the_work),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
