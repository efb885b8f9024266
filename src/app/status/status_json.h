/*
 * `status --json` (docs/json/status.schema.json).
 */
#ifndef APP_STATUS_STATUS_JSON_H
#define APP_STATUS_STATUS_JSON_H

#include "app/status/status_list.h"
#include "base/ui.h"
#include "store/renewal/notified.h"

/* Prints the document, piece by piece. */
void status_json_say(const struct ui *ui, const struct status_list *list,
		     const struct notified *record);

#endif
