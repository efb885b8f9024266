/*
 * Search for AWS keys (see aws_credentials.h). The source that has any is used, also when it fails.
 */
#include "dns/providers/amazon/aws_credentials.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "codec/json.h"
#include "dns/program.h"
#include "dns/provider.h"
#include "dns/providers/amazon/aws_metadata.h"
#include "dns/providers/amazon/aws_profiles.h"
#include "dns/providers/amazon/aws_roles.h"

/* The state that the sources share. */
struct search {
	struct dns_session *session;
	const char *needed; /* actions */
	struct aws_profiles profiles;
	const char *profile;
	bool profile_is_given;
	struct aws_keys *keys;
};

static void search_release(struct search *search)
{
	aws_profiles_release(&search->profiles);
}
DEFINE_AUTO(search, search_release);

static int from_environment(struct search *search, struct error *err)
{
	const char *id = aws_variable("AWS_ACCESS_KEY_ID"),
		   *secret = aws_variable("AWS_SECRET_ACCESS_KEY");

	if (id && !secret)
		return error_set(err, ERR_CONFIG,
				 "cannot log in to AWS: AWS_ACCESS_KEY_ID is set, "
				 "but not AWS_SECRET_ACCESS_KEY");
	if (id)
		aws_keys_set(search->keys, id, secret, aws_variable("AWS_SESSION_TOKEN"));
	return id ? 1 : 0;
}

static const char *setting(const struct search *search, const char *profile, const char *key)
{
	return aws_profiles_get(&search->profiles, profile, key);
}

/* The permanent keys of a profile: 1 when it has them. */
static int keys_of(struct search *search, const char *profile, struct aws_keys *ret_keys,
		   struct error *err)
{
	const char *id = setting(search, profile, "aws_access_key_id");
	const char *secret = setting(search, profile, "aws_secret_access_key");

	if (!id)
		return 0;
	if (!secret)
		return error_set(err, ERR_CONFIG,
				 "cannot log in to AWS: profile '%s' has no "
				 "aws_secret_access_key",
				 profile);
	aws_keys_set(ret_keys, id, secret, setting(search, profile, "aws_session_token"));
	return 1;
}

static int from_container(struct search *search, struct error *err)
{
	return aws_container_keys(search->session, search->keys, err);
}

static int from_machine(struct search *search, struct error *err)
{
	return aws_machine_keys(search->session, search->keys, err);
}

/* The values of credential_source in a profile. */
static const struct {
	const char *name;
	int (*find)(struct search *search, struct error *err);
} role_sources[] = {
	{"Environment", from_environment},
	{"EcsContainer", from_container},
	{"Ec2InstanceMetadata", from_machine},
};

/* The keys that may take on the role of the profile: 1 when they are there. */
static int keys_for_role(const struct search *search, const char *source, struct aws_keys *ret_keys,
			 struct error *err)
{
	struct search own = *search;
	int rc = 0;

	own.keys = ret_keys;
	if (setting(search, search->profile, "source_profile"))
		rc = keys_of(&own, source, ret_keys, err);
	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(role_sources); i++)
		if (strcmp(role_sources[i].name, source) == 0)
			rc = role_sources[i].find(&own, err);
	if (rc == 0)
		return error_set(err, ERR_CONFIG,
				 "cannot log in to AWS: '%s', the source of profile '%s', has no "
				 "keys",
				 source, search->profile);
	return rc;
}

/* A role that another profile, or the machine, may take on. */
static int from_profile_role(struct search *search, struct error *err)
{
	const char *arn = setting(search, search->profile, "role_arn");
	const char *source = setting(search, search->profile, "source_profile");
	AUTO(aws_keys) struct aws_keys own = {.expires = 0};
	struct aws_role role = {.arn = arn, .keys = &own};
	int rc;

	if (!source)
		source = setting(search, search->profile, "credential_source");
	if (!arn || !source)
		return 0;
	rc = keys_for_role(search, source, &own, err);
	if (rc < 0)
		return rc;
	role.external_id = setting(search, search->profile, "external_id");
	role.session_name = setting(search, search->profile, "role_session_name");
	rc = aws_assume_role(search->session, &role, search->keys, err);
	return rc < 0 ? rc : 1;
}

