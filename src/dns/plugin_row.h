/*
 * The parts of a plugin row that all DNS plugins have in common, for the initialisers in
 * providers/.
 */
#ifndef DNS_PLUGIN_ROW_H
#define DNS_PLUGIN_ROW_H

#include <stdbool.h>

#include "base/macros.h"
#include "plugin/plugin.h"

extern const struct authenticator dns_authenticator;

/* One key of the credentials file, without its prefix "dns_<provider>_". */
struct dns_credential {
	const char *key;  /* "api_token" */
	const char *what; /* "API token for the account": completes "should be ..." */
	bool optional;
	bool is_public; /* may be shown in messages: a server's address */
	/* The key in the third-party plugin for Certbot, if it is different, or NULL. */
	const char *theirs;
	/* The value is the path of a file; a relative one starts at the credentials file. */
	bool is_path;
	bool is_ipv4; /* an IPv4 address, and nothing else */
	/* There may be several, dns_<provider>_<key>1 and so on; the value has a line for each. */
	bool is_numbered;
};

/* Other files with credentials. Members may be NULL. */
struct dns_vendors_file {
	/* The default path of the third-party plugin's file; it may begin with "~/". */
	const char *usual;
	/* The vendor's own programs may have a file with the credentials. With these keys our file
	 * can name that file, and a section of it ("default"). */
	const char *path_key, *section_key;
	/* The section to read if the vendor's file is given instead of ours. If
	 * --dns-<provider>-profile names another, this one has the values that the other lacks. */
	const char *section;
};

struct dns_reason;

/* The credential with the address of the API, to which `after` is appended. With `before`, it is a
 * host name or a part of one, and the address is before + credential + after ("https://dns.",
 * ".example.com/v2"). If the credential is optional and missing, base_url is used. */
struct dns_endpoint {
	const char *key, *before, *after;
	bool drops_path; /* remove the path, which may be that of another API of the provider */
};

/* The query that is added to every URL: a text, and the credential `key` as the field `name`. */
struct dns_fixed_query {
	const char *text, *name, *key;
};

/* How an API writes a refusal: an object with a code, a message and perhaps another text. */
struct dns_error_shape {
	const char *path[2]; /* the members that lead to that object; NULL: no more */
	/* The members: texts, numbers, or arrays of texts. In XML, they are attributes or children,
	 * and "" is the element's own text. */
	const char *code, *message, *more;
	/* The member of the answer that tells success from failure; NULL: the code does. */
	const char *status;
	/* How that member begins in a successful answer ("2"), if all answers have it. */
	const char *success;
	bool judges_words; /* also look for the reasons' words in the message */
	/* The meaning of the codes: that of the first reason whose words occur in the code
	 * (dns_judge_words()). Any other code is a refusal, whatever the status. NULL: the status
	 * decides. */
	const struct dns_reason *reasons;
	size_t reason_count;
};

/* The close function of all DNS plugins: frees the sessions and other state of the instance. */
void dns_close_instance(struct plugin_instance *instance);

/* The flag --dns-<name>; `server_` completes "the zone is served by ". */
#define DNS_SELECTOR(name_, server_)                                                                \
	&(const struct option)                                                                      \
	{                                                                                           \
		.dest = "dns_" name_, .names = "--dns-" name_, .type = OPTION_FLAG,                 \
		.topics = "plugins certonly", .flags = OPTION_SELECTS_AUTHENTICATOR,                \
		.help = "Prove control over names with DNS records; the zone is served by " server_ \
			"."                                                                         \
	}

/* The row of "dns-<name>"; `server_` as in DNS_SELECTOR(), `option_rows` is an array. */
#define DNS_PLUGIN(name_, server_, description_, option_rows)                                      \
	{                                                                                          \
		.name = "dns-" name_, .selector = DNS_SELECTOR(name_, server_),                    \
		.description = description_, .options = option_rows,                               \
		.option_count = ARRAY_LEN(option_rows), .close = dns_close_instance,               \
		.authenticator = &dns_authenticator                                                \
	}

