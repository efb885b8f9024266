/*
 * Prints metrics (see status_metrics.h). The format wants all samples of a metric together, so the
 * list is read once for each metric.
 */
#include "app/status/status_metrics.h"

#include <string.h>

#include "base/log.h"
#include "os/file/file.h"

/* A metric that each certificate has. */
struct metric {
	const char *name, *help;
	/* Sets the value and appends ",label=..."; false: there is no sample for this
	 * certificate. */
	bool (*sample)(const struct status_list *list, const struct status_entry *entry,
		       struct strbuf *labels, int64_t *ret_value);
};

/* Appends a label's value. Escapes backslash, quote and newline, and shows bytes that are not
 * printable as everywhere else, so that the file is UTF-8 whatever a conf contains. */
static void add_label(struct strbuf *out, const char *name, const char *value)
{
	AUTO(strbuf) struct strbuf safe = STRBUF_INIT;

	strbuf_add_printable(&safe, value, strlen(value));
	strbuf_addf(out, "%s%s=\"", out->len ? "," : "", name);
	for (const char *at = safe.text; *at; at++) {
		if (*at == '\\' || *at == '"')
			strbuf_addc(out, '\\');
		strbuf_addc(out, *at);
	}
	strbuf_addc(out, '"');
}

static bool sample_info(const struct status_list *list, const struct status_entry *entry,
			struct strbuf *labels, int64_t *ret_value)
{
	add_label(labels, "state", status_states[entry->state].id);
	add_label(labels, "server", entry->server ? entry->server : "");
	add_label(labels, "issuer", entry->issuer ? entry->issuer : "");
	*ret_value = 1;
	return true;
}

static bool sample_healthy(const struct status_list *list, const struct status_entry *entry,
			   struct strbuf *labels, int64_t *ret_value)
{
	*ret_value = !status_states[entry->state].is_bad;
	return true;
}

static bool sample_not_before(const struct status_list *list, const struct status_entry *entry,
			      struct strbuf *labels, int64_t *ret_value)
{
	*ret_value = entry->not_before;
	return entry->has_cert;
}

static bool sample_not_after(const struct status_list *list, const struct status_entry *entry,
			     struct strbuf *labels, int64_t *ret_value)
{
	*ret_value = status_entry_end(entry);
	return entry->has_cert;
}

/* A renewal that is due is tried at any time from now on. */
static bool sample_next_try(const struct status_list *list, const struct status_entry *entry,
			    struct strbuf *labels, int64_t *ret_value)
{
	*ret_value = entry->next_try ? entry->next_try : list->now;
	return entry->next_why != NULL;
}

static bool sample_failures(const struct status_list *list, const struct status_entry *entry,
			    struct strbuf *labels, int64_t *ret_value)
{
	*ret_value = entry->failure.count;
	return true;
}

static bool sample_last_failure(const struct status_list *list, const struct status_entry *entry,
				struct strbuf *labels, int64_t *ret_value)
{
	add_label(labels, "class", entry->failure.class ? entry->failure.class : "unknown");
	*ret_value = entry->failure.at;
	return entry->failure.at != 0;
}

static bool sample_served(const struct status_list *list, const struct status_entry *entry,
			  struct strbuf *labels, int64_t *ret_value)
{
	*ret_value = entry->seen == STATUS_SEEN;
	return entry->seen != STATUS_SEEN_UNKNOWN;
}

static bool is_owed(const struct status_entry *entry, enum status_debt debt, int64_t *ret_value)
{
	*ret_value = (entry->debts >> debt) & 1;
	return true;
}

static bool sample_outputs(const struct status_list *list, const struct status_entry *entry,
			   struct strbuf *labels, int64_t *ret_value)
{
	return is_owed(entry, STATUS_DEBT_OUTPUTS, ret_value);
}

static bool sample_hook(const struct status_list *list, const struct status_entry *entry,
			struct strbuf *labels, int64_t *ret_value)
{
	return is_owed(entry, STATUS_DEBT_DEPLOY_HOOK, ret_value);
}

static bool sample_reload(const struct status_list *list, const struct status_entry *entry,
			  struct strbuf *labels, int64_t *ret_value)
{
	return is_owed(entry, STATUS_DEBT_RELOAD, ret_value);
}

