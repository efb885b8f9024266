/*
 * Lines for web servers that answer http-01 challenges by themselves (see snippet.h). Each answers
 * what looks like a token, and nothing else: the answer repeats it, and a browser must not be made
 * to read other text of a stranger's choice from the site.
 */
#include "app/issue/snippet.h"

#include <string.h>

#include "app/issue/ca.h"
#include "base/macros.h"

#define THUMBPRINT "THUMBPRINT"
#define TOKEN "[A-Za-z0-9_-]+"

static const struct snippet {
	const char *server, *text;
} snippets[] = {
	{"nginx",
	 "# In the server block of port 80, where a redirect has to be in a location of its own.\n"
	 "location ~ \"^/\\.well-known/acme-challenge/(" TOKEN ")$\" {\n"
	 "    default_type text/plain;\n"
	 "    return 200 \"$1." THUMBPRINT "\";\n"
	 "}\n"},
	{"apache",
	 "# In the virtual host of port 80, before other rewrite rules. Needs mod_rewrite.\n"
	 "<LocationMatch \"^/\\.well-known/acme-challenge/(?<token>" TOKEN ")$\">\n"
	 "    Require all granted\n"
	 "    ErrorDocument 200 \"%{env:MATCH_TOKEN}." THUMBPRINT "\"\n"
	 "    RewriteEngine On\n"
	 "    RewriteRule \"^\" \"-\" [R=200,L]\n"
	 "</LocationMatch>\n"},
	{"haproxy", "# In the frontend of port 80, before other rules of http-request.\n"
		    "http-request return status 200 content-type text/plain lf-string "
		    "\"%[path,field(4,/)]." THUMBPRINT
		    "\" if { path_reg ^/\\.well-known/acme-challenge/" TOKEN "$ }\n"},
	{"varnish", "# Before other subroutines of the VCL.\n"
		    "sub vcl_recv {\n"
		    "    if (req.url ~ \"^/\\.well-known/acme-challenge/" TOKEN "$\") {\n"
		    "        return (synth(777, \"challenge\"));\n"
		    "    }\n"
		    "}\n"
		    "sub vcl_synth {\n"
		    "    if (resp.status == 777) {\n"
		    "        set resp.status = 200;\n"
		    "        set resp.http.Content-Type = \"text/plain\";\n"
		    "        synthetic(regsub(req.url, \"^.*/\", \"\") + \"." THUMBPRINT "\");\n"
		    "        return (deliver);\n"
		    "    }\n"
		    "}\n"},
};

static const struct snippet *find_snippet(const char *server)
{
	for (size_t i = 0; server && i < ARRAY_LEN(snippets); i++) {
		if (strcmp(snippets[i].server, server) == 0)
			return &snippets[i];
	}
	return NULL;
}

/* The text after the mark is written unchanged. */
int snippet_fill(const char *server, const char *thumbprint, struct strbuf *out, struct error *err)
{
	const struct snippet *snippet = find_snippet(server);
	const char *mark;

	if (!snippet) {
		if (server)
			error_set(err, ERR_USAGE, "fleet snippet has no lines for '%s'", server);
		else
			error_set(err, ERR_USAGE, "fleet snippet needs the name of a web server");
		return error_hint(err, "it is one of nginx, apache, haproxy and varnish");
	}
	mark = strstr(snippet->text, THUMBPRINT);
	strbuf_add(out, snippet->text, (size_t)(mark - snippet->text));
	strbuf_addf(out, "%s%s", thumbprint, mark + strlen(THUMBPRINT));
	strbuf_trim(out);
	return 0;
}
