/*
 * Whether a service loads what a renewal has written. If its configuration names another file, it
 * goes on showing the old certificate until that expires, and every reload succeeds. So renewed()
 * of struct installer looks for the file in the configuration, where that can be read as a whole;
 * the rest is left to the look by TLS that follows.
 */
#ifndef WEBSERVER_LOADED_H
#define WEBSERVER_LOADED_H

#include <stdbool.h>

#include "plugin/installer.h"
#include "webserver/server.h"

/* Gives the task its error, with what to do: the configuration does not load the file, but
 * `instead`, or nothing (NULL). Of a lineage's first certificate it is only a warning: people
 * obtain it before they name it in the configuration. */
void loaded_refuse(const struct webserver *server, struct deploy_task *task, const char *path,
		   const char *instead);
/* Returns true when a configuration, or what a service's own program prints of it, names a file of
 * the task's in live/, by itself or by a link that leads there, or a copy of the certificate. */
bool loaded_names_live(const char *text, const struct deploy_task *task);
/* Returns true when the file has the certificate that the task has in live/, whoever wrote it. */
bool loaded_has_leaf(const char *path, const struct deploy_task *task);

#endif
