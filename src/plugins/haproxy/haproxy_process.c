/*
 * The running HAProxy: whether there is one, the test of a configuration, and the reload (see
 * haproxy_site.h).
 *
 * Only a master process (-W, -Ws) can reload: SIGUSR2 would end another. The master takes the
 * command on its socket (-S) or as that signal. Neither says whether the new process came up, so
 * the configuration is tested first, and the master's list of processes or our proof is checked
 * afterwards.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "os/file/file.h"
#include "plugins/haproxy/haproxy_runtime.h"
#include "plugins/haproxy/haproxy_site.h"
#include "webserver/control.h"
#include "webserver/system_service.h"

#define USUAL_PID_FILE "/run/haproxy.pid"
#define USUAL_SERVICE "haproxy"
/* The master answers at once, or not at all while it restarts itself. */
#define MASTER_LIMIT_MS 500
#define RELOAD_LIMIT_MS (10 * 1000)
#define RELOAD_STEP_MS 50

int haproxy_test(struct webserver *server, struct error *err)
{
	const struct haproxy_site *site = haproxy_site_of(server);
	AUTO(strvec) struct strvec argv = STRVEC_INIT;

	strvec_push(&argv, site->ctl);
	strvec_push(&argv, "-c");
	for (size_t i = 0; i < site->config.count; i++) {
		strvec_push(&argv, "-f");
		strvec_push(&argv, site->config.items[i]);
	}
	return control_run((const char *const *)argv.items, NULL, err);
}

/* ---- The master ---- */

/* The file with the master's number; the caller frees it. NULL: unknown. */
static char *pid_path(const struct webserver *server)
{
	const struct haproxy_site *site = haproxy_site_of(server);
	AUTO(haproxy_confs) struct haproxy_confs confs = HAPROXY_CONFS_INIT;
	const char *configured;

	if (site->pid_file)
		return xstrdup(site->pid_file);
	haproxy_site_read(server, &confs);
	configured = haproxy_confs_global(&confs, "pidfile");
	if (configured)
		return xstrdup(configured);
	return site->is_usual ? xstrdup(USUAL_PID_FILE) : NULL;
}

/* Appends the arguments of a process. Nothing where the system does not show them. */
static void read_arguments(pid_t pid, struct strvec *ret_words)
{
	AUTO_FREE char *path = xasprintf("/proc/%d/cmdline", (int)pid);
	AUTO(strbuf) struct strbuf words = STRBUF_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;
	struct span rest, word;

	if (file_read(path, 1 << 20, &words, &ignored) < 0)
		return;
	rest = span_make(words.text, words.len);
	while (span_take_until(&rest, '\0', &word))
		strvec_give(ret_words, span_dup(word));
}

/* False when the process is known to be another program: a pid file may be older than it. */
static bool may_be_haproxy(const struct webserver *server, pid_t pid)
{
	AUTO(strvec) struct strvec words = STRVEC_INIT;
	const char *name;

	read_arguments(pid, &words);
	if (!words.count)
		return true;
	name = path_basename(words.items[0]);
	return str_starts(name, "haproxy") ||
	       strcmp(name, path_basename(haproxy_site_of(server)->ctl)) == 0;
}

/* HAProxy's process whose number a file has, if it exists; 0: none. */
static pid_t pid_in(const struct webserver *server, const char *path)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;
	struct span rest, line;
	AUTO_FREE char *first = NULL;
	int64_t pid = 0;

	if (!path || file_read(path, 4096, &text, &ignored) < 0)
		return 0;
	rest = span_make(text.text, text.len);
	first = span_take_line(&rest, &line) ? span_dup(span_trim(line)) : xstrdup("");
	if (!str_to_int64(first, 1, INT32_MAX, &pid) || !control_pid_is_alive(path) ||
	    !may_be_haproxy(server, (pid_t)pid))
		return 0;
	return (pid_t)pid;
}

static bool is_master_by_conf(const struct webserver *server)
{
	AUTO(haproxy_confs) struct haproxy_confs confs = HAPROXY_CONFS_INIT;

	haproxy_site_read(server, &confs);
	for (size_t i = 0; i < confs.count; i++)
		for (size_t j = 0; j < confs.items[i].line_count; j++)
			if (haproxy_line_is(&confs.items[i].lines[j], "master-worker", NULL))
				return true;
	return false;
}

static bool is_master(const struct webserver *server, pid_t pid)
{
	AUTO(strvec) struct strvec words = STRVEC_INIT;

	read_arguments(pid, &words);
	return strvec_contains(&words, "-W") || strvec_contains(&words, "-Ws") ||
	       is_master_by_conf(server);
}

/* ---- Its socket ---- */

/* The output of `show proc`. */
struct processes {
	int64_t worker;  /* number of the newest one */
	bool has_failed; /* the last reload did not come up */
};

static bool read_number(struct span *rest, int64_t *ret)
{
	struct span word;
	AUTO_FREE char *text = NULL;

	*rest = span_trim(*rest);
	if (!span_take_until(rest, ' ', &word))
		return false;
	text = span_dup(word);
	return str_to_int64(text, 0, INT32_MAX, ret);
}

