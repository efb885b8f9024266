/*
 * libldns, loaded when the first DNS message is built, so that commands that ask no name server do
 * not load it.
 */
#ifndef NET_DNS_LDNS_LIBRARY_H
#define NET_DNS_LDNS_LIBRARY_H

#include <ldns/ldns.h>

#include "base/error.h"
#include "base/macros.h"

/* The functions in use; each becomes a member of its name without "ldns_". */
#define LDNS_FUNCTIONS(X)                                                                          \
	X(dname_new_frm_str)                                                                       \
	X(get_errorstr_by_id)                                                                      \
	X(pkt_additional)                                                                          \
	X(pkt_answer)                                                                              \
	X(pkt_authority)                                                                           \
	X(pkt_free)                                                                                \
	X(pkt_get_rcode)                                                                           \
	X(pkt_query_new)                                                                           \
	X(pkt_aa)                                                                                  \
	X(pkt_set_edns_udp_size)                                                                   \
	X(pkt_set_id)                                                                              \
	X(pkt2wire)                                                                                \
	X(rdf2str)                                                                                 \
	X(rdf_data)                                                                                \
	X(rdf_deep_free)                                                                           \
	X(rdf_new_frm_data)                                                                        \
	X(rdf_size)                                                                                \
	X(rr_get_type)                                                                             \
	X(rr_list_deep_free)                                                                       \
	X(rr_list_new)                                                                             \
	X(rr_list_push_rr)                                                                         \
	X(rr_list_rr)                                                                              \
	X(rr_list_rr_count)                                                                        \
	X(rr_new)                                                                                  \
	X(rr_owner)                                                                                \
	X(rr_push_rdf)                                                                             \
	X(rr_rd_count)                                                                             \
	X(rr_rdf)                                                                                  \
	X(rr_set_class)                                                                            \
	X(rr_set_owner)                                                                            \
	X(rr_set_ttl)                                                                              \
	X(rr_set_type)                                                                             \
	X(rr_ttl)                                                                                  \
	X(update_pkt_new)                                                                          \
	X(wire2pkt)

struct ldns_library {
#define X(name) __typeof__(&ldns_##name) name;
	LDNS_FUNCTIONS(X)
#undef X
};

/* Loads the library and fills in its functions; cheap after the first call. ERR_IO: it is not
 * installed. */
int ldns_library_load(struct ldns_library *ret_library, struct error *err) WARN_UNUSED;

#endif
