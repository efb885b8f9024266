/*
 * Edits by words (see nginx_steps.h).
 */
#include "nginx_steps.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/strvec.h"
#include "confedit/nginx/nginx_challenge.h"
#include "confedit/nginx/nginx_choose.h"
#include "confedit/nginx/nginx_deploy.h"
#include "confedit/nginx/nginx_dump.h"
#include "confedit/nginx/nginx_enhance.h"

struct session {
	struct nginx_model *model;
};

/* The id of the best server for the name. */
static int find_server(const struct session *s, const char *name, enum nginx_sockets sockets,
		       size_t *ret_id, struct error *err)
{
	static const struct nginx_ports ports = {80, 443};
	AUTO(nginx_candidates) struct nginx_candidates found = NGINX_CANDIDATES_INIT;

	if (nginx_rank_servers(s->model, name, sockets, &ports, &found, err) < 0)
		return err->code;
	if (!found.count)
		return error_set(err, ERR_NOT_FOUND, "no server for '%s'", name);
	*ret_id = found.items[0].server->id;
	return 0;
}

static int step_deploy(struct session *s, const struct strvec *words, struct error *err)
{
	const char *name = words->items[1];
	AUTO_FREE char *fullchain = xasprintf("/etc/letsencrypt/live/%s/fullchain.pem", name);
	AUTO_FREE char *key = xasprintf("/etc/letsencrypt/live/%s/privkey.pem", name);
	const struct nginx_deployment deployment = {
		.http_port = 80,
		.https_port = 443,
		.fullchain_path = fullchain,
		.key_path = key,
		.options_path = "/etc/letsencrypt/options-ssl-nginx.conf",
		.dhparam_path = "/etc/letsencrypt/ssl-dhparams.pem",
	};
	const struct nginx_server *fallback;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	size_t id = 0;

	if (find_server(s, name, NGINX_SOCKETS_ANY, &id, err) == ERR_NOT_FOUND) {
		fallback = nginx_find_default(s->model, 443, NGINX_DEFAULT_ON_ANY_PORT);
		if (!fallback)
			return err->code;
		error_release(err);
		strvec_push(&names, name);
		if (nginx_duplicate_server(s->model, fallback->id, &names, &id, err) < 0)
			return err->code;
	}
	if (error_is_set(err))
		return err->code;
	return nginx_deploy(s->model, id, &deployment, err);
}

static int step_redirect(struct session *s, const struct strvec *words, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	size_t id = 0;

	strvec_extend(&names, words);
	strvec_remove(&names, 0);
	if (find_server(s, words->items[1], NGINX_SOCKETS_PLAIN, &id, err) < 0)
		return err->code;
	return nginx_redirect(s->model, id, &names, err);
}

static int step_hsts(struct session *s, const struct strvec *words, struct error *err)
{
	size_t id = 0;

	if (find_server(s, words->items[1], NGINX_SOCKETS_ANY, &id, err) < 0)
		return err->code;
	return nginx_add_header(s->model, id, NGINX_HSTS_HEADER, NGINX_HSTS_VALUE, err);
}

static int step_uir(struct session *s, const struct strvec *words, struct error *err)
{
	size_t id = 0;

	if (find_server(s, words->items[1], NGINX_SOCKETS_ANY, &id, err) < 0)
		return err->code;
	return nginx_add_header(s->model, id, NGINX_UIR_HEADER, NGINX_UIR_VALUE, err);
}

static int step_max_age(struct session *s, const struct strvec *words, struct error *err)
{
	AUTO_FREE char *value = xasprintf("max-age=%s", words->items[words->count - 1]);
	size_t id = 0;

	if (find_server(s, words->items[1], NGINX_SOCKETS_ANY, &id, err) < 0)
		return err->code;
	return nginx_change_header(s->model, id, NGINX_HSTS_HEADER, value, err);
}

static int step_staple(struct session *s, const struct strvec *words, struct error *err)
{
	AUTO_FREE char *chain = xasprintf("/etc/letsencrypt/live/%s/chain.pem", words->items[1]);
	size_t id = 0;

	if (find_server(s, words->items[1], NGINX_SOCKETS_ANY, &id, err) < 0)
		return err->code;
	return nginx_staple(s->model, id, chain, err);
}

static int step_challenge(struct session *s, const struct strvec *words, struct error *err)
{
	static const struct nginx_challenge_plan plan = {
		.http_port = 80,
		.https_port = 443,
		.include_path = "/etc/letsencrypt/le_http_01_cert_challenge.conf",
		.root_path = "/var/lib/letsencrypt/http_01_nonexistent",
	};
	struct nginx_challenge challenges[8];
	size_t count = 0;

	for (size_t i = 1; i + 1 < words->count && count < ARRAY_LEN(challenges); i += 2)
		challenges[count++] = (struct nginx_challenge){words->items[i], words->items[i + 1],
							       "key.authorization"};
	return nginx_publish_challenges(s->model, challenges, count, &plan, err);
}

static void run_step(struct session *s, const char *line, struct strbuf *out)
{
	static const struct {
		const char *name;
		int (*run)(struct session *s, const struct strvec *words, struct error *err);
	} steps[] = {
		{"deploy", step_deploy},       {"redirect", step_redirect},
		{"hsts", step_hsts},           {"uir", step_uir},
		{"max-age", step_max_age},     {"staple", step_staple},
		{"challenge", step_challenge},
	};
	AUTO(strvec) struct strvec words = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	strvec_split(&words, line, " ");
	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		if (words.count > 1 && strcmp(words.items[0], steps[i].name) == 0 &&
		    steps[i].run(s, &words, &err) < 0)
			strbuf_addf(out, "error: %s: %s\n", line, err.text);
}

static void add_changed_files(const struct session *s, struct strbuf *out)
{
	AUTO(strvec) struct strvec paths = STRVEC_INIT;

	nginx_model_changed(s->model, &paths);
	for (size_t i = 0; i < paths.count; i++) {
		struct span bytes = nginx_model_bytes(s->model, paths.items[i]);

		strbuf_addf(out, "# configuration file %s:\n", paths.items[i]);
		strbuf_add(out, bytes.ptr, bytes.len);
		strbuf_addc(out, '\n');
	}
	for (size_t i = 0; i < nginx_model_problem_count(s->model); i++)
		strbuf_addf(out, "problem: %s\n", nginx_model_problem(s->model, i)->text);
}

void nginx_steps_run(struct span input, struct span steps, struct strbuf *out)
{
	AUTO(nginx_dump) struct nginx_dump *dump = NULL;
	AUTO(error) struct error err = ERROR_INIT;
	struct session session = {.model = NULL};
	struct span line;

	if (nginx_dump_parse(input, &dump, &err) < 0 ||
	    nginx_model_from_dump(dump, &session.model, &err) < 0) {
		strbuf_addf(out, "error: %s\n", err.text);
		return;
	}
	while (span_take_line(&steps, &line)) {
		AUTO_FREE char *text = span_dup(line);

		run_step(&session, text, out);
	}
	add_changed_files(&session, out);
	nginx_model_free(session.model);
}
