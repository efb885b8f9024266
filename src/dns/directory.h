/*
 * Which zone a name belongs to, each question asked once per session. Internal to dns/.
 */
#ifndef DNS_DIRECTORY_H
#define DNS_DIRECTORY_H

#include "base/error.h"
#include "base/macros.h"

struct dns_directory;
struct dns_session;
struct dns_zone;

struct dns_directory *dns_directory_new(void);
void dns_directory_free(struct dns_directory *directory);

/* The zone that holds `name`: the first of name, its parent, ... that the provider has. Borrowed
 * from the session. ERR_CONFIG: none; the text lists the names tried. */
int dns_find_zone(struct dns_session *session, const char *name, const struct dns_zone **ret_zone,
		  struct error *err) WARN_UNUSED;

#endif
