/*
 * Entry points of the helper processes (see children.h).
 */
#include "children/children.h"

#include <string.h>
#include <unistd.h>

#include "base/ascii.h"
#include "crypto/crypto_library.h"
#include "net/dns/dns_client.h"
#include "net/parser/parser.h"
#include "net/responder/responder.h"
#include "net/http/worker.h"
#include "os/life_line.h"
#include "os/process/zygote.h"
#include "os/sandbox/sandbox.h"

static int run_forked(int argc, char **argv)
{
	int status;

	return children_run(argc, argv, &status) ? status : 127;
}

bool children_run(int argc, char **argv, int *ret_status)
{
	static const char prefix[] = "certbot: "; /* of all names of children */

	if (argc < 1 || !str_starts(argv[0], prefix))
		return false;
	/* The pipe that the program reads at our end. */
	life_line_hold(STDERR_FILENO);
	if (strcmp(argv[0], ZYGOTE_NAME) == 0) {
		sandbox_prepare();
		zygote_main(argv, run_forked);
	} else if (strcmp(argv[0], HTTP_WORKER_NAME) == 0) {
		crypto_library_begin(CRYPTO_LIBRARY_USUAL);
		*ret_status = http_worker_main(argv);
	} else if (strcmp(argv[0], DNS_CHILD_NAME) == 0) {
		*ret_status = dns_child_main(argv);
	} else if (strcmp(argv[0], PARSER_NAME) == 0) {
		*ret_status = parser_child_main(argv);
	} else if (strcmp(argv[0], RESPONDER_NAME) == 0) {
		*ret_status = responder_main(argc, argv);
	} else {
		return false;
	}
	return true;
}

void children_begin(void)
{
	zygote_enable();
}

void children_end(void)
{
	zygote_stop();
}
