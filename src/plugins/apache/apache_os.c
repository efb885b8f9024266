/*
 * Distributions (see apache_os.h), one row each.
 */
#include "plugins/apache/apache_os.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "os/file/file.h"

#define MAX_OS_RELEASE (64 * 1024)

#define RED_HAT                                                                                    \
	.server_root = "/etc/httpd", .vhost_root = "/etc/httpd/conf.d",                            \
	.logs_root = "/var/log/httpd", .challenge_location = "/etc/httpd/conf.d",                  \
	.ctl = "apachectl", .restart = "restart", .binary = "httpd"

/* Of rows with the same id, the one for the newest version comes first. */
static const struct apache_os rows[] = {
	{
		.ids = "debian|ubuntu|linuxmint",
		.server_root = "/etc/apache2",
		.vhost_root = "/etc/apache2/sites-available",
		.logs_root = "/var/log/apache2",
		.challenge_location = "/etc/apache2",
		.ctl = "apache2ctl",
		.enmod = "a2enmod",
		.dismod = "a2dismod",
		.flags = APACHE_OS_MODULES | APACHE_OS_SITES,
	},
	/* Since version 9 apachectl takes no arguments of httpd any more. */
	{
		.ids = "centos|centos linux|rhel|redhatenterpriseserver|"
		       "red hat enterprise linux server|ol|oracle|rocky|almalinux|scientific|"
		       "scientific linux|cloudlinux",
		RED_HAT,
		.query = "httpd",
		.min_version = 9,
	},
	{
		.ids = "centos|centos linux|rhel|redhatenterpriseserver|"
		       "red hat enterprise linux server|ol|oracle|rocky|almalinux|amazon|amzn|"
		       "scientific|scientific linux|cloudlinux",
		RED_HAT,
	},
	{.ids = "fedora", RED_HAT, .query = "httpd", .min_version = 29},
	{.ids = "fedora", RED_HAT},
	{
		.ids = "gentoo|gentoo base system",
		.server_root = "/etc/apache2",
		.vhost_root = "/etc/apache2/vhosts.d",
		.logs_root = "/var/log/apache2",
		.challenge_location = "/etc/apache2/vhosts.d",
		.ctl = "apache2ctl",
		.restart = "restart",
	},
	{
		.ids = "opensuse|suse|sles|opensuse-leap|opensuse-tumbleweed",
		.server_root = "/etc/apache2",
		.vhost_root = "/etc/apache2/vhosts.d",
		.logs_root = "/var/log/apache2",
		.challenge_location = "/etc/apache2/vhosts.d",
		.ctl = "apachectl",
		.enmod = "a2enmod",
		.dismod = "a2dismod",
	},
	{
		.ids = "arch",
		.server_root = "/etc/httpd",
		.vhost_root = "/etc/httpd/conf",
		.logs_root = "/var/log/httpd",
		.challenge_location = "/etc/httpd/conf",
		.ctl = "apachectl",
	},
	{
		.ids = "darwin",
		.server_root = "/etc/apache2",
		.vhost_root = "/etc/apache2/other",
		.logs_root = "/var/log/apache2",
		.challenge_location = "/etc/apache2/other",
		.ctl = "apachectl",
	},
	{
		.ids = "alpine",
		.server_root = "/etc/apache2",
		.vhost_root = "/etc/apache2/conf.d",
		.logs_root = "/var/log/apache2",
		.challenge_location = "/etc/apache2/conf.d",
		.ctl = "apachectl",
	},
	{
		.ids = "void",
		.server_root = "/etc/apache",
		.vhost_root = "/etc/apache/extra",
		.logs_root = "/var/log/httpd",
		.challenge_location = "/etc/apache/extra",
		.ctl = "apachectl",
	},
	{
		.ids = "",
		.server_root = "/etc/apache2",
		.vhost_root = "/etc/apache2/sites-available",
		.logs_root = "/var/log/apache2",
		.challenge_location = "/etc/apache2",
		.ctl = "apache2ctl",
	},
};

static bool has_id(const struct apache_os *row, const char *id)
{
	AUTO(strvec) struct strvec ids = STRVEC_INIT;

	strvec_split(&ids, row->ids, "|");
	return strvec_contains(&ids, id);
}

/* Newest first, see above. */
static const struct apache_os *find_row(const char *id, int version)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (has_id(&rows[i], id) && version >= rows[i].min_version)
			return &rows[i];
	return NULL;
}

/* The value of NAME= in the text, lower case and without quotes; heap, "" when it is missing. */
static char *value_of(struct span os_release, const char *name)
{
	struct span line;

	while (span_take_line(&os_release, &line)) {
		struct span rest = span_trim(line);
		char *value;

		if (!span_skip_prefix(&rest, name) || !span_skip_prefix(&rest, "="))
			continue;
		if (rest.len > 1 && (rest.ptr[0] == '"' || rest.ptr[0] == '\''))
			rest = span_make(rest.ptr + 1, rest.len - 2);
		value = span_dup(rest);
		ascii_lower_string(value);
		return value;
	}
	return xstrdup("");
}

/* ID, then NAME, then ID_LIKE from its end, as Certbot does; derivatives thus get the row of the
 * distribution that they come from. */
const struct apache_os *apache_os_for(struct span os_release)
{
	AUTO_FREE char *id = value_of(os_release, "ID");
	AUTO_FREE char *name = value_of(os_release, "NAME");
	AUTO_FREE char *like = value_of(os_release, "ID_LIKE");
	AUTO_FREE char *version_text = value_of(os_release, "VERSION_ID");
	int version = (int)strtol(version_text, NULL, 10);
	AUTO(strvec) struct strvec words = STRVEC_INIT;
	const struct apache_os *row = find_row(id, version);

	if (!row)
		row = find_row(name, version);
	strvec_split(&words, like, " ");
	for (size_t i = words.count; i > 0 && !row; i--)
		row = find_row(words.items[i - 1], version);
	return row ? row : &rows[ARRAY_LEN(rows) - 1];
}

const struct apache_os *apache_os_here(void)
{
	static const char *const paths[] = {"/etc/os-release", "/usr/lib/os-release"};

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		AUTO(strbuf) struct strbuf text = STRBUF_INIT;
		AUTO(error) struct error missing = ERROR_INIT;

		if (file_read(paths[i], MAX_OS_RELEASE, &text, &missing) == 0)
			return apache_os_for(span_make(text.text, text.len));
	}
	return &rows[ARRAY_LEN(rows) - 1];
}
