/*
 * The Varnish authenticator: Varnish itself answers http-01 challenges, with synthetic responses
 * that precede the active VCL for that time. No file is edited, and nothing is restarted.
 *
 * All goes through varnishadm:
 *
 * 	vcl.list, vcl.show        the active VCL, the base
 * 	vcl.inline, vcl.use       a copy of it with answers (vcl.h)
 * 	vcl.use, vcl.discard      the base again
 *
 * Which VCL is ours and which was the base is on record in the work directory before Varnish is
 * told, so that the next run undoes what a killed one has left. If an administrator loads another
 * VCL meanwhile, that one stays in use.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "codec/json.h"
#include "os/file/file.h"
#include "os/random.h"
#include "plugin/plugin.h"
#include "plugin/service_option.h"
#include "plugins/varnish/vcl.h"
#include "webserver/control.h"

/* The names of our VCLs begin so. */
#define OURS "certbot-challenges-"
#define RECORD_NAME "varnish-challenges.json"
#define PURPOSE "certbot answers challenges in Varnish"
#define MAX_RECORD 65536
/* varnishadm prints this instead of the rest of an answer longer than the parameter cli_limit. */
#define CUT "[response was truncated]"

struct varnish {
	struct strvec adm;   /* varnishadm and the options that lead to the instance */
	char *base;          /* VCL in use before ours; NULL: ours is not in use */
	struct strbuf text;  /* its source */
	struct strbuf whole; /* the same with what it includes */
	char *ours;
	struct map answers; /* token -> key authorization */
	char *record;       /* path */
};

static struct varnish *varnish_new(const char *work_dir)
{
	struct varnish *varnish = XNEW(struct varnish);

	strvec_init(&varnish->adm);
	strbuf_init(&varnish->text);
	strbuf_init(&varnish->whole);
	varnish->answers = (struct map)MAP_INIT(free);
	varnish->record = path_join(work_dir, RECORD_NAME);
	return varnish;
}

static void varnish_free(struct varnish *varnish)
{
	if (!varnish)
		return;
	strvec_release(&varnish->adm);
	strbuf_release(&varnish->text);
	strbuf_release(&varnish->whole);
	map_release(&varnish->answers);
	free(varnish->base);
	free(varnish->ours);
	free(varnish->record);
	free(varnish);
}
DEFINE_AUTO_PTR(varnish, varnish_free);

/* Runs one command of Varnish's with up to two arguments. `ret_output` may be NULL. */
static int run_adm(const struct varnish *varnish, const char *command, const char *first,
		   const char *second, struct strbuf *ret_output, struct error *err)
{
	const char *const words[] = {command, first, second};
	AUTO(control_output) struct control_output output;
	AUTO(strvec) struct strvec argv = STRVEC_INIT;

	for (size_t i = 0; i < varnish->adm.count; i++)
		strvec_push(&argv, varnish->adm.items[i]);
	for (size_t i = 0; i < ARRAY_LEN(words) && words[i]; i++)
		strvec_push(&argv, words[i]);
	control_output_init(&output);
	if (control_run((const char *const *)argv.items, &output, err) < 0)
		return err->code;
	if (ret_output)
		strbuf_add(ret_output, output.out.text, output.out.len);
	return 0;
}

/* ---- What Varnish uses ---- */

/* A member of a row of vcl.list, or NULL. */
static const char *text_in_row(const struct json *row, const char *name)
{
	const struct json *text = json_is_object(row) ? json_member(row, name) : NULL;

	return text && json_is_string(text) ? json_text(text) : NULL;
}

/* The VCL whose source a row refers to; a label refers to the VCL that it points to. */
static const char *source_in_row(const struct json *row)
{
	const struct json *label = json_member(row, "label");

	return text_in_row(label && json_is_object(label) ? label : row, "name");
}

/* Sets the names of the VCL in use, with which it is put in use again, and of the one that has its
 * source. They differ for a label. The caller frees both. */
