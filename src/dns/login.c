/*
 * Reads the credentials of DNS plugins (see login.h). Wording follows Certbot where wrappers look
 * for it: the warning about permissions, and the list of properties that are missing.
 */
#include "dns/login.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "base/map.h"
#include "base/secret.h"
#include "base/ui.h"
#include "codec/ini.h"
#include "codec/url.h"
#include "config/plugin_names.h"
#include "dns/provider.h"
#include "os/file/file.h"
#include "os/file/secret_file.h"
#include "os/users.h"

enum {
	MAX_FILE = 256 * 1024,
};

struct dns_login {
	char *path;        /* NULL: no file */
	struct stat read;  /* the file that the user gave, when it was read */
	struct map values; /* key without prefix -> struct secret */
	struct map hidden; /* secrets to mask in messages: number -> struct secret */
	bool is_slow;
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

/* Certbot names the keys of a credentials file after the plugin, with _ instead of -. */
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

/* A shell would do this on a command line; nobody does it in a file. Heap. */
static char *expand_home(const char *path)
{
	AUTO_FREE char *home = str_starts(path, "~/") ? users_home_dir() : NULL;

	return home ? path_join(home, path + 2) : xstrdup(path);
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

/* The value of the option that is a credential: --dns-porkbun-key; NULL: not given, or there is no
 * such option. */
static const char *given_credential(const struct dns_provider *provider,
				    const struct dns_credential *row,
				    const struct settings *settings)
{
	AUTO_FREE char *prefix = dns_prefix(provider);
	AUTO_FREE char *dest = xasprintf("%s%s", prefix, row->key);
	const struct option *option = option_table_find(settings_table(settings), dest);
	const char *value = option && option->flags & OPTION_SECRET
				    ? settings_string(settings, dest)
				    : NULL;

	return value && value[0] ? value : NULL;
}

/* True when options are all that is needed to log in. */
static bool needs_no_file(const struct dns_provider *provider, const struct settings *settings)
{
	size_t given = 0;

	for (size_t i = 0; i < provider->credential_count; i++) {
		const struct dns_credential *row = &provider->credentials[i];

		if (given_credential(provider, row, settings))
			given++;
		else if (!row->optional)
			return false;
	}
	return given > 0;
}

const char *dns_login_path(const struct dns_provider *provider, const struct settings *settings)
{
	AUTO_FREE char *dest = path_dest(provider);

	if (provider->flags & DNS_NO_CREDENTIALS_FILE || needs_no_file(provider, settings))
		return NULL;
	return settings_string(settings, dest);
}

/* Where the file usually is; NULL: it is not there. Heap. */
static char *usual_file(const struct dns_provider *provider)
{
	AUTO_FREE char *path = provider->vendors_file.usual
				       ? expand_home(provider->vendors_file.usual)
				       : NULL;

	return path && file_exists(path) ? STEAL(path) : NULL;
}

int dns_login_configure(const struct dns_provider *provider, const struct plugin_host *host,
			struct settings *settings, struct error *err)
{
	const char *given = dns_login_path(provider, settings);
	AUTO_FREE char *dest = path_dest(provider);
	AUTO_FREE char *path = NULL;

	/* The answer is stored in the settings and so in the renewal conf: a renewal cannot ask. */
	if (provider->flags & DNS_NO_CREDENTIALS_FILE)
		return 0;
	if (given && given[0]) {
		if (check_path(given, err) == 0)
			return 0;
		return error_hint(err, "--%s-credentials must name the credentials file of %s",
				  provider->plugin.name, provider->title);
	}
	if (provider->flags & DNS_OPTIONAL_CREDENTIALS || needs_no_file(provider, settings))
		return 0;
	path = usual_file(provider);
	if (!path && ask_path(provider, host, &path, err) < 0)
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
	return secret_file_read(path, MAX_FILE, ret_text, err);
}

int dns_write_secret_file(const char *path, const char *text, struct error *err)
{
	static const struct file_attributes attributes = {.mode = 0600};

	return file_replace(path, text, strlen(text), &attributes, err);
}

/* The vendors' own programs also accept comments after a semicolon, and "name: value". Rewrites
 * both, in place, to what ConfigObj understands. */
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

/* True for a file with sections, which ours does not have. */
static bool has_sections(const char *text)
{
	for (const char *line = text; *line; line += strspn(line, "\n")) {
		if (line[strspn(line, " \t")] == '[')
			return true;
		line += strcspn(line, "\n");
	}
	return false;
}

/* The owner of a file. A key of ours may have a colon ("certbot_dns_x:dns_x_token"), so ours is not
 * adapted; where either is accepted, sections tell. */
enum file_kind {
	FILE_OURS,
	FILE_VENDORS,
	FILE_EITHER,
};

/* The text after such a byte would be left out of the value. An editor that writes UTF-16 puts one
 * after each letter. */
static int check_nul(const char *path, const char *text, size_t len, struct error *err)
{
	const char *nul = len ? memchr(text, '\0', len) : NULL;
	const char *line = nul;
	AUTO_FREE char *key = NULL;

	if (!nul)
		return 0;
	while (line > text && line[-1] != '\n')
		line--;
	key = xstrndup(line, strcspn(line, " \t=:"));
	error_set(err, ERR_CONFIG, "'%s' has a NUL byte in the line of %s", path,
		  ascii_is_printable_text(key) ? key : "its beginning");
	return error_hint(err, "write the line again, in a file of plain text (UTF-8)");
}

static int parse_file(const char *path, enum file_kind kind, struct ini **ret_ini,
		      struct error *err)
{
	AUTO(secret) struct secret text = SECRET_INIT;
	int rc = dns_read_secret_file(path, &text, err);

	if (rc == 0)
		rc = check_nul(path, secret_peek(&text), text.len, err);
	if (rc == 0 && text.len &&
	    (kind == FILE_VENDORS || (kind == FILE_EITHER && has_sections(text.bytes))))
		adapt_lines(text.bytes);
	if (rc == 0)
		rc = ini_parse(secret_peek(&text), text.len, path, ret_ini, err);
	if (rc == 0)
		return 0;
	error_recode(err, ERR_CONFIG);
	return error_wrap(err, "cannot parse credentials configuration");
}

/* Returns the key that the file uses for a value (heap), or `own` if it has none. The keys of
 * plugins that are not called dns-... lack that prefix, and before Certbot 1.7 keys began with the
 * name of the plugin's distribution. */
static char *find_key(const struct ini_section *root, const char *own)
{
	const char *plain = own + strlen("dns_");

	if (ini_has(root, own))
		return xstrdup(own);
	if (ini_has(root, plain))
		return xstrdup(plain);
	for (size_t i = 0; i < ini_key_count(root); i++) {
		AUTO_FREE char *present = plugin_key_present(ini_key_at(root, i));

		if (strcmp(present, own) == 0)
			return xstrdup(ini_key_at(root, i));
	}
	return xstrdup(own);
}

/* The same for a row, which may have a second name. */
static char *find_key_of(const struct ini_section *root, const char *prefix,
			 const struct dns_credential *row)
{
	AUTO_FREE char *own = xasprintf("%s%s", prefix, row->key);
	AUTO_FREE char *theirs = row->theirs ? xasprintf("%s%s", prefix, row->theirs) : NULL;
	char *key = find_key(root, own);

	if (theirs && !ini_has(root, key))
		REPLACE(key, find_key(root, theirs));
	if (theirs && !ini_has(root, key))
		REPLACE(key, STEAL(own));
	return key;
}

/* Returns the path of a file that the credentials name (heap). A relative path starts at the
 * credentials file, because that place is the same in every run. Certbot's plugins start at the
 * current directory, which is another one when a timer renews. */
static char *locate_file(const struct dns_login *login, const char *named)
{
	AUTO_FREE char *path = expand_home(named);
	AUTO_FREE char *folder = login->path ? path_dirname(login->path) : NULL;
	AUTO_FREE char *adjacent = NULL;

	if (path[0] == '/' || !folder)
		return STEAL(path);
	adjacent = path_join(folder, path);
	if (file_exists(adjacent) || !file_exists(path))
		return STEAL(adjacent);
	log_warning("'%s', which %s names, was found only in the current directory: renewals that "
		    "run in another one will not find it. Write the whole path, or put it next to "
		    "that file.",
		    path, login->path);
	return STEAL(path);
}

static void keep_value(struct dns_login *login, const struct dns_credential *row, const char *value)
{
	AUTO_FREE char *path = row->is_path ? locate_file(login, value) : NULL;

	map_set(&login->values, row->key, secret_of(path ? path : value));
	/* Servers quote requests in their answers, and answers go to the log. */
	if (!row->is_public)
		dns_login_hide(login, value);
}

/* A section from which credentials are taken. */
struct reading {
	struct dns_login *login;
	const char *prefix; /* of keys; "" in a file of the vendor's programs */
	const struct ini_section *section;
	/* Has the values that the section lacks, or NULL. */
	const struct ini_section *defaults;
	struct strvec missing; /* texts about each */
};

/* Where a value is sent, such a byte would end a header or a parameter, and what follows it would
 * be taken for the next. No service has one in a key, so it came by a mistake. */
static int check_value(const struct dns_credential *row, const char *key, const char *value,
		       struct error *err)
{
	struct in_addr address;

	for (const char *c = value; *c; c++) {
		const char *name = *c == '\n' ? "a line break" : "a control character";

		if (!ascii_is_control(*c))
			continue;
		error_set(err, ERR_CONFIG, "the value of %s has %s in it (byte %zu)", key, name,
			  (size_t)(c - value) + 1);
		return error_hint(err, "write the value again, on one line");
	}
	if (!row->is_ipv4 || !value[0] || inet_pton(AF_INET, value, &address) == 1)
		return 0;
	error_set(err, ERR_CONFIG, "the value of %s is '%s', which is not an IPv4 address", key,
		  value);
	return error_hint(err, "it should be %s", row->what);
}

/* Takes one key. */
static int take_value(struct reading *reading, const char *key, const struct dns_credential *row,
		      struct error *err)
{
	const struct ini_section *section = reading->section;
	char *value = NULL;
	int rc;

	if (reading->defaults && !ini_has(section, key))
		section = reading->defaults;
	if (!ini_has(section, key)) {
		if (!row->optional)
			strvec_pushf(&reading->missing, "Property \"%s\" not found (should be %s).",
				     key, row->what);
		return 0;
	}
	if (ini_get(section, key, &value, err) < 0)
		return err->code;
	/* Certbot cuts it off too, but without a word. */
	if (ini_is_cut(section, key))
		log_warning("the value of %s ends where a # begins a comment: if the # belongs to "
			    "it, put the value in quotes",
			    key);
	rc = check_value(row, key, value, err);
	if (rc == 0 && value[0])
		keep_value(reading->login, row, value);
	else if (rc == 0 && !row->optional)
		strvec_pushf(&reading->missing, "Property \"%s\" not set (should be %s).", key,
			     row->what);
	secret_wipe(value, strlen(value));
	free(value);
	return rc;
}

/* Takes every key that begins with the name, as certbot-dns-azure does. */
static int take_numbered(const struct reading *reading, const char *own,
			 const struct dns_credential *row, struct error *err)
{
	AUTO(strvec) struct strvec values = STRVEC_INIT;
	const struct ini_section *root = reading->section;
	AUTO_FREE char *joined = NULL;

	for (size_t i = 0; i < ini_key_count(root); i++) {
		AUTO_FREE char *present = plugin_key_present(ini_key_at(root, i));
		char *value = NULL;

		if (!str_starts(present, own))
			continue;
		if (ini_get(root, ini_key_at(root, i), &value, err) < 0)
			return err->code;
		strvec_give(&values, value);
		if (check_value(row, ini_key_at(root, i), value, err) < 0)
			return err->code;
	}
	joined = strvec_join(&values, "\n");
	if (values.count)
		keep_value(reading->login, row, joined);
	return 0;
}

/* The value of one of our own keys, which is not a credential: heap, or NULL when the file lacks
 * it. */
static char *find_value(const struct ini_section *root, const char *prefix, const char *name)
{
	AUTO_FREE char *own = xasprintf("%s%s", prefix, name);
	AUTO_FREE char *key = find_key(root, own);
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
	AUTO_FREE char *path = find_value(ini_root(ini), prefix, provider->vendors_file.path_key);
	AUTO_FREE char *name = find_value(ini_root(ini), prefix,
					  provider->vendors_file.section_key);

	if (!path || !path[0])
		return 0;
	REPLACE(path, locate_file(login, path));
	if (check_path(path, err) < 0 || parse_file(path, FILE_VENDORS, ret_profile, err) < 0)
		return error_wrap(err, "%s", login->path);
	*ret_section = ini_find_section(ini_root(*ret_profile), name ? name : "default");
	if (!*ret_section)
		return error_set(err, ERR_CONFIG, "'%s' has no section [%s], which %s asks for",
				 path, name ? name : "default", login->path);
	REPLACE(login->path, STEAL(path));
	return 0;
}

/* Returns "dns_x_username and dns_x_password" (heap), and counts the item's keys and how many of
 * them the file has. */
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

/* With two ways to log in, one would be ignored, and that may be the one that the user wants. */
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
			 begun > 1 ? ", not several of them" : "");
}

