/*
 * Redirects to https (see apache_enhance.h), with mod_rewrite in Certbot's form, so that either
 * program recognises them.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/apache/apache_choose.h"
#include "confedit/apache/edit/apache_edit.h"
#include "confedit/apache/edit/apache_enhance.h"
#include "confedit/names.h"

#define RULE_TARGET "https://%{SERVER_NAME}%{REQUEST_URI}"
#define RULE_FLAGS "[END,NE,R=permanent]"

/* Flags of rules that Certbot wrote in its time; it brings them up to date as well. */
static const char *const older_flags[] = {
	"[L,QSA,R=permanent]",
	"[END,QSA,R=permanent]",
	"[L,NE,R=permanent]",
};

static bool is_own_rule(const struct apache_item *item, const char *flags)
{
	return str_eq_or_null(apache_item_argument(item, 0), "^") &&
	       str_eq_or_null(apache_item_argument(item, 1), RULE_TARGET) &&
	       str_eq_or_null(apache_item_argument(item, 2), flags);
}

static bool is_older_rule(const struct apache_item *item)
{
	for (size_t i = 0; i < ARRAY_LEN(older_flags); i++)
		if (is_own_rule(item, older_flags[i]))
			return true;
	return false;
}

/* Appends one RewriteCond for the name; SERVER_NAME is what the client asked for, so wildcards are
 * written as patterns. */
static void add_condition(struct apache_changes *changes, const struct apache_vhost *plain,
			  const char *name, bool is_last)
{
	AUTO(strbuf) struct strbuf line = STRBUF_INIT;

	strbuf_adds(&line, "RewriteCond %{SERVER_NAME} ");
	if (names_is_glob(name)) {
		strbuf_addc(&line, '^');
		for (const char *c = name; *c; c++) {
			if (*c == '*')
				strbuf_adds(&line, ".*");
			else if (*c == '?')
				strbuf_addc(&line, '.');
			else
				strbuf_addf(&line, *c == '.' ? "\\%c" : "%c", *c);
		}
		strbuf_addc(&line, '$');
	} else {
		strbuf_addf(&line, "=%s", name);
	}
	strbuf_adds(&line, is_last ? "" : " [OR]");
	apache_add_line(changes, plain->file, plain->directive, line.text);
}

static void all_names(const struct apache_vhost *vhost, struct strvec *ret_names)
{
	if (vhost->name)
		strvec_push(ret_names, vhost->name);
	for (size_t i = 0; i < vhost->aliases.count; i++)
		strvec_push_unique(ret_names, vhost->aliases.items[i]);
}

/* Only that of the host itself: the one of a <Directory> is for its own rules. */
static bool has_engine_on(const struct apache_vhost *vhost)
{
	const struct apache_item *last = NULL, *item = NULL;

	while ((item = apache_items_find(&vhost->items, "RewriteEngine", item)))
		if (!(item->flags & APACHE_ITEM_NESTED))
			last = item;
	return last && apache_item_argument(last, 0) &&
	       str_eq_nocase(apache_item_argument(last, 0), "on");
}

/* True when the rule is for all of the names: it has no conditions, or one for each. Conditions
 * come directly before their rule, so the items are walked backwards. */
static bool covers(const struct apache_vhost *plain, const struct apache_item *rule,
		   const struct strvec *names)
{
	AUTO(strvec) struct strvec covered = STRVEC_INIT;
	const struct apache_item *item = rule;

	while (item-- > plain->items.items && apache_directive_is(item->directive, "RewriteCond")) {
		const char *pattern = apache_item_argument(item, 1);

		strvec_push(&covered, pattern && *pattern == '=' ? pattern + 1 : "");
	}
	if (!covered.count)
		return true;
	for (size_t i = 0; i < names->count; i++)
		if (!names_is_glob(names->items[i]) && !strvec_contains(&covered, names->items[i]))
			return false;
	return true;
}

/* Finds which parts of a redirect for these names the host has; older ones get the current
 * flags. */
static int survey(struct apache_changes *changes, const struct apache_vhost *plain,
		  const struct strvec *names, enum apache_redirect_found *ret_found,
		  struct error *err)
{
	const struct apache_item *item = NULL;

