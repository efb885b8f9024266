/*
 * The payload of an ACME v1 request: an object that names its resource. Used by acme/ only.
 */
#ifndef ACME_V1_PAYLOAD_H
#define ACME_V1_PAYLOAD_H

#include "codec/json.h"

/* {"resource": ...}, to which the caller adds and which it frees. */
struct json *acme_v1_payload(const char *resource);
/* Prints and frees the payload; the caller frees the text. */
char *acme_v1_print(struct json *own_payload);

#endif
