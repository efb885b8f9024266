/*
 * Small edits of sections and lines, for the operations of this folder.
 */
#ifndef CONFEDIT_APACHE_EDIT_APACHE_EDIT_H
#define CONFEDIT_APACHE_EDIT_APACHE_EDIT_H

#include "confedit/apache/edit/apache_changes.h"

/* Adds a line at the end of the section. */
void apache_add_line(struct apache_changes *changes, const struct apache_file *file,
		     const struct apache_directive *section, const char *text);
/* Adds a line at the start of the section. */
void apache_add_first_line(struct apache_changes *changes, const struct apache_file *file,
			   const struct apache_directive *section, const char *text);
/* Adds a line at the end of the file, outside of all sections. */
void apache_add_last_line(struct apache_changes *changes, const struct apache_file *file,
			  const char *text);
/* Adds lines to the file's first <IfModule mod_ssl.c> outside of other sections, or to a new one at
 * the end of the file. */
void apache_add_lines_if_ssl(struct apache_changes *changes, const struct apache_file *file,
			     const struct strvec *lines);

/* Removes the lines of the directive. */
void apache_remove_line(struct apache_changes *changes, const struct apache_item *item);
/* Replaces an argument of the directive (0: the first). */
void apache_set_argument(struct apache_changes *changes, const struct apache_item *item,
			 size_t index, const char *text);

/* A line with the name and the arguments, quoted where needed; NULL ends the arguments. The caller
 * frees it. */
char *apache_line(const char *name, ...) __attribute__((sentinel)) WARN_UNUSED;

/* ERR_REFUSED when the directive is in a file that other virtual hosts include too. */
int apache_check_own(const struct apache_model *model, const struct apache_vhost *vhost,
		     const struct apache_item *item, struct error *err) WARN_UNUSED;

#endif
