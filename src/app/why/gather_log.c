/*
 * Failures that only a log knows (see gather_parts.h): certificates that were never obtained have
 * no renewal conf. Recognises the lines that this program writes; anything unreadable is skipped.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/why/gather_parts.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/map.h"
#include "os/file/file.h"

enum {
	MAX_LOGS = 12, /* number of newest logs; each run writes one */
	MAX_LOG = 1024 * 1024,
	MAX_KEPT = 256 * 1024, /* size of the relevant lines of a log */
};

/* The last line of a run that failed, and the report on names that were refused. */
static const char end_mark[] = "exiting with error (";
static const char renewal_mark[] = "Failed to renew certificate ";
static const char arguments_mark[] = "Arguments: ";
/* Words of the command line are quoted, 'www.a.test', and may be lists separated by commas. */
static const char separators[] = " ,'\"[]=";

static const char *find_mark(struct span line, const char *mark)
{
	return memmem(line.ptr, line.len, mark, strlen(mark));
}

/* The rest of a line after a label, without surrounding blanks; heap. NULL: the line does not have
 * the label. */
static char *after_label(struct span line, const char *label)
{
	struct span rest = span_trim(line);

	return span_skip_prefix(&rest, label) ? span_dup(span_trim(rest)) : NULL;
}

static bool is_among(const char *arguments, const struct strvec *names)
{
	AUTO(strvec) struct strvec words = STRVEC_INIT;

	strvec_split(&words, arguments, separators);
	for (size_t i = 0; i < words.count; i++)
		if (strvec_contains(names, words.items[i]))
			return true;
	return false;
}

/* Other errors concern the command line or the person's answers. They do not tell what prevents a
 * certificate from being issued, and cancelling "certbot delete" is not a failure. */
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

/* The CA's report on a name spans three lines. If several names have one, the first that we look
 * for counts. */
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

bool gather_log_read(struct span text, const struct strvec *names, bool is_running,
		     struct fact_failure *ret)
{
	struct span rest = text, line;
	struct fact_failure end = {.text = NULL};
	bool is_about = false, is_ours = false;

	while (span_take_line(&rest, &line)) {
		const char *mark = find_mark(line, end_mark);

		if (find_mark(line, arguments_mark) || find_mark(line, renewal_mark)) {
			AUTO_FREE char *words = span_dup(line);

			is_about |= is_among(words, names);
		} else if (mark) {
			take_end(mark, line, &end);
		} else {
			take_report(line, names, ret, &is_ours);
		}
	}
	is_about |= ret->identifier != NULL;
	/* A run that went on without a name, or one of many renewals, may still have succeeded. */
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

/* ---- The logs, each read once ---- */

/* Without this, each of ten thousand certificates would read all logs again. */
struct log {
	struct strbuf lines; /* the relevant lines */
	struct map words;    /* text of arguments and reports, in which names are looked for */
	time_t at;
};

struct gather_logs {
	struct log logs[MAX_LOGS];
	size_t count;
	bool is_running; /* the newest log belongs to the current run */
};

void gather_logs_free(struct gather_logs *logs)
{
	for (size_t i = 0; logs && i < logs->count; i++) {
		strbuf_release(&logs->logs[i].lines);
		map_release(&logs->logs[i].words);
	}
	free(logs);
}

static void add_words(struct map *words, struct span line)
{
	AUTO_FREE char *text = span_dup(line);
	AUTO(strvec) struct strvec list = STRVEC_INIT;

	strvec_split(&list, text, separators);
	for (size_t i = 0; i < list.count; i++)
		map_add(words, list.items[i], NULL);
}

/* In printable form: a log may be damaged, or quote a server, and is shown on terminals and in
 * JSON. */
static void keep_line(struct log *log, struct span line)
{
	static const char *const labels[] = {"Identifier:", "Type:", "Detail:"};
	bool is_of_run = find_mark(line, arguments_mark) || find_mark(line, renewal_mark);
	bool is_kept = is_of_run || find_mark(line, end_mark);
	struct span trimmed = span_trim(line);

	for (size_t i = 0; i < ARRAY_LEN(labels) && !is_kept; i++)
		is_kept = trimmed.len > strlen(labels[i]) &&
			  memcmp(trimmed.ptr, labels[i], strlen(labels[i])) == 0;
	if (!is_kept || log->lines.len + line.len > MAX_KEPT)
		return;
	if (is_of_run || trimmed.ptr[0] == 'I')
		add_words(&log->words, line);
	strbuf_add_printable(&log->lines, line.ptr, line.len);
	strbuf_addc(&log->lines, '\n');
}

/* Only the end of a long log is read, which tells how the run ended. */
static bool read_log(const char *path, struct log *ret)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error unreadable = ERROR_INIT;
	struct span rest, line;
	struct stat status;

	if (stat(path, &status) < 0 || file_read_end(path, MAX_LOG, &text, &unreadable) < 0)
		return false;
	*ret = (struct log){.lines = STRBUF_INIT, .at = status.st_mtime};
	rest = span_make(text.text, text.len);
	while (span_take_line(&rest, &line))
		keep_line(ret, line);
	return true;
}

struct gather_logs *gather_logs_new(const char *dir, bool is_running)
{
	struct gather_logs *logs = XNEW(struct gather_logs);

	for (int i = 0; i < MAX_LOGS; i++) {
		AUTO_FREE char *path = i ? xasprintf("%s/letsencrypt.log.%d", dir, i)
					 : xasprintf("%s/letsencrypt.log", dir);

		if (!read_log(path, &logs->logs[logs->count]))
			continue;
		logs->is_running |= is_running && i == 0;
		logs->count++;
	}
	return logs;
}

static bool may_be_about(const struct log *log, const struct strvec *names)
{
	for (size_t i = 0; i < names->count; i++)
		if (map_contains(&log->words, names->items[i]))
			return true;
	return false;
}

void gather_log(const struct gather_logs *logs, int64_t since, const struct strvec *names,
		struct fact_failure *ret)
{
	for (size_t i = 0; i < logs->count; i++) {
		const struct log *log = &logs->logs[i];

		if (log->at < since || !may_be_about(log, names) ||
		    !gather_log_read(span_make(log->lines.text, log->lines.len), names,
				     logs->is_running && i == 0, ret))
			continue;
		if (ret->text)
			ret->at = ret->since = log->at;
		return;
	}
}
