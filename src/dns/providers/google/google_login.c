/*
 * Finding Google's credentials (see google_login.h).
 */
#include "dns/providers/google/google_login.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "codec/json.h"
#include "crypto/key/key.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/provider.h"

void google_login_free(struct google_login *login)
{
	if (!login)
		return;
	json_free(login->file);
	key_free(login->key);
	free(login->project);
	secret_release(&login->token.text);
	free(login);
}

const char *google_login_project(const struct google_login *login)
{
	return login->project;
}

/* Members that each kind of file must have, NULL-terminated; their values but the first may be
 * secret. */
static const struct file_kind {
	const char *type;
	const char *needed[4];
	bool is_public;
} kinds[] = {
	{"service_account", {"client_email", "private_key"}, false},
	{"authorized_user", {"client_id", "client_secret", "refresh_token"}, false},
	{"external_account", {"audience", "subject_token_type", "token_url"}, true},
};

static int check_members(struct dns_session *session, const struct json *file,
			 const struct file_kind *kind, const char *path, struct error *err)
{
	for (size_t i = 0; kind->needed[i]; i++) {
		const char *value = dns_answer_text(file, kind->needed[i]);

		if (!*value)
			return error_set(err, ERR_CONFIG,
					 "cannot log in at Google: '%s' has no '%s'", path,
					 kind->needed[i]);
		if (i > 0 && !kind->is_public)
			dns_hide(session, value);
	}
	return 0;
}

static int take_file(struct dns_session *session, struct google_login *login, const char *path,
		     struct error *err)
{
	const char *type = dns_answer_text(login->file, "type");
	const char *pem = dns_answer_text(login->file, "private_key");
	const struct file_kind *kind = NULL;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i].type, type) == 0)
			kind = &kinds[i];
	if (!kind)
		return error_set(err, ERR_CONFIG,
				 "cannot log in at Google: '%s' holds credentials of type '%s', "
				 "expected service_account, authorized_user or external_account",
				 path, type);
	if (check_members(session, login->file, kind, path, err) < 0)
		return err->code;
	if (*dns_answer_text(login->file, "project_id"))
		login->project = xstrdup(dns_answer_text(login->file, "project_id"));
	login->is_external = kind == &kinds[2];
	if (kind == &kinds[0] && key_from_pem(pem, strlen(pem), &login->key, err) < 0)
		return error_wrap(err, "cannot log in at Google: private_key in '%s'", path);
	return 0;
}

static int read_file(struct dns_session *session, struct google_login *login, const char *path,
		     struct error *err)
{
	AUTO(secret) struct secret text = SECRET_INIT;

	if (dns_read_secret_file(path, &text, err) < 0)
		return error_wrap(err, "cannot log in at Google");
	if (json_parse(secret_peek(&text), text.len, path, &login->file, err) < 0) {
		error_recode(err, ERR_CONFIG);
		return error_wrap(err, "cannot log in at Google");
	}
	return take_file(session, login, path, err);
}

/* Where gcloud keeps what "gcloud auth application-default login" made. */
static char *gcloud_path(void)
{
	const char *folder = getenv("CLOUDSDK_CONFIG");
	AUTO_FREE char *home = dns_home();

	if (folder && folder[0])
		return xasprintf("%s/application_default_credentials.json", folder);
	return xasprintf("%s/.config/gcloud/application_default_credentials.json", home);
}

/* The account of the machine; its project comes with it. */
static int use_machine(struct dns_session *session, struct google_login *login, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(error) struct error reason = ERROR_INIT;

	if (google_ask_machine(session, "project/project-id", &reply, &reason) == ERR_CANCELLED)
		return error_move(err, &reason);
	if (error_is_set(&reason) || !reply.body_len) {
		error_set(err, ERR_CONFIG, "cannot log in at Google: no credentials were found");
		return error_hint(err, "give a service account's key with "
				       "--dns-google-credentials, or run on a machine of Google's "
				       "with a service account that may change Cloud DNS");
	}
	login->project = xstrdup(reply.body);
	return 0;
}

int google_login_new(struct dns_session *session, const char *path, struct google_login **ret_login,
		     struct error *err)
{
	AUTO(google_login) struct google_login *login = XNEW(struct google_login);
	AUTO_FREE char *gcloud = gcloud_path();
	AUTO(error) struct error missing = ERROR_INIT;
	const char *project = getenv("GOOGLE_CLOUD_PROJECT");
	bool is_given = path && path[0];
	int rc;

	if (!is_given)
		path = getenv("GOOGLE_APPLICATION_CREDENTIALS");
	if (path && path[0]) {
		rc = read_file(session, login, path, err);
	} else {
		rc = read_file(session, login, gcloud, &missing);
		if (rc == ERR_NOT_FOUND)
			rc = use_machine(session, login, err);
		else if (rc < 0)
			error_move(err, &missing);
	}
	if (rc < 0)
		return rc;
	if (!is_given && project && project[0])
		REPLACE(login->project, xstrdup(project));
	*ret_login = STEAL(login);
	return 0;
}
