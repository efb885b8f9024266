/*
 * Tests of src/confedit/apache: what a configuration means.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "apache_files.h"
#include "base/alloc.h"
#include "confedit/apache/apache_choose.h"
#include "confedit/apache/apache_dump.h"

#define HOST(name) "<VirtualHost *:80>\nServerName " name "\n</VirtualHost>\n"

static void assert_no_parse(const char *text, const char *message)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct apache_conf *conf = NULL;

	assert_int_equal(apache_conf_parse(span_of(text), &conf, &err), ERR_PARSE);
	assert_string_equal(err.text, message);
}

static void test_unmatched_sections_name_their_lines(void **state)
{
	assert_no_parse("A\n<B>\n</C>\n", "line 3: '</C>' does not close '<B>' of line 2");
	assert_no_parse("A \\\n b\n<B x>\nC\n", "line 3: section '<B>' is not closed");
	assert_no_parse("</B>\n", "line 1: '</B>' does not close any section");
	assert_no_parse("<B>\n</B\n", "line 2: '</B' has no '>' after the name");
}

static size_t count_hosts(const char *main_text)
{
	struct apache_files files;
	size_t count;

	files_init(&files, main_text);
	count = apache_model_vhost_count(files_load(&files));
	files_release(&files);
	return count;
}

/* The end of a file closes conditions that hold, as httpd has it, and nothing else. */
static void test_end_of_file_closes_conditions(void **state)
{
	static const char one_line[] =
		"<VirtualHost *:80>\nServerName a\n</VirtualHost> </IfModule>\n";
	AUTO_FREE char *module = xasprintf("<IfModule !nope_module>\n%s", one_line);
	AUTO_FREE char *followed = xasprintf("%s" HOST("b"), module);
	AUTO_FREE char *nested = xasprintf("<IfDefine !X>\n<IfVersion >= 2.4>\n" HOST("a"));

	assert_int_equal(count_hosts(module), 1);
	assert_int_equal(count_hosts(followed), 2);
	assert_int_equal(count_hosts(nested), 1);
	assert_int_equal(count_hosts("<IfDefine !X>\n" HOST("a")), 1);
	assert_no_parse("<IfDefine !X>\n<B>\nC\n", "line 2: section '<B>' is not closed");
	assert_no_parse("<B>\n<IfDefine !X>\n</B>\n",
			"line 3: '</B>' does not close '<IfDefine>' of line 2");
	assert_no_parse("<B>\n<IfDefine !X>\nC\n", "line 1: section '<B>' is not closed");
}

static void test_sections_too_deep_are_refused(void **state)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	for (int i = 0; i < 200; i++)
		strbuf_adds(&text, "<A>\n");
	assert_no_parse(text.text, "line 101: sections are nested too deeply");
}

static void test_conditions_decide_what_is_read(void **state)
{
	assert_int_equal(count_hosts("<IfModule mod_ssl.c>\n" HOST("a") "</IfModule>\n"), 0);
	assert_int_equal(count_hosts("<IfModule !ssl_module>\n" HOST("a") "</IfModule>\n"), 1);
	assert_int_equal(count_hosts("LoadModule ssl_module x.so\n<IfModule mod_ssl.c>\n" HOST(
				 "a") "</IfModule>\n"),
			 1);
	assert_int_equal(count_hosts("<IfModule core.c>\n" HOST("a") "</IfModule>\n"), 1);
	assert_int_equal(count_hosts("<IfDefine X>\n" HOST("a") "</IfDefine>\nDefine X\n"), 0);
	assert_int_equal(count_hosts("Define X\n<IfDefine X>\n" HOST("a") "</IfDefine>\n"), 1);
	assert_int_equal(
		count_hosts("Define X\nUnDefine X\n<IfDefine !X>\n" HOST("a") "</IfDefine>\n"), 1);
	assert_int_equal(count_hosts("<IfFile apache2.conf>\n" HOST("a") "</IfFile>\n"), 1);
	assert_int_equal(count_hosts("<IfFile /none>\n" HOST("a") "</IfFile>\n"), 0);
}

