/*
 * The files of a member, and the settings that describe the store: see member.h. Used by app/fleet/
 * only.
 */
#ifndef APP_FLEET_MEMBER_MEMBER_FILES_H
#define APP_FLEET_MEMBER_MEMBER_FILES_H

#include "base/secret.h"
#include "codec/ini.h"
#include "config/settings.h"

/* Returns the path of a file below fleet/, which the caller frees. */
char *member_files_path(const struct settings *settings, const char *name) WARN_UNUSED;
/* Returns this machine's name in the fleet, which the caller frees. */
char *member_files_node_name(const struct settings *settings) WARN_UNUSED;
/* Reads the fleet's key. ERR_NOT_FOUND; ERR_CONFIG: it is not a key, or others may read it. */
int member_files_read_key(const struct settings *settings, struct secret *ret_key,
			  struct error *err) WARN_UNUSED;
/* Writes the key of a machine that has none yet. */
int member_files_write_key(const struct settings *settings, const struct secret *key,
			   struct error *err) WARN_UNUSED;
/* The same for the key that is to take its place. Reading it is no failure if there is none. */
int member_files_read_next_key(const struct settings *settings, struct secret *ret_key,
			       struct error *err) WARN_UNUSED;
int member_files_write_next_key(const struct settings *settings, const struct secret *key,
				struct error *err) WARN_UNUSED;
/* Puts the next key, which must be that one, into the place of the key, whose contents are gone
 * then. ERR_BUSY: somebody has put another one there. */
int member_files_accept_next_key(const struct settings *settings, const struct secret *key,
				 struct error *err) WARN_UNUSED;
/* Reads the state, which is empty if there is none. The caller frees it. */
int member_files_read_state(const struct settings *settings, struct ini **ret_state,
			    struct error *err) WARN_UNUSED;
/* Writes the state. */
int member_files_write_state(const struct settings *settings, const struct ini *state,
			     struct error *err) WARN_UNUSED;
/* Reads the password of --fleet-user, which is empty if there is no user. ERR_CONFIG: no file is
 * named, or others may read it. */
int member_files_read_password(const struct settings *settings, struct secret *ret_password,
			       struct error *err) WARN_UNUSED;
/* ERR_CONFIG if the endpoints or the prefix cannot be used. */
int member_files_check_endpoints(const struct settings *settings, struct error *err) WARN_UNUSED;

#endif
