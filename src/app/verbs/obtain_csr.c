/*
 * Obtains a certificate for a user's CSR (see obtain_csr.h). There is no lineage: the key is not
 * ours, so nothing could be renewed.
 */
#include "app/verbs/obtain_csr.h"

#include <string.h>

#include "app/issue/csr_files.h"
#include "app/issue/csr_source.h"
#include "app/issue/issue.h"
#include "app/renewal/report.h"
#include "app/renewal/told.h"
#include "base/alloc.h"
#include "codec/datetime.h"
#include "instances/select.h"

struct csr_run {
	struct app *app;
	struct csr_files files;
};

/* The files do not make a lineage, and so have no name. */
static void tell_files(const struct ui *ui, const struct cert *cert, char *const *paths)
{
	struct json *object = json_object_new(), *files = json_object_new();

	json_set_text(files, "cert", paths[CSR_CERT]);
	json_set_text(files, "chain", paths[CSR_CHAIN]);
	json_set_text(files, "fullchain", paths[CSR_FULLCHAIN]);
	json_set_text(object, "name", NULL);
	json_set_string(object, "outcome", "obtained");
	json_set_string(object, "serial", cert_serial_hex(cert));
	json_set_time(object, "not_before", cert_not_before(cert));
	json_set_time(object, "not_after", cert_not_after(cert));
	json_set(object, "paths", files);
	told_event(ui, object);
	result_set(ui, "certificate", object);
}

/* All three paths are printed, because the files are not where people would look for them, in
 * live/. */
static int save_results(struct csr_run *run, const struct cert_chain *chain, struct error *err)
{
	char *paths[CSR_FILE_KIND__COUNT] = {NULL};
	AUTO_FREE char *date = NULL;
	AUTO(cert) struct cert *cert = NULL;

	if (csr_files_write(&run->files, chain, paths, err) == 0 &&
	    cert_from_pem(chain->leaf_pem.text, chain->leaf_pem.len, &cert, err) == 0) {
		date = datetime_date(cert_not_after(cert));
		ui_say(run->app->ui,
		       "\nSuccessfully received certificate.\nCertificate is saved at:            "
		       "%s\nIntermediate CA chain is saved at:  %s\nFull certificate chain is "
		       "saved at: %s\nThis certificate expires on %s.\n\nNEXT STEPS:\n- Certificates "
		       "created using --csr will not be renewed automatically by Certbot. You will "
		       "need to renew the certificate before it expires, by running the same "
		       "Certbot command again.",
		       paths[CSR_CERT], paths[CSR_CHAIN], paths[CSR_FULLCHAIN], date);
	}
	if (cert)
		tell_files(run->app->ui, cert, paths);
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		free(paths[i]);
	return err->code;
}

static int issued(struct issue_request *request, struct error *err)
{
	struct csr_run *run = request->context;

	if (settings_flag(run->app->settings, "dry_run"))
		return 0;
	return save_results(run, &request->chain, err);
}

static void csr_run_release(struct csr_run *run)
{
	csr_files_release(&run->files);
}
DEFINE_AUTO(csr_run, csr_run_release);

/* The files are reserved just before the order, when nothing else can fail any more. */
int obtain_csr(struct app *app, struct error *err)
{
	AUTO(csr_contents) struct csr_contents csr;
	AUTO(csr_run) struct csr_run run = {.app = app};
	AUTO(issue_request) struct issue_request request;
	struct issue_request *const batch[] = {&request};
	struct selection selection;

	csr_contents_init(&csr);
	csr_files_init(&run.files);
	issue_request_init(&request);
	if (csr_source_read(settings_string(app->settings, "csr"), &csr, &request.identifiers,
			    err) < 0 ||
	    csr_source_check_names(app->settings, &request.identifiers, err) < 0 ||
	    select_plugins(app->plugins, app->settings, SELECT_AUTHENTICATOR, &selection, err) < 0)
		return err->code;
	request.settings = app->settings;
	request.csr = &csr;
	request.authenticator = selection.authenticator;
	request.issued = issued;
	request.context = &run;
	if (issue_configure(&request, err) < 0 ||
	    ca_open_for(app->cas, app->settings, &request.identifiers, &request.ca, err) < 0 ||
	    (!settings_flag(app->settings, "dry_run") &&
	     csr_files_reserve(&run.files, app->settings, err) < 0))
		return err->code;
	report_request(app->ui, app->settings, &request.identifiers, DECIDE_NEW);
	if (issue_batch(app->plugins, batch, ARRAY_LEN(batch), err) < 0)
		return err->code;
	if (error_is_set(&request.error)) {
		issue_report_failures(app->ui, &request);
		told_failures(app->ui, &request);
		return error_move(err, &request.error);
	}
	if (settings_flag(app->settings, "dry_run"))
		report_obtained(app->ui, app->settings, NULL);
	return 0;
}
