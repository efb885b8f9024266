/* Reading and editing HAProxy's configuration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "confedit/haproxy/haproxy_bind.h"

static void read_conf(const char *text, struct haproxy_conf *ret)
{
	struct haproxy_modes modes = {.http = MAP_INIT(NULL)};

	haproxy_conf_read(span_of(text), &modes, ret);
	map_release(&modes.http);
}

static void test_words_are_those_that_haproxy_sees(void **state)
{
	static const struct {
		const char *line, *words; /* joined by '|'; NULL: no line */
	} cases[] = {
		{"", NULL},
		{" # all", NULL},
		{"a b\tc  d\r\n", "a|b|c|d"},
		{"a b#c d", "a|b"},
		{"a \\#b \\ c", "a|#b| c"},
		{"a \"b c\"d 'e \\ f'", "a|b cd|e \\ f"},
		{"a \"it's\" 'say \"x\"' \"\\\"\"", "a|it's|say \"x\"|\""},
		{"a '' b", "a||b"},
		{"a 'open # end\nb", "a|open # end"},
		{"a b\\", "a|b\\"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(haproxy_conf) struct haproxy_conf conf = HAPROXY_CONF_INIT;
		AUTO(strbuf) struct strbuf words = STRBUF_INIT;

		read_conf(cases[i].line, &conf);
		assert_int_equal(conf.line_count > 0, cases[i].words != NULL);
		for (size_t j = 0; conf.line_count && j < conf.lines[0].count; j++)
			strbuf_addf(&words, "%s%s", j ? "|" : "", conf.lines[0].words[j].text);
		assert_string_equal(words.text, cases[i].words ? cases[i].words : "");
	}
}

static void test_quoted_words_read_back(void **state)
{
	static const char *const texts[] = {"/etc/a b/#c", "it's \"x\" \\ $HOME\t", "plain"};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		AUTO(haproxy_conf) struct haproxy_conf conf = HAPROXY_CONF_INIT;
		AUTO(strbuf) struct strbuf line = STRBUF_INIT;

		haproxy_quote(texts[i], &line);
		read_conf(line.text, &conf);
		assert_int_equal(conf.lines[0].count, 1);
		assert_string_equal(conf.lines[0].words[0].text, texts[i]);
	}
}

static void test_a_section_has_its_mode_from_itself_or_its_defaults(void **state)
{
	static const char text[] = "global\n pidfile /run/p\n"
				   "frontend first\n"
				   "defaults web\n mode http\n"
				   "frontend a\n"
				   "frontend b\n mode tcp\n"
				   "defaults\n mode tcp\n mode http\n"
				   "listen c\n"
				   "defaults plain\n"
				   "backend d\n"
				   "frontend e from web\n"
				   "defaults again from web\n"
				   "frontend f\n";
	static const char *const http = "web a  c e again f ";
	AUTO(haproxy_conf) struct haproxy_conf conf = HAPROXY_CONF_INIT;
	AUTO(strbuf) struct strbuf found = STRBUF_INIT;

	read_conf(text, &conf);
	for (size_t i = 0; i < conf.section_count; i++)
		if (conf.sections[i].is_http)
			strbuf_addf(&found, "%s ", conf.sections[i].name);
	assert_string_equal(found.text, http);
	assert_string_equal(haproxy_conf_value(&conf, HAPROXY_GLOBAL, "pidfile"), "/run/p");
	assert_null(haproxy_conf_value(&conf, HAPROXY_GLOBAL, "mode"));
}

static void test_defaults_are_those_of_earlier_files_too(void **state)
{
	struct haproxy_modes modes = {.http = MAP_INIT(NULL)};
	AUTO(haproxy_conf) struct haproxy_conf first = HAPROXY_CONF_INIT;
	AUTO(haproxy_conf) struct haproxy_conf second = HAPROXY_CONF_INIT;

	haproxy_conf_read(span_of("defaults\n mode http\n"), &modes, &first);
	haproxy_conf_read(span_of("frontend a\n"), &modes, &second);
	map_release(&modes.http);
	assert_true(second.sections[0].is_http);
}

