/*
 * One-time passwords for log-ins (see second_factor.h).
 */
#include "dns/providers/second_factor.h"

#include "base/alloc.h"
#include "base/secret.h"
#include "crypto/totp.h"
#include "dns/api/token.h"
#include "dns/login.h"
#include "dns/provider.h"

#define SECRET "shared_secret"

/* Says what is wrong with the credential. */
static int refuse_secret(const struct dns_session *session, const char *fault, struct error *err)
{
	AUTO_FREE char *prefix = dns_prefix(session->provider);

	return error_set(err, ERR_CONFIG, "%s: %s%s%s", dns_credentials_path(session), prefix,
			 SECRET, fault);
}

int second_factor_open(struct dns_session *session, struct error *err)
{
	const char *secret = dns_credential(session, SECRET);
	AUTO(strbuf) struct strbuf password = STRBUF_INIT;

	if (dns_open_token(session, err) < 0)
		return err->code;
	if (secret && !totp_password(secret, dns_now(session), &password))
		return refuse_secret(session, " is not base32", err);
	return 0;
}

/* A password counts once: after a refusal the next one is tried, for another program may have used
 * the first. */
int second_factor_give(struct dns_session *session, second_factor_fn *give, void *context,
		       struct error *err)
{
	const char *secret = dns_credential(session, SECRET);

	if (!secret)
		return refuse_secret(session, " is needed: the account has a second factor", err);
	for (int attempt = 0;; attempt++) {
		AUTO(strbuf) struct strbuf password = STRBUF_INIT;
		int64_t now = dns_now(session);
		int rc;

		totp_password(secret, now, &password);
		rc = give(session, password.text, context, err);
		secret_wipe(password.text, password.len);
		if (rc != ERR_CONFIG || attempt)
			return rc;
		error_release(err);
		if (dns_pause(session, 1000 * (TOTP_SECONDS - now % TOTP_SECONDS), err) < 0)
			return err->code;
	}
}
