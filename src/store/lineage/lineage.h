/*
 * A lineage: one certificate through its renewals. It consists of a renewal conf, generations in
 * archive/, and four links in live/ that point to the current generation.
 *
 * A lineage is opened from its conf; certificate and chain are read on demand.
 */
#ifndef STORE_LINEAGE_LINEAGE_H
#define STORE_LINEAGE_LINEAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/secret.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "codec/ini.h"
#include "crypto/cert/cert.h"
#include "crypto/key/key.h"
#include "store/paths.h"

struct lineage;

/* Somebody who wants to know of a lineage at a certain moment; `tell` NULL: nobody. */
struct lineage_observer {
	void (*tell)(void *context, const struct lineage *lineage);
	void *context;
};

/* Appends the names of all renewal confs, in byte order of their paths. A missing directory has
 * none. */
int lineage_names(const char *config_dir, struct strvec *ret_names, struct error *err) WARN_UNUSED;

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
/* The whole conf, borrowed. lineage_save_conf() writes changes to it. */
struct ini *lineage_conf(const struct lineage *lineage);
/* The conf's [renewalparams], borrowed; NULL when it is missing. */
struct ini_section *lineage_params(const struct lineage *lineage);

/* The certificate that live/ points to, borrowed; read and parsed at the first call. */
int lineage_cert(struct lineage *lineage, const struct cert **ret_cert,
		 struct error *err) WARN_UNUSED;
/* Appends the names of that certificate, and after them its IP addresses. */
int lineage_cert_names(struct lineage *lineage, struct strvec *ret_names,
		       struct error *err) WARN_UNUSED;
/* Appends the text of one live file. For the key use lineage_read_key(). */
int lineage_read(const struct lineage *lineage, enum store_kind kind, struct strbuf *ret_text,
		 struct error *err) WARN_UNUSED;
/* Reads the private key that live/ points to; the caller frees it. */
int lineage_read_key(const struct lineage *lineage, struct key **ret_key,
		     struct error *err) WARN_UNUSED;

/* The path of the user's CSR from which the certificate is renewed, borrowed; NULL: the key is
 * ours. Where others have a key, in archive/ and live/, such a lineage has a copy of the CSR. */
const char *lineage_csr(const struct lineage *lineage);

/* The generation that live/ points to; 0: none. */
unsigned lineage_current_version(const struct lineage *lineage);
/* The generation that lineage_add_generation() has added in this run; 0: none. */
unsigned lineage_added_version(const struct lineage *lineage);
/* The newest generation with all four files; 0: none. */
unsigned lineage_latest_version(const struct lineage *lineage);

/* True when another process changed the conf or the links since the lineage was opened. */
bool lineage_has_changed(const struct lineage *lineage);

/* ---- The second key, where there is one (second.c) ---- */

/* The companion, borrowed; NULL: the lineage has one key. It may have no certificate yet:
 * lineage_current_version() is 0 then, and nothing of it can be read. */
struct lineage *lineage_second(const struct lineage *lineage);
/* The end of the names of the lineage's files, before ".pem" or their number: "" for the first key,
 * "-rsa" or "-ecdsa" for a companion; static. */
const char *lineage_suffix(const struct lineage *lineage);
/* The type of the companion's key, static; NULL for any other lineage, or for NULL. */
const char *lineage_second_type(const struct lineage *companion);
/* The companion if it has a certificate, else NULL. */
struct lineage *lineage_second_shown(const struct lineage *lineage);
/* The lineage, and that companion or NULL: for whatever is asked about each certificate. */
enum { LINEAGE_MAX_KEYS = 2 };
void lineage_shown_keys(struct lineage *lineage, struct lineage *ret_keys[static LINEAGE_MAX_KEYS]);
/* True when the companion has no certificate, or one of an earlier generation than the first. */
bool lineage_second_is_behind(const struct lineage *lineage);
/* The generation of the first that a certificate of the second alone would complete; 0: it cannot
 * be stored alone. Lists the archive. */
unsigned lineage_second_gap(const struct lineage *lineage);

/* For this run: the lineage has a second key of that type; with NULL that it has none. A companion
 * of that type that it has already stays as it is. */
void lineage_expect_second(struct lineage *lineage, const char *key_type);
/* Records the same in a conf's tree. */
void lineage_note_second(struct ini *conf, const char *key_type);
/* The type that the conf names as that of the second key, static; NULL: none. */
const char *lineage_second_of_conf(const struct ini *conf);
/* The type, static, of a second key that is not renewed any more, because Certbot was told to make
 * the first of the same type, but is in live/ still, where servers may have it; NULL: none. */
const char *lineage_second_left(const struct lineage *lineage);
/* Makes a companion of what is there of it, with that of the lineage's that is borrowed; the caller
 * frees it. NULL: there is none. */
struct lineage *lineage_left_new(const struct lineage *lineage) WARN_UNUSED;
/* Makes a companion of the key at a place below LINEAGE_MAX_BESIDE that live/ shows next to the
 * first, whether it is renewed or the conf has forgotten its type; the caller frees it, before the
 * lineage. NULL: there is none of that type. */
enum { LINEAGE_MAX_BESIDE = 2 };
struct lineage *lineage_beside_new(const struct lineage *lineage, size_t place) WARN_UNUSED;
/* Returns the command to type then; the caller frees it. NULL: there is none. */
char *lineage_second_remedy(const struct lineage *lineage);

/* ---- Storing ---- */

/* One generation to be stored; all texts are PEM. */
struct lineage_generation {
	const struct strbuf *cert, *chain;
	const struct secret *key;
	/* Digest of the certificate's public key (key_public_digest()), if the caller knows it;
	 * NULL: it is computed from the certificate. */
	const struct strbuf *cert_key;
	/* The same of the public half of `key`. NULL: `key` is decoded for it. */
	const struct strbuf *public_key;
	/* lineage_suffix() of the key that it is of; NULL: the first. */
	const char *suffix;
	/* That of the second key, to be stored with it; NULL: none. */
	const struct lineage_generation *second;
	bool is_drafted; /* lineage_draft_issued() has written it */
	/* Mode of the files other than the key. 0: 0644 less the umask, which cannot be queried
	 * from several threads at once. */
	mode_t file_mode;
};

#endif
