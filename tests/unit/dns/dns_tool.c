/*
 * Drives one DNS plugin as the program does, for tests in Python: presents the challenges given as
 * DOMAIN=VALUE, then cleans them up, and says what happened, a line each.
 *
 *	dns_tool [-cr] [-s DEST=VALUE]... [-t SECONDS] [-x FACTOR] PLUGIN DOMAIN=VALUE...
 *
 * The clock is a fake: waiting takes no time and is printed. -t: its time; -x: it runs so many
 * times as fast as time does, and a call of an API has that part of its 45 seconds; -r: a real one.
 * -c: clean up twice. DEST may be any name that a renewal conf has for it. Nothing is looked up in
 * DNS unless -s sets dns_follow_cname=true or a time to wait for propagation.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "config/plugin_names.h"
#include "dns/provider.h"
#include "net/dns/dns_client.h"
#include "net/http/http.h"
#include "os/clock.h"
#include "os/signals.h"

#define DNS_PROVIDER(name) extern const struct dns_provider dns_##name;
#include "dns/providers/providers.def"
#undef DNS_PROVIDER

static const struct dns_provider *const providers[] = {
#define DNS_PROVIDER(name) &dns_##name,
#include "dns/providers/providers.def"
#undef DNS_PROVIDER
};

enum {
	MAX_TASKS = 500,
	API_LIMIT_MS = 45 * 1000,
	START_SECONDS = 1767323045, /* 2026-01-02T03:04:05Z */
};

struct tool {
	const struct plugin *plugin;
	struct settings *settings;
	struct plugin_host host;
	struct acme_challenge challenges[MAX_TASKS];
	struct plugin_task tasks[MAX_TASKS];
	size_t count;
	bool clean_twice;
	struct clock clock;
	int64_t now_ms;
	int64_t factor, started_ms; /* of the fake clock; 0: it stands still */
};

static int64_t fake_now(void *context)
{
	const struct tool *tool = context;
	int64_t passed_ms = tool->factor ? clock_mono_ms(clock_system()) - tool->started_ms : 0;

	return tool->now_ms + passed_ms * tool->factor;
}

static int fake_sleep(void *context, int64_t mono_ms)
{
	struct tool *tool = context;

	int64_t wait_ms = mono_ms - fake_now(tool);

	if (wait_ms > 0) {
		printf("wait %lld ms\n", (long long)wait_ms);
		tool->now_ms += wait_ms;
	}
	return 0;
}

static bool nobody(void *context)
{
	return false;
}

static void say(void *context, const char *text)
{
	printf("say %s\n", text);
}

static void print_record(void *context, enum log_level level, const char *file, const char *text)
{
	static const char *const names[] = {"debug", "info", "warning", "error"};

	printf("%s %s\n", names[level], text);
}

static const struct plugin *find_plugin(const char *typed)
{
	const char *name = plugin_name_present(typed);

	for (size_t i = 0; i < ARRAY_LEN(providers); i++)
		if (strcmp(providers[i]->plugin.name, name) == 0)
			return &providers[i]->plugin;
	fprintf(stderr, "no plugin %s\n", name);
	exit(2);
}

static void add_challenge(struct tool *tool, const char *text)
{
	struct acme_challenge *challenge = &tool->challenges[tool->count];
	const char *value = strchr(text, '=');

	if (!value || tool->count == MAX_TASKS)
		exit(2);
	challenge->type = ACME_DNS_01;
	challenge->identifier.value = xstrndup(text, (size_t)(value - text));
	challenge->url = xasprintf("https://ca.test/challenge/%zu", tool->count);
	challenge->token = xstrdup("token");
	challenge->key_authorization = xstrdup("token.thumbprint");
	challenge->dns_name = xasprintf("_acme-challenge.%s", challenge->identifier.value);
	challenge->dns_value = xstrdup(value + 1);
	tool->tasks[tool->count++] = (struct plugin_task){challenge, tool->settings};
}

static void set_option(struct tool *tool, const char *text)
{
	const char *value = strchr(text, '=');
	AUTO_FREE char *dest = value ? xstrndup(text, (size_t)(value - text)) : NULL;
	AUTO(error) struct error err = ERROR_INIT;
	const struct option *option =
		dest ? option_table_find_saved(settings_table(tool->settings), dest) : NULL;

	if (strcmp(text, "dns_follow_cname=true") == 0) /* no option sets it */
		settings_set_flag(tool->settings, dest, true, ORIGIN_COMMAND_LINE);
	else if (!option || settings_assign(tool->settings, option, value + 1, ORIGIN_COMMAND_LINE,
					    &err) < 0) {
		fprintf(stderr, "cannot set %s: %s\n", text, err.text ? err.text : "no row");
		exit(2);
	}
}

static void print_outcome(const char *what, const struct error *err)
{
	printf("%s %s", what, error_is_set(err) ? err->text : "ok");
	if (err->hint)
		printf(" [hint: %s]", err->hint);
	if (error_is_set(err))
		printf(" (%s)", error_code_name(err->code));
	putchar('\n');
}

static void clean_up(struct tool *tool, struct plugin_instance *instance)
{
	AUTO(error) struct error err = ERROR_INIT;

	tool->plugin->authenticator->cleanup(instance, tool->tasks, tool->count, &err);
	print_outcome("cleanup", &err);
}

