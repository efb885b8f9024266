/*
 * The rules in their order: revocation, names that the fleet wants, the CA's window, the user's
 * interval, the lifetime.
 */
#include "store/renewal/due_moment.h"

#include <string.h>

#include "base/ascii.h"
#include "codec/datetime.h"
#include "crypto/digest.h"
#include "store/renewal/fleet_names.h"
#include "store/renewal/renewal_state.h"

/* Certificates that live shorter than this renew at half their life (seconds). Certbot's rule: a
 * third of the lifetime is too late for a certificate of six days, whose last two days a weekend
 * can use up. */
#define SHORT_LIFETIME (10 * 86400)

/* A moment that the CA or a person has set is not brought forward, as the CA spreads them itself;
 * nor is a short life's, which would be renewed at a third of it. */
static struct due_moment two_thirds(const struct cert *cert, const struct due_turn *turn,
				    int64_t now, bool is_bad_interval)
{
	int64_t end = cert_not_after(cert);
	int64_t at = end - (end - cert_not_before(cert)) / 3;
	int64_t early = at - due_moment_lead(turn->name, cert, turn->window);

	if (now < at && early < at)
		return (struct due_moment){early, DUE_LIFETIME,
					   "its turn within --renew-window has come",
					   is_bad_interval};
	return (struct due_moment){at, DUE_LIFETIME, "two thirds of its lifetime have passed",
				   is_bad_interval};
}

/* Revocation outranks all others: whoever revoked the certificate wants another one. The CA's
 * window outranks the user's interval, and that the fraction of the lifetime; a window in the
 * future means that the CA knows better than the fraction. */
struct due_moment due_moment(const struct ini *conf, const struct cert *cert,
			     const struct due_turn *turn, int64_t now)
{
	const char *interval = ini_peek(ini_root(conf), "renew_before_expiry");
	int64_t ari_time = renewal_state_ari_time(conf, turn->suffix), end = cert_not_after(cert);
	int64_t lifetime = end - cert_not_before(cert), limit;
	bool is_bad_interval = false;

	if (renewal_state_may_be_revoked(conf, cert))
		return (struct due_moment){
			0, DUE_REVOKED,
			renewal_state_is_revoked(conf, cert)
				? "it has been revoked"
				: "its revocation was asked for, with unknown result",
			false};
	if (fleet_names_read(conf, NULL))
		return (struct due_moment){0, DUE_OTHER_NAMES, "the fleet wants other names in it",
					   false};
	if (ari_time && ari_time <= now)
		return (struct due_moment){ari_time, DUE_RENEWAL_INFO,
					   "the CA suggests renewing it now", false};
	/* Months are of the calendar, so the moment is exact only when it comes; the interval must
	 * have begun, hence the second. */
	if (interval && datetime_add_interval(interval, now, &limit))
		return (struct due_moment){end - (limit - now) + 1, DUE_INTERVAL,
					   "within renew_before_expiry of its expiry", false};
	is_bad_interval = interval != NULL;
	if (ari_time)
		return (struct due_moment){ari_time, DUE_RENEWAL_INFO,
					   "the CA suggests renewing it then", is_bad_interval};
	if (lifetime < SHORT_LIFETIME)
		return (struct due_moment){cert_not_before(cert) + lifetime / 2, DUE_LIFETIME,
					   "half of its short lifetime has passed",
					   is_bad_interval};
	return two_thirds(cert, turn, now, is_bad_interval);
}

/* By the name, because nothing has to be kept for it; by its digest, because names that come one
 * after the other have digests that do not. */
int64_t due_moment_lead(const char *name, const struct cert *cert, int64_t window)
{
	AUTO(strbuf) struct strbuf hash = STRBUF_INIT;
	int64_t most = (cert_not_after(cert) - cert_not_before(cert)) / 6;
	uint64_t number = 0;

	if (window > most)
		window = most;
	if (window <= 0)
		return 0;
	digest(DIGEST_SHA256, name, strlen(name), &hash);
	for (size_t i = 0; i < sizeof(number); i++)
		number = number << 8 | (unsigned char)hash.text[i];
	return (int64_t)(number % (uint64_t)window);
}

/* ConfigObj's words for false, which Certbot accepts in any case. */
static bool says_no(const char *text)
{
	static const char *const words[] = {"false", "no", "off", "0"};

	for (size_t i = 0; text && i < ARRAY_LEN(words); i++)
		if (str_eq_nocase(text, words[i]))
			return true;
	return false;
}

int64_t due_next_try(const struct ini *conf, int64_t due_at, int64_t now)
{
	int64_t pause = renewal_state_next_try(conf), later = pause > due_at ? pause : due_at;

	return later > now ? later : 0;
}

/* `autorenew` in [renewalparams], or at the top level where Certbot 0.23 looked for it. */
bool due_is_switched_off(const struct ini *conf)
{
	const struct ini_section *params = ini_find_section(ini_root(conf), "renewalparams");

	return (params && says_no(ini_peek(params, "autorenew"))) ||
	       says_no(ini_peek(ini_root(conf), "autorenew"));
}
