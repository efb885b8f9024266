/*
 * acme.sh (3.x): a folder NAME or NAME_ecc for each certificate with its options in NAME.conf,
 * ca/HOST/PATH/ for each account, and dnsapi/ with the scripts of DNS providers. See its wiki, "How to
 * issue a cert" and "Options and Params".
 */
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/span.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "codec/shell.h"
#include "foreign/foreign_parts.h"
#include "os/file/file.h"

/* The directory that is being read, and the values of its account.conf. */
struct home {
	const char *dir;
	struct map account; /* account.conf */
	struct foreign_state *state;
};

/* The configuration of one certificate. */
struct domain_conf {
	const struct home *home;
	struct map values;
};

/* Commands are stored encoded, between these markers. */
#define ENCODED_START "__ACME_BASE64__START_"
#define ENCODED_END "__ACME_BASE64__END_"

/* A decoded value, which the caller frees. NULL if it is missing or empty. */
static char *decoded_value(const struct map *values, const char *name)
{
	const char *value = foreign_value(values, name);
	AUTO(strbuf) struct strbuf decoded = STRBUF_INIT;
	AUTO(error) struct error malformed = ERROR_INIT;
	size_t len;

	if (!value || !str_starts(value, ENCODED_START) || !str_ends(value, ENCODED_END))
		return xstrdup_or_null(value);
	value += strlen(ENCODED_START);
	len = strlen(value) - strlen(ENCODED_END);
	if (base64_decode(&decoded, span_make(value, len), &malformed) < 0 || !decoded.len)
		return NULL;
	return strbuf_detach(&decoded);
}

/* Only a plain number of seconds can be taken over. */
static bool is_numeric(const char *text)
{
	return text[0] && text[strspn(text, "0123456789")] == '\0';
}

/* Adds "--OPTION=value" if there is a value. */
static void add_option(const struct map *values, const char *name, const char *option,
		       struct strvec *options)
{
	AUTO_FREE char *value = decoded_value(values, name);

	if (value)
		strvec_pushf(options, "--%s=%s", option, value);
}

/* ---- How control over the names was proved ---- */

static void use_dns_manually(const struct domain_conf *conf, const char *place,
			     struct foreign_cert *cert)
{
	strvec_push(&cert->notes, "its DNS records were set by hand, which renewals cannot do");
}

/* The script itself stays in use: our plugin for such scripts runs it. */
static void use_dns_script(const struct domain_conf *conf, const char *place,
			   struct foreign_cert *cert)
{
	AUTO_FREE char *sleep = decoded_value(&conf->values, "Le_DNSSleep");

	cert->script = xasprintf("%s/dnsapi/%s.sh", conf->home->dir, place);
	strvec_push(&cert->authenticator, "--authenticator=dns-acmesh");
	if (sleep && is_numeric(sleep))
		strvec_pushf(&cert->authenticator, "--dns-acmesh-propagation-seconds=%s", sleep);
}

static void use_standalone(const struct domain_conf *conf, const char *place,
			   struct foreign_cert *cert)
{
	bool is_alpn = str_starts(place, "alpn");

	strvec_push(&cert->authenticator, "--authenticator=standalone");
	strvec_pushf(&cert->authenticator, "--preferred-challenges=%s",
		     is_alpn ? "tls-alpn-01" : "http");
	if (!is_alpn)
		add_option(&conf->values, "Le_HTTPPort", "http-01-port", &cert->authenticator);
}

static void use_nginx(const struct domain_conf *conf, const char *place, struct foreign_cert *cert)
{
	strvec_push(&cert->authenticator, "--authenticator=nginx");
}

static void use_apache(const struct domain_conf *conf, const char *place, struct foreign_cert *cert)
{
	strvec_push(&cert->authenticator, "--authenticator=apache");
}

static void use_stateless(const struct domain_conf *conf, const char *place,
			  struct foreign_cert *cert)
{
	strvec_pushf(&cert->notes,
		     "it was obtained in acme.sh's mode '%s', in which a web server "
		     "answers by itself",
		     place);
}

