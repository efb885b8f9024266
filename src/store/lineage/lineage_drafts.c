/*
 * Writes the files of a generation as drafts and renames them (see lineage_drafts.h).
 *
 * All four are complete and durable as drafts before the first one is renamed, so a crash or an
 * error during the renames loses nothing: lineage_settle() renames the rest. Nothing here unlinks a
 * key that has a certificate.
 */
#include "store/lineage/lineage_drafts.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "crypto/key/token.h"
#include "base/ascii.h"
#include "base/log.h"
#include "crypto/cert/csr.h"
#include "os/file/folder.h"
#include "store/lineage/inventory.h"
#include "store/lineage/lineage.h"
#include "store/lineage/lineage_parts.h"

/* Bits of the previous key's mode that the next one gets: all that an admin may have opened to a
 * group, and reading by others. Certbot's rule. */
#define INHERITED_MODE 0074

static unsigned kinds_of(const struct inventory *inventory, unsigned version)
{
	for (size_t i = 0; i < inventory->count; i++)
		if (inventory->entries[i].version == version)
			return inventory->entries[i].kinds;
	return 0;
}

/* Hidden, and not ending in .pem: neither Certbot nor a server that loads "*.pem" takes it for a
 * certificate. */
char *lineage_draft_name(enum store_kind kind, const char *suffix)
{
	return xasprintf(".%s%s.pem.new", store_kind_name(kind), suffix);
}

static bool is_draft_of(const char *entry, const char *suffix)
{
	AUTO_FREE char *key = lineage_draft_name(STORE_PRIVKEY, suffix);

	/* Also those of keys that were set aside. */
	if (str_starts(entry, key))
		return true;
	for (int kind = 0; kind < STORE_KIND__COUNT; kind++) {
		AUTO_FREE char *draft = lineage_draft_name((enum store_kind)kind, suffix);

		if (strcmp(entry, draft) == 0)
			return true;
	}
	return false;
}

bool lineage_is_draft(const char *entry)
{
	for (size_t i = 0; entry[0] == '.' && lineage_suffixes[i]; i++)
		if (is_draft_of(entry, lineage_suffixes[i]))
			return true;
	return false;
}

bool lineage_has_only_drafts(const char *archive_dir)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;

	if (dir_list(archive_dir, "", &names, &ignored) < 0)
		return false;
	for (size_t i = 0; i < names.count; i++)
		if (!lineage_is_draft(names.items[i]))
			return false;
	return true;
}

/* Leaves the key's draft: a certificate may exist for it, and a key cannot be had again. */
int lineage_remove_open_drafts(const struct folder *archive, const char *suffix, struct error *err)
{
	for (int kind = 0; kind < STORE_KIND__COUNT; kind++) {
		AUTO_FREE char *draft = lineage_draft_name((enum store_kind)kind, suffix);

		if (kind != STORE_PRIVKEY && folder_remove(archive, draft, err) < 0)
			return err->code;
	}
	return 0;
}

int lineage_key_attributes(const struct lineage *lineage, struct file_attributes *ret,
			   struct error *err)
{
	const struct lineage *first = lineage->first ? lineage->first : lineage;
	struct stat previous;

	*ret = (struct file_attributes){.mode = 0600};
	if (first->is_unborn)
		return 0;
	/* Each key has its own readers; only the first of a second key has none of its own yet. */
	if ((lineage == first || !lineage->paths[STORE_PRIVKEY] ||
	     stat(lineage->paths[STORE_PRIVKEY], &previous) < 0) &&
	    stat(first->paths[STORE_PRIVKEY], &previous) < 0)
		return error_set_errno(err, errno, "cannot examine '%s'",
				       first->paths[STORE_PRIVKEY]);
	*ret = (struct file_attributes){
		.mode = 0600 | (previous.st_mode & INHERITED_MODE),
		.set_group = true,
		.gid = previous.st_gid,
		.as_far_as_allowed = true,
	};
	return 0;
}

static const char *suffix_of(const struct lineage_generation *generation)
{
	return generation->suffix ? generation->suffix : "";
}

/* A draft of another key that is whole may be that of a certificate: it gets out of the way.
 * Numbers rather than a time, so that two in one second do not collide. */
static int set_aside(const struct folder *archive, const char *draft, struct error *err)
{
	for (unsigned number = 1;; number++) {
		AUTO_FREE char *name = xasprintf("%s.%u", draft, number);

		if (!folder_has(archive, name))
			return folder_rename(archive, draft, name, err);
	}
}

/* With the same key in place (a second try, or one that was left by a crash) nothing is written. */
int lineage_draft_key(const struct folder *archive, const struct lineage_generation *generation,
		      const struct file_attributes *attributes, bool *ret_made, struct error *err)
{
	const struct secret *key = generation->key;
	AUTO_FREE char *draft = lineage_draft_name(STORE_PRIVKEY, suffix_of(generation));
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error unusable = ERROR_INIT;
	AUTO(key) struct key *other = NULL;
	const struct span bytes = span_make(secret_peek(key), key->len);
	bool was_read = folder_read(archive, draft, LINEAGE_MAX_FILE, &text, &unusable) == 0;
	bool is_same = was_read && text.len == bytes.len &&
		       memcmp(text.text, bytes.ptr, bytes.len) == 0;
	bool is_key = was_read && !is_same &&
		      (key_pem_is_in_token(text.text, text.len) ||
		       key_from_pem(text.text, text.len, &other, &unusable) == 0);

	secret_wipe(text.text, text.len);
	*ret_made = !is_same;
	if (is_same)
		return 0;
	if ((is_key ? set_aside(archive, draft, err) : folder_remove(archive, draft, err)) < 0)
		return err->code;
	return folder_create(archive, draft, bytes, attributes, err);
}

