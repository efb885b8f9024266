/*
 * The system's CA certificates, as files.
 */
#ifndef NET_HTTP_CA_STORE_H
#define NET_HTTP_CA_STORE_H

#include "base/strvec.h"

/* Appends the files that OpenSSL looks up in a directory by the hash of a name ("5ad8a5d6.0"). What
 * else lies there is left out. */
void ca_store_list_hashed(const char *dir, struct strvec *ret_files);

#endif
