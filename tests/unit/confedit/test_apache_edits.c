/*
 * Tests of src/confedit/apache: edits of a configuration.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "apache_files.h"
#include "base/alloc.h"
#include "confedit/apache/edit/apache_challenge.h"
#include "confedit/apache/apache_choose.h"
#include "confedit/apache/edit/apache_deploy.h"
#include "confedit/apache/edit/apache_enhance.h"
#include "confedit/apache/edit/apache_listen.h"

#define SITE "/etc/apache2/site.conf"
#define MAIN "LoadModule ssl_module s.so\nListen 80\nInclude site.conf\n"

static const struct apache_deployment deployment = {
	.certificate_path = "/l/full.pem",
	.key_path = "/l/key.pem",
	.options_path = "/l/options.conf",
};

static void load_site(struct apache_files *files, const char *text)
{
	files_init(files, MAIN);
	files_add(files, SITE, text);
	files_load(files);
}

static void assert_text(const struct apache_files *files, const char *path, const char *wanted)
{
	AUTO_FREE char *text = files_text(files, path);

	assert_string_equal(text, wanted);
}

static void test_deploy_keeps_places_and_is_idempotent(void **state)
{
	static const char wanted[] =
		"<VirtualHost *:443>\n\tServerName a\n\tSSLCertificateFile /l/full.pem\n"
		"\tSSLCertificateKeyFile /l/key.pem # own\n\tInclude /l/options.conf\n"
		"</VirtualHost>\n";
	AUTO(error) struct error err = ERROR_INIT;
	struct apache_files files;

	load_site(&files, "<VirtualHost *:443>\n\tServerName a\n\tSSLCertificateFile \"/old 1\"\n"
			  "\tSSLCertificateChainFile /old \\\n\t\tx\n"
			  "\tSSLCertificateKeyFile /old # own\n</VirtualHost>\n");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(apache_deploy(files.model, 0, &deployment, &err), 0);
		assert_text(&files, SITE, wanted);
	}
	files_release(&files);
}

static void test_deploy_leaves_shared_includes_alone(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct apache_files files;

	files_init(&files, MAIN);
	files_add(&files, "/etc/apache2/tls.inc", "SSLCertificateFile /old\n");
	files_add(&files, SITE,
		  "<VirtualHost *:443>\nServerName a\nInclude tls.inc\n</VirtualHost>\n"
		  "<VirtualHost *:443>\nServerName b\nInclude tls.inc\n</VirtualHost>\n");
	files_load(&files);
	assert_int_equal(apache_deploy(files.model, 0, &deployment, &err), ERR_REFUSED);
	assert_non_null(strstr(err.text, "(/etc/apache2/tls.inc:1): other virtual hosts include"));
	assert_text(&files, "/etc/apache2/tls.inc", "SSLCertificateFile /old\n");
	files_release(&files);
}

static size_t make_twin(struct apache_files *files, size_t id)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct apache_twin twin = {.path = "/etc/apache2/site-le-ssl.conf", .port = "443"};

	if (apache_make_twin(files->model, id, &twin, &err) < 0)
		fail_msg("%s", err.text);
	return twin.id;
}

static void test_twin_is_a_copy_without_redirects(void **state)
{
	struct apache_files files;
	const struct apache_vhost *twin;

	load_site(&files, "Define N a.example\n  <VirtualHost *:80 *:8080 [::1]:80> # x\n"
			  "    ServerName ${N}\n    RewriteEngine on\n"
			  "    RewriteCond %{HTTPS} off\n"
			  "    RewriteRule ^ https://${N}/ \\\n      [R]\n    RewriteRule ^/a /b\n"
			  "    Redirect / https://a.example/\n    Redirect /o https://other/\n"
			  "  </VirtualHost>\n");
	twin = apache_model_find(files.model, make_twin(&files, 0));
	assert_string_equal(twin->name, "a.example");
	assert_true(twin->tls && twin->enabled);
	assert_text(&files, twin->file->path,
		    "<IfModule mod_ssl.c>\n  <VirtualHost *:443 [::1]:443> # x\n"
		    "    ServerName a.example\n    RewriteEngine on\n"
		    "    # Redirects to https were disabled in this copy of the HTTP site, because "
		    "they\n    # would lead back to it without end.\n"
		    "#     RewriteCond %{HTTPS} off\n"
		    "#     RewriteRule ^ https://a.example/ \\\n#       [R]\n"
		    "    RewriteRule ^/a /b\n#     Redirect / https://a.example/\n"
		    "    Redirect /o https://other/\n</VirtualHost>\n</IfModule>\n");
	files_release(&files);
}

/* httpd refuses to read these twice; what the plain host defines the twin may use. */
static void test_twin_defines_no_daemons_again(void **state)
{
	struct apache_files files;
	const struct apache_vhost *twin;

	load_site(&files, "<VirtualHost *:80>\n  ServerName a\n  WSGIDaemonProcess app \\\n    "
			  "threads=2\n  WSGIProcessGroup app\n  FastCgiExternalServer /f -host "
			  "h:1\n</VirtualHost>\n");
	twin = apache_model_find(files.model, make_twin(&files, 0));
	assert_text(&files, twin->file->path,
		    "<IfModule mod_ssl.c>\n<VirtualHost *:443>\n  ServerName a\n"
		    "  # This was disabled in this copy of the HTTP site, because it may be said "
		    "only once.\n  # What the HTTP site defines is used here as well.\n"
		    "#   WSGIDaemonProcess app \\\n#     threads=2\n  WSGIProcessGroup app\n"
		    "#   FastCgiExternalServer /f -host h:1\n</VirtualHost>\n</IfModule>\n");
	files_release(&files);
}

