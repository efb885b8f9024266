/*
 * The variables of programs that answer challenges (see hook_variables.h).
 */
#include "plugin/hook_variables.h"

#include "base/alloc.h"

/* "a,b,c" over all challenges of the same lineage. */
static char *all_identifiers(const struct plugin_task *tasks, size_t count,
			     const struct settings *settings)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	for (size_t i = 0; i < count; i++)
		if (tasks[i].settings == settings)
			strvec_push(&names, tasks[i].challenge->identifier.value);
	return strvec_join(&names, ",");
}

static size_t remaining_after(const struct plugin_task *tasks, size_t count, size_t index)
{
	size_t remaining = 0;

	for (size_t i = index + 1; i < count; i++)
		remaining += tasks[i].settings == tasks[index].settings;
	return remaining;
}

void hook_variables_set(const char *name, const char *value, struct strvec *env,
			struct strvec *unset)
{
	if (value)
		strvec_pushf(env, "%s=%s", name, value);
	else
		strvec_push(unset, name);
}

void hook_variables_fill(const struct plugin_task *tasks, size_t count, size_t index,
			 struct strvec *env, struct strvec *unset)
{
	const struct acme_challenge *challenge = tasks[index].challenge;
	AUTO_FREE char *all = all_identifiers(tasks, count, tasks[index].settings);

	strvec_pushf(env, "CERTBOT_DOMAIN=%s", challenge->identifier.value);
	strvec_pushf(env, "CERTBOT_IDENTIFIER=%s", challenge->identifier.value);
	strvec_pushf(env, "CERTBOT_ALL_DOMAINS=%s", all);
	strvec_pushf(env, "CERTBOT_ALL_IDENTIFIERS=%s", all);
	strvec_pushf(env, "CERTBOT_REMAINING_CHALLENGES=%zu", remaining_after(tasks, count, index));
	hook_variables_set("CERTBOT_VALIDATION",
			   challenge->sni_name    ? NULL
			   : challenge->dns_value ? challenge->dns_value
						  : challenge->key_authorization,
			   env, unset);
	hook_variables_set("CERTBOT_TOKEN",
			   challenge->type == ACME_HTTP_01 ? challenge->token : NULL, env, unset);
	hook_variables_set("CERTBOT_RECORD_NAME", challenge->dns_name, env, unset);
	hook_variables_set("CERTBOT_SNI_DOMAIN", challenge->sni_name, env, unset);
}
