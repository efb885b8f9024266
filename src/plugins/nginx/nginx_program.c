/*
 * Runs nginx with an explicit configuration (see nginx_program.h). It is never started as a server:
 * an administrator who stopped it had a reason.
 */
#include "plugins/nginx/nginx_program.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "webserver/control.h"

/* Of nginx's configure script. */
#define DEFAULT_PREFIX "/usr/local/nginx"

void nginx_build_release(struct nginx_build *build)
{
	free(build->product);
	free(build->prefix);
	free(build->pid_path);
	*build = (struct nginx_build)NGINX_BUILD_INIT;
}

/* The letter is OpenSSL's, as in 1.0.2l. */
static struct nginx_version parse_version(const char *text)
{
	struct nginx_version version = {.numbers = {0}};

	for (size_t i = 0; i < ARRAY_LEN(version.numbers) && ascii_is_digit(*text); i++) {
		while (ascii_is_digit(*text) && version.numbers[i] < 100000)
			version.numbers[i] = version.numbers[i] * 10 + (*text++ - '0');
		if (*text == '.')
			text++;
	}
	if (*text >= 'a' && *text <= 'z')
		version.letter = *text;
	return version;
}

bool nginx_version_reaches(const struct nginx_version *version, int major, int minor, int patch)
{
	const int wanted[] = {major, minor, patch};

	for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
		if (version->numbers[i] != wanted[i])
			return version->numbers[i] > wanted[i];
	return true;
}

/* Returns the text after `label`, or NULL. */
static const char *find_after(const char *text, const char *label)
{
	const char *found = strstr(text, label);

	return found ? found + strlen(label) : NULL;
}

/* The library that it runs with counts; older versions of nginx only print the one they were built
 * with. */
static void parse_openssl(const char *text, struct nginx_build *build)
{
	const char *version = find_after(text, "running with OpenSSL ");

	if (!version)
		version = find_after(text, "built with OpenSSL ");
	if (version)
		build->openssl = parse_version(version);
}

/* The value of an argument of nginx's configure script; heap, NULL: it was not given. */
static char *configured_path(const char *text, const char *argument)
{
	const char *value = find_after(text, argument);

	return value ? xstrndup(value, strcspn(value, " \n'")) : NULL;
}

/* Parses the output of "nginx -V"; the caller releases the result. ERR_CONFIG when it has no
 * version. */
static int parse_build(struct span output, struct nginx_build *ret_build, struct error *err)
{
	AUTO_FREE char *text = span_dup(output);
	const char *product = find_after(text, "nginx version: ");
	size_t len = product ? strcspn(product, "/ \n") : 0;

	if (!product || product[len] != '/')
		return error_set(err, ERR_CONFIG,
				 "cannot read the version of nginx from 'nginx -V'");
	ret_build->product = xstrndup(product, len);
	ret_build->version = parse_version(product + len + 1);
	ret_build->has_ssl = strstr(text, "--with-http_ssl_module") != NULL;
	ret_build->has_sni = strstr(text, "TLS SNI support enabled") != NULL;
	ret_build->prefix = configured_path(text, "--prefix=");
	if (!ret_build->prefix)
		ret_build->prefix = xstrdup(DEFAULT_PREFIX);
	ret_build->pid_path = configured_path(text, "--pid-path=");
	parse_openssl(text, ret_build);
	return 0;
}

/* "nginx -V" writes to the error output. */
int nginx_program_build(const struct nginx_program *program, struct nginx_build *ret_build,
			struct error *err)
{
	const char *const argv[] = {program->path, "-c", program->conf, "-V", NULL};
	AUTO(control_output) struct control_output output;

	control_output_init(&output);
	if (control_run(argv, &output, err) < 0)
		return err->code;
	return parse_build(span_make(output.errors.text, output.errors.len), ret_build, err);
}

/* nginx refuses its configuration, which only the administrator can fix. */
static int refuse_configuration(struct error *err)
{
	if (err->code == ERR_PLUGIN)
		error_recode(err, ERR_CONFIG);
	return error_wrap(err, "nginx does not accept its configuration");
}

int nginx_program_test(const struct nginx_program *program, struct error *err)
{
	const char *const argv[] = {program->path, "-c", program->conf, "-t", NULL};

	return control_run(argv, NULL, err) < 0 ? refuse_configuration(err) : 0;
}

/* -T also tests. A configuration that nginx refuses is not edited: afterwards nobody could tell
 * whose fault it is. */
int nginx_program_dump(const struct nginx_program *program, struct strbuf *ret_dump,
		       struct error *err)
{
	const char *const argv[] = {program->path, "-c", program->conf, "-T", NULL};
	AUTO(control_output) struct control_output output;

	control_output_init(&output);
	if (control_run(argv, &output, err) < 0)
		return refuse_configuration(err);
	strbuf_add(ret_dump, output.out.text, output.out.len);
	return 0;
}

/* Returns true for nginx's messages about a pid file that is missing, empty, or of a process that
 * is gone. A file of the configuration that is missing is an "[emerg]". */
static bool means_not_running(const char *message)
{
	static const char *const phrases[] = {"invalid PID number", "No such process"};

	for (size_t i = 0; i < ARRAY_LEN(phrases); i++)
		if (strstr(message, phrases[i]))
			return true;
	return strstr(message, "[error]") && strstr(message, "failed (2:") &&
	       !strstr(message, "[emerg]");
}

/* nginx looks up its own pid file, so a signal cannot go to a stranger's process. */
int nginx_program_signal(const struct nginx_program *program, const char *name, struct error *err)
{
	const char *const argv[] = {program->path, "-c", program->conf, "-s", name, NULL};

	if (control_run(argv, NULL, err) < 0 && means_not_running(err->text))
		error_recode(err, ERR_NOT_FOUND);
	return err->code;
}
