/*
 * Calls of Route 53's API, whose answers are XML (see route53.h).
 */
#include "base/alloc.h"
#include "codec/xml.h"
#include "dns/api/call.h"
#include "dns/provider.h"
#include "dns/providers/amazon/route53.h"

int route53_ask(struct dns_session *session, struct dns_call *call, const char *path,
		struct xml **ret_root, struct error *err)
{
	const struct route53 *route53 = session->state;
	AUTO_FREE char *url = xasprintf("%s%s", route53->partition->base_url, path);
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;

	call->url = url;
	call->flags |= DNS_CALL_XML;
	if (dns_call(session, call, &reply, err) < 0)
		return err->code;
	if (reply.status >= 300)
		return 0;
	if (!reply.xml)
		return dns_bad_answer(session, call->what, "it is empty", err);
	*ret_root = STEAL(reply.xml);
	return 0;
}
