/*
 * Any program as a provider, in the convention of lego's `exec`: PROGRAM present NAME. VALUE, and
 * PROGRAM cleanup NAME. VALUE, where NAME is the whole record name with its final dot.
 */
#include "base/alloc.h"
#include "dns/program.h"
#include "dns/provider.h"

static const struct option options[] = {
	DNS_PROPAGATION_OPTION("exec", "exec", "60"),
	{.dest = "dns_exec_program",
	 .names = "--dns-exec-program",
	 .type = OPTION_STRING,
	 .metavar = "PROGRAM",
	 .topics = "dns-exec",
	 .flags = OPTION_SAVED,
	 .help = "Program that changes records: it is run as PROGRAM present NAME VALUE and, once "
		 "the CA has looked, PROGRAM cleanup NAME VALUE. NAME ends in a dot."},
};

static int open_session(struct dns_session *session, struct error *err)
{
	const char *program = dns_option(session, "program");

	if (!program)
		return error_set(err, ERR_CONFIG, "dns-exec needs --dns-exec-program");
	return dns_require_program("--dns-exec-program", program, err);
}

static int run_program(struct dns_session *session, const struct dns_record *record,
		       const char *verb, struct error *err)
{
	AUTO_FREE char *name = xasprintf("%s.", record->name);
	const char *argv[] = {dns_option(session, "program"), verb, name, record->value, NULL};
	const struct dns_program program = {.argv = argv};

	return dns_run_program(session, &program, NULL, err);
}

static int present(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	return dns_run_for_each(session, batch, "present", run_program, err);
}

static int cleanup(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	return dns_run_for_each(session, batch, "cleanup", run_program, err);
}

static const struct plugin_manual manual_page = {
	.paragraphs = {"The program is run once for each record, in the convention of lego's exec: "
		       "`PROGRAM present _acme-challenge.example.com. VALUE`, and afterwards "
		       "`PROGRAM cleanup` with the same words. An exit status other than 0 is a "
		       "failure of that one name; what the program wrote to its error output is "
		       "shown."},
	.example = "certbot certonly --dns-exec --dns-exec-program /usr/local/bin/change-dns \\\n"
		   "    -d example.com -d '*.example.com'",
};

const struct dns_provider dns_exec = {
	.plugin = DNS_PLUGIN("exec", "a program of yours",
			     "Obtain certificates using a DNS TXT record (set by a program of "
			     "yours).",
			     options),
	.plugin.manual = &manual_page,
	.plugin.title = "A program of yours",
	.title = "the program",
	.flags = DNS_NO_CREDENTIALS_FILE | DNS_NO_ZONES,
	.ttl = 60,
	.open = open_session,
	.present = present,
	.cleanup = cleanup,
};