	*ret_found = APACHE_REDIRECT_NEW;
	while ((item = apache_items_find(&plain->items, "RewriteRule", item))) {
		if (is_own_rule(item, RULE_FLAGS)) {
			if (!covers(plain, item, names))
				continue;
			*ret_found = APACHE_REDIRECT_PRESENT;
			return 0;
		}
		if (is_older_rule(item)) {
			if (apache_check_own(changes->model, plain, item, err) < 0)
				return err->code;
			apache_set_argument(changes, item, 2, RULE_FLAGS);
			*ret_found = APACHE_REDIRECT_RENEWED;
		} else if (*ret_found == APACHE_REDIRECT_NEW) {
			*ret_found = APACHE_REDIRECT_BESIDES;
		}
	}
	return 0;
}

/* The names are those of the TLS host: one that it lacks must not be led there. */
int apache_redirect(struct apache_model *model, size_t plain_id, size_t tls_id,
		    enum apache_redirect_found *ret_found, struct error *err)
{
	AUTO(apache_changes) struct apache_changes changes;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	const struct apache_vhost *plain, *tls;

	apache_changes_init(&changes, model);
	if (apache_model_require(model, plain_id, &plain, err) < 0 ||
	    apache_model_require(model, tls_id, &tls, err) < 0)
		return err->code;
	all_names(tls, &names);
	if (survey(&changes, plain, &names, ret_found, err) < 0)
		return err->code;
	if (*ret_found == APACHE_REDIRECT_PRESENT)
		return 0;
	if (*ret_found == APACHE_REDIRECT_RENEWED)
		return apache_changes_apply(&changes, err);
	if (!has_engine_on(plain))
		apache_add_line(&changes, plain->file, plain->directive, "RewriteEngine on");
	for (size_t i = 0; i < names.count; i++)
		add_condition(&changes, plain, names.items[i], i + 1 == names.count);
	apache_add_line(&changes, plain->file, plain->directive,
			"RewriteRule ^ " RULE_TARGET " " RULE_FLAGS);
	return apache_changes_apply(&changes, err);
}

/* The form is Certbot's. */
static void compose_host(const struct apache_vhost *tls, const struct apache_redirect_host *host,
			 struct strbuf *out)
{
	strbuf_adds(out, "<VirtualHost");
	for (size_t i = 0; i < tls->address_count; i++) {
		AUTO_FREE char *address = apache_address_with_port(&tls->addresses[i], host->port);

		strbuf_addf(out, " %s", address);
	}
	strbuf_adds(out, ">\n");
	if (tls->name)
		strbuf_addf(out, "    ServerName %s\n", tls->name);
	for (size_t i = 0; i < tls->aliases.count; i++)
		strbuf_addf(out, "    ServerAlias %s\n", tls->aliases.items[i]);
	strbuf_adds(out, "    ServerSignature Off\n"
			 "\n"
			 "    RewriteEngine On\n"
			 "    RewriteRule ^ " RULE_TARGET " " RULE_FLAGS "\n"
			 "\n");
	strbuf_addf(out,
		    "    ErrorLog %s/redirect.error.log\n"
		    "    LogLevel warn\n"
		    "</VirtualHost>",
		    host->logs_dir);
}

int apache_add_redirect_host(struct apache_model *model, size_t tls_id,
			     const struct apache_redirect_host *host, struct error *err)
{
	AUTO(apache_changes) struct apache_changes changes = {.count = 0};
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	const struct apache_vhost *tls;
	const struct apache_file *file;

	if (apache_model_require(model, tls_id, &tls, err) < 0)
		return err->code;
	if (apache_has_conflict(model, tls, host->port))
		return error_set(err, ERR_REFUSED,
				 "cannot redirect to https: no virtual host on port %s belongs to "
				 "the one in '%s', and a new one would take requests from others",
				 host->port, tls->file->path);
	if (apache_model_add_file(model, host->path, &file, err) < 0)
		return err->code;
	compose_host(tls, host, &text);
	apache_changes_init(&changes, model);
	apache_add_last_line(&changes, file, text.text);
	return apache_changes_apply(&changes, err);
}
