/*
 * Servers for tls-sni-01 (see nginx_sni.h). Their names end in ".acme.invalid", so no server of the
 * administrator's has them, and nobody but the CA asks for them.
 */
#include "confedit/nginx/nginx_sni.h"

#include "base/alloc.h"
#include "confedit/nginx/nginx_lex.h"
#include "confedit/nginx/nginx_own.h"

static int add_directive(struct strbuf *text, const char *name, const char *path, struct error *err)
{
	strbuf_addf(text, "\t%s ", name);
	if (nginx_lex_quote(path, text, err) < 0)
		return err->code;
	strbuf_adds(text, ";\n");
	return 0;
}

static int add_server(const struct nginx_sni_challenge *challenge,
		      const struct nginx_sni_plan *plan, const struct strbuf *listens,
		      struct strbuf *text, struct error *err)
{
	strbuf_addf(text, "server {\n%s", listens->text);
	if (add_directive(text, "server_name", challenge->server_name, err) < 0 ||
	    add_directive(text, "ssl_certificate", challenge->cert_path, err) < 0 ||
	    add_directive(text, "ssl_certificate_key", challenge->key_path, err) < 0 ||
	    add_directive(text, "include", plan->options_path, err) < 0)
		return err->code;
	strbuf_adds(text, "\taccess_log off;\n\tlocation / {\n\t\treturn 404;\n\t}\n}\n");
	return 0;
}

static int write_servers(const struct nginx_model *model,
			 const struct nginx_sni_challenge *challenges, size_t count,
			 const struct nginx_sni_plan *plan, struct strbuf *text, struct error *err)
{
	static const struct nginx_candidates nobody = NGINX_CANDIDATES_INIT;
	const struct nginx_own_sockets sockets = {plan->port, true};

	for (size_t i = 0; i < count; i++) {
		AUTO(strbuf) struct strbuf listens = STRBUF_INIT;

		nginx_own_listens(model, &sockets, &nobody, &listens);
		if (!listens.len)
			nginx_own_new_listens(model, &sockets, text, &listens);
		if (add_server(&challenges[i], plan, &listens, text, err) < 0)
			return err->code;
	}
	return 0;
}

/* "ssl" in one server turns TLS on for all of the socket. */
static int check_port(const struct nginx_model *model, unsigned port, struct error *err)
{
	const struct nginx_own_sockets plain = {port, false}, tls = {port, true};

	if (!model->http)
		return error_set(err, ERR_CONFIG,
				 "cannot publish challenges: nginx has no http block");
	if (nginx_own_has_socket(model, &plain) && !nginx_own_has_socket(model, &tls))
		return error_set(err, ERR_REFUSED,
				 "cannot answer tls-sni-01: nginx speaks plain HTTP on port %u",
				 port);
	return 0;
}

int nginx_publish_sni(struct nginx_model *model, const struct nginx_sni_challenge *challenges,
		      size_t count, const struct nginx_sni_plan *plan, struct error *err)
{
	AUTO(nginx_changes) struct nginx_changes changes = {.model = model};
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if (check_port(model, plan->port, err) < 0)
		return err->code;
	strbuf_adds(&text, NGINX_OWN_HEADER);
	if (write_servers(model, challenges, count, plan, &text, err) < 0 ||
	    nginx_model_create(model, plan->include_path, span_make(text.text, text.len), err) < 0)
		return err->code;
	nginx_changes_init(&changes, model);
	if (nginx_own_include(&changes, plan->include_path, err) < 0)
		return err->code;
	return nginx_changes_apply(&changes, err);
}
