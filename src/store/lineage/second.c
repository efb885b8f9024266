/*
 * The second key of a lineage: `--key-type ecdsa,rsa`.
 *
 * The first type is the lineage itself, as Certbot knows it. The second is a companion: a struct
 * lineage of its own that shares directories and conf with the first, and whose files have a suffix
 * to their names (live/NAME/cert-rsa.pem, archive/NAME/cert-rsa7.pem). Reading, checking and
 * reporting it is what is done for any lineage; only storing knows of both:
 *
 *  - The conf says `second_key_type = rsa` in [services], which Certbot keeps and ignores.
 *  - Both are numbered together: generation 7 is cert7.pem ... and cert-rsa7.pem ... A generation
 *    that Certbot has added, or one of which only the first was issued, lacks the second. With
 *    generation N of the first goes the newest whole one of the second up to N.
 *  - All eight files are whole as drafts before the first gets its name; lineage_settle() names
 *    all or none.
 *  - live_switch() takes all eight links in one step, by the same twin directory.
 *  - A second that is behind the first is renewed alone, under the first's number.
 *  - A conf that no longer names it leaves its files and links alone, for a server may still have
 *    them; only deletion removes them.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "os/file/file.h"
#include "store/lineage/inventory.h"
#include "store/lineage/lineage_parts.h"

#define SECTION "services"
#define KEY "second_key_type"

const char *const lineage_suffixes[] = {"", "-rsa", "-ecdsa", NULL};

const char *lineage_suffix(const struct lineage *lineage)
{
	return lineage->suffix;
}

struct lineage *lineage_second(const struct lineage *lineage)
{
	return lineage->second;
}

const char *lineage_second_type(const struct lineage *companion)
{
	return companion && companion->first ? companion->suffix + 1 : NULL;
}

struct lineage *lineage_second_shown(const struct lineage *lineage)
{
	return lineage->second && lineage->second->current ? lineage->second : NULL;
}

void lineage_shown_keys(struct lineage *lineage, struct lineage *ret_keys[static LINEAGE_MAX_KEYS])
{
	ret_keys[0] = lineage;
	ret_keys[1] = lineage_second_shown(lineage);
}

bool lineage_second_is_behind(const struct lineage *lineage)
{
	return lineage->second && lineage->second->current < lineage->current;
}

/* Its numbers only grow: where a damaged generation of it is in the way, or one that an `undo` has
 * gone back from, only a whole new generation of both helps. */
unsigned lineage_second_gap(const struct lineage *lineage)
{
	unsigned latest = lineage_latest_version(lineage);
	AUTO(inventory) struct inventory inventory = INVENTORY_INIT;
	AUTO(error) struct error unreadable = ERROR_INIT;

	if (!lineage->second || inventory_take(lineage->archive_dir, lineage->second->suffix,
					       &inventory, &unreadable) < 0)
		return 0;
	return inventory_highest(&inventory) < latest ? latest : 0;
}

/* The suffix of a type. Only known types have one: the word becomes part of paths. */
static const char *suffix_of_type(const char *key_type)
{
	for (size_t i = 1; lineage_suffixes[i]; i++)
		if (str_eq_or_null(key_type, lineage_suffixes[i] + 1))
			return lineage_suffixes[i];
	return NULL;
}

/* The suffix that the conf names. Somebody may have had Certbot make the first key of the same type
 * since, which leaves the second to itself. */
static const char *suffix_of_conf(const struct ini *conf, bool *ret_is_left)
{
	const struct ini_section *section = ini_find_section(ini_root(conf), SECTION);
	const struct ini_section *params = ini_find_section(ini_root(conf), "renewalparams");
	const char *type = section ? ini_peek(section, KEY) : NULL;

	*ret_is_left = type && params && str_eq_or_null(type, ini_peek(params, "key_type"));
	return type ? suffix_of_type(type) : NULL;
}

/* A type that is left counts as none: what was typed at Certbot is the later decision. */
const char *lineage_second_of_conf(const struct ini *conf)
{
	bool is_left;
	const char *suffix = suffix_of_conf(conf, &is_left);

	return suffix && !is_left ? suffix + 1 : NULL;
}

