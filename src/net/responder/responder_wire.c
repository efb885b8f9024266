/*
 * Encoding of the responder's messages (see responder_wire.h). All have the same shape, a kind and
 * three texts, so there is only one decoder.
 */
#include "net/responder/responder_wire.h"

#include <stdlib.h>

#include "base/frame.h"

void responder_message_release(struct responder_message *message)
{
	for (size_t i = 0; i < RESPONDER_MAX_TEXTS; i++)
		free(message->texts[i]);
	*message = (struct responder_message){.kind = 0};
}

void responder_wire_put(struct strbuf *out, enum responder_message_kind kind,
			const char *const texts[RESPONDER_MAX_TEXTS])
{
	frame_put_u8(out, (uint8_t)kind);
	for (size_t i = 0; i < RESPONDER_MAX_TEXTS; i++)
		frame_put_text(out, texts[i]);
}

int responder_wire_get(struct span bytes, struct responder_message *ret_message, struct error *err)
{
	struct frame_reader reader = {.rest = bytes};

	responder_message_release(ret_message);
	ret_message->kind = frame_get_u8(&reader);
	for (size_t i = 0; i < RESPONDER_MAX_TEXTS; i++)
		ret_message->texts[i] = frame_get_text(&reader, RESPONDER_MAX_TEXT);
	if (!frame_is_whole(&reader) || ret_message->kind < RESPONDER_PUBLISH ||
	    ret_message->kind > RESPONDER_NOTICE)
		return error_set(err, ERR_PROTOCOL, "malformed message");
	return 0;
}
