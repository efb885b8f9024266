/*
 * Amazon Route 53, API 2013-04-01 (https://docs.aws.amazon.com/Route53/latest/APIReference/): all
 * changes of a zone in one request, which is in force on all its servers once it is INSYNC.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strvec.h"
#include "codec/url.h"
#include "codec/xml.h"
#include "dns/api/call.h"
#include "dns/provider.h"
#include "dns/providers/amazon/aws_credentials.h"
#include "dns/providers/amazon/route53.h"

#define NEEDED_ACTIONS                                                                             \
	"route53:ListHostedZones, route53:GetChange, route53:ListResourceRecordSets and "          \
	"route53:ChangeResourceRecordSets"

enum {
	POLL_MS = 5000,
	LIMIT_MS = 600 * 1000,
	MARGIN_SECONDS = 300, /* keys are renewed this long before they expire */
};

/* The last row is for all other regions. */
static const struct route53_partition partitions[] = {
	{"cn-", "https://route53.amazonaws.com.cn/2013-04-01", "cn-northwest-1"},
	{"us-gov-", "https://route53.us-gov.amazonaws.com/2013-04-01", "us-gov-west-1"},
	{"", "https://route53.amazonaws.com/2013-04-01", "us-east-1"},
};

static void free_values(void *values)
{
	strvec_release(values);
	free(values);
}

static int log_in(struct dns_session *session, struct error *err)
{
	struct route53 *route53 = session->state;
	AUTO_FREE char *region = NULL;

	aws_keys_release(&route53->keys);
	if (aws_credentials_find(session, NEEDED_ACTIONS, &route53->keys, &region, err) < 0)
		return err->code;
	route53->partition = partitions;
	while (strncmp(region ? region : "", route53->partition->prefix,
		       strlen(route53->partition->prefix)) != 0)
		route53->partition++;
	return 0;
}

static int open_session(struct dns_session *session, struct error *err)
{
	struct route53 *route53 = XNEW(struct route53);

	route53->written = (struct map)MAP_INIT(free_values);
	route53->pending = (struct dns_pending)DNS_PENDING_INIT;
	session->state = route53;
	return log_in(session, err);
}

static void close_session(struct dns_session *session)
{
	struct route53 *route53 = session->state;

	aws_keys_release(&route53->keys);
	map_release(&route53->written);
	dns_pending_release(&route53->pending);
	free(route53);
}

static int authorize(struct dns_session *session, const struct dns_outgoing *request,
		     struct headers *headers, struct error *err)
{
	struct route53 *route53 = session->state;
	const struct aws_scope scope = {route53->partition->signing_region, "route53",
					dns_now(session)};

	if (route53->keys.expires && scope.now > route53->keys.expires - MARGIN_SECONDS &&
	    log_in(session, err) < 0)
		return err->code;
	aws_sign(&route53->keys, &scope, request, headers);
	return 0;
}

/* <ErrorResponse><Error><Code/><Message/>, or <InvalidChangeBatch><Messages><Message/> */
static void explain(const struct dns_reply *answer, struct strbuf *out)
{
	const struct xml *error = xml_find(answer->xml, "Error");
	const struct xml *messages = xml_find(answer->xml, "Messages");

	if (xml_find(error, "Message"))
		strbuf_addf(out, "%s: %s", xml_find_text(error, "Code") ?: "error",
			    xml_find_text(error, "Message"));
	else if (xml_find(messages, "Message"))
		strbuf_addf(out, "%s: %s", xml_name(answer->xml),
			    xml_find_text(messages, "Message"));
}

static enum dns_verdict judge(const struct dns_reply *reply)
{
	return reply->status == 400 && (strstr(reply->body, "<Code>Throttling</Code>") ||
					strstr(reply->body, "<Code>PriorRequestNotComplete</Code>"))
		       ? DNS_SLOW_DOWN
		       : DNS_AS_STATUS;
}

static void take_zones(const struct xml *zones, struct dns_zones *ret_zones)
{
	const struct xml *zone;

	for (size_t i = 0; zones && (zone = xml_at(zones, i)) != NULL; i++) {
		const char *private = xml_find_text(xml_find(zone, "Config"), "PrivateZone");
		const char *name = xml_find_text(zone, "Name"), *id = xml_find_text(zone, "Id");

		if (name && id && !(private && strcmp(private, "true") == 0))
			dns_zones_add(ret_zones, name, id);
	}
}