/* One folder for each name, in the order of the names; the last folder is for all remaining
 * names. */
static void use_webroots(const struct domain_conf *conf, const char *places,
			 struct foreign_cert *cert)
{
	AUTO_FREE char *first = decoded_value(&conf->values, "Le_Domain");
	AUTO_FREE char *others = decoded_value(&conf->values, "Le_Alt");
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(strvec) struct strvec roots = STRVEC_INIT;
	AUTO(json) struct json *pairs = json_object_new();
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	strvec_push(&names, first ? first : "");
	if (others && strcmp(others, "no") != 0)
		strvec_split(&names, others, ",");
	strvec_split(&roots, places, ",");
	for (size_t i = 0; i < names.count; i++)
		json_set_string(pairs, names.items[i],
				roots.items[i < roots.count ? i : roots.count - 1]);
	json_print(pairs, JSON_COMPACT, &text);
	strvec_push(&cert->authenticator, "--authenticator=webroot");
	strvec_pushf(&cert->authenticator, "--webroot-map=%s", text.text);
}

/* Prefixes of the words of Le_Webroot. */
static const struct {
	const char *start;
	void (*use)(const struct domain_conf *conf, const char *place, struct foreign_cert *cert);
} kinds[] = {
	{"dns_", use_dns_script},     {"dns", use_dns_manually}, {"no", use_standalone},
	{"alpn", use_standalone},     {"nginx", use_nginx},      {"apache", use_apache},
	{"stateless", use_stateless}, {"/", use_webroots},
};

/* The first prefix that matches wins, so "dns_" has to come before "dns". */
static size_t kind_of(const char *place)
{
	size_t kind = 0;

	while (kind < ARRAY_LEN(kinds) && !str_starts(place, kinds[kind].start))
		kind++;
	return kind;
}

static void find_authenticator(const struct domain_conf *conf, struct foreign_cert *cert)
{
	AUTO_FREE char *places = decoded_value(&conf->values, "Le_Webroot");
	AUTO(strvec) struct strvec words = STRVEC_INIT;
	size_t kind;

	strvec_split(&words, places ? places : "", ",");
	kind = words.count ? kind_of(words.items[0]) : ARRAY_LEN(kinds);
	for (size_t i = 1; i < words.count; i++)
		if (kind_of(words.items[i]) != kind ||
		    (kinds[kind].use == use_dns_script &&
		     strcmp(words.items[i], words.items[0]) != 0))
			kind = ARRAY_LEN(kinds);
	if (kind == ARRAY_LEN(kinds))
		strvec_pushf(&cert->notes,
			     "its names were proved in several ways (%s), and a "
			     "certificate has one here",
			     places ? places : "none");
	else
		kinds[kind].use(conf, kinds[kind].use == use_webroots ? places : words.items[0],
				cert);
}

/* ---- The other options ---- */

/* acme.sh's commands find the files through variables of its own. */
static const char *const hook_variables =
	"CERT_PATH=\"$RENEWED_LINEAGE/cert.pem\" CERT_KEY_PATH=\"$RENEWED_LINEAGE/privkey.pem\" "
	"CA_CERT_PATH=\"$RENEWED_LINEAGE/chain.pem\" "
	"CERT_FULLCHAIN_PATH=\"$RENEWED_LINEAGE/fullchain.pem\"";

static void find_deploy_hook(const struct domain_conf *conf, struct foreign_cert *cert)
{
	AUTO_FREE char *renew = decoded_value(&conf->values, "Le_RenewHook");
	AUTO_FREE char *reload = decoded_value(&conf->values, "Le_ReloadCmd");
	AUTO_FREE char *domain = decoded_value(&conf->values, "Le_Domain");
	AUTO(strbuf) struct strbuf script = STRBUF_INIT;
	AUTO(strbuf) struct strbuf command = STRBUF_INIT;

	if (!renew && !reload)
		return;
	strbuf_adds(&script, "export Le_Domain=");
	shell_add_word(&script, domain ? domain : "");
	strbuf_addf(&script, " %s; %s%s%s", hook_variables, reload ? reload : "",
		    reload && renew ? " && " : "", renew ? renew : "");
	/* A hook of Certbot has to begin with a program. */
	strbuf_adds(&command, "sh -c ");
	shell_add_word(&command, script.text);
	strvec_pushf(&cert->options, "--deploy-hook=%s", command.text);
}

