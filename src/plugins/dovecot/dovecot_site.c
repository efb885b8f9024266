/*
 * Edits of Dovecot's configuration (see dovecot_site.h).
 *
 * The default certificate is set where the configuration has one. Those for further names are in
 * blocks "local_name": blocks that are there already are changed, for names without one a block is
 * added. Anything that Dovecot would combine in a surprising way is refused: settings for
 * certificates in other blocks (a "protocol" block gives "local_name" blocks its key), and
 * certificates for a second kind of key, which each "local_name" block inherits.
 */
#include "plugins/dovecot/dovecot_site.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "os/file/file.h"
#include "webserver/control.h"
#include "webserver/default_cert.h"
#include "webserver/loaded.h"
#include "webserver/texts.h"

/* A certificate for the names that it is to be shown for, and the values of its settings. */
struct certificate {
	const struct strvec *names;
	char *cert, *key;
};

static void certificate_release(struct certificate *certificate)
{
	free(certificate->cert);
	free(certificate->key);
}
DEFINE_AUTO(certificate, certificate_release);

static int load_conf(struct webserver *server, struct error *err)
{
	AUTO(dovecot_view) struct dovecot_view view = DOVECOT_VIEW_INIT;

	if (dovecot_view_read(server, dovecot_site_of(server)->main, &view, err) == 0)
		return 0;
	texts_unload(server);
	return err->code;
}

static int read_view(struct webserver *server, struct dovecot_view *ret, struct error *err)
{
	return dovecot_view_read(server, dovecot_site_of(server)->main, ret, err);
}

static void add_block_names(const struct webserver *server, struct strvec *ret_names)
{
	AUTO(dovecot_view) struct dovecot_view view = DOVECOT_VIEW_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;
	const struct dovecot_site *site = dovecot_site_of(server);

	if (site->hostname)
		strvec_push_unique(ret_names, site->hostname);
	if (read_view((struct webserver *)server, &view, &ignored) < 0)
		return;
	for (size_t i = 0; i < view.count; i++)
		if (dovecot_view_is_name_block(&view, i))
			dovecot_conf_names(dovecot_view_at(&view, i), ret_names);
}

const char *dovecot_path(const struct webserver *server, const char *value)
{
	const char *read = dovecot_site_of(server)->words->read;

	if (!str_starts(value, read))
		return "";
	value += strlen(read);
	return value + strspn(value, " \t");
}

/* ---- What is refused ---- */

static bool is_any(const char *name, const char *const words[static 4])
{
	for (size_t i = 0; i < 4; i++)
		if (strcmp(name, words[i]) == 0)
			return true;
	return false;
}

/* Says why a setting for certificates conflicts with ours, or returns NULL. */
static const char *obstacle(const struct dovecot_view *view, size_t place, const char *name)
{
	const struct dovecot_words *words = dovecot_site_of(view->server)->words;
	const struct dovecot_statement *setting = dovecot_view_at(view, place);
	const struct dovecot_statement *block = dovecot_view_around(view, place);
	bool is_direct = block == dovecot_view_parent(view, &view->items[place], setting);

	if (view->items[place].block ||
	    (block && (block->parent != DOVECOT_TOP || strcmp(block->name, "local_name") != 0 ||
		       !is_direct)))
		return "in a block, and Dovecot would mix it up with those of 'local_name' blocks";
	if (setting->value[0] &&
	    (strcmp(name, words->alt_cert) == 0 || strcmp(name, words->alt_key) == 0))
		return "which clients might get in place of the new certificate";
	return NULL;
}

static int refuse_obstacles(const struct dovecot_view *view, struct error *err)
{
	const struct dovecot_words *words = dovecot_site_of(view->server)->words;
	const char *const all[] = {words->cert, words->key, words->alt_cert, words->alt_key};

	for (size_t i = 0; i < view->count; i++) {
		const struct dovecot_statement *setting = dovecot_view_at(view, i);
		AUTO_FREE char *name = dovecot_view_name(view, i);
		const char *why;

		if (setting->kind != DOVECOT_SETTING || !is_any(name, all))
			continue;
		why = obstacle(view, i, name);
		if (why)
			return error_set(
				err, ERR_REFUSED, "line %zu of '%s' sets %s %s: remove it first",
				setting->line, texts_at(view->server, view->items[i].text)->path,
				name, why);
	}
	return 0;
}

/* ---- Edits ---- */

static void note_change(struct webserver *server, size_t text, const char *what)
{
	texts_at(server, text)->is_changed = true;
	webserver_note(server, "Set %s in %s", what, texts_at(server, text)->path);
}

/* Sets a setting that counts for all names. */
static int set_global(struct webserver *server, const char *name, const char *value,
		      struct error *err)
{
	AUTO(dovecot_view) struct dovecot_view view = DOVECOT_VIEW_INIT;
	AUTO_FREE char *line = xasprintf("%s = %s\n", name, value);
	const struct dovecot_statement *present;
	size_t text;

