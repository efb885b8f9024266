/*
 * Checks that a reloaded server uses its new configuration (see proof.h). If it does not accept
 * connections at all, that is an error and the edits are undone. If it sends another certificate
 * after a rollback, that is only a warning, because the reason may lie outside its configuration
 * (another program in front of it).
 */
#include "webserver/proof.h"

#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/secret.h"
#include "os/file/file.h"
#include "webserver/owed.h"
#include "webserver/server_parts.h"

#define MAX_CHAIN (1 << 20)
/* A reload is for all names at once, so more of them would take longer and tell little. */
#define MAX_LOOKS 100
#define PEM_BEGIN "-----BEGIN CERTIFICATE-----"
#define PEM_END "-----END CERTIFICATE-----"

static void release_certificates(struct webserver_certificates *which)
{
	strvec_release(&which->paths);
	strvec_release(&which->names);
	strvec_release(&which->firsts);
	strvec_release(&which->seconds);
}

static void add_certificate(struct webserver_certificates *which, const struct deploy_task *task)
{
	strvec_push_unique(&which->paths, task->fullchain_path);
	if (task->second_fullchain_path) {
		strvec_push_unique(&which->firsts, task->fullchain_path);
		strvec_push_unique(&which->seconds, task->second_fullchain_path);
	}
	for (size_t i = 0; i < task->names->count; i++)
		strvec_push_unique(&which->names, task->names->items[i]);
}

/* By path and name: which of the blocks shows it is only known when the configuration is read
 * again. */
void proof_expect(struct webserver *server, const struct deploy_task *task)
{
	if (task->fullchain_path)
		add_certificate(&server->run->expected, task);
}

char *webserver_leaf(const char *chain_path)
{
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;
	const char *start = NULL, *end = NULL;
	char *leaf = NULL;

	if (file_read(chain_path, MAX_CHAIN, &pem, &ignored) < 0)
		return NULL;
	start = strstr(pem.text, PEM_BEGIN);
	end = start ? strstr(start, PEM_END) : NULL;
	if (end)
		leaf = xstrndup(start, (size_t)(end - start) + strlen(PEM_END));
	/* The file may have the key, too. */
	secret_wipe(pem.text, pem.len);
	return leaf;
}

/* Asks the model, which is read again if necessary. An unreadable configuration proves nothing. A
 * kind without `prove` cannot be asked, and then nothing is claimed. */
static void gather_probes(struct webserver *server, const struct webserver_certificates *which,
			  struct probes *ret_probes)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (!server->run->kind->prove)
		return;
	if (webserver_load(server, &err) < 0)
		log_debug("%s", err.text);
	else
		server->run->kind->prove(server, which, ret_probes);
}

/* The model is dropped, since the rollback changes the files under it. */
void proof_note_old(struct webserver *server)
{
	probes_release(&server->run->old_looks);
	gather_probes(server, NULL, &server->run->old_looks);
	webserver_forget(server);
}

void proof_forget(struct webserver *server)
{
	probes_release(&server->run->old_looks);
	release_certificates(&server->run->expected);
}

static bool is_same_place(const struct probe *a, const struct probe *b)
{
	return a->leaf && strcmp(a->host, b->host) == 0 && strcmp(a->address, b->address) == 0 &&
	       a->port == b->port;
}

static const struct probe *find_same(const struct probes *probes, const struct probe *wanted)
{
	for (size_t i = 0; i < probes->count; i++)
		if (is_same_place(&probes->items[i], wanted) && probes->items[i].key == wanted->key)
			return &probes->items[i];
	return NULL;
}

/* Of two keys one may have gone: then the same leaf is for all clients, and not for those of its
 * kind alone. */
static bool is_shown_still(const struct probes *new, const struct probe *old)
{
	for (size_t i = 0; i < new->count; i++)
		if (is_same_place(&new->items[i], old) &&
		    (new->items[i].key == old->key ||
		     probe_is_same_pem(new->items[i].leaf, old->leaf)))
			return true;
	return false;
}

/* After a rollback: certificates that differ from before must be served, and those that are no
 * longer configured must not. */
