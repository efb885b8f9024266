/*
 * Conditions that httpd evaluates while it reads its files: <IfModule>, <IfDefine>, <IfVersion>,
 * <IfFile>, <IfDirective>, <IfSection>. (<If> is not one of these: it is evaluated per request.)
 */
#ifndef CONFEDIT_APACHE_APACHE_CONDITION_H
#define CONFEDIT_APACHE_APACHE_CONDITION_H

#include <stdbool.h>

#include "base/strvec.h"

struct apache_model;

/* True when a section of that name is such a condition; `ret_holds` then says whether httpd reads
 * its contents. What cannot be known here (which directives exist) is assumed to hold. */
bool apache_condition(const struct apache_model *model, const char *section,
		      const struct strvec *arguments, bool *ret_holds);

#endif
