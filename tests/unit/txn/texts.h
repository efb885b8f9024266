/* Small files in tests: write one, compare one. The paths are relative to the scratch directory. */
#ifndef TESTS_TXN_TEXTS_H
#define TESTS_TXN_TEXTS_H

#include <string.h>

#include "base/alloc.h"
#include "os/file/file.h"

static const struct file_attributes plain = {.mode = 0644};

static inline void put(const char *path, const char *text)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (file_replace(path, text, strlen(text), &plain, &err) < 0)
		BUG("%s", err.text);
}

static inline char *text_of(const char *path)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	if (file_read(path, 1 << 20, &text, &err) < 0)
		return NULL;
	return strbuf_detach(&text);
}

static inline bool holds(const char *path, const char *wanted)
{
	AUTO_FREE char *text = text_of(path);

	return text && strcmp(text, wanted) == 0;
}

#endif
