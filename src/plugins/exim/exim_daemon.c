/*
 * Exim's daemon: whether it runs, its reload, and the certificate that each name gets on each of
 * its ports. Before a reload, Debian's configuration is assembled from its parts, as Debian's
 * service does.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/exim/exim_conf.h"
#include "os/file/file.h"
#include "plugins/exim/exim_site.h"
#include "webserver/control.h"
#include "webserver/looks.h"

#define MAX_COMMAND_LINE (1 << 20)

char *exim_ask(const struct webserver *server, const char *option)
{
	const struct exim_site *site = exim_site_of(server);
	const char *const plain[] = {site->ctl, "-C", site->main, "-bP", option, NULL};
	const char *const debian[] = {site->ctl, "-bP", option, NULL};
	AUTO(control_output) struct control_output output;
	AUTO(error) struct error ignored = ERROR_INIT;
	struct span answer;

	control_output_init(&output);
	if (control_run(site->layout == EXIM_PLAIN ? plain : debian, &output, &ignored) < 0)
		return NULL;
	answer = span_make(output.out.text, output.out.len);
	if (!span_skip_prefix(&answer, option))
		return NULL;
	answer = span_trim(answer);
	return span_skip_prefix(&answer, "=") ? span_dup(span_trim(answer)) : NULL;
}

/* The daemon's process and the words of its command line; 0 when it does not run. */
static pid_t find_daemon(const struct webserver *server, struct strvec *ret_words)
{
	AUTO_FREE char *asked = exim_ask(server, "pid_file_path");
	pid_t pid = control_pid(asked && asked[0] ? asked : "/run/exim4/exim.pid");
	AUTO_FREE char *path = xasprintf("/proc/%d/cmdline", (int)pid);
	AUTO(strbuf) struct strbuf line = STRBUF_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;
	struct span rest, word;

	if (!pid || file_read(path, MAX_COMMAND_LINE, &line, &ignored) < 0)
		return 0;
	rest = span_make(line.text, line.len);
	while (span_take_until(&rest, '\0', &word))
		strvec_give(ret_words, span_dup(word));
	/* The number may belong to another program by now. */
	return ret_words->count && str_starts(path_basename(ret_words->items[0]), "exim") ? pid : 0;
}

bool exim_is_running(struct webserver *server)
{
	AUTO(strvec) struct strvec ignored = STRVEC_INIT;

	return find_daemon(server, &ignored) != 0;
}

/* The layout is looked for again: `undo` and `rollback` come here without `prepare`. */
int exim_reload(struct webserver *server, struct error *err)
{
	const struct exim_site *site = exim_site_of(server);
	const char *const update[] = {site->update, "-d", server->root, NULL};
	AUTO(strvec) struct strvec ignored = STRVEC_INIT;
	pid_t pid;

	if (exim_find_layout(server, err) < 0 ||
	    (site->layout != EXIM_PLAIN && control_run(update, NULL, err) < 0))
		return err->code;
	pid = find_daemon(server, &ignored);
	if (!pid || (kill(pid, SIGHUP) < 0 && errno == ESRCH))
		return error_set(err, ERR_NOT_FOUND, "its pid file names no process of Exim");
	return 0;
}

/* ---- Sockets ---- */

/* The sockets to listen on: Exim's options, or the daemon's -oX instead of them. */
struct daemon_sockets {
	struct strvec interfaces, ports, tls_ports;
};

static void daemon_sockets_release(struct daemon_sockets *listens)
{
	strvec_release(&listens->interfaces);
	strvec_release(&listens->ports);
	strvec_release(&listens->tls_ports);
}
DEFINE_AUTO(daemon_sockets, daemon_sockets_release);

static void ask_list(const struct webserver *server, const char *option, struct strvec *ret_items)
{
	AUTO_FREE char *list = exim_ask(server, option);

	if (list)
		exim_conf_split(list, ret_items);
}

