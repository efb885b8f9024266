/*
 * Generations in archive/: adds one, deploys the newest, removes old ones (see
 * lineage_generation.h).
 */
#include "store/lineage/lineage_generation.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "codec/datetime.h"
#include "os/file/folder.h"
#include "store/lineage/inventory.h"
#include "store/lineage/lineage.h"
#include "store/lineage/lineage_conf.h"
#include "store/lineage/lineage_drafts.h"
#include "store/lineage/lineage_live.h"
#include "store/lineage/lineage_parts.h"
#include "store/lineage/live.h"

/* Generations kept besides the current one. As many as Certbot keeps: enough to go back by hand,
 * and a lineage that is renewed weekly does not fill the disk. */
#define KEPT_BEFORE 5

/* Where an `undo` went back: the generation to be shown, and the newest that is passed over for it.
 * Without this on record, a newer one would be a switch that a crash has interrupted. */
#define HOLD_SECTION "renewal_state"
#define HOLD_VERSION "shown_version"
#define HOLD_OVER "shown_over"

static unsigned read_hold(const struct lineage *lineage, const char *key)
{
	const struct ini_section *section = ini_find_section(ini_root(lineage->conf), HOLD_SECTION);
	const char *text = section ? ini_peek(section, key) : NULL;
	int64_t version = 0;

	return text && str_to_int64(text, 1, INT32_MAX, &version) ? (unsigned)version : 0;
}

/* Of the newest generation there is nothing to hold. */
static void note_hold(struct lineage *lineage, unsigned version, unsigned latest)
{
	AUTO_FREE char *shown = NULL, *over = NULL;
	struct ini_section *section;

	if (version >= latest) {
		ini_drop(lineage->conf, HOLD_SECTION, HOLD_VERSION);
		ini_drop(lineage->conf, HOLD_SECTION, HOLD_OVER);
		return;
	}
	shown = xasprintf("%u", version);
	over = xasprintf("%u", latest);
	section = ini_add_section(ini_root(lineage->conf), HOLD_SECTION);
	ini_set(section, HOLD_VERSION, shown);
	ini_set(section, HOLD_OVER, over);
}

/* The generation that ought to be shown; 0: there is none. */
static unsigned wanted_version(const struct lineage *lineage, unsigned latest)
{
	return latest && latest <= read_hold(lineage, HOLD_OVER) ? read_hold(lineage, HOLD_VERSION)
								 : latest;
}

/* Fullchain's is written and named last. */
static bool has_last_draft(const struct lineage *lineage)
{
	AUTO_FREE char *draft = lineage_draft_name(STORE_FULLCHAIN, lineage->suffix);
	AUTO_FREE char *path = path_join(lineage->archive_dir, draft);

	return file_exists(path);
}

/* The generation of the companion that ought to be shown with that one of the first, if it is not;
 * 0: what is shown stays. */
static unsigned second_undeployed(const struct lineage *lineage, unsigned version)
{
	const struct lineage *second = lineage->second;
	unsigned wanted;

	if (!second || (second->current == version && !second->is_mixed))
		return 0;
	wanted = lineage_second_version(lineage, version);
	return wanted != second->current || second->is_mixed ? wanted : 0;
}

static bool second_is_pending(const struct lineage *lineage)
{
	return has_last_draft(lineage->second) || second_undeployed(lineage, lineage->current) > 0;
}

/* Asked for each lineage in each run, so a file that exists is looked for first. The directory is
 * only listed if there may be something. */
bool lineage_has_pending(const struct lineage *lineage)
{
	AUTO_FREE char *name = store_version_name(STORE_CERT, lineage->current + 1);
	AUTO_FREE char *path = path_join(lineage->archive_dir, name);

	if (has_last_draft(lineage) || (lineage->second && second_is_pending(lineage)))
		return true;
	return lineage->is_mixed
		       ? lineage_latest_version(lineage) > 0
		       : file_exists(path) &&
				 wanted_version(lineage, lineage_latest_version(lineage)) >
					 lineage->current;
}

static int find_cert_key(const struct lineage_generation *generation, struct strbuf *ret_digest,
			 struct error *err)
{
	const struct strbuf *known = generation->cert_key;
	AUTO(cert) struct cert *cert = NULL;

	if (known) {
		strbuf_add(ret_digest, known->text, known->len);
		return 0;
	}
	if (cert_from_pem(generation->cert->text, generation->cert->len, &cert, err) < 0)
		return err->code;
	return cert_public_digest(cert, ret_digest, err);
}

static int find_public_key(const struct lineage_generation *generation, struct strbuf *ret_digest,
			   struct error *err)
{
	const struct strbuf *known = generation->public_key;
	AUTO(key) struct key *key = NULL;

