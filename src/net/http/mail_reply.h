/*
 * What a mail server says while a mail is handed over to it, and how long it may take. The transfer
 * takes it down (http_transfer_mail.c); who explains a failure reads it (curl_failure.c).
 */
#ifndef NET_HTTP_MAIL_REPLY_H
#define NET_HTTP_MAIL_REPLY_H

#include <stdbool.h>

#include "base/strbuf.h"
#include "net/http/curl_library.h"

/* Limits of a mail, in seconds: for the connection with greeting, TLS and login, and for each
 * answer after that. RFC 5321 section 4.5.3.2 wants minutes, but here a renewal waits. */
#define MAIL_STEP_S 60
/* For the answer to the whole message, when the server may be delivering it: section 4.5.3.2.6. Who
 * gives up sooner sends it twice. */
#define MAIL_END_S 600
/* For the answer to QUIT, which changes nothing. */
#define MAIL_QUIT_S 5

struct mail_reply {
	const struct curl_library *library;
	struct strbuf text; /* the last one: its code and its words, printable */
	int code;           /* 0: none came */
	bool is_whole;      /* its last line has come */
	unsigned count;     /* of replies */
	bool took_end;      /* the server waits for the end of the message, or has it */
	bool has_decided;   /* and has answered that */
};

#endif