const char *lineage_second_left(const struct lineage *lineage)
{
	bool is_left;
	const char *suffix = suffix_of_conf(lineage->conf, &is_left);
	AUTO_FREE char *name = NULL, *path = NULL;

	if (!suffix || !is_left)
		return NULL;
	name = xasprintf("cert%s.pem", suffix);
	path = path_join(lineage->live_dir, name);
	return file_exists(path) ? suffix + 1 : NULL;
}

char *lineage_second_remedy(const struct lineage *lineage)
{
	const char *type = lineage_second_left(lineage);

	if (!type)
		return NULL;
	return xasprintf("certbot renew --cert-name %s --force-renewal --key-type %s,%s for both "
			 "keys, or --key-type %s for one",
			 lineage->name, strcmp(type, "rsa") == 0 ? "ecdsa" : "rsa", type, type);
}

/* Its links are next to those of the first, with names that are always ours: a conf can only name
 * others for the first. */
static struct lineage *make_companion(const struct lineage *lineage, const char *suffix)
{
	struct lineage *companion = XNEW(struct lineage);

	strbuf_init(&companion->conf_text);
	companion->live = (struct folder)FOLDER_INIT;
	companion->config_dir = xstrdup(lineage->config_dir);
	companion->name = xstrdup(lineage->name);
	companion->conf_path = xstrdup(lineage->conf_path);
	companion->archive_dir = xstrdup(lineage->archive_dir);
	companion->live_dir = xstrdup(lineage->live_dir);
	companion->conf = lineage->conf;
	companion->first = lineage;
	companion->suffix = suffix;
	for (int kind = 0; kind < STORE_KIND__COUNT; kind++) {
		AUTO_FREE char *name = xasprintf("%s%s.pem", store_kind_name((enum store_kind)kind),
						 suffix);

		companion->paths[kind] = path_join(lineage->live_dir, name);
	}
	return companion;
}

void lineage_attach_second(struct lineage *lineage)
{
	const char *type = lineage_second_of_conf(lineage->conf);

	lineage_free(STEAL(lineage->second));
	if (type)
		lineage->second = make_companion(lineage, suffix_of_type(type));
}

void lineage_note_second(struct ini *conf, const char *key_type)
{
	if (key_type)
		ini_set(ini_add_section(ini_root(conf), SECTION), KEY, key_type);
	else
		ini_drop(conf, SECTION, KEY);
}

void lineage_expect_second(struct lineage *lineage, const char *key_type)
{
	const char *suffix = key_type ? suffix_of_type(key_type) : NULL;

	if (lineage->second && suffix && strcmp(lineage->second->suffix, suffix) == 0)
		return;
	lineage_free(STEAL(lineage->second));
	if (!suffix)
		return;
	lineage->second = make_companion(lineage, suffix);
	if (!lineage->is_unborn)
		lineage_read_second(lineage);
}

static void read_companion(struct lineage *companion)
{
	AUTO(error) struct error unusable = ERROR_INIT;

	cert_free(STEAL(companion->cert));
	if (lineage_read_links(companion, &unusable) == 0)
		return;
	log_debug("the second key of '%s' is not in use: %s", companion->name, unusable.text);
	companion->current = 0;
	companion->is_mixed = false;
	for (int kind = 0; kind < STORE_KIND__COUNT; kind++)
		REPLACE(companion->targets[kind], NULL);
}

void lineage_read_second(struct lineage *lineage)
{
	read_companion(lineage->second);
}

struct lineage *lineage_left_new(const struct lineage *lineage)
{
	const char *type = lineage_second_left(lineage);
	struct lineage *companion = type ? make_companion(lineage, suffix_of_type(type)) : NULL;

	if (companion)
		read_companion(companion);
	return companion;
}

/* A link that leads nowhere shows nothing: Certbot leaves such when it deletes a lineage. One that
 * leads elsewhere than it should still shows a certificate, which servers may have. */
struct lineage *lineage_beside_new(const struct lineage *lineage, size_t place)
{
	AUTO(lineage) struct lineage *companion = make_companion(lineage,
								 lineage_suffixes[place + 1]);

	if (!file_exists(companion->paths[STORE_CERT]))
		return NULL;
	read_companion(companion);
	return STEAL(companion);
}

unsigned lineage_second_version(const struct lineage *lineage, unsigned version)
{
	return lineage->second
		       ? inventory_latest(lineage->archive_dir, lineage->second->suffix, version)
		       : 0;
}
