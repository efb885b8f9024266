/*
 * Regular expressions through PCRE2 (see regex.h). The expressions come from an administrator, but
 * one that backtracks without end must not hang a renewal, so matching has limits far above what a
 * host name needs.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "confedit/regex.h"

#include <pcre2.h>
#include <string.h>

#include "base/library.h"
#include "base/macros.h"
#include "base/strbuf.h"

#define FILE_NAME "libpcre2-8.so.0"
#define MATCH_LIMIT 1000000
#define HEAP_LIMIT_KIB (16 << 10)
#define MAX_MESSAGE 256

/* The functions in use; each becomes a member of its name without "pcre2_". */
#define PCRE2_FUNCTIONS(X)                                                                         \
	X(compile)                                                                                 \
	X(code_free)                                                                               \
	X(match)                                                                                   \
	X(match_context_create)                                                                    \
	X(match_context_free)                                                                      \
	X(match_data_create)                                                                       \
	X(match_data_free)                                                                         \
	X(set_match_limit)                                                                         \
	X(set_heap_limit)                                                                          \
	X(get_error_message)

struct pcre2 {
#define X(name) __typeof__(&pcre2_##name##_8) name;
	PCRE2_FUNCTIONS(X)
#undef X
};

static const struct library_function functions[] = {
#define X(name) {"pcre2_" #name "_8", offsetof(struct pcre2, name)},
	PCRE2_FUNCTIONS(X)
#undef X
};

static int load_pcre2(struct pcre2 *ret_pcre2, struct error *err)
{
	if (library_load(FILE_NAME, functions, ARRAY_LEN(functions), ret_pcre2, err) < 0)
		return error_hint(err, "install the package libpcre2-8-0 (or pcre2, as your system "
				       "may call it)");
	return 0;
}

/* An expression, compiled, with what a match needs. */
struct regex {
	struct pcre2 pcre2;
	pcre2_code *code;
	pcre2_match_context *limits;
	pcre2_match_data *data;
};

static void regex_release(struct regex *regex)
{
	if (regex->data)
		regex->pcre2.match_data_free(regex->data);
	if (regex->limits)
		regex->pcre2.match_context_free(regex->limits);
	if (regex->code)
		regex->pcre2.code_free(regex->code);
}
DEFINE_AUTO(regex, regex_release);

static int refuse_pattern(const struct regex *regex, const char *pattern, int reason,
			  enum err_code code, struct error *err)
{
	AUTO(strbuf) struct strbuf shown = STRBUF_INIT;
	char message[MAX_MESSAGE] = "";

	strbuf_add_printable(&shown, pattern, strlen(pattern));
	regex->pcre2.get_error_message(reason, (PCRE2_UCHAR *)message, sizeof(message));
	return error_set(err, code, "cannot use the regular expression '%s': %s", shown.text,
			 message);
}

static int compile(struct regex *regex, const char *pattern, unsigned flags, struct error *err)
{
	uint32_t options = flags & REGEX_CASELESS ? PCRE2_CASELESS : 0;
	PCRE2_SIZE offset;
	int reason;

	if (load_pcre2(&regex->pcre2, err) < 0)
		return err->code;
	regex->code = regex->pcre2.compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, options,
					   &reason, &offset, NULL);
	if (!regex->code)
		return refuse_pattern(regex, pattern, reason, ERR_PARSE, err);
	regex->limits = regex->pcre2.match_context_create(NULL);
	/* Only whether there is a match is asked, not where. */
	regex->data = regex->pcre2.match_data_create(1, NULL);
	if (!regex->limits || !regex->data)
		return refuse_pattern(regex, pattern, PCRE2_ERROR_NOMEMORY, ERR_REFUSED, err);
	regex->pcre2.set_match_limit(regex->limits, MATCH_LIMIT);
	regex->pcre2.set_heap_limit(regex->limits, HEAP_LIMIT_KIB);
	return 0;
}

int regex_search(const char *pattern, const char *text, unsigned flags, bool *ret_matches,
		 struct error *err)
{
	AUTO(regex) struct regex regex = {.code = NULL};
	int found;

	if (compile(&regex, pattern, flags, err) < 0)
		return err->code;
	found = regex.pcre2.match(regex.code, (PCRE2_SPTR)text, strlen(text), 0, 0, regex.data,
				  regex.limits);
	if (found < 0 && found != PCRE2_ERROR_NOMATCH)
		return refuse_pattern(&regex, pattern, found, ERR_REFUSED, err);
	*ret_matches = found >= 0;
	return 0;
}
