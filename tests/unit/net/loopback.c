/*
 * The server of loopback.h.
 */
#include "loopback.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/span.h"
#include "base/strbuf.h"

static bool send_bytes(int fd, const void *bytes, size_t len)
{
	return send(fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static bool send_text(int fd, const char *text)
{
	return send_bytes(fd, text, strlen(text));
}

static void send_body(int fd, const char *status, const char *fields, const char *body)
{
	AUTO_FREE char *answer = xasprintf("HTTP/1.1 %s\r\nConnection: close\r\n%s"
					   "Content-Length: %zu\r\n\r\n%s",
					   status, fields, strlen(body), body);

	send_text(fd, answer);
}

static void serve_text(int fd, long number, const char *request)
{
	send_body(fd, "200 OK", "Content-Type: text/plain\r\n", "hello");
}

static void serve_echo(int fd, long number, const char *request)
{
	send_body(fd, "200 OK", "", request);
}

static void serve_status(int fd, long number, const char *request)
{
	AUTO_FREE char *status = xasprintf("%ld Some reason", number);

	send_body(fd, status, "", "");
}

static void serve_bytes(int fd, long number, const char *request)
{
	AUTO_FREE char *body = xmalloc((size_t)number + 1);

	memset(body, 'x', (size_t)number);
	body[number] = '\0';
	send_body(fd, "200 OK", "", body);
}

static void serve_endless(int fd, long number, const char *request)
{
	static const char bytes[4096];

	send_text(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
	while (send_bytes(fd, bytes, sizeof(bytes))) {
	}
}

static void serve_fields(int fd, long number, const char *request)
{
	AUTO(strbuf) struct strbuf fields = STRBUF_INIT;

	for (long i = 0; i < number; i++)
		strbuf_addf(&fields, "X-%ld: %ld\r\n", i, i);
	send_body(fd, "200 OK", fields.text, "");
}

static void serve_long_fields(int fd, long number, const char *request)
{
	send_text(fd, "HTTP/1.1 200 OK\r\nX: ");
	while (send_text(fd, "0123456789abcdef")) {
	}
}

static void serve_field_controls(int fd, long number, const char *request)
{
	send_body(fd, "200 OK", "X-Escape: a\033[31mb\x07\r\nB(a)d: 1\r\nX-Good: yes\r\n", "");
}

static void serve_redirect(int fd, long number, const char *request)
{
	AUTO_FREE char *fields = number > 0 ? xasprintf("Location: /redirect/%ld\r\n", number - 1)
					    : xstrdup("Location: /text\r\n");

	send_body(fd, "302 Found", fields, "moved");
}

static void serve_nothing(int fd, long number, const char *request)
{
}

static void serve_half(int fd, long number, const char *request)
{
	send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly so much");
}

static void serve_garbage(int fd, long number, const char *request)
{
	send_text(fd, "\x01\x02\x03 what is this\r\n\r\n");
}

static void serve_stall(int fd, long number, const char *request)
{
	send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly so much");
	sleep(30);
}

static const struct {
	const char *path; /* prefix; a number may follow */
	void (*serve)(int fd, long number, const char *request);
} pages[] = {
	{"/text", serve_text},
	{"/echo", serve_echo},
	{"/status/", serve_status},
	{"/body/", serve_bytes},
	{"/endless", serve_endless},
	{"/fields/", serve_fields},
	{"/long-fields", serve_long_fields},
	{"/field-controls", serve_field_controls},
	{"/redirect/", serve_redirect},
	{"/close", serve_nothing},
	{"/half", serve_half},
	{"/garbage", serve_garbage},
	{"/stall", serve_stall},
};

/* Reads head and body of a request. */
static void read_request(int fd, struct strbuf *ret_request)
{
	char bytes[4096];
	ssize_t count;
	size_t wanted = SIZE_MAX;

	while (ret_request->len < wanted && (count = recv(fd, bytes, sizeof(bytes), 0)) > 0) {
		const char *end, *length;

		strbuf_add(ret_request, bytes, (size_t)count);
		end = strstr(ret_request->text, "\r\n\r\n");
		length = strstr(ret_request->text, "Content-Length: ");
		if (end)
			wanted = (size_t)(end + 4 - ret_request->text) +
				 (length ? strtoul(length + 16, NULL, 10) : 0);
	}
}

static void serve(int fd)
{
	AUTO(strbuf) struct strbuf request = STRBUF_INIT;
	struct span rest, method, target;

	read_request(fd, &request);
	rest = span_make(request.text, request.len);
	if (!span_take_until(&rest, ' ', &method) || !span_take_until(&rest, ' ', &target))
		return;
	for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
		struct span path = target;

		if (span_skip_prefix(&path, pages[i].path)) {
			pages[i].serve(fd, strtol(path.ptr, NULL, 10), request.text);
			return;
		}
	}
}

static void accept_forever(int listener)
{
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd >= 0 && fork() == 0) {
			serve(fd);
			_exit(0);
		}
		close(fd);
	}
}

void loopback_start(struct loopback *ret_server)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(listener, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 100), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
	ret_server->port = ntohs(address.sin_port);
	ret_server->pid = fork();
	if (ret_server->pid == 0) {
		setpgid(0, 0);
		accept_forever(listener);
	}
	setpgid(ret_server->pid, ret_server->pid);
	close(listener);
}

void loopback_stop(struct loopback *server)
{
	kill(-server->pid, SIGKILL);
	waitpid(server->pid, NULL, 0);
}

char *loopback_url(const struct loopback *server, const char *path)
{
	return xasprintf("http://127.0.0.1:%d%s", server->port, path);
}
