/*
 * The list as metrics in Prometheus' text format, for the textfile collector of node_exporter
 * (docs/book/monitoring.md). Times are Unix seconds, as its conventions have it.
 */
#ifndef APP_STATUS_STATUS_METRICS_H
#define APP_STATUS_STATUS_METRICS_H

#include "app/status/status_list.h"
#include "base/strbuf.h"

/* Of a new file: it is read by another user, and has names, times and states, but no messages. */
#define STATUS_METRICS_MODE 0644

/* How a run of `renew` ended. */
struct status_run {
	int64_t started;
	bool succeeded; /* its exit status is 0 */
	size_t renewed, failed, invalid, skipped, postponed;
};

/* Appends the metrics; `run` NULL: nothing is known of the last run of renew. */
void status_metrics_add(const struct status_list *list, const struct status_run *run,
			struct strbuf *out);
/* Reads all lineages and replaces --metrics-file, if that is given. What prevents it is a warning
 * that names the file: the certificates matter more. */
void status_metrics_of_run(const struct plugins *plugins, const struct status_run *run);

#endif
