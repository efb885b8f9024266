/*
 * Case folders: acme-problem (an error reply becomes error and failures), acme-directory (document
 * to what is known of the CA), acme-challenge (authorization to what has to be put in place).
 * An input is header lines, an empty line, and a body.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "acme/authz.h"
#include "acme/directory.h"
#include "acme/problem.h"
#include "reply.h"
#include "base/alloc.h"
#include "base/span.h"
#include "base/strbuf.h"

#define NOW_MS 1700000000000

static void read_case(const char *suite, const char *name, const char *file, struct strbuf *out)
{
	AUTO_FREE char *path = xasprintf("%s/%s/%s/%s", CASES_DIR, suite, name, file);
	FILE *stream = fopen(path, "rb");
	char bytes[4096];
	size_t len;

	if (!stream)
		fail_msg("cannot open '%s'", path);
	while ((len = fread(bytes, 1, sizeof(bytes), stream)) > 0)
		strbuf_add(out, bytes, len);
	fclose(stream);
}

typedef void print_fn(const struct headers *headers, struct span body, struct strbuf *out);

static void split_input(const struct strbuf *input, struct headers *headers, struct span *ret_body)
{
	struct span rest = span_make(input->text, input->len), line, name;

	while (span_take_line(&rest, &line) && line.len) {
		AUTO_FREE char *key = NULL;
		AUTO_FREE char *value = NULL;

		assert_true(span_take_until(&line, ':', &name));
		key = span_dup(name);
		value = span_dup(span_trim(line));
		headers_add(headers, key, value);
	}
	/* The final newline of the file is not part of the body. */
	if (rest.len)
		rest.len--;
	*ret_body = rest;
}

static void run_suite(const char *suite, print_fn *print)
{
	AUTO_FREE char *path = xasprintf("%s/%s", CASES_DIR, suite);
	DIR *dir = opendir(path);
	struct dirent *entry;
	int count = 0;

	if (!dir)
		fail_msg("cannot open '%s'", path);
	while ((entry = readdir(dir))) {
		AUTO(strbuf) struct strbuf input = STRBUF_INIT;
		AUTO(strbuf) struct strbuf expected = STRBUF_INIT;
		AUTO(strbuf) struct strbuf output = STRBUF_INIT;
		AUTO(headers) struct headers headers = HEADERS_INIT;
		struct span body;

		if (entry->d_name[0] == '.')
			continue;
		read_case(suite, entry->d_name, "input", &input);
		read_case(suite, entry->d_name, "expected", &expected);
		split_input(&input, &headers, &body);
		print(&headers, body, &output);
		if (strcmp(output.text, expected.text) != 0)
			fail_msg("%s/%s: expected\n%s\nfound\n%s", suite, entry->d_name,
				 expected.text, output.text);
		count++;
	}
	closedir(dir);
	assert_true(count > 0);
}

static void describe_error(const struct error *err, struct strbuf *out)
{
	strbuf_addf(out, "error: %s: %s\n", error_code_name(err->code), err->text);
	if (err->problem_type)
		strbuf_addf(out, "type: %s\n", err->problem_type);
	if (err->hint)
		strbuf_addf(out, "hint: %s\n", err->hint);
	if (err->retry_at)
		strbuf_addf(out, "retry: in %lld s\n", (long long)(err->retry_at - NOW_MS / 1000));
}

static void print_problem(const struct headers *headers, struct span body, struct strbuf *out)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(acme_failures) struct acme_failures failures = {.items = NULL};
	struct acme_reply reply = {
		.status = (int)strtol(headers_get(headers, "Status"), NULL, 10),
		.headers = *headers,
		.body = (char *)body.ptr,
		.body_len = body.len,
	};

	reply_parse(&reply, NULL);
	acme_problem_to_error(&reply, NOW_MS, &failures, &err);
	describe_error(&err, out);
	for (size_t i = 0; i < failures.count; i++)
		strbuf_addf(out, "failure: %s '%s' %s: %s\n",
			    failures.items[i].identifier.kind == ACME_IDENTIFIER_IP ? "ip" : "dns",
			    failures.items[i].identifier.value, failures.items[i].type,
			    failures.items[i].detail);
	json_free(reply.json);
	error_release(&reply.fault);
}

static void print_text(struct strbuf *out, const char *name, const char *text)
{
	if (text)
		strbuf_addf(out, "%s: %s\n", name, text);
}