static void test_twin_goes_behind_what_its_file_has(void **state)
{
	AUTO_FREE char *text = NULL;
	struct apache_files files;
	size_t id;

	load_site(&files, "<VirtualHost *:80>\nServerName a\n</VirtualHost>\n");
	files_add(&files, "/etc/apache2/site-le-ssl.conf",
		  "<VirtualHost *:443>\nServerName b\n</VirtualHost>");
	id = make_twin(&files, 0);
	assert_string_equal(apache_model_find(files.model, id)->name, "a");
	text = files_text(&files, "/etc/apache2/site-le-ssl.conf");
	assert_non_null(strstr(text, "</VirtualHost>\n<IfModule mod_ssl.c>\n<VirtualHost *:443>"));
	files_release(&files);
}

static void test_listen_is_added_once_and_where_the_others_are(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strvec) struct strvec lines = STRVEC_INIT;
	struct apache_files files;

	files_init(&files, "LoadModule ssl_module s.so\nInclude ports.conf\n");
	files_add(&files, "/etc/apache2/ports.conf",
		  "Listen 192.0.2.1:80\nListen [::1]:80\n<IfModule ssl_module>\n</IfModule>\n");
	files_load(&files);
	for (int i = 0; i < 2; i++)
		assert_int_equal(apache_add_listen(files.model, "8443", APACHE_LISTEN_HTTPS,
						   "/etc/apache2/ports.conf", &lines, &err),
				 0);
	assert_int_equal(lines.count, 2);
	assert_text(&files, "/etc/apache2/ports.conf",
		    "Listen 192.0.2.1:80\nListen [::1]:80\n<IfModule ssl_module>\n"
		    "    Listen 192.0.2.1:8443 https\n    Listen [::1]:8443 https\n</IfModule>\n");
	files_release(&files);
}

#define RULE(flags) "RewriteRule ^ https://%{SERVER_NAME}%{REQUEST_URI} " flags "\n"

static enum apache_redirect_found redirect(struct apache_files *files)
{
	AUTO(error) struct error err = ERROR_INIT;
	const struct apache_vhost *tls = files_choose(files, "a.example");
	enum apache_redirect_found found;

	if (apache_redirect(files->model, apache_choose_counterpart(files->model, tls)->id, tls->id,
			    &found, &err) < 0)
		fail_msg("%s", err.text);
	return found;
}

#define PLAIN(lines) "<VirtualHost *:80>\nServerName a.example\n" lines "</VirtualHost>\n"
#define TLS(lines) "<VirtualHost *:443>\nServerName a.example\n" lines "</VirtualHost>\n"

