/*
 * The parser: what it makes of bodies, by its child (this program again, under the child's name)
 * and within this process; and what a child can do to its parent once a body has taken it over.
 * parser_perform() is wrapped, so that some bodies do take it over.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../fixtures/acme/pems.h"
#include "../crypto/fixtures.h"
#include "net/parser/parser.h"
#include "net/parser/parser_perform.h"
#include "os/clock.h"
#include "os/file/file.h"
#include "os/signals.h"
#include "os/users.h"

#define MADE INT64_C(1768089600) /* see ../crypto/test_ocsp.c */

void __real_parser_perform(struct parser_job *job, struct cert_issuers *issuers);
void __wrap_parser_perform(struct parser_job *job, struct cert_issuers *issuers);

void __wrap_parser_perform(struct parser_job *job, struct cert_issuers *issuers)
{
	static const char malformed[] = "\0\0\0\5\0\0\0\0\0";

	if (span_eq(job->body, "DIE"))
		raise(SIGKILL);
	if (span_eq(job->body, "STOP"))
		raise(SIGSTOP);
	if (span_eq(job->body, "LIE"))
		(void)!write(3, malformed, sizeof(malformed) - 1);
	if (span_eq(job->body, "TALK"))
		(void)!write(3, "\x7f\xff\xff\xff", 4);
	__real_parser_perform(job, issuers);
}

static int set_up_child(void **state)
{
	*state = parser_new(NULL, false);
	return 0;
}

static int set_up_in_process(void **state)
{
	*state = parser_new(NULL, true);
	return 0;
}

static int tear_down(void **state)
{
	parser_free(*state);
	return 0;
}

static struct parser_job make_job(enum content_form form, const char *body)
{
	return (struct parser_job){.form = form, .body = span_of(body), .content = CONTENT_INIT};
}

static void work(struct parser *parser, struct parser_job *job)
{
	parser_work(parser, job, 1);
	assert_int_equal(job->content.form, job->form);
}

static void test_json_xml_forms_and_zones_come_as_documents(void **state)
{
	struct parser_job json = make_job(CONTENT_JSON, "{\"status\":[\"valid\",1.5]}");
	struct parser_job xml = make_job(CONTENT_XML, "<a><b>c &lt;</b></a>");
	struct parser_job fields = make_job(CONTENT_FIELDS, "error=1&text=no+such+zone");
	struct parser_job zone = make_job(CONTENT_ZONE, "@ SOA ns\na TXT b\n");
	struct parser_job no_zone = make_job(CONTENT_ZONE, "a TXT b\n");

	work(*state, &json);
	work(*state, &xml);
	work(*state, &zone);
	work(*state, &no_zone);
	work(*state, &fields);
	assert_string_equal(json_text(json_at(json_member(json.content.json, "status"), 0)),
			    "valid");
	assert_string_equal(xml_find_text(xml.content.xml, "b"), "c <");
	content_release(&json.content);
	assert_string_equal(json_text(json_member(fields.content.json, "text")), "no such zone");
	content_release(&xml.content);
	assert_string_equal(json_text(json_member(json_at(zone.content.json, 0), "value")), "b");
	assert_null(no_zone.content.json);
	assert_int_equal(no_zone.content.fault.code, ERR_PARSE);
	content_release(&fields.content);
	content_release(&zone.content);
	content_release(&no_zone.content);
}

static void test_a_chain_comes_with_what_is_in_its_leaf(void **state)
{
	struct parser_job job = make_job(CONTENT_CHAIN, PEM_CHAIN_A);
	AUTO(strbuf) struct strbuf digest = STRBUF_INIT;
	AUTO(cert) struct cert *leaf = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	work(*state, &job);
	assert_string_equal(job.content.chain.leaf_pem.text, PEM_LEAF);
	assert_string_equal(job.content.chain.rest_pem.text, PEM_INTERMEDIATE_A);
	assert_int_equal(cert_from_pem(PEM_LEAF, strlen(PEM_LEAF), &leaf, &err), 0);
	assert_int_equal(cert_public_digest(leaf, &digest, &err), 0);
	assert_true(cert_chain_is_for(&job.content.chain, &digest));
	digest.text[0] ^= 1;
	assert_false(cert_chain_is_for(&job.content.chain, &digest));
	assert_true(strvec_same_set(&job.content.chain.leaf_names, cert_dns_names(leaf)));
	content_release(&job.content);
}

static void to_der(const char *pem, struct strbuf *out)
{
	AUTO(cert) struct cert *cert = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(cert_from_pem(pem, strlen(pem), &cert, &err), 0);
	cert_to_der(cert, out);
}

