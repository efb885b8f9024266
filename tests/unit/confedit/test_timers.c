/* Cron lines and unit files: what runs Certbot, and lines put out of action. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "confedit/timers/certbot_call.h"
#include "confedit/timers/crontab.h"
#include "confedit/timers/shell_script.h"
#include "confedit/timers/unit_file.h"

static const char debian_cron[] =
	"# /etc/cron.d/certbot: crontab entries for the certbot package\n"
	"SHELL=/bin/sh\n"
	"PATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin\n"
	"\n"
	"0 */12 * * * root test -x /usr/bin/certbot -a \\! -d /run/systemd/system && perl -e 'sleep "
	"int(rand(43200))' && certbot -q renew --no-random-sleep-on-renew\n";

static void test_finds_the_calls_that_renew(void **state)
{
	static const struct {
		const char *command, *program, *options;
	} cases[] = {
		{"certbot renew", "certbot", ""},
		{"/usr/bin/certbot -q renew --no-random-sleep-on-renew", "/usr/bin/certbot", ""},
		{"/opt/certbot/bin/python -c 'import random; import time; "
		 "time.sleep(random.random() * 3600)' && sudo certbot renew -q",
		 "certbot", ""},
		{"python3 -m certbot renew --post-hook \"systemctl reload nginx\"", "certbot",
		 "--post-hook|systemctl reload nginx"},
		{"sh -c 'sleep 3; /root/certbot-auto --config-dir /srv/le renew >> /var/log/le.log "
		 "2>&1'",
		 "/root/certbot-auto", "--config-dir|/srv/le"},
		{"/usr/bin/snap run --timer=\"00:00~24:00/2\" certbot.renew", "snap", ""},
		{"(cd / ; letsencrypt-auto renew)", "letsencrypt-auto", ""},
		{"\"/opt/my certbot/certbot\" renew", "/opt/my certbot/certbot", ""},
		{"certbot-3 renew > /dev/null 2>&1", "certbot-3", ""},
		{"chronic nice -n 19 certbot renew 2>&1 | logger -t certbot", "certbot", ""},
		{"if ! LANG=C certbot renew --deploy-hook /r.sh; then echo failed; fi", "certbot",
		 "--deploy-hook|/r.sh"},
		{"letsencrypt certonly --keep-until-expiring -d a.example", "letsencrypt",
		 "--keep-until-expiring|-d|a.example"},
		{"certbot-auto -n --keep-until certonly --webroot -w /srv -d a", "certbot-auto",
		 "--keep-until|--webroot|-w|/srv|-d|a"},
		{"certbot run --renew-by-default -d a", "certbot", "--renew-by-default|-d|a"},
		{"certbot certonly --keep-changes 3 -d a", NULL, ""},
		{"certbot delete --cert-name renew", NULL, ""},
		{"echo certbot renew", NULL, ""},
		{"echo \"run certbot renew by hand\"", NULL, ""},
		{"test -f x && printf '%s' 'certbot renew'", NULL, ""},
		{"pgrep -f 'certbot renew'", NULL, ""},
		{"true # certbot renew", NULL, ""},
		{"# certbot renew", NULL, ""},
		{"dehydrated -c #; certbot renew", NULL, ""},
		{"echo 'is # no comment'; certbot renew -v#1", "certbot", "-v#1"},
		{"echo it is time to renew; certbot certificates", NULL, ""},
		{"echo certbot; dehydrated renew", NULL, ""},
		{"/usr/bin/mycertbot renew", NULL, ""},
		{"certbot certonly -d renew.example.com", NULL, ""},
		{"certbot 'unclosed renew", NULL, ""},
		{"", NULL, ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(certbot_call) struct certbot_call call = CERTBOT_CALL_INIT;
		AUTO_FREE char *options = NULL;

		certbot_call_find(span_of(cases[i].command), &call);
		assert_int_equal(call.renews, cases[i].program != NULL);
		if (cases[i].program)
			assert_string_equal(call.program, cases[i].program);
		options = strvec_join(&call.options, "|");
		assert_string_equal(options, cases[i].options);
	}
}

static void test_finds_all_words_that_name_it(void **state)
{
	AUTO(certbot_call) struct certbot_call call = CERTBOT_CALL_INIT;
	struct crontab_reader reader = crontab_begin(span_of(debian_cron), CRONTAB_OF_SYSTEM);
	struct crontab_job job;

	assert_true(crontab_next(&reader, &job));
	assert_int_equal(job.line, 5);
	assert_true(span_eq(job.search_path,
			    "/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin"));
	certbot_call_find(job.command, &call);
	assert_int_equal(call.programs.count, 2);
	assert_string_equal(call.programs.items[0], "/usr/bin/certbot");
	assert_string_equal(call.program, "certbot");
	assert_true(call.leaves_to_systemd);
	assert_false(crontab_next(&reader, &job));
}

static void test_knows_each_form_of_leaving_the_work_to_systemd(void **state)
{
	static const char *const lines[] = {
		"command -v certbot >/dev/null && ! test -d /run/systemd/system && certbot renew",
		"! [ -d /run/systemd/system ] && certbot renew",
		"[ ! -d /run/systemd/system ] && certbot renew",
	};

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		AUTO(certbot_call) struct certbot_call call = CERTBOT_CALL_INIT;

		certbot_call_find(span_of(lines[i]), &call);
		assert_true(call.leaves_to_systemd);
		assert_false(call.runs_more);
	}
}

