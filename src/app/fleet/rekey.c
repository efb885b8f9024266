/*
 * Changing the fleet's key (see rekey.h). Each step can be repeated, and any machine can take any
 * of them: fleet/key.next and the seals in the store say how far it has got. A value is sealed
 * again only if it still is as it was read; what another machine writes at the same time is looked
 * at in the next round.
 */
#include "app/fleet/rekey.h"

#include <string.h>

#include "app/fleet/member/member_files.h"
#include "app/fleet/member/shared.h"
#include "base/alloc.h"
#include "base/log.h"
#include "crypto/aead.h"
#include "os/file/file.h"

/* More would mean that machines write with the old key all the time: the next run goes on. */
enum { MAX_ROUNDS = 3 };

struct rekey {
	struct member *member;
	enum fleet_kind kind;      /* the one that is being listed */
	const struct strvec *gone; /* machines that nobody waits for */
	struct strvec seen;        /* machines whose records are in the store */
	struct strvec missing;     /* machines that have not shown the new key */
	size_t sealed, left;       /* values sealed again, and those that could not be */
};

static void rekey_release(struct rekey *rekey)
{
	strvec_release(&rekey->seen);
	strvec_release(&rekey->missing);
}
DEFINE_AUTO(rekey, rekey_release);

static struct span span_of_value(const struct strbuf *value)
{
	return span_make(value->text, value->len);
}

static int make_next_key(struct member *member, struct error *err)
{
	AUTO_FREE char *path = member_files_path(member->settings, "key.next");
	struct secret *next = &member->ring.keys[1];

	/* Somebody copied the key that this machine has already. Any other has come since this
	 * process looked, and is a change that another machine has begun. */
	if (file_exists(path) &&
	    member_files_accept_next_key(member->settings, &member->ring.keys[0], err) < 0)
		return err->code;
	aead_make_key(next);
	if (member_files_write_next_key(member->settings, next, err) < 0)
		return err->code;
	member->ring.count = 2;
	return 0;
}

/* Of two machines that begin at the same time, each would wait for the other to get its key. */
static int visit_stranger(void *context, const char *name, const struct strbuf *value,
			  struct error *err)
{
	struct rekey *rekey = context;

	if (fleet_seal_is_by(&rekey->member->ring.keys[0], span_of_value(value)) ||
	    strvec_contains(rekey->gone, name) || strcmp(name, rekey->member->node) == 0)
		return 0;
	error_set(err, ERR_EXISTS, "%s has another key already, which this machine lacks", name);
	return error_hint(err,
			  "copy fleet/key.next from there to this machine; or, if it has none, "
			  "fleet/key");
}

static int begin_change(struct rekey *rekey, struct error *err)
{
	const struct member_visit visit = {visit_stranger, rekey};

	if (member_list(rekey->member, FLEET_NODE, &visit, err) < 0)
		return err->code;
	return make_next_key(rekey->member, err);
}

/* Signs, which shows that this machine has the new key. */
static int show_key(struct member *member, struct error *err)
{
	AUTO(fleet_record) struct fleet_record node = FLEET_RECORD_INIT;
	struct fleet_place place = member_place(member, FLEET_NODE, member->node);
	AUTO(error) struct error failure = ERROR_INIT;

	/* A change of the key that was given up has left one that nobody can open. */
	if (member_read(member, &place, &node, NULL, &failure) < 0 && failure.code != ERR_CONFIG)
		return error_move(err, &failure);
	return member_sign(member, node.generation, err);
}

/* Only opening the record proves that its machine has the key that the seal names. */
static int visit_node(void *context, const char *name, const struct strbuf *value,
		      struct error *err)
{
	struct rekey *rekey = context;
	const struct member *member = rekey->member;
	struct fleet_place place = member_place(member, FLEET_NODE, name);
	AUTO(fleet_record) struct fleet_record node = FLEET_RECORD_INIT;
	AUTO(error) struct error unread = ERROR_INIT;

	strvec_push(&rekey->seen, name);
	if (strvec_contains(rekey->gone, name))
		return member_delete(rekey->member, &place, NULL, err);
	if (!fleet_seal_is_by(member_next_key(member), span_of_value(value)) ||
	    member_unseal(member, FLEET_NODE, name, value, &node, &unread) < 0)
		strvec_push(&rekey->missing, name);
	return 0;
}

/* Anybody who reaches the store can delete a machine's record, and a store that was set back lacks
 * those that joined since: those that this machine remembers are waited for as well. */
