/*
 * Challenges (see apache_challenge.h). mod_rewrite runs before mod_proxy and mod_alias, so a rule
 * before the host's own rules takes precedence over all of them. The last access rule for a
 * location decides.
 */
#include "confedit/apache/edit/apache_challenge.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/apache/apache_choose.h"
#include "confedit/apache/edit/apache_edit.h"

/* [END] because [L] would let per-directory rules have another go; the pattern admits only what a
 * token can be, because its target is a path. */
#define PRE_TEMPLATE                                                                               \
	"RewriteEngine on\n"                                                                       \
	"RewriteRule \"^/\\.well-known/acme-challenge/([A-Za-z0-9_-]+)$\" \"%s/$1\" [END]\n"

/* The engine is switched on a second time since a host may say "off" after the first include. Both
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

/* Rules that the host has but does not use must not take effect because we switch the engine on.
 * "[L]" for every path ends processing after our own rule. */
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

/* The line that is added last comes first. */
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

static void replace_text(struct apache_changes *changes, const struct apache_file *file,
			 const char *text)
{
	struct edit *edit = apache_changes_edit(changes, file);

	edit_replace(edit, 0, edit->base.len, text);
}

/* Replaced by hand, because the compiler cannot check a format that is an argument. */
static void write_file(struct apache_changes *changes, const struct apache_file *file,
		       const char *template, const char *tokens_dir)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	const char *hole = strstr(template, "%s");

	strbuf_add(&text, template, (size_t)(hole - template));
	strbuf_adds(&text, tokens_dir);
	strbuf_adds(&text, hole + 2);
	strbuf_addc(&text, '\n');
	replace_text(changes, file, text.text);
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
	apache_model_forget_added(model, pre);
	apache_model_forget_added(model, post);
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

/* ---- tls-sni-01 ----
 *
 * httpd chooses by address first and name second, and an address with a port before one for all
 * ports: so our hosts have the addresses of the TLS hosts as these are written. They are read last,
 * because the first host of an address gets the requests that match no name; but before a host that
 * takes every name. */

static void add_addresses(const struct apache_vhost *vhost, const char *port,
			  struct strvec *addresses, bool *ret_any)
{
	for (size_t i = 0; i < vhost->address_count; i++) {
		AUTO_FREE char *text = apache_address_text(&vhost->addresses[i]);

		if (!apache_address_has_port(&vhost->addresses[i], port))
			continue;
		strvec_push_unique(addresses, text);
		*ret_any |= strcmp(vhost->addresses[i].host, "*") == 0;
	}
}

static bool main_server_has_tls(const struct apache_model *model)
{
	const struct apache_item *item = apache_items_find_last(apache_model_items(model),
								"SSLEngine");
	const char *value = item ? apache_item_argument(item, 0) : NULL;

	return value && str_eq_nocase(value, "on");
}

/* The addresses of all hosts with TLS on the port, and all addresses. */
static int list_addresses(const struct apache_model *model, const char *port,
			  struct strvec *ret_addresses, struct error *err)
{
	bool any = false;

	for (size_t i = 0; i < apache_model_vhost_count(model); i++) {
		const struct apache_vhost *vhost = apache_model_vhost(model, i);

		if (vhost->enabled && vhost->tls)
			add_addresses(vhost, port, ret_addresses, &any);
	}
	if (any)
		return 0;
	if (main_server_has_tls(model))
		return error_set(err, ERR_REFUSED,
				 "cannot answer tls-sni-01: a virtual host for all addresses would "
				 "take the place of httpd's main server");
	strvec_give(ret_addresses, xasprintf("*:%s", port));
	return 0;
}

static void add_host_line(struct strbuf *text, char *own_line)
{
	strbuf_addf(text, "    %s\n", own_line);
	free(own_line);
}

static void add_host(const struct apache_sni_challenge *challenge,
		     const struct apache_sni_plan *plan, const char *addresses, struct strbuf *text)
{
	strbuf_addf(text, "<VirtualHost %s>\n", addresses);
	add_host_line(text, apache_line("ServerName", challenge->server_name, NULL));
	add_host_line(text, apache_line("Include", plan->options_path, NULL));
	strbuf_adds(text, "    SSLEngine on\n"
			  "    SSLVerifyClient none\n");
	add_host_line(text, apache_line("SSLCertificateFile", challenge->cert_path, NULL));
	add_host_line(text, apache_line("SSLCertificateKeyFile", challenge->key_path, NULL));
	strbuf_adds(text, "    <Location \"/\">\n"
			  "        Require all denied\n"
			  "    </Location>\n"
			  "</VirtualHost>\n");
}

/* The first host that would get what is for one of ours: one with "ServerAlias *". */
static const struct apache_vhost *find_greedy(const struct apache_model *model,
					      const struct apache_sni_challenge *challenges,
					      size_t count)
{
	for (size_t i = 0; i < apache_model_vhost_count(model); i++) {
		const struct apache_vhost *vhost = apache_model_vhost(model, i);

		for (size_t j = 0; vhost->enabled && vhost->tls && j < count; j++)
			if (apache_vhost_has_name(vhost, challenges[j].server_name))
				return vhost;
	}
	return NULL;
}

static void add_include(struct apache_changes *changes, const struct apache_vhost *greedy,
			const char *path)
{
	AUTO_FREE char *line = apache_line("Include", path, NULL);
	AUTO_FREE char *text = xasprintf("%s\n", line);

	if (greedy)
		edit_insert(apache_changes_edit(changes, greedy->file), greedy->directive->start,
			    text);
	else
		apache_add_last_line(changes, &changes->model->files[0]->shown, line);
}

int apache_publish_sni(struct apache_model *model, const struct apache_sni_challenge *challenges,
		       size_t count, const struct apache_sni_plan *plan, struct error *err)
{
	AUTO(apache_changes) struct apache_changes changes = {.count = 0};
	AUTO(strvec) struct strvec addresses = STRVEC_INIT;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO_FREE char *list = NULL;
	const struct apache_file *file;

	if (list_addresses(model, plan->port, &addresses, err) < 0 ||
	    apache_model_add_file(model, plan->include_path, &file, err) < 0)
		return err->code;
	list = strvec_join(&addresses, " ");
	strbuf_adds(&text, "<IfModule mod_ssl.c>\n");
	for (size_t i = 0; i < count; i++)
		add_host(&challenges[i], plan, list, &text);
	strbuf_adds(&text, "</IfModule>\n");
	apache_model_forget_added(model, file);
	apache_changes_init(&changes, model);
	add_include(&changes, find_greedy(model, challenges, count), plan->include_path);
	replace_text(&changes, file, text.text);
	return apache_changes_apply(&changes, err);
}
