/*
 * The files that `certonly --csr` writes: certificate, chain and both in one. What writing them
 * needs is prepared before the CA is contacted: the directories, unused names, space on the disk.
 */
#ifndef APP_ISSUE_CSR_FILES_H
#define APP_ISSUE_CSR_FILES_H

#include "base/error.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "config/settings.h"
#include "crypto/cert/cert.h"
#include "os/file/folder.h"

enum csr_file_kind {
	CSR_CERT,
	CSR_CHAIN,
	CSR_FULLCHAIN,
	CSR_FILE_KIND__COUNT,
};

struct csr_files {
	struct csr_file {
		struct folder folder;
		char *name;  /* as the user gave it, or the default, which gets a number */
		char *draft; /* reserves the space; NULL: there is no draft */
		bool is_numbered;
	} items[CSR_FILE_KIND__COUNT];
};

/* Makes an empty set of files. */
void csr_files_init(struct csr_files *files);
/* Makes missing directories, and drafts in them. ERR_EXISTS: a file that the user named exists. */
int csr_files_reserve(struct csr_files *ret_files, const struct settings *settings,
		      struct error *err) WARN_UNUSED;
/* Writes the files and returns their paths (heap). */
int csr_files_write(struct csr_files *files, const struct cert_chain *chain,
		    char *ret_paths[CSR_FILE_KIND__COUNT], struct error *err) WARN_UNUSED;
/* Removes the drafts that were not written, and frees the rest. */
void csr_files_release(struct csr_files *files);
DEFINE_AUTO(csr_files, csr_files_release);

#endif
