/*
 * Services with a copy of one certificate (see single_copy.h).
 */
#include "webserver/single_copy.h"

#include "base/log.h"
#include "crypto/cert/cert.h"
#include "os/file/file.h"

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

void single_copy_each(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		      single_copy_each_fn *each)
{
	for (size_t i = 0; i < count; i++)
		(void)!each(instance, &tasks[i], &tasks[i].error);
}
