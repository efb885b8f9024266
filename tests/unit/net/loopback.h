/*
 * A small web server on loopback for tests of the client: a process of its own that answers by path
 * until it is stopped. Each connection gets one answer.
 *
 *	/text              "hello"
 *	/echo              method, chosen fields and body of the request
 *	/status/N          status N, empty body
 *	/body/N            N bytes of body with their length
 *	/endless           a body without length that does not end
 *	/fields/N          N header fields
 *	/long-fields       a header that does not end
 *	/field-controls    a header field with control characters, and one whose name is none
 *	/redirect/N        302 to /redirect/N-1, and from 0 to /text
 *	/close             no answer
 *	/half              a body shorter than its length says
 *	/garbage           bytes that are not HTTP
 *	/stall             half an answer, then silence
 */
#ifndef TESTS_NET_LOOPBACK_H
#define TESTS_NET_LOOPBACK_H

struct loopback {
	int pid, port;
};

void loopback_start(struct loopback *ret_server);
void loopback_stop(struct loopback *server);
/* "http://127.0.0.1:PORT<path>", heap. */
char *loopback_url(const struct loopback *server, const char *path);

#endif