static int find_missing(struct rekey *rekey, struct error *err)
{
	const struct member_visit visit = {visit_node, rekey};
	struct ini_section *root = ini_root(rekey->member->state);
	AUTO(strvec) struct strvec known = STRVEC_INIT, kept = STRVEC_INIT;
	AUTO(error) struct error none = ERROR_INIT;

	if (member_list(rekey->member, FLEET_NODE, &visit, err) < 0)
		return err->code;
	/* A machine that has not pulled yet remembers nobody. */
	(void)!ini_get_list(root, "members", &known, &none);
	for (size_t i = 0; i < known.count; i++) {
		if (strvec_contains(rekey->gone, known.items[i]))
			continue;
		strvec_push(&kept, known.items[i]);
		if (!strvec_contains(&rekey->seen, known.items[i]))
			strvec_push(&rekey->missing, known.items[i]);
	}
	if (kept.count == known.count)
		return 0;
	/* The next run need not be told again who is gone. */
	ini_set_list(root, "members", &kept);
	return member_save_state(rekey->member, err);
}

/* Once the fleet's record is sealed with the new key, nobody is waited for. Where no machine is
 * gone, find_missing() changes nothing. */
int rekey_list_missing(struct member *member, struct strvec *ret_names, struct error *err)
{
	const struct strvec nobody = STRVEC_INIT;
	AUTO(rekey) struct rekey rekey = {
		.member = member, .gone = &nobody, .seen = STRVEC_INIT, .missing = STRVEC_INIT};

	if (member->ring.count < 2 || member->next_seals)
		return 0;
	if (find_missing(&rekey, err) < 0)
		return err->code;
	strvec_extend(ret_names, &rekey.missing);
	return 0;
}

/* Changes the key of the fleet's record: from here on, all machines seal with the new one. */
static int change_meta(struct member *member, struct error *err)
{
	AUTO(fleet_record) struct fleet_record meta = FLEET_RECORD_INIT;
	AUTO(strbuf) struct strbuf value = STRBUF_INIT;
	struct fleet_place place = member_place(member, FLEET_META, "");

	if (member_read(member, &place, &meta, &value, err) < 0)
		return err->code;
	if (meta.kind != FLEET_META)
		return error_set(err, ERR_NOT_FOUND, "the fleet's record is not in etcd any more");
	member_seal_with_next(member);
	if (member_write(member, &place, &meta, &value, err) < 0)
		return err->code;
	return shared_bump_tip(member, err);
}

/* Seals one value again. One that neither key opens is left to the commands that report it. */
static int seal_again(struct rekey *rekey, const struct fleet_place *place,
		      const struct strbuf *value, struct error *err)
{
	struct member *member = rekey->member;
	AUTO(fleet_record) struct fleet_record record = FLEET_RECORD_INIT;
	AUTO(error) struct error failure = ERROR_INIT;

	if (!fleet_seal_is_by(&member->ring.keys[1], span_of_value(value)))
		return 0;
	if (fleet_unseal(&member->ring, place, span_of_value(value), &record, &failure) < 0) {
		log_warning("%s", failure.text);
		return 0;
	}
	if (member_write(member, place, &record, value, &failure) == 0)
		rekey->sealed++;
	else if (failure.code == ERR_EXISTS)
		rekey->left++;
	else
		return error_move(err, &failure);
	return 0;
}

static int visit_value(void *context, const char *name, const struct strbuf *value,
		       struct error *err)
{
	struct rekey *rekey = context;
	struct fleet_place place = member_place(rekey->member, rekey->kind, name);
	AUTO_FREE char *lineage = NULL;

	/* Ownership belongs to a lease, and ends with it. Until then its machine may still seal
	 * with the old key, in a process that began before the change. */
	if (rekey->kind == FLEET_OWNER) {
		rekey->left += fleet_seal_is_by(&rekey->member->ring.keys[1], span_of_value(value));
		return 0;
	}
	if (rekey->kind == FLEET_GENERATION &&
	    !member_generation_place(rekey->member, name, &lineage, &place))
		return 0;
	return seal_again(rekey, &place, value, err);
}

/* Owners come first: what one writes before it ends is then found under the other kinds. */
static int seal_all_again(struct rekey *rekey, struct error *err)
{
	static const enum fleet_kind kinds[] = {
		FLEET_OWNER, FLEET_HEAD,    FLEET_GENERATION, FLEET_CHAIN, FLEET_ORDER, FLEET_STATE,
		FLEET_WANT,  FLEET_ACCOUNT, FLEET_NODE,       FLEET_LIMIT, FLEET_BUDGET};
	const struct member_visit visit = {visit_value, rekey};

	rekey->left = 0;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		rekey->kind = kinds[i];
		if (member_list(rekey->member, kinds[i], &visit, err) < 0)
			return err->code;
	}
	return 0;
}

/* Seals the tip again, which has no name to be listed by. */
static int change_tip(struct rekey *rekey, struct error *err)
{
	struct member *member = rekey->member;
	AUTO(strbuf) struct strbuf value = STRBUF_INIT;
	AUTO(fleet_record) struct fleet_record tip = FLEET_RECORD_INIT;
	struct fleet_place place = member_place(member, FLEET_TIP, "");

	if (member_read(member, &place, &tip, &value, err) < 0)
		return err->code;
	if (!fleet_seal_is_by(&member->ring.keys[1], span_of_value(&value)))
		return 0;
	return shared_bump_tip(member, err);
}