	if (known) {
		strbuf_add(ret_digest, known->text, known->len);
		return 0;
	}
	if (key_from_pem(secret_peek(generation->key), generation->key->len, &key, err) < 0)
		return err->code;
	key_public_digest(key, ret_digest);
	return 0;
}

/* A key that does not fit would be noticed by the server at its next start, perhaps months
 * later. */
static int check_pair(const struct lineage_generation *generation, struct error *err)
{
	AUTO(strbuf) struct strbuf wanted = STRBUF_INIT;
	AUTO(strbuf) struct strbuf found = STRBUF_INIT;

	if (find_cert_key(generation, &found, err) < 0 ||
	    find_public_key(generation, &wanted, err) < 0)
		return error_wrap(err, "cannot store the certificate");
	if (found.len != wanted.len || memcmp(found.text, wanted.text, wanted.len) != 0)
		return error_set(err, ERR_REFUSED,
				 "cannot store the certificate: the key does not match");
	return 0;
}

int lineage_check_generation(const struct lineage_generation *generation, struct error *err)
{
	if (check_pair(generation, err) < 0)
		return err->code;
	return generation->second ? check_pair(generation->second, err) : 0;
}

/* One more than the highest number there is, complete or not: no file is ever overwritten. A second
 * key alone catches up with the first, whose generation lacks it. */
int lineage_choose_version(const struct lineage *lineage,
			   const struct lineage_generation *generation, unsigned *ret_version,
			   struct error *err)
{
	AUTO(inventory) struct inventory inventory = INVENTORY_INIT;
	AUTO(inventory) struct inventory second = INVENTORY_INIT;

	if (generation->suffix && generation->suffix[0]) {
		*ret_version = lineage_second_gap(lineage);
		return *ret_version ? 0
				    : error_set(err, ERR_EXISTS,
						"'%s' has files of its second key that are as new "
						"as its first",
						lineage->archive_dir);
	}
	if (inventory_take(lineage->archive_dir, "", &inventory, err) < 0 ||
	    (lineage->second &&
	     inventory_take(lineage->archive_dir, lineage->second->suffix, &second, err) < 0))
		return err->code;
	*ret_version = inventory_highest(&inventory) > inventory_highest(&second)
			       ? inventory_highest(&inventory) + 1
			       : inventory_highest(&second) + 1;
	return 0;
}

int lineage_add_generation(struct lineage *lineage, const struct lineage_generation *generation,
			   struct error *err)
{
	AUTO(folder) struct folder archive = FOLDER_INIT;
	struct file_attributes key_attributes;
	unsigned version = 0;

	if (lineage_check_generation(generation, err) < 0 || lineage_fill_conf(lineage, err) < 0 ||
	    lineage_choose_version(lineage, generation, &version, err) < 0 ||
	    folder_open(lineage->archive_dir, &archive, err) < 0 ||
	    lineage_key_attributes(lineage, &key_attributes, err) < 0 ||
	    lineage_write_generation(&archive, version, generation, &key_attributes, err) < 0)
		return error_wrap(err, "cannot store a generation of '%s'", lineage->name);
	lineage->added = version;
	return lineage_save_conf(lineage, err);
}

/* Texts of the links to a generation: in the directory in which they point now. */
static void make_targets(const struct lineage *lineage, unsigned version,
			 char *ret_targets[STORE_KIND__COUNT])
{
	for (int kind = 0; kind < STORE_KIND__COUNT; kind++) {
		AUTO_FREE char *name = store_suffixed_version_name((enum store_kind)kind,
								   lineage->suffix, version);
		AUTO_FREE char *dir = NULL;

		/* A second key has no links yet. */
		if (!lineage->targets[kind]) {
			ret_targets[kind] = lineage_archive_target(lineage, (enum store_kind)kind,
								   version);
			continue;
		}
		dir = path_dirname(lineage->targets[kind]);

		ret_targets[kind] = strchr(lineage->targets[kind], '/') ? path_join(dir, name)
									: STEAL(name);
	}
}

static int refuse_generation(const struct lineage *lineage, const char *reason, struct error *err)
{
	return error_set(err, ERR_REFUSED, "the newest certificate of '%s' is not used: %s",
			 lineage->name, reason);
}

static int refuse_unreadable(const struct lineage *lineage, struct error *err)
{
	error_wrap(err, "the newest certificate of '%s' is not used", lineage->name);
	return error_recode(err, ERR_REFUSED);
}

/* Somebody may have restored an old archive, or set the clock back. The certificate that is valid
 * for longer stays. */
