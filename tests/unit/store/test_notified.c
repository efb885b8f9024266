/* The record of what was told, and of when `renew` ran. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/file/file.h"
#include "os/leaping_clock.h"
#include "os/scratch.h"
#include "store/renewal/notified.h"
#include "store/renewal/notified_file.h"

enum { HOUR = 3600, DAY = 24 * HOUR };
static const int64_t now = 1767323045; /* 2026-01-02T03:04:05Z */
static const int64_t later_on = 1767323045 + 365 * DAY;

static struct notified *empty_record(void)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(dir_remove_tree("work", &err), 0);
	return notified_read("work");
}

/* What was noted is read back from the file in that directory. */
static struct notified *through_file(struct notified *own_record, const char *dir)
{
	AUTO(notified) struct notified *record = own_record;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(notified_write(record, &err), 0);
	return notified_read(dir);
}

static struct notified *with_runs(const int64_t *hours, size_t count)
{
	struct notified *record = empty_record();

	for (size_t i = 0; i < count; i++)
		notified_note_run(record, now + hours[i] * HOUR);
	return through_file(record, "work");
}

static void test_nothing_on_record(void **state)
{
	AUTO(notified) struct notified *record = empty_record();

	assert_int_equal(notified_last_run(record, later_on), 0);
	assert_int_equal(notified_overdue_at(record, later_on), 0);
	assert_int_equal(notified_told_at(record, "mail:root", "expires a.test"), 0);
	assert_int_equal(notified_count_sent(record, "mail:root", 0), 0);
	assert_int_equal(notified_target_count(record), 0);
}

static void test_hourly_runs_are_missed_after_twelve_hours(void **state)
{
	static const int64_t hours[] = {0, 1, 2, 4};
	AUTO(notified) struct notified *record = with_runs(hours, ARRAY_LEN(hours));

	assert_int_equal(notified_last_run(record, later_on), now + 4 * HOUR);
	assert_int_equal(notified_overdue_at(record, later_on), now + 4 * HOUR + 12 * HOUR);
}

static void test_rare_runs_are_missed_after_two_of_their_intervals(void **state)
{
	static const int64_t hours[] = {0, 12, 24, 25, 36};
	AUTO(notified) struct notified *record = with_runs(hours, ARRAY_LEN(hours));

	assert_int_equal(notified_overdue_at(record, later_on), now + 36 * HOUR + 24 * HOUR);
}

static void test_a_long_gap_counts_for_a_week_and_is_forgotten(void **state)
{
	static const int64_t hours[] = {0, 90 * 24, 90 * 24 + 1};
	static const int64_t later[] = {0, 2160, 2161, 2162, 2163, 2164, 2165, 2166, 2167, 2168};
	AUTO(notified) struct notified *record = with_runs(hours, ARRAY_LEN(hours));
	AUTO(notified) struct notified *used = with_runs(later, ARRAY_LEN(later));

	assert_int_equal(notified_overdue_at(record, later_on),
			 now + (90 * 24 + 1) * HOUR + 14 * DAY);
	assert_int_equal(notified_overdue_at(used, later_on), now + 2168 * HOUR + 12 * HOUR);
}

static void test_the_watch_counts_from_its_beginning(void **state)
{
	AUTO(notified) struct notified *record = empty_record();

	notified_begin_watch(record, now);
	notified_begin_watch(record, now + DAY);
	assert_int_equal(notified_last_run(record, later_on), 0);
	assert_int_equal(notified_overdue_at(record, later_on), now + 12 * HOUR);
}

static struct notified *with_text(const char *text)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(dir_make("given", 0755, &err), 0);
	assert_int_equal(file_publish("given/notified.json", text, strlen(text), 0600, &err), 0);
	return notified_read("given");
}

static void test_runs_by_a_wrong_clock_do_not_count(void **state)
{
	static const int64_t ahead[] = {-90 * 24, -89 * 24, 100 * 365 * 24};
	static const int64_t behind[] = {-490922, -2, -1}; /* 1970 */
	static const int64_t back[] = {-3, -2, -490922, -1};
	AUTO(notified) struct notified *future = with_runs(ahead, ARRAY_LEN(ahead));
	AUTO(notified) struct notified *unset = with_runs(behind, ARRAY_LEN(behind));
	AUTO(notified) struct notified *reset = with_runs(back, ARRAY_LEN(back));

	assert_int_equal(notified_last_run(future, now), now - 89 * DAY);
	assert_int_equal(notified_overdue_at(future, now), now - 87 * DAY);
	assert_int_equal(notified_watch_lateness(future, now, 5), 0);
	assert_int_equal(notified_overdue_at(unset, now), now + 11 * HOUR);
	assert_int_equal(notified_overdue_at(reset, now), now + 11 * HOUR);
}