/* As ACME v1 sends them: one after the other, as DER. */
static void test_a_chain_is_continued_by_one_certificate(void **state)
{
	AUTO(strbuf) struct strbuf leaf = STRBUF_INIT, issuer = STRBUF_INIT, other = STRBUF_INIT;
	struct parser_job first = make_job(CONTENT_CHAIN, ""), second = first, third = first;

	to_der(PEM_LEAF, &leaf);
	to_der(PEM_INTERMEDIATE_A, &issuer);
	to_der(PEM_INTERMEDIATE_B, &other);
	first.body = span_make(leaf.text, leaf.len);
	work(*state, &first);
	assert_string_equal(first.content.chain.leaf_pem.text, PEM_LEAF);
	assert_int_equal(first.content.chain.rest_pem.len, 0);
	second.chain_start = span_of(first.content.chain.leaf_pem.text);
	second.body = span_make(issuer.text, issuer.len);
	work(*state, &second);
	assert_string_equal(second.content.chain.leaf_pem.text, PEM_LEAF);
	assert_string_equal(second.content.chain.rest_pem.text, PEM_INTERMEDIATE_A);
	/* One that signed none of them does not get in. */
	third.chain_start = span_of(PEM_CHAIN_A);
	third.body = span_make(other.text, other.len - 1);
	work(*state, &third);
	assert_string_equal(third.content.chain.rest_pem.text, PEM_INTERMEDIATE_A);
	assert_true(third.content.chain.oddities & CERT_CHAIN_HAD_OTHERS);
	content_release(&first.content);
	content_release(&second.content);
	content_release(&third.content);
}

static void test_an_answer_of_ocsp_comes_as_a_status(void **state)
{
	AUTO(cert) struct cert *leaf = fixture_cert("leaf.pem"), *ca = fixture_cert("ca.pem");
	const struct ocsp_question question = {
		.cert = leaf, .issuer = ca, .now_seconds = MADE + 60};
	AUTO(strbuf) struct strbuf der = STRBUF_INIT;
	struct parser_job job = make_job(CONTENT_OCSP, "");

	fixture_read("ocsp-revoked.der", &der);
	job.body = span_make(der.text, der.len);
	job.question = &question;
	work(*state, &job);
	assert_int_equal(job.content.fault.code, 0);
	assert_int_equal(job.content.revocation, OCSP_REVOKED);
	content_release(&job.content);
}

static void test_faults_are_named(void **state)
{
	static const struct {
		enum content_form form;
		const char *body, *fault;
	} rows[] = {
		{CONTENT_JSON, "<html>", "cannot read JSON: line 1 column 1"},
		{CONTENT_XML, "{}", "cannot read XML: line 1"},
		{CONTENT_CHAIN, "<html>", "cannot use certificate chain: "},
		{CONTENT_CHAIN, "0\x82\x01\x02nonsense", "cannot use certificate chain: "},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct parser_job job = make_job(rows[i].form, rows[i].body);

		work(*state, &job);
		assert_int_equal(job.content.fault.code, ERR_PARSE);
		assert_non_null(strstr(job.content.fault.text, rows[i].fault));
		content_release(&job.content);
	}
}

static void check_survivors(struct parser *parser, const char *hostile)
{
	struct parser_job jobs[] = {
		make_job(CONTENT_JSON, "[1]"),    make_job(CONTENT_JSON, hostile),
		make_job(CONTENT_XML, "<a/>"),    make_job(CONTENT_JSON, hostile),
		make_job(CONTENT_JSON, "[true]"),
	};

	parser_work(parser, jobs, ARRAY_LEN(jobs));
	assert_non_null(jobs[0].content.json);
	assert_non_null(jobs[2].content.xml);
	assert_non_null(jobs[4].content.json);
	for (size_t i = 1; i < ARRAY_LEN(jobs); i += 2) {
		assert_null(jobs[i].content.json);
		assert_int_equal(jobs[i].content.form, CONTENT_JSON);
		assert_string_equal(jobs[i].content.fault.text,
				    "the process that parses it failed");
	}
	for (size_t i = 0; i < ARRAY_LEN(jobs); i++)
		content_release(&jobs[i].content);
}

static void test_a_body_that_kills_the_child_costs_itself_alone(void **state)
{
	check_survivors(*state, "DIE");
}

static void test_a_child_that_lies_is_replaced(void **state)
{
	check_survivors(*state, "LIE");
}

static void test_a_child_that_announces_too_much_is_replaced(void **state)
{
	check_survivors(*state, "TALK");
}

