/* Rules, messages and targets of --notify. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/notify/mail_text.h"
#include "app/notify/target.h"
#include "app/notify/way_file.h"
#include "base/alloc.h"
#include "os/scratch.h"

enum { DAY = 86400 };
static const int64_t now = 1767323045; /* 2026-01-02T03:04:05Z */

/* ---- Rules ---- */

static struct status_entry well(void)
{
	return (struct status_entry){
		.name = (char *)"a.test",
		.state = STATUS_OK,
		.has_cert = true,
		.not_before = now - 30 * DAY,
		.not_after = now + 60 * DAY,
	};
}

/* The ids of what the rules find, and the text of the first. */
static char *found(struct status_entry entry, int64_t least_days, char **ret_text)
{
	struct status_entry *entries[] = {&entry};
	const struct status_list list = {.entries = entries, .count = 1, .now = now};
	AUTO(notices) struct notices notices = NOTICES_INIT;
	AUTO(strvec) struct strvec ids = STRVEC_INIT;

	notices_of_list(&list, least_days, &notices);
	for (size_t i = 0; i < notices.count; i++)
		strvec_push(&ids, notices.items[i].row->id);
	if (ret_text)
		*ret_text = xstrdup(notices.count ? notices.items[0].text : "");
	return strvec_join(&ids, " ");
}

#define assert_found(entry, least_days, ids)                                                       \
	do {                                                                                       \
		AUTO_FREE char *found_ = found(entry, least_days, NULL);                           \
		assert_string_equal(found_, ids);                                                  \
	} while (0)

static void test_one_that_is_well_is_not_mentioned(void **state)
{
	struct status_entry entry = well();

	assert_found(entry, 0, "");
	entry.failure.count = 2;
	assert_found(entry, 0, "");
}

static void test_the_third_failure_is_told_with_its_cause(void **state)
{
	struct status_entry entry = well();
	AUTO_FREE char *ids = NULL, *text = NULL;

	entry.failure = (struct status_failure){.count = 3,
						.since = now - DAY,
						.class = (char *)"network",
						.text = (char *)"no\nanswer"};
	ids = found(entry, 0, &text);
	assert_string_equal(ids, "renewal-fails");
	assert_string_equal(text, "3 renewals failed in a row since 2026-01-01 03:04; the last: "
				  "network: no answer");
}

static void test_the_threshold_is_a_sixth_of_the_lifetime_or_given(void **state)
{
	struct status_entry entry = well();

	entry.not_after = now + 13 * DAY; /* of 43 */
	assert_found(entry, 0, "");
	assert_found(entry, 14, "expires");
	entry.not_after = now + 5 * DAY; /* of 35 */
	assert_found(entry, 0, "expires");
	assert_found(entry, 5, "");
	entry.not_before = now - DAY; /* of 6 */
	assert_found(entry, 0, "");
	entry.not_after = now;
	assert_found(entry, 0, "expired");
}

static void test_the_second_key_expires_too(void **state)
{
	struct status_entry entry = well();
	AUTO_FREE char *ids = NULL, *text = NULL;

	entry.second_type = (char *)"rsa";
	entry.second_not_before = now - 85 * DAY;
	entry.second_not_after = now + 20 * DAY;
	assert_found(entry, 0, "");
	entry.second_not_after = now + 5 * DAY;
	assert_true(status_entry_end(&entry) == now + 5 * DAY);
	ids = found(entry, 0, &text);
	assert_string_equal(ids, "expires");
	assert_string_equal(text, "the certificate for its rsa key expires in 5 days");
	entry.not_after = now + 4 * DAY;
	assert_true(status_entry_end(&entry) == now + 4 * DAY);
	REPLACE(text, NULL);
	REPLACE(ids, found(entry, 0, &text));
	assert_string_equal(text, "expires in 4 days; "
				  "the certificate for its rsa key expires in 5 days");
	entry.second_not_after = now - 3 * DAY;
	REPLACE(text, NULL);
	REPLACE(ids, found(entry, 0, &text));
	assert_string_equal(ids, "expired");
	assert_string_equal(text, "the certificate for its rsa key expired 3 days ago");
}

