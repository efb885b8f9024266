/* The progress line, as a terminal gets it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pty.h>
#include <unistd.h>

#include "base/macros.h"
#include "cli/display.h"
#include "os/clock.h"

/* Standard error is a terminal of 40 columns meanwhile. */
struct terminal {
	int master, former_stderr;
};

static struct terminal enter_terminal(void)
{
	const struct winsize size = {.ws_row = 24, .ws_col = 40};
	struct terminal terminal = {.former_stderr = dup(STDERR_FILENO)};
	int slave;

	assert_int_equal(openpty(&terminal.master, &slave, NULL, NULL, &size), 0);
	assert_int_equal(fcntl(terminal.master, F_SETFL, O_NONBLOCK), 0);
	assert_true(dup2(slave, STDERR_FILENO) >= 0);
	close(slave);
	assert_int_equal(setenv("TERM", "xterm", 1), 0);
	return terminal;
}

static void leave_terminal(const struct terminal *terminal)
{
	dup2(terminal->former_stderr, STDERR_FILENO);
	close(terminal->former_stderr);
	close(terminal->master);
}

static void pause_ms(int64_t ms)
{
	const struct clock *clock = clock_system();

	clock->sleep_until(clock->context, clock_mono_ms(clock) + ms);
}

/* Draws the line, and returns what the terminal got of it. */
static const char *drawn(const struct terminal *terminal, const struct ui *ui, const char *text)
{
	static char got[512];
	ssize_t len;

	ui_progress(ui, "%s", text);
	len = read(terminal->master, got, sizeof(got) - 1);
	got[len > 0 ? len : 0] = '\0';
	return got;
}

#define TEN_LETTERS "\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4"
#define TWENTY_SIX_LETTERS TEN_LETTERS TEN_LETTERS "\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4"

/* The last column stays free. Letters of two bytes are cut between them, and one that is two
 * columns wide is left out where only one is free. */
static void test_the_line_is_cut_between_characters(void **state)
{
	static const struct {
		const char *text, *shown;
	} rows[] = {
		{"waiting for " TWENTY_SIX_LETTERS "\u00e4\u00e4\u00e4",
		 "waiting for " TWENTY_SIX_LETTERS "\u00e4"},
		{"waiting for " TWENTY_SIX_LETTERS "\u65e5\u672c",
		 "waiting for " TWENTY_SIX_LETTERS},
		{"waiting for " TWENTY_SIX_LETTERS "e\u0301x",
		 "waiting for " TWENTY_SIX_LETTERS "e\u0301"},
		{"short \u00e4", "short \u00e4"},
	};
	struct terminal terminal = enter_terminal();
	char got[ARRAY_LEN(rows)][512], early[512], end[512];
	struct ui ui;

	display_init(0, &ui);
	strcpy(early, drawn(&terminal, &ui, "waiting"));
	pause_ms(2000);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		strcpy(got[i], drawn(&terminal, &ui, rows[i].text));
		pause_ms(260);
	}
	strcpy(end, drawn(&terminal, &ui, ""));
	/* Only now can a failure be read. */
	leave_terminal(&terminal);
	assert_string_equal(early, "");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_memory_equal(got[i], "\r\033[K", 4);
		assert_string_equal(got[i] + 4, rows[i].shown);
	}
	assert_string_equal(end, "\r\033[K");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_line_is_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
