/*
 * Reads the credentials of DNS plugins (see login.h). Wording follows Certbot where wrappers look
 * for it: the warning about permissions, and the list of properties that are missing.
 */
#include "dns/login.h"

#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "base/map.h"
#include "base/secret.h"
#include "base/ui.h"
#include "codec/ini.h"
#include "config/plugin_names.h"
#include "dns/provider.h"
#include "os/file/file.h"
#include "os/users.h"

enum {
	MAX_FILE = 256 * 1024,
};

struct dns_login {
	char *path;        /* NULL: no file */
	struct stat read;  /* the file that the user gave, when it was read */
	struct map values; /* key without prefix -> struct secret */
	struct map hidden; /* secrets to mask in messages: number -> struct secret */
};

static void secret_free(void *value)
{
	secret_release(value);
	free(value);
}

static struct secret *secret_of(const char *text)
{
	struct secret *secret = XNEW(struct secret);

	secret_set(secret, text, strlen(text));
	return secret;
}

/* As Certbot names the keys of a credentials file: the name of the plugin with _ for -. */
char *dns_prefix(const struct dns_provider *provider)
{
	char *prefix = xasprintf("%s_", provider->plugin.name);

	for (char *c = prefix; *c; c++)
		if (*c == '-')
			*c = '_';
	return prefix;
}

static char *path_dest(const struct dns_provider *provider)
{
	AUTO_FREE char *prefix = dns_prefix(provider);

	return xasprintf("%scredentials", prefix);
}

const char *dns_login_path(const struct dns_provider *provider, const struct settings *settings)
{
	AUTO_FREE char *dest = path_dest(provider);

	if (provider->flags & DNS_NO_CREDENTIALS_FILE)
		return NULL;
	return settings_string(settings, dest);
}

static int check_path(const char *path, struct error *err)
{
	if (!file_exists(path))
		return error_set(err, ERR_CONFIG, "File not found: %s", path);
	if (file_is_dir(path))
		return error_set(err, ERR_CONFIG,
				 "cannot read credentials from '%s': it is a "
				 "directory",
				 path);
	return 0;
}

/* Asks until there is an answer that names a file. */
static int ask_path(const struct dns_provider *provider, const struct plugin_host *host,
		    char **ret_path, struct error *err)
{
	AUTO_FREE char *flag = xasprintf("--%s-credentials", provider->plugin.name);
	const char *title = provider->title + (str_starts(provider->title, "the ") ? 4 : 0);
	AUTO_FREE char *text = xasprintf("Input the path to your %s credentials INI file", title);
	const struct ui_question question = {
		.text = text,
		.flag = flag,
		.fallback = UI_NO_FALLBACK,
	};

	for (;;) {
		AUTO(error) struct error fault = ERROR_INIT;
		AUTO_FREE char *answer = NULL;

		if (ui_text(host->ui, &question, &answer, err) < 0)
			return err->code;
		if (check_path(answer, &fault) == 0) {
			*ret_path = path_absolute(answer);
			return 0;
		}
		/* A typo costs another question, not the run, as in Certbot. */
		ui_say(host->ui, "%s", fault.text);
	}
}

int dns_login_configure(const struct dns_provider *provider, const struct plugin_host *host,
			struct settings *settings, struct error *err)
{
	const char *given = dns_login_path(provider, settings);
	AUTO_FREE char *dest = path_dest(provider);
	AUTO_FREE char *path = NULL;

	/* The answer goes into the settings, which are saved: a renewal cannot ask. */
	if (provider->flags & DNS_NO_CREDENTIALS_FILE)
		return 0;
	if (given && given[0]) {
		if (check_path(given, err) == 0)
			return 0;
		return error_hint(err, "--%s-credentials must name the credentials file of %s",
				  provider->plugin.name, provider->title);
	}
	if (provider->flags & DNS_OPTIONAL_CREDENTIALS)
		return 0;
	if (ask_path(provider, host, &path, err) < 0)
		return err->code;
	settings_set_string(settings, dest, path, ORIGIN_RUNTIME);
	return 0;
}

int dns_read_file(const char *path, struct secret *ret_text, struct error *err)
{
	struct strbuf text = STRBUF_INIT;
	size_t len;

	if (file_read(path, MAX_FILE, &text, err) < 0)
		return err->code;
	len = text.len;
	secret_give(ret_text, strbuf_detach(&text), len);
	return 0;
}

int dns_read_secret_file(const char *path, struct secret *ret_text, struct error *err)
{
	struct stat status;

	if (dns_read_file(path, ret_text, err) < 0)
		return err->code;
	/* Only a warning, and only about rights of others, as in Certbot: an error would stop
	 * renewals that have worked so far. */
	if (stat(path, &status) == 0 && status.st_mode & S_IRWXO)
		log_warning("Unsafe permissions on credentials configuration file: %s", path);
	return 0;
}

int dns_write_secret_file(const char *path, const char *text, struct error *err)
{
	static const struct file_attributes attributes = {.mode = 0600};

	return file_replace(path, text, strlen(text), &attributes, err);
}

