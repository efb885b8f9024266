/*
 * The directory of a webroot that the CA's questions lead to. It lies where somebody with fewer
 * rights may change everything at any time, so it is reached by folder_walk(), and what is in it by
 * its descriptor.
 */
#ifndef PLUGINS_WEBROOT_FOLDER_H
#define PLUGINS_WEBROOT_FOLDER_H

#include <stddef.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/macros.h"
#include "os/file/folder.h"

/* Directories that were made, in that order. */
struct webroot_made {
	struct webroot_step *steps;
	size_t count, capacity;
};
void webroot_made_release(struct webroot_made *made);

/* Opens <root>/.well-known/acme-challenge. */
int webroot_folder_open(const char *root, struct folder *ret_folder, struct error *err) WARN_UNUSED;
/* What can be known of it beforehand: an error where it will not be possible to make or open it. */
int webroot_folder_check(const char *root, struct error *err) WARN_UNUSED;
/* Opens it; makes what is missing, with mode 0755 and the owner of the directory around it. */
int webroot_folder_make(const char *root, struct webroot_made *made, struct folder *ret_folder,
			struct error *err) WARN_UNUSED;
/* Removes what was made and is still there and empty. */
void webroot_made_remove(struct webroot_made *made);

#endif