static void test_a_watch_by_a_wrong_clock_begins_again(void **state)
{
	static const char *const texts[] = {
		"{\"watched_since\": 4102444800}", "{\"watched_since\": 1000}",
		"{\"watched_since\": 4102444800, \"runs\": [4102444800]}"};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		AUTO(notified) struct notified *record = with_text(texts[i]);

		assert_int_equal(notified_overdue_at(record, now), 0);
		notified_begin_watch(record, now);
		assert_int_equal(notified_overdue_at(record, now + DAY), now + 12 * HOUR);
	}
}

/* One more would overflow. */
static void test_an_absurd_number_of_writes_begins_again(void **state)
{
	AUTO(notified) struct notified *most = with_text("{\"writes\": 9223372036854775807}");
	AUTO(notified) struct notified *least = with_text("{\"writes\": -5}");
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(notified_writes(least), 0);
	assert_int_equal(notified_writes(most), 0);
	assert_int_equal(notified_write(most, &err), 0);
	assert_int_equal(notified_writes(most), 1);
}

/* Reading /proc/self/mem from its beginning fails with EIO, for root as well. */
static void test_a_file_that_cannot_be_read_is_not_taken_for_empty(void **state)
{
	AUTO(notified) struct notified *record = NULL, *seen = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(dir_make("dead", 0755, &err), 0);
	assert_int_equal(file_symlink("/proc/self/mem", "dead/notified.json", &err), 0);
	assert_int_equal(notified_take("dead", &test_clock, &record, &err), ERR_IO);
	assert_null(record);
	assert_non_null(strstr(err.text, "dead/notified.json"));
	seen = notified_read("dead");
	assert_int_equal(notified_target_count(seen), 0);
}

static const struct strvec none = STRVEC_INIT;

static void note_sent(struct notified *record, const char *target, const struct strvec *keys,
		      const char *subject, int64_t at)
{
	notified_note_sent(record, &(const struct notified_message){target, keys, &none, subject},
			   at);
}

static void note_attempt(struct notified *record, int64_t at)
{
	notified_note_attempt(record,
			      &(const struct notified_message){"syslog", &none, &none, "subject"},
			      at, at + 120);
}

static void test_each_target_has_its_own_record(void **state)
{
	AUTO(strvec) struct strvec keys = STRVEC_INIT, told = STRVEC_INIT, kept = STRVEC_INIT;
	const struct notified_message lost = {"syslog", &keys, &none, "one"};
	AUTO(notified) struct notified *record = empty_record();
	struct notified_last last;

	strvec_push(&keys, "expires a.test");
	note_sent(record, "mail:root", &keys, "one", now);
	notified_note_failure(record, &lost, "no journal", now + 1);
	record = through_file(record, "work");
	assert_int_equal(notified_told_at(record, "mail:root", "expires a.test"), now);
	assert_int_equal(notified_told_at(record, "syslog", "expires a.test"), 0);
	notified_list_told(record, "mail:root", &told);
	assert_true(strvec_same_set(&told, &keys));
	assert_int_equal(notified_target_count(record), 2);
	last = notified_last_of(record, 1);
	assert_string_equal(last.target, "syslog");
	assert_null(last.subject);
	assert_string_equal(last.failure, "no journal");
	assert_int_equal(last.failed_at, now + 1);
	note_sent(record, "syslog", &told, "two", now + 2);
	last = notified_last_of(record, 1);
	assert_null(last.failure);
	assert_string_equal(last.subject, "two");
	strvec_push(&kept, "syslog");
	notified_note_targets(record, &kept, now);
	notified_note_targets(record, &kept, now + 7 * DAY - 1);
	assert_int_equal(notified_target_count(record), 2);
	notified_note_targets(record, &kept, now + 7 * DAY);
	assert_int_equal(notified_target_count(record), 1);
	assert_string_equal(notified_last_of(record, 0).target, "syslog");
}

