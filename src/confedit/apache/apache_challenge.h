/*
 * Answers to http-01 challenges from the running server, for as long as the validation takes.
 */
#ifndef CONFEDIT_APACHE_APACHE_CHALLENGE_H
#define CONFEDIT_APACHE_APACHE_CHALLENGE_H

#include "confedit/apache/apache_model.h"

struct apache_challenge_plan {
	const char *http_port;
	const char *pre_path, *post_path; /* files that hosts include first and last */
	const char *tokens_dir;           /* where files named as the tokens lie; without links */
};

/* Edits the model so that httpd answers /.well-known/acme-challenge/TOKEN from the directory,
 * whatever redirects, rules, proxies or access rules there are, in each host that may get requests
 * for one of the names, or in the main server where there is no such host. Writes the two files,
 * which become files of the model.
 *
 * The edits are meant to be undone: the caller writes the changed files, and puts the old bytes
 * back afterwards. ERR_REFUSED: the directory's name does not belong into a rule. */
int apache_publish_challenges(struct apache_model *model, const struct strvec *names,
			      const struct apache_challenge_plan *plan,
			      struct error *err) WARN_UNUSED;

#endif
