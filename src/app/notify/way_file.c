/*
 * Reads the file of a target (see way_file.h).
 */
#include "app/notify/way_file.h"

#include <string.h>

#include "base/alloc.h"
#include "base/secret.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "codec/ini.h"
#include "codec/url.h"
#include "os/file/secret_file.h"

enum { MAX_FILE = 64 * 1024 };

/* Whoever knows one of these can send in our name. */
static const char *const secret_keys[] = {"token", "password"};

void way_file_release(struct way_file *file)
{
	map_release(&file->values);
}

/* A comma makes a list, and a # a comment: half a password would be sent, and refused without a
 * reason that anybody sees. */
static int check_value(const struct ini_section *root, const char *key, struct error *err)
{
	if (!ini_is_list(root, key) && !ini_is_cut(root, key))
		return 0;
	return error_set(err, ERR_CONFIG, "the value of %s has a %s: put it in quotes", key,
			 ini_is_list(root, key) ? "comma" : "#");
}

static int take_lines(const struct ini_section *root, struct way_file *file, struct error *err)
{
	for (size_t i = 0; i < ini_key_count(root); i++) {
		char *value = NULL;

		if (check_value(root, ini_key_at(root, i), err) < 0 ||
		    ini_get(root, ini_key_at(root, i), &value, err) < 0)
			return err->code;
		map_set(&file->values, ini_key_at(root, i), value);
	}
	return 0;
}

/* A setting whose name is misspelt would be missed only when nobody is told. */
static int check_known(const struct ini_section *root, const struct way_keys *keys,
		       struct error *err)
{
	AUTO(strvec) struct strvec known = STRVEC_INIT;
	AUTO_FREE char *list = NULL;
	const char *stranger = ini_section_count(root) ? ini_section_name(ini_section_at(root, 0))
						       : NULL;

	strvec_split(&known, keys->needed, " ");
	strvec_split(&known, keys->optional, " ");
	for (size_t i = 0; i < ini_key_count(root) && !stranger; i++)
		if (!strvec_contains(&known, ini_key_at(root, i)))
			stranger = ini_key_at(root, i);
	if (!stranger)
		return 0;
	list = strvec_join(&known, ", ");
	error_set(err, ERR_CONFIG, "'%s' is not a setting of this way", stranger);
	return error_hint(err, "its settings are: %s", list);
}

/* All that is missing is told at once, so that the file can be mended at once. */
static int check_complete(const struct way_file *file, const char *keys, struct error *err)
{
	AUTO(strvec) struct strvec wanted = STRVEC_INIT, missing = STRVEC_INIT;
	AUTO_FREE char *list = NULL;

	strvec_split(&wanted, keys, " ");
	for (size_t i = 0; i < wanted.count; i++)
		if (!way_file_get(file, wanted.items[i]))
			strvec_push(&missing, wanted.items[i]);
	if (!missing.count)
		return 0;
	list = strvec_join(&missing, ", ");
	return error_set(err, ERR_CONFIG, "it has no value for: %s", list);
}

int way_file_read(const char *path, const struct way_keys *keys, struct way_file *ret_file,
		  struct error *err)
{
	AUTO(secret) struct secret text = SECRET_INIT;
	AUTO(ini) struct ini *ini = NULL;

	ret_file->values = (struct map)MAP_INIT(secret_free_text);
	if (secret_file_read(path, MAX_FILE, &text, err) < 0 ||
	    ini_parse(secret_peek(&text), text.len, path, &ini, err) < 0)
		return error_recode(err, ERR_CONFIG);
	if (check_known(ini_root(ini), keys, err) < 0 ||
	    take_lines(ini_root(ini), ret_file, err) < 0 ||
	    check_complete(ret_file, keys->needed, err) < 0)
		return error_wrap(err, "%s", path);
	return 0;
}

const char *way_file_get(const struct way_file *file, const char *key)
{
	const char *value = map_get(&file->values, key);

	return value && value[0] ? value : NULL;
}

/* Messages show a URL with or without its query and the slash at its end, and servers name only the
 * path. All of it is masked, the longest part first, for what is left of a shorter one would give
 * the rest away. */
static void mask_url(const char *given, struct strbuf *text)
{
	const char *path = given + url_server_length(given);
	AUTO_FREE char *shown = xstrndup(given, (size_t)url_shown_length(given));
	AUTO_FREE char *shown_path = xstrndup(path, (size_t)url_shown_length(path));
	size_t len = strlen(shown);

	strbuf_mask(text, given);
	strbuf_mask(text, path);
	strbuf_mask(text, shown);
	strbuf_mask(text, shown_path);
	while (len && shown[len - 1] == '/')
		shown[--len] = '\0';
	strbuf_mask(text, shown);
}

void way_file_mask(const struct way_file *file, struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	strbuf_adds(&text, err->text);
	if (way_file_get(file, "url"))
		mask_url(way_file_get(file, "url"), &text);
	for (size_t i = 0; i < ARRAY_LEN(secret_keys); i++)
		if (way_file_get(file, secret_keys[i]))
			strbuf_mask(&text, way_file_get(file, secret_keys[i]));
	REPLACE(err->text, strbuf_detach(&text));
}
