/*
 * Files of tls-sni-01 challenges (see sni_challenge.h). They go when the transaction is undone, at
 * the latest by the recovery of the next run.
 */
#include "webserver/challenge/sni_challenge.h"

#include "base/alloc.h"
#include "base/secret.h"
#include "crypto/cert/cert.h"
#include "os/clock.h"
#include "webserver/server_parts.h"
#include "webserver/staging.h"

void sni_challenges_release(struct sni_challenges *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].cert_path);
		free(list->items[i].key_path);
		strbuf_release(&list->items[i].cert_pem);
	}
	free(list->items);
	*list = (struct sni_challenges)SNI_CHALLENGES_INIT;
}

static struct sni_challenge *add_challenge(struct webserver *server,
					   const struct acme_challenge *challenge,
					   struct sni_challenges *list)
{
	const char *work_dir = webserver_work_dir(server);
	struct sni_challenge *added;

	ARRAY_GROW(list->items, list->count, list->capacity);
	added = &list->items[list->count++];
	*added = (struct sni_challenge){
		.server_name = challenge->sni_name,
		.cert_path = xasprintf("%s/%s.crt", work_dir, challenge->token),
		.key_path = xasprintf("%s/%s.pem", work_dir, challenge->token),
	};
	strbuf_init(&added->cert_pem);
	return added;
}

static int stage_challenge(struct webserver *server, struct sni_challenge *challenge,
			   struct error *err)
{
	const struct cert_sni_request request = {
		.sni_name = challenge->server_name,
		.now = clock_now_seconds(server->host->clock),
	};
	const struct file_attributes private = {.mode = 0400};
	AUTO(secret) struct secret key_pem = SECRET_INIT;

	if (cert_make_sni(&request, &server->run->sni_key, &challenge->cert_pem, &key_pem, err) < 0)
		return err->code;
	webserver_stage(server, challenge->cert_path,
			span_make(challenge->cert_pem.text, challenge->cert_pem.len));
	webserver_stage_secret(server, challenge->key_path, span_make(key_pem.bytes, key_pem.len),
			       &private);
	return 0;
}

int sni_challenges_stage(struct webserver *server, const struct plugin_task *tasks, size_t count,
			 struct sni_challenges *ret_list, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		const struct acme_challenge *challenge = tasks[i].challenge;

		if (challenge->type == ACME_TLS_SNI_01 &&
		    stage_challenge(server, add_challenge(server, challenge, ret_list), err) < 0)
			return err->code;
	}
	return 0;
}

unsigned sni_challenges_port(const struct webserver *server)
{
	const struct settings *settings = server->host->settings;

	if (settings_origin(settings, "tls_sni_01_port") == ORIGIN_DEFAULT)
		return webserver_https_port(server);
	return (unsigned)settings_int(settings, "tls_sni_01_port");
}

void sni_challenges_add_proofs(const struct sni_challenges *list, const struct probes *sockets,
			       struct probes *ret_probes)
{
	for (size_t i = 0; i < list->count; i++) {
		AUTO_FREE char *host = xstrdup(list->items[i].server_name);

		for (size_t at = 0; at < sockets->count; at++) {
			struct probe look = sockets->items[at];

			look.host = host;
			look.leaf = list->items[i].cert_pem.text;
			probes_add(ret_probes, &look);
		}
	}
}