static void test_redirect_is_added_once(void **state)
{
	struct apache_files files;

	load_site(&files, PLAIN("ServerAlias *.b.test\n") TLS("ServerAlias *.b.test\n"));
	assert_int_equal(redirect(&files), APACHE_REDIRECT_NEW);
	assert_int_equal(redirect(&files), APACHE_REDIRECT_PRESENT);
	assert_text(&files, SITE,
		    PLAIN("ServerAlias *.b.test\nRewriteEngine on\n"
			  "RewriteCond %{SERVER_NAME} =a.example [OR]\n"
			  "RewriteCond %{SERVER_NAME} ^.*\\.b\\.test$\n" RULE(
				  "[END,NE,R=permanent]")) TLS("ServerAlias *.b.test\n"));
	files_release(&files);
}

static void test_older_redirect_gets_the_present_flags(void **state)
{
	struct apache_files files;

	load_site(&files, PLAIN("RewriteEngine on\n" RULE("[L,QSA,R=permanent]")) TLS(""));
	assert_int_equal(redirect(&files), APACHE_REDIRECT_RENEWED);
	assert_text(&files, SITE, PLAIN("RewriteEngine on\n" RULE("[END,NE,R=permanent]")) TLS(""));
	files_release(&files);
}

static void test_redirect_of_other_names_is_not_enough(void **state)
{
	struct apache_files files;

	load_site(&files, PLAIN("RewriteEngine on\nRewriteCond %{SERVER_NAME} =x.example\n" RULE(
				  "[END,NE,R=permanent]")) TLS(""));
	assert_int_equal(redirect(&files), APACHE_REDIRECT_NEW);
	assert_int_equal(redirect(&files), APACHE_REDIRECT_PRESENT);
	files_release(&files);
}

static void test_redirecting_host_must_not_take_requests(void **state)
{
	const struct apache_redirect_host host = {"/etc/apache2/r.conf", "80", "/log"};
	AUTO(error) struct error err = ERROR_INIT;
	struct apache_files files;

	load_site(&files, "<VirtualHost *:80>\nServerName other\n</VirtualHost>\n" TLS(""));
	assert_int_equal(apache_add_redirect_host(files.model, 1, &host, &err), ERR_REFUSED);
	files_release(&files);
}

static void test_header_is_added_once_and_changed(void **state)
{
	struct apache_header header = {"Strict-Transport-Security", "\"max-age=60\"",
				       "Strict-Transport-Security"};
	AUTO(error) struct error err = ERROR_INIT;
	struct apache_files files;
	bool done;

	load_site(&files, TLS(""));
	assert_int_equal(apache_add_header(files.model, 0, &header, &done, &err), 0);
	assert_true(done);
	assert_int_equal(apache_add_header(files.model, 0, &header, &done, &err), 0);
	assert_false(done);
	header.value = "\"max-age=300\"";
	assert_int_equal(apache_change_header(files.model, 0, &header, &err), 0);
	assert_text(&files, SITE,
		    TLS("Header always set Strict-Transport-Security \"max-age=300\"\n"));
	files_release(&files);
}

static void test_marks_are_found_again(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *mark = NULL;
	struct apache_files files;

	load_site(&files, PLAIN("") TLS(""));
	assert_int_equal(apache_mark_vhost(files.model, 1, "0123", &err), 0);
	assert_null(apache_vhost_mark(apache_model_find(files.model, 0)));
	mark = apache_vhost_mark(apache_model_find(files.model, 1));
	assert_string_equal(mark, "0123");
	files_release(&files);
}

static void test_challenges_do_not_wake_rules_that_sleep(void **state)
{
	const struct apache_challenge_plan plan = {"80", "/pre", "/post", "/tokens"};
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	struct apache_files files;

	strvec_push(&names, "a.example");
	load_site(&files, PLAIN("RewriteEngine off\nRewriteRule ^ - [F]\n"));
	assert_int_equal(apache_publish_challenges(files.model, &names, &plan, &err), 0);
	assert_text(&files, SITE,
		    "<VirtualHost *:80>\nInclude /pre\nRewriteRule ^ - [L]\nServerName a.example\n"
		    "RewriteEngine off\nRewriteRule ^ - [F]\nInclude /post\n</VirtualHost>\n");
	assert_text(&files, MAIN_FILE, MAIN);
	files_release(&files);
}

static void test_challenges_need_a_plain_path(void **state)
{
	const struct apache_challenge_plan plan = {"80", "/pre", "/post", "/to%kens"};
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	struct apache_files files;

	load_site(&files, PLAIN(""));
	assert_int_equal(apache_publish_challenges(files.model, &names, &plan, &err), ERR_REFUSED);
	files_release(&files);
}

