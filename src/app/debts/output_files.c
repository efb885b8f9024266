/*
 * Writing and removing the files of outputs (see output_files.h). Their directories may belong to
 * other users, such as the service's: each is opened by a walk that follows none of their links to
 * places where they could not write themselves, and everything else uses its descriptor.
 */
#include "app/debts/output_files.h"

#include <string.h>

#include "base/alloc.h"
#include "crypto/digest.h"
#include "crypto/cert/pfx.h"
#include "os/file/folder_walk.h"
#include "os/users.h"

/* A key and a long chain have about 20 KiB. */
#define MAX_FILE ((size_t)1 << 20)
#define MAX_PASSWORD 4096

void outputs_release(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++)
		output_release(&outputs->items[i]);
	free(outputs->items);
	*outputs = (struct outputs)OUTPUTS_INIT;
}

/* ---- Checks before the order ---- */

/* User names are looked up each time, because their numbers may differ on a machine to which
 * /etc/letsencrypt was copied. */
static int find_attributes(const struct output *output, struct file_attributes *ret,
			   struct error *err)
{
	*ret = (struct file_attributes){
		.mode = output->mode,
		.set_owner = output->owner != NULL,
		.set_group = output->group != NULL,
	};
	if ((output->owner && users_find(output->owner, &ret->uid, err) < 0) ||
	    (output->group && users_find_group(output->group, &ret->gid, err) < 0))
		return error_recode(err, ERR_CONFIG);
	if (output->owner && !users_may_give(ret->uid))
		return error_set(err, ERR_CONFIG, "only root can give files to the user '%s'",
				 output->owner);
	if (output->group && !users_may_give_group(ret->gid))
		return error_set(err, ERR_CONFIG,
				 "only root or a member can give files to the "
				 "group '%s'",
				 output->group);
	return 0;
}

/* Returns true for text that --output could have written, or DER. A mistyped path must not cost a
 * file. */
static bool looks_like_output(const struct strbuf *text)
{
	return !text->len || text->text[0] == 0x30 || strstr(text->text, "-----BEGIN ");
}

/* Checks the file that is already at the path. */
static int check_present(const struct folder *folder, const struct output *output,
			 struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error failed = ERROR_INIT;
	bool is_replaceable;

	if (folder_read_regular(folder, path_basename(output->path), MAX_FILE, &text, &failed) <
	    0) {
		if (failed.code == ERR_NOT_FOUND)
			return 0;
		error_move(err, &failed);
		return error_hint(err,
				  "an output replaces a file, but not a link or anything else; "
				  "give the path of the file itself");
	}
	is_replaceable = looks_like_output(&text);
	secret_wipe(text.text, text.len);
	if (is_replaceable)
		return 0;
	error_set(err, ERR_REFUSED, "'%s' exists, and is neither a certificate nor a key",
		  output->path);
	return error_hint(err, "correct the path, or move the file away");
}

/* Drops the newline at the end: editors add one, but it is not part of the password. */
static int read_password(const struct output *output, struct secret *ret, struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	size_t len;

	if (file_read(output->password_file, MAX_PASSWORD, &text, err) < 0)
		return error_wrap(err, "cannot use the password of '%s'", output->path);
	len = strcspn(text.text, "\r\n");
	secret_set(ret, text.text, len);
	secret_wipe(text.text, text.len);
	return 0;
}

/* No directory is made: a mistyped path would otherwise get a directory with a private key in
 * it. */
static int open_dir(const struct output *output, struct folder *ret_folder, struct error *err)
{
	AUTO_FREE char *dir = path_dirname(output->path);

	if (folder_walk_open(dir, ret_folder, err) < 0 && err->code == ERR_NOT_FOUND)
		return error_hint(
			err,
			"the directory of an output must exist: correct the path, or make "
			"the directory with 'install -d -m 0750 %s'",
			dir);
	return err->code;
}

/* An empty file is most often one that nobody has filled yet: the key would be as good as
 * unprotected. */
