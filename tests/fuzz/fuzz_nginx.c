/*
 * A file of nginx's configuration, and the output of "nginx -T". What parses prints back; every
 * edit of its model either makes what parses or is refused. Seeds: tests/fixtures/nginx.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "confedit/nginx/nginx_challenge.h"
#include "confedit/nginx/nginx_choose.h"
#include "confedit/nginx/nginx_deploy.h"
#include "confedit/nginx/nginx_dump.h"
#include "confedit/nginx/nginx_enhance.h"
#include "confedit/nginx/nginx_sni.h"
#include "../unit/confedit/reprint.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define MAIN_FILE "/etc/nginx/nginx.conf"
#define OPTIONS_FILE "/etc/letsencrypt/options.conf"

static int read_file(void *context, const char *path, struct strbuf *out, struct error *err)
{
	const struct span *text = context;

	if (strcmp(path, OPTIONS_FILE) == 0) {
		strbuf_adds(out, "ssl_session_tickets off;\n");
		return 0;
	}
	if (strcmp(path, MAIN_FILE) != 0)
		return error_set(err, ERR_NOT_FOUND, "no such file");
	strbuf_add(out, text->ptr, text->len);
	return 0;
}

static int glob_nothing(void *context, const char *pattern, struct strvec *ret_paths,
			struct error *err)
{
	return 0;
}

static void check_round_trip(struct span text)
{
	AUTO(nginx_conf) struct nginx_conf *conf = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	if (nginx_conf_parse(text, &conf, &err) < 0)
		return;
	if (!reprint_nginx_equals(conf))
		abort();
}

/* Edits may be refused, but never make what does not parse. */
static void allow(int status, struct error *err)
{
	if (status == ERR_INTERNAL)
		abort();
	error_release(err);
}

static void edit_server(struct nginx_model *model, size_t id, const struct strvec *names)
{
	static const struct nginx_deployment deployment = {.http_port = 80,
							   .https_port = 443,
							   .fullchain_path = "/f",
							   .key_path = "/k",
							   .options_path = OPTIONS_FILE,
							   .dhparam_path = "/d"};
	AUTO(error) struct error err = ERROR_INIT;
	size_t copy;

	allow(nginx_deploy(model, id, &deployment, &err), &err);
	allow(nginx_redirect(model, id, names, &err), &err);
	allow(nginx_add_header(model, id, NGINX_HSTS_HEADER, NGINX_HSTS_VALUE, &err), &err);
	allow(nginx_staple(model, id, "/chain", &err), &err);
	allow(nginx_duplicate_server(model, id, names, &copy, &err), &err);
}

static void edit(struct nginx_model *model)
{
	static const struct nginx_challenge challenge = {"a.test", "token", "token.thumbprint"};
	static const struct nginx_challenge_plan plan = {80, 443, "/etc/letsencrypt/c.conf",
							 "/none"};
	static const struct nginx_sni_challenge sni_challenge = {"z.acme.invalid", "/c", "/k"};
	static const struct nginx_sni_plan sni_plan = {443, "/etc/letsencrypt/s.conf",
						       OPTIONS_FILE};
	static const struct nginx_ports ports = {80, 443};
	AUTO(nginx_candidates) struct nginx_candidates found = NGINX_CANDIDATES_INIT;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	strvec_push(&names, "a.test");
	allow(nginx_rank_servers(model, "a.test", NGINX_SOCKETS_ANY, &ports, &found, &err), &err);
	if (nginx_model_server_count(model))
		edit_server(model, nginx_model_server(model, 0)->id, &names);
	allow(nginx_publish_challenges(model, &challenge, 1, &plan, &err), &err);
	allow(nginx_publish_sni(model, &sni_challenge, 1, &sni_plan, &err), &err);
}

static void read_dump(struct span text)
{
	AUTO(nginx_dump) struct nginx_dump *dump = NULL;
	AUTO(nginx_model) struct nginx_model *model = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	if (nginx_dump_parse(text, &dump, &err) == 0)
		allow(nginx_model_from_dump(dump, &model, &err), &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct span text = span_make((const char *)bytes, len);
	const struct nginx_source source = {&text, read_file, glob_nothing, "host.test"};
	AUTO(nginx_model) struct nginx_model *model = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	check_round_trip(text);
	read_dump(text);
	if (nginx_model_load(&source, MAIN_FILE, &model, &err) == 0)
		edit(model);
	return 0;
}