/* "-oX 25:127.0.0.1.587": ports, and interfaces with ports. */
static bool read_override(const struct strvec *words, struct daemon_sockets *listens)
{
	bool is_given = false;

	for (size_t i = 1; i + 1 < words->count; i++) {
		AUTO(strvec) struct strvec items = STRVEC_INIT;

		if (strcmp(words->items[i], "-oX") != 0)
			continue;
		is_given = true;
		exim_conf_split(words->items[i + 1], &items);
		for (size_t j = 0; j < items.count; j++)
			strvec_push(strpbrk(items.items[j], ".:") ? &listens->interfaces
								  : &listens->ports,
				    items.items[j]);
	}
	return is_given;
}

/* Splits "127.0.0.1.587" and "[::1]:587" (and, of an address without a port, takes all of it). */
static char *split_port(const char *interface, const char **ret_port)
{
	const char *end = strchr(interface, ']');
	size_t dots = 0;

	*ret_port = NULL;
	if (interface[0] == '[' && end) {
		if (end[1])
			*ret_port = end + 2;
		return xstrndup(interface + 1, (size_t)(end - interface) - 1);
	}
	for (const char *c = interface; *c; c++)
		dots += *c == '.';
	end = strrchr(interface, '.');
	if (dots != 4 && !(dots == 1 && strchr(interface, ':')))
		return xstrdup(interface);
	*ret_port = end + 1;
	return xstrndup(interface, (size_t)(end - interface));
}

static void add_socket(const struct daemon_sockets *listens, const char *address, const char *port,
		       struct probes *ret_sockets)
{
	AUTO_FREE char *reached = looks_address(address, AF_UNSPEC);
	struct probe socket = {.address = reached, .port = looks_smtp_port(port)};

	socket.starttls = STARTTLS_SMTP;
	for (size_t i = 0; i < listens->tls_ports.count; i++)
		if (looks_smtp_port(listens->tls_ports.items[i]) == socket.port)
			socket.starttls = STARTTLS_NONE;
	if (socket.port)
		probes_add(ret_sockets, &socket);
}

static void add_interface(const struct daemon_sockets *listens, const char *interface,
			  struct probes *ret_sockets)
{
	const char *port;
	AUTO_FREE char *address = split_port(interface, &port);

	if (port) {
		add_socket(listens, address, port, ret_sockets);
		return;
	}
	for (size_t i = 0; i < listens->ports.count; i++)
		add_socket(listens, address, listens->ports.items[i], ret_sockets);
}

static void find_sockets(const struct webserver *server, struct probes *ret_sockets)
{
	AUTO(daemon_sockets) struct daemon_sockets listens = {.ports = STRVEC_INIT};
	AUTO(strvec) struct strvec words = STRVEC_INIT;

	strvec_init(&listens.interfaces);
	strvec_init(&listens.tls_ports);
	if (!find_daemon(server, &words))
		return;
	ask_list(server, "tls_on_connect_ports", &listens.tls_ports);
	if (!read_override(&words, &listens)) {
		ask_list(server, "daemon_smtp_ports", &listens.ports);
		ask_list(server, "local_interfaces", &listens.interfaces);
	}
	/* It listens on IPv4 as well when it listens on all of IPv6. */
	if (!listens.interfaces.count || strvec_contains(&listens.interfaces, "0.0.0.0")) {
		add_interface(&listens, "127.0.0.1", ret_sockets);
		return;
	}
	for (size_t i = 0; i < listens.interfaces.count; i++)
		add_interface(&listens, listens.interfaces.items[i], ret_sockets);
}

/* ---- Leaves ---- */

/* Looks are for the certificates in live/, of which Exim's files are copies. */
static void add_map(const struct webserver *server, struct looks *looks)
{
	struct span rest = texts_span(server, EXIM_MAP), line;

	while (span_take_line(&rest, &line)) {
		AUTO(strvec) struct strvec names = STRVEC_INIT;
		AUTO_FREE char *path = NULL, *chain = NULL;
		struct span name;

		if (!span_take_until(&line, ':', &name))
			continue;
		strvec_give(&names, span_dup(span_trim(name)));
		path = span_dup(span_trim(line));
		chain = exim_live_chain(server, path);
		if (chain)
			looks_add(looks, chain, &names);
	}
}

void exim_prove(struct webserver *server, const struct webserver_certificates *which,
		struct probes *ret_probes)
{
	AUTO(looks) struct looks looks = looks_make(which, ret_probes);

	find_sockets(server, &looks.sockets);
	looks_connect(&looks);
	add_map(server, &looks);
}
