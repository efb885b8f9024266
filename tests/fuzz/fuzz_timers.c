/*
 * Crontabs and unit files. A line that was put out of action is no job any more, and all others
 * stay as they were.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "confedit/timers/certbot_call.h"
#include "confedit/timers/crontab.h"
#include "confedit/timers/unit_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static size_t count_jobs(struct span text, enum crontab_form form)
{
	struct crontab_reader reader = crontab_begin(text, form);
	struct crontab_job job;
	size_t count = 0;

	while (crontab_next(&reader, &job)) {
		AUTO(certbot_call) struct certbot_call call = CERTBOT_CALL_INIT;

		certbot_call_find(job.command, &call);
		if (call.renews && !call.programs.count)
			abort();
		count++;
	}
	return count;
}

static void check_crontab(struct span text, enum crontab_form form)
{
	struct crontab_reader reader = crontab_begin(text, form);
	AUTO(strbuf) struct strbuf changed = STRBUF_INIT;
	struct crontab_job job;

	if (!crontab_next(&reader, &job))
		return;
	crontab_comment_out(text, job.line, &changed);
	if (count_jobs(span_make(changed.text, changed.len), form) + 1 != count_jobs(text, form))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct span text = span_make((const char *)bytes, len);
	AUTO(unit_file) struct unit_file unit = UNIT_FILE_INIT;

	check_crontab(text, CRONTAB_OF_SYSTEM);
	check_crontab(text, CRONTAB_OF_USER);
	unit_file_read(text, &unit);
	for (size_t i = 0; i < unit.exec_start.count; i++) {
		AUTO(certbot_call) struct certbot_call call = CERTBOT_CALL_INIT;

		certbot_call_find(span_of(unit.exec_start.items[i]), &call);
	}
	return 0;
}
