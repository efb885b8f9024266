/*
 * Chains that generations share: a generation gets the chain that it names, and no other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "fleet/chain.h"

static void test_a_generation_gets_the_chain_that_it_names(void **state)
{
	AUTO(fleet_record) struct fleet_record generation = FLEET_RECORD_INIT;
	AUTO(fleet_record) struct fleet_record chain = FLEET_RECORD_INIT;

	generation.chain = fleet_chain_name("of an intermediate\n");
	chain.chain = xstrdup("of an intermediate\n");
	assert_true(fleet_chain_is_apart(&generation));
	assert_true(fleet_chain_join(&generation, &chain));
	assert_string_equal(generation.chain, "of an intermediate\n");
}

static void test_another_chain_or_none_is_refused(void **state)
{
	AUTO(fleet_record) struct fleet_record generation = FLEET_RECORD_INIT;
	AUTO(fleet_record) struct fleet_record chain = FLEET_RECORD_INIT;
	AUTO_FREE char *name = fleet_chain_name("of an intermediate\n");

	generation.chain = xstrdup(name);
	assert_false(fleet_chain_join(&generation, &chain));
	chain.chain = xstrdup("of another one\n");
	assert_false(fleet_chain_join(&generation, &chain));
	assert_string_equal(generation.chain, name);
}

static void test_a_certificate_without_a_chain_names_none(void **state)
{
	AUTO(fleet_record) struct fleet_record generation = FLEET_RECORD_INIT;

	assert_null(fleet_chain_name(NULL));
	assert_null(fleet_chain_name(""));
	assert_false(fleet_chain_is_apart(&generation));
	generation.chain = xstrdup("");
	assert_false(fleet_chain_is_apart(&generation));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_generation_gets_the_chain_that_it_names),
		cmocka_unit_test(test_another_chain_or_none_is_refused),
		cmocka_unit_test(test_a_certificate_without_a_chain_names_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
