/*
 * Packets of Plesk's XML API (see plesk_packet.h).
 */
#include "dns/providers/plesk/plesk_packet.h"

#include <string.h>

#include "base/secret.h"
#include "base/strvec.h"
#include "dns/api/answer.h"

int plesk_post(struct dns_session *session, struct dns_call call, const char *path,
	       const struct strbuf *content, struct dns_reply *ret_reply, struct error *err)
{
	AUTO(strbuf) struct strbuf packet = STRBUF_INIT;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	int rc;

	strbuf_adds(&packet, "<packet>");
	strvec_split(&names, path, "/");
	for (size_t i = 0; i < names.count; i++)
		strbuf_addf(&packet, "<%s>", names.items[i]);
	strbuf_adds(&packet, content->text);
	for (size_t i = names.count; i > 0; i--)
		strbuf_addf(&packet, "</%s>", names.items[i - 1]);
	strbuf_adds(&packet, "</packet>");
	call.method = HTTP_POST;
	call.url = "";
	call.content_type = "text/xml";
	call.body = packet.text;
	call.flags |= DNS_CALL_XML;
	rc = dns_call(session, &call, ret_reply, err);
	secret_wipe(packet.text, packet.len);
	return rc;
}

const struct xml *plesk_results(const struct dns_reply *reply)
{
	return xml_at(xml_at(reply->xml, 0), 0);
}

const struct xml *plesk_outcome(const struct dns_reply *reply)
{
	const struct xml *whole = xml_find(reply->xml, "system");

	return whole ? whole : xml_find(plesk_results(reply), "result");
}

const char *plesk_text(const struct xml *parent, const char *name)
{
	const char *text = xml_find_text(parent, name);

	return text ? text : "";
}

enum dns_verdict plesk_judge(const struct dns_reply *reply)
{
	static const struct dns_reason reasons[] = {
		{"11003", DNS_DENIED}, /* secret key */
		{"1001", DNS_DENIED},  /* password */
		{"1006", DNS_DENIED},  /* rights */
		{"1007", DNS_EXISTS},  {"1013", DNS_UNKNOWN},
		{"1015", DNS_UNKNOWN}, /* no such domain */
	};
	const struct xml *outcome = plesk_outcome(reply);

	if (strcmp(plesk_text(outcome, "status"), "error") != 0)
		return DNS_AS_STATUS;
	return dns_judge_words(plesk_text(outcome, "errcode"), reasons, ARRAY_LEN(reasons));
}

/* A page of a proxy can be XML too, and is shown as it is. */
void plesk_explain(const struct dns_reply *answer, struct strbuf *out)
{
	const char *code = answer->xml ? plesk_text(plesk_outcome(answer), "errcode") : "";

	if (*code)
		strbuf_addf(out, "%s: %s", code, plesk_text(plesk_outcome(answer), "errtext"));
}
