/* Dialogues before a TLS handshake: which answers lead to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "net/http/starttls.h"

struct answer {
	const char *bytes;
	size_t len;
};
#define ANSWER(text)                                                                               \
	{                                                                                          \
		text, sizeof(text) - 1                                                             \
	}

/* Talks to a peer that gives these answers, one to each step, and then ends. What is said to it
 * goes to `ret_said`. */
static int talk(enum starttls protocol, const struct answer answers[static 3],
		struct strbuf *ret_said)
{
	AUTO(error) struct error err = ERROR_INIT;
	char said[4096];
	ssize_t count;
	int fds[2], rc;

	/* A read never takes more than one answer. */
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	for (size_t i = 0; i < 3 && answers[i].bytes; i++)
		assert_int_equal(write(fds[1], answers[i].bytes, answers[i].len), answers[i].len);
	shutdown(fds[1], SHUT_WR);
	rc = starttls_talk(protocol, fds[0], "a.test", &err);
	shutdown(fds[0], SHUT_WR);
	while ((count = read(fds[1], said, sizeof(said))) > 0)
		strbuf_add(ret_said, said, (size_t)count);
	close(fds[0]);
	close(fds[1]);
	return rc < 0 ? (int)err.code : 0;
}

static void test_answers_decide(void **state)
{
	static const struct {
		enum starttls protocol;
		struct answer answers[3];
		int rc;
	} rows[] = {
		{STARTTLS_SMTP,
		 {ANSWER("220-x\r\n220 y ESMTP\r\n"), ANSWER("250-z\r\n250 STARTTLS\r\n"),
		  ANSWER("220 go\r\n")},
		 0},
		{STARTTLS_SMTP, {ANSWER("554 no\r\n")}, ERR_PROTOCOL},
		{STARTTLS_SMTP,
		 {ANSWER("220 x\r\n"), ANSWER("250 y\r\n"), ANSWER("454 no\r\n")},
		 ERR_PROTOCOL},
		{STARTTLS_SMTP, {ANSWER("220 x\r\n")}, ERR_NETWORK},
		/* A line that is not whole is not believed. */
		{STARTTLS_SMTP, {ANSWER("220 x")}, ERR_NETWORK},
		{STARTTLS_IMAP, {ANSWER("* OK x\r\n"), ANSWER("* CAPS\r\na OK go\r\n")}, 0},
		{STARTTLS_IMAP, {ANSWER("* OK x\r\n"), ANSWER("a BAD no\r\n")}, ERR_PROTOCOL},
		{STARTTLS_IMAP, {ANSWER("* BYE\r\n")}, ERR_PROTOCOL},
		{STARTTLS_POP3, {ANSWER("+OK x\r\n"), ANSWER("+OK\r\n")}, 0},
		{STARTTLS_POP3, {ANSWER("-ERR\r\n")}, ERR_PROTOCOL},
		{STARTTLS_FTP, {ANSWER("220 x\r\n"), ANSWER("234 go\r\n")}, 0},
		{STARTTLS_FTP, {ANSWER("220 x\r\n"), ANSWER("530 no\r\n")}, ERR_PROTOCOL},
		{STARTTLS_XMPP,
		 {ANSWER("<stream:features><starttls/></stream:features>"), ANSWER("<proceed/>")},
		 0},
		{STARTTLS_XMPP, {ANSWER("<stream:error/></stream:stream>")}, ERR_PROTOCOL},
		{STARTTLS_LDAP,
		 {ANSWER("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00")},
		 0},
		{STARTTLS_LDAP,
		 {ANSWER("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00")},
		 ERR_PROTOCOL},
		{STARTTLS_LDAP, {ANSWER("\x30\x0c\x02")}, ERR_NETWORK},
		{STARTTLS_LDAP, {ANSWER("\x30\x03\x02\x01\x01")}, ERR_PROTOCOL},
		{STARTTLS_POSTGRES, {ANSWER("S")}, 0},
		{STARTTLS_POSTGRES, {ANSWER("N")}, ERR_PROTOCOL},
		{STARTTLS_NONE, {{NULL, 0}}, 0},
		/* More than the consent, which TLS would seem to protect. */
		{STARTTLS_SMTP,
		 {ANSWER("220 x\r\n"), ANSWER("250 y\r\n"), ANSWER("220 go\r\n250 z\r\n")},
		 ERR_PROTOCOL},
		{STARTTLS_IMAP, {ANSWER("* OK x\r\n"), ANSWER("a OK go\r\n* x")}, ERR_PROTOCOL},
		{STARTTLS_POP3, {ANSWER("+OK\r\n"), ANSWER("+OK\r\n+OK\r\n")}, ERR_PROTOCOL},
		{STARTTLS_XMPP,
		 {ANSWER("<stream:features><starttls/>"), ANSWER("<proceed/><message/>")},
		 ERR_PROTOCOL},
		{STARTTLS_LDAP,
		 {ANSWER("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00\x30")},
		 ERR_PROTOCOL},
		{STARTTLS_POSTGRES, {ANSWER("SE")}, ERR_PROTOCOL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(strbuf) struct strbuf said = STRBUF_INIT;
		int rc = talk(rows[i].protocol, rows[i].answers, &said);

		if (rc != rows[i].rc)
			fail_msg("%s, row %zu: %d", starttls_name(rows[i].protocol), i, rc);
	}
}

static void test_bytes_with_a_nul_are_said_whole(void **state)
{
	AUTO(strbuf) struct strbuf said = STRBUF_INIT;
	const struct answer yes[3] = {ANSWER("S")}, odd[3] = {ANSWER("\x30\x80")};

	assert_int_equal(talk(STARTTLS_POSTGRES, yes, &said), 0);
	assert_int_equal(said.len, 8);
	assert_memory_equal(said.text, "\0\0\0\x08\x04\xd2\x16\x2f", 8);
	strbuf_clear(&said);
	assert_int_equal(talk(STARTTLS_LDAP, odd, &said), ERR_PROTOCOL);
	assert_int_equal(said.len, 31);
}

static void test_xmpp_is_told_the_name(void **state)
{
	const struct answer answers[3] = {ANSWER("<stream:features><starttls/>")};
	AUTO(strbuf) struct strbuf said = STRBUF_INIT;

	assert_int_equal(talk(STARTTLS_XMPP, answers, &said), ERR_NETWORK);
	assert_non_null(strstr(said.text, "to='a.test'"));
}

static void test_names_are_those_of_the_option(void **state)
{
	enum starttls protocol;

	for (int i = 0; i < STARTTLS__COUNT; i++) {
		assert_true(starttls_by_name(starttls_name((enum starttls)i), &protocol));
		assert_int_equal(protocol, i);
	}
	assert_false(starttls_by_name("gopher", &protocol));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers_decide),
		cmocka_unit_test(test_bytes_with_a_nul_are_said_whole),
		cmocka_unit_test(test_xmpp_is_told_the_name),
		cmocka_unit_test(test_names_are_those_of_the_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
