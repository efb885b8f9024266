/*
 * The child that parses (see parser.h). It has its channel, and it gives up every right before the
 * first job.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "crypto/crypto_library.h"
#include "crypto/digest.h"
#include "net/confined_child.h"
#include "net/parser/parser.h"
#include "net/parser/parser_perform.h"
#include "net/parser/parser_wire.h"

/* Waits until the parent sends, or takes what is still to be sent. */
static int wait_for_message(struct channel *channel, struct error *err)
{
	struct pollfd ready = {.fd = channel->fd, .events = POLLIN};

	if (channel_has_unsent(channel))
		ready.events = POLLIN | POLLOUT;
	if (poll(&ready, 1, -1) < 0 && errno != EINTR)
		return error_set_errno(err, errno, "cannot wait for the parent");
	return channel_flush(channel, err);
}

static int do_job(struct channel *channel, struct span message, struct cert_issuers *issuers,
		  struct error *err)
{
	AUTO(parser_task) struct parser_task task = PARSER_TASK_INIT;
	AUTO(strbuf) struct strbuf answer = STRBUF_INIT;

	if (parser_wire_get_job(message, &task, err) < 0)
		return err->code;
	parser_perform(&task.job, issuers);
	parser_wire_put_content(&answer, &task.job.content);
	channel_put(channel, span_make(answer.text, answer.len));
	return channel_flush(channel, err);
}

static int serve_jobs(struct channel *channel, struct cert_issuers *issuers, struct error *err)
{
	struct span message;
	int rc;

	do {
		while ((rc = channel_next(channel, &message, err)) == 1)
			if (do_job(channel, message, issuers, err) < 0)
				return err->code;
		if (rc == 0)
			rc = channel_fill(channel, err);
	} while (rc == 1);
	return rc < 0 ? rc : wait_for_message(channel, err);
}

static bool has_word(char *const *argv, const char *word)
{
	for (size_t i = 1; argv[i]; i++)
		if (strcmp(argv[i], word) == 0)
			return true;
	return false;
}

/* Has the libraries read their files now. Each would otherwise fail at its first use, in the
 * sandbox. */
static void warm_up(bool with_xml)
{
	AUTO(strbuf) struct strbuf ignored = STRBUF_INIT;
	AUTO(error) struct error missing = ERROR_INIT;
	AUTO(xml) struct xml *document = NULL;
	AUTO(json) struct json *object = NULL;

	crypto_library_begin(CRYPTO_LIBRARY_WITHOUT_CONFIG);
	digest(DIGEST_SHA256, "", 0, &ignored);
	/* Its hash tables are seeded from a file that cannot be opened later. */
	if (json_parse("{}", 2, "JSON", &object, &missing) < 0)
		error_release(&missing);
	if (with_xml && xml_parse("<a/>", 4, "XML", &document, &missing) < 0)
		error_release(&missing); /* reported by the first document */
}

int parser_child_main(char *const *argv)
{
	struct sandbox_request rights = {.kind = SANDBOX_PARSER};
	struct cert_issuers issuers = {.next = 0};
	AUTO(error) struct error err = ERROR_INIT;
	struct channel channel;

	warm_up(has_word(argv, PARSER_XML));
	channel_init(&channel, CONFINED_CHANNEL_FD, PARSER_MAX_BODY + PARSER_WIRE_OVERHEAD);
	if (confined_self_enter(argv, &rights, &channel))
		while (serve_jobs(&channel, &issuers, &err) == 0) {
		}
	/* The parent has closed the channel. Nothing that checks memory at the end could work
	 * without rights. */
	_exit(err.code == ERR_IO ? 0 : 1);
}
