/*
 * The pause of --debug-challenges (see debug_challenges.h). It shows where the CA will look, so
 * that a person can try it first.
 */
#include "app/issue/debug_challenges.h"

#include "base/alloc.h"
#include "base/strbuf.h"
#include "children/network.h"

static void describe_challenge(const struct acme_challenge *challenge, struct strbuf *out)
{
	if (challenge->dns_name)
		strbuf_addf(out, "\n\nFQDN: %s\nExpected value: %s", challenge->dns_name,
			    challenge->dns_value);
	else if (challenge->type == ACME_HTTP_01)
		strbuf_addf(
			out,
			"\n\nURL:\nhttp://%s/.well-known/acme-challenge/%s\nExpected value:\n%s",
			challenge->identifier.value, challenge->token,
			challenge->key_authorization);
	else
		strbuf_addf(out, "\n\n%s for %s\nKey authorization:\n%s",
			    acme_challenge_type_name(challenge->type), challenge->identifier.value,
			    challenge->key_authorization);
}

/* Without a terminal there is nobody to press a key, so a timer's run goes on, as Certbot's
 * does. */
int debug_challenges_pause(void *context, struct plugin_task *tasks, size_t count,
			   struct error *err)
{
	const struct network *network = context;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	struct ui_question question = {.fallback = 0};

	if (!ui_is_interactive(network->ui))
		return 0;
	strbuf_adds(&text, "Challenges loaded. Press continue to submit to CA.");
	if (settings_int(network->settings, "verbose_count") > 0) {
		strbuf_adds(&text, "\nThe following can be checked from outside:");
		for (size_t i = 0; i < count; i++)
			describe_challenge(tasks[i].challenge, &text);
	} else {
		strbuf_adds(&text, " Pass \"-v\" for more info about challenges.");
	}
	question.text = text.text;
	return ui_pause(network->ui, &question, err);
}
