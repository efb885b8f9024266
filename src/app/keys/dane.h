/*
 * Keys that are announced before they are used (--dane), for services that others reach by DANE
 * (RFC 6698, RFC 7671): a TLSA record `3 1 1` is the digest of the server's public key, and whoever
 * finds a key that no record names refuses it. So the key of the next certificate is made while the
 * present one is in use, and is used only when DNS has its record.
 */
#ifndef APP_KEYS_DANE_H
#define APP_KEYS_DANE_H

#include "acme/types.h"
#include "base/strvec.h"
#include "crypto/key/key.h"
#include "instances/plugins.h"
#include "store/lineage/lineage.h"

/* Sets the ports that this run or, without that, the conf of the lineage (may be NULL) gives. */
void dane_ports(const struct settings *settings, const struct lineage *lineage,
		struct strvec *ret_ports);
/* ERR_CONFIG: --dane has something else than port numbers or "none". */
int dane_check_ports(const struct settings *settings, struct error *err) WARN_UNUSED;
/* The same, and ERR_CONFIG too for a certificate (NULL: a new one) whose keys cannot be announced:
 * one with two keys, or of a fleet. */
int dane_check(const struct settings *settings, const struct lineage *lineage,
	       struct error *err) WARN_UNUSED;
/* The certificate that is about to be renewed. */
struct dane_question {
	const struct settings *settings;
	const struct lineage *lineage; /* NULL: a new one */
	const struct acme_identifiers *identifiers;
};
/* Before the order of a renewal: returns the next key if all names whose servers have TLSA records
 * announce it, and otherwise the present one, with a warning; the caller frees it. NULL without
 * --dane, with --new-key, or with --reuse-key: the key is chosen as ever. ERR_CANCELLED; ERR_CONFIG
 * as of dns_lookup_all(). */
int dane_choose_key(struct plugins *plugins, const struct dane_question *question,
		    struct key **ret_key, struct error *err) WARN_UNUSED;
/* After a certificate was stored: makes the key of the next one if there is none. A failure is only
 * logged: the next renewal then keeps the present key, and tries again. */
void dane_stage_key(const struct settings *settings, const struct lineage *lineage);

/* A record that a name's servers should have. */
enum dane_state {
	DANE_ANNOUNCED,
	DANE_WITHOUT, /* the name has no TLSA records: nobody looks for one */
	DANE_MISSING,
	DANE_UNKNOWN, /* `reason` says why DNS does not tell */
};
struct dane_record {
	char *owner; /* "_25._tcp.mail.example.com" */
	char *value; /* "3 1 1 0a1b..." */
	enum dane_state state;
	char *reason;
};
struct dane_records {
	struct dane_record *items;
	size_t count, capacity;
};
void dane_records_release(struct dane_records *records);
DEFINE_AUTO(dane_records, dane_records_release);
/* Appends the records of a key for each name and, in their order, each port. Wildcards have none:
 * TLSA records stand at the names of servers. */
void dane_list(const struct key *key, const struct strvec *names, const struct strvec *ports,
	       struct dane_records *records);
/* Looks all of them up at the zones' own servers. ERR_CONFIG, ERR_CANCELLED. */
int dane_look(const struct plugin_host *host, struct dane_records *records,
	      struct error *err) WARN_UNUSED;

#endif