/* The test the other way round, or behind the call, lets it run. */
static void test_tells_which_line_leaves_the_work_to_systemd(void **state)
{
	static const char *const runs[] = {
		"test -d /run/systemd/system && certbot renew",
		"certbot renew && test ! -d /run/systemd/system",
		"[ ! -d /etc/systemd/system ] && certbot renew",
	};

	for (size_t i = 0; i < ARRAY_LEN(runs); i++) {
		AUTO(certbot_call) struct certbot_call call = CERTBOT_CALL_INIT;

		certbot_call_find(span_of(runs[i]), &call);
		assert_true(call.renews);
		assert_false(call.leaves_to_systemd);
	}
}

static void test_reads_the_jobs_of_crontabs(void **state)
{
	static const char text[] = "  # 0 0 * * * root certbot renew\n"
				   "PATH = \"/a:/b\"\r\n"
				   "MAILTO=root\n"
				   "@daily root first\n"
				   "*/5\t0 1,2 * mon-fri  root\tsecond 100\\% sure%input\n"
				   "0 0 * * * root\n"
				   "words without a time\n"
				   "\n"
				   "7 3 * * * www last";
	static const struct {
		size_t line;
		const char *command;
	} jobs[] = {{4, "first"}, {5, "second 100\\% sure"}, {9, "last"}};
	struct crontab_reader reader = crontab_begin(span_of(text), CRONTAB_OF_SYSTEM);
	struct crontab_job job;

	for (size_t i = 0; i < ARRAY_LEN(jobs); i++) {
		assert_true(crontab_next(&reader, &job));
		assert_int_equal(job.line, jobs[i].line);
		assert_true(span_eq(job.command, jobs[i].command));
		assert_true(span_eq(job.search_path, "/a:/b"));
	}
	assert_false(crontab_next(&reader, &job));
	reader = crontab_begin(span_of("0 0 * * * certbot renew"), CRONTAB_OF_USER);
	assert_true(crontab_next(&reader, &job));
	assert_true(span_eq(job.command, "certbot renew"));
	reader = crontab_begin(span_of("START_HOURS_RANGE=3-22\n1 5 name certbot renew\n"
				       "@monthly 45 other certbot renew"),
			       CRONTAB_OF_ANACRON);
	for (size_t i = 2; i <= 3; i++) {
		assert_true(crontab_next(&reader, &job));
		assert_int_equal(job.line, i);
		assert_true(span_eq(job.command, "certbot renew"));
	}
}

