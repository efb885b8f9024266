/*
 * Header and body of a mail (see mail_text.h). Texts quote CAs and programs, in UTF-8 and in lines
 * of any length, so the body is in quoted-printable (RFC 2045 section 6.7), which leaves what is
 * short and ASCII readable as it is. The subject is ASCII of our own, apart from names.
 */
#include "app/notify/mail_text.h"

#include <string.h>

#include "base/alloc.h"
#include "base/span.h"
#include "codec/datetime.h"
#include "os/random.h"

/* Characters of an encoded line, without the "=" that continues it. */
#define MOST_COLUMNS 75

/* "." alone on a line ends a mail in SMTP, and older programs take "From " for the next one. */
static bool needs_no_code(struct span line, size_t at)
{
	unsigned char byte = (unsigned char)line.ptr[at];

	if (byte == '.' || byte == 'F')
		return at != 0;
	if (byte == ' ')
		return at + 1 < line.len; /* none at the end of a line */
	return byte > ' ' && byte < 0x7f && byte != '=';
}

static void add_encoded_line(struct strbuf *out, struct span line, const char *eol)
{
	size_t columns = 0;

	for (size_t i = 0; i < line.len; i++) {
		bool plain = needs_no_code(line, i);

		if (columns + (plain ? 1 : 3) > MOST_COLUMNS) {
			strbuf_addf(out, "=%s", eol);
			columns = 0;
		}
		if (plain)
			strbuf_addc(out, line.ptr[i]);
		else
			strbuf_addf(out, "=%02X", (unsigned char)line.ptr[i]);
		columns += plain ? 1 : 3;
	}
	strbuf_adds(out, eol);
}

/* Names of certificates need not be ASCII; mail programs show others as they like. */
static void add_subject(struct strbuf *out, const char *subject, const char *eol)
{
	strbuf_adds(out, "Subject: ");
	for (; *subject; subject++)
		strbuf_addc(out, *subject >= ' ' && *subject < 0x7f ? *subject : '?');
	strbuf_adds(out, eol);
}

/* RFC 5322 wants an offset where HTTP has the name of the zone. */
static void add_date(struct strbuf *out, int64_t now, const char *eol)
{
	AUTO_FREE char *date = datetime_http(now);

	strbuf_addf(out, "Date: %.*s+0000%s", (int)(strlen(date) - strlen("GMT")), date, eol);
}

void mail_text_add(const struct digest *digest, const char *from, const char *to, const char *eol,
		   struct strbuf *out)
{
	AUTO_FREE char *subject = digest_subject(digest);
	AUTO_FREE char *text = digest_text(digest, 0);
	struct span rest = span_of(text), line;
	uint64_t number;

	random_bytes(&number, sizeof(number));
	if (from)
		strbuf_addf(out, "From: %s%s", from, eol);
	strbuf_addf(out, "To: %s%s", to, eol);
	add_subject(out, subject, eol);
	add_date(out, digest->now, eol);
	strbuf_addf(out, "Message-ID: <certbot.%016llx@%s>%s", (unsigned long long)number,
		    digest->host, eol);
	/* Keeps vacation programs from answering (RFC 3834). */
	strbuf_addf(out, "Auto-Submitted: auto-generated%sMIME-Version: 1.0%s", eol, eol);
	strbuf_addf(out, "Content-Type: text/plain; charset=utf-8%s", eol);
	strbuf_addf(out, "Content-Transfer-Encoding: quoted-printable%s%s", eol, eol);
	while (span_take_line(&rest, &line))
		add_encoded_line(out, line, eol);
}