	if (read_view(server, &view, err) < 0)
		return err->code;
	text = view.target;
	present = dovecot_view_global(&view, name, &text);
	if (present && strcmp(present->value, value) == 0)
		return 0;
	if (present)
		dovecot_conf_set(&texts_at(server, text)->bytes, present, value);
	else
		dovecot_conf_append(&texts_at(server, text)->bytes, line);
	note_change(server, text, name);
	return 0;
}

/* Turns TLS on if it is off; a stricter setting stays. */
static int turn_on(struct webserver *server, struct error *err)
{
	AUTO(dovecot_view) struct dovecot_view view = DOVECOT_VIEW_INIT;
	const struct dovecot_statement *present;
	size_t text;

	if (read_view(server, &view, err) < 0)
		return err->code;
	present = dovecot_view_global(&view, "ssl", &text);
	return present && strcmp(present->value, "no") == 0 ? set_global(server, "ssl", "yes", err)
							    : 0;
}

static int set_default(struct webserver *server, const struct certificate *certificate,
		       struct error *err)
{
	const struct dovecot_words *words = dovecot_site_of(server)->words;

	if (set_global(server, words->cert, certificate->cert, err) < 0 ||
	    set_global(server, words->key, certificate->key, err) < 0)
		return err->code;
	return turn_on(server, err);
}

/* Sets a setting of a block; true when it had another value. */
static bool set_in_block(const struct dovecot_view *view, size_t place, const char *name,
			 const char *value)
{
	const struct dovecot_statement *present = dovecot_view_in_block(view, place, name);
	struct server_text *text = texts_at(view->server, view->items[place].text);

	if (present && strcmp(present->value, value) == 0)
		return false;
	if (present)
		dovecot_conf_set(&text->bytes, present, value);
	else
		dovecot_conf_add(&text->bytes, dovecot_view_at(view, place), name, value);
	return true;
}

/* Sorts the names of a block into those of the certificate and others. */
static void split_names(const struct dovecot_statement *block, const struct strvec *certified,
			struct strvec *ret_ours, struct strvec *ret_others)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	dovecot_conf_names(block, &names);
	for (size_t i = 0; i < names.count; i++) {
		ascii_lower_string(names.items[i]);
		strvec_push(strvec_contains(certified, names.items[i]) ? ret_ours : ret_others,
			    names.items[i]);
	}
}

/* Takes the names of the certificate out of a block that is for others, too. */
static int part_with(struct webserver *server, const struct dovecot_view *view, size_t place,
		     const struct strvec *others, struct error *err)
{
	const struct dovecot_statement *block = dovecot_view_at(view, place);
	const struct dovecot_statement *cert =
		dovecot_view_in_block(view, place, dovecot_site_of(server)->words->cert);
	struct server_text *text = texts_at(server, view->items[place].text);
	AUTO_FREE char *listed = strvec_join(others, " ");

	if (!cert || !default_cert_is_live(server, dovecot_path(server, cert->value)))
		return error_set(err, ERR_REFUSED,
				 "the block 'local_name' in line %zu of '%s' is for %s, too, which "
				 "the certificate is not for: split it first",
				 block->line, text->path, listed);
	dovecot_conf_set(&text->bytes, block, listed);
	return 0;
}

/* Changes the part of a block that is for names of the certificate. `ret_is_changed` is set if
 * there was one; the view is then obsolete. */
static int change_block(struct webserver *server, const struct dovecot_view *view, size_t place,
			const struct certificate *certificate, bool *ret_is_changed,
			struct error *err)
{
	const struct dovecot_words *words = dovecot_site_of(server)->words;
	AUTO(strvec) struct strvec ours = STRVEC_INIT;
	AUTO(strvec) struct strvec others = STRVEC_INIT;

	split_names(dovecot_view_at(view, place), certificate->names, &ours, &others);
	if (!ours.count || (!dovecot_view_in_block(view, place, words->cert) &&
			    !dovecot_view_in_block(view, place, words->key)))
		return 0;
	if (others.count && part_with(server, view, place, &others, err) < 0)
		return err->code;
	*ret_is_changed = others.count ||
			  set_in_block(view, place, words->cert, certificate->cert) ||
			  set_in_block(view, place, words->key, certificate->key);
	if (*ret_is_changed)
		note_change(server, view->items[place].text, "a block 'local_name'");
	return 0;
}

/* Changes the next block that has another certificate for names of this one. */
static int change_next_block(struct webserver *server, const struct certificate *certificate,
			     bool *ret_is_changed, struct error *err)
{
	AUTO(dovecot_view) struct dovecot_view view = DOVECOT_VIEW_INIT;

	*ret_is_changed = false;
	if (read_view(server, &view, err) < 0)
		return err->code;
	for (size_t i = 0; i < view.count && !*ret_is_changed; i++)
		if (dovecot_view_is_name_block(&view, i) &&
		    change_block(server, &view, i, certificate, ret_is_changed, err) < 0)
			return err->code;
	return 0;
}

