/*
 * A file of httpd's configuration, and the output of its -D DUMP_ options. What parses prints back;
 * a model of it can be edited. Seeds: tests/fixtures/apache.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "confedit/apache/edit/apache_challenge.h"
#include "confedit/apache/edit/apache_deploy.h"
#include "confedit/apache/apache_dump.h"
#include "confedit/apache/edit/apache_enhance.h"
#include "../unit/confedit/reprint.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define MAIN_FILE "/etc/apache2/apache2.conf"

static int read_file(void *context, const char *path, struct strbuf *out, struct error *err)
{
	const struct span *text = context;

	if (strcmp(path, MAIN_FILE) != 0)
		return error_set(err, ERR_NOT_FOUND, "no such file");
	strbuf_add(out, text->ptr, text->len);
	return 0;
}

static int list_dir(void *context, const char *path, struct strvec *ret_names, struct error *err)
{
	return error_set(err, ERR_NOT_FOUND, "no such directory");
}

static bool is_dir(void *context, const char *path)
{
	return false;
}

static bool exists(void *context, const char *path)
{
	return strcmp(path, MAIN_FILE) == 0;
}

static char *real_path(void *context, const char *path)
{
	return xstrdup(path);
}

static void check_round_trip(struct span text)
{
	AUTO(apache_conf) struct apache_conf *conf = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	if (apache_conf_parse(text, &conf, &err) < 0)
		return;
	if (!reprint_apache_equals(conf))
		abort();
}

static void edit(struct apache_model *model)
{
	static const struct apache_deployment deployment = {
		.certificate_path = "/c", .key_path = "/k", .options_path = "/o"};
	static const struct apache_challenge_plan plan = {
		.http_port = "80", .pre_path = "/pre", .post_path = "/post", .tokens_dir = "/t"};
	static const struct apache_sni_challenge sni_challenge = {"z.acme.invalid", "/c", "/k"};
	static const struct apache_sni_plan sni_plan = {"443", "/sni", "/o"};
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	struct apache_twin twin = {.path = "/twin", .port = "443"};
	enum apache_redirect_found found;
	size_t id;

	strvec_push(&names, "a.example");
	if (!apache_model_vhost_count(model))
		return;
	id = apache_model_vhost(model, 0)->id;
	if (apache_make_twin(model, id, &twin, &err) == 0 &&
	    apache_deploy(model, twin.id, &deployment, &err) == 0 &&
	    apache_redirect(model, id, twin.id, &found, &err) == 0 &&
	    apache_publish_challenges(model, &names, &plan, &err) == 0 &&
	    apache_publish_sni(model, &sni_challenge, 1, &sni_plan, &err) == 0)
		return;
	/* Edits may be refused, but never make what does not parse. */
	if (err.code == ERR_INTERNAL)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct span text = span_make((const char *)bytes, len);
	const struct apache_source source = {&text, read_file, list_dir, is_dir, exists, real_path};
	const struct apache_program program = {.server_root = "/etc/apache2"};
	AUTO(apache_model) struct apache_model *model = NULL;
	AUTO(apache_dump) struct apache_dump dump;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(error) struct error no_dump = ERROR_INIT;

	check_round_trip(text);
	apache_dump_init(&dump);
	if (apache_dump_parse(text, &dump, &no_dump) < 0)
		error_release(&no_dump);
	if (apache_model_load(&source, &program, MAIN_FILE, &model, &err) == 0)
		edit(model);
	return 0;
}
