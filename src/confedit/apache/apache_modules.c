/*
 * Module names (see apache_modules.h): "mod_x.c" is "x_module", except for the rows here.
 */
#include "confedit/apache/apache_modules.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"

static const struct {
	const char *source, *identifier;
} irregular[] = {
	{"core.c", "core_module"},
	{"http_core.c", "http_module"},
	{"prefork.c", "mpm_prefork_module"},
	{"worker.c", "mpm_worker_module"},
	{"event.c", "mpm_event_module"},
	{"mod_mpm_prefork.c", "mpm_prefork_module"},
	{"mod_mpm_worker.c", "mpm_worker_module"},
	{"mod_mpm_event.c", "mpm_event_module"},
	{"itk.c", "mpm_itk_module"},
	{"mpm_itk.c", "mpm_itk_module"},
	{"util_ldap.c", "ldap_module"},
	{"mod_ruid2.c", "ruid2_module"},
	{"mod_rpaf-2.0.c", "rpaf_module"},
	{"mod_authnz_fcgi.c", "authnz_fcgi_module"},
	{"sapi_apache2.c", "php7_module"},
};

/* The dependencies of modules on Debian, where a .load file says "Depends:". */
static const struct {
	const char *name, *needs[3];
} dependencies[] = {
	{"ssl", {"setenvif", "mime", "socache_shmcb"}},
	{"rewrite", {NULL}},
	{"headers", {NULL}},
};

char *apache_module_identifier(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < ARRAY_LEN(irregular); i++)
		if (strcmp(name, irregular[i].source) == 0)
			return xstrdup(irregular[i].identifier);
	if (!str_ends(name, ".c"))
		return xstrdup(name);
	if (str_starts(name, "mod_"))
		return xasprintf("%.*s_module", (int)(len - strlen("mod_.c")), name + 4);
	return xasprintf("%.*s_module", (int)(len - 2), name);
}

void apache_module_needs(const char *name, struct strvec *ret_names)
{
	for (size_t i = 0; i < ARRAY_LEN(dependencies); i++) {
		if (strcmp(name, dependencies[i].name) != 0)
			continue;
		for (size_t j = 0; j < ARRAY_LEN(dependencies[i].needs); j++)
			if (dependencies[i].needs[j])
				strvec_push(ret_names, dependencies[i].needs[j]);
	}
}
