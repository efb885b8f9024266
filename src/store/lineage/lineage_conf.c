/*
 * Writes the conf of a lineage. Only what was changed through lineage_conf() changes in the file.
 * NAME.conf.new is Certbot's name for the draft; either program removes a leftover one.
 */
#include "store/lineage/lineage_conf.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "codec/url.h"
#include "store/ca_place.h"
#include "os/file/folder.h"
#include "store/lineage/lineage.h"
#include "store/lineage/lineage_parts.h"

/* The version that the conf names as its writer. Certbot 2.1 and all later ones read this silently;
 * they remark on a version above their own. */
#define CONF_VERSION "2.1.0"

/* Present values are the user's or Certbot's and stay: a path may lead elsewhere on purpose. */
static int set_missing(struct ini_section *section, const char *key, const char *text,
		       struct error *err)
{
	if (ini_has(section, key) || ini_set(section, key, text))
		return 0;
	return error_set(err, ERR_CONFIG, "cannot write '%s' into a renewal conf", text);
}

int lineage_fill_conf(struct lineage *lineage, struct error *err)
{
	struct ini_section *root = ini_root(lineage->conf);

	if (set_missing(root, "version", CONF_VERSION, err) < 0 ||
	    set_missing(root, "archive_dir", lineage->archive_dir, err) < 0)
		return err->code;
	for (int kind = 0; kind < STORE_KIND__COUNT; kind++)
		if (set_missing(root, store_kind_name((enum store_kind)kind), lineage->paths[kind],
				err) < 0)
			return err->code;
	return 0;
}

/* Owner and mode of the file survive its replacement, for some installations let a group read
 * it; not what lets others read a secret. */
int lineage_conf_attributes(const struct lineage *lineage, struct file_attributes *ret,
			    struct error *err)
{
	struct stat attributes;

	if (stat(lineage->conf_path, &attributes) < 0)
		return error_set_errno(err, errno, "cannot examine '%s'", lineage->conf_path);
	*ret = (struct file_attributes){
		.mode = lineage_close_mode(lineage, attributes.st_mode & 07777),
		.set_owner = attributes.st_uid != geteuid(),
		.uid = attributes.st_uid,
		.set_group = true,
		.gid = attributes.st_gid,
		.as_far_as_allowed = true,
	};
	return 0;
}

/* Opens the directory of the conf; the draft's name is the caller's to free. */
static int open_confs(const struct lineage *lineage, struct folder *ret_folder, char **ret_draft,
		      struct error *err)
{
	AUTO_FREE char *dir = path_dirname(lineage->conf_path);

	*ret_draft = xasprintf("%s.new", path_basename(lineage->conf_path));
	return lineage_open_folder(lineage, dir, ret_folder, err);
}

int lineage_write_conf(const struct lineage *lineage, const struct strbuf *text,
		       const struct file_attributes *attributes, struct error *err)
{
	AUTO(folder) struct folder folder = FOLDER_INIT;
	AUTO_FREE char *draft = NULL;

	if (open_confs(lineage, &folder, &draft, err) < 0)
		return err->code;
	return folder_replace(&folder, path_basename(lineage->conf_path), draft,
			      span_make(text->text, text->len), attributes, err);
}

int lineage_draft_conf(struct lineage *lineage, struct error *err)
{
	const struct file_attributes attributes = {.mode = lineage_conf_mode(lineage)};
	AUTO(folder) struct folder folder = FOLDER_INIT;
	AUTO_FREE char *draft = NULL;

	strbuf_clear(&lineage->conf_text);
	ini_print(lineage->conf, &lineage->conf_text);
	if (open_confs(lineage, &folder, &draft, err) < 0 || folder_remove(&folder, draft, err) < 0)
		return err->code;
	return folder_create(&folder, draft,
			     span_make(lineage->conf_text.text, lineage->conf_text.len),
			     &attributes, err);
}

int lineage_name_conf(const struct lineage *lineage, struct error *err)
{
	AUTO(folder) struct folder folder = FOLDER_INIT;
	AUTO_FREE char *draft = NULL;

	if (open_confs(lineage, &folder, &draft, err) < 0 ||
	    folder_rename(&folder, draft, path_basename(lineage->conf_path), err) < 0)
		return err->code;
	return folder_sync(&folder, err);
}

