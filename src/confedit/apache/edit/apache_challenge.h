/*
 * Makes the running server answer challenges for as long as the validation takes.
 */
#ifndef CONFEDIT_APACHE_EDIT_APACHE_CHALLENGE_H
#define CONFEDIT_APACHE_EDIT_APACHE_CHALLENGE_H

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

struct apache_sni_challenge {
	const char *server_name; /* what the CA asks for */
	const char *cert_path, *key_path;
};

struct apache_sni_plan {
	const char *port;
	const char
		*include_path; /* file for hosts of our own, included at the end of the main file */
	const char *options_path; /* TLS settings that they include */
};

/* Edits the model so that clients who ask for one of the names on the port get its certificate,
 * whichever address they connect to. The include file becomes a file of the model.
 *
 * The edits are meant to be undone, as those of apache_publish_challenges(). ERR_REFUSED: hosts of
 * ours would get requests that are for the main server. */
int apache_publish_sni(struct apache_model *model, const struct apache_sni_challenge *challenges,
		       size_t count, const struct apache_sni_plan *plan,
		       struct error *err) WARN_UNUSED;

#endif
