/*
 * The record of imported certificates (see imports.h).
 */
#include "cloud/imports.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/json.h"
#include "os/file/file.h"

#define RECORD_NAME "s3front.json"
/* The file is in the user's configuration, so it says what it is. */
#define PURPOSE "certificates that certbot has imported into AWS Certificate Manager"
#define MAX_RECORD (4 * 1024 * 1024)

void imports_release(struct imports *imports)
{
	free(imports->path);
	json_free(imports->document);
	*imports = (struct imports){.path = NULL};
}

/* A file of the same name that something else wrote must not be replaced. */
static int check_purpose(const struct json *document, struct error *err)
{
	struct json *certificates;
	const char *purpose;

	if (json_get_string(document, "record", "purpose", &purpose, err) < 0 ||
	    json_get_object(document, "record", "certificates", &certificates, err) < 0)
		return err->code;
	return strcmp(purpose, PURPOSE) == 0
		       ? 0
		       : error_set(err, ERR_PARSE, "it is not a record of this program");
}

static struct json *empty_record(void)
{
	struct json *document = json_object_new();

	json_set_string(document, "purpose", PURPOSE);
	json_set(document, "certificates", json_object_new());
	return document;
}

/* Asked before anything is read: runs without the plugin must not make the file. */
bool imports_exist(const char *config_dir)
{
	AUTO_FREE char *path = path_join(config_dir, RECORD_NAME);

	return file_exists(path);
}

int imports_read(const char *config_dir, struct imports *ret_imports, struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error failure = ERROR_INIT;
	AUTO(json) struct json *document = NULL;
	AUTO_FREE char *path = path_join(config_dir, RECORD_NAME);
	int rc = file_read(path, MAX_RECORD, &text, &failure);

	/* There is no record before the first import; one that is unreadable is an error, since its
	 * certificates would be imported a second time. */
	if (rc == ERR_NOT_FOUND)
		document = empty_record();
	else if (rc < 0)
		return error_move(err, &failure);
	else if (json_parse(text.text, text.len, "record", &document, err) < 0 ||
		 check_purpose(document, err) < 0)
		return error_wrap(err, "cannot read '%s'", path);
	ret_imports->path = STEAL(path);
	ret_imports->document = STEAL(document);
	return 0;
}

/* A text of an entry, or NULL if there is none. */
static const char *text_of(const struct json *entry, const char *name)
{
	const struct json *member = json_is_object(entry) ? json_member(entry, name) : NULL;

	return member && json_is_string(member) ? json_text(member) : NULL;
}

/* Only a valid ARN may be used in a request that deletes. */
static const char *arn_of(const struct json *entry, const char *name)
{
	const char *arn = text_of(entry, name);

	return arn && str_starts(arn, "arn:") ? arn : NULL;
}

struct import imports_get(const struct imports *imports, const char *lineage)
{
	const struct json *entry = json_member(json_member(imports->document, "certificates"),
					       lineage);

	if (!entry)
		return (struct import){.arn = NULL};
	return (struct import){.arn = arn_of(entry, "arn"),
			       .distribution = text_of(entry, "distribution"),
			       .former = arn_of(entry, "former")};
}

/* The whole file is replaced, so that a crash leaves either the old record or the new one. */
int imports_set(struct imports *imports, const char *lineage, const struct import *import,
		struct error *err)
{
	const struct file_attributes attributes = {.mode = 0600};
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	struct json *entry = json_object_new();

	json_set_string(entry, "arn", import->arn);
	if (import->distribution)
		json_set_string(entry, "distribution", import->distribution);
	if (import->former)
		json_set_string(entry, "former", import->former);
	json_set(json_member(imports->document, "certificates"), lineage, entry);
	json_print(imports->document, JSON_PRETTY, &text);
	return file_replace(imports->path, text.text, text.len, &attributes, err);
}
