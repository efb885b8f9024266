/*
 * The menu of plugins: what stands in it, in which order, and how wide. The registry has a web
 * server that is usable, one that is not and one that is not installed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "app/run_fixture.h"
#include "dns/provider.h"
#include "instances/plugin_menu.h"
#include "instances/programs.h"
#include "plugins/external/external.h"
#include "plugins/standalone/standalone.h"

#define LONG "A description that goes on for more than one line of a terminal has any room for"

extern const struct plugin webroot_plugin;

static const struct authenticator authenticator;
static const struct installer installer;

static int prepare_broken(struct plugin_instance *instance, struct error *err)
{
	return error_set(err, ERR_CONFIG, "its configuration is broken");
}

static int prepare_missing(struct plugin_instance *instance, struct error *err)
{
	return error_set(err, ERR_NOT_FOUND, "there is none");
}

static const struct plugin broken = {.name = "broken",
				     .description = "Broken server",
				     .prepare = prepare_broken,
				     .authenticator = &authenticator,
				     .installer = &installer};
static const struct plugin missing = {.name = "missing",
				      .description = "Missing server",
				      .prepare = prepare_missing,
				      .authenticator = &authenticator,
				      .installer = &installer};
static const struct plugin served = {.name = "served",
				     .description = "Web server",
				     .authenticator = &authenticator,
				     .installer = &installer};

/* Were it offered, the choices after it would have other numbers. */
static const struct plugin unoffered = {.name = "external",
					.description = "A program that an option names",
					.flags = PLUGIN_UNOFFERED,
					.authenticator = &authenticator};

extern const struct dns_provider dns_cloudflare, dns_route53;

static const struct plugin *const plugins[] = {
	&broken,
	&dns_cloudflare.plugin,
	&dns_route53.plugin,
	&unoffered,
	&missing,
	&served,
	&standalone_plugin,
	&webroot_plugin,
};

static const struct plugin_registry registry = {plugins, ARRAY_LEN(plugins), &external_programs};

static void plant_program(const char *name)
{
	AUTO_FREE char *path = xasprintf("plugins/certbot-plugin-%s", name);

	put_text(path,
		 "#!/bin/sh\necho '{\"description\":\"" LONG "\",\"challenges\":[\"dns-01\"]}'\n");
	assert_int_equal(chmod(path, 0755), 0);
}

static void start_here(struct run *run, struct programs *ret_programs, int answer)
{
	AUTO_FREE char *dir = xasprintf("%s/plugins", scratch_dir);
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(dir_make("plugins", 0755, &err), 0);
	setenv("CERTBOT_PLUGIN_PATH", dir, 1);
	start_run(run, "certonly");
	programs_init(ret_programs, &registry, &run->table);
	run->app.plugins->registry = &registry;
	run->app.plugins->programs = ret_programs;
	run->answer = answer;
}

static const char *choose(struct run *run)
{
	struct plugin_instance *chosen = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	if (plugin_menu_choose(run->app.plugins, ROLE_AUTHENTICATOR, &chosen, &err) < 0)
		fail_msg("%s", err.text);
	return chosen->plugin->name;
}

static void assert_fits(const struct strbuf *offered)
{
	for (const char *line = offered->text; *line; line += strcspn(line, "\n") + 1)
		assert_in_range(strcspn(line, "\n"), 1, 76);
}

static void test_common_choices_come_first(void **state)
{
	AUTO(programs) struct programs programs;
	AUTO(run) struct run run;

	start_here(&run, &programs, 2);
	plant_program("lab");
	assert_string_equal(choose(&run), "webroot");
	assert_string_equal(
		run.offered.text,
		"Web server (served)\n"
		"Spin up a temporary web server (standalone)\n"
		"Place files in the directory of a running web server (webroot)\n"
		"A description that goes on for more than one line of a terminal has... "
		"(lab)\n"
		"Add DNS records at a DNS provider ... (dns-cloudflare, ...)\n"
		"Broken server (broken) [Misconfigured]\n");
	assert_fits(&run.offered);
}

static void test_dns_providers_have_a_menu_of_their_own(void **state)
{
	AUTO(programs) struct programs programs;
	AUTO(run) struct run run;

	start_here(&run, &programs, 3);
	plant_program("dns-lab");
	plant_program("dns-more");
	assert_string_equal(choose(&run), "dns-more");
	assert_has(&run.asked, "Which provider hosts the DNS zone?\n");
	assert_has(&run.offered, "\nAmazon Route 53 (dns-route53)\n");
	assert_has(&run.offered, "... (dns-lab)\n");
	assert_null(strstr(run.offered.text, "using a DNS TXT record"));
	assert_fits(&run.offered);
}

static void test_a_program_that_does_not_behave_is_left_out(void **state)
{
	AUTO(programs) struct programs programs;
	AUTO(run) struct run run;

	start_here(&run, &programs, 1);
	put_text("plugins/certbot-plugin-faulty", "#!/bin/sh\necho nothing\n");
	assert_int_equal(chmod("plugins/certbot-plugin-faulty", 0755), 0);
	assert_string_equal(choose(&run), "standalone");
	assert_null(strstr(run.offered.text, "faulty"));
	assert_has(&run.logged, "the faulty plugin cannot be used");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_common_choices_come_first),
		scratch_test(test_dns_providers_have_a_menu_of_their_own),
		scratch_test(test_a_program_that_does_not_behave_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
