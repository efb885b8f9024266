/*
 * Starts a confined child, and sets one up from the inside (see confined_child.h). The child's argv
 * holds its name, whether confinement is required, the ports, and the arguments of that kind of
 * child.
 */
#include "net/confined_child.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/frame.h"
#include "base/log.h"
#include "base/secret.h"
#include "os/clock.h"
#include "os/signals.h"

enum {
	ARG_TERMS = 1,
	ARG_PORTS,
};

/* Between telling of a silence and giving the child up. */
#define LAST_CHANCE_MS (CONFINED_PATIENCE_MS - CONFINED_SILENCE_MS)

STATIC_ASSERT((int)ARG_PORTS + 1 == (int)CONFINED_FIRST_ARG, "the child's own words come last");

static const char required[] = "confined", preferred[] = "as-possible", no_ports[] = "-";

/* Every right that could not be given up is reported: an administrator should know what the machine
 * lacks. */
static void tell_confinement(const struct confinement *confinement, const char *process,
			     bool is_confined, const char *missing)
{
	if (confinement && confinement->tell)
		confinement->tell(confinement->context, process, is_confined, missing);
	else
		log_debug("the %s process runs without: %s", process, missing);
}

static int refuse_unconfined(const char *process, const char *missing, struct error *err)
{
	error_set(err, ERR_REFUSED, "the %s process cannot be confined: the system lacks %s",
		  process, missing);
	return error_hint(err, "without --require-sandbox it runs all the same");
}

/* Without a process of its own there is nothing to confine, which --require-sandbox does not
 * accept. If there are no descriptors left for a child, there are none for its work either. That is
 * an error here, before something else fails with a less useful message. */
int confinement_do_without(const struct confinement *confinement, const char *process,
			   const struct error *reason, struct error *err)
{
	AUTO_FREE char *missing = xasprintf("a process of its own (%s)", reason->text);

	if (reason->sys_errno == EMFILE || reason->sys_errno == ENFILE) {
		error_copy(err, reason);
		error_hint(err, "raise the limit of open files (ulimit -n, LimitNOFILE=)");
		return error_wrap(err, "cannot start the %s process", process);
	}
	if (confinement && confinement->is_required)
		return refuse_unconfined(process, missing, err);
	tell_confinement(confinement, process, false, missing);
	return 0;
}

/* The hook of the channel for the child's first message, written before it met a stranger. The
 * child refuses by itself, too (confined_self_enter()); this is for the message. */
static int take_greeting(void *context, struct span message, struct error *err)
{
	const struct confined_child *child = context;
	struct frame_reader reader = {.rest = message};
	bool is_confined = frame_get_flag(&reader);
	AUTO_FREE char *missing = frame_get_line(&reader);

	if (!frame_is_whole(&reader))
		return error_set(err, ERR_PROTOCOL, "malformed greeting");
	if (!is_confined && child->confinement && child->confinement->is_required)
		return refuse_unconfined(child->name, missing, err);
	if (missing[0])
		tell_confinement(child->confinement, child->name, is_confined, missing);
	return 0;
}

static char *join_ports(const struct confined_start *start)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if (start->tcp_port_count > CONFINED_MAX_PORTS)
		BUG("more than %d ports for a child", CONFINED_MAX_PORTS);
	for (size_t i = 0; i < start->tcp_port_count; i++)
		strbuf_addf(&text, "%s%d", i ? "," : "", start->tcp_ports[i]);
	return text.len ? strbuf_detach(&text) : xstrdup(no_ports);
}

int confined_child_start(struct confined_child *child, const struct confinement *confinement,
			 const struct confined_start *start, struct error *err)
{
	static const char prefix[] = "certbot: ";
	AUTO(strvec) struct strvec argv = STRVEC_INIT;

	strvec_push(&argv, start->name);
	strvec_push(&argv, confinement && confinement->is_required ? required : preferred);
	strvec_give(&argv, join_ports(start));
	for (const char *const *arg = start->args; arg && *arg; arg++)
		strvec_push(&argv, *arg);
	child->confinement = confinement;
	child->name = start->name + strlen(prefix);
	if (process_spawn_self((const char *const *)argv.items, start->fds, start->fd_count,
			       &child->process, err) < 0)
		return err->code;
	channel_init(&child->channel, child->process.channel, start->max_message);
	child->channel.take_greeting = take_greeting;
	child->channel.greeting_context = child;
	return 0;
}

void confined_child_stop(struct confined_child *child)
{
	if (child->process.pid <= 0)
		return;
	process_child_stop(&child->process);
	channel_release(&child->channel);
}

