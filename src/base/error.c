/*
 * Error values (see error.h). One table names the codes.
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

/* The first error is the cause; a second one would hide it. */
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

/* These two are what callers react to; all others end in the same message. */
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

/* True when one of the parts of the text, which colons separate, is the context. Layers wrap
 * without knowing of each other, and nobody wants to read the same path twice. */
static bool has_part(const char *text, const char *context)
{
	size_t len = strlen(context);

	for (const char *part = text; part; part = strstr(part, ": ")) {
		part += part == text ? 0 : 2;
		if (strncmp(part, context, len) == 0 && (!part[len] || part[len] == ':'))
			return true;
	}
	return false;
}

/* The x of a text that begins with "cannot <verb> 'x'", and its length; NULL for other texts. */
static const char *subject_of(const char *text, size_t *ret_len)
{
	static const char start[] = "cannot ";
	const char *quote = strchr(text, '\'');
	const char *end = quote ? strchr(quote + 1, '\'') : NULL;

	if (!end || strncmp(text, start, sizeof(start) - 1) != 0 ||
	    memchr(text, ':', (size_t)(quote - text)))
		return NULL;
	*ret_len = (size_t)(end - quote) - 1;
	return quote + 1;
}

/* "cannot use 'x'" around "cannot read 'x': permission denied". */
static bool has_subject(const char *text, const char *context)
{
	size_t len = 0, own_len = 0;
	const char *subject = subject_of(text, &len), *own = subject_of(context, &own_len);

	return subject && own && !own[own_len + 1] && len == own_len &&
	       strncmp(subject, own, len) == 0;
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
	if (!has_part(err->text, context) && !has_subject(err->text, context))
		REPLACE(err->text, xasprintf("%s: %s", context, err->text));
	return err->code;
}

/* For a caller that knows better what the failure means, such as a missing file that is fatal. */
int error_recode(struct error *err, enum err_code code)
{
	if (!err->code)
		BUG("no error to give the code %d", code);
	err->code = code;
	return code;
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
