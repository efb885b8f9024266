/*
 * Subject alternative names (see san.h). Wildcards are treated like any other name; which names to
 * request from a CA is decided elsewhere.
 */
#include "crypto/cert/san.h"

#include <arpa/inet.h>

enum { IPV4_LEN = 4, IPV6_LEN = 16 };

bool san_is_plain(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
			return false;
	return text.len > 0;
}

static int read_dns_name(const ASN1_STRING *name, struct strvec *ret_names, struct error *err)
{
	struct span text = evp_octets(name);
	AUTO(strbuf) struct strbuf shown = STRBUF_INIT;

	if (san_is_plain(text)) {
		strvec_give(ret_names, span_dup(text));
		return 0;
	}
	strbuf_add_printable(&shown, text.ptr, text.len);
	return error_set(err, ERR_PARSE,
			 "it contains the DNS name '%s', which is empty or has invalid characters",
			 shown.text);
}

void san_add_literal(struct span octets, struct strvec *ret_addresses)
{
	char literal[INET6_ADDRSTRLEN];

	evp_must(inet_ntop(octets.len == IPV4_LEN ? AF_INET : AF_INET6, octets.ptr, literal,
			   sizeof(literal)) != NULL);
	strvec_push(ret_addresses, literal);
}

static int read_address(const ASN1_STRING *address, struct strvec *ret_addresses, struct error *err)
{
	struct span octets = evp_octets(address);

	if (octets.len != IPV4_LEN && octets.len != IPV6_LEN)
		return error_set(err, ERR_PARSE,
				 "it contains an IP address of %zu "
				 "bytes",
				 octets.len);
	san_add_literal(octets, ret_addresses);
	return 0;
}

int san_read(const GENERAL_NAMES *names, struct strvec *ret_dns_names, struct strvec *ret_addresses,
	     struct error *err)
{
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		int type, rc = 0;
		const void *value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type);

		if (type == GEN_DNS)
			rc = read_dns_name(value, ret_dns_names, err);
		else if (type == GEN_IPADD)
			rc = read_address(value, ret_addresses, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static void push(GENERAL_NAMES *names, int type, ASN1_STRING *own_value)
{
	GENERAL_NAME *name = EVP_MADE(GENERAL_NAME_new());

	GENERAL_NAME_set0_value(name, type, own_value);
	evp_must(sk_GENERAL_NAME_push(names, name) > 0);
}

int san_add_dns_name(GENERAL_NAMES *names, const char *text, struct error *err)
{
	ASN1_IA5STRING *value;

	if (!san_is_plain(span_of(text)))
		return error_set(err, ERR_CONFIG, "cannot use '%s': it is not a DNS name", text);
	value = EVP_MADE(ASN1_IA5STRING_new());
	evp_must(ASN1_STRING_set(value, text, -1));
	push(names, GEN_DNS, value);
	return 0;
}

int san_add_address(GENERAL_NAMES *names, const char *literal, struct error *err)
{
	ASN1_OCTET_STRING *value = a2i_IPADDRESS(literal);

	if (!value)
		return evp_reject(err, ERR_CONFIG, "cannot use '%s' as an IP address", literal);
	push(names, GEN_IPADD, value);
	return 0;
}

void san_add_extension(STACK_OF(X509_EXTENSION) **extensions, const GENERAL_NAMES *names)
{
	evp_must(X509V3_add1_i2d(extensions, NID_subject_alt_name, (void *)names, 0,
				 X509V3_ADD_APPEND) == 1);
}