/* `renew` tells one, and the timer of the watch the other. */
static void test_rounds_of_different_targets_do_not_forget_each_other(void **state)
{
	AUTO(strvec) struct strvec keys = STRVEC_INIT, one = STRVEC_INIT, other = STRVEC_INIT;
	AUTO(notified) struct notified *record = empty_record();
	const struct notified_message message = {"syslog", &keys, &none, "one"};

	strvec_push(&keys, "expires a.test");
	strvec_push(&one, "syslog");
	strvec_push(&other, "mail:root");
	notified_note_attempt(record, &message, now, now + 120);
	notified_note_targets(record, &other, now + 1);
	assert_true(notified_is_under_way(record, "syslog", keys.items[0], now + 1));
	notified_note_sent(record, &message, now + 2);
	for (int64_t day = 0; day < 20; day++) {
		notified_note_targets(record, &one, now + day * DAY);
		notified_note_targets(record, &other, now + day * DAY + HOUR);
		record = through_file(record, "work");
		assert_int_equal(notified_told_at(record, "syslog", keys.items[0]), now + 2);
	}
	assert_int_equal(notified_count_sent(record, "syslog", now + HOUR), 1);
}

static void test_only_what_was_told_to_be_over_is_over(void **state)
{
	AUTO(strvec) struct strvec keys = STRVEC_INIT, other = STRVEC_INIT;
	AUTO(notified) struct notified *record = empty_record();
	const struct notified_message over = {"syslog", &none, &keys, "three"};

	strvec_push(&keys, "expires a.test");
	strvec_push(&other, "expires b.test");
	note_sent(record, "syslog", &keys, "one", now);
	note_sent(record, "syslog", &other, "two", now + HOUR);
	assert_int_equal(notified_told_at(record, "syslog", "expires a.test"), now);
	notified_note_sent(record, &over, now + 2 * HOUR);
	assert_int_equal(notified_told_at(record, "syslog", "expires a.test"), 0);
	assert_int_equal(notified_told_at(record, "syslog", "expires b.test"), now + HOUR);
}

static void test_an_attempt_is_under_way_until_its_sender_has_ended(void **state)
{
	static const char key[] = "expires a.test";
	AUTO(strvec) struct strvec keys = STRVEC_INIT, other = STRVEC_INIT;
	AUTO(notified) struct notified *record = empty_record();
	const struct notified_message message = {"syslog", &keys, &other, "one"};
	const struct notified_message later = {"syslog", &none, &other, "two"};

	strvec_push(&keys, key);
	strvec_push(&other, "expired b.test");
	notified_note_attempt(record, &message, now, now + 120);
	record = through_file(record, "work");
	assert_true(notified_is_under_way(record, "syslog", key, now + 119));
	assert_true(notified_is_under_way(record, "syslog", "expired b.test", now));
	assert_false(notified_is_under_way(record, "mail:root", key, now));
	assert_false(notified_is_under_way(record, "syslog", key, now + 120));
	/* The clock was a day ahead. */
	assert_false(notified_is_under_way(record, "syslog", key, now - DAY));
	notified_note_failure(record, &message, "no journal", now + 5);
	assert_false(notified_is_under_way(record, "syslog", key, now + 6));
	notified_note_attempt(record, &message, now + 10, now + 130);
	notified_note_sent(record, &message, now + 11);
	assert_false(notified_is_under_way(record, "syslog", key, now + 12));
	/* What a dead one has left goes with the next attempt. */
	notified_note_attempt(record, &message, now + 20, now + 140);
	notified_note_attempt(record, &later, now + 200, now + 320);
	assert_false(notified_is_under_way(record, "syslog", key, now + 100));
	assert_true(notified_is_under_way(record, "syslog", "expired b.test", now + 201));
}

static void test_the_lock_keeps_others_waiting_for_five_seconds(void **state)
{
	AUTO(notified) struct notified *first = NULL, *second = NULL, *third = NULL;
	AUTO(error) struct error err = ERROR_INIT;
	int64_t writes;

	assert_int_equal(notified_take("locked", &test_clock, &first, &err), 0);
	writes = notified_writes(first);
	assert_int_equal(notified_write(first, &err), 0);
	assert_int_equal(notified_take("locked", &test_clock, &second, &err), ERR_BUSY);
	assert_non_null(strstr(err.text, "notified.lock"));
	assert_null(second);
	assert_int_equal(test_time, 5000);
	error_release(&err);
	notified_unlock(first);
	assert_int_equal(notified_take("locked", &test_clock, &second, &err), 0);
	assert_int_equal(notified_writes(second), writes + 1);
	notified_free(STEAL(second));
	assert_int_equal(notified_take("locked", &test_clock, &third, &err), 0);
}

