/*
 * certbot-pages: a program of the build, not installed. Prints the man page, that of a plugin ("man
 * nginx"), the completion script, the option tables, or lists for the checks of the documentation.
 */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "cli/pages.h"

static const struct page {
	const char *name;
	void (*print)(struct strbuf *out);
} pages[] = {
	{"man", pages_man},         {"bash", pages_bash},   {"credentials", pages_credentials},
	{"plugins", pages_plugins}, {"table", pages_table}, {"rows", pages_rows},
	{"fish", pages_fish},       {"zsh", pages_zsh},
};

/* Runs during the build, so a failed write must fail the build. */
int main(int argc, char **argv)
{
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	if (argc == 3 && strcmp(argv[1], "man") == 0)
		return !pages_man_plugin(argv[2], &out) || fputs(out.text, stdout) < 0;
	for (size_t i = 0; argc == 2 && i < ARRAY_LEN(pages); i++)
		if (strcmp(argv[1], pages[i].name) == 0) {
			pages[i].print(&out);
			return fputs(out.text, stdout) < 0;
		}
	return 2;
}