/* Files of vendors' programs are read by other parsers, which also have comments behind a semicolon
 * and "name: value". Both are turned into what ConfigObj knows, in place. */
static void adapt_lines(char *text)
{
	for (char *line = text; *line; line += strspn(line, "\n")) {
		char *first = line + strspn(line, " \t");
		char *sign = line + strcspn(line, ":=\n");

		if (*first == ';')
			*first = '#';
		else if (*sign == ':' && *first != '[' && *first != '#')
			*sign = '=';
		line += strcspn(line, "\n");
	}
}

static int parse_file(const char *path, bool is_vendors, struct ini **ret_ini, struct error *err)
{
	AUTO(secret) struct secret text = SECRET_INIT;
	int rc = dns_read_secret_file(path, &text, err);

	if (rc == 0 && is_vendors && text.len)
		adapt_lines(text.bytes);
	if (rc == 0)
		rc = ini_parse(secret_peek(&text), text.len, path, ret_ini, err);
	if (rc == 0)
		return 0;
	error_recode(err, ERR_CONFIG);
	return error_wrap(err, "cannot parse credentials configuration");
}

/* The key under which the file has a value, borrowed; `own` if it has none. Keys of plugins that
 * are not called dns-... lack the prefix, and before Certbot 1.7 keys began with the name of the
 * plugin's distribution. */
static const char *find_key(const struct ini_section *root, const char *own)
{
	const char *plain = own + strlen("dns_");

	if (ini_has(root, own))
		return own;
	if (ini_has(root, plain))
		return plain;
	for (size_t i = 0; i < ini_key_count(root); i++) {
		AUTO_FREE char *present = plugin_key_present(ini_key_at(root, i));

		if (strcmp(present, own) == 0)
			return ini_key_at(root, i);
	}
	return own;
}

/* Takes one key; what is missing goes to `missing`. */
static int take_value(struct dns_login *login, const struct ini_section *root, const char *key,
		      const struct dns_credential *row, struct strvec *missing, struct error *err)
{
	char *value = NULL;

	if (!ini_has(root, key)) {
		if (!row->optional)
			strvec_pushf(missing, "Property \"%s\" not found (should be %s).", key,
				     row->what);
		return 0;
	}
	if (ini_get(root, key, &value, err) < 0)
		return err->code;
	if (value[0])
		map_set(&login->values, row->key, secret_of(value));
	/* Servers repeat what they were sent, and what they say goes to the log. */
	if (value[0] && !row->is_public)
		dns_login_hide(login, value);
	else if (!value[0] && !row->optional)
		strvec_pushf(missing, "Property \"%s\" not set (should be %s).", key, row->what);
	secret_wipe(value, strlen(value));
	free(value);
	return 0;
}

/* The value of one of our own keys, which is not a credential: heap, or NULL when the file lacks
 * it. */
static char *find_value(const struct ini_section *root, const char *prefix, const char *name)
{
	AUTO_FREE char *own = xasprintf("%s%s", prefix, name);
	const char *key = find_key(root, own);
	AUTO(error) struct error unreadable = ERROR_INIT;
	char *value = NULL;

	if (ini_has(root, key) && ini_get(root, key, &value, &unreadable) < 0)
		log_debug("%s", unreadable.text);
	return value;
}

/* Opens the file of the vendor's own programs that the credentials file names, and finds its
 * section; `*ret_section` stays NULL when none is named. Messages name that file from then on. */
static int open_profile(struct dns_login *login, const struct dns_provider *provider,
			const struct ini *ini, struct ini **ret_profile,
			const struct ini_section **ret_section, struct error *err)
{
	AUTO_FREE char *prefix = dns_prefix(provider);
	AUTO_FREE char *path = find_value(ini_root(ini), prefix, provider->profile_path);
	AUTO_FREE char *name = find_value(ini_root(ini), prefix, provider->profile_section);
	AUTO_FREE char *home = NULL;

	if (!path || !path[0])
		return 0;
	/* A shell would do this on a command line; nobody does it in a file. */
	home = str_starts(path, "~/") ? users_home_dir() : NULL;
	if (home)
		REPLACE(path, path_join(home, path + 2));
	if (check_path(path, err) < 0 || parse_file(path, true, ret_profile, err) < 0)
		return error_wrap(err, "%s", login->path);
	*ret_section = ini_find_section(ini_root(*ret_profile), name ? name : "default");
	if (!*ret_section)
		return error_set(err, ERR_CONFIG, "'%s' has no section [%s], which %s asks for",
				 path, name ? name : "default", login->path);
	REPLACE(login->path, STEAL(path));
	return 0;
}

/* "dns_x_username and dns_x_password". Counts those of the item that the file has, and all. */
static char *name_choice(const struct dns_login *login, const struct dns_provider *provider,
			 const char *item, size_t *ret_given, size_t *ret_all)
{
	AUTO_FREE char *prefix = dns_prefix(provider);
	AUTO(strvec) struct strvec keys = STRVEC_INIT, names = STRVEC_INIT;

	strvec_split(&keys, item, " ");
	for (size_t i = 0; i < keys.count; i++) {
		*ret_given += dns_login_get(login, keys.items[i]) != NULL;
		strvec_pushf(&names, "%s%s", prefix, keys.items[i]);
	}
	*ret_all = keys.count;
	return strvec_join(&names, " and ");
}

