/*
 * The files in which users of Amazon Web Services keep profiles: ~/.aws/credentials and
 * ~/.aws/config (https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html), or
 * where AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE point.
 */
#ifndef DNS_PROVIDERS_AMAZON_AWS_PROFILES_H
#define DNS_PROVIDERS_AMAZON_AWS_PROFILES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/map.h"

struct aws_profiles {
	struct map values; /* "profile\nkey" -> heap text, wiped when freed */
	struct map names;  /* of the profiles that exist, without values */
};

/* Makes an empty set of profiles. */
void aws_profiles_init(struct aws_profiles *profiles);

/* Wipes and frees all values. */
void aws_profiles_release(struct aws_profiles *profiles);
DEFINE_AUTO(aws_profiles, aws_profiles_release);

/* Reads both files; one that does not exist is empty. The credentials file takes precedence.
 * ERR_IO, ERR_CONFIG (with the line). */
int aws_profiles_read(struct aws_profiles *profiles, struct error *err) WARN_UNUSED;
/* Takes the text of one file; `prefix` precedes the names of its sections ("profile ", not before
 * "default"). Values that are there already stay. ERR_CONFIG. */
int aws_profiles_parse(struct aws_profiles *profiles, const char *text, const char *path,
		       const char *prefix, struct error *err) WARN_UNUSED;

/* Returns true when there is a profile of this name. */
bool aws_profiles_has(const struct aws_profiles *profiles, const char *profile);
/* A value, borrowed; NULL when there is none. Keys are in lower case. */
const char *aws_profiles_get(const struct aws_profiles *profiles, const char *profile,
			     const char *key);

#endif
