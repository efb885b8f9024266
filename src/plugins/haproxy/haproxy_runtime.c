/*
 * Questions to a running HAProxy (see haproxy_runtime.h).
 *
 * A command and what follows it must fit into its buffer (tune.bufsize, 16 kB). If it does not,
 * HAProxy closes the connection without a word.
 */
#include "plugins/haproxy/haproxy_runtime.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "os/socket/local_socket.h"

#define MAX_ANSWER ((size_t)16 << 20)

int haproxy_runtime_ask(const char *socket, const char *question, int64_t limit_ms,
			struct strbuf *ret_answer, struct error *err)
{
	AUTO(strbuf) struct strbuf answer = STRBUF_INIT_CAPPED(MAX_ANSWER);
	AUTO_FREE char *line = xasprintf("%s\n", question);

	if (local_socket_ask(socket, span_of(line), limit_ms, &answer, err) < 0)
		return err->code;
	strbuf_add(ret_answer, answer.text, answer.len);
	return 0;
}

static int ask_admin(const char *socket, const char *question, struct strbuf *ret_answer,
		     struct error *err)
{
	return haproxy_runtime_ask(socket, question, HAPROXY_RUNTIME_LIMIT_MS, ret_answer, err);
}

void haproxy_runtime_read_certs(struct span answer, struct strvec *ret_names, char **ret_replaced)
{
	struct span line;

	while (span_take_line(&answer, &line)) {
		if (line.len && line.ptr[0] == '*')
			REPLACE(*ret_replaced, span_dup(span_drop(line, 1)));
		else if (line.len && line.ptr[0] != '#')
			strvec_give(ret_names, span_dup(line));
	}
}

void haproxy_known_free_names(void *names)
{
	strvec_release(names);
	free(names);
}

void haproxy_known_release(struct haproxy_known *known)
{
	map_release(&known->names);
}

const struct strvec *haproxy_known_names(const struct haproxy_known *known, const char *path)
{
	AUTO_FREE char *real = realpath(path, NULL);

	return map_get(&known->names, real ? real : path);
}

/* Asks for names of files, which come one per line. */
static int ask_files(const char *socket, const char *question, struct haproxy_known *ret_known,
		     char **ret_replaced, struct error *err)
{
	AUTO(strbuf) struct strbuf answer = STRBUF_INIT;
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	if (ask_admin(socket, question, &answer, err) < 0)
		return err->code;
	haproxy_runtime_read_certs(span_make(answer.text, answer.len), &names, ret_replaced);
	for (size_t i = 0; i < names.count; i++) {
		AUTO_FREE char *real = realpath(names.items[i], NULL);
		const char *path = real ? real : names.items[i];
		struct strvec *same = map_get(&ret_known->names, path);

		if (!same) {
			same = XNEW(struct strvec);
			strvec_init(same);
			map_set(&ret_known->names, path, same);
		}
		strvec_push_unique(same, names.items[i]);
	}
	return 0;
}

int haproxy_runtime_certs(const char *socket, struct haproxy_known *ret_known, char **ret_replaced,
			  struct error *err)
{
	return ask_files(socket, "show ssl cert", ret_known, ret_replaced, err);
}

int haproxy_runtime_lists(const char *socket, struct haproxy_known *ret_known, struct error *err)
{
	AUTO_FREE char *ignored = NULL;

	return ask_files(socket, "show ssl crt-list", ret_known, &ignored, err);
}

void haproxy_runtime_payload(struct span pem, struct strbuf *out)
{
	bool is_inside = false;
	struct span line;

	while (span_take_line(&pem, &line)) {
		struct span rest = line;

		is_inside |= span_skip_prefix(&rest, "-----BEGIN ");
		if (is_inside && span_trim(line).len) {
			strbuf_add(out, line.ptr, line.len);
			strbuf_addc(out, '\n');
		}
		if (span_skip_prefix(&rest, "-----END "))
			is_inside = false;
	}
}

/* The answer on one line, for a message. */
static char *quoted(const struct strbuf *answer)
{
	AUTO(strbuf) struct strbuf line = STRBUF_INIT;

	strbuf_add_printable(&line, answer->text, answer->len < 400 ? answer->len : 400);
	strbuf_trim(&line);
	return line.len ? strbuf_detach(&line) : xstrdup("(no answer: see tune.bufsize)");
}