/* A second way to log in would be left unused, and is perhaps the one that was meant. */
static int check_choices(const struct dns_login *login, const struct dns_provider *provider,
			 struct error *err)
{
	AUTO(strvec) struct strvec items = STRVEC_INIT;
	AUTO_FREE char *list = NULL;
	size_t whole = 0, begun = 0;

	for (size_t i = 0; i < ARRAY_LEN(provider->choices) && provider->choices[i]; i++) {
		size_t given = 0, all = 0;

		strvec_give(&items,
			    name_choice(login, provider, provider->choices[i], &given, &all));
		whole += given == all;
		begun += given > 0;
	}
	if (!items.count || (whole == 1 && begun == 1))
		return 0;
	list = strvec_join(&items, " or ");
	return error_set(err, ERR_CONFIG, "%s: either %s is needed%s", login->path, list,
			 begun > 1 ? ", and nothing of the others" : "");
}

static int take_credentials(struct dns_login *login, const struct dns_provider *provider,
			    const struct ini *ini, struct error *err)
{
	AUTO(strvec) struct strvec missing = STRVEC_INIT;
	AUTO_FREE char *prefix = dns_prefix(provider);
	AUTO_FREE char *list = NULL;
	AUTO(ini) struct ini *profile = NULL;
	const struct ini_section *section = NULL;

	if (provider->profile_path &&
	    open_profile(login, provider, ini, &profile, &section, err) < 0)
		return err->code;
	for (size_t i = 0; i < provider->credential_count; i++) {
		const struct dns_credential *row = &provider->credentials[i];
		AUTO_FREE char *own = xasprintf("%s%s", prefix, row->key);

		if (take_value(login, section ? section : ini_root(ini),
			       section ? row->key : find_key(ini_root(ini), own), row, &missing,
			       err) < 0)
			return error_wrap(err, "%s", login->path);
	}
	/* Lists all that is missing in one message, so that the file can be fixed at once. */
	if (!missing.count)
		return check_choices(login, provider, err);
	list = strvec_join(&missing, "\n * ");
	return error_set(err, ERR_CONFIG, "Missing %s in credentials configuration file %s:\n * %s",
			 missing.count == 1 ? "property" : "properties", login->path, list);
}

int dns_login_read(const struct dns_provider *provider, const char *path,
		   struct dns_login **ret_login, struct error *err)
{
	AUTO(dns_login) struct dns_login *login = XNEW(struct dns_login);

	login->path = xstrdup_or_null(path);
	login->values = (struct map)MAP_INIT(secret_free);
	login->hidden = (struct map)MAP_INIT(secret_free);
	if (path && check_path(path, err) < 0)
		return err->code;
	/* Before it is read: what is written meanwhile is then seen as a change. */
	if (path && stat(path, &login->read) < 0)
		return error_set(err, ERR_CONFIG, "File not found: %s", path);
	if (path && !(provider->flags & DNS_RAW_CREDENTIALS)) {
		AUTO(ini) struct ini *ini = NULL;

		if (parse_file(path, false, &ini, err) < 0 ||
		    take_credentials(login, provider, ini, err) < 0)
			return err->code;
	}
	*ret_login = STEAL(login);
	return 0;
}

bool dns_login_has_changed(const struct dns_login *login, const char *path)
{
	struct stat now;

	return path && stat(path, &now) == 0 &&
	       (now.st_ino != login->read.st_ino || now.st_size != login->read.st_size ||
		now.st_mtim.tv_sec != login->read.st_mtim.tv_sec ||
		now.st_mtim.tv_nsec != login->read.st_mtim.tv_nsec);
}

void dns_login_free(struct dns_login *login)
{
	if (!login)
		return;
	free(login->path);
	map_release(&login->values);
	map_release(&login->hidden);
	free(login);
}

const char *dns_login_get(const struct dns_login *login, const char *key)
{
	const struct secret *secret = map_get(&login->values, key);

	return secret ? secret_peek(secret) : NULL;
}

void dns_login_hide(struct dns_login *login, const char *secret)
{
	AUTO_FREE char *key = xasprintf("%zu", login->hidden.count);

	map_set(&login->hidden, key, secret_of(secret));
}

void dns_login_add_safe(const struct dns_login *login, const char *text, size_t max_len,
			struct strbuf *out)
{
	AUTO(strbuf) struct strbuf safe = STRBUF_INIT;
	size_t len;

	/* Masked before it is cut: half of a secret would not be found. */
	strbuf_adds(&safe, text);
	for (size_t i = 0; i < login->hidden.count; i++)
		strbuf_mask(&safe, secret_peek(login->hidden.entries[i].value));
	len = safe.len < max_len ? safe.len : max_len;
	strbuf_add_printable(out, safe.text, len);
	if (len < safe.len)
		strbuf_adds(out, " ...");
}
