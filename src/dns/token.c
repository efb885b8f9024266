/*
 * Access tokens (see token.h).
 */
#include "dns/token.h"

#include <string.h>

#include "codec/json.h"
#include "dns/answer.h"
#include "dns/api.h"
#include "dns/provider.h"

enum {
	MARGIN_SECONDS = 120, /* tokens are renewed so long before they end */
};

bool dns_token_ends(const struct dns_session *session, const struct dns_token *token)
{
	return dns_now(session) >= token->expires - MARGIN_SECONDS;
}

int dns_token_take(struct dns_session *session, const char *what, const struct json *answer,
		   struct dns_token *ret_token, struct error *err)
{
	const char *text = dns_answer_text(answer, "access_token");
	int64_t lifetime;

	if (!*text || !json_int(json_member(answer, "expires_in"), &lifetime))
		return dns_bad_answer(session, what, "expected a token", err);
	dns_hide(session, text);
	secret_set(&ret_token->text, text, strlen(text));
	ret_token->expires = dns_now(session) + lifetime;
	return 0;
}
