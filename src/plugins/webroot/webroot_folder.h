/*
 * The directory of a webroot that the CA's questions lead to. It is in a place where somebody with
 * fewer rights may change everything at any time. So it is opened by folder_walk(), and its
 * contents are accessed through the descriptor.
 */
#ifndef PLUGINS_WEBROOT_WEBROOT_FOLDER_H
#define PLUGINS_WEBROOT_WEBROOT_FOLDER_H

#include <stddef.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/macros.h"
#include "os/file/folder.h"

/* How many directories lead from the webroot to the files. */
#define WEBROOT_DEPTH 2

/* A directory that we make: names[depth] of the challenge path, 0 being .well-known. */
struct webroot_step {
	char *root;
	size_t depth;
	dev_t device;
	ino_t inode; /* 0: not made yet, or not recorded before a crash */
};

/* Directories that are made, outer ones first. */
struct webroot_made {
	struct webroot_step *steps;
	size_t count, capacity;
	/* Called before a directory is made that was not planned, and for each one that was made,
	 * before it gets its rights. NULL: nobody keeps a record. */
	int (*save)(void *context, struct error *err);
	void *context;
};
void webroot_made_release(struct webroot_made *made);
void webroot_made_add(struct webroot_made *made, const struct webroot_step *step);

/* Opens <root>/.well-known/acme-challenge. */
int webroot_folder_open(const char *root, struct folder *ret_folder, struct error *err) WARN_UNUSED;
/* Checks it beforehand: fails if it will not be possible to make or open it. */
int webroot_folder_check(const char *root, struct error *err) WARN_UNUSED;
/* Adds the directories that are missing now. What cannot be looked at is left for
 * webroot_folder_make() to report. */
void webroot_folder_plan(const char *root, struct webroot_made *made);
/* Opens it; makes what is missing, with mode 0755 and the owner of the directory around it. */
int webroot_folder_make(const char *root, struct webroot_made *made, struct folder *ret_folder,
			struct error *err) WARN_UNUSED;
/* Removes what was made and is still there and empty; anything else that has the name by now stays.
 * One whose inode could not be recorded must be as mkdir() left it. An error: a directory of ours
 * could not be removed; none is forgotten then. */
int webroot_made_remove(struct webroot_made *made, struct error *err) WARN_UNUSED;

#endif
