/*
 * Names that a fleet wants in the next certificate, in place of those of the present one. They are
 * on record in the renewal conf, next to what renewal_state.h has there:
 *
 *	fleet_names = a.test, b.test
 */
#ifndef STORE_RENEWAL_FLEET_NAMES_H
#define STORE_RENEWAL_FLEET_NAMES_H

#include <stdbool.h>

#include "base/strvec.h"
#include "codec/ini.h"

/* Appends them, unless `ret_names` is NULL. Returns false if there are none. */
bool fleet_names_read(const struct ini *conf, struct strvec *ret_names);
/* Records them; an empty list removes the record. The caller saves the conf. */
void fleet_names_set(struct ini *conf, const struct strvec *names);

#endif