static int read_active(const struct varnish *varnish, char **ret_used, char **ret_source,
		       struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(json) struct json *list = NULL;

	if (run_adm(varnish, "vcl.list", "-j", NULL, &text, err) < 0 ||
	    json_parse(text.text, text.len, "the answer to vcl.list", &list, err) < 0)
		return err->code;
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *row = json_at(list, i);
		const char *status = text_in_row(row, "status");

		if (!status || strcmp(status, "active") != 0 || !text_in_row(row, "name") ||
		    !source_in_row(row))
			continue;
		*ret_used = xstrdup(text_in_row(row, "name"));
		*ret_source = xstrdup(source_in_row(row));
		return 0;
	}
	return error_set(err, ERR_PLUGIN,
			 "Varnish uses no VCL: is its child process running (varnishadm status)?");
}

static int read_source(struct varnish *varnish, const char *name, struct error *err)
{
	strbuf_clear(&varnish->text);
	strbuf_clear(&varnish->whole);
	if (run_adm(varnish, "vcl.show", name, NULL, &varnish->text, err) < 0 ||
	    run_adm(varnish, "vcl.show", "-v", name, &varnish->whole, err) < 0)
		return err->code;
	strbuf_trim(&varnish->text);
	if (!str_ends(varnish->text.text, CUT))
		return 0;
	error_set(err, ERR_PLUGIN, "varnishadm shows only a part of the VCL '%s'", name);
	return error_hint(err, "raise the limit: varnishadm param.set cli_limit 1m");
}

/* ---- The record ---- */

/* Writes what the next run needs if this one is killed: how to reach Varnish, and both names. */
static int save_record(const struct varnish *varnish, struct error *err)
{
	const struct file_attributes attributes = {.mode = 0600};
	AUTO(json) struct json *document = json_object_new();
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	struct json *adm = json_array_new();

	for (size_t i = 0; i < varnish->adm.count; i++)
		json_push_string(adm, varnish->adm.items[i]);
	json_set_string(document, "purpose", PURPOSE);
	json_set(document, "adm", adm);
	json_set_string(document, "base", varnish->base);
	json_set_string(document, "ours", varnish->ours);
	json_print(document, JSON_PRETTY, &text);
	return file_replace(varnish->record, text.text, text.len, &attributes, err);
}

static int read_fields(const struct json *document, struct varnish *varnish, struct error *err)
{
	const char *purpose, *base, *ours;
	struct json *adm;

	if (json_get_string(document, "record", "purpose", &purpose, err) < 0 ||
	    json_get_string(document, "record", "base", &base, err) < 0 ||
	    json_get_string(document, "record", "ours", &ours, err) < 0 ||
	    json_get_array(document, "record", "adm", &adm, err) < 0)
		return err->code;
	if (strcmp(purpose, PURPOSE) != 0 || !str_starts(ours, OURS) || !json_count(adm))
		return error_set(err, ERR_PARSE, "it is not a record of this program");
	for (size_t i = 0; i < json_count(adm); i++) {
		if (!json_is_string(json_at(adm, i)))
			return error_set(err, ERR_PARSE, "'adm' must be a list of texts");
		strvec_push(&varnish->adm, json_text(json_at(adm, i)));
	}
	varnish->base = xstrdup(base);
	varnish->ours = xstrdup(ours);
	return 0;
}

/* Reads the record of a killed run. ERR_NOT_FOUND: there is none. */
static int read_record(struct varnish *varnish, struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(json) struct json *document = NULL;

	if (file_read(varnish->record, MAX_RECORD, &text, err) < 0)
		return err->code;
	if (json_parse(text.text, text.len, "record", &document, err) < 0 ||
	    read_fields(document, varnish, err) < 0)
		return error_wrap(err, "cannot read '%s'", varnish->record);
	return 0;
}

/* ---- Switching ---- */

