/*
 * Profiles of Amazon Web Services (see aws_profiles.h). The grammar is that of Python's
 * configparser, as far as people use it: sections, "key = value", comments; indented lines belong
 * to the key above (settings of single services), which does not concern us.
 */
#include "dns/providers/amazon/aws_profiles.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/secret.h"
#include "base/span.h"
#include "dns/provider.h"

static void free_wiped(void *text)
{
	if (text)
		secret_wipe(text, strlen(text));
	free(text);
}

void aws_profiles_init(struct aws_profiles *profiles)
{
	profiles->values = (struct map)MAP_INIT(free_wiped);
	profiles->names = (struct map)MAP_INIT(NULL);
}

void aws_profiles_release(struct aws_profiles *profiles)
{
	map_release(&profiles->values);
	map_release(&profiles->names);
}

/* The name between the brackets; NULL: the section is not a profile. Heap. */
static char *section_name(struct span line, const char *prefix)
{
	struct span name = span_make(line.ptr + 1, strcspn(line.ptr + 1, "]"));

	name = span_trim(name);
	if (!span_eq(name, "default") && !span_skip_prefix(&name, prefix))
		return NULL;
	return span_dup(span_trim(name));
}

static void take_profile_value(struct aws_profiles *profiles, const char *profile, struct span line)
{
	struct span name = span_make(line.ptr, strcspn(line.ptr, "=:"));
	struct span value = span_make(name.ptr + name.len + 1, line.len - name.len - 1);
	AUTO_FREE char *lower = span_dup(span_trim(name));
	AUTO_FREE char *key = NULL;

	ascii_lower_string(lower);
	key = xasprintf("%s\n%s", profile, lower);
	if (!map_contains(&profiles->values, key))
		map_set(&profiles->values, key, span_dup(span_trim(value)));
}

static bool is_blank_or_comment(struct span line)
{
	struct span text = span_trim(line);

	return !text.len || text.ptr[0] == '#' || text.ptr[0] == ';';
}

int aws_profiles_parse(struct aws_profiles *profiles, const char *text, const char *path,
		       const char *prefix, struct error *err)
{
	struct span rest = span_of(text), line;
	AUTO_FREE char *profile = NULL;
	bool in_section = false;

	for (int number = 1; span_take_line(&rest, &line); number++) {
		if (is_blank_or_comment(line) || line.ptr[0] == ' ' || line.ptr[0] == '\t')
			continue;
		if (line.ptr[0] == '[' && memchr(line.ptr, ']', line.len)) {
			in_section = true;
			REPLACE(profile, section_name(line, prefix));
			if (profile)
				map_set(&profiles->names, profile, NULL);
		} else if (!in_section || line.ptr[0] == '[' ||
			   strcspn(line.ptr, "=:") >= line.len) {
			return error_set(err, ERR_CONFIG,
					 "cannot read '%s': line %d is neither a section nor "
					 "'key = value' in one",
					 path, number);
		} else if (profile) {
			take_profile_value(profiles, profile, line);
		}
	}
	return 0;
}

static char *path_of(const char *variable, const char *fallback)
{
	const char *given = getenv(variable);
	AUTO_FREE char *home = dns_home();

	if (!given || !given[0])
		given = fallback;
	return strncmp(given, "~/", 2) == 0 ? xasprintf("%s%s", home, given + 1) : xstrdup(given);
}

static int read_profiles(struct aws_profiles *profiles, const char *path, const char *prefix,
			 struct error *err)
{
	AUTO(secret) struct secret text = SECRET_INIT;
	AUTO(error) struct error failure = ERROR_INIT;
	/* Only the credentials file holds secrets as a rule: the other one may be readable. */
	int rc = prefix[0] ? dns_read_file(path, &text, &failure)
			   : dns_read_secret_file(path, &text, &failure);

	if (rc == ERR_NOT_FOUND)
		return 0;
	if (rc < 0)
		return error_move(err, &failure);
	return aws_profiles_parse(profiles, secret_peek(&text), path, prefix, err);
}

int aws_profiles_read(struct aws_profiles *profiles, struct error *err)
{
	AUTO_FREE char *credentials = path_of("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials");
	AUTO_FREE char *config = path_of("AWS_CONFIG_FILE", "~/.aws/config");

	if (read_profiles(profiles, credentials, "", err) < 0)
		return err->code;
	return read_profiles(profiles, config, "profile ", err);
}

bool aws_profiles_has(const struct aws_profiles *profiles, const char *profile)
{
	return map_contains(&profiles->names, profile);
}

const char *aws_profiles_get(const struct aws_profiles *profiles, const char *profile,
			     const char *key)
{
	AUTO_FREE char *name = xasprintf("%s\n%s", profile, key);

	return map_get(&profiles->values, name);
}
