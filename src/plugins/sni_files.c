/*
 * Files of tls-sni-01 challenges (see sni_files.h). Nothing else is ever in the directory, so it is
 * its own record: a run that finds it removes it.
 */
#include "plugins/sni_files.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/secret.h"
#include "crypto/cert/cert.h"
#include "os/clock.h"
#include "os/file/file.h"
#include "plugin/hook_variables.h"

#define DIR_NAME "tls-sni-01"

static char *dir_of(const struct plugin_host *host)
{
	return path_join(settings_string(host->settings, "work_dir"), DIR_NAME);
}

static char *file_path(const struct plugin_host *host, const struct acme_challenge *challenge,
		       const char *suffix)
{
	AUTO_FREE char *dir = dir_of(host);

	if (challenge->type != ACME_TLS_SNI_01)
		return NULL;
	return xasprintf("%s/%s%s", dir, challenge->token, suffix);
}

char *sni_files_cert_path(const struct plugin_host *host, const struct acme_challenge *challenge)
{
	return file_path(host, challenge, ".crt");
}

char *sni_files_key_path(const struct plugin_host *host, const struct acme_challenge *challenge)
{
	return file_path(host, challenge, ".pem");
}

void sni_files_add_variables(const struct plugin_host *host, const struct acme_challenge *challenge,
			     const struct sni_file_names *names, struct strvec *env,
			     struct strvec *unset)
{
	AUTO_FREE char *cert_path = sni_files_cert_path(host, challenge);
	AUTO_FREE char *key_path = sni_files_key_path(host, challenge);

	hook_variables_set(names->cert, cert_path, env, unset);
	hook_variables_set(names->key, key_path, env, unset);
}

static int write_pair(const struct plugin_host *host, const struct acme_challenge *challenge,
		      struct key **key, struct error *err)
{
	static const struct file_attributes open_to_all = {.mode = 0644}, closed = {.mode = 0400};
	const struct cert_sni_request request = {
		.sni_name = challenge->sni_name,
		.now = clock_now_seconds(host->clock),
	};
	AUTO_FREE char *cert_path = sni_files_cert_path(host, challenge);
	AUTO_FREE char *key_path = sni_files_key_path(host, challenge);
	AUTO(strbuf) struct strbuf cert_pem = STRBUF_INIT;
	AUTO(secret) struct secret key_pem = SECRET_INIT;

	if (cert_make_sni(&request, key, &cert_pem, &key_pem, err) < 0 ||
	    file_replace(cert_path, cert_pem.text, cert_pem.len, &open_to_all, err) < 0)
		return err->code;
	return file_replace(key_path, secret_peek(&key_pem), key_pem.len, &closed, err);
}

int sni_files_write(const struct plugin_host *host, const struct plugin_task *tasks, size_t count,
		    struct key **key, struct error *err)
{
	AUTO_FREE char *dir = dir_of(host);

	for (size_t i = 0; i < count; i++)
		if (tasks[i].challenge->type == ACME_TLS_SNI_01 &&
		    (dir_make(dir, 0755, err) < 0 ||
		     write_pair(host, tasks[i].challenge, key, err) < 0))
			return error_wrap(err, "cannot prepare tls-sni-01");
	return 0;
}

int sni_files_remove(const struct plugin_host *host, const struct plugin_task *tasks, size_t count,
		     struct error *err)
{
	AUTO_FREE char *dir = dir_of(host);

	for (size_t i = 0; i < count; i++) {
		AUTO_FREE char *cert_path = sni_files_cert_path(host, tasks[i].challenge);
		AUTO_FREE char *key_path = sni_files_key_path(host, tasks[i].challenge);

		if (cert_path &&
		    (file_remove(cert_path, err) < 0 || file_remove(key_path, err) < 0))
			return err->code;
	}
	return dir_is_empty(dir) ? dir_remove(dir, err) : 0;
}

int sni_files_recover(const char *work_dir, struct error *err)
{
	AUTO_FREE char *dir = path_join(work_dir, DIR_NAME);

	if (!file_exists(dir))
		return 0;
	log_info("Removing tls-sni-01 certificates of an interrupted run");
	return dir_remove_tree(dir, err);
}