/* Sends the pair into a transaction, which the answer must say is ours. */
static int set_pair(const char *socket, const char *name, const struct secret *pem,
		    struct error *err)
{
	AUTO(strbuf) struct strbuf command = STRBUF_INIT;
	AUTO(strbuf) struct strbuf answer = STRBUF_INIT;
	AUTO_FREE char *created = xasprintf("Transaction created for certificate %s!", name);
	AUTO_FREE char *said = NULL;
	int rc;

	strbuf_addf(&command, "set ssl cert %s <<\n", name);
	haproxy_runtime_payload(span_make(secret_peek(pem), pem->len), &command);
	rc = ask_admin(socket, command.text, &answer, err);
	secret_wipe(command.text, command.len);
	if (rc < 0)
		return rc;
	if (str_starts(answer.text, created))
		return 0;
	said = quoted(&answer);
	return error_set(err,
			 str_starts(answer.text, "Transaction updated") ? ERR_BUSY : ERR_PLUGIN,
			 "HAProxy did not take the new certificate '%s': %s", name, said);
}

/* A command that succeeds if its answer contains that text. */
static int command(const char *socket, const char *text, const char *good, struct error *err)
{
	AUTO(strbuf) struct strbuf answer = STRBUF_INIT;
	AUTO_FREE char *said = NULL;

	if (ask_admin(socket, text, &answer, err) < 0)
		return err->code;
	if (strstr(answer.text, good))
		return 0;
	said = quoted(&answer);
	return error_set(err, ERR_PLUGIN, "HAProxy refused '%s': %s", text, said);
}

static int commit_pair(const char *socket, const char *name, struct error *err)
{
	AUTO_FREE char *text = xasprintf("commit ssl cert %s", name);

	return command(socket, text, "Success!", err);
}

void haproxy_runtime_abort(const char *socket, const char *name)
{
	AUTO(strbuf) struct strbuf answer = STRBUF_INIT;
	AUTO(error) struct error failed = ERROR_INIT;
	AUTO_FREE char *command = xasprintf("abort ssl cert %s", name);

	(void)!ask_admin(socket, command, &answer, &failed);
}

/* It has no way to write these in a name. */
static int check_name(const char *name, struct error *err)
{
	if (strpbrk(name, " \t;\\<\"'"))
		return error_set(err, ERR_PLUGIN,
				 "HAProxy's runtime interface cannot express the name '%s'", name);
	return 0;
}

int haproxy_runtime_new(const char *socket, const char *name, struct error *err)
{
	AUTO_FREE char *text = xasprintf("new ssl cert %s", name);

	return check_name(name, err) < 0 ? err->code : command(socket, text, "New empty", err);
}

/* True when a line of the answer is the name, or the name with ":LINE" of the list. */
static bool names_it(const struct strbuf *answer, const char *name)
{
	struct span rest = span_make(answer->text, answer->len), line;

	while (span_take_line(&rest, &line))
		if (span_skip_prefix(&line, name) && (!line.len || strchr(": ", line.ptr[0])))
			return true;
	return false;
}

/* HAProxy would take a second line for the same file, too. */
int haproxy_runtime_list(const char *socket, const char *list, const char *name, struct error *err)
{
	AUTO(strbuf) struct strbuf answer = STRBUF_INIT;
	AUTO_FREE char *question = xasprintf("show ssl crt-list -n %s", list);
	AUTO_FREE char *text = xasprintf("add ssl crt-list %s %s", list, name);

	if (check_name(list, err) < 0 || check_name(name, err) < 0 ||
	    ask_admin(socket, question, &answer, err) < 0)
		return err->code;
	return names_it(&answer, name) ? 0 : command(socket, text, "Success!", err);
}

int haproxy_runtime_replace(const char *socket, const char *name, const struct secret *pem,
			    struct error *err)
{
	if (check_name(name, err) < 0 || set_pair(socket, name, pem, err) < 0)
		return err->code;
	if (commit_pair(socket, name, err) == 0)
		return 0;
	/* The transaction is ours, and would be in everybody's way. */
	haproxy_runtime_abort(socket, name);
	return err->code;
}