/* The file that acme.sh installed is written at each renewal from now on, with its present mode and
 * owner. */
static void add_output(const struct domain_conf *conf, const char *name, const char *form,
		       struct foreign_cert *cert)
{
	AUTO_FREE char *path = decoded_value(&conf->values, name);
	struct stat attributes;

	if (!path)
		return;
	if (stat(path, &attributes) < 0 || strchr(path, ','))
		strvec_pushf(&cert->notes,
			     "acme.sh writes a file here that is not there or whose "
			     "name has a comma: '%s'",
			     path);
	else
		strvec_pushf(&cert->options, "--output=%s:%s,mode=%04o,owner=%u,group=%u", form,
			     path, (unsigned)attributes.st_mode & 07777,
			     (unsigned)attributes.st_uid, (unsigned)attributes.st_gid);
}

static void find_options(const struct domain_conf *conf, struct foreign_cert *cert)
{
	AUTO_FREE char *staple = decoded_value(&conf->values, "Le_OCSP_Staple");
	AUTO_FREE char *deployed = decoded_value(&conf->values, "Le_DeployHook");

	add_option(&conf->values, "Le_PreHook", "pre-hook", &cert->options);
	add_option(&conf->values, "Le_PostHook", "post-hook", &cert->options);
	add_option(&conf->values, "Le_Preferred_Chain", "preferred-chain", &cert->options);
	add_option(&conf->values, "Le_Certificate_Profile", "preferred-profile", &cert->options);
	if (staple && strcmp(staple, "1") == 0)
		strvec_push(&cert->options, "--must-staple");
	find_deploy_hook(conf, cert);
	if (deployed)
		strvec_pushf(&cert->notes,
			     "acme.sh's deploy hook %s does not come along: see certbot "
			     "--help install and --output for what can take its place",
			     deployed);
	add_output(conf, "Le_RealKeyPath", "privkey", cert);
	add_output(conf, "Le_RealCertPath", "cert", cert);
	add_output(conf, "Le_RealCACertPath", "chain", cert);
	add_output(conf, "Le_RealFullChainPath", "fullchain", cert);
}

/* Adds the values that a DNS script has saved in the account's or the domain's conf: their names
 * begin with SAVED_. */
static void add_variables(const struct map *values, struct strbuf *out)
{
	for (size_t i = 0; i < values->count; i++) {
		const char *name = values->entries[i].key, *value = values->entries[i].value;

		if (str_starts(name, "SAVED_") && !strpbrk(value, "\r\n"))
			strbuf_addf(out, "%s='%s'\n", name, value);
	}
}

static void find_variables(const struct domain_conf *conf, struct foreign_cert *cert)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	size_t len;

	if (!cert->script)
		return;
	add_variables(&conf->home->account, &text);
	add_variables(&conf->values, &text);
	len = text.len;
	secret_give(&cert->variables, strbuf_detach(&text), len);
}

/* ---- Accounts ---- */

/* The folder ca/HOST/PATH for the URL https://HOST:PORT/PATH; the caller frees it. */
static char *account_dir(const char *dir, const char *server)
{
	struct span rest = span_of(server), host;
	AUTO_FREE char *name = NULL;

	if (!span_skip_prefix(&rest, "https://") || !span_take_until(&rest, '/', &host))
		return xstrdup("");
	name = span_dup(host);
	name[strcspn(name, ":")] = '\0';
	return xasprintf("%s/ca/%s/%.*s", dir, name, (int)rest.len, rest.ptr);
}

/* Most certificates share an account, so each is added once. */
static bool has_account(const struct foreign_state *state, const char *key_path)
{
	for (size_t i = 0; i < state->account_count; i++)
		if (strcmp(state->accounts[i].key_path, key_path) == 0)
			return true;
	return false;
}