static int list_zones(struct dns_session *session, struct dns_zones *ret_zones, struct error *err)
{
	AUTO(strbuf) struct strbuf path = STRBUF_INIT;

	strbuf_adds(&path, "/hostedzone");
	for (int page = 0; page < 1000; page++) {
		struct dns_call call = {.what = "list hosted zones", .method = HTTP_GET};
		AUTO(xml) struct xml *root = NULL;
		const char *more, *marker;

		if (route53_ask(session, &call, path.text, &root, err) < 0)
			return err->code;
		take_zones(xml_find(root, "HostedZones"), ret_zones);
		more = xml_find_text(root, "IsTruncated");
		marker = xml_find_text(root, "NextMarker");
		if (!more || strcmp(more, "true") != 0 || !marker)
			return 0;
		strbuf_clear(&path);
		strbuf_adds(&path, "/hostedzone?marker=");
		url_add_escaped(&path, marker);
	}
	return dns_bad_answer(session, "list hosted zones", "there are too many pages", err);
}

static int present(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	struct route53 *route53 = session->state;
	AUTO_FREE char *path = NULL;

	if (route53_change(session, batch, false, &path, err) < 0)
		return err->code;
	if (path)
		dns_pending_add(&route53->pending, session, path);
	return 0;
}

static int ask_after(struct dns_session *session, const char *path, bool *ret_is_done,
		     struct error *err)
{
	struct dns_call call = {.what = "look at the change", .method = HTTP_GET};
	AUTO(xml) struct xml *root = NULL;

	if (route53_ask(session, &call, path, &root, err) < 0)
		return err->code;
	*ret_is_done = strcmp(xml_find_text(xml_find(root, "ChangeInfo"), "Status") ?: "",
			      "INSYNC") == 0;
	return 0;
}

static int settle(struct dns_session *session, struct error *err)
{
	static const struct dns_pending_poll poll = {ask_after, POLL_MS, LIMIT_MS};
	struct route53 *route53 = session->state;

	return dns_pending_await(&route53->pending, session, &poll, err);
}

static int cleanup(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	AUTO_FREE char *path = NULL;

	return route53_change(session, batch, true, &path, err);
}

/* The service says itself when the records are everywhere. The options are those of Certbot before
 * 1.10, and of the plugin that was a package of its own before that. */
#define OLD_OPTION(dest_, names_)                                                                  \
	{                                                                                          \
		.dest = dest_, .names = names_, .type = OPTION_INT, .metavar = "SECONDS",          \
		.topics = "dns-route53", .flags = OPTION_HIDDEN | OPTION_DEPRECATED, .help = ""    \
	}

static const struct option options[] = {
	OLD_OPTION("dns_route53_propagation_seconds", "--dns-route53-propagation-seconds"),
	OLD_OPTION("certbot_route53:auth_propagation_seconds",
		   "--certbot-route53:auth-propagation-seconds"),
};

static const struct plugin_manual manual_page = {
	.paragraphs =
		{"There is no credentials file. Keys are looked for where Amazon's own tools "
		 "look: the environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, "
		 "`AWS_SESSION_TOKEN`), the role or the keys of the profile "
		 "(`AWS_PROFILE`) in `~/.aws/config` and `~/.aws/credentials`, a web identity, "
		 "the container's service, the machine's role.",
		 "The policy needs `route53:ListHostedZones`, `route53:GetChange` and "
		 "`route53:ChangeResourceRecordSets`. With `route53:ListResourceRecordSets` "
		 "other values of a record set are kept; without it they are overwritten."},
	.example = "certbot certonly --dns-route53 -d example.com -d '*.example.com'",
};

const struct dns_provider dns_route53 = {
	.plugin = {.name = "dns-route53",
		   .selector = DNS_SELECTOR("route53", "Amazon Route 53"),
		   .title = "Amazon Route 53",
		   .description =
			   "Obtain certificates using a DNS TXT record (if you are using AWS "
			   "Route53 for DNS).",
		   .options = options,
		   .option_count = ARRAY_LEN(options),
		   .close = dns_close_instance,
		   .authenticator = &dns_authenticator},
	.plugin.manual = &manual_page,
	.title = "Amazon Route 53",
	.credentials_source = "AWS IAM",
	.flags = DNS_NO_CREDENTIALS_FILE | DNS_NO_PROPAGATION,
	.ttl = 10,
	/* A request may have 1,000 values of 32,000 characters in all, both counted twice for
	 * UPSERT. A challenge's value with its quotes counts 90, which leaves room for others. */
	.max_batch = 200,
	.authorize = authorize,
	.explain_body = explain,
	.judge = judge,
	.login_hint = "check the AWS credentials, and that their policy allows " NEEDED_ACTIONS,
	.open = open_session,
	.close = close_session,
	.list_zones = list_zones,
	.settle = settle,
	.present = present,
	.cleanup = cleanup,
};
