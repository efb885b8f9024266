/*
 * The credentials file of a DNS plugin (ConfigObj: "dns_cloudflare_api_token = ..."), and hiding
 * its values in every message. Internal to dns/; providers use provider.h.
 */
#ifndef DNS_LOGIN_H
#define DNS_LOGIN_H

#include "base/error.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "config/settings.h"

struct dns_login;
struct dns_provider;
struct plugin_host;

/* Returns "dns_cloudflare_" (heap), the prefix of the provider's options and credential keys. */
char *dns_prefix(const struct dns_provider *provider);
/* Asks for the path of the file if it is missing and needed, and stores the absolute path.
 * ERR_REFUSED: nobody to ask. ERR_CONFIG: there is no such file. */
int dns_login_configure(const struct dns_provider *provider, const struct plugin_host *host,
			struct settings *settings, struct error *err) WARN_UNUSED;
/* Returns the path in the settings, borrowed; NULL if the provider has no file, or none was
 * given. */
const char *dns_login_path(const struct dns_provider *provider, const struct settings *settings);

/* Reads the file that the settings name, if they do, and warns about its permissions; credentials
 * among the settings have precedence. The caller frees the result. ERR_CONFIG: unreadable,
 * malformed, or keys are missing; the text names each with its description. */
int dns_login_read(const struct dns_provider *provider, const struct settings *settings,
		   struct dns_login **ret_login, struct error *err) WARN_UNUSED;

/* Returns true if the file at `path` (NULL: none) has changed since it was read. */
bool dns_login_has_changed(const struct dns_login *login, const char *path);

/* Frees the credentials. NULL is allowed. */
void dns_login_free(struct dns_login *login);
DEFINE_AUTO_PTR(dns_login, dns_login_free);

/* Returns the value of a key, borrowed, or NULL. */
const char *dns_login_get(const struct dns_login *login, const char *key);

/* Hides another secret in all later messages. */
void dns_login_hide(struct dns_login *login, const char *secret);
/* Appends the text in a form that is safe in messages: printable, with "***" for secrets, and cut
 * off after `max_len` bytes. */
void dns_login_add_safe(const struct dns_login *login, const char *text, size_t max_len,
			struct strbuf *out);
/* For a text that another program cut: masks the beginning of a secret at its end. */
void dns_login_mask_end(const struct dns_login *login, struct strbuf *text);

/* Notes whether the provider has let a call's whole time pass without an answer, with none since.
 * All copies of a session share it. */
void dns_login_note_slow(struct dns_login *login, bool is_slow);
bool dns_login_is_slow(const struct dns_login *login);

#endif