#define SNI_HOST(addresses)                                                                        \
	"<IfModule mod_ssl.c>\n<VirtualHost " addresses ">\n    ServerName a.b.acme.invalid\n"     \
	"    Include /l/options.conf\n    SSLEngine on\n    SSLVerifyClient none\n"                \
	"    SSLCertificateFile \"/w/t 1.crt\"\n    SSLCertificateKeyFile /w/t.pem\n"              \
	"    <Location \"/\">\n        Require all denied\n    </Location>\n</VirtualHost>\n"      \
	"</IfModule>\n"
#define TLS_HOST(addresses, more)                                                                  \
	"<VirtualHost " addresses ">\nSSLEngine on\n" more "</VirtualHost>\n"

/* Hosts of other ports and without TLS do not count. */
static void test_sni_hosts_have_the_addresses_of_the_tls_hosts(void **state)
{
	static const struct {
		const char *sites, *hosts;
		bool is_last; /* the include stands in the main file */
	} rows[] = {
		{"", SNI_HOST("*:443"), true},
		{"<VirtualHost *:80>\n</VirtualHost>\n" TLS_HOST("*:8443", ""), SNI_HOST("*:443"),
		 true},
		{TLS_HOST("_default_:443", ""), SNI_HOST("*:443"), true},
		{TLS_HOST("192.0.2.1:443 [::1]:443", "") TLS_HOST("*:*", ""),
		 SNI_HOST("192.0.2.1:443 [::1]:443 *:*"), true},
		{TLS_HOST("*:443", "ServerAlias *.acme.invalid\n"), SNI_HOST("*:443"), false},
	};
	static const struct apache_sni_challenge challenge = {"a.b.acme.invalid", "/w/t 1.crt",
							      "/w/t.pem"};
	static const struct apache_sni_plan plan = {"443", "/sni.conf", "/l/options.conf"};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(strvec) struct strvec added = STRVEC_INIT;
		AUTO_FREE char *site = xasprintf(
			"%s%s", rows[i].is_last ? "" : "Include /sni.conf\n", rows[i].sites);
		struct apache_files files;

		load_site(&files, rows[i].sites);
		assert_int_equal(apache_publish_sni(files.model, &challenge, 1, &plan, &err), 0);
		assert_text(&files, "/sni.conf", rows[i].hosts);
		assert_text(&files, SITE, site);
		assert_text(&files, MAIN_FILE, rows[i].is_last ? MAIN "Include /sni.conf\n" : MAIN);
		apache_model_added(files.model, &added);
		assert_int_equal(added.count, 0);
		files_release(&files);
	}
}

static void test_sni_hosts_do_not_displace_the_main_server(void **state)
{
	static const struct apache_sni_plan plan = {"443", "/sni.conf", "/l/options.conf"};
	AUTO(error) struct error err = ERROR_INIT;
	struct apache_files files;

	load_site(&files, "SSLEngine on\n");
	assert_int_equal(apache_publish_sni(files.model, NULL, 0, &plan, &err), ERR_REFUSED);
	files_release(&files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deploy_keeps_places_and_is_idempotent),
		cmocka_unit_test(test_deploy_leaves_shared_includes_alone),
		cmocka_unit_test(test_twin_is_a_copy_without_redirects),
		cmocka_unit_test(test_twin_defines_no_daemons_again),
		cmocka_unit_test(test_twin_goes_behind_what_its_file_has),
		cmocka_unit_test(test_listen_is_added_once_and_where_the_others_are),
		cmocka_unit_test(test_redirect_is_added_once),
		cmocka_unit_test(test_older_redirect_gets_the_present_flags),
		cmocka_unit_test(test_redirect_of_other_names_is_not_enough),
		cmocka_unit_test(test_redirecting_host_must_not_take_requests),
		cmocka_unit_test(test_header_is_added_once_and_changed),
		cmocka_unit_test(test_marks_are_found_again),
		cmocka_unit_test(test_challenges_do_not_wake_rules_that_sleep),
		cmocka_unit_test(test_challenges_need_a_plain_path),
		cmocka_unit_test(test_sni_hosts_have_the_addresses_of_the_tls_hosts),
		cmocka_unit_test(test_sni_hosts_do_not_displace_the_main_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
