/*
 * One output: a further form of a lineage's files, for a service that cannot use those in live/.
 * This module reads the text of --output; app/debts/outputs.h writes the files.
 *
 *	FORM:PATH[,SETTING=VALUE...]
 *
 *	pem:/etc/haproxy/certs/{name}.pem,mode=0640,group=haproxy
 *	pfx:/srv/app/site.pfx,password-file=/etc/app/pass,encryption=legacy
 *
 * {name} stands for the lineage's name. A path cannot contain a comma.
 */
#ifndef CONFIG_OUTPUT_H
#define CONFIG_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strbuf.h"

enum output_form {
	OUTPUT_PEM, /* key, leaf and chain in one file */
	OUTPUT_CERT,
	OUTPUT_CHAIN,
	OUTPUT_FULLCHAIN,
	OUTPUT_PRIVKEY,
	OUTPUT_DER, /* the leaf */
	OUTPUT_PFX, /* PKCS #12: key, leaf and chain */
	OUTPUT_FORM__COUNT,
};

/* The parts of a text form. */
enum output_part {
	OUTPUT_KEY_PART,
	OUTPUT_CERT_PART,
	OUTPUT_CHAIN_PART,
	OUTPUT_PART__COUNT,
};

struct output {
	enum output_form form;
	char *path; /* absolute, with the name filled in */
	mode_t mode;
	char *owner, *group; /* names or numbers; NULL: those of the program */
	enum output_part parts[OUTPUT_PART__COUNT]; /* in this order; of text forms */
	size_t part_count;
	char *password_file; /* absolute; of pfx, else NULL */
	bool is_legacy;      /* pfx with the encryption that old systems read */
};

#define OUTPUT_INIT                                                                                \
	{                                                                                          \
		.path = NULL                                                                       \
	}
void output_release(struct output *output);
DEFINE_AUTO(output, output_release);

/* Reads a text into `ret`, which is OUTPUT_INIT and which the caller releases. ERR_CONFIG quotes
 * the text and says what is wrong with it. Looks at no file. */
int output_parse(const char *text, const char *lineage_name, struct output *ret,
		 struct error *err) WARN_UNUSED;
/* True when the form contains the private key. */
bool output_is_secret(const struct output *output);

#endif
