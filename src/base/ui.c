/*
 * Calls the user interface's callbacks (see ui.h).
 */
#include "base/ui.h"

#include <stdarg.h>
#include <string.h>

#include "base/alloc.h"

/* The first certificates of a run wait for those that come after them: their time says little. */
#define LEAST_ELAPSED_MS 5000

bool ui_is_interactive(const struct ui *ui)
{
	return ui->is_interactive(ui->context);
}

/* The vtable takes finished texts: a fake in a test need not format. What is finished already, such
 * as a long list, is not copied. */
void ui_say(const struct ui *ui, const char *format, ...)
{
	AUTO_FREE char *text = NULL;
	va_list args;

	va_start(args, format);
	if (strcmp(format, "%s") == 0)
		ui->say(ui->context, va_arg(args, const char *));
	else
		ui->say(ui->context, text = xvasprintf(format, args));
	va_end(args);
}

void ui_progress(const struct ui *ui, const char *format, ...)
{
	AUTO_FREE char *text = NULL;
	va_list args;

	va_start(args, format);
	text = xvasprintf(format, args);
	va_end(args);
	ui->progress(ui->context, text);
}

/* In the unit that people would use, and rounded up: a promise that is kept. */
char *ui_time_left(int64_t elapsed_ms, size_t done, size_t total)
{
	static const struct {
		int64_t seconds;
		const char *name;
	} units[] = {{3600, "h"}, {60, "min"}, {1, "s"}};
	int64_t left;
	size_t unit = 0;

	if (!done || done >= total || elapsed_ms < LEAST_ELAPSED_MS)
		return xstrdup("");
	left = elapsed_ms / (int64_t)done * (int64_t)(total - done) / 1000 + 1;
	while (units[unit].seconds > 1 && left < 2 * units[unit].seconds)
		unit++;
	return xasprintf(", about %lld %s left",
			 (long long)((left + units[unit].seconds - 1) / units[unit].seconds),
			 units[unit].name);
}

int ui_yes_no(const struct ui *ui, const struct ui_question *question, bool *ret_yes,
	      struct error *err)
{
	return ui->yes_no(ui->context, question, ret_yes, err);
}

int ui_menu(const struct ui *ui, const struct ui_question *question, size_t *ret_index,
	    struct error *err)
{
	return ui->menu(ui->context, question, ret_index, err);
}

int ui_checklist(const struct ui *ui, const struct ui_question *question, bool *ret_chosen,
		 struct error *err)
{
	return ui->checklist(ui->context, question, ret_chosen, err);
}

int ui_choose_labels(const struct ui *ui, const struct ui_question *question,
		     const struct strvec *labels, struct strvec *ret_chosen, struct error *err)
{
	AUTO_FREE bool *is_chosen = xcalloc(labels->count, sizeof(*is_chosen));
	struct ui_question asked = *question;

	asked.choices = (const char *const *)labels->items;
	asked.choice_count = labels->count;
	if (ui_checklist(ui, &asked, is_chosen, err) < 0)
		return err->code;
	for (size_t i = 0; i < labels->count; i++)
		if (is_chosen[i])
			strvec_push(ret_chosen, labels->items[i]);
	return 0;
}

int ui_text(const struct ui *ui, const struct ui_question *question, char **ret_text,
	    struct error *err)
{
	return ui->text(ui->context, question, ret_text, err);
}

int ui_pause(const struct ui *ui, const struct ui_question *question, struct error *err)
{
	return ui->pause(ui->context, question, err);
}
