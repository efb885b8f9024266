/*
 * Which lineage does a management command mean: --cert-name, or the person's choice.
 */
#ifndef APP_PICK_H
#define APP_PICK_H

#include "app/app.h"
#include "store/lineage.h"

/* Names chosen by --cert-name or from a checklist with that title. ERR_NOT_FOUND: there are none,
 * or not that one. ERR_REFUSED: nobody to ask. */
int pick_names(struct app *app, const char *title, struct strvec *ret_names,
	       struct error *err) WARN_UNUSED;
/* Exactly one, by --cert-name or a menu; opened. */
int pick_lineage(struct app *app, const char *title, struct lineage **ret_lineage,
		 struct error *err) WARN_UNUSED;

#endif
