/*
 * A lineage: one certificate through its renewals. It consists of a renewal conf, generations in
 * archive/, and four links in live/ that point to the current generation.
 *
 * A lineage is opened from its conf; certificate and chain are read on demand.
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

/* Appends the names of all renewal confs, in byte order of their paths. A missing directory has
 * none. */
int lineage_names(const char *config_dir, struct strvec *ret_names, struct error *err) WARN_UNUSED;

/* Finishes the creations and deletions that earlier runs recorded but did not complete. Call it at
 * the start of a run that may change something. Each adds a line to `ret_notes` for the log, even
 * if it cannot be finished now: that does not stop the run. */
int lineage_recover(const char *config_dir, struct strvec *ret_notes,
		    struct error *err) WARN_UNUSED;

/* Opens a lineage by name; the caller frees it. First repairs what a crash left behind (the twin
 * directory, Certbot's previous_* links); an intact lineage opens even if that fails.
 * ERR_NOT_FOUND: there is no such conf. ERR_PARSE: the conf is broken, or its four links are
 * ("expected PATH to be a symlink", "target T of symlink L does not exist") and there is no
 * complete generation to use instead, for which lineage_has_pending() would be true. */
int lineage_open(const char *config_dir, const char *name, struct lineage **ret_lineage,
		 struct error *err) WARN_UNUSED;
/* Like lineage_open(), but repairs nothing: for commands that only ask. */
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
	bool verifies; /* also look for faults */
	bool repairs;  /* open like lineage_open(), otherwise like lineage_look() */
	/* Optional: prepares what the visitor needs of a lineage that could be opened. Several
	 * threads call it at the same time. It may take the lineage and set `error` and `prepared`,
	 * but must not change or log anything. `discard` frees `prepared` if the visit leaves
	 * it. */
	void (*prepare)(void *context, struct lineage_opened *opened);
	void (*discard)(void *own_prepared);
	lineage_visit_fn *visit;
	void *context;
};
/* Opens the lineages with these names on several processors at once, with their certificates, and
 * visits them one by one in the order of the names. At most a few hundred are in memory at a time,
 * and no thread runs during a visit. Stops at the first visit that returns an error. */
int lineage_walk(const struct lineage_walk *walk, struct error *err) WARN_UNUSED;

/* The lineage's name, borrowed. */
const char *lineage_name(const struct lineage *lineage);
/* The path of the renewal conf, borrowed. */
const char *lineage_conf_path(const struct lineage *lineage);
/* The directory with the generations, borrowed. */
const char *lineage_archive_dir(const struct lineage *lineage);
/* The directory of the conf's `cert`, borrowed. */
const char *lineage_live_dir(const struct lineage *lineage);
/* The path of one of the four links, as the conf has it, borrowed. */
const char *lineage_live_path(const struct lineage *lineage, enum store_kind kind);
/* The whole conf, borrowed. Changes to it are written by lineage_save_conf() and others below. */
struct ini *lineage_conf(const struct lineage *lineage);
/* The conf's [renewalparams], borrowed; NULL when it is missing. */
struct ini_section *lineage_params(const struct lineage *lineage);

/* The certificate that live/ points to, borrowed; read and parsed at the first call. */
int lineage_cert(struct lineage *lineage, const struct cert **ret_cert,
		 struct error *err) WARN_UNUSED;
/* Appends the text of one live file. For the key use lineage_read_key(). */
int lineage_read(const struct lineage *lineage, enum store_kind kind, struct strbuf *ret_text,
		 struct error *err) WARN_UNUSED;
/* Reads the private key that live/ points to; the caller frees it. */
int lineage_read_key(const struct lineage *lineage, struct key **ret_key,
		     struct error *err) WARN_UNUSED;

/* The generation that live/ points to; 0: none. */
unsigned lineage_current_version(const struct lineage *lineage);
/* The newest generation with all four files; 0: none. */
unsigned lineage_latest_version(const struct lineage *lineage);

/* A cheap test whether lineage_deploy() may have something to do: is there a generation newer than
 * the current one, perhaps still in drafts, or do the links point to files of different
 * generations? */
