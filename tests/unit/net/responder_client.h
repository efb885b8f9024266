/*
 * A client of the responder, for its tests: it starts one for http-01 and sends it requests.
 */
#ifndef TESTS_NET_RESPONDER_CLIENT_H
#define TESTS_NET_RESPONDER_CLIENT_H

#include <stdint.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "net/responder/responder.h"
#include "os/file/file.h"

#define PATH "/.well-known/acme-challenge/"
/* A loaded machine answers late; without an answer no test may hang. */
#define PATIENCE_SECONDS 20

static struct responder *start_responder(const char *address)
{
	const struct responder_options options = {.protocol = RESPONDER_HTTP, .address = address};
	AUTO(error) struct error err = ERROR_INIT;
	struct responder *responder = NULL;

	if (responder_start(&options, &responder, &err) < 0)
		fail_msg("%s", err.text);
	assert_in_range(responder_port(responder), 1024, 65535);
	return responder;
}

/* Another one, on a port of 127.0.0.1; the code of responder_start(). */
static inline int start_on_port(int port, struct responder **ret_responder, struct error *err)
{
	const struct responder_options options = {
		.protocol = RESPONDER_HTTP, .address = "127.0.0.1", .port = port};

	return responder_start(&options, ret_responder, err);
}

static int connect_to(const struct responder *responder)
{
	struct sockaddr_in peer = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)responder_port(responder)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	assert_int_equal(connect(fd, (const struct sockaddr *)&peer, sizeof(peer)), 0);
	return fd;
}

static void read_all(int fd, struct strbuf *ret_answer)
{
	char bytes[1000];
	ssize_t count;

	while ((count = recv(fd, bytes, sizeof(bytes), 0)) > 0)
		strbuf_add(ret_answer, bytes, (size_t)count);
	assert_int_equal(count, 0);
}

static void send_text(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static inline void get(const struct responder *responder, const char *token,
		       struct strbuf *ret_answer)
{
	AUTO_CLOSE int fd = connect_to(responder);
	AUTO_FREE char *request = xasprintf("GET " PATH "%s HTTP/1.1\r\nHost: a\r\n\r\n", token);

	strbuf_clear(ret_answer);
	send_text(fd, request);
	read_all(fd, ret_answer);
}

/* The answer is "TOKEN.print". The loop of the server has taken a turn when this returns. */
static void publish(struct responder *responder, const char *token)
{
	AUTO_FREE char *answer = xasprintf("%s.print", token);
	AUTO(error) struct error err = ERROR_INIT;

	if (responder_publish_http(responder, token, answer, &err) < 0)
		fail_msg("%s", err.text);
}

#endif