/* Those that may go are marked with "+". */
static void test_tells_lines_that_are_commands_of_their_own(void **state)
{
	static const char *const lines[] = {
		"-#!/bin/sh",
		"+PATH=/bin # it's",
		"-",
		"-if test -x /usr/bin/certbot; then",
		"+\tcertbot renew >> /var/log/le.log 2>&1",
		"-fi",
		"+(cd / && certbot renew) &",
		"-certbot renew && \\",
		"-systemctl reload nginx",
		"-certbot renew &&",
		"-reload",
		"-certbot renew |",
		"-cat",
		"-OUT=$(certbot renew 2>&1)",
		"-OUT=`certbot renew`",
		"-if ! certbot renew; then echo; fi",
		"-renew() {",
		"+certbot renew --deploy-hook 'a; b'",
		"-}",
		"-echo 'two",
		"-certbot renew'",
		"+certbot renew",
		"-cd /srv && certbot renew",
		"-certbot renew || exit 1",
		"-certbot renew ;;",
		"-certbot renew;;",
		"-certbot renew ;&",
		"+certbot renew --deploy-hook 'a;; b'",
		"-cat <<END",
		"-certbot renew",
	};
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	struct shell_script script;
	struct shell_line line;

	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		strbuf_addf(&text, "%s\n", lines[i] + 1);
	script = shell_script_begin(span_make(text.text, text.len));
	while (shell_script_next(&script, &line)) {
		AUTO_FREE char *shown = span_dup(line.text);

		if (line.is_separate != (lines[line.number - 1][0] == '+'))
			fail_msg("line %zu: %s", line.number, shown);
	}
	assert_int_equal(script.line, ARRAY_LEN(lines));
}

static void test_only_shells_read_lines_of_a_shell(void **state)
{
	static const struct {
		const char *first;
		bool is_shell;
	} cases[] = {
		{"", true},
		{"# no interpreter", true},
		{"#!/bin/sh", true},
		{"#! /bin/bash -e", true},
		{"#!/usr/bin/env bash", true},
		{"#!/usr/bin/env -S LANG=C zsh -f", true},
		{"#!/usr/local/bin/ksh", true},
		{"#!/bin/dash", true},
		{"#!/usr/bin/python3", false},
		{"#!/usr/bin/env python3", false},
		{"#!/usr/bin/env", false},
		{"#!/usr/bin/perl -w", false},
		{"#!/usr/bin/fish", false},
		{"#!/bin/csh", false},
		{"#!/opt/sh/php", false},
		{"#!", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_FREE char *text = xasprintf("%s\ncertbot renew\n", cases[i].first);
		struct shell_script script = shell_script_begin(span_of(text));
		struct shell_line line;

		assert_true(shell_script_next(&script, &line));
		if (line.is_separate != cases[i].is_shell)
			fail_msg("%s", cases[i].first);
	}
}

static void test_a_file_of_a_redirection_is_not_an_option(void **state)
{
	static const char *const lines[] = {
		"certbot renew > /a",
		"certbot renew 1>> /a 2>&1",
		"certbot renew &>> /a",
		"certbot renew >/a",
	};

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		AUTO(certbot_call) struct certbot_call call = CERTBOT_CALL_INIT;

		certbot_call_find(span_of(lines[i]), &call);
		assert_true(call.renews);
		assert_int_equal(call.options.count, 0);
	}
}

static void test_tells_calls_that_stand_alone(void **state)
{
	static const char *const lines[] = {
		"+certbot renew -q",
		"-backup.sh; certbot renew -q",
		"-certbot renew -q; backup.sh",
		"-backup.sh & certbot renew -q",
		"-certbot renew && systemctl reload nginx",
		"+cd /srv && certbot renew",
		"-rm -f /srv/lock; certbot renew",
		"-sh -c 'backup.sh; certbot renew'",
		"+certbot renew; exit 0",
		"+(cd / && certbot renew) &",
		"+sh -c 'cd /; certbot renew'",
		"+test -x /usr/bin/certbot && certbot renew",
		"+command -v certbot >/dev/null && certbot renew",
		"-command backup.sh && certbot renew",
		"+[ -d /etc/letsencrypt ] && certbot renew",
		"+sleep 10; certbot renew 2>&1 | /usr/bin/logger -t certbot",
		"+certbot renew || echo failed | mail root",
		"+if ! certbot renew; then echo failed; fi",
		"+certbot renew --deploy-hook 'a; b'",
		"+perl -e 'sleep int(rand(43200))' && certbot -q renew",
		"+/opt/bin/python -c 'import time; time.sleep(9)' && certbot renew",
		"-python3 backup.py && certbot renew",
		"+certbot renew # ; backup.sh",
	};

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		AUTO(certbot_call) struct certbot_call call = CERTBOT_CALL_INIT;

		certbot_call_find(span_of(lines[i] + 1), &call);
		assert_true(call.renews);
		if (call.runs_more != (lines[i][0] == '-'))
			fail_msg("%s", lines[i]);
	}
}

