/*
 * Runs a server's control program (nginx, apachectl) with limits on time and output, and quotes its
 * output in errors.
 */
#ifndef WEBSERVER_CONTROL_H
#define WEBSERVER_CONTROL_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strbuf.h"

/* Replaces the name of a program by its path, see program_find(). ERR_NOT_FOUND ("... nginx is not
 * installed") names the option that the name came from. ERR_REFUSED: everybody may change it. */
int control_find(char **program, const char *option, const char *product,
		 struct error *err) WARN_UNUSED;

/* The program's output. That of `nginx -T` can be large. */
struct control_output {
	struct strbuf out, errors;
};
void control_output_init(struct control_output *output);
void control_output_release(struct control_output *output);
DEFINE_AUTO(control_output, control_output_release);

/* Runs the NULL-terminated argv with messages in English. The caller initialises `ret_output`,
 * which may be NULL. ERR_NOT_FOUND when there is no such program; ERR_PLUGIN when it failed or took
 * more than two minutes: the text quotes the command and its output. */
int control_run(const char *const *argv, struct control_output *ret_output,
		struct error *err) WARN_UNUSED;

/* True when there is such a program, and a line of its output begins so. */
bool control_prints(const char *const *argv, const char *prefix);

/* The number of an existing process that the file holds, or 0. */
pid_t control_pid(const char *pid_path);
/* True when the file holds the number of an existing process. */
bool control_pid_is_alive(const char *pid_path);

#endif
