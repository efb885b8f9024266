/*
 * The files of a member, and what its settings say of the store: see member.h. Used by app/fleet/
 * only.
 */
#ifndef APP_FLEET_MEMBER_FILES_H
#define APP_FLEET_MEMBER_FILES_H

#include "base/secret.h"
#include "codec/ini.h"
#include "config/settings.h"

/* The path of a file below fleet/, which the caller frees. */
char *member_files_path(const struct settings *settings, const char *name) WARN_UNUSED;
/* The name of this machine in the fleet, which the caller frees. */
char *member_files_node_name(const struct settings *settings) WARN_UNUSED;
/* Reads the fleet's key. ERR_NOT_FOUND; ERR_CONFIG: it is not a key, or others may read it. */
int member_files_read_key(const struct settings *settings, struct secret *ret_key,
			  struct error *err) WARN_UNUSED;
/* Writes it, where none may be yet. */
int member_files_write_key(const struct settings *settings, const struct secret *key,
			   struct error *err) WARN_UNUSED;
/* Reads the state; an empty one if there is none. The caller frees it. */
int member_files_read_state(const struct settings *settings, struct ini **ret_state,
			    struct error *err) WARN_UNUSED;
/* Writes the state. */
int member_files_write_state(const struct settings *settings, const struct ini *state,
			     struct error *err) WARN_UNUSED;
/* Reads the password of --fleet-user; empty if there is no user. ERR_CONFIG: no file is named, or
 * others may read it. */
int member_files_read_password(const struct settings *settings, struct secret *ret_password,
			       struct error *err) WARN_UNUSED;
/* ERR_CONFIG unless endpoints and prefix can be used. */
int member_files_check_endpoints(const struct settings *settings, struct error *err) WARN_UNUSED;

#endif