static void test_silences_one_line_of_a_script(void **state)
{
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	shell_script_silence(span_of("if x; then\n  certbot renew\nfi\n"), 2, &out);
	assert_string_equal(out.text,
			    "if x; then\n: # disabled by certbot handover:   certbot renew\nfi\n");
}

static void test_comments_out_one_line_alone(void **state)
{
	static const char text[] = "a\r\n0 0 * * * certbot renew\r\nb";
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;
	AUTO(strbuf) struct strbuf last = STRBUF_INIT;
	AUTO(strbuf) struct strbuf same = STRBUF_INIT;

	crontab_comment_out(span_of(text), 2, &out);
	assert_string_equal(out.text, "a\r\n# disabled by certbot handover: 0 0 * * * certbot "
				      "renew\r\nb");
	crontab_comment_out(span_of(text), 3, &last);
	assert_string_equal(last.text, "a\r\n0 0 * * * certbot renew\r\n# disabled by certbot "
				       "handover: b");
	crontab_comment_out(span_of(text), 4, &same);
	assert_string_equal(same.text, text);
}

static void test_reads_units_and_their_drop_ins(void **state)
{
	static const char service[] = "[Unit]\nExecStart=/no\n[Service]\nType=oneshot\n"
				      "ExecStart = -/usr/bin/certbot -q \\\n# between\n  renew\n"
				      "EnvironmentFile=-/etc/sysconfig/certbot\n";
	AUTO(unit_file) struct unit_file unit = UNIT_FILE_INIT;
	AUTO(unit_file) struct unit_file timer = UNIT_FILE_INIT;

	unit_file_read(span_of(service), &unit);
	assert_int_equal(unit.exec_start.count, 1);
	assert_string_equal(unit.exec_start.items[0], "/usr/bin/certbot -q    renew");
	assert_string_equal(unit.environment_files.items[0], "/etc/sysconfig/certbot");
	unit_file_read(span_of("[Service]\nExecStart=\nExecStart=@/bin/sh x"), &unit);
	assert_int_equal(unit.exec_start.count, 1);
	assert_string_equal(unit.exec_start.items[0], "/bin/sh x");
	assert_null(unit.unit);
	unit_file_read(span_of("; Unit=no\n[Timer]\nUnit=other.service\r\nUnit"), &timer);
	assert_string_equal(timer.unit, "other.service");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds_the_calls_that_renew),
		cmocka_unit_test(test_finds_all_words_that_name_it),
		cmocka_unit_test(test_knows_each_form_of_leaving_the_work_to_systemd),
		cmocka_unit_test(test_tells_which_line_leaves_the_work_to_systemd),
		cmocka_unit_test(test_reads_the_jobs_of_crontabs),
		cmocka_unit_test(test_tells_lines_that_are_commands_of_their_own),
		cmocka_unit_test(test_only_shells_read_lines_of_a_shell),
		cmocka_unit_test(test_a_file_of_a_redirection_is_not_an_option),
		cmocka_unit_test(test_tells_calls_that_stand_alone),
		cmocka_unit_test(test_silences_one_line_of_a_script),
		cmocka_unit_test(test_comments_out_one_line_alone),
		cmocka_unit_test(test_reads_units_and_their_drop_ins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