static int change_blocks(struct webserver *server, const struct certificate *certificate,
			 struct error *err)
{
	bool is_changed = true;

	while (is_changed)
		if (change_next_block(server, certificate, &is_changed, err) < 0)
			return err->code;
	return 0;
}

/* Appends the names that a block shows the certificate for. */
static void gather_shown(const struct dovecot_view *view, const struct certificate *certificate,
			 struct strvec *ret_names)
{
	const char *name = dovecot_site_of(view->server)->words->cert;

	for (size_t i = 0; i < view->count; i++) {
		AUTO(strvec) struct strvec others = STRVEC_INIT;
		const struct dovecot_statement *cert;

		if (!dovecot_view_is_name_block(view, i))
			continue;
		cert = dovecot_view_in_block(view, i, name);
		if (cert && strcmp(cert->value, certificate->cert) == 0)
			split_names(dovecot_view_at(view, i), certificate->names, ret_names,
				    &others);
	}
}

/* Appends a block for names that are separated by blanks. */
static void append_block(struct webserver *server, size_t text, const char *names,
			 const struct certificate *certificate)
{
	const struct dovecot_words *words = dovecot_site_of(server)->words;
	const char *quote = strchr(names, ' ') ? "\"" : "";
	AUTO_FREE char *block = xasprintf("local_name %s%s%s {\n  %s = %s\n  %s = %s\n}\n", quote,
					  names, quote, words->cert, certificate->cert, words->key,
					  certificate->key);

	dovecot_conf_append(&texts_at(server, text)->bytes, block);
	note_change(server, text, "a block 'local_name'");
}

/* Adds blocks for the names that none shows it for: one, if it may have several names. */
static int add_blocks(struct webserver *server, const struct certificate *certificate,
		      struct error *err)
{
	AUTO(dovecot_view) struct dovecot_view view = DOVECOT_VIEW_INIT;
	bool is_single = dovecot_site_of(server)->words->one_name_only;
	AUTO(strvec) struct strvec shown = STRVEC_INIT;
	AUTO(strvec) struct strvec missing = STRVEC_INIT;
	AUTO_FREE char *listed = NULL;

	if (read_view(server, &view, err) < 0)
		return err->code;
	gather_shown(&view, certificate, &shown);
	for (size_t i = 0; i < certificate->names->count; i++)
		if (!strvec_contains(&shown, certificate->names->items[i]))
			strvec_push(&missing, certificate->names->items[i]);
	listed = strvec_join(&missing, " ");
	if (missing.count && !is_single)
		append_block(server, view.target, listed, certificate);
	for (size_t i = 0; is_single && i < missing.count; i++)
		append_block(server, view.target, missing.items[i], certificate);
	return 0;
}

/* Shows the certificate to clients that send one of its names. */
static int show_by_name(struct webserver *server, const struct certificate *certificate,
			struct error *err)
{
	return change_blocks(server, certificate, err) < 0 ? err->code
							   : add_blocks(server, certificate, err);
}

/* ---- Deployment ---- */

static int make_certificate(const struct webserver *server, const struct strvec *names,
			    const char *chain_path, const char *key_path, struct certificate *ret,
			    struct error *err)
{
	const char *read = dovecot_site_of(server)->words->read;

	if (webserver_check_path(server, chain_path, err) < 0 ||
	    webserver_check_path(server, key_path, err) < 0)
		return err->code;
	ret->names = names;
	ret->cert = xasprintf("%s%s", read, chain_path);
	ret->key = xasprintf("%s%s", read, key_path);
	return 0;
}

/* The former default is still presented for those of its names that the new one does not cover. */
static int demote(struct webserver *server, const char *chain_path, const struct strvec *taken,
		  struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(strvec) struct strvec left = STRVEC_INIT;
	AUTO_FREE char *dir = path_dirname(chain_path);
	AUTO_FREE char *key_path = path_join(dir, "privkey.pem");
	AUTO(certificate) struct certificate old = {.names = NULL};

	if (default_cert_names(chain_path, &names, err) < 0)
		return err->code;
	for (size_t i = 0; i < names.count; i++)
		if (!strvec_contains(taken, names.items[i]))
			strvec_push(&left, names.items[i]);
	if (make_certificate(server, &left, chain_path, key_path, &old, err) < 0)
		return err->code;
	return show_by_name(server, &old, err);
}

char *dovecot_default_chain(const struct dovecot_view *view)
{
	size_t text;
	const struct dovecot_statement *cert =
		dovecot_view_global(view, dovecot_site_of(view->server)->words->cert, &text);

	return cert ? xstrdup(dovecot_path(view->server, cert->value)) : NULL;
}

