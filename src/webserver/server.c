/*
 * The server of a plugin and its model (see server.h).
 */
#include "webserver/server_parts.h"

#include <stdarg.h>

#include "base/alloc.h"

const char *webserver_config_dir(const struct webserver *server)
{
	return settings_config_dir(server->host->settings);
}

const char *webserver_work_dir(const struct webserver *server)
{
	return settings_string(server->host->settings, "work_dir");
}

unsigned webserver_http_port(const struct webserver *server)
{
	return (unsigned)settings_int(server->host->settings, "http01_port");
}

unsigned webserver_https_port(const struct webserver *server)
{
	return (unsigned)settings_int(server->host->settings, "https_port");
}

/* Read once and kept: parsing the configuration of a large site takes longer than everything
 * else. */
int webserver_load(struct webserver *server, struct error *err)
{
	return server->model ? 0 : server->run->kind->load(server, err);
}

/* A model that was edited half cannot be trusted; what was staged before it is not affected. */
void webserver_drop_edits(struct webserver *server)
{
	server->run->kind->unload(server);
	server->model = NULL;
	strvec_release(&server->run->drafted_notes);
	map_release(&server->run->chosen);
}

void webserver_forget(struct webserver *server)
{
	webserver_drop_edits(server);
	map_release(&server->run->staged);
	strvec_release(&server->run->notes);
}

int webserver_reread(struct webserver *server, struct error *err)
{
	webserver_drop_edits(server);
	return webserver_load(server, err);
}

void webserver_keep_edits(struct webserver *server)
{
	server->run->kind->stage(server);
	strvec_extend(&server->run->notes, &server->run->drafted_notes);
	strvec_release(&server->run->drafted_notes);
}

void webserver_note(struct webserver *server, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	strvec_give(&server->run->drafted_notes, xvasprintf(format, args));
	va_end(args);
}
