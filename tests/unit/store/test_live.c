/*
 * The switch and its repair. "a" and "b" stand for two generations.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/inotify.h>

#include "store/generations.h"
#include "store/lineage/live.h"

static const struct live_links links = {
	{(char *)"live/n/cert.pem", (char *)"live/n/privkey.pem", (char *)"live/n/chain.pem",
	 (char *)"live/n/fullchain.pem"},
	STORE_KIND__COUNT,
};
static char *const *const paths = links.paths;
static char *old_targets[] = {
	(char *)"../../archive/cert1.pem", (char *)"../../archive/privkey1.pem",
	(char *)"../../archive/chain1.pem", (char *)"../../archive/fullchain1.pem"};
static char *new_targets[] = {
	(char *)"../../archive/cert2.pem", (char *)"../../archive/privkey2.pem",
	(char *)"../../archive/chain2.pem", (char *)"../../archive/fullchain2.pem"};

static void must(int rc, struct error *err)
{
	if (rc < 0)
		BUG("%s", err->text);
}

static int enter(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (scratch_enter(state) < 0)
		return -1;
	must(dir_make("live/n", 0750, &err), &err);
	must(dir_make("archive", 0700, &err), &err);
	for (int kind = 0; kind < STORE_KIND__COUNT; kind++)
		for (int i = 1; i <= 2; i++) {
			AUTO_FREE char *path = xasprintf("archive/%s%d.pem",
							 store_kind_name((enum store_kind)kind), i);

			put_text(path, "x");
		}
	for (int kind = 0; kind < STORE_KIND__COUNT; kind++)
		must(file_symlink(old_targets[kind], paths[kind], &err), &err);
	put_text("live/n/README", "read me");
	return 0;
}

#define live_test(function) cmocka_unit_test_setup_teardown(function, enter, scratch_leave)

static void switch_links(void)
{
	AUTO(error) struct error err = ERROR_INIT;

	must(live_switch(&links, new_targets, &err), &err);
}

static void recover(void)
{
	AUTO(error) struct error err = ERROR_INIT;

	must(live_recover(&links, &err), &err);
}

/* Only links and README: nothing of ours was left behind. */
static void assert_tidy(void)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strvec) struct strvec siblings = STRVEC_INIT;
	AUTO(strvec) struct strvec inside = STRVEC_INIT;
	AUTO_FREE char *joined = NULL;

	must(dir_list("live", "", &siblings, &err), &err);
	must(dir_list("live/n", "", &inside, &err), &err);
	joined = strvec_join(&inside, " ");
	assert_int_equal(siblings.count, 1);
	assert_string_equal(joined, "README cert.pem chain.pem fullchain.pem privkey.pem");
}

static void test_all_links_are_switched(void **state)
{
	struct stat before, after;

	assert_int_equal(stat("live/n", &before), 0);
	switch_links();
	assert_true(live_shows(&links, new_targets));
	assert_tidy();
	assert_int_equal(stat("live/n", &after), 0);
	assert_int_equal(after.st_ino, before.st_ino);
	assert_int_equal(after.st_mode, before.st_mode);
}

static void test_the_mode_of_the_directory_is_not_opened(void **state)
{
	struct stat attributes;

	assert_int_equal(chmod("live/n", 0700), 0);
	switch_links();
	assert_int_equal(stat("live/n", &attributes), 0);
	assert_int_equal(attributes.st_mode & 07777, 0700);
}

static void test_watchers_of_the_directory_see_the_change(void **state)
{
	int fd = inotify_init1(IN_NONBLOCK);
	char events[4096];

	assert_true(inotify_add_watch(fd, "live/n", IN_MOVED_TO | IN_CREATE) >= 0);
	switch_links();
	assert_true(read(fd, events, sizeof(events)) > 0);
	close(fd);
}

static void test_other_files_stay_the_same_files(void **state)
{
	struct stat before, after;

	put_text("live/n/combined.pem", "mine");
	assert_int_equal(stat("live/n/combined.pem", &before), 0);
	switch_links();
	assert_int_equal(stat("live/n/combined.pem", &after), 0);
	assert_int_equal(after.st_ino, before.st_ino);
	assert_int_equal(after.st_nlink, 1);
}

static void test_a_subdirectory_means_link_by_link(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	/* A directory cannot have a second name in the twin. */
	must(dir_make("live/n/mine", 0755, &err), &err);
	put_text("live/n/mine/file", "mine");
	switch_links();
	assert_true(live_shows(&links, new_targets));
	assert_true(file_exists("live/n/mine/file"));
	assert_false(file_exists("live/.n.twin"));
	assert_false(file_is_symlink("live/n/previous_cert.pem"));
}

static void test_a_directory_that_is_a_link_stays_one(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	must(dir_make("srv", 0755, &err), &err);
	must(file_rename("live/n", "srv/n", &err), &err);
	must(file_symlink("../srv/n", "live/n", &err), &err);
	switch_links();
	assert_true(file_is_symlink("live/n"));
	assert_true(live_shows(&links, new_targets));
}