static int check_expiry(struct lineage *lineage, const struct cert *newest, struct error *err)
{
	AUTO(error) struct error unreadable = ERROR_INIT;
	const struct cert *shown = NULL;
	AUTO_FREE char *reason = NULL, *wanted = NULL, *present = NULL;

	/* A damaged or mixed set is not worth keeping. */
	if (lineage->is_mixed || lineage_cert(lineage, &shown, &unreadable) < 0 ||
	    cert_not_after(newest) >= cert_not_after(shown))
		return 0;
	wanted = datetime_rfc3339(cert_not_after(newest));
	present = datetime_rfc3339(cert_not_after(shown));
	reason = xasprintf("it expires at %s, earlier than the current one (%s)", wanted, present);
	return refuse_generation(lineage, reason, err);
}

/* Certbot writes the files one after the other: a crash may have left the last ones short. `pem`
 * is the text of the certificate. */
static int check_fullchain(const struct lineage *lineage, const struct strvec *paths,
			   struct strbuf *pem, struct error *err)
{
	AUTO(strbuf) struct strbuf fullchain = STRBUF_INIT;

	if (file_read(paths->items[STORE_CHAIN], LINEAGE_MAX_FILE, pem, err) < 0 ||
	    file_read(paths->items[STORE_FULLCHAIN], LINEAGE_MAX_FILE, &fullchain, err) < 0)
		return err->code;
	if (pem->len != fullchain.len || memcmp(pem->text, fullchain.text, pem->len) != 0)
		return refuse_generation(lineage,
					 "its fullchain is not the certificate followed by the "
					 "chain",
					 err);
	return 0;
}

/* By the public half that the file has as well: decoding the private one would take as long as all
 * else that is done here. */
static int check_key_file(const struct lineage *lineage, const char *path, const struct cert *cert,
			  struct error *err)
{
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
	bool matches = false;
	int rc = file_read(path, LINEAGE_MAX_FILE, &pem, err);

	if (rc == 0 && cert_matches_key_pem(cert, pem.text, pem.len, &matches, err) < 0)
		rc = error_wrap(err, "cannot use '%s'", path);
	secret_wipe(pem.text, pem.len);
	if (rc < 0)
		return refuse_unreadable(lineage, err);
	return matches ? 0 : refuse_generation(lineage, "its key does not match", err);
}

/* The files that the links would lead to: whole, the key fits, not worse than now. */
static int check_targets(struct lineage *lineage, char *const *targets, unsigned flags,
			 struct error *err)
{
	AUTO(strvec) struct strvec paths = STRVEC_INIT;
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
	AUTO(cert) struct cert *cert = NULL;

	for (int kind = 0; kind < STORE_KIND__COUNT; kind++)
		strvec_give(&paths, live_target_path(lineage->paths[kind], targets[kind]));
	if (lineage_read_cert_file(paths.items[STORE_CERT], &pem, &cert, err) < 0)
		return refuse_unreadable(lineage, err);
	if (check_key_file(lineage, paths.items[STORE_PRIVKEY], cert, err) < 0 ||
	    check_fullchain(lineage, &paths, &pem, err) < 0)
		return err->code;
	return flags & LINEAGE_ALLOW_OLDER ? 0 : check_expiry(lineage, cert, err);
}

/* Where all links of a lineage are to lead. */
struct targets {
	char *texts[LIVE_LINKS_MAX];
	size_t count;
};

static void targets_release(struct targets *targets)
{
	for (size_t i = 0; i < LIVE_LINKS_MAX; i++)
		free(targets->texts[i]);
}
DEFINE_AUTO(targets, targets_release);

/* A companion that cannot be used stays as it is: the first key's certificate does not wait for
 * it. */
static void add_second_targets(struct lineage *lineage, unsigned version, unsigned flags,
			       struct targets *targets)
{
	AUTO(error) struct error refused = ERROR_INIT;
	unsigned wanted = lineage_second_version(lineage, version);

	if (!wanted)
		return;
	make_targets(lineage->second, wanted, targets->texts + STORE_KIND__COUNT);
	if (check_targets(lineage->second, targets->texts + STORE_KIND__COUNT, flags, &refused) < 0)
		log_warning("The second key of %s stays as it is: %s", lineage->name, refused.text);
	else
		targets->count = LIVE_LINKS_MAX;
}

/* The debts of the change are recorded before it. */
static int switch_links(struct lineage *lineage, const struct targets *targets,
			struct lineage_deployment *deployment, struct error *err)
{
	struct live_links links = lineage_links_of(lineage);

