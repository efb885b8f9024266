/*
 * Calls of Plesk's XML API (see plesk_api.h).
 */
#include "cloud/plesk_api.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "dns/providers/plesk/plesk_packet.h"

void plesk_sites_release(struct plesk_sites *sites)
{
	for (size_t i = 0; i < sites->count; i++) {
		struct plesk_site *site = &sites->items[i];

		free(site->name);
		free(site->ascii_name);
		free(site->webspace);
		free(site->id);
		free(site->guid);
	}
	free(sites->items);
	*sites = (struct plesk_sites){.items = NULL};
}

/* ---- Sites ---- */

/* A list is searched each time: servers have hundreds of sites, not more. */
static bool is_listed(const struct plesk_sites *sites, const char *name)
{
	for (size_t i = 0; i < sites->count; i++)
		if (strcmp(sites->items[i].name, name) == 0)
			return true;
	return false;
}

/* The name (heap) of the subscription that a site says it belongs to, or NULL if none of these is
 * it. */
static char *webspace_of(const struct plesk_sites *sites, const struct xml *info)
{
	const char *id = plesk_text(info, "webspace-id"), *guid = plesk_text(info, "webspace-guid");

	for (size_t i = 0; i < sites->count; i++) {
		const struct plesk_site *main = &sites->items[i];

		if ((main->id && id[0] && strcmp(main->id, id) == 0) ||
		    (main->guid && guid[0] && strcmp(main->guid, guid) == 0))
			return xstrdup(main->name);
	}
	return NULL;
}

static void take_site(struct plesk_sites *sites, const struct xml *result, bool is_webspace)
{
	const struct xml *info = xml_find(xml_find(result, "data"), "gen_info");
	const char *name = plesk_text(info, "name"), *ascii_name = plesk_text(info, "ascii-name");
	struct plesk_site site = {.name = NULL};

	/* An empty list is one result without data. Main sites may be listed a second time. */
	if (!name[0] || is_listed(sites, name))
		return;
	site.name = xstrdup(name);
	site.ascii_name = xstrdup(ascii_name[0] ? ascii_name : name);
	ascii_lower_string(site.ascii_name);
	site.has_hosting = strcmp(plesk_text(info, "htype"), "vrt_hst") == 0;
	site.webspace = is_webspace ? xstrdup(name) : webspace_of(sites, info);
	if (is_webspace) {
		site.id = xstrdup_or_null(xml_find_text(result, "id"));
		site.guid = xstrdup_or_null(xml_find_text(info, "guid"));
	}
	ARRAY_GROW(sites->items, sites->count, sites->capacity);
	sites->items[sites->count++] = site;
}

static int read_sites(struct dns_session *session, struct plesk_sites *sites, struct error *err)
{
	/* The first list has the main sites of the subscriptions, which the second need not
	 * repeat. */
	static const char *const paths[] = {"webspace/get", "site/get"};

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		const struct dns_call call = {.what = "list the sites",
					      .flags = DNS_CALL_REPEATABLE};
		AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
		AUTO(strbuf) struct strbuf content = STRBUF_INIT;
		const struct xml *result;

		strbuf_adds(&content, "<filter/><dataset><gen_info/></dataset>");
		if (plesk_post(session, call, paths[i], &content, &reply, err) < 0)
			return err->code;
		for (size_t j = 0; (result = xml_at(plesk_results(&reply), j)) != NULL; j++)
			take_site(sites, result, i == 0);
	}
	sites->is_whole = true;
	return 0;
}

int plesk_list_sites(struct dns_session *session, const struct plesk_sites **ret_sites,
		     struct error *err)
{
	struct plesk_sites *sites = plesk_sites_of(session);

	*ret_sites = sites;
	if (sites->is_whole)
		return 0;
	/* Half a list may be there, of a call that failed. */
	plesk_sites_release(sites);
	return read_sites(session, sites, err);
}

/* ---- Certificates ---- */

/* True when the repository of the subscription has a certificate of that name. */
static int find_certificate(struct dns_session *session, const char *webspace, const char *name,
			    bool *ret_is_there, struct error *err)
{
	const struct dns_call call = {.what = "list the certificates",
				      .flags = DNS_CALL_REPEATABLE};
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(strbuf) struct strbuf content = STRBUF_INIT;
	const struct xml *list, *one;

	xml_add_element(&content, "domain-name", webspace);
	if (plesk_post(session, call, "certificate/get-pool/filter", &content, &reply, err) < 0)
		return err->code;
	list = xml_find(plesk_outcome(&reply), "certificates");
	for (size_t i = 0; (one = xml_at(list, i)) != NULL; i++)
		if (strcmp(plesk_text(one, "name"), name) == 0)
			*ret_is_there = true;
	return 0;
}

/* The certificate request (csr) is documented as required, but Plesk's own plugin also leaves it
 * empty, and we may have none. Installing twice is an error, so the request is sent only once; the
 * next run finds out what it did. */
int plesk_put_certificate(struct dns_session *session, const char *webspace,
			  const struct plesk_certificate *certificate, struct error *err)
{
	const char *path = "certificate/install";
	struct dns_call call = {.what = "install the certificate",
				.timeout_ms = PLESK_TIMEOUT_S * 1000};
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(strbuf) struct strbuf content = STRBUF_INIT;
	bool is_there = false;
	int rc;

	if (find_certificate(session, webspace, certificate->name, &is_there, err) < 0)
		return err->code;
	if (is_there) {
		path = "certificate/update";
		call.what = "replace the certificate";
		call.flags = DNS_CALL_REPEATABLE;
	}
	xml_add_element(&content, "name", certificate->name);
	xml_add_element(&content, "webspace", webspace);
	strbuf_adds(&content, "<content><csr/>");
	xml_add_element(&content, "pvt", secret_peek(certificate->key));
	xml_add_element(&content, "cert", certificate->leaf);
	xml_add_element(&content, "ca", certificate->chain);
	strbuf_adds(&content, "</content>");
	rc = plesk_post(session, call, path, &content, &reply, err);
	secret_wipe(content.text, content.len);
	return rc;
}

static void add_property(struct strbuf *out, const char *name, const char *value)
{
	strbuf_adds(out, "<property>");
	xml_add_element(out, "name", name);
	xml_add_element(out, "value", value);
	strbuf_adds(out, "</property>");
}

int plesk_use_certificate(struct dns_session *session, const struct plesk_site *site,
			  const char *certificate_name, struct error *err)
{
	const struct dns_call call = {.what = "use the certificate",
				      .flags = DNS_CALL_REPEATABLE,
				      .timeout_ms = PLESK_TIMEOUT_S * 1000};
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(strbuf) struct strbuf content = STRBUF_INIT;

	strbuf_adds(&content, "<filter>");
	xml_add_element(&content, "name", site->name);
	strbuf_adds(&content, "</filter><values><hosting><vrt_hst>");
	add_property(&content, "ssl", "true");
	add_property(&content, "certificate_name", certificate_name);
	strbuf_adds(&content, "</vrt_hst></hosting></values>");
	return plesk_post(session, call, "site/set", &content, &reply, err);
}
