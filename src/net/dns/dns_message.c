/*
 * DNS messages with ldns (see dns_message.h). Parsed messages are copied into plain values at once;
 * no ldns type leaves this file.
 */
#include "net/dns/dns_message.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "net/dns/dns_signature.h"
#include "net/dns/ldns_library.h"
#include "os/random.h"

enum {
	HEADER_LEN = 12,
	OPCODE_UPDATE = 5,
	/* The size that survives everywhere without fragments (DNS Flag Day 2020). */
	EDNS_SIZE = 1232,
	MAX_MESSAGE = 65000, /* leaves room for a signature */
	MAX_STRING = 255,
};

static int make_name(const struct ldns_library *ldns, const char *name, ldns_rdf **ret_name,
		     struct error *err)
{
	*ret_name = ldns->dname_new_frm_str(name);
	if (*ret_name)
		return 0;
	return error_set(err, ERR_PARSE, "cannot ask about '%s': it is not a domain name", name);
}

/* Appends the packet, which is freed, under a random id. The id is random: together with the port
 * it is what a forger would have to guess. */
static int add_packet(const struct ldns_library *ldns, ldns_pkt *own_packet, struct strbuf *out,
		      struct error *err)
{
	uint8_t *wire = NULL;
	size_t len = 0;
	uint16_t id;
	ldns_status status;

	random_bytes(&id, sizeof(id));
	ldns->pkt_set_id(own_packet, id);
	status = ldns->pkt2wire(&wire, own_packet, &len);
	ldns->pkt_free(own_packet);
	if (status != LDNS_STATUS_OK)
		return error_set(err, ERR_PARSE, "cannot make a DNS message: %s",
				 ldns->get_errorstr_by_id(status));
	if (len >= HEADER_LEN && len <= MAX_MESSAGE) {
		if ((wire[2] >> 3 & 15) == OPCODE_UPDATE)
			wire[2] &= 0xfe; /* ldns sets RD, which an update does not have */
		strbuf_add(out, wire, len);
	}
	free(wire);
	return len <= MAX_MESSAGE ? 0 : error_set(err, ERR_PARSE, "the DNS message is too large");
}

int dns_message_query(const char *name, enum dns_type type, bool recurses, struct strbuf *out,
		      struct error *err)
{
	struct ldns_library ldns;
	ldns_rdf *owner;
	ldns_pkt *packet;

	if (ldns_library_load(&ldns, err) < 0 || make_name(&ldns, name, &owner, err) < 0)
		return err->code;
	packet = ldns.pkt_query_new(owner, (ldns_rr_type)type, LDNS_RR_CLASS_IN,
				    recurses ? LDNS_RD : 0);
	if (!packet) {
		ldns.rdf_deep_free(owner);
		return error_set(err, ERR_INTERNAL, "cannot make a DNS query");
	}
	ldns.pkt_set_edns_udp_size(packet, EDNS_SIZE);
	return add_packet(&ldns, packet, out, err);
}

/* Gives the record the strings of a TXT value: pieces of at most 255 bytes. RFC 1035 section
 * 3.3.14. An empty value is one empty string. */
static void push_strings(const struct ldns_library *ldns, ldns_rr *record, const char *value)
{
	size_t left = strlen(value);

	do {
		uint8_t piece[1 + MAX_STRING];
		size_t len = left < MAX_STRING ? left : MAX_STRING;

		piece[0] = (uint8_t)len;
		memcpy(piece + 1, value, len);
		ldns->rr_push_rdf(record,
				  ldns->rdf_new_frm_data(LDNS_RDF_TYPE_STR, len + 1, piece));
		value += len;
		left -= len;
	} while (left);
}

