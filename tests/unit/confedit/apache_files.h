/*
 * Configurations of httpd in memory, for tests.
 */
#ifndef TESTS_CONFEDIT_APACHE_FILES_H
#define TESTS_CONFEDIT_APACHE_FILES_H

#include "base/map.h"
#include "confedit/apache/apache_model.h"

#define MAIN_FILE "/etc/apache2/apache2.conf"

struct apache_files {
	struct map texts; /* path → static text */
	struct apache_source source;
	struct apache_program program;
	struct apache_model *model;
};

/* Starts with a main file of that text. */
void files_init(struct apache_files *files, const char *main_text);
void files_add(struct apache_files *files, const char *path, const char *text);
void files_release(struct apache_files *files);
/* Loads the model; fails the test when that fails. */
struct apache_model *files_load(struct apache_files *files);
/* The present text of a file of the model, heap. */
char *files_text(const struct apache_files *files, const char *path);
/* The host that apache_choose() gives; fails the test when there is none. */
const struct apache_vhost *files_choose(const struct apache_files *files, const char *name);

#endif
