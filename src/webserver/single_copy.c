/*
 * Services with a copy of one certificate (see single_copy.h).
 */
#include "webserver/single_copy.h"

#include "base/alloc.h"
#include "base/log.h"
#include "crypto/cert/cert.h"
#include "os/file/file.h"
#include "os/users.h"

#define MAX_PEM (1 << 20)

void single_copy_release(struct single_copy *copy)
{
	strbuf_release(&copy->fullchain);
	secret_release(&copy->key);
}

int single_copy_read(const struct deploy_task *task, const char *service, struct single_copy *ret,
		     struct error *err)
{
	AUTO(strbuf) struct strbuf key = STRBUF_INIT;

	if (!task->fullchain_path)
		return error_set(err, ERR_CONFIG, "%s needs --fullchain-path", service);
	if (file_read(task->fullchain_path, MAX_PEM, &ret->fullchain, err) < 0 ||
	    file_read(task->key_path, MAX_PEM, &key, err) < 0)
		return err->code;
	secret_set(&ret->key, key.text, key.len);
	secret_wipe(key.text, key.len);
	return 0;
}

/* Such a service has room for one certificate. If it is somebody else's, the last command would win
 * without anybody having decided that. */
bool single_copy_is_of_other(struct span present_pem, const struct deploy_task *task,
			     const char *service)
{
	AUTO(cert) struct cert *cert = NULL;
	AUTO(error) struct error unreadable = ERROR_INIT;
	const struct strvec *names;

	/* A file that is not a certificate may be replaced. */
	if (cert_from_pem(present_pem.ptr, present_pem.len, &cert, &unreadable) < 0)
		return false;
	names = cert_dns_names(cert);
	for (size_t i = 0; i < names->count; i++)
		if (strvec_contains(task->names, names->items[i]))
			return false;
	if (!names->count)
		return false;
	log_warning("%s has a certificate for %s, which stays: %s is not installed there", service,
		    names->items[0], task->lineage ? task->lineage : task->fullchain_path);
	return true;
}

/* Without its certificate the new key would keep the service from starting: if that cannot be
 * written, the old key comes back. */
static int replace_pair(const char *key_path, const char *cert_path, const struct single_copy *copy,
			const struct file_attributes *attributes, struct error *err)
{
	AUTO(strbuf) struct strbuf old_key = STRBUF_INIT;
	AUTO(error) struct error no_key = ERROR_INIT, undo_error = ERROR_INIT;
	bool has_old = file_read(key_path, MAX_PEM, &old_key, &no_key) == 0;

	if (file_replace(key_path, secret_peek(&copy->key), copy->key.len, attributes, err) == 0 &&
	    file_replace(cert_path, copy->fullchain.text, copy->fullchain.len, attributes, err) <
		    0 &&
	    has_old &&
	    file_replace(key_path, old_key.text, old_key.len, attributes, &undo_error) < 0)
		error_hint(err, "%s", undo_error.text);
	secret_wipe(old_key.text, old_key.len);
	return err->code;
}

int single_copy_write(const struct single_copy *copy, const char *dir,
		      const struct single_copy_place *place, struct error *err)
{
	AUTO_FREE char *cert_path = path_join(dir, place->cert);
	AUTO_FREE char *key_path = path_join(dir, place->key);
	struct file_attributes attributes = {.mode = 0640, .is_left_alone = !place->group};

	attributes.set_group = place->group != NULL;
	if ((place->group && users_find_group(place->group, &attributes.gid, err) < 0) ||
	    replace_pair(key_path, cert_path, copy, &attributes, err) < 0)
		return error_wrap(err, "cannot give %s its certificate", place->service);
	return 0;
}

bool single_copy_place_is_of_other(const char *dir, const struct single_copy_place *place,
				   const struct deploy_task *task)
{
	AUTO_FREE char *path = path_join(dir, place->cert);
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
	AUTO(error) struct error missing = ERROR_INIT;

	return file_read(path, MAX_PEM, &pem, &missing) == 0 &&
	       single_copy_is_of_other(span_make(pem.text, pem.len), task, place->service);
}
