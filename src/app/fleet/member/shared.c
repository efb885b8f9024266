/*
 * Options and accounts on their way through the store (see shared.h). The options have the form of
 * a renewal conf, and only the keys in a list are written and read.
 */
#include "app/fleet/member/shared.h"

#include <string.h>

#include "app/fleet/member/wish.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "store/account/accounts.h"

#define SECTION "renewalparams"
#define RELEASED "released = True\n"

static const char *const shared_keys[] = {
	"server",           "account",        "authenticator",   "key_type",
	"rsa_key_size",     "elliptic_curve", "preferred_chain", "preferred_profile",
	"required_profile", "must_staple",    "reuse_key",       "pref_challs",
};

/* Copies the shared keys from one section to another. Both directions use the same list, so
 * anything else that another version of this program, or somebody with the fleet's key, has written
 * is left out. */
static void copy_keys(const struct ini_section *from, struct ini_section *to)
{
	for (size_t i = 0; i < ARRAY_LEN(shared_keys); i++) {
		const char *key = shared_keys[i];
		AUTO(strvec) struct strvec items = STRVEC_INIT;
		AUTO(error) struct error unread = ERROR_INIT;

		if (!ini_has(from, key))
			continue;
		if (ini_is_list(from, key) && ini_get_list(from, key, &items, &unread) == 0)
			ini_set_list(to, key, &items);
		else if (ini_peek(from, key))
			ini_set(to, key, ini_peek(from, key));
	}
}

/* No two sealed values are the same. */
int shared_bump_tip(struct member *member, struct error *err)
{
	AUTO(fleet_record) struct fleet_record tip = FLEET_RECORD_INIT;
	struct fleet_place place = member_place(member, FLEET_TIP, "");

	tip.kind = FLEET_TIP;
	member_forget_tip(member);
	return member_write(member, &place, &tip, NULL, err);
}

/* Takes the options. */
static int write_want(struct member *member, const char *name, const struct shared_version *version,
		      char *own_options, struct error *err)
{
	AUTO(fleet_record) struct fleet_record want = FLEET_RECORD_INIT;
	struct fleet_place place = member_place(member, FLEET_WANT, name);

	want.kind = FLEET_WANT;
	want.generation = version->generation;
	want.options = own_options;
	if (member_write(member, &place, &want, version->guard, err) < 0)
		return err->code;
	return shared_bump_tip(member, err);
}

static bool is_same_key(const struct fleet_record *one, const struct fleet_record *other)
{
	return span_same(span_make(secret_peek(&one->key), one->key.len),
			 span_make(secret_peek(&other->key), other->key.len));
}

static int publish_account(struct member *member, const struct ini_section *params,
			   struct error *err)
{
	const char *server = ini_peek(params, "server"), *id = ini_peek(params, "account");
	AUTO(fleet_record) struct fleet_record record = FLEET_RECORD_INIT,
					       there = FLEET_RECORD_INIT;
	AUTO(account) struct account *account = NULL;
	AUTO(error) struct error unread = ERROR_INIT;
	struct account_place place;
	struct fleet_place where;

	if (!server || !id)
		return error_set(err, ERR_CONFIG,
				 "its renewal configuration names no CA (server) and account");
	place = (struct account_place){settings_config_dir(member->settings), server};
	if (account_load(&place, id, &account, err) < 0)
		return err->code;
	record.kind = FLEET_ACCOUNT;
	record.server = xstrdup(server);
	record.url = xstrdup(account->uri);
	key_to_pem(account->key, &record.key);
	where = member_place(member, FLEET_ACCOUNT, account->id);
	/* The key that has taken its place meanwhile leads machines on. */
	if (member_read(member, &where, &there, NULL, &unread) == 0 &&
	    there.kind == FLEET_ACCOUNT && !is_same_key(&there, &record))
		return 0;
	return member_write(member, &where, &record, NULL, err);
}

int shared_publish(struct member *member, struct lineage *lineage,
		   const struct shared_version *version, struct error *err)
{
	const struct ini_section *params = lineage_params(lineage);
	AUTO(ini) struct ini *ini = ini_new();
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if (!params)
		return error_set(err, ERR_CONFIG, "its renewal configuration lacks [%s]", SECTION);
	copy_keys(params, ini_add_section(ini_root(ini), SECTION));
	if (wish_write(lineage, ini, err) < 0 || publish_account(member, params, err) < 0)
		return err->code;
	ini_print(ini, &text);
	return write_want(member, lineage_name(lineage), version, strbuf_detach(&text), err);
}

int shared_publish_release(struct member *member, const char *name, uint64_t generation,
			   struct error *err)
{
	const struct shared_version version = {.generation = generation};

	return write_want(member, name, &version, xstrdup(RELEASED), err);
}

bool shared_is_released(const struct fleet_record *want, uint64_t generation)
{
	return want && want->options && str_starts(want->options, RELEASED) &&
	       want->generation >= generation;
}

/* Stores the account with the key that the fleet has for it now, unless it is here. Its id is made
 * from the key, and may be another one than the options name (account_keys.h). */
static int keep_account(const struct account_place *place, const struct strvec *known,
			const struct fleet_record *record, struct settings *settings,
			struct error *err)
{
	AUTO(account) struct account *account = NULL;
	AUTO(key) struct key *key = NULL;
	AUTO_FREE char *id = NULL;

	if (key_from_pem(secret_peek(&record->key), record->key.len, &key, err) < 0)
		return err->code;
	id = account_id_of_key(key);
	settings_set_string(settings, "account", id, settings_origin(settings, "account"));
	if (strvec_contains(known, id))
		return 0;
	return account_save_new(place, STEAL(key), &(struct account_urls){.uri = record->url},
				&account, err);
}

static int fetch_account(struct member *member, struct settings *settings, struct error *err)
{
	const char *id = settings_string(settings, "account");
	const struct account_place place = {settings_config_dir(member->settings),
					    settings_string(settings, "server")};
	AUTO(strvec) struct strvec known = STRVEC_INIT;
	AUTO(fleet_record) struct fleet_record record = FLEET_RECORD_INIT;
	struct fleet_place where;

	if (!id || account_list(&place, &known, err) < 0)
		return err->code;
	if (strvec_contains(&known, id))
		return 0;
	where = member_place(member, FLEET_ACCOUNT, id);
	if (member_read(member, &where, &record, NULL, err) < 0)
		return err->code;
	if (record.kind != FLEET_ACCOUNT)
		return error_set(err, ERR_NOT_FOUND, "the fleet has no account %s", id);
	return keep_account(&place, &known, &record, settings, err);
}

int shared_apply(struct member *member, const char *options, struct settings *settings,
		 struct error *err)
{
	AUTO(ini) struct ini *ini = NULL, *clean = ini_new();
	struct ini_section *section = ini_add_section(ini_root(clean), SECTION);
	const struct ini_section *given;

	if (ini_parse(options, strlen(options), "options in the fleet", &ini, err) < 0)
		return err->code;
	given = ini_find_section(ini_root(ini), SECTION);
	if (!given)
		return error_set(err, ERR_PARSE, "the options in the fleet have no [%s]", SECTION);
	copy_keys(given, section);
	if (settings_restore(settings, section, err) < 0)
		return err->code;
	return fetch_account(member, settings, err);
}
