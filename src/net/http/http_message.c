/*
 * Initialises and releases responses (see http_message.h).
 */
#include "net/http/http_message.h"

#include <stdlib.h>

void http_response_init(struct http_response *response)
{
	*response = (struct http_response){
		.headers = HEADERS_INIT, .content = CONTENT_INIT, .error = ERROR_INIT};
}

void http_response_release(struct http_response *response)
{
	headers_release(&response->headers);
	free(response->body);
	content_release(&response->content);
	error_release(&response->error);
	http_response_init(response);
}
