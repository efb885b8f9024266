/*
 * certbot-pages: a program of the build, not installed. Prints the man page or the completion script.
 */
#include <stdio.h>
#include <string.h>

#include "cli/pages.h"

int main(int argc, char **argv)
{
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	if (argc == 2 && strcmp(argv[1], "man") == 0)
		pages_man(&out);
	else if (argc == 2 && strcmp(argv[1], "bash") == 0)
		pages_bash(&out);
	else
		return 2;
	return fputs(out.text, stdout) < 0;
}
