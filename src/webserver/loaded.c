/*
 * Whether a service loads what a renewal has written (see loaded.h).
 */
#include "webserver/loaded.h"

#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "os/file/file.h"
#include "webserver/probe.h"
#include "webserver/proof.h"
#include "webserver/server_parts.h"

void loaded_refuse(const struct webserver *server, struct deploy_task *task, const char *path,
		   const char *instead)
{
	const struct webserver_run *run = server->run;
	AUTO(error) struct error reason = ERROR_INIT;

	if (instead)
		error_set(&reason, ERR_CONFIG,
			  "the configuration of %s does not load '%s', but '%s'", run->kind->name,
			  path, instead);
	else
		error_set(&reason, ERR_CONFIG, "the configuration of %s does not load '%s'",
			  run->kind->name, path);
	error_hint(&reason, "to have it loaded: certbot install -i %s --cert-name %s",
		   run->plugin->name, task->lineage);
	if (!task->is_first)
		error_move(&task->error, &reason);
	else
		log_warning("%s (%s)", reason.text, reason.hint);
}

bool loaded_has_leaf(const char *path, const struct deploy_task *task)
{
	AUTO_FREE char *leaf = webserver_leaf(path);
	AUTO_FREE char *wanted = webserver_leaf(task->cert_path);

	return leaf && wanted && probe_is_same_pem(leaf, wanted);
}

/* Paths end where most configurations separate words. */
static bool leads_to(const char *text, const struct deploy_task *task)
{
	static const char separators[] = " \t\r\n\"'<>{}()[],;:=|";

	while (*(text += strspn(text, separators))) {
		size_t len = strcspn(text, separators);
		AUTO_FREE char *word = text[0] == '/' ? xstrndup(text, len) : NULL;

		if (word && (path_is_same(word, task->fullchain_path) ||
			     path_is_same(word, task->cert_path) ||
			     (file_is_regular(word) && loaded_has_leaf(word, task))))
			return true;
		text += len;
	}
	return false;
}

bool loaded_names_live(const char *text, const struct deploy_task *task)
{
	AUTO_FREE char *below = xasprintf("%s/", task->live_dir);

	return strstr(text, below) || leads_to(text, task);
}