static int drop_old_key(struct member *member, struct error *err)
{
	if (member_files_accept_next_key(member->settings, member_next_key(member), err) < 0)
		return err->code;
	secret_release(&member->ring.keys[1]);
	member->ring.count = 1;
	member->next_seals = false;
	return 0;
}

/* The machine that makes the key bumps the tip before anybody can have copied that key, so the pull
 * that follows the copy may find nothing new. And a change that was given up has left a record that
 * nobody can open: the next change would take this machine for a stranger. */
static int show_newest_key(struct member *member, const struct ui *ui, struct error *err)
{
	AUTO(fleet_record) struct fleet_record node = FLEET_RECORD_INIT;
	AUTO(strbuf) struct strbuf value = STRBUF_INIT;
	AUTO(error) struct error failure = ERROR_INIT;
	const struct secret *next = member_next_key(member);
	struct fleet_place place = member_place(member, FLEET_NODE, member->node);

	if (member_read(member, &place, &node, &value, &failure) < 0 && failure.code != ERR_CONFIG)
		return error_move(err, &failure);
	if (!value.len ||
	    fleet_seal_is_by(next ? next : &member->ring.keys[0], span_of_value(&value)))
		return 0;
	/* How many lineages this machine has was in the record: the pull counts them again. */
	if (error_is_set(&failure))
		member_forget_tip(member);
	if (member_sign(member, node.generation, err) < 0)
		return err->code;
	if (next)
		ui_say(ui, "This machine has shown the fleet that it has the new key.");
	return 0;
}

int rekey_finish(struct member *member, const struct ui *ui, struct error *err)
{
	AUTO(rekey) struct rekey rekey = {
		.member = member, .seen = STRVEC_INIT, .missing = STRVEC_INIT};
	unsigned rounds = 0;

	if (!member->next_seals)
		return show_newest_key(member, ui, err);
	do {
		if (seal_all_again(&rekey, err) < 0)
			return err->code;
	} while (rekey.left && ++rounds < MAX_ROUNDS);
	if (rekey.left) {
		log_warning("%zu values in etcd still change under the old key of the fleet: the "
			    "next run goes on.",
			    rekey.left);
		return 0;
	}
	if (change_tip(&rekey, err) < 0 || show_key(member, err) < 0 ||
	    drop_old_key(member, err) < 0)
		return err->code;
	ui_say(ui, "This machine has changed to the new key of the fleet, and has dropped the old "
		   "one.");
	return 0;
}

static void say_what_to_copy(const struct ui *ui, const struct member *member)
{
	AUTO_FREE char *path = member_files_path(member->settings, "key.next");

	ui_say(ui,
	       "The new key of the fleet is in %s. Keep a copy where you keep other secrets.\n"
	       "On each other machine:\n"
	       "  copy %s there, readable by root only\n"
	       "  certbot fleet pull\n"
	       "Then here again: certbot fleet rekey",
	       path, path);
}

/* Says which machines are waited for. */
static int wait_for_machines(struct rekey *rekey, bool is_new, const struct ui *ui,
			     struct error *err)
{
	AUTO_FREE char *names = strvec_join(&rekey->missing, ", ");

	result_set_texts(ui, "missing", &rekey->missing);
	if (is_new) {
		say_what_to_copy(ui, rekey->member);
		return 0;
	}
	error_set(err, ERR_BUSY, "these machines have not shown yet that they have the new key: %s",
		  names);
	return error_hint(err, "copy fleet/key.next to each, and run there: certbot fleet pull. A "
			       "machine that is gone: certbot fleet rekey NAME");
}

int rekey_member(struct member *member, const struct strvec *gone, const struct ui *ui,
		 struct error *err)
{
	AUTO(rekey) struct rekey rekey = {
		.member = member, .gone = gone, .seen = STRVEC_INIT, .missing = STRVEC_INIT};
	bool is_new = member->ring.count < 2;

	if (strvec_contains(gone, member->node))
		return error_set(err, ERR_USAGE, "%s is this machine", member->node);
	if (is_new && begin_change(&rekey, err) < 0)
		return err->code;
	if (!member->next_seals) {
		if (show_key(member, err) < 0 || find_missing(&rekey, err) < 0)
			return err->code;
		if (rekey.missing.count)
			return wait_for_machines(&rekey, is_new, ui, err);
		if (change_meta(member, err) < 0)
			return err->code;
	}
	result_set_texts(ui, "missing", &rekey.missing);
	return rekey_finish(member, ui, err);
}

int rekey_run(struct app *app, struct error *err)
{
	AUTO(member) struct member *member = NULL;

	if (member_open(&app->network, app->settings, &member, err) < 0)
		return err->code;
	return rekey_member(member, settings_list(app->settings, "fleet_gone"), app->ui, err);
}
