/*
 * Initialises and releases requests (see issue_request.h).
 */
#include "app/issue/issue_request.h"

void issue_request_init(struct issue_request *request)
{
	*request = (struct issue_request){.identifiers = ACME_IDENTIFIERS_INIT};
	csr_contents_init(&request->own_csr);
	cert_chain_init(&request->chain);
	request->change = (struct lineage_change)LINEAGE_CHANGE_INIT;
	strvec_init(&request->dropped);
	strvec_init(&request->unasked);
}

void issue_request_release(struct issue_request *request)
{
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
