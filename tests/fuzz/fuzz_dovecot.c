/* A Dovecot configuration: whatever it says, places are within it and an edit is read back. Seeds:
 * tests/fuzz/seeds/dovecot. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "confedit/dovecot/dovecot_conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void edit(struct span text, const struct dovecot_conf *conf, size_t at)
{
	AUTO(dovecot_conf) struct dovecot_conf again = DOVECOT_CONF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strbuf) struct strbuf changed = STRBUF_INIT;

	strbuf_add(&changed, text.ptr, text.len);
	dovecot_conf_set(&changed, &conf->items[at], "</new");
	if (dovecot_conf_parse(span_make(changed.text, changed.len), &again, &err) < 0 ||
	    again.count != conf->count || strcmp(again.items[at].value, "</new") != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct span text = {(const char *)bytes, len};
	AUTO(dovecot_conf) struct dovecot_conf conf = DOVECOT_CONF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	if (span_has_nul(text) || dovecot_conf_parse(text, &conf, &err) < 0)
		return 0;
	/* A quote in a name would end in the value. */
	for (size_t i = 0; i < conf.count && i < 64; i++)
		if (conf.items[i].kind == DOVECOT_SETTING && !strpbrk(conf.items[i].name, "\"'"))
			edit(text, &conf, i);
	return 0;
}
