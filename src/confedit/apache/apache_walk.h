/*
 * Collects virtual hosts from parsed files, for apache_model.c.
 */
#ifndef CONFEDIT_APACHE_APACHE_WALK_H
#define CONFEDIT_APACHE_APACHE_WALK_H

struct apache_model;

/* Fills an empty model, starting at its first file. Hosts get no ids yet. */
void apache_walk(struct apache_model *model);

#endif
