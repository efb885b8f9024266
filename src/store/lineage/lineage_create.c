/*
 * Creates a lineage (see lineage_create.h). The creation is recorded first and the conf is written
 * last. Until then the next run continues where a crash or an error stopped it.
 */
#include "store/lineage/lineage_create.h"

#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "os/file/folder.h"
#include "store/lineage/lineage.h"
#include "store/lineage/lineage_conf.h"
#include "store/lineage/lineage_delete.h"
#include "store/lineage/lineage_drafts.h"
#include "store/lineage/lineage_generation.h"
#include "store/lineage/lineage_journal.h"
#include "store/lineage/lineage_live.h"
#include "store/lineage/lineage_parts.h"

/* archive/ and live/ are 0700, because keys are below. An administrator may open one up; its mode
 * is then kept. */
static int make_base_dirs(const char *config_dir, struct error *err)
{
	AUTO_FREE char *renewal = store_renewal_dir(config_dir);
	AUTO_FREE char *archive = store_archive_base(config_dir);
	AUTO_FREE char *live = store_live_base(config_dir);

	if (dir_make(renewal, 0755, err) < 0 || dir_make(archive, 0700, err) < 0)
		return err->code;
	return dir_make(live, 0700, err);
}

/* NAME, or the first free one of NAME-0001, NAME-0002 ... As in Certbot, a second certificate for
 * the same name is "NAME-0001". */
static int choose_name(const char *config_dir, const char *name, char **ret_name, struct error *err)
{
	for (unsigned i = 0; i < 10000; i++) {
		AUTO_FREE char *candidate = i ? xasprintf("%s-%04u", name, i) : xstrdup(name);
		AUTO_FREE char *path = store_renewal_path(config_dir, candidate);

		if (file_is_there(path))
			continue;
		*ret_name = STEAL(candidate);
		return 0;
	}
	return error_set(err, ERR_EXISTS, "cannot find a free name for '%s'", name);
}

/* An empty directory is as good as none, and so is one with drafts or a README of ours. A directory
 * with files but without a conf may be all that is left of a certificate that a server uses.
 * Nothing there is overwritten. */
static int check_free(const struct lineage *lineage, struct error *err)
{
	const char *archive = lineage->archive_dir, *live = lineage->live_dir;

	if (file_is_there(archive) &&
	    (file_is_symlink(archive) || !lineage_has_only_drafts(archive)))
		error_set(err, ERR_EXISTS, "archive directory exists for %s: %s", lineage->name,
			  archive);
	else if (file_is_there(live) && (file_is_symlink(live) || !lineage_has_only_readme(live)))
		error_set(err, ERR_EXISTS, "live directory exists for %s: %s", lineage->name, live);
	else
		return 0;
	if (lineage_journal_hint(lineage->config_dir, lineage->name, err))
		return err->code;
	return error_hint(
		err,
		"there is no %s, so no certificate of certbot's is there. If nothing uses "
		"the files in %s and %s any more, remove or move them; or choose another "
		"name with --cert-name",
		lineage->conf_path, archive, live);
}

static struct lineage *lay_out(const char *config_dir, const char *name)
{
	struct lineage *lineage = XNEW(struct lineage);

	strbuf_init(&lineage->conf_text);
	lineage->live = (struct folder)FOLDER_INIT; /* 0 would be the standard input */
	lineage->config_dir = xstrdup(config_dir);
	lineage->name = xstrdup(name);
	lineage->conf_path = store_renewal_path(config_dir, name);
	lineage->archive_dir = store_archive_dir(config_dir, name);
	lineage->live_dir = store_live_dir(config_dir, name);
	lineage->suffix = "";
	lineage->conf = ini_new();
	lineage->is_unborn = true;
	for (int kind = 0; kind < STORE_KIND__COUNT; kind++)
		lineage->paths[kind] = store_live_path(config_dir, name, (enum store_kind)kind);
	return lineage;
}

static int write_archive(const struct lineage *lineage, const struct lineage_generation *generation,
			 struct error *err)
{
	AUTO(folder) struct folder archive = FOLDER_INIT;
	struct file_attributes key_attributes;

