/*
 * What Linux adds to the sandbox (see sandbox_parts.h): no_new_privs, no dumps, capabilities,
 * Landlock for files, TCP ports, signals and abstract sockets, and a filter of system calls.
 *
 * Landlock and capabilities are called by number: the C library has no functions for them. What the
 * running kernel does not know is left out of the rule set, by its ABI version.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/macros.h"
#include "os/file/file.h"
#include "os/sandbox/sandbox_filter_linux.h"
#include "os/sandbox/sandbox_parts.h"

/* Of later kernels than the headers of Debian 12 know. */
#define ACCESS_FS_REFER (1ULL << 13)
#define ACCESS_FS_TRUNCATE (1ULL << 14)
#define ACCESS_FS_IOCTL_DEV (1ULL << 15)
#define ACCESS_NET_BIND_TCP (1ULL << 0)
#define ACCESS_NET_CONNECT_TCP (1ULL << 1)
#define SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0)
#define SCOPE_SIGNAL (1ULL << 1)
#define RULE_NET_PORT 2

/* struct landlock_ruleset_attr; older kernels take it as long as what they do not know is 0. */
struct ruleset {
	uint64_t files, net, scoped;
};

struct net_port {
	uint64_t allowed, port;
};

/* Rights that are taken away, by the ABI version that brought them. */
static const struct {
	long version;
	struct ruleset rights;
} rights_by_version[] = {
	{1, {.files = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1}},
	{2, {.files = ACCESS_FS_REFER}},
	{3, {.files = ACCESS_FS_TRUNCATE}},
	{4, {.net = ACCESS_NET_BIND_TCP | ACCESS_NET_CONNECT_TCP}},
	{5, {.files = ACCESS_FS_IOCTL_DEV}},
	{6, {.scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL}},
};

static struct ruleset known_rights(long version)
{
	struct ruleset known = {.files = 0};

	for (size_t i = 0; i < ARRAY_LEN(rights_by_version); i++) {
		const struct ruleset *rights = &rights_by_version[i].rights;

		if (rights_by_version[i].version > version)
			continue;
		known.files |= rights->files;
		known.net |= rights->net;
		known.scoped |= rights->scoped;
	}
	return known;
}

static bool allow_beneath(int rules, int fd)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE,
		.parent_fd = fd,
	};

	return syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

/* Adds the file that the path leads to; a directory would let in all that is below it, and a FIFO
 * would be waited for by whoever opens it. What has no rule cannot be opened at all. */
static bool allow_file(int rules, const char *path)
{
	AUTO_CLOSE int fd = open(path, O_PATH | O_CLOEXEC);
	struct stat found;

	if (fd < 0 || fstat(fd, &found) < 0 || !S_ISREG(found.st_mode))
		return true;
	return allow_beneath(rules, fd);
}

/* Links are not followed: the directory may have become one since somebody looked at it. */
static bool allow_dir(int rules, const char *path)
{
	AUTO_CLOSE int fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 || allow_beneath(rules, fd);
}

static bool allow_port(int rules, int port)
{
	struct net_port rule = {.allowed = ACCESS_NET_CONNECT_TCP, .port = (uint64_t)port};

	return syscall(SYS_landlock_add_rule, rules, RULE_NET_PORT, &rule, 0) == 0;
}

static bool allow_all(int rules, const struct sandbox_request *request, bool knows_ports)
{
	for (size_t i = 0; request->readable && i < request->readable->count; i++)
		if (!allow_file(rules, request->readable->items[i]))
			return false;
	for (size_t i = 0; request->public_dirs && i < request->public_dirs->count; i++)
		if (!allow_dir(rules, request->public_dirs->items[i]))
			return false;
	for (size_t i = 0; knows_ports && i < request->tcp_port_count; i++)
		if (!allow_port(rules, request->tcp_ports[i]))
			return false;
	return true;
}

int sandbox_make_rules(const struct sandbox_request *request, struct strvec *missing)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
			       LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset handled = known_rights(version);
	AUTO_CLOSE int rules = -1;

	if (version > 0)
		rules = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled), 0);
	if (rules >= 0 && allow_all(rules, request, handled.net))
		return STEAL_FD(rules);
	strvec_pushf(missing, "Landlock (%s)", strerror(errno));
	return -1;
}

void sandbox_hold_capabilities(void)
{
	prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
}

bool sandbox_drop_capabilities(bool keeps_reading)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct kept[_LINUX_CAPABILITY_U32S_3] = {{.effective = 0}};

	if (keeps_reading)
		kept[0].effective = kept[0].permitted = 1U << CAP_DAC_READ_SEARCH;
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return syscall(SYS_capset, &header, kept) == 0;
}

/* Landlock and seccomp both ask for no_new_privs first. */
unsigned sandbox_restrict(const struct sandbox_request *request, int rules, struct strvec *missing)
{
	unsigned barriers = 0;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		strvec_pushf(missing, "no_new_privs (%s)", strerror(errno));
	if (rules >= 0 && syscall(SYS_landlock_restrict_self, rules, 0) == 0) {
		barriers |= BARRIER_FILES;
	} else if (rules >= 0) {
		strvec_pushf(missing, "Landlock (%s)", strerror(errno));
		(void)!sandbox_drop_capabilities(false);
	}
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (sandbox_filter_calls(request))
		barriers |= BARRIER_CALLS;
	else
		strvec_pushf(missing, "a filter of system calls (%s)", strerror(errno));
	return barriers;
}
