/*
 * `status` (see status.h): reads the list once and prints it in the forms that were asked for.
 */
#include "app/status/status.h"

#include <string.h>
#include <unistd.h>

#include "app/status/status_html.h"
#include "app/status/status_json.h"
#include "app/status/status_list.h"
#include "app/status/status_metrics.h"
#include "app/status/status_text.h"
#include "os/file/file.h"

static bool is_stdout(const char *path)
{
	return path && strcmp(path, "-") == 0;
}

/* Standard output can hold one document only. */
static int check_forms(const struct settings *settings, struct error *err)
{
	int count = settings_flag(settings, "json") +
		    is_stdout(settings_string(settings, "metrics")) +
		    is_stdout(settings_string(settings, "html"));

	if (count > 1)
		return error_set(err, ERR_USAGE,
				 "only one of --json, --metrics - and --html - can have standard "
				 "output");
	return 0;
}

/* `mode` applies to a new file: administrators may give an existing one another mode. */
static int give_text(const struct ui *ui, const char *path, mode_t mode, struct strbuf *text,
		     struct error *err)
{
	if (!is_stdout(path))
		return file_publish(path, text->text, text->len, mode, err);
	strbuf_truncate(text, text->len - 1); /* ui_say() ends the line */
	ui_say(ui, "%s", text->text);
	return 0;
}

static int give_metrics(const struct ui *ui, const char *path, const struct status_list *list,
			struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if (!path)
		return 0;
	status_metrics_add(list, NULL, &text);
	return give_text(ui, path, STATUS_METRICS_MODE, &text, err);
}

/* The page quotes errors of CAs and programs, and paths, so it is not readable by everybody unless
 * the administrator makes it so. */
static int give_page(const struct ui *ui, const char *path, const struct status_list *list,
		     struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if (!path)
		return 0;
	status_html_add(list, &text);
	return give_text(ui, path, 0640, &text, err);
}

static void say_text(const struct ui *ui, const struct status_list *list,
		     const struct notified *record)
{
	const struct terminal_screen screen = terminal_screen_of(STDOUT_FILENO);

	status_text_say(ui, &screen, list);
	status_text_say_notified(ui, &screen, record);
}

/* If files are written, no text is printed, because cron would mail it. Metrics and JSON keep the
 * order of the confs, as `certificates` does; people see the worst first. */
int status_run(struct app *app, struct error *err)
{
	AUTO(status_list) struct status_list list = STATUS_LIST_INIT;
	AUTO(notified) struct notified *record =
		notified_read(settings_string(app->settings, "work_dir"));
	const char *metrics = settings_string(app->settings, "metrics");
	const char *page = settings_string(app->settings, "html");

	if (check_forms(app->settings, err) < 0 ||
	    status_list_read(app->plugins, settings_string(app->settings, "certname"), &list, err) <
		    0)
		return err->code;
	if (result_is_wanted(app->ui))
		status_json_say(app->ui, &list, record);
	if (give_metrics(app->ui, metrics, &list, err) < 0)
		return err->code;
	status_list_sort(&list);
	if (give_page(app->ui, page, &list, err) < 0)
		return err->code;
	if (!metrics && !page && !result_is_wanted(app->ui))
		say_text(app->ui, &list, record);
	return 0;
}
