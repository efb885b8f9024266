/*
 * The person at the terminal, as a set of callbacks. cli/ implements them; app/ and plugins speak
 * through them and never touch a stream. Tests answer from a script.
 *
 * When nobody can be asked (-n, -q, no terminal), a question with a default takes the default. One
 * without fails with ERR_REFUSED: "Missing command line flag or config entry for this setting:" and
 * the flag.
 */
#ifndef BASE_UI_H
#define BASE_UI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strvec.h"

struct ui_question {
	const char *text;           /* may have several lines */
	const char *flag;           /* option that would answer it ("--agree-tos"), or NULL */
	const char *const *choices; /* menu and checklist: labels; yes/no: {yes, no} or NULL */
	size_t choice_count;
	int fallback;              /* yes/no: 1, 0; menu: index; UI_NO_FALLBACK: none */
	const char *fallback_text; /* text input; NULL: none */
	bool must_be_interactive;  /* asking without a terminal is an error even with a default */
};

#define UI_NO_FALLBACK (-1)

struct result;

struct ui {
	void *context;
	struct result *result; /* what programs are told; NULL: nobody asked */
	/* True when questions reach a person. */
	bool (*is_interactive)(void *context);
	/* A normal message: printed on standard output unchanged, with a newline. */
	void (*say)(void *context, const char *text);
	/* Says what we are waiting for; shown only after two seconds. "" ends it. */
	void (*progress)(void *context, const char *text);
	int (*yes_no)(void *context, const struct ui_question *question, bool *ret_yes,
		      struct error *err);
	int (*menu)(void *context, const struct ui_question *question, size_t *ret_index,
		    struct error *err);
	/* `ret_chosen` has choice_count elements. */
	int (*checklist)(void *context, const struct ui_question *question, bool *ret_chosen,
			 struct error *err);
	/* The caller frees the text. */
	int (*text)(void *context, const struct ui_question *question, char **ret_text,
		    struct error *err);
	/* Waits for Enter after showing the text. */
	int (*pause)(void *context, const struct ui_question *question, struct error *err);
};

/* True when questions reach a person. */
bool ui_is_interactive(const struct ui *ui);
/* Prints a message. */
void ui_say(const struct ui *ui, const char *format, ...) PRINTF_LIKE(2, 3);
/* Says what we are waiting for; "" ends it. */
void ui_progress(const struct ui *ui, const char *format, ...) PRINTF_LIKE(2, 3);
/* Returns how long the rest of some work will take, by how long the part that is done took: ", about
 * 3 min left". "" as long as that would be a guess. The caller frees it. */
char *ui_time_left(int64_t elapsed_ms, size_t done, size_t total) WARN_UNUSED;
/* Asks a yes/no question. All questions fail with ERR_REFUSED when nobody can be asked and there is
 * no default, and with ERR_CANCELLED when the person cancels. */
int ui_yes_no(const struct ui *ui, const struct ui_question *question, bool *ret_yes,
	      struct error *err) WARN_UNUSED;
/* Asks for one of the choices and sets its index. */
int ui_menu(const struct ui *ui, const struct ui_question *question, size_t *ret_index,
	    struct error *err) WARN_UNUSED;
/* Asks for any of the choices; `ret_chosen` has choice_count elements. */
int ui_checklist(const struct ui *ui, const struct ui_question *question, bool *ret_chosen,
		 struct error *err) WARN_UNUSED;
/* The same with `labels` in place of the question's choices; appends those that were chosen. */
int ui_choose_labels(const struct ui *ui, const struct ui_question *question,
		     const struct strvec *labels, struct strvec *ret_chosen,
		     struct error *err) WARN_UNUSED;
/* Asks for a line of text, which the caller frees. */
int ui_text(const struct ui *ui, const struct ui_question *question, char **ret_text,
	    struct error *err) WARN_UNUSED;
/* Shows the text and waits for Enter. */
int ui_pause(const struct ui *ui, const struct ui_question *question,
	     struct error *err) WARN_UNUSED;

#endif
