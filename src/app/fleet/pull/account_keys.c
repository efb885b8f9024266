/*
 * The keys of accounts (see account_keys.h). A CA accepts one key of an account at a time, and each
 * new one is signed for with the one before: so of a key here and another one in the store, the
 * store's is the newer if it stands under the id that is here, and else the one here is.
 */
#include "app/fleet/pull/account_keys.h"

#include <string.h>

#include "app/fleet/member/shared.h"
#include "base/alloc.h"
#include "base/log.h"
#include "store/account/account_key.h"
#include "store/account/accounts.h"

/* An account in the store. */
struct shared_account {
	struct fleet_record record;
	struct strbuf value; /* sealed, as it was read */
	struct key *key;
	char *key_id; /* that the key makes; another one than its name if the key was changed */
};

struct account_keys {
	struct member *member;
	const struct ui *ui;
	struct map accounts; /* id -> struct shared_account */
	bool owes;
	bool took; /* a key from the store, which may lead to another one there */
};

static void free_shared(void *value)
{
	struct shared_account *shared = value;

	fleet_record_release(&shared->record);
	strbuf_release(&shared->value);
	key_free(shared->key);
	free(shared->key_id);
	free(shared);
}

static void account_keys_release(struct account_keys *keys)
{
	map_release(&keys->accounts);
}
DEFINE_AUTO(account_keys, account_keys_release);

static struct account_place server_place(const struct account_keys *keys,
					 const struct shared_account *shared)
{
	return (struct account_place){settings_config_dir(keys->member->settings),
				      shared->record.server};
}

/* An account that cannot be trusted does not hold up the others. */
static int visit_account(void *context, const char *name, const struct strbuf *value,
			 struct error *err)
{
	struct account_keys *keys = context;
	struct shared_account *shared = XNEW(struct shared_account);
	AUTO(error) struct error bad = ERROR_INIT;

	shared->value = (struct strbuf)STRBUF_INIT;
	strbuf_add(&shared->value, value->text, value->len);
	if (member_unseal(keys->member, FLEET_ACCOUNT, name, value, &shared->record, &bad) < 0 ||
	    key_from_pem(secret_peek(&shared->record.key), shared->record.key.len, &shared->key,
			 &bad) < 0) {
		log_warning("%s", bad.text);
		free_shared(shared);
		return 0;
	}
	shared->key_id = account_id_of_key(shared->key);
	map_set(&keys->accounts, name, shared);
	return 0;
}

/* Staged first, as before the CA is asked for a change: if this is cut short, whoever opens the
 * account finds the key and goes on. The old key is removed last (account_key.h). */
static int take_key(struct account_keys *keys, struct account *account,
		    const struct shared_account *shared, bool is_here, struct error *err)
{
	const struct account_place place = server_place(keys, shared);
	AUTO_FREE char *old_id = xstrdup(account->id);
	AUTO(account) struct account *settled = NULL;
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
	struct key *key = NULL;
	int rc;

	if (account_stage_key(&place, account, shared->key, err) < 0)
		return err->code;
	/* Loading the old id completes a change whose new account is stored already. */
	if (is_here)
		rc = account_load(&place, old_id, &settled, err);
	else if (account_staged_key(&place, account, &key, err) < 0 || !key)
		rc = error_set(err, ERR_IO, "the new key of account %s was not stored", old_id);
	else
		rc = account_replace_key(&place, account, key, err);
	keys->took |= rc == 0;
	if (rc == 0)
		ui_say(keys->ui, "Account %s has another key in the fleet; its id is now %s.",
		       old_id, shared->key_id);
	return rc;
}

/* Brings the account of that id here up to date, if there is one. */
static int update_here(struct account_keys *keys, const char *id,
		       const struct shared_account *shared, struct error *err)
{
	const struct account_place place = server_place(keys, shared);
	AUTO(strvec) struct strvec known = STRVEC_INIT;
	AUTO(account) struct account *account = NULL;
	AUTO(key) struct key *staged = NULL;

	if (account_list(&place, &known, err) < 0)
		return err->code;
	if (!strvec_contains(&known, id))
		return 0;
	if (account_load(&place, id, &account, err) < 0)
		return err->code;
	if (strcmp(account->uri, shared->record.url) != 0)
		return error_set(err, ERR_REFUSED,
				 "the fleet has the key of another account under the id %s", id);
	if (strcmp(shared->key_id, id) != 0)
		return take_key(keys, account, shared, strvec_contains(&known, shared->key_id),
				err);
	/* A change of the key that was cut short here: who opens the account learns from the CA
	 * what became of it, and the pull after that publishes it. */
	if (account_staged_key(&place, account, &staged, err) < 0)
		return err->code;
	keys->owes |= staged != NULL;
	return 0;
}

/* An account that cannot be brought up to date does not hold up certificates. */
static void update_or_warn(struct account_keys *keys, const struct map_entry *entry)
{
	AUTO(error) struct error failure = ERROR_INIT;

	if (update_here(keys, entry->key, entry->value, &failure) == 0)
		return;
	log_warning("cannot take the key of account %s over from the fleet: %s", entry->key,
		    failure.text);
	keys->owes = true;
}

