/*
 * Conditions that httpd decides while it reads: <IfModule>, <IfDefine>, <IfVersion>, <IfFile>,
 * <IfDirective>, <IfSection>. (<If> is decided per request and is none of these.)
 */
#ifndef CONFEDIT_APACHE_APACHE_CONDITION_H
#define CONFEDIT_APACHE_APACHE_CONDITION_H

#include <stdbool.h>

#include "base/strvec.h"

struct apache_model;

/* True for a section of that name being such a condition; `ret_holds` says whether httpd reads what
 * is in it. What cannot be known here (which directives exist) is taken to be there. */
bool apache_condition(const struct apache_model *model, const char *section,
		      const struct strvec *arguments, bool *ret_holds);

#endif