static void test_the_messages_of_a_day_are_counted(void **state)
{
	AUTO(notified) struct notified *record = empty_record();

	note_attempt(record, now);
	note_attempt(record, now + HOUR);
	record = through_file(record, "work");
	assert_int_equal(notified_count_sent(record, "syslog", now + HOUR), 2);
	note_attempt(record, now + DAY);
	assert_int_equal(notified_count_sent(record, "syslog", now + DAY), 2);
	notified_drop_attempt(record, "syslog", now + DAY);
	notified_drop_attempt(record, "syslog", now + DAY);
	assert_int_equal(notified_count_sent(record, "syslog", now + DAY), 1);
}

/* Four messages of a clock that was years ahead would keep all others back for years. */
static void test_messages_of_the_future_do_not_count(void **state)
{
	AUTO(notified) struct notified *record = empty_record();

	note_attempt(record, now + 400 * DAY);
	assert_int_equal(notified_count_sent(record, "syslog", now), 0);
	note_attempt(record, now);
	assert_int_equal(notified_count_sent(record, "syslog", now), 1);
	assert_int_equal(notified_count_sent(record, "syslog", now + 400 * DAY), 0);
}

static void test_lateness_counts_while_the_machine_is_awake(void **state)
{
	AUTO(notified) struct notified *record = empty_record();

	assert_int_equal(notified_watch_lateness(record, now, 9 * DAY), -1);
	notified_note_run(record, now);
	assert_int_equal(notified_watch_lateness(record, now + 12 * HOUR - 1, 9 * DAY), -1);
	/* It was suspended for a day: its clock says nothing of that. */
	assert_int_equal(notified_watch_lateness(record, now + DAY, 9 * DAY), 0);
	record = through_file(record, "work");
	assert_int_equal(notified_watch_lateness(record, now + 2 * DAY, 9 * DAY + 60), 60);
	/* It was started again. */
	assert_int_equal(notified_watch_lateness(record, now + 3 * DAY, 20), 0);
	assert_int_equal(notified_watch_lateness(record, now + 3 * DAY, 30), 10);
	notified_note_run(record, now + 3 * DAY);
	assert_int_equal(notified_watch_lateness(record, now + 3 * DAY, 40), -1);
	assert_int_equal(notified_watch_lateness(record, now + 9 * DAY, 50), 0);
}

static void test_a_damaged_file_counts_as_empty(void **state)
{
	static const char *const texts[] = {
		"", "nothing", "[1]", "{\"runs\": 3, \"targets\": [1]}",
		"{\"runs\": [\"x\"], \"targets\": {\"syslog\": 1}, \"watched_since\": true}"};
	AUTO(strvec) struct strvec keys = STRVEC_INIT;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(notified) struct notified *record = NULL;

		assert_int_equal(dir_make("damaged", 0755, &err), 0);
		assert_int_equal(file_publish("damaged/notified.json", texts[i], strlen(texts[i]),
					      0600, &err),
				 0);
		record = notified_read("damaged");
		assert_int_equal(notified_overdue_at(record, later_on), 0);
		notified_note_run(record, now);
		note_sent(record, "syslog", &keys, "subject", now);
		record = through_file(record, "damaged");
		assert_int_equal(notified_last_run(record, later_on), now);
		assert_string_equal(notified_last_of(record, 0).subject, "subject");
	}
}

