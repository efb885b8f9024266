/*
 * lego (4.x): certificates/NAME.{crt,key,json}, and accounts/HOST/EMAIL/. It stores no options;
 * they are given on the command line of each renewal.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/span.h"
#include "foreign/foreign_parts.h"
#include "os/file/file.h"

/* Directory URLs of CAs: the folder of an account is named after the host only. */
static const char *const directories[] = {
	"https://acme-v02.api.letsencrypt.org/directory",
	"https://acme-staging-v02.api.letsencrypt.org/directory",
	"https://acme.zerossl.com/v2/DV90",
	"https://api.buypass.com/acme/directory",
	"https://api.test4.buypass.no/acme/directory",
	"https://dv.acme-v02.api.pki.goog/directory",
	"https://dv.acme-v02.test-api.pki.goog/directory",
	"https://acme.ssl.com/sslcom-dv-ecc",
	"https://acme.ssl.com/sslcom-dv-rsa",
};

/* The host of a URL as lego writes it in folder names: a port, if any, follows after "_". The
 * caller frees it. */
static char *folder_of_url(const char *url)
{
	struct span rest = span_of(url), host;
	char *name;

	if (!span_skip_prefix(&rest, "https://") || !span_take_until(&rest, '/', &host))
		return xstrdup("");
	name = span_dup(host);
	for (char *c = name; *c; c++)
		if (*c == ':')
			*c = '_';
	return name;
}

/* NULL if the CA is not known, or if it has more than one directory. */
static const char *directory_of_folder(const char *folder)
{
	const char *found = NULL;

	for (size_t i = 0; i < ARRAY_LEN(directories); i++) {
		AUTO_FREE char *name = folder_of_url(directories[i]);

		if (strcmp(name, folder) != 0)
			continue;
		if (found)
			return NULL;
		found = directories[i];
	}
	return found;
}

/* The name of the folder does not always reveal the CA's directory, but the account is kept in any
 * case. */
static void read_account(const char *accounts, const char *ca, const char *email,
			 struct foreign_state *ret)
{
	AUTO_FREE char *dir = xasprintf("%s/%s/%s", accounts, ca, email);
	AUTO_FREE char *key = xasprintf("%s/keys/%s.key", dir, email);
	AUTO_FREE char *json = path_join(dir, "account.json");
	char *uri = foreign_json_text(json, "uri");
	const char *server = directory_of_folder(ca);

	if (uri && file_is_regular(key))
		foreign_add_account(ret, xstrdup_or_null(server), STEAL(key), uri);
	else
		free(uri);
}

static void read_accounts(const char *dir, struct foreign_state *ret)
{
	AUTO_FREE char *accounts = path_join(dir, "accounts");
	AUTO(strvec) struct strvec cas = STRVEC_INIT;
	AUTO(error) struct error none = ERROR_INIT;

	if (dir_list(accounts, "", &cas, &none) < 0)
		return;
	for (size_t i = 0; i < cas.count; i++) {
		AUTO_FREE char *ca = path_join(accounts, cas.items[i]);
		AUTO(strvec) struct strvec emails = STRVEC_INIT;
		AUTO(error) struct error unreadable = ERROR_INIT;

		if (dir_list(ca, "", &emails, &unreadable) < 0)
			continue;
		for (size_t j = 0; j < emails.count; j++)
			read_account(accounts, cas.items[i], emails.items[j], ret);
	}
}

/* lego does not record which account obtained a certificate, so this is only known if the CA has a
 * single one. */
static void find_account(const struct foreign_state *state, const char *folder,
			 struct foreign_cert *cert)
{
	const struct foreign_account *found = NULL;

	for (size_t i = 0; i < state->account_count; i++) {
		const struct foreign_account *account = &state->accounts[i];
		AUTO_FREE char *of_account = folder_of_url(account->uri);

		if (strcmp(of_account, folder) != 0)
			continue;
		if (found) {
			strvec_push(&cert->notes,
				    "lego has several accounts at this CA, and does not "
				    "record which one obtained it; renewals use the "
				    "one of --account, or ask");
			return;
		}
		found = account;
	}
	if (found)
		cert->account_key_path = xstrdup(found->key_path);
}

/* "_.example.com" stands for the wildcard *.example.com. */
static const char *lineage_name(const char *stem)
{
	return str_starts(stem, "_.") ? stem + 2 : stem;
}

static void read_cert(const char *certificates, const char *file, struct foreign_state *ret)
{
	AUTO_FREE char *stem = xstrndup(file, strlen(file) - strlen(".json"));
	AUTO_FREE char *json = path_join(certificates, file);
	AUTO_FREE char *url = foreign_json_text(json, "certUrl");
	AUTO_FREE char *folder = folder_of_url(url ? url : "");
	struct foreign_cert *cert = foreign_add_cert(ret, lineage_name(stem));

	cert->cert_path = xasprintf("%s/%s.crt", certificates, stem);
	cert->key_path = xasprintf("%s/%s.key", certificates, stem);
	cert->server = xstrdup_or_null(directory_of_folder(folder));
	find_account(ret, folder, cert);
}

int foreign_lego_read(const char *dir, struct foreign_state *ret, struct error *err)
{
	AUTO_FREE char *certificates = path_join(dir, "certificates");
	AUTO(strvec) struct strvec files = STRVEC_INIT;

	if (dir_list(certificates, ".json", &files, err) < 0)
		return error_hint(err, "name the folder that lego was given as --path, or its "
				       "folder .lego");
	read_accounts(dir, ret);
	for (size_t i = 0; i < files.count; i++)
		read_cert(certificates, files.items[i], ret);
	return 0;
}
