/*
 * Questions and messages on a terminal (see display.h).
 */
#include "cli/display.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "cli/logging.h"
#include "os/clock.h"
#include "os/screen.h"
#include "os/terminal.h"

/* No progress line is shown for work shorter than this (milliseconds). */
#define PROGRESS_AFTER_MS 2000
/* Output is flushed at least this often, and always before waiting: thousands of lines in a row
 * need no system call each (milliseconds). */
#define FLUSH_AFTER_MS 50
/* The progress line is drawn no more often than this (milliseconds). */
#define REDRAW_AFTER_MS 250

/* As long as Certbot's: scripts that drive it with expect(1) look for it. */
static const char frame[] =
	"- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - "
	"- - -";

/* The one display of the process; the vtable's context points here. */
static struct {
	unsigned flags;
	bool interactive;
	bool shows_progress;
	int64_t busy_since; /* 0: not busy */
	int64_t flushed_at;
	bool line_shown;
	int64_t drawn_at;
} display;

/* Before anything else is printed: both streams usually are the same terminal, and text would be
 * appended to the line. */
static void clear_progress_line(void)
{
	if (!display.line_shown)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	display.line_shown = false;
}

/* Programs that read standard output cannot tell a message from what they want. */
static bool is_silent(void)
{
	return display.flags & (DISPLAY_QUIET | DISPLAY_FOR_PROGRAMS);
}

static void print(const char *text)
{
	clear_progress_line();
	if (is_silent())
		return;
	fputs(text, stdout);
	fflush(stdout);
}

/* Evaluated each time, because -n may come from a file. */
static bool is_interactive(void *context)
{
	return display.interactive;
}

/* Also logged, so that the conversation can be read afterwards. */
static void say(void *context, const char *text)
{
	int64_t now = clock_mono_ms(clock_system());

	logging_note_said(text);
	clear_progress_line();
	if (is_silent())
		return;
	fputs(text, stdout);
	fputc('\n', stdout);
	if (now - display.flushed_at < FLUSH_AFTER_MS)
		return;
	display.flushed_at = now;
	fflush(stdout);
}

/* On stderr, so that the answer in a pipe stays clean. */
static void progress(void *context, const char *text)
{
	int64_t now = clock_mono_ms(clock_system());
	size_t fits;

	fflush(stdout);
	if (!text[0]) {
		clear_progress_line();
		display.busy_since = 0;
		return;
	}
	if (!display.busy_since)
		display.busy_since = now;
	if (!display.shows_progress || now - display.busy_since < PROGRESS_AFTER_MS)
		return;
	if (display.line_shown && now - display.drawn_at < REDRAW_AFTER_MS)
		return;
	/* A letter that is cut in two is shown as rubbish, and a wide one would break the line. */
	fits = screen_fitting_bytes(text, terminal_width(STDERR_FILENO) - 1);
	fprintf(stderr, "\r\033[K%.*s", (int)fits, text);
	fflush(stderr);
	display.line_shown = true;
	display.drawn_at = now;
}

/* Refuses a question without a default under -n, in Certbot's words, which name the option to
 * use. */
static int missing_answer(const struct ui_question *question, struct error *err)
{
	error_set(err, ERR_REFUSED,
		  "Missing command line flag or config entry for this setting:\n%s",
		  question->text);
	if (question->flag)
		error_hint(err, "you can set this with the %s flag", question->flag);
	return err->code;
}

static int read_answer(const char *prompt, char **ret_line, struct error *err)
{
	print(prompt);
	return terminal_read_line(ret_line, err);
}

static void print_framed(const char *text)
{
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	logging_note_said(text);
	strbuf_addf(&out, "\n%s\n%s\n%s\n", frame, text, frame);
	print(out.text);
}

/* An empty line is not an answer: nobody agrees to terms by pressing Enter. */
static int yes_no(void *context, const struct ui_question *question, bool *ret_yes,
		  struct error *err)
{
	const char *yes = question->choices ? question->choices[0] : "Yes";
	const char *no = question->choices ? question->choices[1] : "No";
	AUTO_FREE char *prompt = NULL;

	if (!display.interactive) {
		if (question->fallback == UI_NO_FALLBACK || question->must_be_interactive)
			return missing_answer(question, err);
		*ret_yes = question->fallback == 1;
		return 0;
	}
	print_framed(question->text);
	prompt = xasprintf("(%c)%s/(%c)%s: ", yes[0], yes + 1, no[0], no + 1);
	for (;;) {
		AUTO_FREE char *line = NULL;

		if (read_answer(prompt, &line, err) < 0)
			return err->code;
		if (line[0] && ascii_lower(line[0]) == ascii_lower(yes[0])) {
			*ret_yes = true;
			return 0;
		}
		if (line[0] && ascii_lower(line[0]) == ascii_lower(no[0])) {
			*ret_yes = false;
			return 0;
		}
	}
}

/* The layout is Certbot's: tutorials and expect(1) scripts rely on it. */
static void print_choices(const struct ui_question *question)
{
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	logging_note_said(question->text);
	strbuf_addf(&out, "\n%s\n%s\n", question->text, frame);
	for (size_t i = 0; i < question->choice_count; i++)
		strbuf_addf(&out, "%zu: %s\n", i + 1, question->choices[i]);
	strbuf_addf(&out, "%s\n", frame);
	print(out.text);
}

/* Certbot takes both cases, too. */
static bool is_cancel(const char *line)
{
	return (line[0] == 'c' || line[0] == 'C') && !line[1];
}

