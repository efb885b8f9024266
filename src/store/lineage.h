/*
 * A lineage: one certificate through its renewals. Its renewal conf, its generations in archive/,
 * and the four links in live/ that show the present one.
 *
 * A lineage is opened from its conf; certificate and chain are read when asked for.
 */
#ifndef STORE_LINEAGE_H
#define STORE_LINEAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/secret.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "codec/ini.h"
#include "crypto/cert.h"
#include "crypto/key.h"
#include "store/paths.h"

struct lineage;

/* Names of all renewal confs, in byte order of their path. An absent directory gives none. */
int lineage_names(const char *config_dir, struct strvec *ret_names, struct error *err) WARN_UNUSED;

/* Finishes the creations and deletions that earlier runs began and did not end, as they left on
 * record; for the start of a run that may change something. Each adds a line to `ret_notes`, to be
 * logged, also when it cannot be finished now: that is in nobody's way. */
int lineage_recover(const char *config_dir, struct strvec *ret_notes,
		    struct error *err) WARN_UNUSED;

/* Opens by name. First finishes or undoes what a crash left (twin directory, previous_*
 * links of Certbot); what is whole is opened also where that fails. ERR_NOT_FOUND: no such conf.
 * ERR_PARSE: the conf is broken, or its four links are ("expected PATH to be a symlink", "target T
 * of symlink L does not exist") and the archive has no whole generation to show instead, for which
 * lineage_has_pending() is true. */
int lineage_open(const char *config_dir, const char *name, struct lineage **ret_lineage,
		 struct error *err) WARN_UNUSED;
/* The same as it is now, for who only asks: nothing is repaired. */
int lineage_look(const char *config_dir, const char *name, struct lineage **ret_lineage,
		 struct error *err) WARN_UNUSED;
void lineage_free(struct lineage *lineage);
DEFINE_AUTO_PTR(lineage, lineage_free);

/* One lineage of a walk. */
struct lineage_opened {
	const char *name;
	struct lineage *lineage; /* NULL: see `error`; the visitor may STEAL() it */
	struct strvec faults;    /* see lineage_verify() */
	struct error error;
	void *prepared; /* see struct lineage_walk; the visitor may STEAL() it */
};
typedef int lineage_visit_fn(void *context, struct lineage_opened *opened, struct error *err);
struct lineage_walk {
	const char *config_dir;
	const struct strvec *names;
	bool verifies; /* looks for faults too */
	bool repairs;  /* opens as lineage_open() does; else as lineage_look() */
	/* Optional: makes what a visitor needs of a lineage that could be opened. The threads call
	 * it, several at once. It may take the lineage, set `error` and `prepared`, and changes and
	 * logs nothing. What is left of `prepared` after the visit is freed by `discard`. */
	void (*prepare)(void *context, struct lineage_opened *opened);
	void (*discard)(void *own_prepared);
	lineage_visit_fn *visit;
	void *context;
};
/* Opens all lineages of these names, on several processors at once, with their certificates, and
 * visits them one by one, in the order of the names. A few hundred are in memory at a time, none of
 * the threads exists during a visit. Ends with the first visit that returns an error. */
int lineage_walk(const struct lineage_walk *walk, struct error *err) WARN_UNUSED;

/* Borrowed. */
const char *lineage_name(const struct lineage *lineage);
const char *lineage_conf_path(const struct lineage *lineage);
const char *lineage_archive_dir(const struct lineage *lineage);
const char *lineage_live_dir(const struct lineage *lineage); /* directory of the conf's `cert` */
const char *lineage_live_path(const struct lineage *lineage, enum store_kind kind);
/* The whole conf, and its [renewalparams] (NULL when missing). */
struct ini *lineage_conf(const struct lineage *lineage);
struct ini_section *lineage_params(const struct lineage *lineage);

/* The certificate that live/ shows; read and parsed at the first call. Borrowed. */
int lineage_cert(struct lineage *lineage, const struct cert **ret_cert,
		 struct error *err) WARN_UNUSED;
/* Text of one live file, appended. The key goes through lineage_read_key(). */
int lineage_read(const struct lineage *lineage, enum store_kind kind, struct strbuf *ret_text,
		 struct error *err) WARN_UNUSED;
int lineage_read_key(const struct lineage *lineage, struct key **ret_key,
		     struct error *err) WARN_UNUSED;

