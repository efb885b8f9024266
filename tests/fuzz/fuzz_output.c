/*
 * The text of --output, from the command line or a renewal conf. What is accepted has an absolute
 * path without detours, and a form with its parts.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "config/output.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO_FREE char *text = xstrndup((const char *)bytes, len);
	AUTO(output) struct output output = OUTPUT_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	if (output_parse(text, "a.test", &output, &err) < 0)
		return 0;
	if (output.path[0] != '/' || strstr(output.path, "/../") || output.mode & ~0777u ||
	    output.part_count > OUTPUT_PART__COUNT)
		abort();
	if (output.form == OUTPUT_PFX && !output.password_file)
		abort();
	return 0;
}
