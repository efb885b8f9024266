/*
 * The values of --key-type (see key_types.h).
 */
#include "config/key_types.h"

#include "base/ascii.h"

static const struct row {
	const char *text, *first, *second;
} rows[] = {
	{"ecdsa", "ecdsa", NULL},
	{"rsa", "rsa", NULL},
	{"ecdsa,rsa", "ecdsa", "rsa"},
	{"rsa,ecdsa", "rsa", "ecdsa"},
};

/* A conf may have been written by hand: an unknown word is left to whoever makes the key. */
static const struct row *find_row(const struct settings *settings)
{
	const char *text = settings_string(settings, "key_type");

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (str_eq_or_null(text, rows[i].text))
			return &rows[i];
	return &rows[0];
}

const char *key_types_first(const struct settings *settings)
{
	return find_row(settings)->first;
}

const char *key_types_second(const struct settings *settings)
{
	return find_row(settings)->second;
}

const char *key_types_text(const char *first, const char *second)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (str_eq_or_null(rows[i].first, first) && str_eq_or_null(rows[i].second, second))
			return rows[i].text;
	return first;
}

/* Where a person has given --key-type, that counts for both. */
void key_types_restore(struct settings *settings, const char *second)
{
	if (second && settings_origin(settings, "key_type") == ORIGIN_RENEWAL_CONF)
		settings_set_string(settings, "key_type",
				    key_types_text(key_types_first(settings), second),
				    ORIGIN_RENEWAL_CONF);
}

void key_types_note(const struct settings *settings, struct ini *conf)
{
	struct ini_section *params = ini_find_section(ini_root(conf), "renewalparams");

	if (params && key_types_second(settings))
		ini_set(params, "key_type", key_types_first(settings));
}