static void test_debts_and_states_are_told(void **state)
{
	struct status_entry entry = well();
	AUTO_FREE char *ids = NULL, *text = NULL;

	entry.debts = 1U << STATUS_DEBT_PROOF;
	assert_found(entry, 0, "not-served");
	entry.debts |= 1U << STATUS_DEBT_RELOAD | 1U << STATUS_DEBT_OUTPUTS;
	assert_found(entry, 0, "not-served left-to-do");
	entry = well();
	entry.state = STATUS_REVOKED;
	entry.is_revoked = true;
	assert_found(entry, 0, "revoked");
	entry.is_revoked = false;
	entry.is_second_revoked = true;
	entry.second_type = (char *)"rsa";
	ids = found(entry, 0, &text);
	assert_string_equal(ids, "revoked");
	assert_string_equal(text, "the certificate for its rsa key is revoked, and not replaced "
				  "yet");
	entry = (struct status_entry){.name = (char *)"a.test", .fault = (char *)"unreadable"};
	assert_found(entry, 0, "unusable");
}

static void test_silence_is_told_when_timers_have_had_their_time(void **state)
{
	AUTO(notified) struct notified *record = notified_read("/nonexistent");
	AUTO(notices) struct notices notices = NOTICES_INIT;

	notified_note_run(record, now);
	notices_of_runs(record, now, -1, &notices);
	notices_of_runs(record, now, 3600, &notices);
	assert_int_equal(notices.count, 0);
	notices_of_runs(record, now, 3 * 3600, &notices);
	assert_int_equal(notices.count, 1);
	assert_string_equal(notices.items[0].row->id, "renew-does-not-run");
	assert_string_equal(notices.items[0].text, "certbot renew has not run since 2026-01-02 "
						   "03:04: look at its timer or cron line");
}

/* ---- Messages ---- */

static void add(struct notices *notices, const char *id, const char *name, const char *text)
{
	ARRAY_GROW(notices->items, notices->count, notices->capacity);
	notices->items[notices->count++] = (struct notice){notices_find_row(id), xstrdup(name),
							   xstrdup(text)};
}

#define assert_subject(digest, text)                                                               \
	do {                                                                                       \
		AUTO_FREE char *subject_ = digest_subject(digest);                                 \
		assert_string_equal(subject_, text);                                               \
	} while (0)

static struct notified_message message_of(const struct digest *digest)
{
	return (struct notified_message){"syslog", &digest->told, &digest->over, "subject"};
}

/* Fills a digest at that time and, if it is news, records it as sent. */
static void tell(struct digest *digest, const struct notices *notices, struct notified *record,
		 int64_t at)
{
	digest->host = "www";
	digest->now = at;
	digest_fill(digest, notices, record, "syslog");
	if (digest_is_news(digest)) {
		const struct notified_message message = message_of(digest);

		notified_note_sent(record, &message, at);
	}
}

static void test_a_notice_is_told_once_then_weekly_then_that_it_is_over(void **state)
{
	AUTO(notified) struct notified *record = notified_read("/nonexistent");
	AUTO(notices) struct notices notices = NOTICES_INIT, none = NOTICES_INIT;
	AUTO(digest) struct digest first = DIGEST_INIT, second = DIGEST_INIT, again = DIGEST_INIT;
	AUTO(digest) struct digest over = DIGEST_INIT, silence = DIGEST_INIT;

	add(&notices, "expires", "a.test", "expires in 9 days");
	tell(&first, &notices, record, now);
	assert_true(digest_is_news(&first));
	assert_subject(&first, "certbot on www: 1 new problem (a.test)");
	tell(&second, &notices, record, now + 7 * DAY - 1);
	assert_false(digest_is_news(&second));
	tell(&again, &notices, record, now + 7 * DAY);
	assert_true(digest_is_news(&again));
	assert_int_equal(again.counts[DIGEST_NEW], 0);
	assert_true(again.items[0].is_again);
	assert_subject(&again, "certbot on www: 1 problem known already");
	tell(&over, &none, record, now + 8 * DAY);
	assert_true(digest_is_news(&over));
	assert_subject(&over, "certbot on www: all is well again");
	assert_string_equal(over.items[0].text, "is not close to its end any more");
	assert_string_equal(over.items[0].name, "a.test");
	tell(&silence, &none, record, now + 8 * DAY + 1);
	assert_false(digest_is_news(&silence));
}

static void test_a_deleted_certificate_is_not_told_to_be_well(void **state)
{
	AUTO(notified) struct notified *record = notified_read("/nonexistent");
	AUTO(notices) struct notices notices = NOTICES_INIT, none = NOTICES_INIT;
	AUTO(digest) struct digest first = DIGEST_INIT, over = DIGEST_INIT;
	const struct status_list empty = STATUS_LIST_INIT;

	add(&notices, "unusable", "a.test", "its configuration cannot be read");
	tell(&first, &notices, record, now);
	over.list = &empty;
	tell(&over, &none, record, now + DAY);
	assert_subject(&over, "certbot on www: 1 problem over");
	assert_string_equal(over.items[0].text, "there is no such certificate any more");
}

