/*
 * Frees parsed content (see content.h).
 */
#include "net/parser/content.h"

void content_release(struct content *content)
{
	json_free(content->json);
	xml_free(content->xml);
	cert_chain_release(&content->chain);
	error_release(&content->fault);
	*content = (struct content)CONTENT_INIT;
}
