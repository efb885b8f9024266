/* Answers of etcd's gateway, as a member that was taken over may send them: whatever they say,
 * an ask gets an outcome, and no more pairs than it asked for. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "fleet/etcd/etcd_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void read_answer(const struct json *json, const char *body, enum fleet_ask_kind kind,
			int status)
{
	const struct fleet_ask ask = {.kind = kind};
	AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};
	const struct etcd_reply reply = {.status = status, .json = json, .body = body};

	etcd_message_get(&ask, "p/", &reply, &answer);
	if (answer.pair_count > FLEET_MAX_READS)
		abort();
	if (answer.outcome == FLEET_DENIED && !error_is_set(&answer.fault))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(json) struct json *json = NULL;
	AUTO_FREE char *body = xstrndup((const char *)bytes, len);

	if (json_parse((const char *)bytes, len, "answer", &json, &err) < 0)
		json = NULL;
	for (int kind = FLEET_TXN; kind <= FLEET_REVOKE; kind++) {
		read_answer(json, body, (enum fleet_ask_kind)kind, 200);
		read_answer(json, body, (enum fleet_ask_kind)kind, 429);
	}
	return 0;
}