static void print_directory(const struct headers *headers, struct span body, struct strbuf *out)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(acme_directory) struct acme_directory directory;
	const struct acme_meta *meta = &directory.meta;

	AUTO(json) struct json *json = NULL;

	acme_directory_init(&directory);
	if (json_parse(body.ptr, body.len, "directory", &json, &err) < 0 ||
	    acme_directory_read(json, &directory, &err) < 0) {
		err.code = ERR_PROTOCOL;
		describe_error(&err, out);
		return;
	}
	if (directory.is_v1)
		strbuf_adds(out, "ACME v1\n");
	print_text(out, "new nonce", directory.urls[ACME_NEW_NONCE]);
	print_text(out, "new account", directory.urls[ACME_NEW_ACCOUNT]);
	print_text(out, "new order", directory.urls[ACME_NEW_ORDER]);
	print_text(out, "new authz", directory.urls[ACME_NEW_AUTHZ]);
	print_text(out, "new cert", directory.urls[ACME_NEW_CERT]);
	print_text(out, "revoke", directory.urls[ACME_REVOKE_CERT]);
	print_text(out, "key change", directory.urls[ACME_KEY_CHANGE]);
	print_text(out, "renewal info", directory.urls[ACME_RENEWAL_INFO]);
	print_text(out, "terms", meta->terms_of_service);
	print_text(out, "website", meta->website);
	print_text(out, "hash prefix", meta->account_hash_prefix);
	for (size_t i = 0; i < meta->caa_identities.count; i++)
		print_text(out, "caa", meta->caa_identities.items[i]);
	for (size_t i = 0; i < meta->profiles.count; i++)
		strbuf_addf(out, "profile: %s: %s\n", meta->profiles.items[i],
			    meta->profile_texts.items[i]);
	if (meta->external_account_required)
		strbuf_adds(out, "external account required\n");
	assert_true(meta->has_renewal_info == (directory.urls[ACME_RENEWAL_INFO] != NULL));
}

static void print_challenge(const struct headers *headers, struct span body, struct strbuf *out)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(acme_identifiers) struct acme_identifiers names = ACME_IDENTIFIERS_INIT;
	AUTO(acme_authz_object) struct acme_authz_object object = {.json = NULL};
	AUTO(acme_challenge) struct acme_challenge challenge = {.token = NULL};
	AUTO(acme_reply) struct acme_reply reply;
	const struct acme_answer answer = {.reply = &reply};
	const char *ip = headers_get(headers, "IP");
	struct acme_preference preference = {.count = 1};
	struct acme_challenge_context context = {
		.account_url = headers_get(headers, "Account"),
		.thumbprint = headers_get(headers, "Thumbprint"),
		.account_hash_prefix = headers_get(headers, "Hash-Prefix"),
	};

	acme_reply_init(&reply);
	reply.body = span_dup(body);
	reply.body_len = body.len;
	reply_parse(&reply, NULL);
	acme_identifiers_add(&names, ip ? ACME_IDENTIFIER_IP : ACME_IDENTIFIER_DNS,
			     ip ? ip : headers_get(headers, "DNS"));
	context.identifier = &names.items[0];
	assert_true(acme_challenge_type_parse(headers_get(headers, "Type"), &preference.types[0]));
	if (acme_authz_object_read(&answer, &names, NULL, &object, &err) < 0 ||
	    acme_authz_object_choose(&object, &preference, &context, &challenge, &err) < 0) {
		describe_error(&err, out);
		return;
	}
	strbuf_addf(out, "%s for %s%s\n", acme_challenge_type_name(challenge.type),
		    challenge.wildcard ? "all of " : "", challenge.identifier.value);
	print_text(out, "url", challenge.url);
	print_text(out, "token", challenge.token);
	print_text(out, "key authorization", challenge.key_authorization);
	print_text(out, "record", challenge.dns_name);
	print_text(out, "value", challenge.dns_value);
	print_text(out, "server name", challenge.sni_name);
}

static void test_problem_cases(void **state)
{
	run_suite("acme-problem", print_problem);
}

static void test_directory_cases(void **state)
{
	run_suite("acme-directory", print_directory);
}

static void test_challenge_cases(void **state)
{
	run_suite("acme-challenge", print_challenge);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_problem_cases),
		cmocka_unit_test(test_directory_cases),
		cmocka_unit_test(test_challenge_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
