/*
 * Reads and checks the user's requests (see csr_source.h). A renewal reads the file each time: its
 * owner may have replaced it, and a certificate for a key that nobody expects would break the
 * service that has the old one.
 */
#include "app/issue/csr_source.h"

#include <string.h>

#include "app/issue/identifiers.h"
#include "base/alloc.h"
#include "config/names.h"
#include "os/file/file.h"

#define MAX_CSR (1024 * 1024)

/* Adds the names as -d would, so that the same rules apply to the names of a CSR. */
static int add_names(const struct strvec *names, enum acme_identifier_kind kind,
		     int (*check)(const char *text, char **ret_name, struct error *err),
		     struct acme_identifiers *ret, struct error *err)
{
	for (size_t i = 0; i < names->count; i++) {
		AUTO_FREE char *name = NULL;

		if (check(names->items[i], &name, err) < 0)
			return error_wrap(err, "cannot use the CSR");
		acme_identifiers_add(ret, kind, name);
	}
	return 0;
}

int csr_source_read(const char *path, struct csr_contents *ret_csr,
		    struct acme_identifiers *ret_names, struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if (file_read(path, MAX_CSR, &text, err) < 0)
		return err->code;
	if (csr_read(text.text, text.len, ret_csr, err) < 0)
		return error_wrap(err, "cannot use the CSR '%s'", path);
	if (add_names(&ret_csr->dns_names, ACME_IDENTIFIER_DNS, names_check_domain, ret_names,
		      err) < 0)
		return err->code;
	return add_names(&ret_csr->ip_addresses, ACME_IDENTIFIER_IP, names_check_ip, ret_names,
			 err);
}

static char *join_names(const struct acme_identifiers *identifiers)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	identifiers_to_names(identifiers, &names);
	return strvec_join(&names, ", ");
}

/* Names given by -d must be those of the CSR: it is signed, so no others could be requested.
 * Certbot refuses this in the same words. */
int csr_source_check_names(const struct settings *settings,
			   const struct acme_identifiers *csr_names, struct error *err)
{
	AUTO(acme_identifiers) struct acme_identifiers given = ACME_IDENTIFIERS_INIT;
	AUTO_FREE char *csr_text = NULL, *given_text = NULL;

	identifiers_from_settings(settings, &given);
	if (!given.count || identifiers_same(&given, csr_names))
		return 0;
	csr_text = join_names(csr_names);
	given_text = join_names(&given);
	return error_set(err, ERR_CONFIG,
			 "Inconsistent requests:\nFrom the CSR: %s\nFrom command line/config: %s",
			 csr_text, given_text);
}

/* Keys of its own are what Certbot would renew the lineage with, and its owner could not use the
 * certificate. Told to use the key again, it finds none and stops before it asks the CA. */
static void stop_certbot(struct settings *settings)
{
	settings_set_flag(settings, "reuse_key", true, ORIGIN_RUNTIME);
}

int csr_source_take_names(struct settings *settings, struct error *err)
{
	const char *path = settings_string(settings, "renew_csr");
	AUTO(csr_contents) struct csr_contents csr = CSR_CONTENTS_INIT;
	AUTO(acme_identifiers) struct acme_identifiers names = ACME_IDENTIFIERS_INIT;
	AUTO(acme_identifiers) struct acme_identifiers given = ACME_IDENTIFIERS_INIT;

	if (!path)
		return 0;
	if (csr_source_read(path, &csr, &names, err) < 0 ||
	    csr_source_check_names(settings, &names, err) < 0)
		return err->code;
	stop_certbot(settings);
	identifiers_from_settings(settings, &given);
	for (size_t i = 0; i < names.count && !given.count; i++)
		settings_push(settings,
			      names.items[i].kind == ACME_IDENTIFIER_IP ? "ip_addresses"
									: "domains",
			      names.items[i].value, ORIGIN_RUNTIME);
	return 0;
}

static int compare_keys(const struct csr_contents *csr, struct lineage *lineage, bool *ret_differ,
			struct error *err)
{
	AUTO(strbuf) struct strbuf wanted = STRBUF_INIT;
	AUTO(strbuf) struct strbuf present = STRBUF_INIT;
	const struct cert *cert = NULL;

