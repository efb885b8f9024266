/*
 * Messages of the parser process, should a body have taken it over: whatever it sends, the parent
 * reads it or refuses it, and what is read can be written to files and shown.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/ascii.h"
#include "net/parser/parser_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_chain(const struct cert_chain *chain)
{
	if (!chain->leaf_pem.len || chain->leaf_pem.text[chain->leaf_pem.len - 1] != '\n' ||
	    (chain->leaf_key.len && chain->leaf_key.len != 32) ||
	    !ascii_is_printable_text(chain->top_issuer_cn.text))
		abort();
	for (size_t i = 0; i < chain->leaf_names.count; i++)
		if (!ascii_is_printable_text(chain->leaf_names.items[i]))
			abort();
}

static void read_content(struct span message, enum content_form form)
{
	AUTO(content) struct content content = CONTENT_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	int rc = parser_wire_get_content(message, form, &content, &err);

	if (error_is_set(&content.fault) && !ascii_is_printable_text(content.fault.text))
		abort();
	if (rc == 0 && form == CONTENT_CHAIN && !error_is_set(&content.fault))
		check_chain(&content.chain);
}

static void read_job(struct span message)
{
	AUTO(parser_task) struct parser_task task = PARSER_TASK_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	(void)!parser_wire_get_job(message, &task, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const struct span message = span_make((const char *)bytes, len);

	for (int form = CONTENT_JSON; form < CONTENT_FORM__COUNT; form++)
		read_content(message, (enum content_form)form);
	read_job(message);
	return 0;
}