/* The account here with the URL of a shared one whose key is another one; NULL: there is none. */
static int find_newer(const struct account_keys *keys, const struct shared_account *shared,
		      struct account **ret_account, struct error *err)
{
	const struct account_place place = server_place(keys, shared);
	AUTO(strvec) struct strvec known = STRVEC_INIT;

	if (account_list(&place, &known, err) < 0)
		return err->code;
	for (size_t i = 0; i < known.count; i++) {
		AUTO(account) struct account *account = NULL;

		if (account_load(&place, known.items[i], &account, err) < 0)
			return err->code;
		if (strcmp(account->uri, shared->record.url) != 0)
			continue;
		if (strcmp(account->id, shared->key_id) == 0)
			return 0;
		account_free(*ret_account);
		*ret_account = STEAL(account);
	}
	return 0;
}

/* Gives an id in the store the key of this machine. Another machine may have written meanwhile: the
 * next pull looks again. */
static int put_key(struct account_keys *keys, const char *id, const struct fleet_record *record,
		   struct error *err)
{
	struct fleet_place place = member_place(keys->member, FLEET_ACCOUNT, id);
	const struct shared_account *shared = map_get(&keys->accounts, id);
	AUTO(strbuf) struct strbuf nothing = STRBUF_INIT;

	if (member_write(keys->member, &place, record, shared ? &shared->value : &nothing, err) ==
	    0)
		return 0;
	if (err->code != ERR_EXISTS)
		return err->code;
	error_release(err);
	keys->owes = true;
	return 0;
}

/* The ids that the account has in the store, but for its newest. Those whose key is still their own
 * are either the first or the rest. */
static int put_old_ids(struct account_keys *keys, const char *newest, bool own_key_first,
		       const struct fleet_record *record, struct error *err)
{
	for (size_t i = 0; i < keys->accounts.count && !keys->owes; i++) {
		const struct map_entry *entry = &keys->accounts.entries[i];
		const struct shared_account *shared = entry->value;

		if (strcmp(shared->record.url, record->url) == 0 &&
		    strcmp(entry->key, newest) != 0 && strcmp(shared->key_id, newest) != 0 &&
		    (strcmp(shared->key_id, entry->key) == 0) == own_key_first &&
		    put_key(keys, entry->key, record, err) < 0)
			return err->code;
	}
	return 0;
}

/* The id before first, and the new one last. Wherever this stops, an id that has its own key has
 * the newest, and every other one leads to it. */
static int publish_key(struct account_keys *keys, const struct shared_account *old,
		       const struct account *account, struct error *err)
{
	AUTO(fleet_record) struct fleet_record record = FLEET_RECORD_INIT;

	record.kind = FLEET_ACCOUNT;
	record.server = xstrdup(old->record.server);
	record.url = xstrdup(account->uri);
	key_to_pem(account->key, &record.key);
	if (put_old_ids(keys, account->id, true, &record, err) < 0 ||
	    put_old_ids(keys, account->id, false, &record, err) < 0 ||
	    (!keys->owes && put_key(keys, account->id, &record, err) < 0))
		return err->code;
	return shared_bump_tip(keys->member, err);
}

static int list_accounts(struct account_keys *keys, struct error *err)
{
	const struct member_visit visit = {visit_account, keys};

	map_release(&keys->accounts);
	keys->accounts = (struct map)MAP_INIT(free_shared);
	return member_list(keys->member, FLEET_ACCOUNT, &visit, err);
}

/* Publishes one key, if this machine has one that the store lacks. Sets *ret_found if so. */
static int publish_next(struct account_keys *keys, bool *ret_found, struct error *err)
{
	for (size_t i = 0; i < keys->accounts.count; i++) {
		const struct shared_account *shared = keys->accounts.entries[i].value;
		AUTO(account) struct account *newer = NULL;

		if (find_newer(keys, shared, &newer, err) < 0)
			return err->code;
		*ret_found = newer != NULL;
		if (newer)
			return publish_key(keys, shared, newer, err);
	}
	return 0;
}

int account_keys_settle(struct member *member, const struct ui *ui, bool *ret_owes,
			struct error *err)
{
	AUTO(account_keys) struct account_keys keys = {
		.member = member, .ui = ui, .accounts = MAP_INIT(free_shared)};
	bool found = true;

	if (list_accounts(&keys, err) < 0)
		return err->code;
	do {
		keys.took = false;
		for (size_t i = 0; i < keys.accounts.count; i++)
			update_or_warn(&keys, &keys.accounts.entries[i]);
	} while (keys.took);
	/* Only now: what is here is as new as what the store has. */
	while (found && !keys.owes) {
		found = false;
		if (publish_next(&keys, &found, err) < 0 ||
		    (found && list_accounts(&keys, err) < 0))
			return err->code;
	}
	*ret_owes = keys.owes;
	return 0;
}