/* Uses the base again, unless somebody has put another VCL in use. */
static int withdraw_answers(struct varnish *varnish, struct error *err)
{
	AUTO_FREE char *used = NULL;
	AUTO_FREE char *source = NULL;

	if (!varnish->base)
		return 0;
	if (read_active(varnish, &used, &source, err) < 0 ||
	    (strcmp(used, varnish->ours) == 0 &&
	     run_adm(varnish, "vcl.use", varnish->base, NULL, NULL, err) < 0))
		return error_wrap(err, "cannot remove the answers to challenges from Varnish");
	/* A VCL that was never loaded cannot be discarded, and need not be. */
	if (run_adm(varnish, "vcl.discard", varnish->ours, NULL, NULL, err) < 0) {
		log_debug("%s", err->text);
		error_release(err);
	}
	REPLACE(varnish->base, NULL);
	return file_remove(varnish->record, err);
}

/* Loads a copy of the base with the answers and uses it. */
static int put_in_front(struct varnish *varnish, struct error *err)
{
	AUTO(strbuf) struct strbuf vcl = STRBUF_INIT;
	uint64_t mark;

	random_bytes(&mark, sizeof(mark));
	REPLACE(varnish->ours, xasprintf(OURS "%016llx", (unsigned long long)mark));
	strbuf_addf(&vcl, "<< %s\n", varnish->ours);
	if (vcl_add_answers(span_make(varnish->text.text, varnish->text.len),
			    span_make(varnish->whole.text, varnish->whole.len), &varnish->answers,
			    &vcl, err) < 0 ||
	    save_record(varnish, err) < 0)
		return err->code;
	strbuf_addf(&vcl, "\n%s", varnish->ours);
	if (run_adm(varnish, "vcl.inline", varnish->ours, vcl.text, NULL, err) < 0)
		return err->code;
	return run_adm(varnish, "vcl.use", varnish->ours, NULL, NULL, err);
}

/* Makes Varnish answer what `answers` holds. */
static int publish_answers(struct varnish *varnish, struct error *err)
{
	AUTO_FREE char *source = NULL;

	if (withdraw_answers(varnish, err) < 0)
		return err->code;
	if (!varnish->answers.count)
		return 0;
	if (read_active(varnish, &varnish->base, &source, err) < 0)
		return err->code;
	if (read_source(varnish, source, err) < 0 || put_in_front(varnish, err) < 0) {
		AUTO(error) struct error failed = ERROR_INIT;

		if (withdraw_answers(varnish, &failed) < 0)
			log_warning("%s", failed.text);
		return err->code;
	}
	return 0;
}

/* ---- The row ---- */

/* Appends an option that leads to the instance, if it is set. */
static void add_argument(const struct settings *settings, const char *dest, const char *letter,
			 struct strvec *adm)
{
	const char *value = settings_string(settings, dest);

	if (!value)
		return;
	strvec_push(adm, letter);
	strvec_push(adm, value);
}

static int prepare(struct plugin_instance *instance, struct error *err)
{
	const struct settings *settings = instance->host->settings;
	AUTO_FREE char *program = xstrdup(settings_string(settings, "varnish_adm"));
	AUTO(varnish) struct varnish *varnish = varnish_new(settings_string(settings, "work_dir"));

	if (control_find(&program, "--varnish-adm", "Varnish", err) < 0)
		return err->code;
	strvec_push(&varnish->adm, program);
	add_argument(settings, "varnish_instance", "-n", &varnish->adm);
	add_argument(settings, "varnish_terminal", "-T", &varnish->adm);
	add_argument(settings, "varnish_secret", "-S", &varnish->adm);
	if (run_adm(varnish, "ping", NULL, NULL, NULL, err) < 0) {
		error_wrap(err, "cannot reach Varnish");
		return error_hint(err,
				  "--varnish-instance names the instance that was started with "
				  "-n, --varnish-terminal an address");
	}
	instance->state = STEAL(varnish);
	return 0;
}

static void close_varnish(struct plugin_instance *instance)
{
	varnish_free(instance->state);
}

