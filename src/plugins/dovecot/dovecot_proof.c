/*
 * The sockets of Dovecot, as doveconf shows them, and the certificate that each name gets on them.
 */
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "plugins/dovecot/dovecot_site.h"
#include "webserver/control.h"
#include "webserver/looks.h"

/* The services that speak TLS with clients. */
static const struct {
	const char *service, *protocol;
	enum starttls starttls;
} services[] = {
	{"imap-login", "imap", STARTTLS_IMAP},
	{"pop3-login", "pop3", STARTTLS_POP3},
	{"submission-login", "submission", STARTTLS_SMTP},
};

/* ---- Sockets ---- */

/* The value of a setting in a block, or ""; borrowed. */
static const char *value_in(const struct dovecot_conf *conf, size_t block, const char *name)
{
	for (size_t i = 0; i < conf->count; i++)
		if (conf->items[i].kind == DOVECOT_SETTING && conf->items[i].parent == block &&
		    strcmp(conf->items[i].name, name) == 0)
			return conf->items[i].value;
	return "";
}

/* Protocols are a list, or since 2.4 a block with a setting for each. */
static bool has_protocol(const struct dovecot_conf *conf, const char *protocol)
{
	AUTO(strvec) struct strvec listed = STRVEC_INIT;

	strvec_split(&listed, value_in(conf, DOVECOT_TOP, "protocols"), " ");
	for (size_t i = 0; i < conf->count; i++)
		if (conf->items[i].kind == DOVECOT_BLOCK &&
		    strcmp(conf->items[i].name, "protocols") == 0 &&
		    strcmp(value_in(conf, i, protocol), "yes") == 0)
			return true;
	return strvec_contains(&listed, protocol);
}

/* Where this machine reaches the first address of a list; the caller frees it. */
static char *reachable(const char *addresses)
{
	AUTO(strvec) struct strvec listed = STRVEC_INIT;

	strvec_split(&listed, addresses, ", ");
	return looks_address(listed.count ? listed.items[0] : "*", AF_UNSPEC);
}

static void add_listener(const struct dovecot_conf *conf, size_t listener, enum starttls starttls,
			 struct probes *ret_sockets)
{
	const char *own = value_in(conf, listener, "address");
	const char *own_24 = value_in(conf, listener, "listen");
	const char *all = value_in(conf, DOVECOT_TOP, "listen");
	AUTO_FREE char *address = reachable(own[0] ? own : own_24[0] ? own_24 : all);
	int64_t port;

	if (!str_to_int64(value_in(conf, listener, "port"), 1, UINT16_MAX, &port))
		return;
	if (strcmp(value_in(conf, listener, "ssl"), "yes") == 0)
		starttls = STARTTLS_NONE;
	probes_add(
		ret_sockets,
		&(struct probe){
			.address = address,
			.port = (unsigned)port,
			.proxy_protocol = strcmp(value_in(conf, listener, "haproxy"), "yes") == 0,
			.starttls = starttls,
		});
}

static void add_service(const struct dovecot_conf *conf, size_t row, struct probes *ret_sockets)
{
	for (size_t i = 0; i < conf->count; i++) {
		size_t parent = conf->items[i].parent;

		if (conf->items[i].kind == DOVECOT_BLOCK && parent != DOVECOT_TOP &&
		    strcmp(conf->items[i].name, "inet_listener") == 0 &&
		    strcmp(conf->items[parent].name, "service") == 0 &&
		    strcmp(conf->items[parent].value, services[row].service) == 0)
			add_listener(conf, i, services[row].starttls, ret_sockets);
	}
}

static void find_sockets(const struct webserver *server, struct probes *ret_sockets)
{
	const struct dovecot_site *site = dovecot_site_of(server);
	const char *const *shown = site->words->shown;
	const char *const argv[] = {site->utility, "-c",     site->main, shown[0],
				    shown[1],      shown[2], NULL};
	AUTO(control_output) struct control_output output;
	AUTO(dovecot_conf) struct dovecot_conf conf = DOVECOT_CONF_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;

	control_output_init(&output);
	if (control_run(argv, &output, &ignored) < 0 ||
	    dovecot_conf_parse(span_make(output.out.text, output.out.len), &conf, &ignored) < 0)
		return;
	for (size_t i = 0; i < ARRAY_LEN(services); i++)
		if (has_protocol(&conf, services[i].protocol))
			add_service(&conf, i, ret_sockets);
}

/* ---- Leaves ---- */

/* Of several blocks for a name the last one counts, so they are looked at from the end. */
static void add_blocks(const struct dovecot_view *view, struct looks *looks)
{
	for (size_t i = view->count; i-- > 0;) {
		const struct dovecot_statement *cert;
		AUTO(strvec) struct strvec names = STRVEC_INIT;

		if (!dovecot_view_is_name_block(view, i))
			continue;
		cert = dovecot_view_in_block(view, i, dovecot_site_of(view->server)->words->cert);
		if (!cert)
			continue;
		dovecot_conf_names(dovecot_view_at(view, i), &names);
		for (size_t j = 0; j < names.count; j++)
			ascii_lower_string(names.items[j]);
		looks_add(looks, dovecot_path(view->server, cert->value), &names);
	}
}

void dovecot_prove(struct webserver *server, const struct webserver_certificates *which,
		   struct probes *ret_probes)
{
	AUTO(looks) struct looks looks = looks_make(which, ret_probes);
	AUTO(dovecot_view) struct dovecot_view view = DOVECOT_VIEW_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;
	AUTO_FREE char *present = NULL;

	find_sockets(server, &looks.sockets);
	looks_connect(&looks);
	if (dovecot_view_read(server, dovecot_site_of(server)->main, &view, &ignored) < 0)
		return;
	add_blocks(&view, &looks);
	present = dovecot_default_chain(&view);
	if (present)
		looks_add_default(&looks, present);
}
