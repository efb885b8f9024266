/*
 * Name services of the C library (see name_services.h). "files" and "dns" have been part of it
 * since glibc 2.34, and "myhostname" asks the kernel; all others (resolve, mdns4_minimal, sss, ...)
 * contact a daemon through a socket.
 */
#include "net/name_services.h"

#include <netinet/in.h>
#include <arpa/nameser.h>
#include <resolv.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/library.h"
#include "os/file/file.h"
#include "os/system_files.h"

enum { MAX_NSSWITCH_CONF = 64 * 1024 };

static const char nsswitch_conf[] = "/etc/nsswitch.conf";

static bool is_module_name(const char *word)
{
	for (const char *c = word; *c; c++)
		if (!ascii_is_alnum(*c) && *c != '_')
			return false;
	return word[0] != '\0';
}

/* "files mdns4_minimal [NOTFOUND=return] dns": what is in brackets may have blanks. An action
 * applies to the service before it. Which ones there are is all that matters here. */
static void parse_services(const char *text, struct strvec *ret_modules)
{
	AUTO(strvec) struct strvec words = STRVEC_INIT;
	bool in_action = false;

	strvec_split(&words, text, " \t");
	for (size_t i = 0; i < words.count; i++) {
		const char *word = words.items[i];

		in_action |= word[0] == '[';
		if (!in_action && is_module_name(word))
			strvec_push_unique(ret_modules, word);
		in_action &= !strchr(word, ']');
	}
}

void name_services_parse(struct span contents, struct strvec *ret_modules)
{
	struct span line;

	while (span_take_line(&contents, &line)) {
		const char *comment = memchr(line.ptr, '#', line.len);
		AUTO_FREE char *services = NULL;

		if (comment)
			line.len = (size_t)(comment - line.ptr);
		line = span_trim(line);
		if (!span_skip_prefix(&line, "hosts:"))
			continue;
		services = span_dup(line);
		parse_services(services, ret_modules);
		return;
	}
}

static bool is_built_in(const char *module)
{
	return strcmp(module, "files") == 0 || strcmp(module, "dns") == 0;
}

/* A module that is not installed is passed over by the C library too. dlopen() does not work in the
 * sandbox; what is loaded before stays usable. */
static void load_module(const char *module)
{
	AUTO_FREE char *file = xasprintf("libnss_%s.so.2", module);
	AUTO(error) struct error absent = ERROR_INIT;

	if (library_load(file, NULL, 0, NULL, &absent) < 0)
		error_release(&absent);
}

static bool has_nscd(void)
{
	return file_exists("/run/nscd/socket") || file_exists("/var/run/nscd/socket");
}

/* Services behind a socket need AF_UNIX, which the sandbox otherwise forbids: it would reach the
 * daemons of the machine. */
void name_services_prepare(struct strvec *ret_files, bool *ret_has_sockets)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(strvec) struct strvec modules = STRVEC_INIT;
	AUTO(error) struct error absent = ERROR_INIT;
	bool is_usable = system_files_are_usable(SYSTEM_HOSTS);

	if (is_usable && file_read(nsswitch_conf, MAX_NSSWITCH_CONF, &text, &absent) == 0)
		name_services_parse(span_make(text.text, text.len), &modules);
	*ret_has_sockets = has_nscd();
	for (size_t i = 0; i < modules.count; i++) {
		if (is_built_in(modules.items[i]))
			continue;
		load_module(modules.items[i]);
		*ret_has_sockets |= strcmp(modules.items[i], "myhostname") != 0;
	}
	/* glibc keeps what it read as long as the file's times do not change. */
	if (is_usable)
		res_init();
	for (const char *const *path = system_files(SYSTEM_HOSTS); *path; path++)
		strvec_push(ret_files, *path);
}
