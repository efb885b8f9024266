/*
 * The dialogues before a TLS handshake (see starttls.h). Each is a few rows: what to send, and how
 * to tell that the answer is complete and positive. libcurl supports some of these protocols, but
 * not all in every build, and goes on talking after the handshake. This works the same for all of
 * them.
 */
#include "net/http/starttls.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "os/clock.h"

/* Of one answer. */
#define MAX_ANSWER 65536
#define MAX_STEPS 3
/* For the whole dialogue (milliseconds): nothing else is done meanwhile. */
#define LIMIT_MS 4000

/* How an answer ends. */
enum ending {
	BY_CODE,   /* a line with this code and a blank; lines with a hyphen come before it */
	BY_PREFIX, /* a line that begins with this */
	BY_TEXT,   /* this text anywhere */
	BY_BYTES,  /* exactly these bytes in front */
	BY_LDAP,   /* a message whose result is success */
};

struct step {
	const char *say; /* NULL: nothing; %s is the host */
	size_t say_len;  /* of binary data, else 0 */
	enum ending ending;
	const char *good; /* what the answer must be */
	const char *bad;  /* what ends it if it is negative, for BY_PREFIX and BY_TEXT */
};

/* RFC 4511 section 4.14.1: an extended request with number 1 and this object identifier. */
#define LDAP_REQUEST                                                                               \
	"\x30\x1d\x02\x01\x01\x77\x18\x80\x16"                                                     \
	"1.3.6.1.4.1.1466.20037"
/* PostgreSQL's SSLRequest: the length, and the code 80877103. */
#define POSTGRES_REQUEST "\x00\x00\x00\x08\x04\xd2\x16\x2f"

static const struct {
	const char *name;
	struct step steps[MAX_STEPS];
	size_t count;
} protocols[] = {
	[STARTTLS_NONE] = {.name = "tls"},
	/* RFC 3207 */
	[STARTTLS_SMTP] = {"smtp",
			   {{.ending = BY_CODE, .good = "220"},
			    {.say = "EHLO localhost\r\n", .ending = BY_CODE, .good = "250"},
			    {.say = "STARTTLS\r\n", .ending = BY_CODE, .good = "220"}},
			   3},
	/* RFC 9051 section 6.2.1 */
	[STARTTLS_IMAP] =
		{"imap",
		 {{.ending = BY_PREFIX, .good = "* OK", .bad = "* BYE"},
		  {.say = "a STARTTLS\r\n", .ending = BY_PREFIX, .good = "a OK", .bad = "a "}},
		 2},
	/* RFC 2595 section 4 */
	[STARTTLS_POP3] = {"pop3",
			   {{.ending = BY_PREFIX, .good = "+OK", .bad = "-"},
			    {.say = "STLS\r\n", .ending = BY_PREFIX, .good = "+OK", .bad = "-"}},
			   2},
	/* RFC 4217 section 4 */
	[STARTTLS_FTP] = {"ftp",
			  {{.ending = BY_CODE, .good = "220"},
			   {.say = "AUTH TLS\r\n", .ending = BY_CODE, .good = "234"}},
			  2},
	/* RFC 6120 section 5.4 */
	[STARTTLS_XMPP] = {"xmpp",
			   {{.say = "<?xml version='1.0'?><stream:stream to='%s' "
				    "xmlns='jabber:client' "
				    "xmlns:stream='http://etherx.jabber.org/streams' "
				    "version='1.0'>",
			     .ending = BY_TEXT,
			     .good = "<starttls",
			     .bad = "</stream:"},
			    {.say = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
			     .ending = BY_TEXT,
			     .good = "<proceed",
			     .bad = "<failure"}},
			   2},
	[STARTTLS_LDAP] =
		{"ldap",
		 {{.say = LDAP_REQUEST, .say_len = sizeof(LDAP_REQUEST) - 1, .ending = BY_LDAP}},
		 1},
	[STARTTLS_POSTGRES] = {"postgres",
			       {{.say = POSTGRES_REQUEST,
				 .say_len = sizeof(POSTGRES_REQUEST) - 1,
				 .ending = BY_BYTES,
				 .good = "S"}},
			       1},
};
STATIC_ASSERT(ARRAY_LEN(protocols) == STARTTLS__COUNT, "every protocol has a row");

