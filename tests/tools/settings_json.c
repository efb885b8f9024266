/*
 * Settings as JSON (see settings_json.h).
 */
#include "settings_json.h"

#include "base/macros.h"
#include "base/map.h"
#include "base/strvec.h"

/* The flag of a DNS plugin, which stands in the plugin's row in the program. */
#define DNS_FLAG(name)                                                                             \
	{                                                                                          \
		.dest = "dns_" name, .names = "--dns-" name, .type = OPTION_FLAG,                  \
		.topics = "plugins", .flags = OPTION_SELECTS_AUTHENTICATOR, .help = "A provider."  \
	}

static const struct option sample_rows[] = {
	DNS_FLAG("cloudflare"),
	DNS_FLAG("digitalocean"),
	DNS_FLAG("dnsimple"),
	DNS_FLAG("dnsmadeeasy"),
	DNS_FLAG("gehirn"),
	DNS_FLAG("google"),
	DNS_FLAG("linode"),
	DNS_FLAG("luadns"),
	DNS_FLAG("nsone"),
	DNS_FLAG("ovh"),
	DNS_FLAG("rfc2136"),
	DNS_FLAG("route53"),
	DNS_FLAG("sakuracloud"),
	{.dest = "manual_auth_hook", .names = "--manual-auth-hook", .type = OPTION_STRING,
	 .metavar = "COMMAND", .topics = "manual", .help = "Command for each challenge."},
	{.dest = "manual_cleanup_hook", .names = "--manual-cleanup-hook", .type = OPTION_STRING,
	 .metavar = "COMMAND", .topics = "manual", .help = "Command after each challenge."},
	{.dest = "sample_seconds", .names = "--sample-seconds", .type = OPTION_INT,
	 .fallback = "10", .metavar = "SECONDS", .topics = "sample", .help = "A number."},
	{.dest = "sample_switch", .names = "--sample-switch", .type = OPTION_FLAG,
	 .topics = "sample", .help = "A flag."},
	{.dest = "sample_file", .names = "--sample-file", .type = OPTION_PATH, .metavar = "FILE",
	 .topics = "sample", .help = "A path."},
	{.dest = "standalone_supported_challenges", .names = "--standalone-supported-challenges",
	 .type = OPTION_STRING, .metavar = "TYPES", .topics = "standalone",
	 .flags = OPTION_HIDDEN, .help = ""},
	{.dest = "webroot_path", .names = "-w --webroot-path", .type = OPTION_LIST,
	 .metavar = "DIR", .topics = "webroot", .help = "A directory."},
	{.dest = "webroot_map", .names = "--webroot-map", .type = OPTION_MAP, .metavar = "JSON",
	 .topics = "webroot", .help = "Directories by name."},
};

void sample_table_init(struct option_table *ret_table)
{
	option_table_init(ret_table);
	option_table_add(ret_table, sample_rows, ARRAY_LEN(sample_rows));
}

static void set_flag(struct json *object, const char *member, int tristate)
{
	if (tristate < 0)
		json_set_text(object, member, NULL);
	else
		json_set_bool(object, member, tristate);
}

static void set_text(struct json *object, const char *member, const char *text)
{
	if (text)
		json_set_string(object, member, text);
	else
		json_set_text(object, member, NULL);
}

static void set_list(struct json *object, const char *member, const struct strvec *items)
{
	struct json *list = json_array_new();

	for (size_t i = 0; i < items->count; i++)
		json_push_string(list, items->items[i]);
	json_set(object, member, list);
}

static void set_map(struct json *object, const char *member, const struct map *map)
{
	struct json *pairs = json_object_new();

	for (size_t i = 0; i < map->count; i++)
		json_set_string(pairs, map->entries[i].key, map->entries[i].value);
	json_set(object, member, pairs);
}

void settings_json_set(struct json *object, const char *member, const struct settings *settings,
		       const struct option *option)
{
	const char *dest = option->dest;

	switch (option->type) {
	case OPTION_FLAG:
	case OPTION_FLAG_FALSE:
		set_flag(object, member, settings_tristate(settings, dest));
		break;
	case OPTION_STRING:
	case OPTION_PATH:
		set_text(object, member, settings_string(settings, dest));
		break;
	case OPTION_INT:
	case OPTION_UINT:
	case OPTION_COUNT:
		json_set_int(object, member, settings_int(settings, dest));
		break;
	case OPTION_LIST:
	case OPTION_COMMA_LIST:
	case OPTION_CONST:
		set_list(object, member, settings_list(settings, dest));
		break;
	case OPTION_MAP:
		set_map(object, member, settings_map(settings, dest));
		break;
	case OPTION_TYPE__COUNT:
		break;
	}
}

const char *origin_name(enum origin origin)
{
	static const char *const names[] = {
		[ORIGIN_DEFAULT] = "default",           [ORIGIN_RENEWAL_CONF] = "renewal conf",
		[ORIGIN_RUNTIME] = "runtime",           [ORIGIN_CONFIG_FILE] = "config file",
		[ORIGIN_COMMAND_LINE] = "command line",
	};

	return names[origin];
}
