/*
 * The list as metrics in Prometheus' text format, for the textfile collector of node_exporter
 * (docs/book/monitoring.md). By convention, times are Unix seconds.
 */
#ifndef APP_STATUS_STATUS_METRICS_H
#define APP_STATUS_STATUS_METRICS_H

#include "app/status/status_list.h"
#include "base/strbuf.h"

/* Mode of a new file: another user reads it, and it has names, times and states but no messages. */
#define STATUS_METRICS_MODE 0644

/* How a run of `renew` ended. */
struct status_run {
	int64_t started;
	bool succeeded; /* its exit status was 0 */
	size_t renewed, failed, invalid, skipped, postponed;
};

/* Appends the metrics; `run` NULL: nothing is known about the last run of `renew`. */
void status_metrics_add(const struct status_list *list, const struct status_run *run,
			struct strbuf *out);
/* Replaces --metrics-file, if that is given; see status_list_need() for the list. A failure is only
 * a warning that names the file, because the certificates matter more. */
void status_metrics_of_run(const struct plugins *plugins, const struct status_run *run,
			   struct status_list *list);

#endif
