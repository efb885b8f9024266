/*
 * Error values (see error.h). One table says what each code is called.
 */
#include "base/error.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

static const char *const names[] = {
	[-ERR_USAGE] = "usage",
	[-ERR_CONFIG] = "config",
	[-ERR_NOT_FOUND] = "not-found",
	[-ERR_EXISTS] = "exists",
	[-ERR_BUSY] = "busy",
	[-ERR_IO] = "io",
	[-ERR_NETWORK] = "network",
	[-ERR_PROTOCOL] = "protocol",
	[-ERR_ACME] = "acme",
	[-ERR_RATE_LIMITED] = "rate-limited",
	[-ERR_CHALLENGE] = "challenge",
	[-ERR_PLUGIN] = "plugin",
	[-ERR_PARSE] = "parse",
	[-ERR_REFUSED] = "refused",
	[-ERR_CANCELLED] = "cancelled",
	[-ERR_INTERNAL] = "internal",
};
STATIC_ASSERT(ARRAY_LEN(names) == -ERR_INTERNAL + 1, "every error code has a row");

void error_release(struct error *err)
{
	free(err->text);
	free(err->hint);
	free(err->problem_type);
	*err = (struct error)ERROR_INIT;
}

int error_setv(struct error *err, enum err_code code, const char *format, va_list args)
{
	if (err->code)
		BUG("error set twice: '%s', then '%s'", err->text, format);
	err->code = code;
	err->text = xvasprintf(format, args);
	return code;
}

int error_set(struct error *err, enum err_code code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	error_setv(err, code, format, args);
	va_end(args);
	return code;
}

static enum err_code code_of_errno(int errno_value)
{
	switch (errno_value) {
	case ENOENT:
		return ERR_NOT_FOUND;
	case EEXIST:
		return ERR_EXISTS;
	default:
		return ERR_IO;
	}
}

int error_set_errno(struct error *err, int errno_value, const char *format, ...)
{
	AUTO_FREE char *context = NULL;
	va_list args;

	va_start(args, format);
	context = xvasprintf(format, args);
	va_end(args);
	error_set(err, code_of_errno(errno_value), "%s: %s", context, strerror(errno_value));
	err->sys_errno = errno_value;
	return err->code;
}

int error_wrap(struct error *err, const char *format, ...)
{
	AUTO_FREE char *context = NULL;
	va_list args;

	if (!err->code)
		BUG("no error to wrap with '%s'", format);
	va_start(args, format);
	context = xvasprintf(format, args);
	va_end(args);
	REPLACE(err->text, xasprintf("%s: %s", context, err->text));
	return err->code;
}

int error_hint(struct error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	REPLACE(err->hint, xvasprintf(format, args));
	va_end(args);
	return err->code;
}

int error_move(struct error *to, struct error *from)
{
	if (to->code)
		BUG("error set twice: '%s', then '%s'", to->text, from->text);
	*to = *from;
	*from = (struct error)ERROR_INIT;
	return to->code;
}

int error_copy(struct error *to, const struct error *from)
{
	if (to->code)
		BUG("error set twice: '%s', then '%s'", to->text, from->text);
	*to = *from;
	to->text = xstrdup_or_null(from->text);
	to->hint = xstrdup_or_null(from->hint);
	to->problem_type = xstrdup_or_null(from->problem_type);
	return to->code;
}

const char *error_code_name(enum err_code code)
{
	return names[-code];
}