const char *starttls_name(enum starttls protocol)
{
	return protocols[protocol].name;
}

bool starttls_by_name(const char *name, enum starttls *ret_protocol)
{
	for (size_t i = 0; i < ARRAY_LEN(protocols); i++) {
		if (strcmp(protocols[i].name, name) == 0) {
			*ret_protocol = (enum starttls)i;
			return true;
		}
	}
	return false;
}

enum verdict {
	NOT_WHOLE,
	GOOD,
	BAD,
};

static bool begins_with(struct span text, const char *prefix)
{
	return span_skip_prefix(&text, prefix);
}

/* A reply code of SMTP or FTP (RFC 5321 section 4.2): the last line has no hyphen after it.
 * Greetings of several lines are common ("220-..."), and the code of the last one counts. */
static enum verdict judge_code_line(const struct step *step, struct span line)
{
	bool is_last = line.len >= 3 && ascii_is_digit(line.ptr[0]) &&
		       ascii_is_digit(line.ptr[1]) && ascii_is_digit(line.ptr[2]) &&
		       (line.len == 3 || line.ptr[3] == ' ');

	if (!is_last)
		return NOT_WHOLE;
	return begins_with(line, step->good) ? GOOD : BAD;
}

static enum verdict judge_prefix_line(const struct step *step, struct span line)
{
	if (begins_with(line, step->good))
		return GOOD;
	return begins_with(line, step->bad) ? BAD : NOT_WHOLE;
}

/* Only whole lines are judged: a packet may end in the middle of one. */
static enum verdict judge_lines(const struct step *step, struct span *answer)
{
	enum verdict verdict = NOT_WHOLE;
	struct span line;

	while (verdict == NOT_WHOLE && memchr(answer->ptr, '\n', answer->len) &&
	       span_take_line(answer, &line))
		verdict = step->ending == BY_CODE ? judge_code_line(step, line)
						  : judge_prefix_line(step, line);
	return verdict;
}

static void skip_bytes(struct span *text, size_t len)
{
	*text = span_make(text->ptr + len, text->len - len);
}

