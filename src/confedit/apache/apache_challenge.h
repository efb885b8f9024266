/*
 * Makes the running server answer http-01 challenges for as long as the validation takes.
 */
#ifndef CONFEDIT_APACHE_APACHE_CHALLENGE_H
#define CONFEDIT_APACHE_APACHE_CHALLENGE_H

#include "confedit/apache/apache_model.h"

struct apache_challenge_plan {
	const char *http_port;
	const char *pre_path, *post_path; /* files that hosts include first and last */
	const char *tokens_dir;           /* has a file per token; a path without symlinks */
};

/* Edits the model so that httpd answers /.well-known/acme-challenge/TOKEN from the directory,
 * whatever redirects, rules, proxies or access rules there are. It does so in each host that may
 * get requests for one of the names, or in the main server if there is no such host. Writes the two
 * files, which become files of the model.
 *
 * The edits are meant to be undone: the caller writes the changed files, and restores the old bytes
 * afterwards. ERR_REFUSED when the directory's name cannot be used in a rule. */
int apache_publish_challenges(struct apache_model *model, const struct strvec *names,
			      const struct apache_challenge_plan *plan,
			      struct error *err) WARN_UNUSED;

#endif
