/*
 * IDNA 2008 through libidn2 (see idna.h). The library and its Unicode tables are large, so they are
 * loaded by the first non-ASCII name, and stay loaded.
 */
#include "codec/idna.h"

#include <idn2.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/library.h"

#define FILE_NAME "libidn2.so.0"

struct library {
	__typeof__(&idn2_to_ascii_8z) to_ascii;
	__typeof__(&idn2_strerror) strerror;
	__typeof__(&idn2_free) free;
};

static const struct library_function functions[] = {
	{"idn2_to_ascii_8z", offsetof(struct library, to_ascii)},
	{"idn2_strerror", offsetof(struct library, strerror)},
	{"idn2_free", offsetof(struct library, free)},
};

static int load_library(struct library *ret_library, struct error *err)
{
	if (library_load(FILE_NAME, functions, ARRAY_LEN(functions), ret_library, err) < 0)
		return error_hint(err, "install libidn2, or give the name in Punycode (xn--...)");
	return 0;
}

static bool is_ascii(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text >= 0x80)
			return false;
	return true;
}

int idna_to_ascii(const char *name, char **ret_ascii, struct error *err)
{
	struct library library = {.to_ascii = NULL};
	char *ascii = NULL;
	int rc;

	if (is_ascii(name)) {
		*ret_ascii = xstrdup(name);
		ascii_lower_string(*ret_ascii);
		return 0;
	}
	if (load_library(&library, err) < 0)
		return err->code;
	rc = library.to_ascii(name, &ascii, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
	if (rc != IDN2_OK)
		return error_set(err, ERR_PARSE, "cannot be written in ASCII: %s",
				 library.strerror(rc));
	*ret_ascii = xstrdup(ascii);
	library.free(ascii);
	return 0;
}