static void test_a_reminder_is_as_urgent_as_the_first_message(void **state)
{
	AUTO(notified) struct notified *record = notified_read("/nonexistent");
	AUTO(notices) struct notices notices = NOTICES_INIT;
	AUTO(digest) struct digest first = DIGEST_INIT, known = DIGEST_INIT, again = DIGEST_INIT;

	add(&notices, "expired", "a.test", "expired 1 day ago");
	tell(&first, &notices, record, now);
	assert_true(digest_is_urgent(&first));
	tell(&known, &notices, record, now + DAY);
	assert_false(digest_is_urgent(&known));
	tell(&again, &notices, record, now + 7 * DAY);
	assert_true(digest_is_urgent(&again));
}

static void test_what_is_known_is_in_the_next_message(void **state)
{
	AUTO(notified) struct notified *record = notified_read("/nonexistent");
	AUTO(notices) struct notices notices = NOTICES_INIT;
	AUTO(digest) struct digest first = DIGEST_INIT, second = DIGEST_INIT;
	AUTO_FREE char *text = NULL;

	add(&notices, "expires", "a.test", "expires in 9 days");
	tell(&first, &notices, record, now);
	add(&notices, "expired", "b.test", "expired 1 day ago");
	add(&notices, "expired", "c.test", "expired 1 day ago");
	tell(&second, &notices, record, now + 60);
	assert_subject(&second, "certbot on www: 2 new problems, 1 known already");
	text = digest_text(&second, 0);
	assert_string_equal(text,
			    "On www, 2026-01-02 03:05 UTC\n"
			    "\nNew:\n  b.test: expired 1 day ago\n  c.test: expired 1 day ago\n"
			    "\nKnown already:\n  a.test: expires in 9 days\n"
			    "\ncertbot status shows all certificates, certbot why looks for "
			    "causes.\n");
}

/* Another process is telling of `a` that it is so, and of `b` that it is over, while `c` begins. */
static void test_what_is_under_way_is_left_to_its_sender(void **state)
{
	AUTO(notified) struct notified *record = notified_read("/nonexistent");
	AUTO(notices) struct notices with_b = NOTICES_INIT, notices = NOTICES_INIT;
	AUTO(digest) struct digest first = DIGEST_INIT, other = DIGEST_INIT, same = DIGEST_INIT;
	AUTO(digest) struct digest own = DIGEST_INIT, late = DIGEST_INIT, last = DIGEST_INIT;
	struct notified_message message;

	add(&with_b, "expires", "b.test", "expires in 9 days");
	tell(&first, &with_b, record, now);
	add(&notices, "expired", "a.test", "expired 1 day ago");
	other.host = own.host = "www";
	other.now = own.now = now + 60;
	digest_fill(&other, &notices, record, "syslog");
	assert_subject(&other, "certbot on www: 1 new problem (a.test), 1 problem over");
	message = message_of(&other);
	notified_note_attempt(record, &message, now + 60, now + 180);
	tell(&same, &notices, record, now + 60);
	assert_false(digest_is_news(&same));

	add(&notices, "expired", "c.test", "expired 1 day ago");
	digest_fill(&own, &notices, record, "syslog");
	assert_subject(&own, "certbot on www: 1 new problem (c.test), 1 known already");
	assert_int_equal(own.told.count, 1); /* `a` may fail */
	message = message_of(&own);
	notified_note_sent(record, &message, now + 61);
	tell(&late, &notices, record, now + 180); /* its sender is dead */
	assert_subject(&late, "certbot on www: 1 new problem (a.test), 1 problem over, "
			      "1 known already");
	tell(&last, &notices, record, now + 181);
	assert_false(digest_is_news(&last));
}

static void test_a_clock_that_was_wrong_hides_nothing(void **state)
{
	AUTO(notified) struct notified *record = notified_read("/nonexistent");
	AUTO(notices) struct notices notices = NOTICES_INIT;
	AUTO(digest) struct digest future = DIGEST_INIT, present = DIGEST_INIT;

	add(&notices, "expires", "a.test", "expires in 9 days");
	tell(&future, &notices, record, now + 400 * DAY);
	tell(&present, &notices, record, now);
	assert_true(digest_is_news(&present));
}