static void find_account(const struct home *home, struct foreign_cert *cert)
{
	AUTO_FREE char *dir = cert->server ? account_dir(home->dir, cert->server) : xstrdup("");
	AUTO_FREE char *key = path_join(dir, "account.key");
	AUTO_FREE char *conf = path_join(dir, "ca.conf");
	AUTO(map) struct map values = SHELL_VALUES_INIT;
	AUTO(strvec) struct strvec unread = STRVEC_INIT;
	AUTO(error) struct error failed = ERROR_INIT;
	char *uri;

	if (foreign_read_assignments(conf, &values, &unread, &failed) < 0 || !file_is_regular(key))
		return;
	uri = decoded_value(&values, "ACCOUNT_URL");
	if (!uri)
		return;
	cert->account_key_path = xstrdup(key);
	if (has_account(home->state, key))
		free(uri);
	else
		foreign_add_account(home->state, xstrdup(cert->server), STEAL(key), uri);
}

/* ---- Folders ---- */

/* Returns the name for the lineage. A name may have two folders, whose keys differ in type. */
static char *lineage_name(const char *certs, const char *stem, bool is_ecc)
{
	const char *name = str_starts(stem, "*.") ? stem + 2 : stem;
	AUTO_FREE char *twin = path_join(certs, stem);

	return is_ecc && file_is_dir(twin) ? xasprintf("%s-ecc", name) : xstrdup(name);
}

static void read_cert(const struct home *home, const char *certs, const char *folder)
{
	bool is_ecc = str_ends(folder, "_ecc");
	AUTO_FREE char *stem = xstrndup(folder, strlen(folder) - (is_ecc ? strlen("_ecc") : 0));
	AUTO_FREE char *path = xasprintf("%s/%s/%s.conf", certs, folder, stem);
	AUTO_FREE char *name = lineage_name(certs, stem, is_ecc);
	struct domain_conf conf = {.home = home, .values = SHELL_VALUES_INIT};
	AUTO(strvec) struct strvec unread = STRVEC_INIT;
	AUTO(error) struct error failed = ERROR_INIT;
	struct foreign_cert *cert;

	if (!file_exists(path))
		return;
	cert = foreign_add_cert(home->state, name);
	cert->cert_path = xasprintf("%s/%s/%s.cer", certs, folder, stem);
	cert->key_path = xasprintf("%s/%s/%s.key", certs, folder, stem);
	cert->chain_path = xasprintf("%s/%s/ca.cer", certs, folder);
	if (foreign_read_assignments(path, &conf.values, &unread, &failed) < 0) {
		cert->problem = STEAL(failed.text);
	} else {
		cert->server = decoded_value(&conf.values, "Le_API");
		find_account(home, cert);
		find_authenticator(&conf, cert);
		find_options(&conf, cert);
		find_variables(&conf, cert);
	}
	map_release(&conf.values);
}

int foreign_acme_sh_read(const char *dir, struct foreign_state *ret, struct error *err)
{
	struct home home = {.dir = dir, .account = SHELL_VALUES_INIT, .state = ret};
	AUTO_FREE char *path = path_join(dir, "account.conf");
	AUTO_FREE char *certs = NULL;
	AUTO(strvec) struct strvec unread = STRVEC_INIT;
	AUTO(strvec) struct strvec folders = STRVEC_INIT;
	int rc = foreign_read_assignments(path, &home.account, &unread, err);

	if (rc == ERR_NOT_FOUND)
		error_hint(err,
			   "name the folder with acme.sh's account.conf, such as /root/.acme.sh");
	certs = decoded_value(&home.account, "CERT_HOME");
	if (!certs)
		certs = xstrdup(dir);
	if (rc == 0)
		rc = dir_list(certs, "", &folders, err);
	for (size_t i = 0; rc == 0 && i < folders.count; i++)
		read_cert(&home, certs, folders.items[i]);
	map_release(&home.account);
	return rc;
}