static void test_finds_the_hosts_that_rules_compare(void **state)
{
	static const char text[] =
		"frontend a\n"
		" acl one hdr(host) -i A.test www.a.test:8080\n"
		" acl two req.hdr(host),lower -m str -f /etc/names b.test\n"
		" acl three hdr(host) -m reg ^c\\.test$\n"
		" acl four path_beg /d.test\n"
		" acl five hdr_dom(host) -- e.test\n"
		" use_backend x if { ssl_fc_sni f.test } { path_beg /g.test } or { hdr(host) h.test }\n"
		" use_backend y if { hdr_end(host) .i.test } { hdr(host) localhost }\n"
		" #acl six hdr(host) j.test\n";
	AUTO(haproxy_conf) struct haproxy_conf conf = HAPROXY_CONF_INIT;
	AUTO(strvec) struct strvec hosts = STRVEC_INIT;
	AUTO_FREE char *all = NULL;

	read_conf(text, &conf);
	haproxy_section_hosts(&conf, &conf.sections[0], &hosts);
	all = strvec_join(&hosts, " ");
	assert_string_equal(all, "a.test www.a.test b.test e.test f.test h.test");
}

static void test_finds_the_backend_of_a_path(void **state)
{
	static const char text[] =
		"frontend a\n"
		" acl acme path_beg -i /.well-known/acme-challenge\n"
		" acl other path_beg /other\n"
		" use_backend one if acme\n"
		" use_backend two if other\n"
		" use_backend three if { path_beg /.well-known/acme-challenge/ }\n"
		" use_backend four if !other acme or other\n";
	AUTO(haproxy_conf) struct haproxy_conf conf = HAPROXY_CONF_INIT;
	AUTO(strvec) struct strvec backends = STRVEC_INIT;
	AUTO_FREE char *all = NULL;

	read_conf(text, &conf);
	haproxy_section_backends(&conf, &conf.sections[0], "/.well-known/acme-challenge",
				 &backends);
	all = strvec_join(&backends, " ");
	assert_string_equal(all, "one three four");
}

static void test_reads_addresses(void **state)
{
	static const char text[] =
		"frontend a\n"
		" bind :80,*:81,192.0.2.1:8000-8010,[::1]:82,:::83,"
		"ipv6@[::]:84,unix@/s,/s:1,quic4@:85,fd@3,\"$ADDR\":86,:87x,88\n";
	AUTO(haproxy_conf) struct haproxy_conf conf = HAPROXY_CONF_INIT;
	AUTO(strbuf) struct strbuf found = STRBUF_INIT;
	struct haproxy_address address;
	struct span rest;

	read_conf(text, &conf);
	rest = span_of(conf.lines[1].words[1].text);
	while (haproxy_bind_next_address(&rest, &address))
		strbuf_addf(&found, "%.*s/%u-%u ", (int)address.host.len, address.host.ptr,
			    address.first_port, address.last_port);
	assert_string_equal(found.text, "/80-80 */81-81 192.0.2.1/8000-8010 ::1/82-82 ::/83-83 "
					"::/84-84 ");
	assert_true(haproxy_bind_has_port(&conf.lines[1], 8005));
	assert_false(haproxy_bind_has_port(&conf.lines[1], 85));
}

static void test_a_value_is_no_keyword(void **state)
{
	AUTO(haproxy_conf) struct haproxy_conf conf = HAPROXY_CONF_INIT;
	AUTO(strvec) struct strvec crts = STRVEC_INIT;

	read_conf("frontend a\n bind :80 name ssl accept-proxy crt /a crt /b\n", &conf);
	assert_false(haproxy_bind_has(&conf.lines[1], "ssl"));
	assert_true(haproxy_bind_has(&conf.lines[1], "accept-proxy"));
	haproxy_bind_values(&conf.lines[1], "crt", &crts);
	assert_int_equal(crts.count, 2);
	assert_string_equal(crts.items[1], "/b");
}