static int take_credential(struct reading *reading, const struct dns_credential *row,
			   struct error *err)
{
	AUTO_FREE char *key = *reading->prefix ? find_key_of(reading->section, reading->prefix, row)
					       : xstrdup(row->key);

	return row->is_numbered ? take_numbered(reading, key, row, err)
				: take_value(reading, key, row, err);
}

/* Lists all that is missing in one message, so that the file can be fixed at once. */
static int report_missing(const struct reading *reading, struct error *err)
{
	AUTO_FREE char *list = strvec_join(&reading->missing, "\n * ");

	return error_set(err, ERR_CONFIG, "Missing %s in credentials configuration file %s:\n * %s",
			 reading->missing.count == 1 ? "property" : "properties",
			 reading->login->path, list);
}

/* Finds the sections of a file that is itself the vendor's; without any, the file is ours. A
 * profile that is not there would otherwise be another one's credentials in silence. */
static int choose_section(struct reading *reading, const struct dns_provider *provider,
			  const struct settings *settings, struct error *err)
{
	const struct dns_login *login = reading->login;
	const struct ini_section *root = reading->section;
	const char *usual = provider->vendors_file.section;
	AUTO_FREE char *dest = xasprintf("%sprofile", reading->prefix);
	const char *name = settings_string(settings, dest);
	const struct ini_section *section = ini_find_section(root, name ? name : usual);

	/* The usual section needs not be written: it has no values then. */
	if (!section && login->path && name && strcmp(name, usual) != 0)
		return error_set(err, ERR_CONFIG,
				 "'%s' has no section [%s], which --%s-profile asks "
				 "for",
				 login->path, name, provider->plugin.name);
	if (!section)
		return 0;
	reading->section = section;
	reading->defaults = ini_find_section(root, usual);
	reading->prefix = "";
	return 0;
}

