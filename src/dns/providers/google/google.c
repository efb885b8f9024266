/*
 * Google Cloud DNS, API v1 (https://cloud.google.com/dns/docs/reference/rest/v1/): all changes of a
 * zone in one request.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/providers/google/google_change.h"
#include "dns/providers/google/google_login.h"

static const struct option options[] = {
	DNS_PROPAGATION_OPTION("google", "google", "60"),
	{.dest = "dns_google_credentials",
	 .names = "--dns-google-credentials",
	 .type = OPTION_PATH,
	 .metavar = "FILE",
	 .topics = "dns-google",
	 .flags = OPTION_SAVED,
	 .help = "JSON file with the key of a service account. Without it, Google's usual places "
		 "are searched: GOOGLE_APPLICATION_CREDENTIALS, gcloud's own file, the machine's "
		 "metadata service."},
	{.dest = "dns_google_project",
	 .names = "--dns-google-project",
	 .type = OPTION_STRING,
	 .metavar = "PROJECT",
	 .topics = "dns-google",
	 .flags = OPTION_SAVED,
	 .help = "The project that the zones are in, where that is not the credentials' own."},
};

static int open_session(struct dns_session *session, struct error *err)
{
	struct google *google = XNEW(struct google);

	google->pending = (struct dns_pending)DNS_PENDING_INIT;
	session->state = google;
	if (google_login_new(session, dns_credentials_path(session), &google->login, err) < 0)
		return err->code;
	google->project = dns_option(session, "project");
	if (!google->project)
		google->project = google_login_project(google->login);
	if (google->project)
		return 0;
	error_set(err, ERR_CONFIG, "cannot use Google Cloud DNS: the credentials name no project");
	return error_hint(err, "give it with --dns-google-project");
}

static void close_session(struct dns_session *session)
{
	struct google *google = session->state;

	google_login_free(google->login);
	dns_pending_release(&google->pending);
	free(google);
}

static int authorize(struct dns_session *session, const struct dns_outgoing *request,
		     struct headers *headers, struct error *err)
{
	struct google *google = session->state;

	return google_login_authorize(session, google->login, headers, err);
}

/* {"error": {"message": "..."}}; at log-in {"error": "...", "error_description": "..."} */
static void explain(const struct json *answer, struct strbuf *out)
{
	const struct json *error = json_member(answer, "error");

	if (json_is_object(error))
		strbuf_adds(out, dns_answer_text(error, "message"));
	else
		strbuf_addf(out, "%s: %s", dns_answer_text(answer, "error"),
			    dns_answer_text(answer, "error_description"));
}

static char *next_page(const struct dns_reply *page, const char *url)
{
	const char *token = dns_answer_text(page->json, "nextPageToken");

	return *token ? xasprintf("%s&pageToken=%s", url, token) : NULL;
}

/* Zones of that name may be private, several of them. */
static void take_zone(void *context, const struct json *item)
{
	const char *visibility = dns_answer_text(item, "visibility");
	char **ret_id = context;

	if (!*ret_id && (!*visibility || strcmp(visibility, "public") == 0))
		*ret_id = dns_answer_id(item, "id");
}

static int find_zone(struct dns_session *session, const char *name, char **ret_id,
		     struct error *err)
{
	const struct google *google = session->state;
	AUTO_FREE char *url = xasprintf("/projects/%s/managedZones?dnsName=%s.", google->project,
					name);
	const struct dns_listing listing = {
		.what = "look up the zone", .url = url, .array = "managedZones", .next = next_page};

	if (dns_list(session, &listing, take_zone, ret_id, err) < 0)
		return err->code;
	return *ret_id ? 0 : error_set(err, ERR_NOT_FOUND, "no zone '%s'", name);
}

static int present(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	return google_change(session, batch, false, err);
}

static int cleanup(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	return google_change(session, batch, true, err);
}

static const struct plugin_manual manual_page = {
	.paragraphs =
		{"`--dns-google-credentials` takes the JSON key of a service account, gcloud's "
		 "file for a user, or one of workload identity federation. Without it these are "
		 "tried: the file that `GOOGLE_APPLICATION_CREDENTIALS` names, gcloud's own, the "
		 "machine's service account.",
		 "The account needs `dns.changes.create`, `dns.changes.get`, "
		 "`dns.managedZones.list`, and `dns.resourceRecordSets.create`, `.delete`, "
		 "`.list` and `.update`."},
	.example = "certbot certonly --dns-google \\\n"
		   "    --dns-google-credentials /etc/letsencrypt/google.json \\\n"
		   "    -d example.com -d '*.example.com'",
};

const struct dns_provider dns_google = {
	.plugin = DNS_PLUGIN("google", "Google Cloud DNS",
			     "Obtain certificates using a DNS TXT record (if you are using Google "
			     "Cloud DNS for DNS).",
			     options),
	.plugin.manual = &manual_page,
	.plugin.title = "Google Cloud DNS",
	.title = "Google Cloud DNS",
	.credentials_source = "console.cloud.google.com, service accounts",
	.flags = DNS_RAW_CREDENTIALS | DNS_OPTIONAL_CREDENTIALS,
	.ttl = 60,
	.max_batch = 400, /* 1,000 sets and 100,000 bytes, written and removed */
	.base_url = "https://dns.googleapis.com/dns/v1",
	.authorize = authorize,
	.explain = explain,
	.login_hint = "check that the account has a role with the permissions dns.changes.create, "
		      "dns.changes.get, dns.managedZones.list, dns.resourceRecordSets.create, "
		      "...delete, ...list and ...update",
	.open = open_session,
	.close = close_session,
	.find_zone = find_zone,
	.settle = google_await_changes,
	.present = present,
	.cleanup = cleanup,
};