static int deploy_dovecot(struct webserver *server, struct deploy_task *task, struct error *err)
{
	AUTO(dovecot_view) struct dovecot_view view = DOVECOT_VIEW_INIT;
	AUTO(certificate) struct certificate certificate = {.names = NULL};
	AUTO_FREE char *present = NULL;
	bool is_other;

	if (!task->fullchain_path)
		return error_set(err, ERR_CONFIG, "Dovecot needs --fullchain-path");
	if (make_certificate(server, task->names, task->fullchain_path, task->key_path,
			     &certificate, err) < 0 ||
	    read_view(server, &view, err) < 0 || refuse_obstacles(&view, err) < 0)
		return err->code;
	strvec_push(&task->places, dovecot_site_of(server)->main);
	present = dovecot_default_chain(&view);
	is_other = present && default_cert_is_live(server, present) && file_exists(present) &&
		   strcmp(present, task->fullchain_path) != 0;
	switch (default_cert_choose(task, is_other, dovecot_site_of(server)->hostname)) {
	case DEFAULT_CERT_JOINS:
		return show_by_name(server, &certificate, err);
	case DEFAULT_CERT_TAKES:
		is_other = false;
		break;
	case DEFAULT_CERT_SWAPS:
		break;
	}
	if (change_blocks(server, &certificate, err) < 0 ||
	    set_default(server, &certificate, err) < 0)
		return err->code;
	return is_other ? demote(server, present, task->names, err) : 0;
}

/* ---- The server ---- */

static int test_dovecot(struct webserver *server, struct error *err)
{
	const struct dovecot_site *site = dovecot_site_of(server);
	/* With the contents of files, which it does not check otherwise. */
	const char *const argv[] = {site->utility, "-c", site->main, "-x", NULL};

	return control_run(argv, NULL, err);
}

char *dovecot_ask(const struct webserver *server, const char *setting)
{
	const struct dovecot_site *site = dovecot_site_of(server);
	/* "NAME = VALUE". With -h, 2.4.1 says "Multiple settings matched" of a single one. */
	const char *const argv[] = {site->utility, "-c", site->main, setting, NULL};
	AUTO(control_output) struct control_output output;
	AUTO(error) struct error ignored = ERROR_INIT;
	struct span value;

	control_output_init(&output);
	if (control_run(argv, &output, &ignored) < 0)
		return NULL;
	value = span_make(output.out.text, output.out.len);
	if (!span_skip_prefix(&value, setting))
		return NULL;
	value = span_trim(value);
	return span_skip_prefix(&value, "=") ? span_dup(span_trim(value)) : NULL;
}

int dovecot_renewed(struct plugin_instance *instance, struct deploy_task *tasks, size_t count,
		    struct error *err)
{
	const struct webserver *server = webserver_of(instance);
	const struct dovecot_site *site = dovecot_site_of(server);
	const char *const argv[] = {site->utility, "-c", site->main, "-n", NULL};
	AUTO(control_output) struct control_output output;

	control_output_init(&output);
	if (control_run(argv, &output, err) < 0)
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (!loaded_names_live(output.out.text, &tasks[i]))
			loaded_refuse(server, &tasks[i], tasks[i].fullchain_path, NULL);
	return 0;
}

static bool is_dovecot_running(struct webserver *server)
{
	AUTO_FREE char *base = dovecot_ask(server, "base_dir");
	AUTO_FREE char *pid_path = path_join(base && base[0] ? base : "/run/dovecot", "master.pid");

	return control_pid_is_alive(pid_path);
}

/* It exits with 0 even if Dovecot refuses the configuration; the proof finds out. */
static int reload_dovecot(struct webserver *server, struct error *err)
{
	const struct dovecot_site *site = dovecot_site_of(server);
	const char *const argv[] = {site->ctl, "-c", site->main, "reload", NULL};

	if (!is_dovecot_running(server))
		return error_set(err, ERR_NOT_FOUND,
				 "there is no process with the number in its "
				 "master.pid");
	return control_run(argv, NULL, err);
}

static void close_dovecot(struct webserver *server)
{
	struct dovecot_site *site = STEAL(server->own);

	free(site->ctl);
	free(site->utility);
	free(site->main);
	free(site->hostname);
	free(site);
}

const struct webserver_kind dovecot_kind = {
	.name = "Dovecot",
	.load = load_conf,
	.unload = texts_unload,
	.names = add_block_names,
	.stage = texts_stage,
	.can_hold = dovecot_conf_can_hold,
	.deploy = deploy_dovecot,
	.prove = dovecot_prove,
	.test = test_dovecot,
	.reload = reload_dovecot,
	.is_running = is_dovecot_running,
	.close = close_dovecot,
};