static void test_a_strange_directory_in_the_way_is_left_alone(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	must(dir_make("live/.n.twin", 0755, &err), &err);
	put_text("live/.n.twin/mine", "mine");
	recover();
	switch_links();
	assert_true(live_shows(&links, new_targets));
	assert_true(file_exists("live/.n.twin/mine"));
}

static void make_twin(char *const *targets)
{
	static const char *const names[] = {"cert.pem", "privkey.pem", "chain.pem",
					    "fullchain.pem"};
	AUTO(error) struct error err = ERROR_INIT;

	must(dir_make("live/.n.twin", 0755, &err), &err);
	must(file_symlink("n", "live/.n.twin/.twin", &err), &err);
	for (int kind = 0; kind < STORE_KIND__COUNT; kind++) {
		AUTO_FREE char *path = path_join("live/.n.twin", names[kind]);

		must(file_symlink(targets[kind], path, &err), &err);
	}
	if (link("live/n/README", "live/.n.twin/README") < 0)
		BUG("no second name");
}

static void test_a_twin_that_was_never_shown_is_removed(void **state)
{
	make_twin(new_targets);
	recover();
	assert_true(live_shows(&links, old_targets));
	assert_tidy();
}

static void test_a_twin_without_anything_is_removed(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	must(dir_make("live/.n.twin", 0755, &err), &err);
	recover();
	assert_tidy();
}

static void test_a_shown_twin_is_brought_home(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct stat before, after;

	assert_int_equal(stat("live/n", &before), 0);
	make_twin(new_targets);
	must(file_exchange("live/n", "live/.n.twin", &err), &err);
	/* Somebody keeps working in what is live/n at the time. */
	put_text("live/n/added", "mine");
	put_text("live/n/README", "changed");
	recover();
	assert_true(live_shows(&links, new_targets));
	assert_int_equal(stat("live/n", &after), 0);
	assert_int_equal(after.st_ino, before.st_ino);
	assert_true(file_exists("live/n/added"));
	assert_false(file_exists("live/.n.twin"));
	assert_false(file_is_symlink("live/n/.twin"));
	{
		AUTO_FREE char *text = text_of("live/n/README");

		assert_string_equal(text, "changed");
	}
}

static void put_previous(int first, int last)
{
	for (int kind = first; kind <= last; kind++) {
		AUTO(error) struct error err = ERROR_INIT;
		const char *name = store_kind_name((enum store_kind)kind);
		AUTO_FREE char *path = xasprintf("live/n/previous_%s.pem", name);
		AUTO_FREE char *target = xasprintf("%s/archive/%s1.pem", scratch_dir, name);

		must(file_symlink(target, path, &err), &err);
	}
}

static void point(int kind, const char *target)
{
	AUTO(error) struct error err = ERROR_INIT;

	must(file_remove(paths[kind], &err), &err);
	must(file_symlink(target, paths[kind], &err), &err);
}

static void test_a_switch_of_certbot_that_was_cut_short_is_undone(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	put_previous(STORE_CERT, STORE_FULLCHAIN);
	point(STORE_CERT, new_targets[STORE_CERT]);
	must(file_remove(paths[STORE_PRIVKEY], &err), &err);
	recover();
	assert_true(live_shows(&links, old_targets));
	assert_tidy();
}

static void test_a_switch_of_certbot_that_was_done_stays(void **state)
{
	put_previous(STORE_CHAIN, STORE_FULLCHAIN);
	for (int kind = 0; kind < STORE_KIND__COUNT; kind++)
		point(kind, new_targets[kind]);
	recover();
	assert_true(live_shows(&links, new_targets));
	assert_tidy();
}

static void test_a_switch_of_certbot_that_had_not_begun_is_forgotten(void **state)
{
	put_previous(STORE_CERT, STORE_PRIVKEY);
	recover();
	assert_true(live_shows(&links, old_targets));
	assert_tidy();
}

static void test_recovery_of_nothing_changes_nothing(void **state)
{
	recover();
	assert_true(live_shows(&links, old_targets));
	assert_tidy();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		live_test(test_all_links_are_switched),
		live_test(test_the_mode_of_the_directory_is_not_opened),
		live_test(test_watchers_of_the_directory_see_the_change),
		live_test(test_other_files_stay_the_same_files),
		live_test(test_a_subdirectory_means_link_by_link),
		live_test(test_a_directory_that_is_a_link_stays_one),
		live_test(test_a_strange_directory_in_the_way_is_left_alone),
		live_test(test_a_twin_that_was_never_shown_is_removed),
		live_test(test_a_twin_without_anything_is_removed),
		live_test(test_a_shown_twin_is_brought_home),
		live_test(test_a_switch_of_certbot_that_was_cut_short_is_undone),
		live_test(test_a_switch_of_certbot_that_was_done_stays),
		live_test(test_a_switch_of_certbot_that_had_not_begun_is_forgotten),
		live_test(test_recovery_of_nothing_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