static void test_versions_are_compared_by_number(void **state)
{
	static const struct {
		const char *arguments;
		size_t hosts;
	} rows[] = {
		{">= 2.4", 1}, {"> 2.4.57", 0},  {"<= 2.4.57", 1}, {"< 2.10", 1},
		{"2.4.57", 1}, {"2.4", 0},       {"!< 2.4.9", 1},  {"~ ^2\\.4", 1},
		{"= /^2/", 1}, {"!~ ^2\\.4", 0}, {"? 2", 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_FREE char *text = xasprintf("<IfVersion %s>\n" HOST("a") "</IfVersion>\n",
						 rows[i].arguments);

		if (count_hosts(text) != rows[i].hosts)
			fail_msg("IfVersion %s", rows[i].arguments);
	}
}

static void test_includes_are_read_in_order_of_names(void **state)
{
	struct apache_files files;
	const struct apache_model *model;

	files_init(&files, "Include conf.d\nIncludeOptional none/*.conf\nInclude x/[ab]*/z.conf\n");
	files_add(&files, "/etc/apache2/conf.d/b.conf", HOST("b"));
	files_add(&files, "/etc/apache2/conf.d/a.conf", HOST("a"));
	files_add(&files, "/etc/apache2/conf.d/.hidden", HOST("hidden"));
	files_add(&files, "/etc/apache2/x/b1/z.conf", HOST("zb"));
	files_add(&files, "/etc/apache2/x/c1/z.conf", HOST("zc"));
	model = files_load(&files);
	assert_int_equal(apache_model_vhost_count(model), 4);
	assert_string_equal(apache_model_vhost(model, 0)->name, "hidden");
	assert_string_equal(apache_model_vhost(model, 1)->name, "a");
	assert_string_equal(apache_model_vhost(model, 2)->name, "b");
	assert_string_equal(apache_model_vhost(model, 3)->name, "zb");
	files_release(&files);
}

static void test_bad_includes_are_problems_with_a_place(void **state)
{
	struct apache_files files;
	const struct apache_model *model;

	files_init(&files, HOST("a") "Include missing.conf\nInclude loop.conf\nInclude bad.conf\n");
	files_add(&files, "/etc/apache2/loop.conf", "Include loop.conf\n");
	files_add(&files, "/etc/apache2/bad.conf", "<A>\n");
	model = files_load(&files);
	assert_int_equal(apache_model_vhost_count(model), 1);
	assert_int_equal(apache_model_problem_count(model), 3);
	assert_string_equal(apache_model_problem(model, 0)->text,
			    MAIN_FILE ":4: cannot read '/etc/apache2/missing.conf': no such file");
	assert_string_equal(apache_model_problem(model, 1)->text,
			    "/etc/apache2/loop.conf:1: the file includes itself");
	assert_string_equal(apache_model_problem(model, 2)->text,
			    MAIN_FILE ":6: cannot read '/etc/apache2/bad.conf': line 1: section "
				      "'<A>' is not closed");
	files_release(&files);
}

static void test_variables_come_from_defines_then_the_environment(void **state)
{
	AUTO(map) struct map environment = MAP_INIT(NULL);
	struct apache_files files;
	const struct apache_vhost *vhost;
	char from_environment[] = "env.example", hidden[] = "hidden.example";

	map_set(&environment, "E", from_environment);
	map_set(&environment, "D", hidden);
	files_init(&files, "Define D d.example\n<VirtualHost *:80>\nServerName ${D}\n"
			   "ServerAlias ${E} ${NONE}.example x${D\n</VirtualHost>\n");
	files.program.environment = &environment;
	vhost = apache_model_vhost(files_load(&files), 0);
	assert_string_equal(vhost->name, "d.example");
	assert_string_equal(vhost->aliases.items[0], "env.example");
	assert_string_equal(vhost->aliases.items[1], "${none}.example");
	assert_string_equal(vhost->aliases.items[2], "x${d");
	files_release(&files);
}

static void test_hosts_know_names_addresses_and_tls(void **state)
{
	struct apache_files files;
	const struct apache_vhost *vhost;

	files_init(&files, "<VirtualHost _default_:8080 [2001:DB8::1]:80 host.example>\n"
			   "ServerName https://Shop.Example:8443\n<Directory /x>\n"
			   "ServerAlias not.an.alias\n</Directory>\nInclude part.conf\n"
			   "</VirtualHost>\n");
	files_add(&files, "/etc/apache2/part.conf", "ServerAlias Www.Shop.Example\nSSLEngine On\n");
	vhost = apache_model_vhost(files_load(&files), 0);
	assert_string_equal(vhost->name, "shop.example");
	assert_int_equal(vhost->aliases.count, 1);
	assert_string_equal(vhost->aliases.items[0], "www.shop.example");
	assert_true(vhost->tls);
	assert_int_equal(vhost->address_count, 3);
	assert_true(vhost->addresses[0].is_default);
	assert_string_equal(vhost->addresses[1].host, "[2001:db8::1]");
	assert_string_equal(vhost->addresses[2].port, "*");
	files_release(&files);
}

static void test_hosts_in_macros_are_marked(void **state)
{
	struct apache_files files;
	const struct apache_model *model;

	files_init(&files, "<Macro M $n>\n" HOST("$n") "</Macro>\nUse M a\n");
	model = files_load(&files);
	assert_int_equal(apache_model_vhost_count(model), 1);
	assert_true(apache_model_vhost(model, 0)->is_macro);
	assert_null(apache_choose(model, "$n", "443"));
	files_release(&files);
}

static void test_choice_prefers_tls_then_names_then_wildcards(void **state)
{
	struct apache_files files;

	files_init(
		&files,
		"<VirtualHost *:80>\nServerName w\nServerAlias *.example\n</VirtualHost>\n" HOST(
			"a.example")
			HOST("b.example") "<VirtualHost *:443>\nServerName tls\nServerAlias *.b.example b.example\n"
					  "</VirtualHost>\n");
	files_load(&files);
	assert_string_equal(files_choose(&files, "a.example")->name, "a.example");
	assert_string_equal(files_choose(&files, "c.example")->name, "w");
	assert_string_equal(files_choose(&files, "B.example")->name, "tls");
	assert_string_equal(files_choose(&files, "x.b.example")->name, "tls");
	assert_null(apache_choose(files.model, "other.test", "443"));
	files_release(&files);
}

static void test_answering_hosts_are_those_that_httpd_would_take(void **state)
{
	AUTO(apache_choice) struct apache_choice found = APACHE_CHOICE_INIT;
	struct apache_files files;

	files_init(
		&files,
		HOST("first") HOST("a.example") HOST(
			"a.example") "<VirtualHost 192.0.2.1:80>\nServerName address\n</VirtualHost>\n"
				     "<VirtualHost 192.0.2.1:80>\nServerName second\n</VirtualHost>\n"
				     "<VirtualHost *:8080>\nServerName a.example\n</VirtualHost>\n");
	files_load(&files);
	apache_choose_answering(files.model, "a.example", "80", &found);
	assert_int_equal(found.count, 2);
	assert_ptr_equal(found.items[0], apache_model_vhost(files.model, 1));
	assert_string_equal(found.items[1]->name, "address");
	files_release(&files);
}

static const char dump_text[] =
	"Included configuration files:\n  (*) " MAIN_FILE "\n    (3) /etc/apache2/x.conf\n"
	"VirtualHost configuration:\n"
	"*:80                   is a NameVirtualHost\n"
	"         default server a.example (" MAIN_FILE ":2)\n"
	"         port 80 namevhost a.example (" MAIN_FILE ":2)\n"
	"                 alias www.a.example\n"
	"         port 80 namevhost b.example (" MAIN_FILE ":5)\n"
	"[::1]:80               m.example (macro 'm' (defined on line 1 of \"x\") used on line 9:1)\n"
	"ServerRoot: \"/etc/apache2\"\nPidFile: \"/run/apache2.pid\"\n"
	"Define: DUMP_VHOSTS\nDefine: LINE=1\nDefine: X\n"
	"Loaded Modules:\n core_module (static)\n alias_module (shared)\n";

static void test_dump_is_read_and_compared(void **state)
{
	AUTO(apache_dump) struct apache_dump dump;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strbuf) struct strbuf difference = STRBUF_INIT;
	AUTO(strvec) struct strvec foreign = STRVEC_INIT;
	struct apache_files files;

	apache_dump_init(&dump);
	files_init(&files, "LoadModule alias_module a.so\n" HOST("a.example")
				   HOST("b.example") "Define X\n");
	files_load(&files);
	assert_int_equal(apache_dump_parse(span_of(dump_text), &dump, &err), 0);
	assert_string_equal(dump.pid_file, "/run/apache2.pid");
	assert_int_equal(dump.includes.count, 2);
	assert_int_equal(dump.vhost_count, 2);
	assert_int_equal(dump.compiled_modules.count, 1);
	apache_dump_foreign_defines(&dump, files.model, &foreign);
	assert_int_equal(foreign.count, 1);
	assert_string_equal(foreign.items[0], "LINE=1");
	assert_true(apache_dump_agrees(&dump, files.model, &difference));
	files_release(&files);
}