static const struct metric metrics[] = {
	{"info", "What is known of the certificate, as labels.", sample_info},
	{"healthy", "Whether nobody needs to look at it (1), or somebody does (0).",
	 sample_healthy},
	{"not_before_timestamp_seconds", "Start of the validity.", sample_not_before},
	{"not_after_timestamp_seconds", "End of the validity.", sample_not_after},
	{"next_try_timestamp_seconds", "When renew tries to renew it next.", sample_next_try},
	{"renewal_failures", "Renewals that failed in a row.", sample_failures},
	{"last_failure_timestamp_seconds", "When the last of those renewals failed.",
	 sample_last_failure},
	{"served", "Whether it was seen where it should be served, when last looked at.",
	 sample_served},
	{"outputs_owed", "Whether its outputs have still to be written.", sample_outputs},
	{"deploy_hook_owed", "Whether its deploy hooks have still to succeed.", sample_hook},
	{"reload_owed", "Whether its server has still to take it up.", sample_reload},
};

static void add_heading(struct strbuf *out, const char *name, const char *help)
{
	strbuf_addf(out, "# HELP certbot_%s %s\n# TYPE certbot_%s gauge\n", name, help, name);
}

static void add_metric(const struct metric *metric, const struct status_list *list,
		       struct strbuf *out)
{
	AUTO(strbuf) struct strbuf labels = STRBUF_INIT, name = STRBUF_INIT;

	strbuf_addf(&name, "certificate_%s", metric->name);
	add_heading(out, name.text, metric->help);
	for (size_t i = 0; i < list->count; i++) {
		int64_t value;

		strbuf_clear(&labels);
		add_label(&labels, "name", list->entries[i]->name);
		if (metric->sample(list, list->entries[i], &labels, &value))
			strbuf_addf(out, "certbot_%s{%s} %lld\n", name.text, labels.text,
				    (long long)value);
	}
}

static void add_single(struct strbuf *out, const char *name, const char *help, int64_t value)
{
	add_heading(out, name, help);
	strbuf_addf(out, "certbot_%s %lld\n", name, (long long)value);
}

static void add_counts(const struct status_list *list, struct strbuf *out)
{
	add_heading(out, "certificates", "Certificates by state.");
	for (int state = 0; state < STATUS_STATE__COUNT; state++)
		strbuf_addf(out, "certbot_certificates{state=\"%s\"} %zu\n",
			    status_states[state].id, list->counts[state]);
}

static void add_run(const struct status_run *run, int64_t now, struct strbuf *out)
{
	const struct {
		const char *result;
		size_t count;
	} results[] = {{"renewed", run->renewed},
		       {"failed", run->failed},
		       {"invalid", run->invalid},
		       {"skipped", run->skipped},
		       {"postponed", run->postponed}};

	add_single(out, "renew_finished_timestamp_seconds", "When the last run of renew ended.",
		   now);
	add_single(out, "renew_duration_seconds", "How long it took.", now - run->started);
	add_single(out, "renew_success", "Whether it ended with exit status 0.", run->succeeded);
	add_heading(out, "renew_results", "What became of the certificates in it.");
	for (size_t i = 0; i < ARRAY_LEN(results); i++)
		strbuf_addf(out, "certbot_renew_results{result=\"%s\"} %zu\n", results[i].result,
			    results[i].count);
}

void status_metrics_add(const struct status_list *list, const struct status_run *run,
			struct strbuf *out)
{
	add_single(out, "status_timestamp_seconds", "When these metrics were made.", list->now);
	add_counts(list, out);
	for (size_t i = 0; i < ARRAY_LEN(metrics); i++)
		add_metric(&metrics[i], list, out);
	if (run)
		add_run(run, list->now, out);
}

void status_metrics_of_run(const struct plugins *plugins, const struct status_run *run,
			   struct status_list *list)
{
	const char *path = settings_string(plugins->host.settings, "metrics_file");
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error failed = ERROR_INIT;

	if (!path)
		return;
	if (status_list_need(plugins, list, &failed) == 0) {
		status_metrics_add(list, run, &text);
		if (file_publish(path, text.text, text.len, STATUS_METRICS_MODE, &failed) == 0)
			return;
	}
	log_warning("The metrics file '%s' was not written: %s", path, failed.text);
}