/* Generation that live/ shows, and the newest one of which all four files exist. 0: none. */
unsigned lineage_current_version(const struct lineage *lineage);
unsigned lineage_latest_version(const struct lineage *lineage);

/* Cheap test whether lineage_deploy() may have something to do: is there a generation after the one
 * shown, perhaps in drafts, or do the links show files of different generations? */
bool lineage_has_pending(const struct lineage *lineage);
/* True when the conf or the links were changed by another process since the lineage was opened. */
bool lineage_has_changed(const struct lineage *lineage);

/* What a walk over lineages remembers: a CA has a few issuers, and each a chain. */
struct lineage_verifier {
	struct lineage_issuer {
		struct strbuf chain;
		struct cert_signer *signer; /* its first certificate */
	} known[8];
	size_t count; /* of all that were met; the oldest makes room */
};

#define LINEAGE_VERIFIER_INIT                                                                      \
	{                                                                                          \
		.count = 0                                                                         \
	}
void lineage_verifier_release(struct lineage_verifier *verifier);
DEFINE_AUTO(lineage_verifier, lineage_verifier_release);
/* Is everything right? fullchain == cert + chain, cert issued by the chain's first, key fits. Each
 * thing that is wrong adds a line to `ret_faults`. */
void lineage_verify(struct lineage_verifier *verifier, struct lineage *lineage,
		    struct strvec *ret_faults);

/* One generation to be stored; all texts are PEM. */
struct lineage_generation {
	const struct strbuf *cert, *chain;
	const struct secret *key;
	/* Digest of the certificate's public key (crypto/key.h), if somebody else has looked into
	 * the certificate; NULL: it is looked into here. */
	const struct strbuf *cert_key;
	/* Of the files besides the key's. 0: 0644 less the umask, which cannot be asked for in
	 * several threads at once. */
	mode_t file_mode;
};

/* Adds generation N+1 and writes the conf (as changed through lineage_conf()); live/ still shows
 * the old one. Mode and group of the key follow the previous key. ERR_REFUSED when the key does not
 * fit the certificate. */
int lineage_add_generation(struct lineage *lineage, const struct lineage_generation *generation,
			   struct error *err) WARN_UNUSED;
/* Switches all four links to the newest complete generation in one step, after completing what a
 * crash kept from getting its names; of links that show no whole one, too.
 * ERR_REFUSED when its files cannot be read, do not belong together, or when it expires before the
 * one shown now (LINEAGE_ALLOW_OLDER overrides that). */
enum lineage_deploy_flags {
	LINEAGE_ALLOW_OLDER = 1 << 0, /* for what was issued in this run */
};
struct lineage_deployment {
	unsigned flags;
	/* Puts what the change of live/ owes (`debts`) into the conf's tree, which is saved before
	 * the links change. There is no switch without. */
	void (*note)(const void *debts, struct ini *conf);
	const void *debts;
	bool switched; /* result: the links were changed */
};
int lineage_deploy(struct lineage *lineage, struct lineage_deployment *deployment,
		   struct error *err) WARN_UNUSED;
/* Removes generations older than current - 5; failures are only logged (log_debug). */
void lineage_prune(struct lineage *lineage);

/* Writes the conf if it was changed (NAME.conf.new, fsync, rename; mode kept). */
int lineage_save_conf(struct lineage *lineage, struct error *err) WARN_UNUSED;

/* Puts a new account id into all confs that have the old one. Broken confs are passed over. */
int lineage_change_account(const char *config_dir, const char *old_id, const char *new_id,
			   struct error *err) WARN_UNUSED;

/* Deletes everything of a lineage in Certbot's order, except what other lineages use: their names
 * are added to `ret_sharers`. A broken conf is removed too and then ERR_PARSE says what is left to
 * clean by hand. */
int lineage_delete(const char *config_dir, const char *name, struct strvec *ret_sharers,
		   struct error *err) WARN_UNUSED;
/* True when both keep their files in the same archive or live directory. */
bool lineage_shares_store(const struct lineage *a, const struct lineage *b);
/* What tells the archive and the live directory from all others, whatever path leads there: two
 * texts, appended. Lineages that have one in common share their files. */
void lineage_store_ids(const struct lineage *lineage, struct strvec *ret_ids);
/* Points the four links of one lineage to its archive_dir after files were moved. */
int lineage_update_symlinks(const char *config_dir, const char *name,
			    struct error *err) WARN_UNUSED;

#endif