static int check_password(const struct output *output, struct error *err)
{
	AUTO(secret) struct secret password = SECRET_INIT;

	if (!output->password_file)
		return 0;
	if (read_password(output, &password, err) < 0 || password.len)
		return err->code;
	error_set(err, ERR_CONFIG, "output '%s': the first line of the password file '%s' is empty",
		  output->path, output->password_file);
	return error_hint(err, "write the password into it");
}

/* Everything that can fail is tried before the certificate is ordered. */
static int check_place(const struct output *output, struct folder *ret_folder, struct error *err)
{
	struct file_attributes attributes;

	if (open_dir(output, ret_folder, err) < 0 ||
	    find_attributes(output, &attributes, err) < 0 || check_password(output, err) < 0)
		return err->code;
	if (!dir_is_writable(ret_folder->path))
		return error_set(err, ERR_CONFIG, "cannot write to directory '%s'",
				 ret_folder->path);
	return 0;
}

static int refuse_output(const struct output *output, struct error *err)
{
	error_wrap(err, "output '%s'", output->path);
	/* A refusal stays one; whatever else is wrong, the user has to correct the option. */
	return err->code = err->code == ERR_REFUSED ? ERR_REFUSED : ERR_CONFIG;
}

int output_files_check_place(const struct output *output, struct error *err)
{
	AUTO(folder) struct folder folder = FOLDER_INIT;

	return check_place(output, &folder, err) < 0 ? refuse_output(output, err) : 0;
}

int output_files_check(const struct output *output, struct error *err)
{
	AUTO(folder) struct folder folder = FOLDER_INIT;

	if (check_place(output, &folder, err) < 0 || check_present(&folder, output, err) < 0)
		return refuse_output(output, err);
	return 0;
}

/* ---- Contents ---- */

/* The certificate, chain and key in live/. */
struct material {
	const char *name;
	const struct cert *cert; /* borrowed from the lineage */
	struct key *key;         /* NULL: renewed from a CSR */
	struct secret key_pem;
	struct strbuf cert_pem, chain_pem;
};

static void material_release(struct material *material)
{
	key_free(material->key);
	secret_release(&material->key_pem);
	strbuf_release(&material->cert_pem);
	strbuf_release(&material->chain_pem);
}
DEFINE_AUTO(material, material_release);

/* Reads live/ rather than the certificate that was just issued, so that a debt of an earlier run is
 * settled in the same way. */
static int read_material(struct lineage *lineage, struct material *ret, struct error *err)
{
	ret->name = lineage_name(lineage);
	if (lineage_cert(lineage, &ret->cert, err) < 0 ||
	    (!lineage_csr(lineage) && lineage_read_key(lineage, &ret->key, err) < 0) ||
	    lineage_read(lineage, STORE_CERT, &ret->cert_pem, err) < 0 ||
	    lineage_read(lineage, STORE_CHAIN, &ret->chain_pem, err) < 0)
		return err->code;
	if (ret->key)
		key_to_pem(ret->key, &ret->key_pem);
	return 0;
}

/* The caller must not keep it longer than the material. */
static struct span part_of(const struct material *material, enum output_part part)
{
	switch (part) {
	case OUTPUT_KEY_PART:
		return span_make(secret_peek(&material->key_pem), material->key_pem.len);
	case OUTPUT_CERT_PART:
		return span_make(material->cert_pem.text, material->cert_pem.len);
	case OUTPUT_CHAIN_PART:
		return span_make(material->chain_pem.text, material->chain_pem.len);
	case OUTPUT_PART__COUNT:
		break;
	}
	BUG("there is no such part: %d", (int)part);
}

/* The length is computed before anything is copied: a growing buffer would leave pieces of the key
 * in freed memory. */
static void join_parts(const struct output *output, const struct material *material,
		       struct secret *ret)
{
	size_t len = 0;
	char *text;

	for (size_t i = 0; i < output->part_count; i++)
		len += part_of(material, output->parts[i]).len;
	text = xcalloc(len + 1, 1);
	len = 0;
	for (size_t i = 0; i < output->part_count; i++) {
		struct span part = part_of(material, output->parts[i]);

		memcpy(text + len, part.ptr, part.len);
		len += part.len;
	}
	secret_give(ret, text, len);
}

