/*
 * The life of a session, and what providers use of it (see provider.h).
 */
#include "dns/session.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "dns/crew.h"
#include "dns/directory.h"
#include "dns/endpoint.h"
#include "dns/login.h"
#include "os/clock.h"
#include "os/users.h"

int dns_session_open(const struct dns_provider *provider, const struct plugin_host *host,
		     const struct settings *settings, struct dns_session **ret_session,
		     struct error *err)
{
	AUTO(dns_session) struct dns_session *session = XNEW(struct dns_session);

	session->provider = provider;
	session->host = host;
	session->settings = settings_clone(settings);
	session->directory = dns_directory_new();
	if (dns_login_read(provider, settings, &session->login, err) < 0)
		return err->code;
	if (dns_find_endpoint(session, err) < 0)
		return err->code;
	dns_add_query(session);
	if (provider->open && provider->open(session, err) < 0)
		return err->code;
	*ret_session = STEAL(session);
	return 0;
}

void dns_session_free(struct dns_session *session)
{
	if (!session)
		return;
	if (session->login && session->provider->close)
		session->provider->close(session);
	free(session->endpoint);
	free(session->query);
	dns_directory_free(session->directory);
	settings_free(session->settings);
	dns_login_free(session->login);
	free(session);
}

const char *dns_credential(const struct dns_session *session, const char *key)
{
	return dns_login_get(session->login, key);
}

const char *dns_credentials_path(const struct dns_session *session)
{
	return dns_login_path(session->provider, session->settings);
}

void dns_hide(struct dns_session *session, const char *secret)
{
	dns_login_hide(session->login, secret);
}

const char *dns_option(const struct dns_session *session, const char *name)
{
	AUTO_FREE char *prefix = dns_prefix(session->provider);
	AUTO_FREE char *dest = xasprintf("%s%s", prefix, name);

	return settings_string(session->settings, dest);
}

int64_t dns_now(const struct dns_session *session)
{
	return clock_now_seconds(session->host->clock);
}

int dns_pause(const struct dns_session *session, int64_t ms, struct error *err)
{
	return dns_worker_pause(session->worker, session->host, ms, err);
}

/* Root's home directory is not in the environment of a service. */
char *dns_home(void)
{
	char *path = users_home_dir();

	return path ? path : xstrdup("/root");
}
