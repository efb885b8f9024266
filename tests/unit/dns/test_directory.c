/* Which zones a provider is asked for, of which there is only example.com and sub.example.com. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "dns/directory.h"
#include "dns/provider.h"

static struct strvec asked = STRVEC_INIT;

static int find_zone(struct dns_session *session, const char *name, char **ret_id,
		     struct error *err)
{
	strvec_push(&asked, name);
	if (strcmp(name, "example.com") == 0 || strcmp(name, "sub.example.com") == 0)
		return 0;
	return error_set(err, ERR_NOT_FOUND, "no zone '%s'", name);
}

static const struct dns_provider provider = {.title = "Test", .find_zone = find_zone};

static int set_up(void **state)
{
	struct dns_session *session = XNEW(struct dns_session);
	static const struct plugin_host host = {.ui = NULL};

	session->provider = &provider;
	session->host = &host;
	session->directory = dns_directory_new();
	*state = session;
	return 0;
}

static int tear_down(void **state)
{
	struct dns_session *session = *state;

	dns_directory_free(session->directory);
	free(session);
	strvec_release(&asked);
	strvec_init(&asked);
	return 0;
}

/* The zone of a name, with no further question. */
static void assert_known(struct dns_session *session, const char *name, const char *zone_name)
{
	AUTO(error) struct error err = ERROR_INIT;
	const struct dns_zone *zone = NULL;
	size_t before = asked.count;

	assert_int_equal(dns_find_zone(session, name, &zone, &err), 0);
	assert_string_equal(zone->name, zone_name);
	assert_int_equal(asked.count, before);
}

static void learn(struct dns_session *session, const struct dns_wanted *wanted, size_t count)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(dns_learn_zones(session, wanted, count, &err), 0);
}

static void test_the_zone_that_dns_names_is_asked_for_first(void **state)
{
	static const struct dns_wanted wanted[] = {{"a.b.example.com", "example.com"},
						   {"c.sub.example.com", "sub.example.com"}};

	learn(*state, wanted, ARRAY_LEN(wanted));
	assert_known(*state, "a.b.example.com", "example.com");
	assert_known(*state, "c.sub.example.com", "sub.example.com");
	assert_int_equal(asked.count, 2);
}

static void test_a_zone_that_only_dns_knows_is_no_obstacle(void **state)
{
	static const struct dns_wanted wanted[] = {{"a.b.example.com", "b.example.com"}};

	learn(*state, wanted, ARRAY_LEN(wanted));
	assert_known(*state, "a.b.example.com", "example.com");
	assert_int_equal(asked.count, 3);
}

static void test_the_parent_of_many_names_is_asked_for_once(void **state)
{
	static char names[20][24];
	struct dns_wanted wanted[22] = {{"sub.example.com", NULL}, {"deep.sub.example.com", NULL}};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(names[i], sizeof(names[i]), "n%zu.example.com", i);
		wanted[i + 2].name = names[i];
	}
	learn(*state, wanted, ARRAY_LEN(wanted));
	assert_known(*state, "n7.example.com", "example.com");
	assert_known(*state, "deep.sub.example.com", "sub.example.com");
	assert_known(*state, "sub.example.com", "sub.example.com");
	assert_int_equal(asked.count, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_the_zone_that_dns_names_is_asked_for_first,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_zone_that_only_dns_knows_is_no_obstacle,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_parent_of_many_names_is_asked_for_once,
						set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