void confined_child_expect(struct confined_child *child)
{
	child->channel.heard_ms = clock_mono_ms(clock_system());
}

static int64_t silence_ms(const struct confined_child *child)
{
	return clock_mono_ms(clock_system()) - child->channel.heard_ms;
}

static bool was_told(const struct confined_child *child)
{
	return child->told_ms == child->channel.heard_ms;
}

/* Returns what is left of the time after a signal to end: a person waits. Work that gives no
 * signs has its own limit all the same. */
static int64_t end_left_ms(const struct confined_child *child, int64_t patience_ms)
{
	int64_t waited_ms = signals_age_ms(), silent_ms = silence_ms(child);

	if (waited_ms < 0 || patience_ms > CONFINED_PATIENCE_MS)
		return INT64_MAX;
	return CONFINED_END_MS - (waited_ms < silent_ms ? waited_ms : silent_ms);
}

int64_t confined_child_wait_ms(const struct confined_child *child, int64_t patience_ms)
{
	int64_t end_ms = was_told(child) ? child->told_at_ms + LAST_CHANCE_MS
					 : child->channel.heard_ms + patience_ms - LAST_CHANCE_MS;
	int64_t left_ms = end_ms - clock_mono_ms(clock_system());
	int64_t end_left = end_left_ms(child, patience_ms);

	if (end_left < left_ms)
		left_ms = end_left;
	return left_ms > 0 ? left_ms : 0;
}

void confined_child_tell(const struct confined_child *child, int seconds)
{
	const struct confinement *confinement = child->confinement;

	if (confinement && confinement->tell_silence)
		confinement->tell_silence(confinement->context, child->name, seconds);
	else
		log_debug("the %s process has been silent for %d s", child->name, seconds);
}

/* Told apart from a slow server: a child that waits for one says so. The last time is counted from
 * the telling: all of us may have been stopped for an hour (a container that was paused). */
int confined_child_check(struct confined_child *child, int64_t patience_ms, struct error *err)
{
	int seconds = (int)(silence_ms(child) / 1000);

	if (confined_child_wait_ms(child, patience_ms) > 0)
		return 0;
	if (was_told(child) || end_left_ms(child, patience_ms) <= 0)
		return error_set(err, ERR_NETWORK, "it gives no sign of life");
	child->told_ms = child->channel.heard_ms;
	child->told_at_ms = clock_mono_ms(clock_system());
	confined_child_tell(child, seconds);
	return 0;
}

/* The parent is trusted: its arguments are used as they are, as far as there is room. */
static size_t read_ports(const char *text, int ret_ports[CONFINED_MAX_PORTS])
{
	AUTO(strvec) struct strvec words = STRVEC_INIT;
	size_t count = 0;

	strvec_split(&words, text, ",");
	for (size_t i = 0; i < words.count && count < CONFINED_MAX_PORTS; i++) {
		int64_t port;

		if (str_to_int64(words.items[i], 1, 65535, &port))
			ret_ports[count++] = (int)port;
	}
	return count;
}

/* Reads what the parent sends, unseen, until it hangs up. One that ends with messages unread resets
 * the connection, and the greeting might be lost with it. */
static void await_the_end(const struct channel *channel)
{
	char packet[4096];
	ssize_t count;

	do {
		count = recv(channel->fd, packet, sizeof(packet), 0);
		secret_wipe(packet, sizeof(packet));
	} while (count > 0 || (count < 0 && errno == EINTR));
}

/* Before the first byte of a stranger is read. On failure the child only waits to be stopped,
 * because the parent has yet to read the reason. */
bool confined_self_enter(char *const *argv, struct sandbox_request *request,
			 struct channel *channel)
{
	AUTO(sandbox_outcome) struct sandbox_outcome outcome = {.missing = STRVEC_INIT};
	AUTO(strbuf) struct strbuf greeting = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *missing = NULL;
	int ports[CONFINED_MAX_PORTS];

	if (!argv[ARG_TERMS] || !argv[ARG_PORTS])
		return false;
	request->tcp_ports = ports;
	request->tcp_port_count = read_ports(argv[ARG_PORTS], ports);
	sandbox_enter(request, &outcome);
	missing = strvec_join(&outcome.missing, ", ");
	frame_put_u8(&greeting, outcome.is_confined);
	frame_put_line(&greeting, missing);
	channel_put(channel, span_make(greeting.text, greeting.len));
	if (channel_flush(channel, &err) < 0)
		return false;
	if (outcome.is_confined || strcmp(argv[ARG_TERMS], required) != 0)
		return true;
	await_the_end(channel);
	return false;
}