static void test_many_bodies_are_under_way_at_once(void **state)
{
	enum { COUNT = 300, LEN = 100000 };
	struct parser_job *jobs = xcalloc(COUNT, sizeof(*jobs));
	AUTO(strbuf) struct strbuf body = STRBUF_INIT;

	strbuf_adds(&body, "[\"");
	for (int i = 0; i < LEN; i++)
		strbuf_addc(&body, 'x');
	strbuf_adds(&body, "\"]");
	for (int i = 0; i < COUNT; i++)
		jobs[i] = make_job(CONTENT_JSON, body.text);
	parser_work(*state, jobs, COUNT);
	for (int i = 0; i < COUNT; i++) {
		assert_int_equal(strlen(json_text(json_at(jobs[i].content.json, 0))), LEN);
		content_release(&jobs[i].content);
	}
	free(jobs);
}

static int child_pid(void)
{
	AUTO_FREE char *path = xasprintf("/proc/self/task/%d/children", getpid());
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(file_read(path, 1000, &text, &err), 0);
	return (int)strtol(text.text, NULL, 10);
}

static void test_the_child_has_no_rights(void **state)
{
	AUTO(strbuf) struct strbuf status = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *path = NULL;
	struct parser_job job = make_job(CONTENT_JSON, "[]");

	work(*state, &job);
	path = xasprintf("/proc/%d/status", child_pid());
	assert_int_equal(file_read(path, 10000, &status, &err), 0);
	if (users_is_root())
		assert_null(strstr(status.text, "\nUid:\t0\t"));
	assert_non_null(strstr(status.text, "\nCapEff:\t0000000000000000\n"));
	assert_non_null(strstr(status.text, "\nNoNewPrivs:\t1\n"));
	assert_non_null(strstr(status.text, "\nSeccomp:\t2\n"));
	content_release(&job.content);
}

static void test_a_child_that_was_killed_by_others_costs_nothing(void **state)
{
	struct parser_job job = make_job(CONTENT_JSON, "[]");

	work(*state, &job);
	content_release(&job.content);
	assert_int_equal(kill(child_pid(), SIGKILL), 0);
	work(*state, &job);
	assert_non_null(job.content.json);
	content_release(&job.content);
}

#define IN_PROCESS(function)                                                                       \
	{                                                                                          \
#function " (in process)", function, set_up_in_process, tear_down, NULL            \
	}
#define WITH_CHILD(function)                                                                       \
	{                                                                                          \
#function " (child)", function, set_up_child, tear_down, NULL                      \
	}
#define BOTH(function) IN_PROCESS(function), WITH_CHILD(function)

/* By a parser that is stuck, the program would not end for as long as it is waited for. */
static void test_a_signal_ends_the_wait(void **state)
{
	struct parser_job jobs[] = {
		make_job(CONTENT_JSON, "{}"),
		make_job(CONTENT_JSON, "STOP"),
		make_job(CONTENT_JSON, "{}"),
	};
	struct parser_job after = make_job(CONTENT_JSON, "{\"a\":1}");
	int64_t started_ms = clock_mono_ms(clock_system());
	pid_t sender;

	signals_install();
	sender = fork();
	if (sender == 0) {
		usleep(200000);
		kill(getppid(), SIGTERM);
		_exit(0);
	}
	parser_work(*state, jobs, ARRAY_LEN(jobs));
	assert_true(clock_mono_ms(clock_system()) - started_ms < 10000);
	assert_int_equal(waitpid(sender, NULL, 0), sender);
	assert_false(error_is_set(&jobs[0].content.fault));
	for (size_t i = 1; i < ARRAY_LEN(jobs); i++) {
		assert_int_equal(jobs[i].content.form, CONTENT_JSON);
		assert_int_equal(jobs[i].content.fault.code, ERR_CANCELLED);
	}
	/* The answers to what is cleaned up are still read. */
	work(*state, &after);
	assert_non_null(json_member(after.content.json, "a"));
	for (size_t i = 0; i < ARRAY_LEN(jobs); i++)
		content_release(&jobs[i].content);
	content_release(&after.content);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_json_xml_forms_and_zones_come_as_documents),
		BOTH(test_a_chain_comes_with_what_is_in_its_leaf),
		BOTH(test_a_chain_is_continued_by_one_certificate),
		BOTH(test_an_answer_of_ocsp_comes_as_a_status),
		BOTH(test_faults_are_named),
		BOTH(test_many_bodies_are_under_way_at_once),
		WITH_CHILD(test_a_body_that_kills_the_child_costs_itself_alone),
		WITH_CHILD(test_a_child_that_lies_is_replaced),
		WITH_CHILD(test_a_child_that_announces_too_much_is_replaced),
		WITH_CHILD(test_a_child_that_was_killed_by_others_costs_nothing),
		WITH_CHILD(test_the_child_has_no_rights),
		/* The last one: a signal is remembered. */
		WITH_CHILD(test_a_signal_ends_the_wait),
	};

	if (strcmp(argv[0], PARSER_NAME) == 0)
		return parser_child_main(argv);
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
