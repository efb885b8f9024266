/*
 * Running apachectl and httpd (see apache_program.h).
 */
#include "plugins/apache/apache_program.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "base/span.h"
#include "os/file/file.h"
#include "os/process/process.h"
#include "webserver/control.h"

#define MAX_BINARY (64 << 20)
#define MAX_ENVIRONMENT (1 << 20)

extern char **environ;

int apache_program_version(const struct apache_program_paths *program, char **ret_version,
			   struct error *err)
{
	static const char label[] = "Apache/";
	const char *const argv[] = {program->query, "-v", NULL};
	AUTO(control_output) struct control_output output;
	const char *found;

	control_output_init(&output);
	if (control_run(argv, &output, err) < 0)
		return error_wrap(err, "cannot find the version of httpd");
	found = strstr(output.out.text, label);
	if (!found)
		return error_set(err, ERR_CONFIG, "cannot read the version of httpd from '%s -v'",
				 program->query);
	found += strlen(label);
	*ret_version = xstrndup(found, strspn(found, "0123456789."));
	return 0;
}

bool apache_version_reaches(const char *version, int major, int minor, int patch)
{
	const int wanted[] = {major, minor, patch};

	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		char *end;
		long number = strtol(version, &end, 10);

		if (number != wanted[i])
			return number > wanted[i];
		version = *end == '.' ? end + 1 : end;
	}
	return true;
}

/* httpd refuses its configuration, which only the administrator can fix. */
static int refuse_configuration(struct error *err)
{
	if (err->code == ERR_PLUGIN)
		error_recode(err, ERR_CONFIG);
	return error_wrap(err, "httpd does not accept its configuration");
}

/* A dump also lists every file that httpd has read; a plain test prints only the reason. */
static int explain_refusal(const struct apache_program_paths *program, struct error *err)
{
	const char *const argv[] = {program->query, "-t", NULL};
	AUTO(error) struct error refusal = ERROR_INIT;

	if (err->code == ERR_PLUGIN && control_run(argv, NULL, &refusal) < 0) {
		error_release(err);
		error_move(err, &refusal);
	}
	return refuse_configuration(err);
}

int apache_program_dump(const struct apache_program_paths *program, struct strbuf *ret_dump,
			struct error *err)
{
	const char *const argv[] = {
		program->query, "-t",           "-D", "DUMP_VHOSTS",   "-D", "DUMP_MODULES",
		"-D",           "DUMP_RUN_CFG", "-D", "DUMP_INCLUDES", NULL,
	};
	AUTO(control_output) struct control_output output;

	control_output_init(&output);
	if (control_run(argv, &output, err) < 0)
		return explain_refusal(program, err);
	strbuf_add(ret_dump, output.out.text, output.out.len);
	return 0;
}

int apache_program_test(const struct apache_program_paths *program, struct error *err)
{
	const char *const argv[] = {program->ctl, "configtest", NULL};

	return control_run(argv, NULL, err) < 0 ? refuse_configuration(err) : 0;
}

/* graceful lets connections end. Only where the distribution's script cannot do that is httpd
 * restarted, as by Certbot. */
int apache_program_reload(const struct apache_program_paths *program, struct error *err)
{
	const char *const graceful[] = {program->ctl, "graceful", NULL};
	const char *const restart[] = {program->ctl, program->restart, NULL};
	AUTO(error) struct error refused = ERROR_INIT;

	if (control_run(graceful, NULL, &refused) == 0)
		return 0;
	if (!program->restart)
		return error_move(err, &refused);
	log_warning("httpd did not reload its configuration; restarting it: %s", refused.text);
	return control_run(restart, NULL, err);
}

static void add_variable(struct map *environment, const char *text, size_t len)
{
	AUTO_FREE char *entry = xstrndup(text, len);
	char *equals = strchr(entry, '=');

	if (!equals)
		return;
	*equals = '\0';
	map_set(environment, entry, xstrdup(equals + 1));
}

static void add_own_environment(struct map *environment)
{
	for (char **entry = environ; *entry; entry++)
		add_variable(environment, *entry, strlen(*entry));
}

int apache_program_environment(const char *envvars_path, const char *server_root,
			       struct map *ret_environment, struct error *err)
{
	/* The file is a shell script, so only a shell can say what it exports. It is what apachectl
	 * itself runs, with the same rights. */
	const char *const argv[] = {
		"/bin/sh", "-c",         "APACHE_CONFDIR=$2; . \"$1\" >/dev/null; exec env -0",
		"sh",      envvars_path, server_root,
		NULL,
	};
	const struct process_request request = {
		.argv = argv, .timeout_ms = 30 * 1000, .max_output = MAX_ENVIRONMENT};
	AUTO(process_result) struct process_result result;
	struct span rest, part;

	if (!file_exists(envvars_path)) {
		add_own_environment(ret_environment);
		return 0;
	}
	process_result_init(&result);
	if (process_run(&request, &result, err) < 0)
		return error_wrap(err, "cannot read '%s'", envvars_path);
	rest = span_make(result.output.text, result.output.len);
	while (span_take_until(&rest, '\0', &part))
		add_variable(ret_environment, part.ptr, part.len);
	return 0;
}

/* "1.0.2k" is older than 1.0.2l; everything from 1.1 on is not. */
static enum apache_openssl judge_version(const char *version)
{
	if (apache_version_reaches(version, 1, 0, 3))
		return APACHE_OPENSSL_CURRENT;
	if (!apache_version_reaches(version, 1, 0, 2))
		return APACHE_OPENSSL_OLD;
	return version[5] >= 'l' && version[5] <= 'z' ? APACHE_OPENSSL_CURRENT : APACHE_OPENSSL_OLD;
}

/* httpd does not report it. The text is in the module, or in httpd itself if mod_ssl is built in;
 * Certbot looks there, too. */
enum apache_openssl apache_program_openssl(const char *path)
{
	static const char label[] = "OpenSSL ";
	AUTO(strbuf) struct strbuf bytes = STRBUF_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;
	const char *at, *end;

	if (file_read(path, MAX_BINARY, &bytes, &ignored) < 0)
		return APACHE_OPENSSL_UNKNOWN;
	end = bytes.text + bytes.len;
	for (at = bytes.text; (at = memmem(at, (size_t)(end - at), label, strlen(label)));) {
		at += strlen(label);
		if (strspn(at, "0123456789") && at[strspn(at, "0123456789")] == '.')
			return judge_version(at);
	}
	return APACHE_OPENSSL_UNKNOWN;
}
