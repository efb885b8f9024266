/*
 * Lineages to test with, made of tests/fixtures/store, in the scratch directory's "config".
 */
#ifndef TESTS_STORE_GENERATIONS_H
#define TESTS_STORE_GENERATIONS_H

#include <string.h>

#include "base/alloc.h"
#include "os/scratch.h"
#include "store/lineage/lineage.h"
#include "store/lineage/lineage_create.h"
#include "store/lineage/lineage_generation.h"
#include "store/lineage/lineage_recover.h"
#include "store/lineage/lineage_reserve.h"

#define CONFIG "config"
#define NAME "a.test"

/* Texts of a generation. */
struct texts {
	struct strbuf cert, chain;
	struct secret key;
	struct lineage_generation generation;
};

static void texts_release(struct texts *texts)
{
	strbuf_release(&texts->cert);
	strbuf_release(&texts->chain);
	secret_release(&texts->key);
}
DEFINE_AUTO(texts, texts_release);

static void read_fixture(const char *generation, const char *part, struct strbuf *ret_text)
{
	AUTO_FREE char *path = xasprintf(CASES_DIR "/../fixtures/store/%s%s", generation, part);
	AUTO(error) struct error err = ERROR_INIT;

	if (file_read(path, 1 << 20, ret_text, &err) < 0)
		BUG("%s", err.text);
}

/* Certificate of one generation, key of another (usually the same). */
static void take_texts(struct texts *texts, const char *cert, const char *key)
{
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;

	strbuf_init(&texts->cert);
	strbuf_init(&texts->chain);
	read_fixture(cert, ".cert.pem", &texts->cert);
	read_fixture("chain", ".pem", &texts->chain);
	read_fixture(key, ".key.pem", &pem);
	texts->key = (struct secret)SECRET_INIT;
	secret_set(&texts->key, pem.text, pem.len);
	texts->generation = (struct lineage_generation){&texts->cert, &texts->chain, &texts->key};
}

static void fill_test_conf(void *context, struct ini *conf)
{
	struct ini_section *params = ini_add_section(ini_root(conf), "renewalparams");

	ini_set(params, "authenticator", "standalone");
	ini_set(params, "server", "https://ca.example.test/dir");
}

static const struct lineage_begin_request begin_request = {
	.config_dir = CONFIG,
	.name = NAME,
	.fill_conf = fill_test_conf,
};

static int create(const char *name, const char *generation, struct lineage **ret_lineage,
		  struct error *err)
{
	AUTO(texts) struct texts texts;
	AUTO(lineage) struct lineage *lineage = NULL;
	AUTO(strvec) struct strvec notes = STRVEC_INIT;
	struct lineage_begin_request request = begin_request;

	request.name = name;
	take_texts(&texts, generation, generation);
	if (lineage_begin(&request, &lineage, err) < 0 ||
	    lineage_reserve(lineage, &texts.generation, &notes, err) < 0 ||
	    lineage_create(lineage, &texts.generation, err) < 0)
		return err->code;
	*ret_lineage = STEAL(lineage);
	return 0;
}

static inline struct lineage *created(const char *generation)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct lineage *lineage = NULL;

	if (create(NAME, generation, &lineage, &err) < 0)
		BUG("%s", err.text);
	return lineage;
}

static inline struct lineage *opened(void)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct lineage *lineage = NULL;

	if (lineage_open(CONFIG, NAME, &lineage, &err) < 0)
		BUG("%s", err.text);
	return lineage;
}

static inline int add(struct lineage *lineage, const char *cert, const char *key, struct error *err)
{
	AUTO(texts) struct texts texts;

	take_texts(&texts, cert, key);
	return lineage_add_generation(lineage, &texts.generation, err);
}

static void note_test_debt(const void *debts, struct ini *conf)
{
	ini_set(ini_root(conf), "owed", debts);
}

/* Deploys, with a debt that the conf then tells. */
static inline int show(struct lineage *lineage, unsigned flags, struct error *err)
{
	struct lineage_deployment deployment = {
		.flags = flags,
		.note = note_test_debt,
		.debts = "a reload",
	};

	return lineage_deploy(lineage, &deployment, err);
}

/* What the start of the next run does; returns how much it had to tell. */
static inline size_t recovered(void)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strvec) struct strvec notes = STRVEC_INIT;

	if (lineage_recover(CONFIG, NULL, &notes, &err) < 0)
		BUG("%s", err.text);
	return notes.count;
}

/* True when a file of ours holds exactly what the fixture does. */
static inline bool is_fixture(const char *path, const char *generation, const char *part)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(strbuf) struct strbuf wanted = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	read_fixture(generation, part, &wanted);
	return file_read(path, 1 << 20, &text, &err) == 0 && text.len == wanted.len &&
	       memcmp(text.text, wanted.text, text.len) == 0;
}

static inline void put_text(const char *path, const char *text)
{
	const struct file_attributes attributes = {.mode = 0644};
	AUTO(error) struct error err = ERROR_INIT;

	if (file_replace(path, text, strlen(text), &attributes, &err) < 0)
		BUG("%s", err.text);
}

static inline char *text_of(const char *path)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	if (file_read(path, 1 << 20, &text, &err) < 0)
		BUG("%s", err.text);
	return strbuf_detach(&text);
}

/* Writes the record of a change that is under way with the lineage: its conf and one section. */
static inline void put_record(const char *path, const char *task, const char *name)
{
	AUTO_FREE char *conf = text_of(CONFIG "/renewal/" NAME ".conf");
	AUTO_FREE char *text = xasprintf("%s[unfinished]\ntask = %s\nname = %s\n", conf, task,
					 name);

	put_text(path, text);
}

#endif
