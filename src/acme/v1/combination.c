/*
 * Combinations of challenges (see combination.h).
 */
#include "acme/v1/combination.h"

#include <string.h>

#include "codec/json.h"

enum { MAX_COMBINATIONS = 1000 };

void acme_v1_combination_release(struct acme_v1_combination *combination)
{
	for (size_t i = 0; i < combination->count; i++)
		acme_challenge_release(&combination->items[i]);
	combination->count = 0;
}

/* The place of a challenge in the preference, from 0; -1 when it cannot be fulfilled. */
static int rank_of(const struct json *challenge, const struct acme_preference *preference,
		   const struct acme_identifier *identifier)
{
	const char *type = json_text(json_member(challenge, "type"));
	const char *status = json_text(json_member(challenge, "status"));

	if (!type || (status && strcmp(status, "invalid") == 0))
		return -1;
	for (size_t i = 0; i < preference->count; i++)
		if (strcmp(type, acme_challenge_type_name(preference->types[i])) == 0)
			return acme_challenge_fits(preference->types[i], identifier) ? (int)i : -1;
	return -1;
}

/* The challenge that a combination names at `at`; NULL when there is none. */
static const struct json *challenge_at(const struct json *challenges,
				       const struct json *combination, size_t at)
{
	int64_t index;

	if (!json_int(json_at(combination, at), &index) || index < 0 ||
	    (size_t)index >= json_count(challenges))
		return NULL;
	return json_at(challenges, (size_t)index);
}

/* The sum of the places; -1 when not all can be fulfilled. */
static int cost_of(const struct json *challenges, const struct json *combination,
		   const struct acme_preference *preference,
		   const struct acme_identifier *identifier)
{
	size_t count = json_is_array(combination) ? json_count(combination) : 0;
	int sum = 0;

	if (!count || count > ACME_V1_MAX_COMBINED)
		return -1;
	for (size_t i = 0; i < count; i++) {
		int place = rank_of(challenge_at(challenges, combination, i), preference,
				    identifier);

		if (place < 0)
			return -1;
		sum += place;
	}
	return sum;
}

static const struct json *find_cheapest(const struct json *challenges, const struct json *list,
					const struct acme_preference *preference,
					const struct acme_identifier *identifier)
{
	const struct json *cheapest = NULL;
	int lowest = -1;

	for (size_t i = 0; i < json_count(list) && i < MAX_COMBINATIONS; i++) {
		int cost = cost_of(challenges, json_at(list, i), preference, identifier);

		if (cost < 0 || (cheapest && cost >= lowest))
			continue;
		cheapest = json_at(list, i);
		lowest = cost;
	}
	return cheapest;
}

static int read_all(const struct json *challenges, const struct json *chosen,
		    const struct acme_preference *preference,
		    const struct acme_challenge_context *context,
		    struct acme_v1_combination *combination, struct error *err)
{
	for (size_t i = 0; i < json_count(chosen); i++) {
		const struct json *challenge = challenge_at(challenges, chosen, i);
		int place = rank_of(challenge, preference, context->identifier);
		struct acme_challenge *item = &combination->items[combination->count];

		if (acme_challenge_read(challenge, preference->types[place], context, item, err) <
		    0)
			return error_recode(err, ERR_PROTOCOL);
		combination->count++;
	}
	return 0;
}

int acme_v1_combination_choose(const struct acme_authz_object *object,
			       const struct acme_preference *preference,
			       const struct acme_challenge_context *context,
			       struct acme_v1_combination *ret_combination, struct error *err)
{
	const struct json *list = json_member(object->json, "combinations");
	const struct json *chosen;
	struct json *challenges;

	if (!list) {
		if (acme_authz_object_choose(object, preference, context,
					     &ret_combination->items[0], err) < 0)
			return err->code;
		ret_combination->count = 1;
		return 0;
	}
	if (json_get_array(object->json, "authorization", "challenges", &challenges, err) < 0)
		return error_recode(err, ERR_PROTOCOL);
	if (!json_is_array(list))
		return error_set(err, ERR_PROTOCOL, "authorization.combinations: expected a list");
	chosen = find_cheapest(challenges, list, preference, context->identifier);
	if (!chosen)
		return acme_authz_object_refuse(object, preference, context->identifier, err);
	return read_all(challenges, chosen, preference, context, ret_combination, err);
}
