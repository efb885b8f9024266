/*
 * States of files (see file_state.h). A renewal conf is compared by its options: hourly runs note
 * in it when to ask the CA again, which nobody would want to undo.
 */
#include "store/journal/file_state.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/secret.h"
#include "crypto/digest.h"
#include "os/file/file.h"

/* Configurations that programs generate reach tens of megabytes. */
#define MAX_CONTENTS ((size_t)64 << 20)

void file_contents_release(struct file_contents *contents)
{
	if (contents->bytes.capacity)
		secret_wipe(contents->bytes.text, contents->bytes.capacity);
	strbuf_release(&contents->bytes);
}

static struct file_state state_of_bytes(unsigned mode, struct span bytes)
{
	struct file_state state = {.mode = mode};
	AUTO(strbuf) struct strbuf hex = STRBUF_INIT;

	digest_hex(DIGEST_SHA256, bytes.ptr, bytes.len, &hex);
	memcpy(state.digest, hex.text, FILE_STATE_DIGEST);
	return state;
}

bool file_state_same(const struct file_state *a, const struct file_state *b)
{
	return a->mode == b->mode && strcmp(a->digest, b->digest) == 0;
}

bool file_state_is_link(const struct file_state *state)
{
	return S_ISLNK(state->mode);
}

/* The target without the NUL. */
static int read_target(const char *path, struct strbuf *ret_bytes, struct error *err)
{
	AUTO_FREE char *target = NULL;

	if (file_read_link(path, &target, err) < 0)
		return err->code;
	strbuf_adds(ret_bytes, target);
	return 0;
}

int file_state_read(const char *path, bool follows, struct file_state *ret_state,
		    struct strbuf *ret_bytes, struct error *err)
{
	struct stat attributes;
	size_t start = ret_bytes->len;
	int rc = follows ? stat(path, &attributes) : lstat(path, &attributes);

	*ret_state = (struct file_state){.mode = 0};
	if (rc < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (rc < 0)
		return error_set_errno(err, errno, "cannot examine '%s'", path);
	if (S_ISLNK(attributes.st_mode))
		rc = read_target(path, ret_bytes, err);
	else if (S_ISREG(attributes.st_mode))
		rc = file_read(path, MAX_CONTENTS, ret_bytes, err);
	else
		rc = error_set(err, ERR_REFUSED, "'%s' is not a file", path);
	if (rc < 0)
		return rc;
	*ret_state = state_of_bytes(attributes.st_mode,
				    span_make(ret_bytes->text + start, ret_bytes->len - start));
	return 0;
}

/* By lines and not by a parser: the options have to come back byte for byte. "[[...]]" is part of
 * the section above it. */
void file_state_split_conf(struct span text, struct strbuf *ret_options, struct strbuf *ret_notes)
{
	bool is_note = false;

	while (text.len) {
		const char *end = memchr(text.ptr, '\n', text.len);
		size_t len = end ? (size_t)(end - text.ptr) + 1 : text.len;
		struct span line = span_trim(span_make(text.ptr, len));

		if (line.len > 1 && line.ptr[0] == '[' && line.ptr[1] != '[')
			is_note = span_eq(line, "[renewal_state]") ||
				  span_eq(line, "[acme_renewal_info]");
		strbuf_add(is_note ? ret_notes : ret_options, text.ptr, len);
		text = span_drop(text, len);
	}
}

struct file_state file_state_of_conf(unsigned mode, struct span text)
{
	AUTO(strbuf) struct strbuf options = STRBUF_INIT;
	AUTO(strbuf) struct strbuf notes = STRBUF_INIT;

	file_state_split_conf(text, &options, &notes);
	return state_of_bytes(mode, span_make(options.text, options.len));
}
