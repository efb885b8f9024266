/*
 * Running a server's control program (nginx, apachectl): bounded in time and output, with its own
 * words as the error.
 */
#ifndef WEBSERVER_CONTROL_H
#define WEBSERVER_CONTROL_H

#include <stdbool.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strbuf.h"

/* What the program wrote; a file list of `nginx -T` can be large. */
struct control_output {
	struct strbuf out, errors;
};
void control_output_init(struct control_output *output);
void control_output_release(struct control_output *output);
DEFINE_AUTO(control_output, control_output_release);

/* Runs the NULL-terminated argv with English messages. `ret_output` is initialised by the caller,
 * or NULL. ERR_NOT_FOUND: no such program; ERR_PLUGIN: it ended with an error or took more than two
 * minutes: the text quotes the command and what the program wrote. */
int control_run(const char *const *argv, struct control_output *ret_output,
		struct error *err) WARN_UNUSED;

/* True when the file holds the number of a process that exists. */
bool control_pid_is_alive(const char *pid_path);

#endif
