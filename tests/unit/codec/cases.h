/*
 * Case folders: tests/cases/SUITE/CASE/input is given to a function that renders what it understood
 * as text; that must be the file `expected`, or its error text the file `error`.
 */
#ifndef TESTS_CODEC_CASES_H
#define TESTS_CODEC_CASES_H

#include <stdio.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "os/file/file.h"

/* Renders the input into `out`, or fails with the error set. */
typedef int case_fn(const struct strbuf *input, struct strbuf *out, struct error *err);

static void case_read(const char *dir, const char *name, struct strbuf *ret_text)
{
	AUTO_FREE char *path = path_join(dir, name);
	AUTO(error) struct error err = ERROR_INIT;

	if (file_read(path, 1 << 20, ret_text, &err) < 0)
		fail_msg("%s", err.text);
}

static void case_run(const char *dir, case_fn *render)
{
	AUTO_FREE char *error_path = path_join(dir, "error");
	AUTO(strbuf) struct strbuf input = STRBUF_INIT, expected = STRBUF_INIT;
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	bool wants_error = file_exists(error_path);

	case_read(dir, "input", &input);
	case_read(dir, wants_error ? "error" : "expected", &expected);
	if (render(&input, &out, &err) < 0) {
		strbuf_clear(&out);
		strbuf_addf(&out, "%s\n", err.text);
	}
	if (wants_error != error_is_set(&err) || strcmp(out.text, expected.text) != 0)
		fail_msg("case %s gives%s:\n%s", dir, error_is_set(&err) ? " error" : "", out.text);
}

static void cases_run(const char *suite, case_fn *render)
{
	AUTO_FREE char *dir = path_join(CASES_DIR, suite);
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(dir_list(dir, "", &names, &err), 0);
	assert_true(names.count > 0);
	for (size_t i = 0; i < names.count; i++) {
		AUTO_FREE char *path = path_join(dir, names.items[i]);

		case_run(path, render);
	}
}

#endif
