/*
 * Answers to challenges, and what proves that HAProxy uses its configuration (see haproxy_site.h).
 *
 * Where a frontend already sends the path of challenges to a backend at --haproxy-http-01-port, as
 * the certbot-haproxy plugin wanted it, our responder listens there and nothing is edited. Other
 * frontends answer by `http-request return` (HAProxy 2.2), put first: whatever stands in the file,
 * HAProxy applies `http-request` rules in their order and before any `use_backend`.
 */
#include <arpa/inet.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/haproxy/haproxy_bind.h"
#include "os/file/file.h"
#include "plugins/haproxy/haproxy_site.h"
#include "webserver/challenge/challenges.h"
#include "webserver/looks.h"
#include "webserver/texts.h"

/* ---- Sockets ---- */

/* The address at which this machine reaches a socket; the caller frees it. NULL when that is not
 * known. */
static char *reachable(const struct haproxy_address *address)
{
	AUTO_FREE char *host = span_dup(address->host);
	unsigned char bytes[16];

	if (!host[0] || strcmp(host, "*") == 0 || strcmp(host, "0.0.0.0") == 0 ||
	    strcmp(host, "localhost") == 0)
		return xstrdup("127.0.0.1");
	if (strcmp(host, "::") == 0)
		return xstrdup("::1");
	if (inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1)
		return STEAL(host);
	return NULL;
}

static bool has_socket(const struct probes *probes, const struct probe *wanted)
{
	for (size_t i = 0; i < probes->count; i++)
		if (probes->items[i].port == wanted->port &&
		    strcmp(probes->items[i].address, wanted->address) == 0)
			return true;
	return false;
}

/* Adds the sockets of a bind line, each once. `port` 0: all ports. */
static void add_sockets(const struct haproxy_line *line, unsigned port, struct probes *ret_sockets)
{
	struct span rest = span_of(line->words[1].text);
	struct haproxy_address address;

	while (haproxy_bind_next_address(&rest, &address)) {
		AUTO_FREE char *host = reachable(&address);
		struct probe probe = {
			.address = host,
			.port = port ? port : address.first_port,
			.proxy_protocol = haproxy_bind_has(line, "accept-proxy"),
		};

		if (host && probe.port >= address.first_port && probe.port <= address.last_port &&
		    !has_socket(ret_sockets, &probe))
			probes_add(ret_sockets, &probe);
	}
}

/* ---- Which frontends answer ---- */

static bool is_plain(const struct haproxy_line *line, unsigned port)
{
	return haproxy_is_bind(line) && !haproxy_bind_has(line, "ssl") &&
	       haproxy_bind_has_port(line, port);
}

/* Adds the plain sockets of a section that can answer. False when it is none. */
static bool add_plain_sockets(const struct webserver *server, const struct haproxy_conf *conf,
			      const struct haproxy_section *section, struct probes *ret_sockets)
{
	unsigned port = webserver_http_port(server);
	bool is_there = false;

	if (!haproxy_section_listens(section) || !section->is_http)
		return false;
	for (size_t i = section->first; i < section->end; i++) {
		if (!is_plain(&conf->lines[i], port))
			continue;
		is_there = true;
		add_sockets(&conf->lines[i], port, ret_sockets);
	}
	return is_there;
}

/* True for "server NAME 127.0.0.1:PORT". */
static bool is_our_server(const struct haproxy_line *line, int port)
{
	struct haproxy_address address;
	struct span rest;
	AUTO_FREE char *host = NULL;

	if (!haproxy_line_is(line, "server", NULL) || line->count < 3)
		return false;
	rest = span_of(line->words[2].text);
	if (!haproxy_bind_next_address(&rest, &address) || address.first_port != (unsigned)port)
		return false;
	host = span_dup(address.host);
	return str_starts(host, "127.") || strcmp(host, "localhost") == 0 ||
	       strcmp(host, "::1") == 0;
}

static bool has_our_server(const struct haproxy_conf *conf, const struct haproxy_section *section,
			   int port)
{
	for (size_t i = section->first; i < section->end; i++)
		if (is_our_server(&conf->lines[i], port))
			return true;
	return false;
}