/* RFC 2136 section 2.5: class IN adds, class NONE with TTL 0 deletes one record. */
static int push_change(const struct ldns_library *ldns, ldns_rr_list *list,
		       const struct dns_update *update, size_t index, struct error *err)
{
	const struct dns_update_record *change = &update->records[index];
	bool adds = update->kind == DNS_UPDATE_ADD;
	ldns_rdf *owner;
	ldns_rr *record;

	if (make_name(ldns, change->name, &owner, err) < 0)
		return err->code;
	record = ldns->rr_new();
	ldns->rr_set_owner(record, owner);
	ldns->rr_set_type(record, LDNS_RR_TYPE_TXT);
	ldns->rr_set_class(record, adds ? LDNS_RR_CLASS_IN : LDNS_RR_CLASS_NONE);
	ldns->rr_set_ttl(record, adds ? (uint32_t)change->ttl : 0);
	push_strings(ldns, record, change->value);
	ldns->rr_list_push_rr(list, record);
	return 0;
}

/* Makes the packet; the list of changes stays the caller's. Without prerequisites (RFC 2136 section
 * 2.4): adding a value that is there changes nothing. */
static int make_update(const struct ldns_library *ldns, const char *zone,
		       const ldns_rr_list *changes, ldns_pkt **ret_packet, struct error *err)
{
	ldns_rdf *zone_name;

	if (make_name(ldns, zone, &zone_name, err) < 0)
		return err->code;
	*ret_packet = ldns->update_pkt_new(zone_name, LDNS_RR_CLASS_IN, NULL, changes, NULL);
	if (*ret_packet)
		return 0;
	ldns->rdf_deep_free(zone_name);
	return error_set(err, ERR_INTERNAL, "cannot make a DNS update");
}

int dns_message_update(const struct dns_update *update, struct strbuf *out, struct error *err)
{
	struct ldns_library ldns;
	ldns_pkt *packet = NULL;
	ldns_rr_list *changes;
	int rc = 0;

	if (ldns_library_load(&ldns, err) < 0)
		return err->code;
	changes = ldns.rr_list_new();
	for (size_t i = 0; rc == 0 && i < update->count; i++)
		rc = push_change(&ldns, changes, update, i, err);
	if (rc == 0)
		rc = make_update(&ldns, update->zone, changes, &packet, err);
	ldns.rr_list_deep_free(changes);
	return rc == 0 ? add_packet(&ldns, packet, out, err) : rc;
}

/* Appends what ldns prints of a field. It escapes what cannot be printed, but not the tabs of a CAA
 * record, and all of it may reach a terminal. */
static void add_field(const struct ldns_library *ldns, const ldns_rdf *field, struct strbuf *out)
{
	AUTO_FREE char *text = field ? ldns->rdf2str(field) : NULL;

	if (text)
		strbuf_add_printable(out, text, strlen(text));
}

/* Lower-cased text of a name or address, without final dot. Heap. Names are compared as text in
 * many places, so they get one form here. */
static char *text_of(const struct ldns_library *ldns, const ldns_rdf *field)
{
	struct strbuf text = STRBUF_INIT;

	add_field(ldns, field, &text);
	if (text.len > 1 && text.text[text.len - 1] == '.')
		strbuf_truncate(&text, text.len - 1);
	ascii_lower_string(text.text);
	return strbuf_detach(&text);
}

/* The strings of a TXT record joined. Bytes below a blank or above ASCII are left out: what we look
 * for has none, and they must not reach anybody else. */
static char *strings_of(const struct ldns_library *ldns, const ldns_rr *record)
{
	struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < ldns->rr_rd_count(record); i++) {
		const ldns_rdf *field = ldns->rr_rdf(record, i);
		const uint8_t *bytes = ldns->rdf_data(field);

		for (size_t at = 1; at < ldns->rdf_size(field); at++)
			if (bytes[at] >= ' ' && bytes[at] < 0x7f)
				strbuf_addc(&text, (char)bytes[at]);
	}
	return strbuf_detach(&text);
}

/* Some fields of a record as text, between blanks. */
static char *fields_of(const struct ldns_library *ldns, const ldns_rr *record,
		       const size_t *indexes, size_t count)
{
	struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < count; i++) {
		if (i)
			strbuf_addc(&text, ' ');
		add_field(ldns, ldns->rr_rdf(record, indexes[i]), &text);
	}
	return strbuf_detach(&text);
}