static size_t preference(struct plugin_instance *instance, const struct settings *settings,
			 const struct acme_identifier *identifier,
			 enum acme_challenge_type ret_types[ACME_CHALLENGE_TYPE__COUNT])
{
	ret_types[0] = ACME_HTTP_01;
	return 1;
}

static int present(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		   struct error *err)
{
	struct varnish *varnish = instance->state;

	for (size_t i = 0; i < count; i++)
		map_set(&varnish->answers, tasks[i].challenge->token,
			xstrdup(tasks[i].challenge->key_authorization));
	return publish_answers(varnish, err);
}

static int cleanup(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		   struct error *err)
{
	struct varnish *varnish = instance->state;
	size_t before = varnish->answers.count;

	for (size_t i = 0; i < count; i++)
		map_remove(&varnish->answers, tasks[i].challenge->token);
	return varnish->answers.count == before && !varnish->base ? 0
								  : publish_answers(varnish, err);
}

static int recover(const char *work_dir, struct error *err)
{
	AUTO(varnish) struct varnish *varnish = varnish_new(work_dir);

	if (read_record(varnish, err) < 0) {
		if (err->code != ERR_NOT_FOUND)
			return err->code;
		error_release(err);
		return 0;
	}
	log_info("Removing an interrupted run's answers to challenges from Varnish");
	return withdraw_answers(varnish, err);
}

static const struct authenticator varnish_authenticator = {
	.preference = preference,
	.present = present,
	.cleanup = cleanup,
	.recover = recover,
	.failure_hint =
		"The Certificate Authority could not get the answers from Varnish. Ensure that port 80 "
		"of the names leads to this Varnish, and that no server in front of it answers or "
		"redirects requests for /.well-known/acme-challenge/.",
};

#define ROW(dest_, names_, type_, fallback_, metavar_, help_)                                      \
	SERVICE_OPTION("varnish", dest_, names_, type_, 0, fallback_, metavar_, help_)

static const struct option varnish_options[] = {
	ROW("varnish_adm", "--varnish-adm", OPTION_STRING, "varnishadm", "PROGRAM",
	    "Varnish's control program."),
	ROW("varnish_instance", "--varnish-instance", OPTION_STRING, NULL, "NAME",
	    "Name or working directory of the Varnish instance (varnishadm -n), if there are "
	    "several."),
	ROW("varnish_terminal", "--varnish-terminal", OPTION_STRING, NULL, "HOST:PORT",
	    "Address of Varnish's management interface (varnishadm -T). By default, programs on "
	    "the same machine learn it from Varnish itself."),
	ROW("varnish_secret", "--varnish-secret", OPTION_PATH, NULL, "FILE",
	    "File with the secret of the management interface (varnishadm -S)."),
};

static const struct option selector = {
	.dest = "varnish",
	.names = "--varnish",
	.type = OPTION_FLAG,
	.topics = "plugins certonly",
	.flags = OPTION_SELECTS_AUTHENTICATOR | OPTION_OURS,
	.help = "Prove control through a Varnish cache, which answers the challenges itself."};

static const struct plugin_manual manual_page = {
	.purpose = "prove control of names by the running Varnish",
	.paragraphs =
		{"Varnish answers the CA itself: while the challenge lasts, a copy of the VCL in "
		 "use, with the answers before everything else, takes its place. No file is "
		 "edited and nothing is restarted.",
		 "Varnish has no TLS of its own, so this plugin proves control only: what "
		 "terminates TLS in front of it gets the certificate by its own plugin, or by "
		 "a deploy hook."},
};

const struct plugin varnish_plugin = {
	.name = "varnish",
	.selector = &selector,
	.manual = &manual_page,
	.description = "Answer challenges in a Varnish cache, without a restart",
	.title = "Varnish",
	.flags = PLUGIN_TAKES_IP | PLUGIN_BOUND,
	.options = varnish_options,
	.option_count = ARRAY_LEN(varnish_options),
	.prepare = prepare,
	.close = close_varnish,
	.authenticator = &varnish_authenticator,
};
