/*
 * The record of the certificates that were imported into AWS Certificate Manager, so that a
 * renewal goes to the same place: <config_dir>/s3front.json. It is kept with the lineages and not
 * in the work directory because it has to live as long as they do.
 */
#ifndef CLOUD_IMPORTS_H
#define CLOUD_IMPORTS_H

#include <stdbool.h>

#include "base/error.h"
#include "base/macros.h"

struct json;

struct imports {
	char *path;
	struct json *document;
};
void imports_release(struct imports *imports);
DEFINE_AUTO(imports, imports_release);

/* True when there is a record. */
bool imports_exist(const char *config_dir);
/* Reads the record; without the file it is empty. ERR_PARSE: the file is not our record. */
int imports_read(const char *config_dir, struct imports *ret_imports,
		 struct error *err) WARN_UNUSED;

/* The data recorded for a lineage: borrowed, NULL where unknown. */
struct import {
	const char *arn;
	const char *distribution; /* its id */
	const char *former;       /* ARN to delete as soon as nothing uses it any more */
};
struct import imports_get(const struct imports *imports, const char *lineage);
/* Notes it and writes the file. ERR_IO. */
int imports_set(struct imports *imports, const char *lineage, const struct import *import,
		struct error *err) WARN_UNUSED;

#endif
