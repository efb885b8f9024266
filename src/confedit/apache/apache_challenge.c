/*
 * Challenges (see apache_challenge.h). mod_rewrite runs before mod_proxy and mod_alias, so a rule
 * before the host's own rules takes precedence over all of them. The last access rule for a
 * location decides.
 */
#include "confedit/apache/apache_challenge.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/apache/apache_choose.h"
#include "confedit/apache/apache_edit.h"

/* [END] because [L] would let per-directory rules have another go; the pattern admits only what a
 * token can be, for its target is a path. */
#define PRE_TEMPLATE                                                                               \
	"RewriteEngine on\n"                                                                       \
	"RewriteRule \"^/\\.well-known/acme-challenge/([A-Za-z0-9_-]+)$\" \"%s/$1\" [END]\n"

/* The engine is switched on a second time since a host may say "off" behind the first include. Both
 * kinds of access control are written: mod_access_compat's rules, where loaded, refuse what
 * "Require" allows. */
#define POST_TEMPLATE                                                                              \
	"RewriteEngine on\n"                                                                       \
	"<Directory \"%s\">\n"                                                                     \
	"    AllowOverride None\n"                                                                 \
	"    Require all granted\n"                                                                \
	"</Directory>\n"                                                                           \
	"<Location \"/.well-known/acme-challenge\">\n"                                             \
	"    AuthMerging Off\n"                                                                    \
	"    Require all granted\n"                                                                \
	"    SetHandler none\n"                                                                    \
	"    <IfModule mod_access_compat.c>\n"                                                     \
	"        Order allow,deny\n"                                                               \
	"        Allow from all\n"                                                                 \
	"        Satisfy any\n"                                                                    \
	"    </IfModule>\n"                                                                        \
	"</Location>"

static void choose_hosts(const struct apache_model *model, const struct strvec *names,
			 const char *port, struct apache_choice *ret_choice)
{
	for (size_t i = 0; i < names->count; i++)
		apache_choose_answering(model, names->items[i], port, ret_choice);
}

/* Rules that the host has but does not use: the engine that we switch on must not wake them. "[L]"
 * for every path stops them behind our own rule. */
static bool has_sleeping_rules(const struct apache_vhost *vhost)
{
	bool engine_on = false, rules = false;

	for (size_t i = 0; i < vhost->items.count; i++) {
		const struct apache_item *item = &vhost->items.items[i];
		const char *argument = apache_item_argument(item, 0);

		if (item->flags & APACHE_ITEM_NESTED)
			continue;
		if (apache_directive_is(item->directive, "RewriteEngine"))
			engine_on = argument && str_eq_nocase(argument, "on");
		rules |= apache_directive_is(item->directive, "RewriteRule");
	}
	return rules && !engine_on;
}

/* The line that is added last stands first. */
static void edit_host(struct apache_changes *changes, const struct apache_vhost *vhost,
		      const struct apache_challenge_plan *plan)
{
	AUTO_FREE char *pre = apache_line("Include", plan->pre_path, NULL);
	AUTO_FREE char *post = apache_line("Include", plan->post_path, NULL);

	apache_add_first_line(changes, vhost->file, vhost->directive, pre);
	if (has_sleeping_rules(vhost))
		apache_add_first_line(changes, vhost->file, vhost->directive,
				      "RewriteRule ^ - [L]");
	apache_add_line(changes, vhost->file, vhost->directive, post);
}

/* True when one of the hosts has every address on the port. An address that no host has is answered
 * by the main server, which is then edited too. */
static bool answers_everywhere(const struct apache_choice *chosen, const char *port)
{
	for (size_t i = 0; i < chosen->count; i++) {
		const struct apache_vhost *vhost = chosen->items[i];

		for (size_t j = 0; j < vhost->address_count; j++)
			if (strcmp(vhost->addresses[j].host, "*") == 0 &&
			    apache_address_has_port(&vhost->addresses[j], port))
				return true;
	}
	return false;
}

/* The main server answers where no host has the address. */
static void edit_main_server(struct apache_changes *changes,
			     const struct apache_challenge_plan *plan)
{
	const struct apache_file *main_file = &changes->model->files[0]->shown;
	AUTO_FREE char *pre = apache_line("Include", plan->pre_path, NULL);
	AUTO_FREE char *post = apache_line("Include", plan->post_path, NULL);

	apache_add_last_line(changes, main_file, pre);
	apache_add_last_line(changes, main_file, post);
}

/* By hand: the compiler cannot check a format that comes as an argument. */
static void write_file(struct apache_changes *changes, const struct apache_file *file,
		       const char *template, const char *tokens_dir)
{
	struct edit *edit = apache_changes_edit(changes, file);
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	const char *hole = strstr(template, "%s");

	strbuf_add(&text, template, (size_t)(hole - template));
	strbuf_adds(&text, tokens_dir);
	strbuf_adds(&text, hole + 2);
	strbuf_addc(&text, '\n');
	edit_replace(edit, 0, edit->base.len, text.text);
}

/* Bytes that mean something in a quoted argument or in the target of a rule. Quoting would not
 * help: the target of a rule is expanded after it is unquoted. */
static bool is_plain_path(const char *path)
{
	for (const char *c = path; *c; c++)
		if (strchr("\"\\$%`{}[]?*#", *c) || (unsigned char)*c < ' ')
			return false;
	return true;
}

/* Otherwise the caller would enable them as sites. */
static void forget_added(struct apache_model *model, const struct apache_file *file)
{
	for (size_t i = model->added_files.count; i > 0; i--)
		if (strcmp(model->added_files.items[i - 1], file->real_path) == 0)
			strvec_remove(&model->added_files, i - 1);
}

int apache_publish_challenges(struct apache_model *model, const struct strvec *names,
			      const struct apache_challenge_plan *plan, struct error *err)
{
	AUTO(apache_changes) struct apache_changes changes = {.count = 0};
	AUTO(apache_choice) struct apache_choice chosen = APACHE_CHOICE_INIT;
	const struct apache_file *pre, *post;

	if (!is_plain_path(plan->tokens_dir))
		return error_set(err, ERR_REFUSED,
				 "cannot serve challenges from '%s': the path has characters that "
				 "are special in rewrite rules",
				 plan->tokens_dir);
	if (apache_model_add_file(model, plan->pre_path, &pre, err) < 0 ||
	    apache_model_add_file(model, plan->post_path, &post, err) < 0)
		return err->code;
	/* They are read through the hosts only. */
	forget_added(model, pre);
	forget_added(model, post);
	apache_changes_init(&changes, model);
	choose_hosts(model, names, plan->http_port, &chosen);
	for (size_t i = 0; i < chosen.count; i++)
		edit_host(&changes, chosen.items[i], plan);
	if (!answers_everywhere(&chosen, plan->http_port))
		edit_main_server(&changes, plan);
	write_file(&changes, pre, PRE_TEMPLATE, plan->tokens_dir);
	write_file(&changes, post, POST_TEMPLATE, plan->tokens_dir);
	return apache_changes_apply(&changes, err);
}