/* --dns-<name>-propagation-seconds; `id` is the name with underscores, `seconds` a string. */
#define DNS_PROPAGATION_OPTION(name_, id, seconds)                                                 \
	{                                                                                          \
		.dest = "dns_" id "_propagation_seconds",                                          \
		.names = "--dns-" name_ "-propagation-seconds", .type = OPTION_INT,                \
		.fallback = seconds, .metavar = "SECONDS", .topics = "dns-" name_,                 \
		.flags = OPTION_SAVED,                                                             \
		.help = "The longest time to wait until all name servers of the zone show the "    \
			"records. It goes on as soon as they do."                                  \
	}

#define DNS_CREDENTIALS_OPTION(name_, id, title_)                                                  \
	{                                                                                          \
		.dest = "dns_" id "_credentials", .names = "--dns-" name_ "-credentials",          \
		.type = OPTION_PATH, .metavar = "FILE", .topics = "dns-" name_,                    \
		.flags = OPTION_SAVED, .help = title_ " credentials INI file. (default: Ask)"      \
	}

/* The two options of nearly every provider. */
#define DNS_OPTIONS(name_, id, title_, seconds)                                                    \
	DNS_PROPAGATION_OPTION(name_, id, seconds), DNS_CREDENTIALS_OPTION(name_, id, title_)

/* Options that plugins of others have for Certbot, which confs and scripts go on to use. Not shown:
 * a secret of the command line is seen by all users of the machine, and a file is as good. The
 * first is a credential that needs no file, or has precedence over the one in the file; others
 * choose what is done here anyway. */
#define DNS_THEIR_CREDENTIAL(name_, key_)                                                          \
	DNS_THEIR_OPTION(name_, key_, key_, OPTION_STRING, OPTION_SECRET)
#define DNS_THEIR_FLAG(name_, word_, id_) DNS_THEIR_OPTION(name_, word_, id_, OPTION_FLAG, 0)
#define DNS_THEIR_WORD(name_, word_, id_) DNS_THEIR_OPTION(name_, word_, id_, OPTION_STRING, 0)
#define DNS_THEIR_OPTION(name_, word_, id_, type_, flags_)                                         \
	{                                                                                          \
		.dest = "dns_" name_ "_" id_, .names = "--dns-" name_ "-" word_, .type = type_,    \
		.metavar = "VALUE", .topics = "dns-" name_,                                        \
		.flags = OPTION_SAVED | OPTION_HIDDEN | (flags_), .help = ""                       \
	}

/* Both members of a provider's row that say what it is called: "Obtain certificates ...". */
#define DNS_SERVICE(name_, title_, seconds) DNS_SERVICE_WITH(name_, title_, seconds, )

/* The same with more options: DNS_THEIR_...(). */
#define DNS_SERVICE_WITH(name_, title_, seconds, ...)                                              \
	.plugin = {.name = "dns-" name_,                                                           \
		   .selector = DNS_SELECTOR(name_, title_),                                        \
		   .title = title_,                                                                \
		   .description =                                                                  \
			   "Obtain certificates using a DNS TXT record (if you are using " title_  \
			   " for DNS).",                                                           \
		   .options = DNS_OPTION_ROWS(name_, title_, seconds, __VA_ARGS__),                \
		   .option_count =                                                                 \
			   ARRAY_LEN((DNS_OPTION_ROWS(name_, title_, seconds, __VA_ARGS__))),      \
		   .close = dns_close_instance,                                                    \
		   .authenticator = &dns_authenticator},                                           \
	.title = title_

#define DNS_OPTION_ROWS(name_, title_, seconds, ...)                                               \
	(const struct option[])                                                                    \
	{                                                                                          \
		DNS_OPTIONS(name_, name_, title_, seconds), __VA_ARGS__                            \
	}

/* And both that have the keys of its credentials file: struct dns_credential's initialisers. */
#define DNS_CREDENTIALS(...)                                                                       \
	.credentials = (const struct dns_credential[]){__VA_ARGS__},                               \
	.credential_count = ARRAY_LEN(((const struct dns_credential[]){__VA_ARGS__}))

#endif
