/*
 * Announced keys (see dane.h). A renewal that finds its next key not announced is not refused: it
 * keeps the present key, whose record is there, so that neither the certificate expires nor a peer
 * is turned away.
 */
#include "app/keys/dane.h"

#include <stdlib.h>
#include <string.h>

#include "app/keys/keys.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "config/key_types.h"
#include "config/services.h"
#include "dns/query/authoritative.h"
#include "store/renewal/renewal_state.h"
#include "store/lineage/lineage_reserve.h"

#define OPTION "dane"

void dane_records_release(struct dane_records *records)
{
	for (size_t i = 0; i < records->count; i++) {
		free(records->items[i].owner);
		free(records->items[i].value);
		free(records->items[i].reason);
	}
	free(records->items);
}

void dane_ports(const struct settings *settings, const struct lineage *lineage,
		struct strvec *ret_ports)
{
	AUTO(strvec) struct strvec ports = STRVEC_INIT;

	if (services_is_given(settings, OPTION))
		services_given(settings, OPTION, &ports);
	else if (lineage)
		services_of_conf(lineage_conf(lineage), OPTION, &ports);
	for (size_t i = 0; i < ports.count; i++)
		strvec_push_unique(ret_ports, ports.items[i]);
}

int dane_check_ports(const struct settings *settings, struct error *err)
{
	AUTO(strvec) struct strvec ports = STRVEC_INIT;

	services_given(settings, OPTION, &ports);
	for (size_t i = 0; i < ports.count; i++) {
		int64_t port;

		if (!str_to_int64(ports.items[i], 1, UINT16_MAX, &port))
			return error_set(err, ERR_CONFIG,
					 "cannot use --dane '%s': expected the number of a TCP "
					 "port, such as 25",
					 ports.items[i]);
	}
	return 0;
}

void dane_list(const struct key *key, const struct strvec *names, const struct strvec *ports,
	       struct dane_records *records)
{
	AUTO(strbuf) struct strbuf digest = STRBUF_INIT, value = STRBUF_INIT;

	key_public_digest(key, &digest);
	/* The certificate usage DANE-EE, the public key, its SHA-256 digest. */
	strbuf_adds(&value, "3 1 1 ");
	strbuf_add_hex(&value, digest.text, digest.len);
	for (size_t i = 0; i < names->count; i++)
		for (size_t j = 0; j < ports->count && names->items[i][0] != '*'; j++) {
			ARRAY_GROW(records->items, records->count, records->capacity);
			records->items[records->count++] = (struct dane_record){
				.owner = xasprintf("_%s._tcp.%s", ports->items[j], names->items[i]),
				.value = xstrdup(value.text),
				.state = DANE_UNKNOWN,
			};
		}
}

/* Usages other than DANE-EE and PKIX-EE name a CA, which the next certificate has as well; one
 * record that fits is enough for a peer. */
static bool names_ca(const char *value)
{
	return str_starts(value, "0 ") || str_starts(value, "2 ");
}

static enum dane_state judge(const struct dns_answer *answer, const char *value)
{
	enum dane_state state = DANE_WITHOUT;

	for (size_t i = 0; i < answer->count; i++) {
		const struct dns_answer_record *record = &answer->records[i];

		if (!record->in_answer || record->type != DNS_TYPE_TLSA)
			continue;
		if (strcmp(record->value, value) == 0 || names_ca(record->value))
			return DANE_ANNOUNCED;
		state = DANE_MISSING;
	}
	return state;
}

static void take_lookup(const struct dns_lookup *lookup, struct dane_record *record)
{
	if (error_is_set(&lookup->error))
		record->reason = xstrdup(lookup->error.text);
	else
		record->state = judge(&lookup->answer, record->value);
}

int dane_look(const struct plugin_host *host, struct dane_records *records, struct error *err)
{
	AUTO_FREE struct dns_lookup *lookups = xcalloc(records->count, sizeof(struct dns_lookup));
	int rc;

	for (size_t i = 0; i < records->count; i++)
		lookups[i] = (struct dns_lookup){.name = records->items[i].owner,
						 .type = DNS_TYPE_TLSA};
	rc = dns_lookup_authoritative(host, host->settings, lookups, records->count, NULL, err);
	for (size_t i = 0; rc == 0 && i < records->count; i++)
		take_lookup(&lookups[i], &records->items[i]);
	dns_lookups_release(lookups, records->count);
	return rc;
}

/* The first record without which the next key would turn peers away; NULL: it may be used. */
static const struct dane_record *find_obstacle(const struct dane_records *records)
{
	for (size_t i = 0; i < records->count; i++)
		if (records->items[i].state == DANE_MISSING ||
		    records->items[i].state == DANE_UNKNOWN)
			return &records->items[i];
	return NULL;
}

static void say_kept(const struct lineage *lineage, const struct dane_record *obstacle)
{
	if (obstacle->reason)
		log_warning("%s keeps its present key: whether the next one is announced cannot be "
			    "looked up: %s",
			    lineage_name(lineage), obstacle->reason);
	else
		log_warning("%s keeps its present key, because the next one is not announced. Add "
			    "this record: %s. IN TLSA %s",
			    lineage_name(lineage), obstacle->owner, obstacle->value);
}

