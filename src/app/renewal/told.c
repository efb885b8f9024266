/*
 * Certificates in the document of --json (see told.h).
 */
#include "app/renewal/told.h"

#include <string.h>

#include "codec/json.h"
#include "store/lineage/lineage.h"

static bool is_read(const struct ui *ui)
{
	return result_is_wanted(ui) || result_takes_events(ui);
}

struct json *told_paths(const struct lineage *lineage)
{
	struct json *paths = json_object_new();

	for (int kind = 0; kind < STORE_KIND__COUNT; kind++)
		json_set_string(paths, store_kind_name((enum store_kind)kind),
				lineage_live_path(lineage, (enum store_kind)kind));
	return paths;
}

/* A certificate that cannot be read is the verb's to complain about. */
static void set_cert(struct json *object, struct lineage *lineage)
{
	AUTO(error) struct error unreadable = ERROR_INIT;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	const struct cert *cert = NULL;

	if (lineage_cert(lineage, &cert, &unreadable) == 0) {
		strvec_extend(&names, cert_dns_names(cert));
		strvec_extend(&names, cert_ip_addresses(cert));
	}
	json_set(object, "names", json_strings_new(&names));
	json_set_text(object, "serial", cert ? cert_serial_hex(cert) : NULL);
	json_set_time(object, "not_before", cert ? cert_not_before(cert) : 0);
	json_set_time(object, "not_after", cert ? cert_not_after(cert) : 0);
}

/* A second key whose certificate is yet to be obtained has a type and paths. One that Certbot has
 * left to itself is still what servers may show. */
void told_set_second(struct json *object, const struct lineage *lineage)
{
	AUTO(lineage) struct lineage *left = lineage_left_new(lineage);
	struct lineage *second = left ? left : lineage_second(lineage);
	struct json *told;

	if (!second) {
		json_set_text(object, "second", NULL);
		return;
	}
	told = json_object_new();
	json_set_string(told, "key_type", lineage_second_type(second));
	set_cert(told, second);
	json_set(told, "paths", told_paths(second));
	json_set_int(told, "version", lineage_current_version(second));
	json_set_bool(told, "renewed", !left);
	json_set(object, "second", told);
}

struct json *told_lineage(const struct ui *ui, struct lineage *lineage, const char *outcome)
{
	struct json *object;

	if (!is_read(ui))
		return NULL;
	object = json_object_new();
	json_set_string(object, "name", lineage_name(lineage));
	json_set_string(object, "outcome", outcome);
	set_cert(object, lineage);
	json_set(object, "paths", told_paths(lineage));
	told_set_second(object, lineage);
	json_set_string(object, "renewal_conf", lineage_conf_path(lineage));
	return object;
}

struct json *told_invalid(const struct ui *ui, const char *conf_path, const struct error *reason)
{
	struct json *object;

	if (!is_read(ui))
		return NULL;
	object = json_object_new();
	json_set_text(object, "name", NULL);
	json_set_string(object, "outcome", "invalid");
	json_set_string(object, "renewal_conf", conf_path);
	result_set_fault(object, &(const struct result_fault){.error = reason});
	return object;
}

static struct json *json_of_failures(const struct acme_failures *failures)
{
	struct json *list = json_array_new();

	for (size_t i = 0; i < failures->count; i++) {
		struct json *failure = json_object_new();

		json_set_string(failure, "name", failures->items[i].identifier.value);
		json_set_text(failure, "problem", failures->items[i].type);
		json_set_text(failure, "detail", failures->items[i].detail);
		json_push(list, failure);
	}
	return list;
}

void told_set_error(struct json *object, const struct issue_request *request,
		    const struct error *err)
{
	const struct acme_failures *failures = &request->failures;
	struct result_fault fault = {.error = err};

	if (!object)
		return;
	if (failures->count) {
		fault.name = failures->items[0].identifier.value;
		fault.problem = failures->items[0].type;
	}
	result_set_fault(object, &fault);
	json_set(object, "failures", json_of_failures(failures));
}

/* Outcomes that are neither of these are failures. */
static enum result_event event_of(const char *outcome)
{
	static const struct {
		const char *outcome;
		enum result_event event;
	} rows[] = {
		{"obtained", EVENT_ISSUED},   {"renewed", EVENT_ISSUED},
		{"simulated", EVENT_ISSUED},  {"kept", EVENT_SKIPPED},
		{"skipped", EVENT_SKIPPED},   {"postponed", EVENT_SKIPPED},
		{"elsewhere", EVENT_SKIPPED}, {"not-simulated", EVENT_SKIPPED},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].outcome, outcome) == 0)
			return rows[i].event;
	return EVENT_FAILED;
}

void told_event(const struct ui *ui, struct json *object)
{
	if (object)
		result_event(ui, event_of(json_text(json_member(object, "outcome"))),
			     json_share(object));
}

void told_give(const struct ui *ui, struct json *own_object)
{
	told_event(ui, own_object);
	if (own_object)
		result_list_add(ui, own_object);
}

void told_due(const struct ui *ui, const char *name, const char *reason)
{
	struct json *object;

	if (!result_takes_events(ui))
		return;
	object = json_object_new();
	json_set_text(object, "name", name);
	json_set_text(object, "reason", reason);
	result_event(ui, EVENT_DUE, object);
}

void told_failure(const struct ui *ui, struct lineage *lineage, const char *outcome,
		  const struct error *failure)
{
	struct json *told = told_lineage(ui, lineage, outcome);

	if (told)
		result_set_fault(told, &(const struct result_fault){.error = failure});
	told_give(ui, told);
}

void told_deployed(const struct ui *ui, struct lineage *lineage, const char *installer,
		   const struct error *failure)
{
	struct json *event;

	if (result_takes_events(ui)) {
		event = json_object_new();
		json_set_string(event, "certificate", lineage_name(lineage));
		json_set_string(event, "installer", installer);
		result_set_fault(event, &(const struct result_fault){.error = failure});
		result_event(ui, EVENT_DEPLOYED, event);
	}
	if (error_is_set(failure))
		told_failure(ui, lineage, "not-deployed", failure);
}

void told_failures(const struct ui *ui, const struct issue_request *request)
{
	const struct acme_failures *failures = &request->failures;
	struct json *event;

	if (!is_read(ui))
		return;
	if (failures->count)
		result_blame(ui, failures->items[0].identifier.value, failures->items[0].type);
	result_set(ui, "failures", json_of_failures(failures));
	event = json_object_new();
	json_set_text(event, "name",
		      request->lineage ? lineage_name(request->lineage) : request->new_name);
	json_set_string(event, "outcome", "failed");
	told_set_error(event, request, &request->error);
	result_event(ui, EVENT_FAILED, event);
}