/* ERR_CANCELLED makes main() leave out the advice on where to find help. */
static int cancelled(struct error *err)
{
	return error_set(err, ERR_CANCELLED, "cancelled by the user");
}

/* Numbers start at 1, as Certbot's do. */
static int menu(void *context, const struct ui_question *question, size_t *ret_index,
		struct error *err)
{
	AUTO_FREE char *prompt = xasprintf("Select the appropriate number [1-%zu] then [enter] "
					   "(press 'c' to cancel): ",
					   question->choice_count);

	if (!display.interactive) {
		if (question->fallback == UI_NO_FALLBACK || question->must_be_interactive)
			return missing_answer(question, err);
		*ret_index = (size_t)question->fallback;
		return 0;
	}
	print_choices(question);
	for (;;) {
		AUTO_FREE char *line = NULL;
		int64_t number = 0;

		if (read_answer(prompt, &line, err) < 0)
			return err->code;
		if (is_cancel(line))
			return cancelled(err);
		if (str_to_int64(line, 1, (int64_t)question->choice_count, &number)) {
			*ret_index = (size_t)number - 1;
			return 0;
		}
		print("** Error, invalid number **\n");
	}
}

/* Marks the numbers of a line ("1,3 4"); false when one is not in the list. */
static bool parse_selection(const char *line, bool *ret_chosen, size_t count)
{
	AUTO(strvec) struct strvec words = STRVEC_INIT;

	strvec_split(&words, line, ", ");
	for (size_t i = 0; i < words.count; i++) {
		int64_t number = 0;

		if (!str_to_int64(words.items[i], 1, (int64_t)count, &number))
			return false;
		ret_chosen[number - 1] = true;
	}
	if (!words.count)
		for (size_t i = 0; i < count; i++)
			ret_chosen[i] = true;
	return true;
}

/* Never answered without a person: "all of them" may be what somebody wants for a certificate, but
 * not for a deletion. */
static int checklist(void *context, const struct ui_question *question, bool *ret_chosen,
		     struct error *err)
{
	static const char prompt[] =
		"Select the appropriate numbers separated by commas and/or spaces, or leave input\n"
		"blank to select all options shown (Enter 'c' to cancel): ";

	if (!display.interactive)
		return missing_answer(question, err);
	print_choices(question);
	for (;;) {
		AUTO_FREE char *line = NULL;

		if (read_answer(prompt, &line, err) < 0)
			return err->code;
		if (is_cancel(line))
			return cancelled(err);
		/* An earlier line may have marked some before its mistake was found. */
		memset(ret_chosen, 0, question->choice_count * sizeof(*ret_chosen));
		if (parse_selection(line, ret_chosen, question->choice_count))
			return 0;
		print("** Error - Invalid selection **\n");
	}
}

/* 'c' alone cancels, so no answer can be that letter. */
static int text_input(void *context, const struct ui_question *question, char **ret_text,
		      struct error *err)
{
	AUTO(strbuf) struct strbuf prompt = STRBUF_INIT;
	AUTO_FREE char *line = NULL;

	if (!display.interactive) {
		if (!question->fallback_text || question->must_be_interactive)
			return missing_answer(question, err);
		*ret_text = xstrdup(question->fallback_text);
		return 0;
	}
	strbuf_addf(&prompt, "%s (Enter 'c' to cancel): ", question->text);
	if (read_answer(prompt.text, &line, err) < 0)
		return err->code;
	if (is_cancel(line))
		return cancelled(err);
	*ret_text = !line[0] && question->fallback_text ? xstrdup(question->fallback_text)
							: STEAL(line);
	return 0;
}

/* With -n there is nothing to wait for, unless a person has something to do meanwhile. */
static int wait_for_enter(void *context, const struct ui_question *question, struct error *err)
{
	AUTO_FREE char *line = NULL;

	if (!display.interactive)
		return question->must_be_interactive ? missing_answer(question, err) : 0;
	print_framed(question->text);
	return read_answer("Press Enter to Continue", &line, err);
}

void display_write(void *context, const char *text)
{
	clear_progress_line();
	/* Quiet is for people. Whoever asks for a document and gets none cannot tell it from a
	 * failure. */
	if (!(display.flags & DISPLAY_QUIET) || display.flags & DISPLAY_FOR_PROGRAMS)
		fputs(text, stdout);
}

/* Questions need a terminal to be answered at; cron has none. */
void display_set_flags(unsigned flags)
{
	const unsigned never_asks = DISPLAY_QUIET | DISPLAY_NON_INTERACTIVE | DISPLAY_FOR_PROGRAMS;

	display.flags = flags;
	display.interactive = !(flags & never_asks) && (flags & DISPLAY_FORCE_INTERACTIVE ||
							terminal_is_interactive(STDIN_FILENO));
	/* The line is drawn over itself, which a dumb terminal cannot do. */
	display.shows_progress = !(flags & DISPLAY_QUIET) &&
				 terminal_is_interactive(STDERR_FILENO) && terminal_has_sequences();
}

void display_init(unsigned flags, struct ui *ret_ui)
{
	display_set_flags(flags);
	*ret_ui = (struct ui){
		.context = &display,
		.is_interactive = is_interactive,
		.say = say,
		.progress = progress,
		.yes_no = yes_no,
		.menu = menu,
		.checklist = checklist,
		.text = text_input,
		.pause = wait_for_enter,
	};
}