/* Takes the value of an option. */
static int take_given(struct dns_login *login, const struct dns_provider *provider,
		      const struct dns_credential *row, const char *given, struct error *err)
{
	AUTO_FREE char *option = xasprintf("--%s-%s", provider->plugin.name, row->key);

	if (check_value(row, option, given, err) < 0)
		return err->code;
	keep_value(login, row, given);
	return 0;
}

static int take_credentials(struct dns_login *login, const struct dns_provider *provider,
			    const struct settings *settings, const struct ini *ini,
			    struct error *err)
{
	AUTO_FREE char *prefix = dns_prefix(provider);
	AUTO(ini) struct ini *profile = NULL;
	const struct ini_section *section = NULL;
	struct reading reading = {login, prefix, ini_root(ini), NULL, STRVEC_INIT};
	int rc = 0;

	if (provider->vendors_file.path_key &&
	    open_profile(login, provider, ini, &profile, &section, err) < 0)
		return err->code;
	if (section) {
		reading.section = section;
		reading.prefix = "";
	} else if (provider->vendors_file.section &&
		   choose_section(&reading, provider, settings, err) < 0) {
		return err->code;
	}
	for (size_t i = 0; rc == 0 && i < provider->credential_count; i++) {
		const struct dns_credential *row = &provider->credentials[i];
		const char *given = given_credential(provider, row, settings);

		if (given)
			rc = take_given(login, provider, row, given, err);
		else if ((rc = take_credential(&reading, row, err)) < 0)
			error_wrap(err, "%s", login->path);
	}
	if (rc == 0)
		rc = reading.missing.count ? report_missing(&reading, err)
					   : check_choices(login, provider, err);
	strvec_release(&reading.missing);
	return rc;
}

