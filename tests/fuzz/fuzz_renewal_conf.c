/*
 * Renewal confs and credential files: a document that parses prints back byte for byte, every value
 * can be read or is refused with a text, and a changed document still parses, with the new value.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "codec/ini.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void read_value(const struct ini_section *section, const char *key)
{
	AUTO(error) struct error err = ERROR_INIT, list_err = ERROR_INIT;
	AUTO(strvec) struct strvec items = STRVEC_INIT;
	AUTO_FREE char *text = NULL;

	if (ini_get(section, key, &text, &err) < 0 && !err.text)
		abort();
	(void)!ini_get_list(section, key, &items, &list_err);
}

static void read_section(const struct ini_section *section)
{
	for (size_t i = 0; i < ini_key_count(section); i++)
		read_value(section, ini_key_at(section, i));
	for (size_t i = 0; i < ini_section_count(section); i++)
		read_section(ini_section_at(section, i));
}

/* Sets a key to a text taken from the document itself, whose quoting is then up to us. */
static void change(struct ini *ini, const char *value)
{
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(ini) struct ini *again = NULL;
	const char *kept;

	if (!ini_set(ini_add_section(ini_root(ini), "renewalparams"), "server", value))
		return;
	ini_print(ini, &out);
	if (ini_parse(out.text, out.len, "conf", &again, &err) < 0)
		abort();
	kept = ini_peek(ini_find_section(ini_root(again), "renewalparams"), "server");
	if (kept && strcmp(kept, value) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;
	AUTO(ini) struct ini *ini = NULL;
	AUTO_FREE char *head = xstrndup((const char *)bytes, len < 40 ? len : 40);

	if (ini_parse((const char *)bytes, len, "conf", &ini, &err) < 0)
		return 0;
	ini_print(ini, &out);
	if (out.len != len || memcmp(out.text, bytes, len) != 0)
		abort();
	read_section(ini_root(ini));
	change(ini, head);
	return 0;
}