bool lineage_has_pending(const struct lineage *lineage);
/* True when another process changed the conf or the links since the lineage was opened. */
bool lineage_has_changed(const struct lineage *lineage);

/* Issuers that a walk over lineages has seen: a CA has only a few, each with one chain. */
struct lineage_verifier {
	struct lineage_issuer {
		struct strbuf chain;
		struct cert_signer *signer; /* its first certificate */
	} known[8];
	size_t count; /* all seen so far; a new one replaces the oldest */
};

#define LINEAGE_VERIFIER_INIT                                                                      \
	{                                                                                          \
		.count = 0                                                                         \
	}
void lineage_verifier_release(struct lineage_verifier *verifier);
DEFINE_AUTO(lineage_verifier, lineage_verifier_release);
/* Checks that fullchain is cert + chain, that the first certificate of the chain signed cert, and
 * that the key matches. Each fault adds a line to `ret_faults`. */
void lineage_verify(struct lineage_verifier *verifier, struct lineage *lineage,
		    struct strvec *ret_faults);

/* One generation to be stored; all texts are PEM. */
struct lineage_generation {
	const struct strbuf *cert, *chain;
	const struct secret *key;
	/* Digest of the certificate's public key (crypto/key.h), if the caller knows it; NULL: it
	 * is computed from the certificate. */
	const struct strbuf *cert_key;
	/* Mode of the files other than the key. 0: 0644 less the umask, which cannot be queried
	 * from several threads at once. */
	mode_t file_mode;
};

/* Adds generation N+1 and writes the conf (as changed through lineage_conf()); live/ still points
 * to the old one. The key gets mode and group of the previous key. ERR_REFUSED when the key does
 * not match the certificate. */
int lineage_add_generation(struct lineage *lineage, const struct lineage_generation *generation,
			   struct error *err) WARN_UNUSED;
enum lineage_deploy_flags {
	LINEAGE_ALLOW_OLDER = 1 << 0, /* for what was issued in this run */
};
struct lineage_deployment {
	unsigned flags;
	/* Records in the conf what the change of live/ obliges us to do (`debts`). The conf is
	 * saved before the links change. Required for a switch. */
	void (*note)(const void *debts, struct ini *conf);
	const void *debts;
	bool switched; /* result: the links were changed */
};
/* Switches all four links to the newest complete generation in one step, also if they do not point
 * to a complete one now. First completes a generation whose files a crash left as drafts.
 * ERR_REFUSED when its files cannot be read or do not belong together, or when it expires before
 * the current one (LINEAGE_ALLOW_OLDER overrides that). */
int lineage_deploy(struct lineage *lineage, struct lineage_deployment *deployment,
		   struct error *err) WARN_UNUSED;
/* Removes generations older than current - 5. Failures are only logged (log_debug). */
void lineage_prune(struct lineage *lineage);

/* Writes the conf if it was changed (NAME.conf.new, fsync, rename; the mode is kept). */
int lineage_save_conf(struct lineage *lineage, struct error *err) WARN_UNUSED;

/* Replaces the account id in all confs that have the old one. Broken confs are skipped. */
int lineage_change_account(const char *config_dir, const char *old_id, const char *new_id,
			   struct error *err) WARN_UNUSED;

/* Deletes a lineage with all its files in Certbot's order, except files that other lineages use:
 * their names are appended to `ret_sharers`. A broken conf is removed too; ERR_PARSE then says what
 * has to be cleaned up by hand. */
int lineage_delete(const char *config_dir, const char *name, struct strvec *ret_sharers,
		   struct error *err) WARN_UNUSED;
/* True when both keep their files in the same archive or live directory. */
bool lineage_shares_store(const struct lineage *a, const struct lineage *b);
/* Appends two texts that identify the archive and the live directory whatever path leads to them.
 * Lineages with one in common share their files. */
void lineage_store_ids(const struct lineage *lineage, struct strvec *ret_ids);
/* Points the four links of a lineage to its archive_dir after files were moved. */
int lineage_update_symlinks(const char *config_dir, const char *name,
			    struct error *err) WARN_UNUSED;

#endif
