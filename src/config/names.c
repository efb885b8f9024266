/*
 * Rules for domain names, addresses and lineage names. What a CA would refuse anyway is left to the
 * CA, except for characters that no DNS name in a certificate can have: names become file names
 * here.
 */
#include "config/names.h"

#include <arpa/inet.h>
#include <limits.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "codec/idna.h"

/* RFC 1035 section 2.3.4. */
#define MAX_NAME 255
#define MAX_LABEL 63

static bool is_ascii(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text >= 0x80)
			return false;
	return true;
}

static bool is_ip_address(const char *text)
{
	unsigned char address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

/* Refuses a name; its text is made safe to print, for it may come from anywhere. */
static int refuse_name(const char *name, const char *reason, struct error *err)
{
	AUTO(strbuf) struct strbuf shown = STRBUF_INIT;

	strbuf_add_printable(&shown, name, strlen(name));
	return error_set(err, ERR_CONFIG, "cannot use '%s': %s", shown.text, reason);
}

/* Lower-case form in ASCII: A-labels for names in other scripts, "*." kept. Names already in ASCII
 * are not run through IDNA: underscores and third and fourth hyphens that its rules refuse occur in
 * certificates. */
static int to_ascii(const char *text, char **ret_name, struct error *err)
{
	AUTO(error) struct error reason = ERROR_INIT;
	AUTO_FREE char *host = NULL;
	bool is_wildcard = str_starts(text, "*.");

	if (is_ascii(text)) {
		*ret_name = xstrdup(text);
		ascii_lower_string(*ret_name);
		return 0;
	}
	if (idna_to_ascii(is_wildcard ? text + 2 : text, &host, &reason) < 0)
		return refuse_name(text, reason.text, err);
	*ret_name = xasprintf("%s%s", is_wildcard ? "*." : "", host);
	return 0;
}

/* NULL when every label is fine. */
static const char *find_label_fault(const char *name)
{
	for (;;) {
		size_t len = strcspn(name, ".");

		if (!len)
			return "it has an empty label";
		if (len > MAX_LABEL)
			return "a label is longer than 63 characters";
		if (!name[len])
			return NULL;
		name += len + 1;
	}
}

/* URLs and addresses get words of their own because they are what users paste. "*" within a name is
 * left to the CA. */
static const char *find_fault(const char *name)
{
	if (str_starts_nocase(name, "http://") || str_starts_nocase(name, "https://"))
		return "it is a URL; give only the host name";
	if (is_ip_address(name))
		return "it is an IP address; use --ip-address";
	if (strlen(name) > MAX_NAME)
		return "it is longer than 255 characters";
	for (const char *c = name; *c; c++)
		if (!ascii_is_alnum(*c) && !strchr("-_.*", *c))
			return "it contains a character that is not allowed in a domain name";
	return find_label_fault(name);
}

/* A trailing dot means the root and names the same host; certificates are without it. */
int names_check_domain(const char *text, char **ret_domain, struct error *err)
{
	AUTO_FREE char *name = NULL;
	const char *fault;
	size_t len;

	if (to_ascii(text, &name, err) < 0)
		return err->code;
	len = strlen(name);
	if (len && name[len - 1] == '.')
		name[len - 1] = '\0';
	fault = find_fault(name);
	if (fault)
		return refuse_name(text, fault, err);
	*ret_domain = STEAL(name);
	return 0;
}

/* In the form of inet_ntop(), so that two spellings of an IPv6 address are one identifier for the
 * CA and for the lineage's list. */
int names_check_ip(const char *text, char **ret_ip, struct error *err)
{
	unsigned char address[sizeof(struct in6_addr)];
	char canonical[INET6_ADDRSTRLEN];
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;

	if (inet_pton(family, text, address) != 1 ||
	    !inet_ntop(family, address, canonical, sizeof(canonical)))
		return refuse_name(text, "it is not an IPv4 or IPv6 address", err);
	*ret_ip = xstrdup(canonical);
	return 0;
}

int names_add_domains(struct strvec *domains, const char *text, struct error *err)
{
	if (!text[0])
		return 0;
	for (;;) {
		size_t len = strcspn(text, ",");
		AUTO_FREE char *item = span_dup(span_trim(span_make(text, len)));
		AUTO_FREE char *domain = NULL;

		if (names_check_domain(item, &domain, err) < 0)
			return err->code;
		strvec_push_unique(domains, domain);
		if (!text[len])
			return 0;
		text += len + 1;
	}
}

/* Lineage names are printed in lists, and a newline there could fake an entry. */
static bool has_control_character(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

/* The longest file name that is made of one: ".NAME.twin", "NAME.conf.new". */
#define MAX_LINEAGE (NAME_MAX - 9)

/* The name becomes a part of paths that root writes to. Spaces are allowed: Certbot allows them. */
static const char *find_lineage_fault(const char *name)
{
	if (!name[0])
		return "the name of a certificate cannot be empty";
	if (strchr(name, '/'))
		return "the name of a certificate cannot contain a path separator";
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return "the name of a certificate cannot be that of a directory";
	if (has_control_character(name))
		return "the name of a certificate cannot contain control characters";
	if (!utf8_is_valid(name, strlen(name)))
		return "the name of a certificate must be UTF-8 text";
	return NULL;
}

int names_check_lineage(const char *name, struct error *err)
{
	const char *fault = find_lineage_fault(name);

	return fault ? refuse_name(name, fault, err) : 0;
}

int names_check_new_lineage(const char *name, struct error *err)
{
	const char *fault = find_lineage_fault(name);

	if (!fault && name[0] == '.')
		fault = "a certificate whose name begins with a dot would never be renewed";
	else if (!fault && strcmp(name, "README") == 0)
		fault = "live/README is a file";
	else if (!fault && strstr(name, "%("))
		fault = "a renewal configuration cannot express '%('";
	else if (!fault && strlen(name) > MAX_LINEAGE)
		fault = "it is too long for the name of a file";
	if (!fault)
		return 0;
	refuse_name(name, fault, err);
	return error_hint(err, "choose another name with --cert-name");
}

char *names_default_lineage(const char *first_name)
{
	return xstrdup(str_starts(first_name, "*.") ? first_name + 2 : first_name);
}

bool names_is_plausible_host(const char *name)
{
	size_t labels = 0;

	if (!is_ascii(name) || strchr(name, '*') || strchr(name, '_') || find_fault(name))
		return false;
	for (;; name++) {
		size_t len = strcspn(name, ".");

		labels++;
		if (name[0] == '-' || name[len - 1] == '-')
			return false;
		name += len;
		if (!*name)
			return labels >= 2;
	}
}

bool names_is_email(const char *text)
{
	const char *local_extra = "._%+-", *domain_extra = ".-";
	const char *at = strchr(text, '@');

	if (!at || at == text || !at[1] || text[0] == '.' || strstr(text, ".."))
		return false;
	for (const char *c = text; c < at; c++)
		if (!ascii_is_alnum(*c) && !strchr(local_extra, *c))
			return false;
	for (const char *c = at + 1; *c; c++)
		if (!ascii_is_alnum(*c) && !strchr(domain_extra, *c))
			return false;
	return true;
}