static void add_tls(struct edit *edit, const struct haproxy_conf *conf)
{
	haproxy_bind_add_tls(edit, &conf->lines[1], 80, 443, "/c d");
}

static void add_crt(struct edit *edit, const struct haproxy_conf *conf)
{
	haproxy_bind_add_crt(edit, &conf->lines[1], "/new", HAPROXY_CRT_LAST);
}

static void add_first_crt(struct edit *edit, const struct haproxy_conf *conf)
{
	haproxy_bind_add_crt(edit, &conf->lines[1], "/new", HAPROXY_CRT_FIRST);
}

static void set_crt(struct edit *edit, const struct haproxy_conf *conf)
{
	haproxy_bind_set_crt(edit, &conf->lines[1].words[4], "/new");
}

static void insert_rules(struct edit *edit, const struct haproxy_conf *conf)
{
	haproxy_section_insert(edit, conf, &conf->sections[0], "one\ntwo\n");
}

static void test_edits_keep_the_rest(void **state)
{
	static const struct {
		void (*change)(struct edit *edit, const struct haproxy_conf *conf);
		const char *before, *after;
	} cases[] = {
		{add_tls, "frontend a # x\n\tbind *:80,:81,[::]:80 name n v4v6 # y\n mode http\n",
		 "frontend a # x\n\tbind *:80,:81,[::]:80 name n v4v6 # y\n"
		 "\tbind *:443,[::]:443 v4v6 ssl crt /c\\ d alpn h2,http/1.1\n mode http\n"},
		{add_tls, "frontend a\r\n  bind :80\r\n",
		 "frontend a\r\n  bind :80\r\n  bind :443 ssl crt /c\\ d alpn h2,http/1.1\r\n"},
		{add_tls, "frontend a\n bind :80",
		 "frontend a\n bind :80\n bind :443 ssl crt /c\\ d alpn h2,http/1.1\n"},
		{add_crt, "frontend a\n bind :443 ssl  crt /old # x\n",
		 "frontend a\n bind :443 ssl  crt /old crt /new # x\n"},
		{add_first_crt, "frontend a\n bind :443 ssl  crt /old # x\n",
		 "frontend a\n bind :443 ssl  crt /new crt /old # x\n"},
		{set_crt, "frontend a\n bind :443 ssl crt '/o l d' # x\n",
		 "frontend a\n bind :443 ssl crt /new # x\n"},
		{insert_rules, "frontend a # x\n\n\t# y\n\tbind :80\nbackend b\n",
		 "frontend a # x\n\tone\n\ttwo\n\n\t# y\n\tbind :80\nbackend b\n"},
		{insert_rules, "frontend a", "frontend a\n    one\n    two\n"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(haproxy_conf) struct haproxy_conf conf = HAPROXY_CONF_INIT;
		AUTO(edit) struct edit edit = EDIT_INIT(span_of(cases[i].before));
		AUTO(strbuf) struct strbuf changed = STRBUF_INIT;

		read_conf(cases[i].before, &conf);
		cases[i].change(&edit, &conf);
		edit_apply(&edit, &changed);
		assert_string_equal(changed.text, cases[i].after);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_are_those_that_haproxy_sees),
		cmocka_unit_test(test_quoted_words_read_back),
		cmocka_unit_test(test_a_section_has_its_mode_from_itself_or_its_defaults),
		cmocka_unit_test(test_defaults_are_those_of_earlier_files_too),
		cmocka_unit_test(test_finds_the_hosts_that_rules_compare),
		cmocka_unit_test(test_finds_the_backend_of_a_path),
		cmocka_unit_test(test_reads_addresses),
		cmocka_unit_test(test_a_value_is_no_keyword),
		cmocka_unit_test(test_edits_keep_the_rest),
	};

	return cmocka_run_group_tests_name("haproxy", tests, NULL, NULL);
}
