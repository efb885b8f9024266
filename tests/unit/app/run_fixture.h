/*
 * A run of the program to test use cases in: all option rows at their defaults, a scratch directory
 * with the store in "config", a clock that stands still, and a person who answers from a script.
 */
#ifndef TESTS_APP_RUN_FIXTURE_H
#define TESTS_APP_RUN_FIXTURE_H

#include "app/builtins.h"
#include "app/verbs/invocation.h"
#include "base/log.h"
#include "store/account/account.h"
#include "store/generations.h"

#define NOBODY (-1) /* no terminal: defaults are taken */

struct run {
	struct option_table table;
	struct settings *settings;
	struct ui ui;
	struct clock clock;
	struct app app;
	int64_t now; /* Unix seconds */
	int answer;  /* to every question: index, or 1 for yes; NOBODY */
	const char *typed;
	struct strbuf said, asked, logged;
	struct strbuf offered; /* the choices of all questions, one a line */
};

static void hear(void *context, const char *text)
{
	strbuf_addf(&((struct run *)context)->said, "%s\n", text);
}

static void hear_log(void *context, enum log_level level, const char *file, const char *text)
{
	if (level >= LOG_LEVEL_INFO)
		strbuf_addf(&((struct run *)context)->logged, "%s\n", text);
}

static void ignore_progress(void *context, const char *text)
{
}

static bool has_terminal(void *context)
{
	return ((struct run *)context)->answer != NOBODY;
}

/* The answer's number: from the script, else the default. */
static int reply(struct run *run, const struct ui_question *question, size_t *ret_index,
		 struct error *err)
{
	int answer = run->answer != NOBODY ? run->answer : question->fallback;

	strbuf_addf(&run->asked, "%s\n", question->text);
	for (size_t i = 0; i < question->choice_count; i++)
		strbuf_addf(&run->offered, "%s\n", question->choices[i]);
	if (answer == UI_NO_FALLBACK || (run->answer == NOBODY && question->must_be_interactive))
		return error_set(err, ERR_REFUSED, "missing flag %s", question->flag);
	*ret_index = (size_t)answer;
	return 0;
}

static int reply_yes_no(void *context, const struct ui_question *question, bool *ret_yes,
			struct error *err)
{
	size_t index = 0;

	if (reply(context, question, &index, err) < 0)
		return err->code;
	*ret_yes = index == 1;
	return 0;
}

static int reply_menu(void *context, const struct ui_question *question, size_t *ret_index,
		      struct error *err)
{
	return reply(context, question, ret_index, err);
}

/* Ticks the one of that number. */
static int reply_checklist(void *context, const struct ui_question *question, bool *ret_chosen,
			   struct error *err)
{
	size_t index = 0;

	if (reply(context, question, &index, err) < 0)
		return err->code;
	ret_chosen[index] = true;
	return 0;
}

static int reply_text(void *context, const struct ui_question *question, char **ret_text,
		      struct error *err)
{
	struct run *run = context;

	strbuf_addf(&run->asked, "%s\n", question->text);
	if (!run->typed)
		return error_set(err, ERR_REFUSED, "missing flag %s", question->flag);
	*ret_text = xstrdup(run->typed);
	return 0;
}

static int64_t read_now(void *context)
{
	return ((struct run *)context)->now * 1000;
}

static void start_run(struct run *run, const char *verb)
{
	*run = (struct run){
		.ui = {.context = run,
		       .is_interactive = has_terminal,
		       .say = hear,
		       .progress = ignore_progress,
		       .yes_no = reply_yes_no,
		       .menu = reply_menu,
		       .checklist = reply_checklist,
		       .text = reply_text},
		.clock = {.now_ms = read_now, .mono_ms = read_now, .context = run},
		.answer = NOBODY,
	};
	strbuf_init(&run->said);
	strbuf_init(&run->asked);
	strbuf_init(&run->logged);
	strbuf_init(&run->offered);
	app_option_table(&run->table);
	run->settings = settings_new(&run->table);
	settings_set_string(run->settings, "config_dir", CONFIG, ORIGIN_COMMAND_LINE);
	invocation_begin(&run->app, &(struct invocation_options){.verb = verb,
								 .settings = run->settings,
								 .ui = &run->ui,
								 .clock = &run->clock});
	log_set_sink(hear_log, run);
}

static void end_run(struct run *run)
{
	log_set_sink(NULL, NULL);
	invocation_end(&run->app);
	settings_free(run->settings);
	option_table_release(&run->table);
	strbuf_release(&run->said);
	strbuf_release(&run->asked);
	strbuf_release(&run->logged);
	strbuf_release(&run->offered);
}
DEFINE_AUTO(run, end_run);

/* "dest=value" as if given on the command line. */
static inline void give_option(struct run *run, const char *option)
{
	const char *equals = strchr(option, '=');
	AUTO_FREE char *dest = xstrndup(option, (size_t)(equals - option));
	AUTO(error) struct error err = ERROR_INIT;
	const struct option *row = option_table_find(&run->table, dest);

	if (!row || settings_assign(run->settings, row, equals + 1, ORIGIN_COMMAND_LINE, &err) < 0)
		BUG("%s: %s", option, row ? err.text : "no such row");
}

/* Saves an account with a new key for that server; returns its id, on the heap. */
static inline char *save_account(const char *server)
{
	const struct account_place place = {CONFIG, server};
	const struct key_spec spec = {.kind = KEY_EC, .curve = "secp256r1"};
	AUTO_FREE char *uri = xasprintf("%s/1", server);
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(account) struct account *account = NULL;
	struct key *key = NULL;

	if (key_generate(&spec, &key, &err) < 0 ||
	    account_save_new(&place, key, &(struct account_urls){.uri = uri}, &account, &err) < 0)
		BUG("%s", err.text);
	return xstrdup(account->id);
}

static inline void assert_has(const struct strbuf *text, const char *part)
{
	if (!strstr(text->text, part))
		fail_msg("'%s' is not in:\n%s", part, text->text);
}

#endif