static void present_all(struct tool *tool, struct plugin_instance *instance)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (tool->plugin->authenticator->present(instance, tool->tasks, tool->count, &err) < 0)
		print_outcome("failed", &err);
	for (size_t i = 0; i < tool->count; i++) {
		AUTO_FREE char *what = xasprintf("present %s", tool->challenges[i].dns_name);

		print_outcome(what, &tool->challenges[i].present_error);
	}
	clean_up(tool, instance);
	if (tool->clean_twice)
		clean_up(tool, instance);
}

/* What fails here is what the program says before it asks the CA. A name that comes a second
 * time is the wildcard. */
static int configure(struct tool *tool, struct plugin_instance *instance, struct error *err)
{
	struct acme_identifier names[MAX_TASKS] = {{.value = NULL}};
	const struct acme_identifiers list = {.items = names, .count = tool->count};
	int rc;

	for (size_t i = 0; i < tool->count; i++) {
		const char *name = tool->challenges[i].identifier.value;
		bool is_second = false;

		for (size_t j = 0; j < i; j++)
			is_second |= strcmp(tool->challenges[j].identifier.value, name) == 0;
		names[i].value = xasprintf("%s%s", is_second ? "*." : "", name);
	}
	rc = tool->plugin->authenticator->configure(instance, tool->settings, &list, err);
	for (size_t i = 0; i < tool->count; i++)
		free(names[i].value);
	return rc;
}

static void run(struct tool *tool)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct plugin_instance *instance = NULL;

	if (plugin_open(tool->plugin, &tool->host, &instance, &err) < 0 ||
	    configure(tool, instance, &err) < 0)
		print_outcome("configure", &err);
	else
		present_all(tool, instance);
	plugin_close(instance);
}

static void release(struct tool *tool)
{
	for (size_t i = 0; i < tool->count; i++) {
		free(tool->challenges[i].identifier.value);
		free(tool->challenges[i].url);
		free(tool->challenges[i].token);
		free(tool->challenges[i].key_authorization);
		free(tool->challenges[i].dns_name);
		free(tool->challenges[i].dns_value);
		error_release(&tool->challenges[i].present_error);
	}
	settings_free(tool->settings);
	http_client_free(tool->host.http);
	dns_client_free(tool->host.dns);
}

static void stop_waiting(struct settings *settings, const struct dns_provider *provider)
{
	for (size_t i = 0; i < provider->plugin.option_count; i++)
		if (str_ends(provider->plugin.options[i].dest, "_propagation_seconds"))
			settings_set_int(settings, provider->plugin.options[i].dest, 0,
					 ORIGIN_CONFIG_FILE);
}

static void make_settings(struct tool *tool, struct option_table *table)
{
	option_table_init(table);
	for (size_t i = 0; i < ARRAY_LEN(providers); i++)
		option_table_add(table, providers[i]->plugin.options,
				 providers[i]->plugin.option_count);
	tool->settings = settings_new(table);
	settings_set_flag(tool->settings, "dns_follow_cname", false, ORIGIN_CONFIG_FILE);
	for (size_t i = 0; i < ARRAY_LEN(providers); i++)
		stop_waiting(tool->settings, providers[i]);
}

static int read_arguments(struct tool *tool, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "crs:t:x:")) != -1) {
		switch (option) {
		case 'c':
			tool->clean_twice = true;
			break;
		case 'r':
			tool->clock = *clock_system();
			break;
		case 's':
			set_option(tool, optarg);
			break;
		case 't':
			tool->now_ms = 1000 * strtoll(optarg, NULL, 10);
			break;
		case 'x':
			tool->factor = strtoll(optarg, NULL, 10);
			tool->started_ms = clock_mono_ms(clock_system());
			break;
		default:
			return -1;
		}
	}
	if (argc - optind < 2)
		return -1;
	tool->plugin = find_plugin(argv[optind]);
	for (int i = optind + 1; i < argc; i++)
		add_challenge(tool, argv[i]);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct ui ui = {.is_interactive = nobody, .say = say, .progress = say};
	struct http_options http_options = {.user_agent = "dns_tool",
					    .verify_tls = true,
					    .ca_bundle = getenv("REQUESTS_CA_BUNDLE"),
					    .in_process = true};
	static struct tool tool = {.now_ms = START_SECONDS * INT64_C(1000)};
	AUTO(option_table) struct option_table table;
	AUTO(error) struct error err = ERROR_INIT;

	if (argc && strcmp(argv[0], DNS_CHILD_NAME) == 0)
		return dns_child_main(argv);
	setvbuf(stdout, NULL, _IOLBF, 0);
	signals_install();
	log_set_sink(print_record, NULL);
	tool.clock = (struct clock){fake_now, fake_now, fake_sleep, &tool};
	make_settings(&tool, &table);
	if (read_arguments(&tool, argc, argv) < 0) {
		fprintf(stderr, "usage: dns_tool [-cr] [-s DEST=VALUE] [-t SECONDS] [-x FACTOR] "
				"PLUGIN DOMAIN=VALUE...\n");
		return 2;
	}
	if (tool.factor)
		http_options.longest_ms = API_LIMIT_MS / tool.factor;
	tool.host = (struct plugin_host){
		.settings = tool.settings, .ui = &ui, .clock = &tool.clock, .program_version = "0"};
	tool.host.dns = dns_client_new(&(const struct dns_client_options){.in_process = false});
	if (http_client_new(&http_options, &tool.host.provider_http, &err) < 0)
		return 2;
	run(&tool);
	release(&tool);
	return 0;
}
