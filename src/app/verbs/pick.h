/*
 * Which lineage a management command works on: the one of --cert-name, or the user's choice.
 */
#ifndef APP_VERBS_PICK_H
#define APP_VERBS_PICK_H

#include "base/ui.h"
#include "config/settings.h"
#include "store/lineage/lineage.h"

/* Returns the names given by --cert-name or chosen from a checklist with that title. ERR_NOT_FOUND:
 * there are no lineages, or none of that name. ERR_REFUSED: there is nobody to ask. */
int pick_names(const struct ui *ui, const struct settings *settings, const char *title,
	       struct strvec *ret_names, struct error *err) WARN_UNUSED;
/* Opens exactly one lineage, chosen by --cert-name or from a menu; the caller frees it. Errors as
 * for pick_names(). */
int pick_lineage(const struct ui *ui, const struct settings *settings, const char *title,
		 struct lineage **ret_lineage, struct error *err) WARN_UNUSED;

#endif
