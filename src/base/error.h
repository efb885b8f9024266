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

/* Codes say how to react, not where the error arose. */
enum err_code {
	ERR_USAGE = -1,         /* the command line is wrong */
	ERR_CONFIG = -2,        /* a file or option that the user wrote is wrong */
	ERR_NOT_FOUND = -3,     /* the named thing does not exist */
	ERR_EXISTS = -4,        /* what should be new already exists */
	ERR_BUSY = -5,          /* held by somebody else: try later */
	ERR_IO = -6,            /* the system refused: disk, permission, descriptor */
	ERR_NETWORK = -7,       /* the peer is unreachable or hung up: a retry may help */
	ERR_PROTOCOL = -8,      /* the peer broke the protocol: a retry will not help */
	ERR_ACME = -9,          /* the CA answered with a problem document */
	ERR_RATE_LIMITED = -10, /* the CA asks us to come back later, see retry_at */
	ERR_CHALLENGE = -11,    /* the CA could not validate a name */
	ERR_PLUGIN = -12,       /* an authenticator, installer or hook failed */
	ERR_PARSE = -13,        /* malformed bytes */
	ERR_REFUSED = -14,      /* we decline: it would do harm, or needs an answer */
	ERR_CANCELLED = -15,    /* the user or a signal stopped it */
	ERR_INTERNAL = -16,     /* a library failed in some other way */
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

/* Sets code and text, and returns the code. The error must be empty. */
int error_set(struct error *err, enum err_code code, const char *format, ...) PRINTF_LIKE(3, 4);
/* The same with a va_list. */
int error_setv(struct error *err, enum err_code code, const char *format, va_list args)
	PRINTF_LIKE(3, 0);
/* Like error_set(), and appends ": <strerror>". The code follows from errno_value: ERR_NOT_FOUND
 * for ENOENT, ERR_EXISTS for EEXIST, else ERR_IO. */
int error_set_errno(struct error *err, int errno_value, const char *format, ...) PRINTF_LIKE(3, 4);
/* Puts "<context>: " before the text and returns the (unchanged) code. Does not repeat context that
 * the text already has: the same words, or another "cannot <verb> 'x'" about the same x. */
int error_wrap(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);
/* Gives an error that is set another code, for when the caller knows better what to do about it.
 * Returns that code. */
int error_recode(struct error *err, enum err_code code);
/* Sets or replaces the hint and returns the code. */
int error_hint(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);
/* Moves the error to `to`, which must be empty; `from` is empty afterwards. Returns the code. */
int error_move(struct error *to, struct error *from);
/* Copies the error to `to`, which must be empty. Returns the code. */
int error_copy(struct error *to, const struct error *from);

static inline bool error_is_set(const struct error *err)
{
	return err->code != 0;
}

/* Returns the short name of a code for logs and --json: "network", "rate-limited". */
const char *error_code_name(enum err_code code);

#endif