static void add_differences(const struct probes *old, const struct probes *new,
			    struct probes *ret_looks)
{
	for (size_t i = 0; i < new->count; i++) {
		const struct probe *before = new->items[i].leaf ? find_same(old, &new->items[i])
								: NULL;

		if (new->items[i].leaf &&
		    (!before || !probe_is_same_pem(before->leaf, new->items[i].leaf)))
			probes_add(ret_looks, &new->items[i]);
	}
	for (size_t i = 0; i < old->count; i++) {
		struct probe gone = old->items[i];

		gone.is_gone = true;
		if (gone.leaf && !is_shown_still(new, &gone))
			probes_add(ret_looks, &gone);
	}
}

static void add_kind(const struct probes *all, bool looks, struct probes *ret_probes)
{
	for (size_t i = 0; i < all->count; i++)
		if ((all->items[i].leaf != NULL) == looks)
			probes_add(ret_probes, &all->items[i]);
}

static void note_unproved(void *context, size_t index, const struct error *reason)
{
	strvec_push(context, reason->text);
}

/* Appends a reason for each certificate that is not served in time. */
static int await_looks(struct webserver *server, const struct probes *looks,
		       struct strvec *ret_failures, struct error *err)
{
	const struct probe_means means = {server->host->clock, server->host->http};
	const struct probes first = {.items = looks->items,
				     .count = looks->count < MAX_LOOKS ? looks->count : MAX_LOOKS};

	return probes_wait_each(&first, &means, server->proof_limit_ms, note_unproved, ret_failures,
				err);
}

/* An error here makes the caller undo the edits: the server accepts no connections any more. */
static int await_connections(struct webserver *server, const struct probes *sockets,
			     int64_t limit_ms, struct error *err)
{
	const struct probe_means means = {.clock = server->host->clock};
	size_t open;

	if (probes_wait(sockets, &means, limit_ms, &open, err) < 0)
		return error_wrap(err, "%s does not use its new configuration",
				  server->run->kind->name);
	return 0;
}

/* Certificates that are missing after a rollback are reported. After a deployment that is for app/,
 * which asks again by webserver_prove(). */
static void conclude_looks(struct webserver *server, const struct strvec *failures)
{
	if (!server->run->old_looks.count && !failures->count)
		strvec_extend(&server->run->shown, &server->run->expected.paths);
	for (size_t i = 0; server->run->old_looks.count && i < failures->count; i++)
		log_warning("%s does not serve the expected certificate after its reload: %s",
			    server->run->kind->name, failures->items[i]);
}

/* Connections come last: a server that fails to open its sockets may have some of them open for a
 * moment (nginx tries for 2.5 seconds). */
static int await_probes(struct webserver *server, const struct probes *all,
			const struct probes *looks, struct error *err)
{
	AUTO(probes) struct probes sockets = PROBES_INIT;
	AUTO(strvec) struct strvec failures = STRVEC_INIT;

	if (owed_has_proof(server))
		add_kind(all, false, &sockets);
	if (await_looks(server, looks, &failures, err) < 0 ||
	    await_connections(server, &sockets, failures.count ? 0 : server->proof_limit_ms, err) <
		    0)
		return err->code;
	conclude_looks(server, &failures);
	return 0;
}

/* A server that does not run proves nothing, and will read its files when it starts. */
int proof_await(struct webserver *server, struct error *err)
{
	AUTO(probes) struct probes all = PROBES_INIT;
	AUTO(probes) struct probes looks = PROBES_INIT;
	bool is_old = server->run->old_looks.count > 0;
	int rc = 0;

	if ((owed_has_proof(server) || is_old) && server->run->kind->is_running(server)) {
		gather_probes(server, is_old ? NULL : &server->run->expected, &all);
		if (is_old)
			add_differences(&server->run->old_looks, &all, &looks);
		else
			add_kind(&all, true, &looks);
		rc = await_probes(server, &all, &looks, err);
	}
	owed_drop_proof(server);
	proof_forget(server);
	return rc;
}

void proof_gather(struct webserver *server, const struct deploy_task *tasks, size_t count,
		  struct probes *ret_looks)
{
	struct webserver_certificates which = WEBSERVER_CERTIFICATES_INIT;
	AUTO(probes) struct probes all = PROBES_INIT;

	for (size_t i = 0; i < count; i++)
		if (!strvec_contains(&server->run->shown, tasks[i].fullchain_path))
			add_certificate(&which, &tasks[i]);
	if (which.paths.count)
		gather_probes(server, &which, &all);
	add_kind(&all, true, ret_looks);
	release_certificates(&which);
}
