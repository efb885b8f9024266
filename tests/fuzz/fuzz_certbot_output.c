/*
 * What another program prints about certificates. Whatever it is, no control character of it
 * reaches a terminal by way of a reason, and a usage error concerns none but the options that were
 * given.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "foreign/certbot_output.h"

#define CONF "/le/renewal/a.conf"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Takes over the text, which may be NULL. */
static void check_reason(char *own_text)
{
	for (const char *c = own_text; c && *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			abort();
	free(own_text);
}

static void check_usage(struct span text)
{
	AUTO(strvec) struct strvec options = STRVEC_INIT;
	AUTO(strvec) struct strvec unknown = STRVEC_INIT;
	size_t known = SIZE_MAX;
	bool understood;

	strvec_push(&options, "--output");
	strvec_push(&options, "--text");
	understood = certbot_output_usage(text, &options, &unknown, &known);
	if (!understood && (unknown.count || known != SIZE_MAX))
		abort();
	if (known != SIZE_MAX && (known >= options.count || unknown.count))
		abort();
	for (size_t i = 0; i < unknown.count; i++)
		if (!strvec_contains(&options, unknown.items[i]))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct span text = span_make((const char *)bytes, len);
	AUTO(map) struct map plan = MAP_INIT(free);
	AUTO(map) struct map certificates = MAP_INIT(free);
	AUTO(strvec) struct strvec plugins = STRVEC_INIT;
	AUTO(strbuf) struct strbuf said = STRBUF_INIT;

	certbot_output_from_log(text, &said);
	if (said.len > len + 1)
		abort();
	certbot_output_plan(text, &plan);
	for (size_t i = 0; i < plan.count; i++)
		if (plan.entries[i].key[0] != '/')
			abort();
	certbot_output_certificates(text, &certificates);
	certbot_output_plugins(text, &plugins);
	check_reason(certbot_output_fault(text, CONF));
	check_reason(certbot_output_reason(text, "a", CONF));
	(void)certbot_output_has_option(text, "--webroot-path");
	check_usage(text);
	return 0;
}
