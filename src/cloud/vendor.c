/*
 * Sessions and secrets of plugins for vendors' APIs (see vendor.h).
 */
#include "cloud/vendor.h"

#include <string.h>

#include "base/alloc.h"
#include "base/span.h"
#include "dns/session.h"
#include "os/file/file.h"

#define MAX_KEY (1024 * 1024)

/* One session for all tasks of the run, since each has to log in. */
int vendor_session(struct plugin_instance *instance, const struct dns_provider *api,
		   struct dns_session **ret_session, struct error *err)
{
	struct dns_session *session = NULL;

	if (!instance->state) {
		if (dns_session_open(api, instance->host, instance->host->settings, &session, err) <
		    0)
			return err->code;
		instance->state = session;
	}
	*ret_session = instance->state;
	return 0;
}

void vendor_close(struct plugin_instance *instance)
{
	dns_session_free(instance->state);
}

/* The first line: editors add a newline. */
int vendor_read_token(const char *path, const char *service, struct secret *ret_token,
		      struct error *err)
{
	AUTO(secret) struct secret text = SECRET_INIT;
	struct span line;

	if (dns_read_secret_file(path, &text, err) < 0)
		return error_wrap(err, "cannot log in to %s", service);
	line = span_trim(span_make(secret_peek(&text), strcspn(secret_peek(&text), "\r\n")));
	if (!line.len)
		return error_set(err, ERR_CONFIG, "cannot log in to %s: '%s' is empty", service,
				 path);
	secret_set(ret_token, line.ptr, line.len);
	return 0;
}

/* The copy is wiped, so that `ret_key` is the only one. */
int vendor_read_key(const char *path, struct secret *ret_key, struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	int rc = file_read(path, MAX_KEY, &text, err);

	secret_set(ret_key, text.text, text.len);
	secret_wipe(text.text, text.len);
	return rc;
}

/* A wildcard covers one label (RFC 9525 section 6.3). */
bool vendor_covers(const struct strvec *names, const char *domain)
{
	const char *parent = strchr(domain, '.');
	AUTO_FREE char *wildcard = xasprintf("*%s", parent ? parent : "");

	return strvec_contains(names, domain) || strvec_contains(names, wildcard);
}

/* The name may be a wildcard, which covers domains of the service; see vendor_covers(). */
bool vendor_serves(const struct strvec *domains, const char *name)
{
	AUTO(strvec) struct strvec alone = STRVEC_INIT;

	strvec_push(&alone, name);
	for (size_t i = 0; i < domains->count; i++)
		if (vendor_covers(&alone, domains->items[i]))
			return true;
	return false;
}