/* An open file, with that name as a draft. */
struct draft {
	const char *suffix;
	enum store_kind kind;
	mode_t mode;
};

static int write_draft(const struct folder *archive, const struct draft *of, struct span text,
		       struct error *err)
{
	AUTO_FREE char *draft = lineage_draft_name(of->kind, of->suffix);
	const struct file_attributes open = {.mode = of->mode};
	const struct file_attributes *attributes = &open;

	/* The room that was reserved, or what a crash left. */
	if (folder_has(archive, draft))
		return folder_fill(archive, draft, text, err);
	return folder_create(archive, draft, text, attributes, err);
}

int lineage_write_drafts(const struct folder *archive, const struct lineage_generation *generation,
			 const struct file_attributes *key_attributes, struct error *err)
{
	AUTO(strbuf) struct strbuf fullchain = STRBUF_INIT;
	const char *suffix = suffix_of(generation);
	mode_t mode = generation->file_mode ? generation->file_mode : folder_cut_by_umask(0644);
	bool made;
	const struct span cert = span_make(generation->cert->text, generation->cert->len);
	const struct span chain = span_make(generation->chain->text, generation->chain->len);

	strbuf_add(&fullchain, cert.ptr, cert.len);
	strbuf_add(&fullchain, chain.ptr, chain.len);
	/* The key first: if anything is stored of this generation, that is. */
	if (lineage_draft_key(archive, generation, key_attributes, &made, err) < 0 ||
	    write_draft(archive, &(struct draft){suffix, STORE_CERT, mode}, cert, err) < 0 ||
	    write_draft(archive, &(struct draft){suffix, STORE_CHAIN, mode}, chain, err) < 0)
		return err->code;
	return write_draft(archive, &(struct draft){suffix, STORE_FULLCHAIN, mode},
			   span_make(fullchain.text, fullchain.len), err);
}

/* The four files of a generation, of which those of the kinds in `named` have their names. */
struct files {
	const char *suffix;
	unsigned version, named;
};

/* Gives the others their names. The certificate comes first, for lineage_has_pending(). */
static int name_drafts(const struct folder *archive, const struct files *files, struct error *err)
{
	for (int kind = 0; kind < STORE_KIND__COUNT; kind++) {
		AUTO_FREE char *draft = lineage_draft_name((enum store_kind)kind, files->suffix);
		AUTO_FREE char *name = store_suffixed_version_name((enum store_kind)kind,
								   files->suffix, files->version);

		if (!(files->named & 1U << kind) && folder_rename(archive, draft, name, err) < 0)
			return err->code;
	}
	return folder_sync(archive, err);
}

int lineage_name_drafts(const struct folder *archive, unsigned version, unsigned named,
			struct error *err)
{
	return name_drafts(archive, &(struct files){"", version, named}, err);
}

/* Drafts that were written when the certificate came stay as they are: writing them again would
 * leave a moment in which they are not whole. */
static int write_missing_drafts(const struct folder *archive,
				const struct lineage_generation *generation,
				const struct file_attributes *key_attributes, struct error *err)
{
	return generation->is_drafted
		       ? 0
		       : lineage_write_drafts(archive, generation, key_attributes, err);
}

int lineage_write_generation(const struct folder *archive, unsigned version,
			     const struct lineage_generation *generation,
			     const struct file_attributes *key_attributes, struct error *err)
{
	const struct lineage_generation *second = generation->second;
	AUTO(error) struct error stays = ERROR_INIT;

	/* The first's last: without them whole, those of the second are nothing. */
	if ((!second || lineage_write_drafts(archive, second, key_attributes, err) == 0) &&
	    write_missing_drafts(archive, generation, key_attributes, err) == 0) {
		if (name_drafts(archive, &(struct files){suffix_of(generation), version, 0}, err) <
			    0 ||
		    (second &&
		     name_drafts(archive, &(struct files){suffix_of(second), version, 0}, err) < 0))
			return err->code;
		return 0;
	}
	if ((!generation->is_drafted &&
	     lineage_remove_open_drafts(archive, suffix_of(generation), &stays) < 0) ||
	    (second && lineage_remove_open_drafts(archive, suffix_of(second), &stays) < 0))
		log_debug("a draft is left behind: %s", stays.text);
	return err->code;
}