	if (folder_open(lineage->archive_dir, &archive, err) < 0 ||
	    lineage_key_attributes(lineage, &key_attributes, err) < 0 ||
	    lineage_write_generation(&archive, 1, generation, &key_attributes, err) < 0)
		return err->code;
	/* Room was reserved for a second certificate, which was not issued. */
	return lineage->second && !generation->second
		       ? lineage_remove_open_drafts(&archive, lineage->second->suffix, err)
		       : 0;
}

/* Told once: a second attempt to store the lineage does not make a second lineage. */
void lineage_tell_made(struct lineage *lineage)
{
	struct lineage_observer observer = lineage->made;

	lineage->made = (struct lineage_observer){.tell = NULL};
	if (observer.tell)
		observer.tell(observer.context, lineage);
}

/* The links, and then the conf, with which the lineage exists. The conf makes the lineage exist for
 * `renew` and for Certbot. The record goes only after it, so at any point one of the two is
 * there. */
static int publish_lineage(struct lineage *lineage, struct error *err)
{
	const struct file_attributes attributes = {.mode = lineage_conf_mode(lineage)};
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	ini_print(lineage->conf, &text);
	if (lineage_write_live(lineage, err) < 0 ||
	    lineage_write_conf(lineage, &text, &attributes, err) < 0)
		return err->code;
	strbuf_clear(&lineage->conf_text);
	strbuf_add(&lineage->conf_text, text.text, text.len);
	lineage_tell_made(lineage);
	return lineage_journal_remove(lineage, err);
}

/* The archive stays if there is anything in it: the draft of a key for which there may be a
 * certificate. */
static int take_back(const struct lineage *lineage, struct error *err)
{
	if (lineage_remove_live(lineage, err) < 0)
		return err->code;
	if (dir_is_empty(lineage->archive_dir) && dir_remove(lineage->archive_dir, err) < 0)
		return err->code;
	return lineage_journal_remove(lineage, err);
}

/* Version 1 in full means that the certificate was stored: it is completed rather than thrown away,
 * since the CA has counted it. */
int lineage_finish_creation(struct lineage *lineage, bool *ret_stored, struct error *err)
{
	if (file_is_dir(lineage->archive_dir) && lineage_settle(lineage, err) < 0)
		return err->code;
	*ret_stored = lineage_latest_version(lineage) == 1;
	return *ret_stored ? publish_lineage(lineage, err) : take_back(lineage, err);
}

static int store_generation(struct lineage *lineage, const struct lineage_generation *generation,
			    struct error *err)
{
	AUTO(error) struct error again = ERROR_INIT;
	bool stored = false;

	if (write_archive(lineage, generation, err) == 0 && publish_lineage(lineage, err) == 0)
		return 0;
	/* The fault may have been temporary. */
	if (lineage_finish_creation(lineage, &stored, &again) == 0 && stored) {
		log_debug("'%s' was stored on the second attempt: %s", lineage->name, err->text);
		error_release(err);
		return 0;
	}
	if (error_is_set(&again))
		log_debug("the next run will continue with '%s': %s", lineage->name, again.text);
	return error_wrap(err, "cannot store the certificate '%s'", lineage->name);
}

/* Nothing is written yet, except for the directories above. Whether the name is free must be known
 * before the key is made. */
int lineage_begin(const struct lineage_begin_request *request, struct lineage **ret_lineage,
		  struct error *err)
{
	AUTO(lineage) struct lineage *lineage = NULL;
	AUTO_FREE char *config_dir = path_absolute(request->config_dir);
	AUTO_FREE char *name = NULL;

	if (store_check_name(request->name, err) < 0 || make_base_dirs(config_dir, err) < 0 ||
	    choose_name(config_dir, request->name, &name, err) < 0)
		return err->code;
	lineage = lay_out(config_dir, name);
	if (lineage_sweep_switch(lineage, err) < 0 || check_free(lineage, err) < 0 ||
	    lineage_fill_conf(lineage, err) < 0)
		return err->code;
	request->fill_conf(request->context, lineage->conf);
	lineage_attach_second(lineage);
	lineage->made = request->made;
	*ret_lineage = STEAL(lineage);
	return 0;
}

int lineage_create(struct lineage *lineage, const struct lineage_generation *generation,
		   struct error *err)
{
	if (lineage_check_generation(generation, err) < 0 ||
	    store_generation(lineage, generation, err) < 0)
		return err->code;
	lineage->is_unborn = lineage->has_journal = lineage->made_key_draft = false;
	return lineage_read_links(lineage, err);
}