static int make_pfx(const struct output *output, const struct material *material,
		    struct secret *ret, struct error *err)
{
	AUTO(secret) struct secret password = SECRET_INIT;
	struct pfx_request request = {
		.key = material->key,
		.cert = material->cert,
		.chain_pem = part_of(material, OUTPUT_CHAIN_PART),
		.name = material->name,
		.is_legacy = output->is_legacy,
	};

	if (read_password(output, &password, err) < 0)
		return err->code;
	request.password = secret_peek(&password);
	return pfx_make(&request, ret, err);
}

/* Makes the contents of the file. They are a secret in any case, with or without a key. */
static int make_contents(const struct output *output, const struct material *material,
			 struct secret *ret, struct error *err)
{
	AUTO(strbuf) struct strbuf der = STRBUF_INIT;

	if (!material->key && output_is_secret(output))
		return error_set(err, ERR_CONFIG,
				 "it would hold the private key, which is not on this machine");
	if (output->form == OUTPUT_PFX)
		return make_pfx(output, material, ret, err);
	if (output->form == OUTPUT_DER) {
		cert_to_der(material->cert, &der);
		secret_set(ret, der.text, der.len);
		return 0;
	}
	join_parts(output, material, ret);
	return 0;
}

/* ---- Writing ---- */

/* One output that is being written. */
struct draft_output {
	const struct output *output;
	struct secret contents;
	struct folder folder;
	char *draft; /* its name; NULL: not written, or in its place */
	char *record;
};

/* Removes the drafts that were not put in place. */
void draft_outputs_release(struct draft_outputs *drafts)
{
	for (size_t i = 0; i < drafts->count; i++) {
		struct draft_output *draft = &drafts->items[i];
		AUTO(error) struct error stays = ERROR_INIT;

		if (draft->draft)
			(void)!folder_remove(&draft->folder, draft->draft, &stays);
		secret_release(&draft->contents);
		folder_release(&draft->folder);
		free(draft->draft);
		free(draft->record);
	}
	free(drafts->items);
	*drafts = (struct draft_outputs)DRAFT_OUTPUTS_INIT;
}

/* Services that read whole directories ignore names with a leading dot. */
static char *draft_name(const char *path)
{
	return xasprintf(".%s.certbot-new", path_basename(path));
}

/* Kept in the record, so that `delete` knows the file again. */
static char *digest_of(const void *bytes, size_t len)
{
	AUTO(strbuf) struct strbuf hex = STRBUF_INIT;

	digest_hex(DIGEST_SHA256, bytes, len, &hex);
	return strbuf_detach(&hex);
}

static int make_draft(struct draft_output *draft, const struct material *material,
		      struct error *err)
{
	AUTO_FREE char *digest = NULL;

	if (make_contents(draft->output, material, &draft->contents, err) < 0)
		return err->code;
	digest = digest_of(secret_peek(&draft->contents), draft->contents.len);
	draft->record = xasprintf("%s %s", digest, draft->output->path);
	return 0;
}

int output_files_make(const struct outputs *outputs, struct lineage *lineage,
		      struct draft_outputs *ret_drafts, struct error *err)
{
	AUTO(material) struct material material = {.key = NULL,
						   .key_pem = SECRET_INIT,
						   .cert_pem = STRBUF_INIT,
						   .chain_pem = STRBUF_INIT};

	if (read_material(lineage, &material, err) < 0)
		return err->code;
	ret_drafts->items = xcalloc(outputs->count + 1, sizeof(*ret_drafts->items));
	for (size_t i = 0; i < outputs->count; i++) {
		struct draft_output *draft = &ret_drafts->items[ret_drafts->count++];

		*draft = (struct draft_output){.output = &outputs->items[i],
					       .contents = SECRET_INIT,
					       .folder = FOLDER_INIT};
		if (make_draft(draft, &material, err) < 0)
			return error_wrap(err, "output '%s'", outputs->items[i].path);
	}
	return 0;
}

/* Recorded before the files are written: a crash in between leaves a record without a file, which
 * does no harm, and no key without a record. */
