/*
 * Fresh settings over the sample rows for each test of a group.
 */
#ifndef TESTS_CONFIG_SETTINGS_FIXTURE_H
#define TESTS_CONFIG_SETTINGS_FIXTURE_H

#include "base/alloc.h"
#include "config/settings.h"
#include "settings_json.h"

struct fixture {
	struct option_table table;
	struct settings *settings;
};

static int set_up(void **state)
{
	struct fixture *fixture = XNEW(struct fixture);

	sample_table_init(&fixture->table);
	fixture->settings = settings_new(&fixture->table);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	settings_free(fixture->settings);
	option_table_release(&fixture->table);
	free(fixture);
	return 0;
}

static struct settings *settings_of(void **state)
{
	return ((struct fixture *)*state)->settings;
}

#endif
