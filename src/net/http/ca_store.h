/*
 * The system's CA certificates as files.
 */
#ifndef NET_HTTP_CA_STORE_H
#define NET_HTTP_CA_STORE_H

#include "base/strvec.h"

/* Appends the files in the directory that OpenSSL finds by the hash of a certificate's subject
 * ("5ad8a5d6.0"). Other files are ignored. */
void ca_store_list_hashed(const char *dir, struct strvec *ret_files);

#endif