/* True for a conf with a secret that everybody may read: an earlier version wrote it. */
static bool is_too_open(const struct lineage *lineage)
{
	struct stat attributes;

	return ini_has_secret(lineage->conf) && stat(lineage->conf_path, &attributes) == 0 &&
	       attributes.st_mode & 077;
}

/* Hourly runs of `renew` should not write anything when nothing has changed: it would cost an fsync
 * per lineage, and backups would copy all of them. */
int lineage_save_conf(struct lineage *lineage, struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	struct file_attributes attributes;

	ini_print(lineage->conf, &text);
	if (text.len == lineage->conf_text.len &&
	    memcmp(text.text, lineage->conf_text.text, text.len) == 0 && !is_too_open(lineage))
		return 0;
	if (lineage_conf_attributes(lineage, &attributes, err) < 0 ||
	    lineage_write_conf(lineage, &text, &attributes, err) < 0)
		return error_wrap(err, "cannot write '%s'", lineage->conf_path);
	strbuf_clear(&lineage->conf_text);
	strbuf_add(&lineage->conf_text, text.text, text.len);
	return 0;
}

/* The id is that of the key, which two CAs may know. */
static bool is_at_server(const struct lineage_account_change *change, const char *url)
{
	AUTO(error) struct error bad_url = ERROR_INIT;
	AUTO_FREE char *path = url ? url_server_path(url, &bad_url) : NULL;

	return str_eq_or_null(path, change->server_path);
}

/* In an item "URL,account=ID", or "SERIAL URL,account=ID". */
static bool change_item(const struct lineage_account_change *change, char **item)
{
	const char *space = strrchr(*item, ' ');
	int start = space ? (int)(space + 1 - *item) : 0;
	AUTO(ca_place) struct ca_place place = ca_place_parse(*item + start);
	AUTO_FREE char *changed = NULL;

	if (!str_eq_or_null(place.account, change->old_id) || !is_at_server(change, place.url))
		return false;
	changed = ca_place_text(place.url, change->new_id);
	REPLACE(*item, xasprintf("%.*s%s", start, *item, changed));
	return true;
}

static void change_list(const struct lineage_account_change *change, struct ini_section *section,
			const char *key)
{
	AUTO(strvec) struct strvec items = STRVEC_INIT;
	AUTO(error) struct error unreadable = ERROR_INIT;
	bool is_changed = false;

	if (!section || !ini_has(section, key) ||
	    ini_get_list(section, key, &items, &unreadable) < 0)
		return;
	for (size_t i = 0; i < items.count; i++)
		is_changed |= change_item(change, &items.items[i]);
	if (is_changed)
		ini_set_list(section, key, &items);
}

/* The places where other rooms keep one (config/services.h, store/renewal/renewal_state.h). */
static int change_account(struct lineage *lineage, const struct lineage_account_change *change,
			  struct error *err)
{
	struct ini_section *params = lineage_params(lineage);
	struct ini_section *services = ini_find_section(ini_root(lineage->conf), "services");
	struct ini_section *state = ini_find_section(ini_root(lineage->conf), "renewal_state");

	if (params && str_eq_or_null(ini_peek(params, "account"), change->old_id))
		ini_set(params, "account", change->new_id);
	change_list(change, services, "fallback_servers");
	change_list(change, state, "past_issuers");
	if (state && str_eq_or_null(ini_peek(state, "issuer_account"), change->old_id) &&
	    is_at_server(change, ini_peek(state, "issuer")))
		ini_set(state, "issuer_account", change->new_id);
	return lineage_save_conf(lineage, err);
}

/* Conf by conf; a crash in between leaves some with the old id, which account_settle_key() then
 * finds again. */
int lineage_change_account(const char *config_dir, const struct lineage_account_change *change,
			   struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	if (lineage_names(config_dir, &names, err) < 0)
		return err->code;
	for (size_t i = 0; i < names.count; i++) {
		AUTO(lineage) struct lineage *lineage = NULL;
		AUTO(error) struct error broken = ERROR_INIT;

		if (lineage_load(config_dir, names.items[i], &lineage, &broken) < 0)
			log_debug("skipping renewal configuration: %s", broken.text);
		else if (change_account(lineage, change, err) < 0)
			return err->code;
	}
	return 0;
}
