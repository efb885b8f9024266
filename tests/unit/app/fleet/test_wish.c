/* Names that the fleet wants: what travels with the options, and what a machine makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/fleet/member/wish.h"
#include "app/run_fixture.h"
#include "store/renewal/fleet_names.h"
#include "store/renewal/renewal_state.h"

#define WISH "[names]\nwanted = b.example, a.example\nreplaced = " NAME "\n"

struct fixture {
	struct run run;
	struct lineage *lineage;
};

/* A lineage of the fleet's third generation, with names on record (NULL: none). */
static void set_up(struct fixture *f, const char *names)
{
	AUTO(strvec) struct strvec noted = STRVEC_INIT;

	*f = (struct fixture){.lineage = NULL};
	start_run(&f->run, "renew");
	f->lineage = created("1");
	renewal_state_set_generation(lineage_conf(f->lineage), 3);
	if (names)
		strvec_split(&noted, names, ",");
	fleet_names_set(lineage_conf(f->lineage), &noted);
}

static void tear_down(struct fixture *f)
{
	lineage_free(f->lineage);
	end_run(&f->run);
}

/* The names on record, as "a,b". */
static char *noted_names(const struct lineage *lineage)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	(void)fleet_names_read(lineage_conf(lineage), &names);
	return strvec_join(&names, ",");
}

static void test_what_a_machine_makes_of_the_options(void **state)
{
	static const struct {
		const char *options;
		uint64_t generation; /* that the options are of */
		const char *noted, *noted_then;
		bool is_new;
		int code;
	} rows[] = {
		{WISH, 3, NULL, "b.example,a.example", true, 0},
		/* A renewal of the same names was under way meanwhile, but no two. */
		{WISH, 2, NULL, "b.example,a.example", true, 0},
		{WISH, 1, NULL, "", false, 0},
		{WISH, 1, "b.example", "", true, 0},
		/* In another order they are the same. */
		{WISH, 3, "a.example,b.example", "a.example,b.example", false, 0},
		{WISH, 3, "a.example", "b.example,a.example", true, 0},
		/* Somebody has asked for other names since. */
		{"[names]\nwanted = a.example\nreplaced = z.example\n", 3, NULL, "", false, 0},
		{"[names]\nwanted = a.example\nreplaced = z.example\n", 3, "a.example", "", true,
		 0},
		/* No wish, or half of one. */
		{"key_type = ecdsa\n", 3, "a.example", "", true, 0},
		{"key_type = ecdsa\n", 3, NULL, "", false, 0},
		{NULL, 3, "a.example", "", true, 0},
		{"[names]\nreplaced = " NAME "\n", 3, NULL, "", false, 0},
		{"[names]\nwanted = a.example\n", 3, NULL, "", true, ERR_NOT_FOUND},
		{"[names]\nwanted = \"a.example\nreplaced = " NAME "\n", 3, "a.example",
		 "a.example", true, ERR_PARSE},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fixture f;
		AUTO(error) struct error err = ERROR_INIT;
		AUTO_FREE char *names = NULL;
		AUTO(fleet_record) struct fleet_record want = FLEET_RECORD_INIT;

		set_up(&f, rows[i].noted);
		want.kind = FLEET_WANT;
		want.generation = rows[i].generation;
		want.options = xstrdup_or_null(rows[i].options);
		assert_int_equal(wish_is_new(f.lineage, &want), rows[i].is_new);
		assert_int_equal(wish_note(f.lineage, &want, &err), rows[i].code);
		names = noted_names(f.lineage);
		assert_string_equal(names, rows[i].noted_then);
		assert_int_equal(wish_is_new(f.lineage, &want), rows[i].code != 0);
		tear_down(&f);
	}
}

static void test_no_options_are_no_wish(void **state)
{
	struct fixture f;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *names = NULL;

	set_up(&f, "a.example");
	assert_false(wish_is_in(NULL));
	assert_true(wish_is_new(f.lineage, NULL));
	assert_int_equal(wish_note(f.lineage, NULL, &err), 0);
	names = noted_names(f.lineage);
	assert_string_equal(names, "");
	tear_down(&f);
}

static void test_what_is_written_is_read_by_another_machine(void **state)
{
	struct fixture f;
	AUTO(ini) struct ini *options = ini_new();
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(strvec) struct strvec none = STRVEC_INIT;
	AUTO(fleet_record) struct fleet_record want = FLEET_RECORD_INIT;
	AUTO_FREE char *names = NULL;

	set_up(&f, NULL);
	assert_int_equal(wish_write(f.lineage, options, &err), 0);
	assert_null(ini_find_section(ini_root(options), "names"));
	tear_down(&f);

	set_up(&f, "b.example,a.example");
	assert_int_equal(wish_write(f.lineage, options, &err), 0);
	ini_print(options, &text);
	want.kind = FLEET_WANT;
	want.generation = 3;
	want.options = strbuf_detach(&text);
	assert_true(wish_is_in(&want));
	fleet_names_set(lineage_conf(f.lineage), &none);
	assert_int_equal(wish_note(f.lineage, &want, &err), 0);
	names = noted_names(f.lineage);
	assert_string_equal(names, "b.example,a.example");
	tear_down(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_what_a_machine_makes_of_the_options),
		scratch_test(test_no_options_are_no_wish),
		scratch_test(test_what_is_written_is_read_by_another_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
