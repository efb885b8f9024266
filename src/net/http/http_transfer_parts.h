/*
 * The parts of a transfer's options share this; see http_transfer.h.
 */
#ifndef NET_HTTP_HTTP_TRANSFER_PARTS_H
#define NET_HTTP_HTTP_TRANSFER_PARTS_H

#include "net/http/http_transfer.h"

/* Keeps the result of setting an option; one that libcurl refuses ends the transfer. */
void http_transfer_note(struct http_transfer *transfer, CURLcode result);
/* Options are set in a row and the first failure is kept: a handle with one missing option is not
 * used. */
#define SET(option, value)                                                                         \
	http_transfer_note(transfer, library->easy_setopt(transfer->easy, (option), (value)))
/* Sets the options of a request with the method HTTP_MAIL that are not those of all requests. */
void http_transfer_set_mail(struct http_transfer *transfer, const struct curl_library *library);

#endif