/* Lines are "PID TYPE RELOADS UPTIME VERSION"; old workers have a heading of their own. */
static void read_processes(const struct strbuf *answer, struct processes *ret)
{
	struct span rest = span_make(answer->text, answer->len), line;

	*ret = (struct processes){.worker = 0};
	ret->has_failed = strstr(answer->text, "[failed: ") && !strstr(answer->text, "[failed: 0]");
	while (span_take_line(&rest, &line)) {
		int64_t pid;

		if (span_eq(span_trim(line), "# old workers"))
			return;
		if (read_number(&line, &pid) && (line = span_trim(line), true) &&
		    span_skip_prefix(&line, "worker"))
			ret->worker = pid;
	}
}

static int ask_processes(const char *socket, struct processes *ret, struct error *err)
{
	AUTO(strbuf) struct strbuf answer = STRBUF_INIT;

	/* Unlike other sockets, the master's stays open for more. */
	if (haproxy_runtime_ask(socket, "show proc\nquit", MASTER_LIMIT_MS, &answer, err) < 0)
		return err->code;
	read_processes(&answer, ret);
	return 0;
}

/* Waits for a new worker. The master's socket disappears for a moment. */
static int await_worker(const struct webserver *server, int64_t old_worker, struct error *err)
{
	const struct clock *clock = server->host->clock;
	const char *socket = haproxy_site_of(server)->master_socket;
	int64_t end = clock_mono_ms(clock) + RELOAD_LIMIT_MS;

	for (;;) {
		AUTO(error) struct error away = ERROR_INIT;
		struct processes now = {.worker = old_worker};

		if (ask_processes(socket, &now, &away) == 0 && now.has_failed)
			return error_set(err, ERR_PLUGIN,
					 "HAProxy did not come up with its new configuration, and "
					 "keeps running with the old one; its log says why");
		if (!error_is_set(&away) && now.worker && now.worker != old_worker)
			return 0;
		if (away.code == ERR_CANCELLED ||
		    clock->sleep_until(clock->context, clock_mono_ms(clock) + RELOAD_STEP_MS) < 0)
			return error_set(err, ERR_CANCELLED, "stopped by a signal");
		if (clock_mono_ms(clock) >= end)
			return error_set(err, ERR_PLUGIN,
					 "HAProxy has no new process %d seconds after its reload",
					 RELOAD_LIMIT_MS / 1000);
	}
}

/* ERR_NOT_FOUND: no master listens there. */
static int reload_by_socket(const struct webserver *server, struct error *err)
{
	const char *socket = haproxy_site_of(server)->master_socket;
	AUTO(strbuf) struct strbuf answer = STRBUF_INIT;
	AUTO(error) struct error silent = ERROR_INIT;
	struct processes before;

	if (!socket)
		return error_set(err, ERR_NOT_FOUND, "HAProxy's master socket is unknown");
	if (ask_processes(socket, &before, err) < 0)
		return err->code;
	/* HAProxy 2.7 answers when it is done; earlier ones do not, and may leave the connection
	 * open. */
	if (haproxy_runtime_ask(socket, "reload", MASTER_LIMIT_MS, &answer, &silent) < 0)
		log_debug("%s", silent.text);
	if (str_starts(answer.text, "Success=0"))
		return error_set(err, ERR_PLUGIN,
				 "HAProxy did not come up with its new configuration, and runs on "
				 "with the old one: %s",
				 answer.text);
	return await_worker(server, before.worker, err);
}

/* ---- Other ways ---- */

static bool service_is_running(const struct webserver *server)
{
	return haproxy_site_of(server)->is_usual && system_service_is_running(USUAL_SERVICE);
}

static int signal_master(const struct webserver *server, pid_t pid, struct error *err)
{
	if (!is_master(server, pid)) {
		error_set(
			err, ERR_PLUGIN,
			"HAProxy (pid %d) runs without a master process, so it cannot be reloaded",
			(int)pid);
		return error_hint(err, "run it with -W or -Ws, or with 'master-worker' in its "
				       "'global' section, and restart it now");
	}
	if (kill(pid, SIGUSR2) < 0)
		return error_set_errno(err, errno, "cannot signal HAProxy (pid %d)", (int)pid);
	return 0;
}

int haproxy_reload(struct webserver *server, struct error *err)
{
	AUTO_FREE char *path = NULL;
	pid_t pid;

	if (webserver_load(server, err) < 0 || haproxy_test(server, err) < 0)
		return err->code;
	if (haproxy_take_deployed(server))
		return 0;
	if (reload_by_socket(server, err) == 0 || err->code != ERR_NOT_FOUND)
		return err->code;
	log_debug("%s", err->text);
	error_release(err);
	if (service_is_running(server))
		return system_service_run(USUAL_SERVICE, "reload", err);
	path = pid_path(server);
	pid = pid_in(server, path);
	if (pid)
		return signal_master(server, pid, err);
	return error_set(err, ERR_NOT_FOUND, "%s%s",
			 path ? "no process of " : "no pid file is known", path ? path : "");
}

bool haproxy_is_running(struct webserver *server)
{
	const char *socket = haproxy_site_of(server)->master_socket;
	AUTO(error) struct error ignored = ERROR_INIT;
	AUTO_FREE char *path = NULL;
	struct processes now;

	if (webserver_load(server, &ignored) < 0)
		return false;
	path = pid_path(server);
	return (socket && ask_processes(socket, &now, &ignored) == 0) || pid_in(server, path) ||
	       service_is_running(server);
}
