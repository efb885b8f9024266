/*
 * Initialises and releases requests (see issue_request.h).
 */
#include "app/issue/issue_request.h"

#include <string.h>

#include "base/alloc.h"
#include "config/key_types.h"
#include "store/lineage/lineage.h"

void issue_request_init(struct issue_request *request)
{
	*request = (struct issue_request){.identifiers = ACME_IDENTIFIERS_INIT};
	csr_contents_init(&request->own_csr);
	cert_chain_init(&request->chain);
	request->change = (struct lineage_change)LINEAGE_CHANGE_INIT;
	strvec_init(&request->dropped);
	strvec_init(&request->unasked);
}

void issue_request_add_second(struct issue_request *request)
{
	const char *type = request->csr ? NULL : key_types_second(request->settings);
	struct lineage *lineage = request->lineage ? request->lineage : request->unborn;
	struct issue_request *second;

	if (lineage)
		lineage_expect_second(lineage, type);
	if (!type || request->second)
		return;
	second = xmalloc(sizeof(*second));
	issue_request_init(second);
	second->first = request;
	second->settings = request->settings;
	second->new_name = request->new_name;
	second->authenticator = request->authenticator;
	second->lineage = lineage ? lineage_second_shown(lineage) : NULL;
	request->second = second;
}

/* Another CA may have taken the place of the first one, and names may have been left out. */
void issue_request_brief_second(struct issue_request *request)
{
	struct issue_request *second = request->second;

	second->ca = request->ca;
	acme_identifiers_copy(&second->identifiers, &request->identifiers);
	memcpy(second->types, request->types, sizeof(request->types));
	second->type_count = request->type_count;
}

const struct error *issue_request_second_error(const struct issue_request *request)
{
	return request->second && error_is_set(&request->second->error) ? &request->second->error
									: NULL;
}

void issue_request_release(struct issue_request *request)
{
	if (request->second)
		issue_request_release(request->second);
	free(request->second);
	acme_identifiers_release(&request->identifiers);
	acme_identifiers_release(&request->wanted);
	csr_contents_release(&request->own_csr);
	key_free(request->key);
	lineage_free(request->unborn);
	lineage_change_release(&request->change);
	cert_chain_release(&request->chain);
	acme_failures_release(&request->failures);
	strvec_release(&request->dropped);
	strvec_release(&request->unasked);
	error_release(&request->outage);
	error_release(&request->error);
}