static bool leads_to_us(const struct webserver *server, const struct haproxy_confs *confs,
			const char *backend)
{
	int port = haproxy_site_of(server)->answers_port;

	for (size_t i = 0; i < confs->count; i++) {
		const struct haproxy_conf *conf = &confs->items[i];

		for (size_t j = 0; j < conf->section_count; j++)
			if (strcmp(conf->sections[j].name, backend) == 0 &&
			    has_our_server(conf, &conf->sections[j], port))
				return true;
	}
	return false;
}

/* True when a rule may answer a challenge before any backend does. */
static bool is_in_the_way(const struct haproxy_line *line)
{
	static const char *const actions[] = {"redirect", "deny",   "tarpit",     "auth",
					      "return",   "reject", "silent-drop"};

	for (size_t i = 1; i < line->count; i++)
		if (str_starts(line->words[i].text, "/.well-known/"))
			return false;
	if (haproxy_line_is(line, "redirect", NULL))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(actions); i++)
		if (haproxy_line_is(line, "http-request", actions[i]))
			return true;
	return false;
}

/* True when a section already sends challenges to our responder. */
static bool forwards(const struct webserver *server, const struct haproxy_confs *confs,
		     const struct haproxy_conf *conf, const struct haproxy_section *section)
{
	AUTO(strvec) struct strvec backends = STRVEC_INIT;
	bool is_ours = false;

	haproxy_section_backends(conf, section, "/.well-known/acme-challenge", &backends);
	for (size_t i = 0; i < backends.count; i++)
		is_ours |= leads_to_us(server, confs, backends.items[i]);
	for (size_t i = section->first; is_ours && i < section->end; i++)
		is_ours = !is_in_the_way(&conf->lines[i]);
	return is_ours;
}

/* ---- Answers ---- */

static int start_responder(struct webserver *server, struct error *err)
{
	struct haproxy_site *site = haproxy_site_of(server);
	const struct responder_options options = {
		.protocol = RESPONDER_HTTP,
		.address = "127.0.0.1",
		.port = site->answers_port,
		.confinement = server->host->confinement,
	};

	if (site->responder || responder_start(&options, &site->responder, err) == 0)
		return 0;
	return error_hint(err, "HAProxy sends challenges there; --haproxy-http-01-port says to "
			       "which port");
}

static int answer_ourselves(struct webserver *server, const struct plugin_task *tasks, size_t count,
			    struct error *err)
{
	struct haproxy_site *site = haproxy_site_of(server);

	if (start_responder(server, err) < 0)
		return err->code;
	site->published = count;
	for (size_t i = 0; i < count; i++)
		if (responder_publish_http(site->responder, tasks[i].challenge->token,
					   tasks[i].challenge->key_authorization, err) < 0)
			return err->code;
	return 0;
}

int haproxy_tend(struct plugin_instance *instance, struct error *err)
{
	const struct haproxy_site *site = haproxy_site_of(webserver_of(instance));

	return site->responder ? responder_tend(site->responder, err) : 0;
}

int haproxy_cleanup(struct plugin_instance *instance, struct plugin_task *tasks, size_t count,
		    struct error *err)
{
	struct haproxy_site *site = haproxy_site_of(webserver_of(instance));

	for (size_t i = 0; site->responder && i < count; i++) {
		if (responder_withdraw(site->responder, tasks[i].challenge->token, err) < 0)
			return err->code;
		if (--site->published == 0)
			responder_free(STEAL(site->responder));
	}
	return webserver_cleanup(instance, tasks, count, err);
}

/* The rules that answer; tokens and key authorizations have no bytes that need quotes. */
static char *rules_for(const struct plugin_task *tasks, size_t count)
{
	AUTO(strbuf) struct strbuf rules = STRBUF_INIT;

	for (size_t i = 0; i < count; i++)
		strbuf_addf(&rules,
			    "http-request return status 200 content-type text/plain string \"%s\" "
			    "if { path " CHALLENGE_PATH "%s }\n",
			    tasks[i].challenge->key_authorization, tasks[i].challenge->token);
	return strbuf_detach(&rules);
}

/* The findings of publish() about the frontends. */
struct answers {
	const struct haproxy_confs *confs;
	const char *rules;
	struct probes *sockets;
	bool is_forwarded; /* some send challenges to our responder */
};

