/*
 * Failures that only a log knows (see gather_parts.h): those of certificates that were never
 * obtained have no renewal conf. The lines are those that this program writes; what cannot be read
 * tells nothing.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/why/gather_parts.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/span.h"
#include "os/file/file.h"

enum {
	MAX_LOGS = 12, /* the newest; each run has one */
	MAX_LOG = 1024 * 1024,
};

/* How a run ends that failed, and what the report of refused names has. */
static const char end_mark[] = "exiting with error (";
static const char renewal_mark[] = "Failed to renew certificate ";

/* The rest of a line after a label, without blanks; heap. NULL: another line. */
static char *after_label(struct span line, const char *label)
{
	struct span rest = span_trim(line);

	return span_skip_prefix(&rest, label) ? span_dup(span_trim(rest)) : NULL;
}

/* The words of the command line stand in quotes: 'www.a.test', or several between commas. */
static bool is_among(const char *arguments, const struct strvec *names)
{
	AUTO(strvec) struct strvec words = STRVEC_INIT;

	strvec_split(&words, arguments, " ,'\"[]=");
	for (size_t i = 0; i < words.count; i++)
		if (strvec_contains(names, words.items[i]))
			return true;
	return false;
}

/* Other errors are of the command line or of the person's answers: they tell nothing about what
 * keeps a certificate from being issued, and "certbot delete" that was called off is no failure. */
static bool is_of_issuing(const char *code)
{
	static const enum err_code codes[] = {ERR_CHALLENGE, ERR_ACME,     ERR_RATE_LIMITED,
					      ERR_NETWORK,   ERR_PROTOCOL, ERR_PLUGIN,
					      ERR_IO};

	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (strcmp(error_code_name(codes[i]), code) == 0)
			return true;
	return false;
}

/* "exiting with error (CODE): TEXT" */
static void take_end(const char *mark, struct span line, struct fact_failure *ret)
{
	const char *code = mark + strlen(end_mark);
	const char *end = line.ptr + line.len;
	const char *close = memchr(code, ')', (size_t)(end - code));

	if (!close || end - close < 3)
		return;
	REPLACE(ret->code, xstrndup(code, (size_t)(close - code)));
	if (is_of_issuing(ret->code))
		REPLACE(ret->text, xstrndup(close + 3, (size_t)(end - close - 3)));
}

/* The CA's report on a name takes three lines. Of several names, the first of ours counts. */
static void take_report(struct span line, const struct strvec *names, struct fact_failure *ret,
			bool *is_ours)
{
	AUTO_FREE char *identifier = after_label(line, "Identifier:");
	AUTO_FREE char *type = after_label(line, "Type:");
	AUTO_FREE char *detail = after_label(line, "Detail:");

	if (identifier) {
		*is_ours = !ret->identifier && strvec_contains(names, identifier);
		if (*is_ours)
			ret->identifier = STEAL(identifier);
	} else if (type && *is_ours) {
		REPLACE(ret->problem, STEAL(type));
	} else if (detail && *is_ours) {
		REPLACE(ret->text, STEAL(detail));
	}
}

bool gather_log_read(const char *text, const struct strvec *names, bool is_running,
		     struct fact_failure *ret)
{
	struct span rest = span_of(text), line;
	struct fact_failure end = {.text = NULL};
	bool is_about = false, is_ours = false;

	while (span_take_line(&rest, &line)) {
		const char *arguments = memmem(line.ptr, line.len, "Arguments: ", 11);
		const char *mark = memmem(line.ptr, line.len, end_mark, strlen(end_mark));
		const char *renewal = memmem(line.ptr, line.len, renewal_mark,
					     strlen(renewal_mark));

		if (arguments || renewal) {
			AUTO_FREE char *words = span_dup(line);

			is_about |= is_among(words, names);
		} else if (mark) {
			take_end(mark, line, &end);
		} else {
			take_report(line, names, ret, &is_ours);
		}
	}
	is_about |= ret->identifier != NULL;
	/* A run that went on without a name, or one of many renewals, may have succeeded. */
	if ((!end.text && !is_running) || !is_about)
		fact_failure_release(ret);
	if (is_about && end.text) {
		if (!ret->text)
			ret->text = STEAL(end.text);
		ret->code = STEAL(end.code);
	}
	fact_failure_release(&end);
	return is_about;
}

void gather_log(const struct gather_logs *logs, const struct strvec *names,
		struct fact_failure *ret)
{
	for (int i = 0; i < MAX_LOGS; i++) {
		AUTO_FREE char *path = i ? xasprintf("%s/letsencrypt.log.%d", logs->dir, i)
					 : xasprintf("%s/letsencrypt.log", logs->dir);
		AUTO(strbuf) struct strbuf text = STRBUF_INIT;
		AUTO(error) struct error unreadable = ERROR_INIT;
		struct stat status;

		if (stat(path, &status) < 0 || status.st_mtime < logs->since ||
		    file_read(path, MAX_LOG, &text, &unreadable) < 0)
			continue;
		if (!gather_log_read(text.text, names, logs->is_running && i == 0, ret))
			continue;
		if (ret->text)
			ret->at = ret->since = status.st_mtime;
		return;
	}
}
