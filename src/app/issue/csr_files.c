/*
 * Files for a certificate of the user's CSR (see csr_files.h). Certbot opens them only after the
 * certificate has been issued, and loses it when that fails.
 */
#include "app/issue/csr_files.h"

#include <string.h>

#include "base/alloc.h"
#include "base/log.h"

static const struct {
	const char *dest, *draft;
	size_t room;
} rows[] = {
	[CSR_CERT] = {"cert_path", ".certbot-cert.new", 16384},
	[CSR_CHAIN] = {"chain_path", ".certbot-chain.new", 16384},
	[CSR_FULLCHAIN] = {"fullchain_path", ".certbot-fullchain.new", 32768},
};
STATIC_ASSERT(ARRAY_LEN(rows) == CSR_FILE_KIND__COUNT, "every file has a row");

/* None of them is a key: the user has that. */
static const struct file_attributes public_file = {.mode = 0644};

void csr_files_init(struct csr_files *files)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		files->items[i] = (struct csr_file){.folder = FOLDER_INIT};
}

void csr_files_release(struct csr_files *files)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct csr_file *file = &files->items[i];
		AUTO(error) struct error stays = ERROR_INIT;

		if (file->draft && folder_remove(&file->folder, file->draft, &stays) < 0)
			log_debug("%s", stays.text);
		folder_release(&file->folder);
		free(file->name);
		free(file->draft);
	}
}

/* Certbot does not overwrite files either, but only notices after the certificate has been
 * issued. */
static int check_free(const struct csr_file *file, struct error *err)
{
	if (file->is_numbered || !folder_has(&file->folder, file->name))
		return 0;
	error_set(err, ERR_EXISTS, "'%s/%s' exists already", file->folder.path, file->name);
	return error_hint(err, "move it away or name another file; the CA was not asked for "
			       "anything");
}

static int reserve_file(struct csr_file *file, size_t row, const struct settings *settings,
			struct error *err)
{
	const char *path = settings_string(settings, rows[row].dest);
	AUTO_FREE char *dir = path_dirname(path);

	file->name = xstrdup(path_basename(path));
	file->is_numbered = !settings_is_set_by_user(settings, rows[row].dest);
	if (dir_make(dir, 0755, err) < 0 || folder_open(dir, &file->folder, err) < 0 ||
	    check_free(file, err) < 0 || folder_remove(&file->folder, rows[row].draft, err) < 0 ||
	    folder_reserve(&file->folder, rows[row].draft, rows[row].room, &public_file, err) < 0)
		return error_wrap(err, "cannot prepare the file for --%s", rows[row].dest);
	file->draft = xstrdup(rows[row].draft);
	return 0;
}

/* No two of the files may have the same name. */
static int check_distinct(const struct csr_files *files, struct error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (size_t at = 0; at < i; at++) {
			const struct csr_file *a = &files->items[at], *b = &files->items[i];

			if (!a->is_numbered && !b->is_numbered && strcmp(a->name, b->name) == 0 &&
			    strcmp(a->folder.path, b->folder.path) == 0)
				return error_set(err, ERR_CONFIG,
						 "'%s/%s' is named for two of the files",
						 a->folder.path, a->name);
		}
	return 0;
}

int csr_files_reserve(struct csr_files *ret_files, const struct settings *settings,
		      struct error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (reserve_file(&ret_files->items[i], i, settings, err) < 0)
			return err->code;
	return check_distinct(ret_files, err);
}

/* Gives the draft a name that is free. link() fails if the name is taken, whereas rename() would
 * overwrite the file. */
static int give_name(const struct csr_file *file, const char *name, struct error *err)
{
	if (folder_link(&file->folder, file->draft, &file->folder, name, err) == 0)
		return folder_remove(&file->folder, file->draft, err);
	if (err->code != ERR_REFUSED || folder_has(&file->folder, name))
		return err->code;
	/* The file system has no hard links. */
	error_release(err);
	return folder_rename(&file->folder, file->draft, name, err);
}

/* Uses the first free number if the user did not name a file: 0000_cert.pem. */
static int give_number(const struct csr_file *file, char **ret_name, struct error *err)
{
	for (unsigned number = 0;; number++) {
		AUTO_FREE char *name = xasprintf("%04u_%s", number, file->name);

		if (folder_has(&file->folder, name))
			continue;
		if (give_name(file, name, err) < 0)
			return err->code;
		*ret_name = STEAL(name);
		return 0;
	}
}

/* The draft is complete before it gets its name. */
static int write_file(struct csr_file *file, struct span pem, char **ret_path, struct error *err)
{
	AUTO_FREE char *name = NULL;

	if (folder_fill(&file->folder, file->draft, pem, err) < 0 ||
	    (file->is_numbered ? give_number(file, &name, err) : give_name(file, file->name, err)) <
		    0 ||
	    folder_sync(&file->folder, err) < 0)
		return err->code;
	REPLACE(file->draft, NULL);
	*ret_path = path_join(file->folder.path, name ? name : file->name);
	return 0;
}

int csr_files_write(struct csr_files *files, const struct cert_chain *chain,
		    char *ret_paths[CSR_FILE_KIND__COUNT], struct error *err)
{
	AUTO(strbuf) struct strbuf full = STRBUF_INIT;
	const struct strbuf *texts[] = {
		[CSR_CERT] = &chain->leaf_pem,
		[CSR_CHAIN] = &chain->rest_pem,
		[CSR_FULLCHAIN] = &full,
	};

	strbuf_add(&full, chain->leaf_pem.text, chain->leaf_pem.len);
	strbuf_add(&full, chain->rest_pem.text, chain->rest_pem.len);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (write_file(&files->items[i], span_make(texts[i]->text, texts[i]->len),
			       &ret_paths[i], err) < 0)
			return err->code;
	return 0;
}