/* NULL: there is none, or it is in use already, as after a crash before another one was made. */
static int read_next(const struct lineage *lineage, const struct key *present,
		     struct key **ret_next, struct error *err)
{
	AUTO(key) struct key *next = NULL;

	if (lineage_next_key(lineage, &next, err) < 0 || !next)
		return err->code;
	if (!key_is_same(next, present))
		*ret_next = STEAL(next);
	return 0;
}

/* Leaves *ret_may_use false where the next key has to wait. */
static int look_for_next(struct plugins *plugins, const struct dane_question *question,
			 const struct strvec *ports, const struct key *next, bool *ret_may_use,
			 struct error *err)
{
	AUTO(dane_records) struct dane_records records = {.count = 0};
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	const struct plugin_host *host;
	const struct dane_record *obstacle;

	for (size_t i = 0; i < question->identifiers->count; i++)
		if (question->identifiers->items[i].kind == ACME_IDENTIFIER_DNS)
			strvec_push(&names, question->identifiers->items[i].value);
	dane_list(next, &names, ports, &records);
	if (plugins_host(plugins, &host, err) < 0 || dane_look(host, &records, err) < 0)
		return err->code;
	obstacle = find_obstacle(&records);
	*ret_may_use = !obstacle;
	if (obstacle)
		say_kept(question->lineage, obstacle);
	return 0;
}

static int choose_key(struct plugins *plugins, const struct dane_question *question,
		      const struct strvec *ports, struct key **ret_key, struct error *err)
{
	AUTO(key) struct key *present = NULL, *next = NULL;
	AUTO(error) struct error unusable = ERROR_INIT;
	bool may_use = false;

	if (lineage_read_key(question->lineage, &present, err) < 0)
		return err->code;
	if (read_next(question->lineage, present, &next, &unusable) < 0)
		log_warning("%s keeps its present key: the next one cannot be read: %s",
			    lineage_name(question->lineage), unusable.text);
	if (next && look_for_next(plugins, question, ports, next, &may_use, err) < 0)
		return err->code;
	*ret_key = may_use ? STEAL(next) : STEAL(present);
	return 0;
}

int dane_check(const struct settings *settings, const struct lineage *lineage, struct error *err)
{
	AUTO(strvec) struct strvec ports = STRVEC_INIT;

	if (dane_check_ports(settings, err) < 0)
		return err->code;
	dane_ports(settings, lineage, &ports);
	if (!ports.count || (lineage && lineage_csr(lineage)))
		return 0;
	/* Peers that are shown the second key would find no record of it. */
	if (key_types_second(settings))
		return error_set(
			err, ERR_CONFIG,
			"--dane is for a certificate with one key, and --key-type %s means "
			"two",
			settings_string(settings, "key_type"));
	/* Another machine could not know which key is next. */
	if (lineage && renewal_state_generation(lineage_conf(lineage)))
		return error_set(err, ERR_CONFIG,
				 "--dane cannot be used for a certificate of a fleet");
	return 0;
}

int dane_choose_key(struct plugins *plugins, const struct dane_question *question,
		    struct key **ret_key, struct error *err)
{
	AUTO(strvec) struct strvec ports = STRVEC_INIT;

	if (dane_check(question->settings, question->lineage, err) < 0)
		return err->code;
	dane_ports(question->settings, question->lineage, &ports);
	/* A key that is kept by --reuse-key has its record. */
	if (!ports.count || !question->lineage || lineage_csr(question->lineage) ||
	    settings_flag(question->settings, "new_key") ||
	    settings_flag(question->settings, "reuse_key"))
		return 0;
	return choose_key(plugins, question, &ports, ret_key, err);
}

/* The settings are copied because keys_make() may change them to those of the key, and they are
 * those of the certificate that was just stored. */
static int stage_key(const struct settings *settings, const struct lineage *lineage,
		     struct error *err)
{
	AUTO(key) struct key *present = NULL, *next = NULL, *made = NULL;
	AUTO(settings) struct settings *copy = NULL;

	if (lineage_read_key(lineage, &present, err) < 0 ||
	    read_next(lineage, present, &next, err) < 0)
		return err->code;
	if (next)
		return 0;
	copy = settings_clone(settings);
	if (keys_make(copy, &made, err) < 0)
		return err->code;
	return lineage_set_next_key(lineage, made, err);
}

void dane_stage_key(const struct settings *settings, const struct lineage *lineage)
{
	AUTO(strvec) struct strvec ports = STRVEC_INIT;
	AUTO(error) struct error failure = ERROR_INIT;

	dane_ports(settings, lineage, &ports);
	if (ports.count && !lineage_csr(lineage) && !settings_flag(settings, "reuse_key") &&
	    stage_key(settings, lineage, &failure) < 0)
		log_warning("the next key of %s could not be made, so its next renewal keeps the "
			    "present one: %s",
			    lineage_name(lineage), failure.text);
}
