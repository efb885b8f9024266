/*
 * What the rules of a section say about requests: host names and paths (see haproxy_conf.h). Rules
 * are understood as far as that needs: a fetch, its flags, and the values that it is compared with.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/strvec.h"
#include "confedit/haproxy/haproxy_conf.h"

/* Returns true for a fetch of the host name of a request or handshake, which may be followed by
 * arguments and converters. */
static bool fetches_host(const char *word)
{
	static const char *const fetches[] = {"hdr(host",     "hdr_dom(host",  "req.hdr(host",
					      "hdr_str(host", "req.fhdr(host", "ssl_fc_sni",
					      "req.ssl_sni",  "req_ssl_sni"};

	for (size_t i = 0; i < ARRAY_LEN(fetches); i++)
		if (strncmp(word, fetches[i], strlen(fetches[i])) == 0)
			return true;
	return false;
}

/* Steps over the flags of a comparison. False when its values are not whole names. */
static bool skip_flags(const struct haproxy_line *line, size_t *at)
{
	for (; *at < line->count && line->words[*at].text[0] == '-'; ++*at) {
		const char *flag = line->words[*at].text;

		if (strcmp(flag, "--") == 0) {
			++*at;
			return true;
		}
		if (strcmp(flag, "-m") != 0 && strcmp(flag, "-f") != 0)
			continue;
		++*at;
		if (flag[1] == 'm' && *at < line->count &&
		    strcmp(line->words[*at].text, "str") != 0 &&
		    strcmp(line->words[*at].text, "dom") != 0)
			return false;
	}
	return true;
}

static bool is_host_name(const char *text)
{
	if (text[0] == '.' || !strchr(text, '.'))
		return false;
	for (; *text; text++)
		if (!ascii_is_alnum(*text) && !strchr("-._", *text))
			return false;
	return true;
}

static void add_host(const char *word, struct strvec *ret_hosts)
{
	AUTO_FREE char *host = xstrdup(word);
	char *colon = strchr(host, ':');

	if (colon)
		*colon = '\0';
	ascii_lower_string(host);
	if (is_host_name(host))
		strvec_push_unique(ret_hosts, host);
}

static void add_hosts_of_line(const struct haproxy_line *line, struct strvec *ret_hosts)
{
	for (size_t i = 1; i < line->count; i++) {
		size_t at = i + 1;

		if (!fetches_host(line->words[i].text) || !skip_flags(line, &at))
			continue;
		for (; at < line->count && strcmp(line->words[at].text, "}") != 0; at++)
			add_host(line->words[at].text, ret_hosts);
		i = at;
	}
}

void haproxy_section_hosts(const struct haproxy_conf *conf, const struct haproxy_section *section,
			   struct strvec *ret_hosts)
{
	for (size_t i = section->first + 1; i < section->end; i++)
		add_hosts_of_line(&conf->lines[i], ret_hosts);
}

/* ---- Paths ---- */

static bool has_prefix_word(const struct haproxy_line *line, const char *prefix)
{
	for (size_t i = 0; i < line->count; i++)
		if (str_starts(line->words[i].text, prefix))
			return true;
	return false;
}

/* True when the condition of a rule is about the path, itself or by an ACL of the section. */
static bool is_about(const struct haproxy_conf *conf, const struct haproxy_section *section,
		     const struct haproxy_line *rule, const char *prefix)
{
	if (has_prefix_word(rule, prefix))
		return true;
	for (size_t i = section->first + 1; i < section->end; i++) {
		const struct haproxy_line *acl = &conf->lines[i];

		if (!haproxy_line_is(acl, "acl", NULL) || acl->count < 2 ||
		    !has_prefix_word(acl, prefix))
			continue;
		for (size_t j = 2; j < rule->count; j++)
			if (strcmp(rule->words[j].text, acl->words[1].text) == 0)
				return true;
	}
	return false;
}

void haproxy_section_backends(const struct haproxy_conf *conf,
			      const struct haproxy_section *section, const char *prefix,
			      struct strvec *ret_backends)
{
	for (size_t i = section->first + 1; i < section->end; i++) {
		const struct haproxy_line *rule = &conf->lines[i];

		if (haproxy_line_is(rule, "use_backend", NULL) && rule->count > 1 &&
		    is_about(conf, section, rule, prefix))
			strvec_push_unique(ret_backends, rule->words[1].text);
	}
}
