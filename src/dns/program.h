/*
 * Running programs for providers: those that the user names (dns-exec, scripts of the acme.sh kind)
 * and those of the vendors that print credentials.
 */
#ifndef DNS_PROGRAM_H
#define DNS_PROGRAM_H

#include "base/error.h"
#include "base/macros.h"

struct dns_batch;
struct dns_record;
struct dns_session;
struct strbuf;
struct strvec;

/* A program to run. */
struct dns_program {
	const char *const *argv;
	const char *name;             /* for messages; NULL: argv[0] */
	const struct strvec *env;     /* "NAME=value", and little else; NULL: our environment */
	void (*ended)(void *context); /* called before its output is quoted; may be NULL */
	void *context;
};
/* ERR_REFUSED if every user may write to the program. */
int dns_check_program(const char *what, const char *program, struct error *err) WARN_UNUSED;
/* The same for one that must be there and executable. ERR_CONFIG. */
int dns_require_program(const char *what, const char *program, struct error *err) WARN_UNUSED;
/* Runs a program that the user configured; stops it after --hook-timeout or 10 minutes. ERR_PLUGIN:
 * it failed, and the text quotes its error output without secrets. ERR_CONFIG: there is no such
 * program. ERR_CANCELLED. */
int dns_run_program(const struct dns_session *session, const struct dns_program *program,
		    struct strbuf *ret_output, struct error *err) WARN_UNUSED;
typedef int dns_record_fn(struct dns_session *session, const struct dns_record *record,
			  const char *verb, struct error *err);
/* Calls `run` for each record. A failure is stored in the record ("cannot <verb> ..."). Returns
 * only ERR_CANCELLED. */
int dns_run_for_each(struct dns_session *session, const struct dns_batch *batch, const char *verb,
		     dns_record_fn *run, struct error *err) WARN_UNUSED;

#endif