static void test_a_text_has_a_hundred_lines_and_no_half_letter(void **state)
{
	AUTO(notices) struct notices notices = NOTICES_INIT;
	AUTO(digest) struct digest digest = DIGEST_INIT;
	AUTO_FREE char *text = NULL, *cut = NULL;

	for (int i = 0; i < 103; i++)
		add(&notices, "expires", "\xc3\xa4.test", "soon");
	digest.host = "www";
	digest_fill(&digest, &notices, NULL, "syslog");
	text = digest_text(&digest, 0);
	assert_non_null(strstr(text, "  and 3 more\n"));
	for (size_t most = 40; most < 60; most++) {
		REPLACE(cut, digest_text(&digest, most));
		assert_true(strlen(cut) <= most);
		assert_true(strlen(cut) > most - 3);
		assert_string_equal(cut + strlen(cut) - 3, "...");
		assert_int_not_equal((unsigned char)cut[strlen(cut) - 4], 0xc3);
	}
}

static void test_the_document_has_all_of_it(void **state)
{
	AUTO(notices) struct notices notices = NOTICES_INIT;
	AUTO(digest) struct digest digest = DIGEST_INIT;
	AUTO(json) struct json *document = NULL;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	add(&notices, "expired", "b.test", "expired 1 day ago");
	digest.host = "www";
	digest.now = now;
	digest_fill(&digest, &notices, NULL, "syslog");
	document = digest_document(&digest);
	json_print(json_member(document, "notices"), JSON_COMPACT, &text);
	assert_string_equal(text.text,
			    "[{\"kind\":\"expired\",\"state\":\"new\",\"urgent\":true,"
			    "\"certificate\":\"b.test\",\"text\":\"expired 1 day ago\"}]");
}

static void test_a_mail_is_of_short_ascii_lines(void **state)
{
	AUTO(notices) struct notices notices = NOTICES_INIT;
	AUTO(digest) struct digest digest = DIGEST_INIT;
	AUTO(strbuf) struct strbuf mail = STRBUF_INIT;
	AUTO_FREE char *text = xasprintf("=\xc3\xa4%0200d ", 7);
	struct span rest, line;

	add(&notices, "unusable", "\xc3\xa4.test", text);
	digest.host = "www";
	digest.now = now;
	digest_fill(&digest, &notices, NULL, "syslog");
	mail_text_add(&digest, "certbot@www", "root", "\r\n", &mail);
	assert_true(strstr(mail.text, "From: certbot@www\r\nTo: root\r\nSubject: certbot on www: 1 "
				      "new problem (?\?.test)\r\nDate: Fri, 02 Jan 2026 03:04:05 "
				      "+0000\r\nMessage-ID: <certbot.") == mail.text);
	assert_non_null(strstr(mail.text, "=C3=A4.test: =3D=C3=A4000"));
	assert_non_null(strstr(mail.text, "=20\r\n"));
	rest = span_make(mail.text, mail.len);
	while (span_take_line(&rest, &line)) {
		assert_true(line.len <= 76 || memchr(line.ptr, '(', line.len));
		for (size_t i = 0; i < line.len; i++)
			assert_true(line.ptr[i] >= ' ' && line.ptr[i] < 0x7f);
	}
}

/* ---- Targets ---- */

static void test_values_of_notify(void **state)
{
	static const struct {
		const char *given, *fault; /* NULL: it is a target */
	} values[] = {
		{"syslog", NULL},
		{"mail:root", NULL},
		{"mail:admin@example.com", NULL},
		{"program:/usr/local/bin/tell me", NULL},
		{"telegram:/etc/letsencrypt/telegram.ini", NULL},
		{"slack:https://hooks.slack.com/services/T/B/x",
		 "--notify slack: a URL is secret and has no place here"},
		{"", "--notify cannot be ''"},
		{"mail", "--notify cannot be 'mail'"},
		{"mail:", "--notify cannot be 'mail:'"},
		{"syslog:", "--notify cannot be 'syslog:'"},
		{"pigeon:/a", "--notify cannot be 'pigeon:/a'"},
		{"mail:-oQ/tmp", "--notify mail: '-oQ/tmp' is not the address of one mailbox"},
		{"mail:a,b", "--notify mail: 'a,b' is not the address of one mailbox"},
		{"mail:a\nBcc: b", "--notify cannot be 'mail:a\nBcc: b'"},
		{"mail:\xc3\xa4@x", "--notify mail: the address '\xc3\xa4@x' is not ASCII"},
		{"program:tell", "--notify program: 'tell' is not an absolute path"},
	};

	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		struct notify_target target;
		int rc = notify_target_parse(values[i].given, &target, &err);

		if (values[i].fault) {
			assert_int_equal(rc, ERR_CONFIG);
			assert_string_equal(err.text, values[i].fault);
		} else {
			assert_int_equal(rc, 0);
			assert_string_equal(target.given, values[i].given);
		}
	}
}

