/*
 * The credentials file of a DNS plugin (ConfigObj: "dns_cloudflare_api_token = ..."), and hiding
 * what it holds from every message. Internal to dns/; providers use provider.h.
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

/* "dns_cloudflare_" of a provider: what its options and credential keys begin with. Heap. */
char *dns_prefix(const struct dns_provider *provider);
/* Makes sure that the path of the file is known: asks for it where it is missing, and stores the
 * absolute path. ERR_REFUSED: nobody to ask. ERR_CONFIG: there is no such file. */
int dns_login_configure(const struct dns_provider *provider, const struct plugin_host *host,
			struct settings *settings, struct error *err) WARN_UNUSED;
/* Path in the settings; NULL: the provider has none, or it was not given. Borrowed. */
const char *dns_login_path(const struct dns_provider *provider, const struct settings *settings);

/* Reads the file at `path` (NULL: none). Warns of permissions. ERR_CONFIG: unreadable, malformed,
 * or keys are missing: each is named with what it should be. */
int dns_login_read(const struct dns_provider *provider, const char *path,
		   struct dns_login **ret_login, struct error *err) WARN_UNUSED;
void dns_login_free(struct dns_login *login);
DEFINE_AUTO_PTR(dns_login, dns_login_free);

const char *dns_login_get(const struct dns_login *login, const char *key);
void dns_login_hide(struct dns_login *login, const char *secret);
/* Appends the text fit for a message: printable, secrets replaced by "***", cut after `max_len`
 * bytes. */
void dns_login_add_safe(const struct dns_login *login, const char *text, size_t max_len,
			struct strbuf *out);

#endif
