/*
 * Scans certificates (see cert_scan.h): RFC 5280 4.1, top down. Each function takes its element
 * from the front, and gives up where OpenSSL would fail or might read more into it than this code
 * knows.
 */
#include "crypto/cert/cert_scan.h"

#include <string.h>

#include "base/ascii.h"
#include "base/macros.h"
#include "codec/datetime.h"
#include "crypto/der.h"
#include "crypto/key/key_scan.h"

/* Contents of object identifiers. */
#define OID_COMMON_NAME "\x55\x04\x03"                          /* 2.5.4.3 */
#define OID_ALTERNATIVE_NAMES "\x55\x1d\x11"                    /* 2.5.29.17 */
#define OID_AUTHORITY_ACCESS "\x2b\x06\x01\x05\x05\x07\x01\x01" /* 1.3.6.1.5.5.7.1.1 */
#define OID_OCSP "\x2b\x06\x01\x05\x05\x07\x30\x01"             /* 1.3.6.1.5.5.7.48.1 */

enum {
	TAG_VERSION = DER_CONTEXT | DER_CONSTRUCTED | 0,
	TAG_EXTENSIONS = DER_CONTEXT | DER_CONSTRUCTED | 3,
	TAG_MAIL = DER_CONTEXT | 1,
	TAG_DNS_NAME = DER_CONTEXT | 2,
	TAG_URL = DER_CONTEXT | 6,
	TAG_ADDRESS = DER_CONTEXT | 7,
	IPV4_LEN = 4,
	IPV6_LEN = 16,
};

/* True for printable ASCII with or without blanks, not empty. */
static bool is_printable(struct span text, char lowest)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] < lowest || text.ptr[i] > '~')
			return false;
	return text.len > 0;
}

/* An algorithm with no parameter, NULL, or an object identifier; as a whole, and its identifier. */
static bool take_algorithm(struct span *rest, struct span *ret_whole, struct span *ret_oid)
{
	struct span whole, content, parameter;

	if (!der_take_whole(rest, DER_SEQUENCE, &whole))
		return false;
	*ret_whole = whole;
	if (!der_take(&whole, DER_SEQUENCE, &content) || !der_take_oid(&content, ret_oid))
		return false;
	if (!content.len)
		return true;
	if (content.ptr[0] == DER_OID)
		return der_take_oid(&content, &parameter) && !content.len;
	return der_take(&content, DER_NULL, &parameter) && !parameter.len && !content.len;
}

static bool take_version_3(struct span *rest)
{
	struct span content;

	return der_take(rest, TAG_VERSION, &content) && span_eq(content, "\x02\x01\x02");
}

/* One attribute of a name; the first common name is noted. */
static bool take_attribute(struct span *rest, struct span *ret_common_name)
{
	struct span content, oid, value;
	unsigned tag;

	if (!der_take(rest, DER_SEQUENCE, &content) || !der_take_oid(&content, &oid) ||
	    !der_take_any(&content, &tag, &value) || content.len)
		return false;
	if ((tag != DER_UTF8_STRING && tag != DER_PRINTABLE_STRING) || !is_printable(value, ' '))
		return false;
	if (span_eq(oid, OID_COMMON_NAME) && !ret_common_name->len)
		*ret_common_name = value;
	return true;
}

static bool take_name(struct span *rest, struct span *ret_name, struct span *ret_common_name)
{
	struct span whole, content, set;

	if (!der_take_whole(rest, DER_SEQUENCE, ret_name))
		return false;
	whole = *ret_name;
	if (!der_take(&whole, DER_SEQUENCE, &content))
		return false;
	while (content.len) {
		if (!der_take(&content, DER_SET, &set) || !set.len)
			return false;
		while (set.len)
			if (!take_attribute(&set, ret_common_name))
				return false;
	}
	return true;
}

/* Two-digit years before 50 are in this century (RFC 5280 4.1.2.5.1). Leap seconds, which the
 * library refuses, and times before 1970 are left to it. */
static bool take_time(struct span *rest, int64_t *ret_seconds)
{
	char digits[14];
	struct span text;
	unsigned tag;
	size_t year_len;

	if (!der_take_any(rest, &tag, &text) ||
	    (tag != DER_UTC_TIME && tag != DER_GENERALIZED_TIME))
		return false;
	year_len = tag == DER_UTC_TIME ? 2 : 0;
	if (text.len != sizeof(digits) - year_len + 1 || text.ptr[text.len - 1] != 'Z')
		return false;
	memcpy(digits, text.ptr[0] < '5' ? "20" : "19", 2);
	memcpy(digits + year_len, text.ptr, sizeof(digits) - year_len);
	return digits[12] < '6' && datetime_parse_digits(digits, ret_seconds) && *ret_seconds >= 0;
}

static bool take_validity(struct span *rest, struct cert_parts *parts)
{
	struct span content;

	return der_take(rest, DER_SEQUENCE, &content) && take_time(&content, &parts->not_before) &&
	       take_time(&content, &parts->not_after) && !content.len;
}

static bool take_key(struct span *rest, struct cert_parts *parts)
{
	struct span key, content, whole;

	if (!der_take_whole(rest, DER_SEQUENCE, &parts->key))
		return false;
	key = parts->key;
	return der_take(&key, DER_SEQUENCE, &content) &&
	       take_algorithm(&content, &whole, &parts->key_algorithm) &&
	       der_take_bits(&content, &parts->key_bits) && !content.len;
}

/* Two numbers, as der_take_natural() reads them. */
static bool is_rsa_key(struct span bits)
{
	struct span content, number;

	return der_take(&bits, DER_SEQUENCE, &content) && !bits.len &&
	       der_take_natural(&content, &number) && der_take_natural(&content, &number) &&
	       !content.len;
}