void output_files_records(const struct draft_outputs *drafts, struct strvec *ret_records)
{
	for (size_t i = 0; i < drafts->count; i++)
		strvec_push(ret_records, drafts->items[i].record);
}

/* A draft that a crash has left is removed first. */
static int write_draft(struct draft_output *draft, struct error *err)
{
	const struct output *output = draft->output;
	AUTO_FREE char *name = draft_name(output->path);
	struct file_attributes attributes;
	struct span bytes = span_make(secret_peek(&draft->contents), draft->contents.len);

	if (find_attributes(output, &attributes, err) < 0 ||
	    open_dir(output, &draft->folder, err) < 0 ||
	    check_present(&draft->folder, output, err) < 0 ||
	    folder_remove(&draft->folder, name, err) < 0 ||
	    folder_create(&draft->folder, name, bytes, &attributes, err) < 0)
		return err->code;
	draft->draft = STEAL(name);
	return 0;
}

/* Services see either the whole old file or the whole new one. */
static int put_in_place(struct draft_output *draft, struct error *err)
{
	if (folder_rename(&draft->folder, draft->draft, path_basename(draft->output->path), err) <
	    0)
		return err->code;
	free(STEAL(draft->draft));
	return folder_sync(&draft->folder, err);
}

/* All drafts are written before the first is renamed, so that a full disk leaves every file as it
 * was. */
int output_files_write(struct draft_outputs *drafts, struct strvec *ret_records, struct error *err)
{
	for (size_t i = 0; i < drafts->count; i++)
		if (write_draft(&drafts->items[i], err) < 0)
			return error_wrap(err, "output '%s'", drafts->items[i].output->path);
	for (size_t i = 0; i < drafts->count; i++) {
		int rc = put_in_place(&drafts->items[i], err);

		/* The file is there, even if its directory could not be synced. */
		if (!drafts->items[i].draft)
			strvec_push(ret_records, drafts->items[i].record);
		if (rc < 0)
			return error_wrap(err, "output '%s'", drafts->items[i].output->path);
	}
	return 0;
}

/* ---- Removing ---- */

const char *output_record_path(const char *record)
{
	const char *space = strchr(record, ' ');

	return space ? space + 1 : "";
}

/* Compares digests: a file that somebody has replaced since is not ours to remove. */
static bool is_recorded(const struct strvec *records, const char *path, const struct strbuf *text)
{
	AUTO_FREE char *digest = digest_of(text->text, text->len);
	AUTO_FREE char *record = xasprintf("%s %s", digest, path);

	return strvec_contains(records, record);
}

int output_files_sweep(const char *record, struct error *err)
{
	const char *path = output_record_path(record);
	AUTO_FREE char *dir = path_dirname(path);
	AUTO_FREE char *draft = draft_name(path);
	AUTO(folder) struct folder folder = FOLDER_INIT;
	AUTO(error) struct error failed = ERROR_INIT;

	if (folder_walk_open(dir, &folder, &failed) < 0)
		return failed.code == ERR_NOT_FOUND ? 0 : error_move(err, &failed);
	return folder_remove(&folder, draft, err);
}

int output_files_remove(const struct strvec *records, const char *path, bool *ret_removed,
			struct error *err)
{
	AUTO_FREE char *dir = path_dirname(path);
	AUTO_FREE char *draft = draft_name(path);
	AUTO(folder) struct folder folder = FOLDER_INIT;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error failed = ERROR_INIT;

	*ret_removed = false;
	if (folder_walk_open(dir, &folder, &failed) < 0 ||
	    folder_remove(&folder, draft, &failed) < 0 ||
	    folder_read_regular(&folder, path_basename(path), MAX_FILE, &text, &failed) < 0) {
		*ret_removed = failed.code == ERR_NOT_FOUND;
		return *ret_removed || failed.code == ERR_REFUSED || failed.code == ERR_PARSE
			       ? 0
			       : error_move(err, &failed);
	}
	*ret_removed = is_recorded(records, path, &text);
	secret_wipe(text.text, text.len);
	if (!*ret_removed)
		return 0;
	if (folder_remove(&folder, path_basename(path), err) < 0)
		return err->code;
	return folder_sync(&folder, err);
}