/* A token in a file, as Kubernetes gives it to a service account. */
static int from_web_identity(struct search *search, struct error *err)
{
	const char *file = aws_variable("AWS_WEB_IDENTITY_TOKEN_FILE");
	struct aws_role role = {.arn = aws_variable("AWS_ROLE_ARN"),
				.session_name = aws_variable("AWS_ROLE_SESSION_NAME")};
	AUTO(secret) struct secret token = SECRET_INIT;
	int rc;

	if (!file) {
		file = setting(search, search->profile, "web_identity_token_file");
		role.arn = setting(search, search->profile, "role_arn");
		role.session_name = setting(search, search->profile, "role_session_name");
	}
	if (!file || !role.arn)
		return 0;
	if (dns_read_file(file, &token, err) < 0)
		return error_wrap(err, "cannot log in to AWS");
	role.web_identity = secret_peek(&token);
	rc = aws_assume_role(search->session, &role, search->keys, err);
	return rc < 0 ? rc : 1;
}

/* A program that prints keys, run by the shell as Amazon's own libraries do. */
static int from_process(struct search *search, struct error *err)
{
	const char *command = setting(search, search->profile, "credential_process");
	const char *argv[] = {"/bin/sh", "-c", command, NULL};
	const struct dns_program program = {.argv = argv};
	AUTO(strbuf) struct strbuf output = STRBUF_INIT;
	AUTO(json) struct json *answer = NULL;
	int rc;

	if (!command)
		return 0;
	if (dns_run_program(search->session, &program, &output, err) < 0 ||
	    json_parse(output.text, output.len, "its output", &answer, err) < 0)
		rc = error_wrap(err, "cannot log in to AWS by the credential_process of '%s'",
				search->profile);
	else
		rc = aws_take_keys(search->session, "run the credential_process", answer,
				   "SessionToken", search->keys, err);
	secret_wipe(output.text, output.len);
	return rc;
}

static int from_profile(struct search *search, struct error *err)
{
	static const char *const unknown[] = {"sso_session", "sso_start_url"};
	int rc = keys_of(search, search->profile, search->keys, err);

	if (rc == 0)
		rc = from_process(search, err);
	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(unknown); i++) {
		if (!setting(search, search->profile, unknown[i]))
			continue;
		error_set(err, ERR_CONFIG,
			  "cannot log in to AWS: profile '%s' uses '%s', which is "
			  "not supported",
			  search->profile, unknown[i]);
		return error_hint(err, "put keys into the profile, or into AWS_ACCESS_KEY_ID and "
				       "AWS_SECRET_ACCESS_KEY");
	}
	if (rc == 0 && search->profile_is_given &&
	    !aws_profiles_has(&search->profiles, search->profile))
		return error_set(err, ERR_CONFIG, "cannot log in to AWS: there is no profile '%s'",
				 search->profile);
	return rc;
}

static int (*const sources[])(struct search *search, struct error *err) = {
	from_environment, from_profile_role, from_web_identity,
	from_profile,     from_container,    from_machine,
};

static int search_sources(struct search *search, struct error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
		int rc = sources[i](search, err);

		if (rc)
			return rc < 0 ? rc : 0;
	}
	error_set(err, ERR_CONFIG, "cannot log in to AWS: no credentials were found");
	return error_hint(err,
			  "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or put keys into "
			  "~/.aws/credentials, or give the machine a role. It needs %s",
			  search->needed);
}

int aws_credentials_find(struct dns_session *session, const char *needed, struct aws_keys *ret_keys,
			 char **ret_region, struct error *err)
{
	AUTO(search)
	struct search search = {.session = session, .needed = needed, .keys = ret_keys};
	const char *region = aws_variable("AWS_REGION");

	aws_profiles_init(&search.profiles);
	search.profile = aws_variable("AWS_PROFILE");
	if (!search.profile)
		search.profile = aws_variable("AWS_DEFAULT_PROFILE");
	search.profile_is_given = search.profile != NULL;
	if (!search.profile)
		search.profile = "default";
	if (aws_profiles_read(&search.profiles, err) < 0 || search_sources(&search, err) < 0)
		return err->code;
	dns_hide(session, secret_peek(&ret_keys->secret));
	if (ret_keys->token.len)
		dns_hide(session, secret_peek(&ret_keys->token));
	if (!region)
		region = aws_variable("AWS_DEFAULT_REGION");
	if (!region)
		region = setting(&search, search.profile, "region");
	REPLACE(*ret_region, xstrdup_or_null(region));
	return 0;
}
