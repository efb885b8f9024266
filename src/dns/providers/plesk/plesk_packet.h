/*
 * Packets of Plesk's XML API (https://docs.plesk.com/en-US/obsidian/api-rpc/about-xml-api.28709/),
 * for the DNS provider and the plugin plesk. Answers have status 200 and codes of their own.
 */
#ifndef DNS_PROVIDERS_PLESK_PLESK_PACKET_H
#define DNS_PROVIDERS_PLESK_PLESK_PACKET_H

#include "base/error.h"
#include "base/strbuf.h"
#include "codec/xml.h"
#include "dns/api/call.h"
#include "dns/provider.h"

/* Where the API is on a server. */
#define PLESK_API_PATH "/enterprise/control/agent.php"

/* Posts <packet>, the nested elements of a path ("dns/get_rec/filter"), and the content inside.
 * `call` has `what` and flags. Copies of the content are wiped. Errors are those of dns_call(). */
int plesk_post(struct dns_session *session, struct dns_call call, const char *path,
	       const struct strbuf *content, struct dns_reply *ret_reply,
	       struct error *err) WARN_UNUSED;
/* Returns the element with the results, <packet><dns><get_rec>, or NULL. Borrowed. */
const struct xml *plesk_results(const struct dns_reply *reply);
/* Returns the element with status and code: <system>, or the first <result>. Borrowed; NULL when
 * there is none. */
const struct xml *plesk_outcome(const struct dns_reply *reply);
/* Returns the text of a child, or "". */
const char *plesk_text(const struct xml *parent, const char *name);

/* The row's judge() and explain_body(). */
enum dns_verdict plesk_judge(const struct dns_reply *reply);
void plesk_explain(const struct dns_reply *answer, struct strbuf *out);

#endif
