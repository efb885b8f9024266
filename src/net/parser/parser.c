/*
 * The parent's side of the parser (see parser.h): sends all jobs and reads the answers in the same
 * order.
 */
#include "net/parser/parser.h"

#include <errno.h>
#include <poll.h>

#include "base/alloc.h"
#include "base/log.h"
#include "net/confined_child.h"
#include "net/parser/parser_perform.h"
#include "net/parser/parser_wire.h"
#include "os/signals.h"

struct parser {
	const struct confinement *confinement;
	bool in_process;
	bool has_xml; /* the process can read XML */
	struct error
		refusal; /* the system lacks what it takes to confine a child, which has to be */
	struct confined_child child;
	struct cert_issuers issuers; /* of chains that are parsed in this process */
};

struct parser *parser_new(const struct confinement *confinement, bool in_process)
{
	struct parser *parser = XNEW(struct parser);

	parser->confinement = confinement;
	parser->in_process = in_process;
	return parser;
}

void parser_free(struct parser *parser)
{
	if (!parser)
		return;
	confined_child_stop(&parser->child);
	cert_issuers_release(&parser->issuers);
	error_release(&parser->refusal);
	free(parser);
}

/* Started with the first request, so that it is there when the answer comes. */
void parser_start(struct parser *parser, bool with_xml)
{
	static const char *const xml_args[] = {PARSER_XML, NULL};
	AUTO(error) struct error no_child = ERROR_INIT;
	struct confined_start start = {
		.name = PARSER_NAME,
		.max_message = PARSER_WIRE_OVERHEAD,
	};

	if (with_xml && !parser->has_xml) {
		confined_child_stop(&parser->child);
		parser->has_xml = true;
	}
	start.args = parser->has_xml ? xml_args : NULL;
	if (parser->in_process || parser->child.process.pid > 0 || error_is_set(&parser->refusal))
		return;
	if (confined_child_start(&parser->child, parser->confinement, &start, &no_child) < 0)
		parser->in_process = confinement_do_without(parser->confinement, "parser",
							    &no_child, &parser->refusal) == 0;
}

static void put_job(struct parser *parser, const struct parser_job *job)
{
	struct channel *channel = &parser->child.channel;
	AUTO(strbuf) struct strbuf message = STRBUF_INIT;
	size_t longest = job->body.len * PARSER_WIRE_GROWTH + PARSER_WIRE_OVERHEAD;

	if (longest > channel->max_message)
		channel->max_message = longest;
	parser_wire_put_job(&message, job);
	channel_put(channel, span_make(message.text, message.len));
}

/* Waits until the child takes or sends something. A signal ends the wait for a child that is stuck
 * or stopped; what is asked after the signal, to clean up, is waited for again. */
static int wait_for_child(struct confined_child *child, bool is_after_signal, struct error *err)
{
	struct channel *channel = &child->channel;
	struct pollfd ready[] = {
		{.fd = channel->fd, .events = POLLIN},
		{.fd = is_after_signal ? -1 : signals_fd(), .events = POLLIN},
	};
	int count;

	if (channel_has_unsent(channel))
		ready[0].events = POLLIN | POLLOUT;
	count = poll(ready, ARRAY_LEN(ready),
		     (int)confined_child_wait_ms(child, CONFINED_PATIENCE_MS));
	if (!is_after_signal && signals_pending())
		return error_set(err, ERR_CANCELLED, "stopped by signal %d", signals_pending());
	if (count < 0 && errno != EINTR)
		return error_set_errno(err, errno, "cannot wait for it");
	if (count == 0)
		return confined_child_check(child, CONFINED_PATIENCE_MS, err);
	return channel_flush(channel, err);
}

/* Reads the answer to one job; the others are on their way meanwhile. */
static int take_parsed(struct confined_child *child, bool is_after_signal, struct parser_job *job,
		       struct error *err)
{
	struct channel *channel = &child->channel;
	struct span message;
	int rc;

	while ((rc = channel_next(channel, &message, err)) == 0) {
		rc = channel_fill(channel, err);
		if (rc < 0 || (rc == 0 && wait_for_child(child, is_after_signal, err) < 0))
			return err->code;
	}
	if (rc < 0)
		return rc;
	return parser_wire_get_content(message, job->form, &job->content, err);
}

static size_t fail_jobs(const struct error *reason, struct parser_job *jobs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		jobs[i].content.form = jobs[i].form;
		error_copy(&jobs[i].content.fault, reason);
	}
	return count;
}

/* Returns how many are done: all, unless the child was lost. All jobs are sent before the first
 * answer is read: the child works while we wait. */
static size_t work_in_child(struct parser *parser, struct parser_job *jobs, size_t count)
{
	struct channel *channel = &parser->child.channel;
	AUTO(error) struct error loss = ERROR_INIT;
	bool is_after_signal = signals_pending() != 0;
	size_t done = 0;

	for (size_t i = 0; i < count; i++)
		put_job(parser, &jobs[i]);
	confined_child_expect(&parser->child);
	if (channel_flush(channel, &loss) == 0)
		while (done < count &&
		       take_parsed(&parser->child, is_after_signal, &jobs[done], &loss) == 0)
			done++;
	if (done == count)
		return done;
	log_debug("the parser process is lost: %s", loss.text);
	confined_child_stop(&parser->child);
	if (loss.code == ERR_CANCELLED)
		return done + fail_jobs(&loss, jobs + done, count - done);
	if (loss.code == ERR_REFUSED)
		error_move(&parser->refusal, &loss);
	return done;
}

static size_t work_here(struct parser *parser, struct parser_job *jobs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		parser_perform(&jobs[i], &parser->issuers);
	return count;
}

static bool has_xml_job(const struct parser_job *jobs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (jobs[i].form == CONTENT_XML)
			return true;
	return false;
}

static size_t work_on(struct parser *parser, struct parser_job *jobs, size_t count)
{
	parser_start(parser, has_xml_job(jobs, count));
	if (error_is_set(&parser->refusal))
		return fail_jobs(&parser->refusal, jobs, count);
	return parser->in_process ? work_here(parser, jobs, count)
				  : work_in_child(parser, jobs, count);
}

/* The child works in order, so what kills it is the first job that it has not done, unless somebody
 * else killed it; a second try tells the two apart. A body that kills the parser twice is reported
 * as malformed. One attempt would blame it for an administrator's kill, more would let it take as
 * long as it likes. */
void parser_work(struct parser *parser, struct parser_job *jobs, size_t count)
{
	const struct parser_job *suspect = NULL;

	while (count) {
		size_t done = work_on(parser, jobs, count);

		if (done < count && &jobs[done] == suspect) {
			jobs[done].content.form = jobs[done].form;
			error_set(&jobs[done++].content.fault, ERR_PROTOCOL,
				  "the process that parses it failed");
		}
		jobs += done;
		count -= done;
		suspect = jobs;
	}
}
