/*
 * `status --json` (docs/json/status.schema.json).
 */
#ifndef APP_STATUS_STATUS_JSON_H
#define APP_STATUS_STATUS_JSON_H

#include "app/status/status_list.h"
#include "base/ui.h"

/* Prints the document, piece by piece. */
void status_json_say(const struct ui *ui, const struct status_list *list);

#endif