	links.count = targets->count;
	deployment->note(deployment->debts, lineage->conf);
	if (lineage_save_conf(lineage, err) < 0 || lineage_make_live_dir(lineage, err) < 0 ||
	    live_switch(&links, targets->texts, err) < 0)
		return err->code;
	deployment->switched = true;
	cert_free(STEAL(lineage->cert));
	return lineage_read_links(lineage, err);
}

static bool is_undeployed(const struct lineage *lineage, unsigned wanted)
{
	return wanted > 0 && (wanted > lineage->current || lineage->is_mixed ||
			      second_undeployed(lineage, wanted) > 0);
}

static int show_version(struct lineage *lineage, unsigned version, unsigned latest,
			struct lineage_deployment *deployment, struct error *err)
{
	AUTO(targets) struct targets targets = {.count = STORE_KIND__COUNT};

	note_hold(lineage, version, latest);
	make_targets(lineage, version, targets.texts);
	if (check_targets(lineage, targets.texts, deployment->flags, err) < 0)
		return err->code;
	if (lineage->second) {
		add_second_targets(lineage, version, deployment->flags, &targets);
		/* Nothing but the companion was to be changed. */
		if (targets.count == STORE_KIND__COUNT && version == lineage->current &&
		    !lineage->is_mixed)
			return 0;
	}
	return switch_links(lineage, &targets, deployment, err);
}

int lineage_show(struct lineage *lineage, unsigned version, struct lineage_deployment *deployment,
		 struct error *err)
{
	deployment->switched = false;
	return show_version(lineage, version, lineage_latest_version(lineage), deployment, err);
}

/* Also called where nothing was issued: it is how an interrupted switch is finished. */
int lineage_deploy(struct lineage *lineage, struct lineage_deployment *deployment,
		   struct error *err)
{
	AUTO(error) struct error unchanged = ERROR_INIT;
	unsigned latest, wanted;

	deployment->switched = false;
	if (lineage_settle(lineage, err) < 0)
		return err->code;
	latest = lineage_latest_version(lineage);
	wanted = wanted_version(lineage, latest);
	/* Another lineage that shares the files may have been here since they were read. */
	if (is_undeployed(lineage, wanted) && lineage_read_links(lineage, &unchanged) < 0)
		log_debug("'%s' is repaired: %s", lineage->name, unchanged.text);
	if (!is_undeployed(lineage, wanted))
		return 0;
	return show_version(lineage, wanted, latest, deployment, err);
}

/* Old archives have keys that are links to the key of an earlier generation. */
static void find_linked_keys(const struct folder *archive, const struct inventory *inventory,
			     unsigned oldest_kept, struct strvec *ret_names)
{
	for (size_t i = 0; i < inventory->count; i++) {
		AUTO_FREE char *name = store_version_name(STORE_PRIVKEY,
							  inventory->entries[i].version);
		AUTO_FREE char *target = NULL;

		if (inventory->entries[i].version < oldest_kept)
			continue;
		target = folder_link_target(archive, name);
		if (target)
			strvec_push(ret_names, path_basename(target));
	}
}

/* Removes a generation of the lineage's own key or of the second. */
static void remove_generation(const struct lineage *lineage, const struct folder *archive,
			      unsigned version, const struct strvec *needed)
{
	for (int kind = 0; kind < STORE_KIND__COUNT; kind++) {
		AUTO_FREE char *name = store_suffixed_version_name((enum store_kind)kind,
								   lineage->suffix, version);
		AUTO(error) struct error err = ERROR_INIT;

		if (!strvec_contains(needed, name) && folder_remove(archive, name, &err) < 0)
			log_debug("an old generation stays: %s", err.text);
	}
}

/* After the switch, and failing quietly: an old generation that stays harms nobody. Each key by the
 * generation that is shown of it: that of a companion may be far behind. */
void lineage_prune(struct lineage *lineage)
{
	AUTO(folder) struct folder archive = FOLDER_INIT;
	AUTO(inventory) struct inventory inventory = INVENTORY_INIT;
	AUTO(strvec) struct strvec needed = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	unsigned oldest_kept;

	if (lineage->second)
		lineage_prune(lineage->second);
	if (lineage->current <= KEPT_BEFORE + 1)
		return;
	oldest_kept = lineage->current - KEPT_BEFORE;
	if (inventory_take(lineage->archive_dir, lineage->suffix, &inventory, &err) < 0 ||
	    folder_open(lineage->archive_dir, &archive, &err) < 0) {
		log_debug("old generations stay: %s", err.text);
		return;
	}
	find_linked_keys(&archive, &inventory, oldest_kept, &needed);
	for (size_t i = 0; i < inventory.count; i++)
		if (inventory.entries[i].version < oldest_kept)
			remove_generation(lineage, &archive, inventory.entries[i].version, &needed);
}