int dns_login_read(const struct dns_provider *provider, const struct settings *settings,
		   struct dns_login **ret_login, struct error *err)
{
	AUTO(dns_login) struct dns_login *login = XNEW(struct dns_login);
	const char *path = dns_login_path(provider, settings);

	login->path = xstrdup_or_null(path);
	login->values = (struct map)MAP_INIT(secret_free);
	login->hidden = (struct map)MAP_INIT(secret_free);
	if (path && check_path(path, err) < 0)
		return err->code;
	/* Before reading, so that a write in the meantime counts as a change. */
	if (path && stat(path, &login->read) < 0)
		return error_set(err, ERR_CONFIG, "File not found: %s", path);
	if (!(provider->flags & DNS_RAW_CREDENTIALS) &&
	    (path || needs_no_file(provider, settings))) {
		AUTO(ini) struct ini *ini = path ? NULL : ini_new();
		enum file_kind kind = provider->vendors_file.section ? FILE_EITHER : FILE_OURS;

		if ((path && parse_file(path, kind, &ini, err) < 0) ||
		    take_credentials(login, provider, settings, ini, err) < 0)
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
	AUTO_FREE char *escaped_key = xasprintf("%s, escaped", key);
	AUTO(strbuf) struct strbuf escaped = STRBUF_INIT;

	map_set(&login->hidden, key, secret_of(secret));
	/* As it stands in the query of a URL. */
	url_add_escaped(&escaped, secret);
	if (strcmp(escaped.text, secret) != 0)
		map_set(&login->hidden, escaped_key, secret_of(escaped.text));
	secret_wipe(escaped.text, escaped.len);
}

void dns_login_add_safe(const struct dns_login *login, const char *text, size_t max_len,
			struct strbuf *out)
{
	AUTO(strbuf) struct strbuf safe = STRBUF_INIT;
	size_t len;

	/* Secrets are masked first: one that is cut in half would not be found. */
	strbuf_adds(&safe, text);
	for (size_t i = 0; i < login->hidden.count; i++)
		strbuf_mask(&safe, secret_peek(login->hidden.entries[i].value));
	len = safe.len < max_len ? safe.len : max_len;
	strbuf_add_printable(out, safe.text, len);
	if (len < safe.len)
		strbuf_adds(out, " ...");
}

void dns_login_mask_end(const struct dns_login *login, struct strbuf *text)
{
	for (size_t i = 0; i < login->hidden.count; i++)
		strbuf_mask_end(text, secret_peek(login->hidden.entries[i].value));
}

void dns_login_note_slow(struct dns_login *login, bool is_slow)
{
	login->is_slow = is_slow;
}

bool dns_login_is_slow(const struct dns_login *login)
{
	return login->is_slow;
}