/* The work directory cannot be written: a file is in its place. */
static void test_a_record_that_cannot_be_written_is_kept_elsewhere(void **state)
{
	AUTO(notified_place) struct notified_place place = {.path = NULL}, alone = {.path = NULL};
	AUTO(json) struct json *root = json_object_new(), *spare = NULL, *read = NULL;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_CLOSE int first = -1, second = -1;
	struct stat status;

	notified_place_init(&alone, "full/kept", NULL);
	notified_place_init(&place, "full/kept", "run");
	assert_int_equal(file_publish("full", "", 0, 0600, &err), 0);
	assert_true(notified_file_write(&alone, root, &err) < 0);
	assert_non_null(strstr(err.text, "full"));
	error_release(&err);
	assert_int_equal(notified_file_lock(&alone, &test_clock, &first, &err), 0);
	assert_int_equal(first, -1);

	assert_int_equal(notified_file_lock(&place, &test_clock, &first, &err), 0);
	assert_int_equal(notified_file_lock(&place, &test_clock, &second, &err), ERR_BUSY);
	error_release(&err);
	assert_int_equal(notified_file_write(&place, root, &err), 0);
	assert_int_equal(stat("run", &status), 0);
	assert_int_equal(status.st_mode & 0777, 0700);
	assert_int_equal(notified_file_read(&place, &spare, &err), 0);
	assert_int_equal(notified_file_writes(spare), 2);

	/* There is room again, and another work directory does not mind. */
	assert_int_equal(file_remove("full", &err), 0);
	assert_int_equal(notified_file_write(&place, spare, &err), 0);
	assert_false(file_exists(place.spare_path));
	assert_true(file_exists("full/kept/notified.json"));
	/* An older one that was not removed in time does not come back. */
	assert_int_equal(rename("full/kept/notified.json", place.spare_path), 0);
	assert_int_equal(notified_file_write(&alone, spare, &err), 0);
	assert_int_equal(notified_file_read(&place, &read, &err), 0);
	assert_int_equal(notified_file_writes(read), 4);
}

/* Root writes in the directory of another user, who must be able to go on with it. */
static void test_it_belongs_to_the_owner_of_the_directory(void **state)
{
	AUTO(notified) struct notified *record = NULL;
	AUTO(error) struct error err = ERROR_INIT;
	uid_t owner = geteuid() ? geteuid() : 12345;
	struct stat status;

	assert_int_equal(dir_make("theirs", 0755, &err), 0);
	assert_int_equal(chown("theirs", owner, (gid_t)-1), 0);
	assert_int_equal(notified_take("theirs", &test_clock, &record, &err), 0);
	assert_int_equal(notified_write(record, &err), 0);
	assert_int_equal(stat("theirs/notified.json", &status), 0);
	assert_int_equal(status.st_uid, owner);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_int_equal(stat("theirs/notified.lock", &status), 0);
	assert_int_equal(status.st_uid, owner);
}

static void test_only_the_owner_reads_it(void **state)
{
	AUTO(notified) struct notified *record = through_file(empty_record(), "work");
	struct stat status;

	assert_int_equal(stat("work/notified.json", &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_on_record),
		cmocka_unit_test(test_hourly_runs_are_missed_after_twelve_hours),
		cmocka_unit_test(test_rare_runs_are_missed_after_two_of_their_intervals),
		cmocka_unit_test(test_a_long_gap_counts_for_a_week_and_is_forgotten),
		cmocka_unit_test(test_the_watch_counts_from_its_beginning),
		cmocka_unit_test(test_runs_by_a_wrong_clock_do_not_count),
		cmocka_unit_test(test_a_watch_by_a_wrong_clock_begins_again),
		cmocka_unit_test(test_an_absurd_number_of_writes_begins_again),
		cmocka_unit_test(test_a_file_that_cannot_be_read_is_not_taken_for_empty),
		cmocka_unit_test(test_each_target_has_its_own_record),
		cmocka_unit_test(test_rounds_of_different_targets_do_not_forget_each_other),
		cmocka_unit_test(test_only_what_was_told_to_be_over_is_over),
		cmocka_unit_test(test_an_attempt_is_under_way_until_its_sender_has_ended),
		cmocka_unit_test(test_the_lock_keeps_others_waiting_for_five_seconds),
		cmocka_unit_test(test_the_messages_of_a_day_are_counted),
		cmocka_unit_test(test_messages_of_the_future_do_not_count),
		cmocka_unit_test(test_lateness_counts_while_the_machine_is_awake),
		cmocka_unit_test(test_a_damaged_file_counts_as_empty),
		cmocka_unit_test(test_a_record_that_cannot_be_written_is_kept_elsewhere),
		cmocka_unit_test(test_it_belongs_to_the_owner_of_the_directory),
		cmocka_unit_test(test_only_the_owner_reads_it),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
