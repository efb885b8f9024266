/*
 * Where scripts are looked for (see acmesh_script.h). The function prefix is the file's name, by
 * the convention of these scripts; the shell is that of the first line, as some are written for
 * one.
 */
#include "dns/providers/acmesh/acmesh_script.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/strbuf.h"
#include "dns/program.h"
#include "dns/provider.h"
#include "dns/providers/acmesh/acmesh_values.h"
#include "os/file/file.h"

enum { MAX_SCRIPT = 1024 * 1024 };

void acmesh_script_release(struct acmesh_script *script)
{
	free(script->path);
	free(script->prefix);
	strvec_release(&script->shell);
}

/* Looks in one folder for the name as it is and as dns_NAME.sh. Heap, or NULL. */
static char *find_in(const char *folder, const char *name)
{
	static const char *const forms[][2] = {{"", ""}, {"", ".sh"}, {"dns_", ".sh"}};

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		AUTO_FREE char *path = xasprintf("%s/%s%s%s", folder, forms[i][0], name,
						 forms[i][1]);

		if (str_ends(path, ".sh") && file_is_regular(path))
			return STEAL(path);
	}
	return NULL;
}

static int find_path(const char *wanted, const char *home, char **ret_path, struct error *err)
{
	AUTO(strvec) struct strvec folders = STRVEC_INIT;
	AUTO_FREE char *list = NULL;

	if (strchr(wanted, '/')) {
		if (wanted[0] != '/')
			return error_set(
				err, ERR_CONFIG,
				"--dns-acmesh-script '%s' must be an absolute path, or the "
				"name of a script",
				wanted);
		if (!file_is_regular(wanted))
			return error_set(err, ERR_CONFIG,
					 "--dns-acmesh-script '%s': there is no such file", wanted);
		*ret_path = xstrdup(wanted);
		return 0;
	}
	strvec_pushf(&folders, "%s/.acme.sh/dnsapi", home);
	strvec_push(&folders, "/usr/local/share/acme.sh/dnsapi");
	strvec_push(&folders, "/usr/share/acme.sh/dnsapi");
	for (size_t i = 0; i < folders.count; i++) {
		*ret_path = find_in(folders.items[i], wanted);
		if (*ret_path)
			return 0;
	}
	list = strvec_join(&folders, ", ");
	return error_set(err, ERR_CONFIG, "--dns-acmesh-script '%s': there is no such script in %s",
			 wanted, list);
}

static int set_prefix(struct acmesh_script *script, struct error *err)
{
	const char *name = path_basename(script->path);

	script->prefix = xstrndup(name, strlen(name) - (str_ends(name, ".sh") ? 3 : 0));
	if (acmesh_is_variable(script->prefix))
		return 0;
	return error_set(
		err, ERR_CONFIG,
		"the script '%s' must be named after its functions: NAME.sh, if NAME_add adds a "
		"record",
		script->path);
}

static int set_shell(struct acmesh_script *script, struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO_FREE char *line = NULL;

	if (file_read(script->path, MAX_SCRIPT, &text, err) < 0) {
		error_recode(err, ERR_CONFIG);
		return err->code;
	}
	line = xstrndup(text.text, strcspn(text.text, "\n"));
	if (str_starts(line, "#!"))
		strvec_split(&script->shell, line + strlen("#!"), " \t");
	if (!script->shell.count)
		strvec_push(&script->shell, "sh");
	return 0;
}

int acmesh_script_find(const char *wanted, const char *home, struct acmesh_script *ret_script,
		       struct error *err)
{
	if (find_path(wanted, home, &ret_script->path, err) < 0 ||
	    dns_check_program("the script", ret_script->path, err) < 0 ||
	    set_prefix(ret_script, err) < 0)
		return err->code;
	return set_shell(ret_script, err);
}