static void assert_differs(const char *main_text, const char *what)
{
	AUTO(apache_dump) struct apache_dump dump;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strbuf) struct strbuf difference = STRBUF_INIT;
	struct apache_files files;

	apache_dump_init(&dump);
	files_init(&files, main_text);
	files_load(&files);
	assert_int_equal(apache_dump_parse(span_of(dump_text), &dump, &err), 0);
	assert_false(apache_dump_agrees(&dump, files.model, &difference));
	if (!strstr(difference.text, what))
		fail_msg("%s", difference.text);
	files_release(&files);
}

static void test_differences_from_httpd_are_told(void **state)
{
	assert_differs(HOST("a.example"), "has loaded module 'alias_module'");
	assert_differs("LoadModule alias_module a.so\n" HOST("a.example"),
		       "a virtual host 'b.example' (" MAIN_FILE ":5) that the files do not show");
	assert_differs("LoadModule alias_module a.so\n" HOST("z.example") HOST("b.example"),
		       "is called 'a.example', but the files say 'z.example'");
	assert_differs("LoadModule alias_module a.so\n" HOST("a.example") HOST("b.example")
			       HOST("c.example"),
		       "does not have the virtual host at " MAIN_FILE ":8");
}

static void test_text_that_is_no_dump_is_refused(void **state)
{
	AUTO(apache_dump) struct apache_dump dump;
	AUTO(error) struct error err = ERROR_INIT;

	apache_dump_init(&dump);
	assert_int_equal(apache_dump_parse(span_of("Syntax OK\n"), &dump, &err), ERR_PARSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unmatched_sections_name_their_lines),
		cmocka_unit_test(test_end_of_file_closes_conditions),
		cmocka_unit_test(test_sections_too_deep_are_refused),
		cmocka_unit_test(test_conditions_decide_what_is_read),
		cmocka_unit_test(test_versions_are_compared_by_number),
		cmocka_unit_test(test_includes_are_read_in_order_of_names),
		cmocka_unit_test(test_bad_includes_are_problems_with_a_place),
		cmocka_unit_test(test_variables_come_from_defines_then_the_environment),
		cmocka_unit_test(test_hosts_know_names_addresses_and_tls),
		cmocka_unit_test(test_hosts_in_macros_are_marked),
		cmocka_unit_test(test_choice_prefers_tls_then_names_then_wildcards),
		cmocka_unit_test(test_answering_hosts_are_those_that_httpd_would_take),
		cmocka_unit_test(test_dump_is_read_and_compared),
		cmocka_unit_test(test_differences_from_httpd_are_told),
		cmocka_unit_test(test_text_that_is_no_dump_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