/* A key is decoded in full, for one that a crash cut short may still have its public half. */
static bool key_fits(const struct cert *cert, const struct strbuf *pem)
{
	AUTO(key) struct key *key = NULL;
	AUTO(error) struct error unusable = ERROR_INIT;
	bool fits = false;

	if (csr_is_pem(pem->text, pem->len))
		return cert_matches_key_pem(cert, pem->text, pem->len, &fits, &unusable) == 0 &&
		       fits;
	return key_from_pem(pem->text, pem->len, &key, &unusable) == 0 &&
	       cert_matches_key(cert, key);
}

/* Do these files, some with their names and some as drafts, make a whole generation? Decided by
 * content: file names alone do not tell whether a crash has left a file short. */
static bool is_whole(const struct folder *archive, const struct files *files)
{
	struct strbuf texts[STORE_KIND__COUNT];
	AUTO(cert) struct cert *cert = NULL;
	AUTO(error) struct error unusable = ERROR_INIT;
	bool whole = true;

	for (int kind = 0; kind < STORE_KIND__COUNT; kind++) {
		AUTO_FREE char *name =
			files->named & 1U << kind
				? store_suffixed_version_name((enum store_kind)kind, files->suffix,
							      files->version)
				: lineage_draft_name((enum store_kind)kind, files->suffix);

		strbuf_init(&texts[kind]);
		whole = whole &&
			folder_read(archive, name, LINEAGE_MAX_FILE, &texts[kind], &unusable) == 0;
	}
	whole = whole &&
		cert_from_pem(texts[STORE_CERT].text, texts[STORE_CERT].len, &cert, &unusable) ==
			0 &&
		key_fits(cert, &texts[STORE_PRIVKEY]);
	strbuf_add(&texts[STORE_CERT], texts[STORE_CHAIN].text, texts[STORE_CHAIN].len);
	whole = whole && texts[STORE_CERT].len == texts[STORE_FULLCHAIN].len &&
		memcmp(texts[STORE_CERT].text, texts[STORE_FULLCHAIN].text,
		       texts[STORE_CERT].len) == 0;
	secret_wipe(texts[STORE_PRIVKEY].text, texts[STORE_PRIVKEY].len);
	for (int kind = 0; kind < STORE_KIND__COUNT; kind++)
		strbuf_release(&texts[kind]);
	return whole;
}

static bool has_open_drafts(const struct folder *archive, const char *suffix)
{
	for (int kind = 0; kind < STORE_KIND__COUNT; kind++) {
		AUTO_FREE char *draft = lineage_draft_name((enum store_kind)kind, suffix);

		if (kind != STORE_PRIVKEY && folder_has(archive, draft))
			return true;
	}
	return false;
}

/* Two versions come into question: the highest, if some files have that name already, and the next
 * of both keys, which none has. `ret_was_removed` tells that there were drafts, and no whole
 * generation. */
static int settle_first(const struct folder *archive, const struct inventory *second,
			bool *ret_was_removed, struct error *err)
{
	AUTO(inventory) struct inventory inventory = INVENTORY_INIT;
	unsigned versions[2];

	if (inventory_take(archive->path, "", &inventory, err) < 0)
		return err->code;
	versions[0] = inventory_highest(&inventory);
	versions[1] = (versions[0] > inventory_highest(second) ? versions[0]
							       : inventory_highest(second)) +
		      1;
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		const struct files files = {"", versions[i], kinds_of(&inventory, versions[i])};

		if (files.version && files.named != ALL_KINDS && is_whole(archive, &files))
			return name_drafts(archive, &files, err);
	}
	*ret_was_removed = has_open_drafts(archive, "");
	return lineage_remove_open_drafts(archive, "", err);
}

/* The second key's are named last, so by now the first's tell the number: theirs is the newest that
 * is whole. If their drafts were not whole, nothing was named yet, and what there is of the second
 * belongs to no generation; nor does it where the second is ahead. */
static int settle_second(const struct folder *archive, const char *suffix,
			 const struct inventory *inventory, struct error *err)
{
	struct files files = {suffix, inventory_latest(archive->path, "", UINT_MAX), 0};

	files.named = kinds_of(inventory, files.version);
	if (files.version && inventory_highest(inventory) <= files.version &&
	    files.named != ALL_KINDS && is_whole(archive, &files))
		return name_drafts(archive, &files, err);
	return lineage_remove_open_drafts(archive, suffix, err);
}

int lineage_settle(const struct lineage *lineage, struct error *err)
{
	AUTO(folder) struct folder archive = FOLDER_INIT;
	AUTO(strvec) struct strvec drafts = STRVEC_INIT;
	AUTO(inventory) struct inventory second = INVENTORY_INIT;
	const char *suffix = lineage->second ? lineage->second->suffix : NULL;
	bool was_removed = false;

	if (dir_list(lineage->archive_dir, ".new", &drafts, err) < 0)
		return err->code;
	if (!drafts.count)
		return 0;
	if ((suffix && inventory_take(lineage->archive_dir, suffix, &second, err) < 0) ||
	    folder_open(lineage->archive_dir, &archive, err) < 0 ||
	    settle_first(&archive, &second, &was_removed, err) < 0)
		return err->code;
	if (!suffix)
		return 0;
	return was_removed ? lineage_remove_open_drafts(&archive, suffix, err)
			   : settle_second(&archive, suffix, &second, err);
}
