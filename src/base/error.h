/*
 * Errors travel as a code (what the caller can do about it) and a text (what the person reads).
 *
 * A fallible function returns 0 or a negative enum err_code and fills the caller's struct error,
 * which is never NULL and untouched on success. Setting an error twice is a bug: add context with
 * error_wrap(), or drop the old one with error_release().
 *
 *	if (file_read(path, MAX, &text, err) < 0)
 *		return error_wrap(err, "cannot load account '%s'", id);
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"

/* Codes name reactions, not places. */
enum err_code {
	ERR_USAGE = -1,         /* the command line is wrong */
	ERR_CONFIG = -2,        /* a file or option that the user wrote is wrong */
	ERR_NOT_FOUND = -3,     /* what was named does not exist */
	ERR_EXISTS = -4,        /* what should be new is there already */
	ERR_BUSY = -5,          /* somebody else holds it: try later */
	ERR_IO = -6,            /* the system refused: disk, permission, descriptor */
	ERR_NETWORK = -7,       /* the peer was not reached or hung up: retry may help */
	ERR_PROTOCOL = -8,      /* the peer's answer breaks the protocol: retry will not help */
	ERR_ACME = -9,          /* the CA answered with a problem document */
	ERR_RATE_LIMITED = -10, /* the CA asks to come back later, see retry_at */
	ERR_CHALLENGE = -11,    /* the CA could not validate a name */
	ERR_PLUGIN = -12,       /* an authenticator, installer or hook failed */
	ERR_PARSE = -13,        /* bytes do not follow their grammar */
	ERR_REFUSED = -14,      /* we decline: it would do harm, or an answer is missing */
	ERR_CANCELLED = -15,    /* the user or a signal stopped it */
	ERR_INTERNAL = -16,     /* a library failed in a way that has no other name */
};

struct error {
	enum err_code code; /* 0: no error */
	char *text;         /* "cannot read 'x': permission denied" */
	char *hint;         /* what to do next, or NULL */
	char *problem_type; /* ACME problem type without its URN prefix, or NULL */
	int sys_errno;      /* errno behind ERR_IO and friends, or 0 */
	int64_t retry_at;   /* Unix seconds when a retry makes sense, or 0 */
};

#define ERROR_INIT                                                                                 \
	{                                                                                          \
		.text = NULL                                                                       \
	}

/* Frees the texts; the error is empty and reusable afterwards. */
void error_release(struct error *err);
DEFINE_AUTO(error, error_release);

/* Sets code and text; returns the code. The error must be empty. */
int error_set(struct error *err, enum err_code code, const char *format, ...) PRINTF_LIKE(3, 4);
int error_setv(struct error *err, enum err_code code, const char *format, va_list args)
	PRINTF_LIKE(3, 0);
/* Same with ": <strerror>" behind the text; the code follows from errno_value
 * (ENOENT: not found, EEXIST: exists, else io). */
int error_set_errno(struct error *err, int errno_value, const char *format, ...) PRINTF_LIKE(3, 4);
/* Puts "<context>: " before the text; returns the (unchanged) code. A context that the text has
 * already is not said twice: the same words, or another "cannot <verb> 'x'" about the same x. */
int error_wrap(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);
/* Sets or replaces the hint; returns the code. */
int error_hint(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);
/* Moves the error out; the source is empty afterwards. `to` must be empty. Returns the code. */
int error_move(struct error *to, struct error *from);
/* Copies the error; `to` must be empty. Returns the code. */
int error_copy(struct error *to, const struct error *from);

static inline bool error_is_set(const struct error *err)
{
	return err->code != 0;
}

/* Short name of a code for logs and --json: "network", "rate-limited". */
const char *error_code_name(enum err_code code);

#endif
