/* Times as text: every form read and written, calendar intervals, and no dependence on TZ. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <time.h>

#include "base/alloc.h"
#include "codec/datetime.h"

static void use_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

static void test_rfc3339_with_zones_and_fractions(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} good[] = {
		{"1970-01-01T00:00:00Z", 0},
		{"1969-12-31T23:59:59Z", -1},
		{"2025-01-02T03:04:05Z", 1735787045},
		{"2025-01-02t03:04:05z", 1735787045},
		{"2025-01-02T03:04:05.123456789Z", 1735787045},
		{"2025-01-02T05:34:05+02:30", 1735787045},
		{"2025-01-01T19:04:05.5-08:00", 1735787045},
		{"2000-02-29T00:00:00Z", 951782400},
		{"1900-03-01T00:00:00Z", -2203891200},
		{"0001-01-01T00:00:00Z", -62135596800},
		{"9999-12-31T23:59:59Z", 253402300799},
		{"2016-12-31T23:59:60Z", 1483228800},
	};

	use_zone("America/New_York");
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		int64_t seconds = 1;

		assert_true(datetime_parse_rfc3339(good[i].text, &seconds));
		assert_int_equal(seconds, good[i].seconds);
	}
}

static void test_rfc3339_refuses_the_rest(void **state)
{
	static const char *const bad[] = {
		"",
		"2025-01-02",
		"2025-01-02T03:04:05",
		"2025-01-02T03:04:05Zz",
		"2025-01-02T03:04:05.Z",
		"2025-01-02T03:04Z",
		"2025-13-02T03:04:05Z",
		"2025-00-02T03:04:05Z",
		"2025-02-29T03:04:05Z",
		"1900-02-29T03:04:05Z",
		"2025-01-32T03:04:05Z",
		"2025-01-02T24:04:05Z",
		"2025-01-02T03:60:05Z",
		"2025-01-02T03:04:61Z",
		"0000-01-02T03:04:05Z",
		"2025-01-02T03:04:05+0100",
		"2025-01-02T03:04:05+24:00",
		"2025-01-02T03:04:05 GMT",
		" 2025-01-02T03:04:05Z",
		"+025-01-02T03:04:05Z",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int64_t seconds = 7;

		assert_false(datetime_parse_rfc3339(bad[i], &seconds));
		assert_int_equal(seconds, 7);
	}
}

static void test_http_dates_in_three_forms(void **state)
{
	int64_t seconds = 0;

	use_zone("Asia/Tokyo");
	assert_true(datetime_parse_http("Sun, 06 Nov 1994 08:49:37 GMT", &seconds));
	assert_int_equal(seconds, 784111777);
	seconds = 0;
	assert_true(datetime_parse_http("Sunday, 06-Nov-94 08:49:37 GMT", &seconds));
	assert_int_equal(seconds, 784111777);
	seconds = 0;
	assert_true(datetime_parse_http("Sun Nov  6 08:49:37 1994", &seconds));
	assert_int_equal(seconds, 784111777);
	assert_true(datetime_parse_http("Sunday, 06-Nov-33 08:49:37 GMT", &seconds));
	assert_int_equal(seconds, 2014879777);
	assert_false(datetime_parse_http("Sun, 06 Nov 1994 08:49:37 CET", &seconds));
	assert_false(datetime_parse_http("Sun, 06 Nov 1994 08:49:37", &seconds));
	assert_false(datetime_parse_http("Son, 06 Nov 1994 08:49:37 GMT", &seconds));
	assert_false(datetime_parse_http("Sun, 31 Nov 1994 08:49:37 GMT", &seconds));
}

static void test_times_of_certificates_are_digits(void **state)
{
	int64_t seconds = 0;

	assert_true(datetime_parse_digits("20250102030405Z", &seconds));
	assert_int_equal(seconds, 1735787045);
	assert_false(datetime_parse_digits("2025010203040Z", &seconds));
	assert_false(datetime_parse_digits("20250230030405", &seconds));
	assert_false(datetime_parse_digits("20250102240405", &seconds));
	assert_false(datetime_parse_digits("", &seconds));
}

static void test_local_times_follow_the_zone(void **state)
{
	int64_t seconds = 0;
	AUTO_FREE char *text = NULL;

	use_zone("UTC-2");
	assert_true(datetime_parse_local("2025-01-02T05:04:05", &seconds));
	assert_int_equal(seconds, 1735787045);
	text = datetime_local(seconds);
	assert_string_equal(text, "2025-01-02T05:04:05");
	assert_true(datetime_parse_local("2025-01-02T05:04:05.250000", &seconds));
	assert_int_equal(seconds, 1735787045);
	assert_false(datetime_parse_local("2025-01-02T05:04:05Z", &seconds));
	assert_false(datetime_parse_local("2025-02-30T05:04:05", &seconds));
}

static void assert_text(char *own_text, const char *expected)
{
	assert_string_equal(own_text, expected);
	free(own_text);
}

static void test_printed_forms(void **state)
{
	use_zone("America/New_York");
	assert_text(datetime_rfc3339(1735787045), "2025-01-02T03:04:05Z");
	assert_text(datetime_date(1735787045), "2025-01-02");
	assert_text(datetime_python(1735787045), "2025-01-02 03:04:05+00:00");
	assert_text(datetime_http(1735787045), "Thu, 02 Jan 2025 03:04:05 GMT");
	assert_text(datetime_http(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
	assert_text(datetime_http(-1), "Wed, 31 Dec 1969 23:59:59 GMT");
	assert_text(datetime_rfc3339(951782400), "2000-02-29T00:00:00Z");
	assert_text(datetime_rfc3339(253402300799), "9999-12-31T23:59:59Z");
	assert_text(datetime_rfc3339(-62135596800), "0001-01-01T00:00:00Z");
}

static void test_every_day_of_eight_centuries_goes_both_ways(void **state)
{
	for (int64_t day = -200000; day < 100000; day++) {
		int64_t seconds = day * 86400 + 43261, back = 0;
		AUTO_FREE char *text = datetime_rfc3339(seconds);

		assert_true(datetime_parse_rfc3339(text, &back));
		assert_int_equal(back, seconds);
	}
}

static void assert_interval(const char *interval, const char *from, const char *expected)
{
	int64_t start = 0, end = 0;
	AUTO_FREE char *text = NULL;

	assert_true(datetime_parse_rfc3339(from, &start));
	assert_true(datetime_add_interval(interval, start, &end));
	text = datetime_rfc3339(end);
	assert_string_equal(text, expected);
}

static void test_intervals_add_up(void **state)
{
	static const char from[] = "2024-01-31T12:00:00Z";

	assert_interval("30", from, "2024-03-01T12:00:00Z");
	assert_interval(" 30 ", from, "2024-03-01T12:00:00Z");
	assert_interval("30 days", from, "2024-03-01T12:00:00Z");
	assert_interval("30days", from, "2024-03-01T12:00:00Z");
	assert_interval("2 weeks", from, "2024-02-14T12:00:00Z");
	assert_interval("1 Month", from, "2024-02-29T12:00:00Z");
	assert_interval("13 months", from, "2025-02-28T12:00:00Z");
	assert_interval("1 year", "2024-02-29T00:00:00Z", "2025-02-28T00:00:00Z");
	assert_interval("1 day, 2 hours and 3 min", from, "2024-02-01T14:03:00Z");
	assert_interval("1d 90 s", from, "2024-02-01T12:01:30Z");
	assert_interval("-1 month", "2024-03-31T00:00:00Z", "2024-02-29T00:00:00Z");
	assert_interval("-2 months", "2024-01-15T00:00:00Z", "2023-11-15T00:00:00Z");
	assert_interval("-30", from, "2024-01-01T12:00:00Z");
}

static void test_interval_text_that_means_nothing(void **state)
{
	static const char *const bad[] = {"",
					  " ",
					  "days",
					  "30 dys",
					  "30 30",
					  "x days",
					  "1.5 days",
					  "3 days later",
					  "-",
					  "10 m.",
					  "9999999999999 days",
					  "200000 years",
					  "- 3 days"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int64_t end = 7;

		assert_false(datetime_add_interval(bad[i], 0, &end));
		assert_int_equal(end, 7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc3339_with_zones_and_fractions),
		cmocka_unit_test(test_rfc3339_refuses_the_rest),
		cmocka_unit_test(test_http_dates_in_three_forms),
		cmocka_unit_test(test_times_of_certificates_are_digits),
		cmocka_unit_test(test_local_times_follow_the_zone),
		cmocka_unit_test(test_printed_forms),
		cmocka_unit_test(test_every_day_of_eight_centuries_goes_both_ways),
		cmocka_unit_test(test_intervals_add_up),
		cmocka_unit_test(test_interval_text_that_means_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