static bool contains(struct span text, const char *part)
{
	return memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

/* RFC 4511 section 4.14.2: an extended response (tag 0x78) that begins with the result code. */
static enum verdict judge_ldap(struct span answer)
{
	const unsigned char *bytes = (const unsigned char *)answer.ptr;

	if (answer.len < 2 || (bytes[1] < 0x80 && answer.len < 2 + (size_t)bytes[1]))
		return NOT_WHOLE;
	/* A success is short: no long form of a length is needed. */
	if (answer.len < 10 || bytes[0] != 0x30 || bytes[1] >= 0x80 ||
	    memcmp(bytes + 2, "\x02\x01\x01\x78", 4) != 0)
		return BAD;
	return memcmp(bytes + 7, "\x0a\x01\x00", 3) == 0 ? GOOD : BAD;
}

/* The element that begins with `good` ends with its angle bracket, <proceed xmlns='...'/>. */
static enum verdict judge_text(const struct step *step, struct span *answer)
{
	const char *good = memmem(answer->ptr, answer->len, step->good, strlen(step->good));
	const char *end = good ? memchr(good, '>', answer->len - (size_t)(good - answer->ptr))
			       : NULL;

	if (!good)
		return contains(*answer, step->bad) ? BAD : NOT_WHOLE;
	skip_bytes(answer, end ? (size_t)(end + 1 - answer->ptr) : answer->len);
	return end ? GOOD : NOT_WHOLE;
}

/* `answer`: what is left of it when it is good. */
static enum verdict judge(const struct step *step, struct span *answer)
{
	enum verdict verdict;

	switch (step->ending) {
	case BY_CODE:
	case BY_PREFIX:
		return judge_lines(step, answer);
	case BY_TEXT:
		return judge_text(step, answer);
	case BY_BYTES:
		if (answer->len < strlen(step->good))
			return NOT_WHOLE;
		return span_skip_prefix(answer, step->good) ? GOOD : BAD;
	case BY_LDAP:
		verdict = judge_ldap(*answer);
		if (verdict == GOOD)
			skip_bytes(answer, 2 + (size_t)(unsigned char)answer->ptr[1]);
		return verdict;
	}
	return BAD;
}

/* The host stands in XMPP's stream header only; it has no character that XML would have to
 * escape. */
static int say(const struct step *step, int fd, const char *host, struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	const char *mark = step->say && !step->say_len ? strstr(step->say, "%s") : NULL;
	size_t len = step->say_len ? step->say_len : step->say ? strlen(step->say) : 0;

	if (mark) {
		strbuf_add(&text, step->say, (size_t)(mark - step->say));
		strbuf_adds(&text, host);
		strbuf_adds(&text, mark + 2);
	} else {
		strbuf_add(&text, step->say, len);
	}
	if (text.len && send(fd, text.text, text.len, MSG_NOSIGNAL) != (ssize_t)text.len)
		return error_set(err, ERR_NETWORK, "the connection ended before TLS");
	return 0;
}

/* The next bytes of an answer; 0 at the end of the connection, less if there are none in time. The
 * deadline is for the whole dialogue. A service that sends a byte a second must not hold us up. */
static ssize_t hear(int fd, int64_t deadline, char *bytes, size_t len)
{
	struct pollfd waiting = {.fd = fd, .events = POLLIN};
	ssize_t count;

	do {
		int64_t left = deadline - clock_mono_ms(clock_system());

		if (left <= 0 || poll(&waiting, 1, (int)left) <= 0)
			return -1;
		count = recv(fd, bytes, len, 0);
	} while (count < 0 && (errno == EINTR || errno == EAGAIN));
	return count;
}

/* Quotes the words of the service, which may be another one than was meant. ERR_NETWORK: they are
 * not whole. */
static int refuse_answer(const struct strbuf *answer, enum err_code code, struct error *err)
{
	AUTO(strbuf) struct strbuf shown = STRBUF_INIT;

	strbuf_add_printable(&shown, answer->text, answer->len < 100 ? answer->len : 100);
	return error_set(err, code, "the service does not start TLS: '%s'", shown.text);
}

/* `is_last`: TLS comes next, so what follows the answer is not the service's (CVE-2011-0411): an
 * attacker injects it to have it taken for a part of the protected connection. */
static int listen_for(const struct step *step, bool is_last, int fd, int64_t deadline,
		      struct error *err)
{
	AUTO(strbuf) struct strbuf answer = STRBUF_INIT;
	enum verdict verdict = NOT_WHOLE;
	struct span rest = span_of("");
	char chunk[2048];

	while (verdict == NOT_WHOLE && answer.len < MAX_ANSWER) {
		ssize_t count = hear(fd, deadline, chunk, sizeof(chunk));

		if (count <= 0 && answer.len)
			return refuse_answer(&answer, ERR_NETWORK, err);
		if (count <= 0)
			return error_set(err, ERR_NETWORK,
					 count ? "no answer within %d seconds"
					       : "the connection ended without an answer",
					 LIMIT_MS / 1000);
		strbuf_add(&answer, chunk, (size_t)count);
		rest = span_make(answer.text, answer.len);
		verdict = judge(step, &rest);
	}
	if (verdict == GOOD && is_last && rest.len)
		return error_set(err, ERR_PROTOCOL,
				 "plain text follows the service's reply to STARTTLS; somebody may "
				 "have injected it");
	if (verdict == GOOD)
		return 0;
	return refuse_answer(&answer, ERR_PROTOCOL, err);
}

/* Prefixed with the protocol's name: an error here is the service's, not one of TLS. */
int starttls_talk(enum starttls protocol, int fd, const char *host, struct error *err)
{
	int64_t deadline = clock_mono_ms(clock_system()) + LIMIT_MS;

	for (size_t i = 0; i < protocols[protocol].count; i++) {
		const struct step *step = &protocols[protocol].steps[i];

		if (say(step, fd, host, err) < 0 ||
		    listen_for(step, i + 1 == protocols[protocol].count, fd, deadline, err) < 0)
			return error_wrap(err, "%s", protocols[protocol].name);
	}
	return 0;
}
