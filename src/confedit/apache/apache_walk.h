/*
 * Collects virtual hosts from parsed files, at first and after each edit.
 */
#ifndef CONFEDIT_APACHE_APACHE_WALK_H
#define CONFEDIT_APACHE_APACHE_WALK_H

struct apache_model;

/* Fills an empty model, starting at its first file. Hosts get no ids yet. */
void apache_walk(struct apache_model *model);
/* Drops everything collected, but keeps the files. */
void apache_model_clear(struct apache_model *model);

#endif
