/*
 * All lineages, as `status` and the metrics report them.
 */
#ifndef APP_STATUS_STATUS_LIST_H
#define APP_STATUS_STATUS_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/status/status_entry.h"
#include "instances/plugins.h"

struct status_list {
	struct status_entry **entries; /* in the order of the renewal confs */
	size_t count, capacity;
	size_t counts[STATUS_STATE__COUNT];
	int64_t now; /* when the list was made */
	bool is_read;
};
#define STATUS_LIST_INIT                                                                           \
	{                                                                                          \
		.entries = NULL                                                                    \
	}
void status_list_release(struct status_list *list);
DEFINE_AUTO(status_list, status_list_release);

/* Reads all lineages, or only the one of that name (NULL: all), and changes nothing. ERR_NOT_FOUND:
 * there is none of that name. */
int status_list_read(const struct plugins *plugins, const char *wanted, struct status_list *ret,
		     struct error *err) WARN_UNUSED;
/* Reads all lineages into a list that is empty at first, and nothing into one that has been read:
 * what follows a run asks for it in turn, and the next one needs no second reading. */
int status_list_need(const struct plugins *plugins, struct status_list *list,
		     struct error *err) WARN_UNUSED;
/* Sorts the list, worst first; lineages in the same state by expiry date. */
void status_list_sort(struct status_list *list);
/* Returns how many need somebody to look at them. */
size_t status_list_bad(const struct status_list *list);
/* Returns "12 certificates: 1 failing, 11 ok"; the caller frees it. */
char *status_list_headline(const struct status_list *list) WARN_UNUSED;

#endif