static char *record_value(const struct ldns_library *ldns, const ldns_rr *record)
{
	switch ((int)ldns->rr_get_type(record)) {
	case DNS_TYPE_TXT:
		return strings_of(ldns, record);
	case DNS_TYPE_A:
	case DNS_TYPE_AAAA:
	case DNS_TYPE_CNAME:
	case DNS_TYPE_DNAME:
	case DNS_TYPE_NS:
		return text_of(ldns, ldns->rr_rdf(record, 0));
	/* Secondary servers that lag behind have another serial number. */
	case DNS_TYPE_SOA:
		return fields_of(ldns, record, (const size_t[]){0, 2}, 2);
	case DNS_TYPE_CAA:
		return fields_of(ldns, record, (const size_t[]){0, 1, 2}, 3);
	case DNS_TYPE_TLSA:
		return fields_of(ldns, record, (const size_t[]){0, 1, 2, 3}, 4);
	default:
		return xstrdup("");
	}
}

static void take_section(const struct ldns_library *ldns, const ldns_rr_list *section,
			 bool in_answer, struct dns_answer *answer)
{
	size_t count = section ? ldns->rr_list_rr_count(section) : 0;

	for (size_t i = 0; i < count && answer->count < DNS_MAX_RECORDS; i++) {
		const ldns_rr *record = ldns->rr_list_rr(section, i);

		ARRAY_GROW(answer->records, answer->count, answer->capacity);
		answer->records[answer->count++] = (struct dns_answer_record){
			.name = text_of(ldns, ldns->rr_owner(record)),
			.type = (int)ldns->rr_get_type(record),
			.ttl = ldns->rr_ttl(record),
			.value = record_value(ldns, record),
			.in_answer = in_answer,
		};
	}
}

int dns_message_read(struct span wire, struct dns_answer *ret_answer, struct error *err)
{
	struct ldns_library ldns;
	ldns_pkt *packet = NULL;
	ldns_status status;

	if (ldns_library_load(&ldns, err) < 0)
		return err->code;
	/* ldns (1.8.3) loses the memory of all but the last. */
	if (dns_signature_is_stray(wire))
		return error_set(err, ERR_PARSE,
				 "cannot read a DNS message: a signature is not at its end");
	status = ldns.wire2pkt(&packet, (const uint8_t *)wire.ptr, wire.len);
	if (status != LDNS_STATUS_OK)
		return error_set(err, ERR_PARSE, "cannot read a DNS message: %s",
				 ldns.get_errorstr_by_id(status));
	dns_answer_release(ret_answer);
	ret_answer->rcode = (int)ldns.pkt_get_rcode(packet);
	ret_answer->authoritative = ldns.pkt_aa(packet);
	take_section(&ldns, ldns.pkt_answer(packet), true, ret_answer);
	take_section(&ldns, ldns.pkt_authority(packet), false, ret_answer);
	take_section(&ldns, ldns.pkt_additional(packet), false, ret_answer);
	ldns.pkt_free(packet);
	return 0;
}

/* The length of the header and the first question; 0 if the message is shorter. Questions of ours
 * have no compression, and an answer has to repeat them as they are. */
static size_t question_end(struct span message)
{
	const uint8_t *bytes = (const uint8_t *)message.ptr;
	size_t at = HEADER_LEN;

	while (at < message.len && bytes[at] && bytes[at] < 64)
		at += 1u + bytes[at];
	return at + 5 <= message.len && !bytes[at] ? at + 5 : 0;
}

/* A reply that fits neither is ignored rather than reported: anybody can send packets. */
bool dns_message_answers(struct span query, struct span reply)
{
	size_t end = question_end(query);

	if (!end || reply.len < HEADER_LEN || memcmp(query.ptr, reply.ptr, 2) != 0 ||
	    !(reply.ptr[2] & 0x80))
		return false;
	/* A server that cannot read the message may answer without its question. */
	if (reply.ptr[4] == 0 && reply.ptr[5] == 0)
		return true;
	return question_end(reply) == end &&
	       memcmp(query.ptr + HEADER_LEN, reply.ptr + HEADER_LEN, end - HEADER_LEN) == 0;
}

bool dns_message_is_truncated(struct span reply)
{
	return reply.len >= HEADER_LEN && reply.ptr[2] & 0x02;
}