/* True for defaults with rules, which come before those of the sections that name them. */
static bool has_earlier_rules(const struct haproxy_conf *conf,
			      const struct haproxy_section *section)
{
	if (section->kind != HAPROXY_DEFAULTS || !section->is_http)
		return false;
	for (size_t i = section->first; i < section->end; i++)
		if (haproxy_line_is(&conf->lines[i], "http-request", NULL))
			return true;
	return false;
}

static void answer_in_file(struct webserver *server, size_t file, struct answers *answers)
{
	const struct haproxy_conf *conf = &answers->confs->items[file];
	AUTO(edit) struct edit edit = EDIT_INIT(conf->text);
	AUTO(strbuf) struct strbuf changed = STRBUF_INIT;

	for (size_t i = 0; i < conf->section_count; i++) {
		const struct haproxy_section *section = &conf->sections[i];

		if (has_earlier_rules(conf, section))
			haproxy_section_insert(&edit, conf, section, answers->rules);
		if (!add_plain_sockets(server, conf, section, answers->sockets))
			continue;
		if (forwards(server, answers->confs, conf, section))
			answers->is_forwarded = true;
		else
			haproxy_section_insert(&edit, conf, section, answers->rules);
	}
	edit_apply(&edit, &changed);
	texts_set(server, file, span_make(changed.text, changed.len));
}

int haproxy_publish(struct webserver *server, const struct plugin_task *tasks, size_t count,
		    struct probes *ret_probes, struct error *err)
{
	AUTO(haproxy_confs) struct haproxy_confs confs = HAPROXY_CONFS_INIT;
	AUTO(probes) struct probes sockets = PROBES_INIT;
	AUTO_FREE char *rules = rules_for(tasks, count);
	struct answers answers = {.confs = &confs, .rules = rules, .sockets = &sockets};

	haproxy_site_read(server, &confs);
	for (size_t i = 0; i < confs.count; i++)
		answer_in_file(server, i, &answers);
	if (!sockets.count)
		return error_set(err, ERR_CONFIG,
				 "no frontend of HAProxy's configuration in mode http listens on "
				 "port %u without TLS, so HAProxy cannot answer the CA",
				 webserver_http_port(server));
	if (answers.is_forwarded && answer_ourselves(server, tasks, count, err) < 0)
		return err->code;
	for (size_t i = 0; i < count; i++)
		webserver_add_proofs(&sockets, tasks[i].challenge, ret_probes);
	return 0;
}

/* ---- Proof of certificates ---- */

/* The name of the lineage that a file of live/ belongs to; the caller frees it. */
static char *lineage_of(const char *chain_path)
{
	AUTO_FREE char *dir = path_dirname(chain_path);

	return xstrdup(path_basename(dir));
}

/* The TLS sockets whose bind lines load the file (NULL: all). */
static void add_tls_sockets(const struct haproxy_confs *confs, const char *path,
			    struct probes *ret_sockets)
{
	for (size_t i = 0; i < confs->count; i++) {
		const struct haproxy_conf *conf = &confs->items[i];

		for (size_t j = 0; j < conf->line_count; j++) {
			const struct haproxy_line *line = &conf->lines[j];

			if (haproxy_is_bind(line) && haproxy_bind_has(line, "ssl") &&
			    (!path || haproxy_bind_loads(confs, line, path)))
				add_sockets(line, 0, ret_sockets);
		}
	}
}

void haproxy_prove(struct webserver *server, const struct webserver_certificates *which,
		   struct probes *ret_probes)
{
	AUTO(haproxy_confs) struct haproxy_confs confs = HAPROXY_CONFS_INIT;

	haproxy_site_read(server, &confs);
	add_tls_sockets(&confs, NULL, ret_probes);
	for (size_t i = 0; which && i < which->paths.count; i++) {
		AUTO(looks) struct looks looks = looks_make(which, ret_probes);
		AUTO_FREE char *lineage = lineage_of(which->paths.items[i]);
		AUTO_FREE char *path = haproxy_pem_path(server, &confs, lineage);

		add_tls_sockets(&confs, path, &looks.sockets);
		/* It may be loaded in a way that is not seen here. */
		if (!looks.sockets.count)
			add_tls_sockets(&confs, NULL, &looks.sockets);
		looks_add_default(&looks, which->paths.items[i]);
	}
}