	if (lineage_cert(lineage, &cert, err) < 0 || cert_public_digest(cert, &present, err) < 0)
		return err->code;
	csr_public_digest(csr, &wanted);
	*ret_differ = wanted.len != present.len ||
		      memcmp(wanted.text, present.text, wanted.len) != 0;
	return 0;
}

int csr_source_differs(const struct settings *settings, struct lineage *lineage, bool *ret_change,
		       struct error *err)
{
	AUTO(csr_contents) struct csr_contents csr = CSR_CONTENTS_INIT;
	AUTO(acme_identifiers) struct acme_identifiers names = ACME_IDENTIFIERS_INIT;

	if (csr_source_read(settings_string(settings, "renew_csr"), &csr, &names, err) < 0)
		return err->code;
	return compare_keys(&csr, lineage, ret_change, err);
}

int csr_source_check_lineage(const struct settings *settings, const struct lineage *lineage,
			     struct error *err)
{
	bool wants_csr = settings_string(settings, "renew_csr");

	if (!lineage || wants_csr == (lineage_csr(lineage) != NULL))
		return 0;
	error_set(err, ERR_REFUSED,
		  wants_csr
			  ? "the certificate %s has a key of its own and is not renewed from a CSR"
			  : "the certificate %s is renewed from a CSR and has no key here",
		  lineage_name(lineage));
	return error_hint(err, wants_csr ? "choose another name with --cert-name"
					 : "name the CSR with --renew-csr, or choose another name "
					   "with --cert-name; for the same names add --duplicate");
}

int csr_source_check_installable(const struct lineage *lineage, struct error *err)
{
	if (!lineage_csr(lineage))
		return 0;
	return error_set(err, ERR_CONFIG,
			 "the certificate %s is renewed from a CSR: no server can use it here, "
			 "where its private key is missing",
			 lineage_name(lineage));
}

/* One from cli.ini is meant for certificates in general, and must not stop the renewals of this
 * one. An installer that the setting does not have comes from a flag such as --nginx. */
int csr_source_check_installer(const struct settings *settings, const char *installer,
			       const struct lineage *lineage, struct error *err)
{
	bool is_named = installer &&
			(!settings_string(settings, "installer") ||
			 settings_origin(settings, "installer") == ORIGIN_COMMAND_LINE);

	if (!is_named || csr_source_check_installable(lineage, err) == 0)
		return 0;
	return error_hint(err, "leave the installer out; a plugin that answers challenges only is "
			       "named with -a");
}

/* A file that the user has just named is wanted as it is. */
static int check_unchanged(const struct issue_request *request,
			   const struct acme_identifiers *names, const char *path,
			   struct error *err)
{
	AUTO_FREE char *now = NULL, *before = NULL;
	bool differs = false;

	if (!identifiers_same(names, &request->identifiers)) {
		now = join_names(names);
		before = join_names(&request->identifiers);
		error_set(err, ERR_CONFIG,
			  "the CSR '%s' has other names than the certificate: %s instead of %s",
			  path, now, before);
	} else if (request->lineage && !settings_is_set_by_user(request->settings, "renew_csr")) {
		if (compare_keys(&request->own_csr, request->lineage, &differs, err) < 0)
			return err->code;
		if (differs)
			error_set(err, ERR_CONFIG,
				  "the CSR '%s' has another key than the certificate", path);
	}
	return err->code;
}

static int hint_at_replacement(const struct issue_request *request, const char *path,
			       struct error *err)
{
	if (!request->lineage || err->hint)
		return err->code;
	return error_hint(err,
			  "put the file back; or, if this is the one to renew from now on, run: "
			  "certbot certonly --cert-name %s --renew-csr %s",
			  lineage_name(request->lineage), path);
}

int csr_source_attach(struct issue_request *request, struct error *err)
{
	const char *path = settings_string(request->settings, "renew_csr");
	AUTO(acme_identifiers) struct acme_identifiers names = ACME_IDENTIFIERS_INIT;

	if (csr_source_check_lineage(request->settings, request->lineage, err) < 0)
		return err->code;
	if (!path)
		return 0;
	if (csr_source_read(path, &request->own_csr, &names, err) < 0)
		error_wrap(err, "cannot renew from the CSR");
	else
		check_unchanged(request, &names, path, err);
	if (error_is_set(err))
		return hint_at_replacement(request, path, err);
	stop_certbot(request->settings);
	request->csr = &request->own_csr;
	return 0;
}
