/*
 * Edits the configuration of a distribution (see distribution.h).
 */
#include "cloud/distribution.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/xml.h"

#define ELEMENT "ViewerCertificate"
#define DEFAULT_PROTOCOL "TLSv1.2_2021"

/* Aliases may have been typed in upper case. */
void distribution_names(const struct xml *root, struct strvec *ret_names)
{
	const struct xml *items = xml_find(xml_find(root, "Aliases"), "Items"), *name;

	for (size_t i = 0; (name = xml_at(items, i)) != NULL; i++) {
		AUTO_FREE char *lower = xstrdup(xml_text(name));

		ascii_lower_string(lower);
		strvec_push_unique(ret_names, lower);
	}
}

bool distribution_uses(const struct xml *root, const char *arn)
{
	const char *used = xml_find_text(xml_find(root, ELEMENT), "ACMCertificateArn");

	return used && strcmp(used, arn) == 0;
}

/* True for the members that say which certificate is shown, and how. */
static bool is_known(const char *name)
{
	static const char *const known[] = {
		"CloudFrontDefaultCertificate",
		"IAMCertificateId",
		"ACMCertificateArn",
		"SSLSupportMethod",
		"Certificate",
		"CertificateSource",
		"MinimumProtocolVersion",
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(known[i], name) == 0)
			return true;
	return false;
}

/* The values that go with CloudFront's own certificate are not the user's choice, and would allow
 * TLS 1.0. */
static void add_kept(struct strbuf *out, const struct xml *former, const char *name,
		     const char *fallback)
{
	const char *is_default = xml_find_text(former, "CloudFrontDefaultCertificate");
	const char *value = xml_find_text(former, name);
	bool is_own = !is_default || strcmp(is_default, "true") != 0;

	xml_add_element(out, name, is_own && value && value[0] ? value : fallback);
}

/* Members we do not know are kept: an update replaces the whole configuration, so what is left out
 * is lost. */
static void add_element(struct strbuf *out, const struct xml *former, const char *arn)
{
	const struct xml *member;

	strbuf_adds(out, "<" ELEMENT ">");
	xml_add_element(out, "CloudFrontDefaultCertificate", "false");
	xml_add_element(out, "ACMCertificateArn", arn);
	add_kept(out, former, "SSLSupportMethod", "sni-only");
	add_kept(out, former, "MinimumProtocolVersion", DEFAULT_PROTOCOL);
	for (size_t i = 0; (member = xml_at(former, i)) != NULL; i++)
		if (!is_known(xml_name(member)))
			xml_add_element(out, xml_name(member), xml_text(member));
	strbuf_adds(out, "</" ELEMENT ">");
}

/* Finds the element in the text. It cannot be mistaken for a value: there, "<" is escaped. */
static bool find_element(const char *text, const char **ret_start, const char **ret_end)
{
	static const char *const forms[][2] = {{"<" ELEMENT ">", "</" ELEMENT ">"},
					       {"<" ELEMENT "/>", ""}};

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		const char *start = strstr(text, forms[i][0]);
		const char *end = start ? strstr(start, forms[i][1]) : NULL;

		if (!end)
			continue;
		*ret_start = start;
		*ret_end = forms[i][1][0] ? end + strlen(forms[i][1]) : start + strlen(forms[i][0]);
		return !strstr(*ret_end, "<" ELEMENT);
	}
	return false;
}

/* Only this element of the text is replaced: XML printed from the tree would lack what our reader
 * does not keep, such as attributes. */
int distribution_use(const char *text, const struct xml *root, const char *arn, struct strbuf *out,
		     struct error *err)
{
	const char *start, *end;

	if (!find_element(text, &start, &end))
		return error_set(err, ERR_PARSE,
				 "cannot change the distribution: its configuration has no single "
				 "element " ELEMENT);
	strbuf_add(out, text, (size_t)(start - text));
	add_element(out, xml_find(root, ELEMENT), arn);
	strbuf_adds(out, end);
	return 0;
}