static void test_files_with_mistakes_are_refused(void **state)
{
	static const struct way_keys keys = {"server to", "user password"};
	static const struct {
		const char *text, *fault; /* NULL: the file is good */
	} files[] = {
		{"server = a.test\nto = \"b\" # c\npassword = 'p\"w#d, x'\n", NULL},
		{"server = a.test\n", "it has no value for: to"},
		{"server = a\nto = b\npasword = c\n", "'pasword' is not a setting of this way"},
		{"server = a\nto = b\n[user]\n", "'user' is not a setting of this way"},
		{"server = a\nto = b\npassword = p\"w#d\n",
		 "the value of password has a #: put it in quotes"},
		{"server = a\nto = b\npassword = p,w\n",
		 "the value of password has a comma: put it in quotes"},
	};
	static const char path[] = "way.ini";

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		AUTO(way_file) struct way_file file = {.values = MAP_INIT(NULL)};
		AUTO(error) struct error err = ERROR_INIT;
		int rc;

		assert_int_equal(
			file_publish(path, files[i].text, strlen(files[i].text), 0600, &err), 0);
		rc = way_file_read(path, &keys, &file, &err);
		assert_int_equal(rc, files[i].fault ? ERR_CONFIG : 0);
		if (files[i].fault)
			assert_string_equal(err.text + strlen(path) + 2, files[i].fault);
		else
			assert_string_equal(way_file_get(&file, "password"), "p\"w#d, x");
	}
}

/* Whatever part of a webhook's URL a message shows, its path is not among it. */
static void test_no_part_of_a_secret_url_is_shown(void **state)
{
	static const char *const texts[] = {
		"cannot use URL 'https://a.test/hooks/verysecret/?k=verysecret': it is not https",
		"the body of 'https://a.test/hooks/verysecret/' is larger than 5 bytes",
		"the body of 'https://a.test/hooks/verysecret' is larger than 5 bytes",
		"nothing at /hooks/verysecret/?k=verysecret",
		"nothing at /hooks/verysecret/",
		"the login 'Bearer verytoken' is wrong",
	};
	AUTO(way_file) struct way_file file = {.values = MAP_INIT(free)};

	map_set(&file.values, "url", xstrdup("https://a.test/hooks/verysecret/?k=verysecret"));
	map_set(&file.values, "token", xstrdup("verytoken"));
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		AUTO(error) struct error err = ERROR_INIT;

		error_set(&err, ERR_PLUGIN, "%s", texts[i]);
		way_file_mask(&file, &err);
		assert_null(strstr(err.text, "very"));
		assert_non_null(strstr(err.text, "***"));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_that_is_well_is_not_mentioned),
		cmocka_unit_test(test_the_third_failure_is_told_with_its_cause),
		cmocka_unit_test(test_the_threshold_is_a_sixth_of_the_lifetime_or_given),
		cmocka_unit_test(test_the_second_key_expires_too),
		cmocka_unit_test(test_debts_and_states_are_told),
		cmocka_unit_test(test_silence_is_told_when_timers_have_had_their_time),
		cmocka_unit_test(test_a_notice_is_told_once_then_weekly_then_that_it_is_over),
		cmocka_unit_test(test_a_deleted_certificate_is_not_told_to_be_well),
		cmocka_unit_test(test_a_reminder_is_as_urgent_as_the_first_message),
		cmocka_unit_test(test_what_is_known_is_in_the_next_message),
		cmocka_unit_test(test_what_is_under_way_is_left_to_its_sender),
		cmocka_unit_test(test_a_clock_that_was_wrong_hides_nothing),
		cmocka_unit_test(test_a_text_has_a_hundred_lines_and_no_half_letter),
		cmocka_unit_test(test_the_document_has_all_of_it),
		cmocka_unit_test(test_a_mail_is_of_short_ascii_lines),
		cmocka_unit_test(test_values_of_notify),
		scratch_test(test_files_with_mistakes_are_refused),
		cmocka_unit_test(test_no_part_of_a_secret_url_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
