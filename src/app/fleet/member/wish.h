/*
 * Names that the fleet wants in a certificate, in place of those that it has: `fleet want`. They
 * travel with the lineage's options, sealed, and stand in the renewal conf of each machine until
 * one of them has obtained the certificate.
 */
#ifndef APP_FLEET_MEMBER_WISH_H
#define APP_FLEET_MEMBER_WISH_H

#include "codec/ini.h"
#include "fleet/records.h"
#include "store/lineage/lineage.h"

/* Appends the names of the lineage's certificate. */
int wish_read_cert_names(struct lineage *lineage, struct strvec *ret_names,
			 struct error *err) WARN_UNUSED;
/* Adds the names that the lineage's conf has to options on their way into the store. */
int wish_write(struct lineage *lineage, struct ini *options, struct error *err) WARN_UNUSED;
/* Returns true if the store's options (NULL: there are none) may name such names. */
bool wish_is_in(const struct fleet_record *want);
/* Returns true if wish_note() would change the lineage's conf. */
bool wish_is_new(struct lineage *lineage, const struct fleet_record *want);
/* Records the names of the store's options (NULL: there are none) in the lineage's conf, if they
 * are for the certificate that is here, and else drops those there. */
int wish_note(struct lineage *lineage, const struct fleet_record *want,
	      struct error *err) WARN_UNUSED;

#endif