/* Both coordinates of a point, as long as the curve's numbers are. */
static bool is_whole_point(struct span bits, size_t number_len)
{
	return bits.len == 1 + 2 * number_len && key_scan_is_whole_point(bits);
}

bool cert_scan_key_is_canonical(const struct cert_parts *parts)
{
	struct span key = parts->key, content, algorithm;

	if (!der_take(&key, DER_SEQUENCE, &content) ||
	    !der_take(&content, DER_SEQUENCE, &algorithm))
		return false;
	switch (key_scan_algorithm(algorithm)) {
	case KEY_ALGORITHM_RSA:
		return is_rsa_key(parts->key_bits);
	case KEY_ALGORITHM_P256:
		return is_whole_point(parts->key_bits, 32);
	case KEY_ALGORITHM_P384:
		return is_whole_point(parts->key_bits, 48);
	case KEY_ALGORITHM_P521:
		return is_whole_point(parts->key_bits, 66);
	case KEY_ALGORITHM_OTHER:
		break;
	}
	return false;
}

bool cert_scan_take_name(struct span *names, enum cert_name_kind *ret_kind, struct span *ret_name)
{
	static const struct {
		unsigned tag;
		enum cert_name_kind kind;
	} kinds[] = {
		{TAG_DNS_NAME, CERT_NAME_DNS},
		{TAG_ADDRESS, CERT_NAME_ADDRESS},
		{TAG_MAIL, CERT_NAME_OTHER},
		{TAG_URL, CERT_NAME_OTHER},
	};
	unsigned tag;

	if (!der_take_any(names, &tag, ret_name))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].tag == tag) {
			*ret_kind = kinds[i].kind;
			return true;
		}
	return false;
}

static bool is_name(enum cert_name_kind kind, struct span name)
{
	switch (kind) {
	case CERT_NAME_DNS:
		return is_printable(name, '!');
	case CERT_NAME_ADDRESS:
		return name.len == IPV4_LEN || name.len == IPV6_LEN;
	case CERT_NAME_OTHER:
		break;
	}
	return true;
}

static bool read_alternative_names(struct span value, struct cert_parts *parts)
{
	enum cert_name_kind kind;
	struct span names, name;

	if (parts->names.ptr || !der_take(&value, DER_SEQUENCE, &names) || value.len)
		return false;
	parts->names = names;
	while (names.len)
		if (!cert_scan_take_name(&names, &kind, &name) || !is_name(kind, name))
			return false;
	return true;
}

/* All methods by URL; the first plain one of a responder is noted. */
static bool read_authority_access(struct span value, struct cert_parts *parts, bool *is_there)
{
	struct span methods, method, oid, url;

	if (*is_there || !der_take(&value, DER_SEQUENCE, &methods) || value.len)
		return false;
	*is_there = true;
	while (methods.len) {
		if (!der_take(&methods, DER_SEQUENCE, &method) || !der_take_oid(&method, &oid) ||
		    !der_take(&method, TAG_URL, &url) || method.len)
			return false;
		if (span_eq(oid, OID_OCSP) && !parts->ocsp_url.len && is_printable(url, '!'))
			parts->ocsp_url = url;
	}
	return true;
}

static bool take_extension(struct span *rest, struct span *ret_oid, struct span *ret_value)
{
	struct span content, critical;

	if (!der_take(rest, DER_SEQUENCE, &content) || !der_take_oid(&content, ret_oid))
		return false;
	if (der_take(&content, DER_BOOLEAN, &critical) && !span_eq(critical, "\xff"))
		return false;
	return der_take(&content, DER_OCTET_STRING, ret_value) && !content.len;
}

static bool read_extensions(struct span extensions, struct cert_parts *parts)
{
	struct span oid, value;
	bool has_access = false;

	while (extensions.len) {
		if (!take_extension(&extensions, &oid, &value))
			return false;
		if (span_eq(oid, OID_ALTERNATIVE_NAMES) && !read_alternative_names(value, parts))
			return false;
		if (span_eq(oid, OID_AUTHORITY_ACCESS) &&
		    !read_authority_access(value, parts, &has_access))
			return false;
	}
	return true;
}

/* Unique identifiers, which nobody uses, are not known here. */
static bool read_tbs(struct span tbs, struct cert_parts *parts, struct span *ret_algorithm)
{
	struct span content, outer, extensions, oid;

	if (!der_take(&tbs, DER_SEQUENCE, &content) || !take_version_3(&content) ||
	    !der_take_natural(&content, &parts->serial) ||
	    !take_algorithm(&content, ret_algorithm, &oid) ||
	    !take_name(&content, &parts->issuer, &parts->issuer_cn) ||
	    !take_validity(&content, parts) ||
	    !take_name(&content, &parts->subject, &parts->subject_cn) || !take_key(&content, parts))
		return false;
	if (!content.len)
		return true;
	return der_take(&content, TAG_EXTENSIONS, &outer) && !content.len &&
	       der_take(&outer, DER_SEQUENCE, &extensions) && !outer.len &&
	       read_extensions(extensions, parts);
}

bool cert_scan(struct span der, struct cert_parts *ret_parts)
{
	struct span content, outer, inner;

	*ret_parts = (struct cert_parts){.not_before = 0};
	if (!der_take(&der, DER_SEQUENCE, &content) || der.len ||
	    !der_take_whole(&content, DER_SEQUENCE, &ret_parts->tbs))
		return false;
	if (!take_algorithm(&content, &outer, &ret_parts->algorithm) ||
	    !read_tbs(ret_parts->tbs, ret_parts, &inner) || !span_same(inner, outer))
		return false;
	return der_take_bits(&content, &ret_parts->signature) && !content.len;
}
