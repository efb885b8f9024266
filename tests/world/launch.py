"""Runs a command under a system call filter, as a container or an old kernel would.

    launch.py FILTER... -- COMMAND...

Filters: `docker` refuses what Docker's default profile refuses of a container without further
capabilities, `docker-2020` what it refused before it knew of Landlock, `no-landlock` answers as a
kernel that was built without it. This program is started on a machine, and stands alone.
"""

import ctypes
import os
import sys

ALLOW = 0x7FFF0000
EPERM, ENOSYS = 1, 38
NAMESPACE_FLAGS = 0x7E020000  # of clone()
MASKED_EQUAL, NOT_EQUAL, EQUAL, AF_VSOCK = 7, 1, 4, 40

# What Docker's documentation lists as blocked, with the calls that came after that list was written and
# are left out of the profile for the same reasons. A kernel may not have all of them.
BLOCKED = """
    acct add_key bpf clock_adjtime clock_settime create_module delete_module fanotify_init finit_module
    fsconfig fsmount fsopen fspick get_kernel_syms get_mempolicy init_module io_uring_enter
    io_uring_register io_uring_setup ioperm iopl kcmp kexec_file_load kexec_load keyctl lookup_dcookie
    mbind migrate_pages mount mount_setattr move_mount move_pages nfsservctl open_by_handle_at open_tree
    perf_event_open pidfd_getfd pivot_root process_madvise query_module quotactl quotactl_fd reboot
    request_key set_mempolicy setdomainname sethostname setns settimeofday swapoff swapon sysfs syslog
    umount2 unshare uselib userfaultfd ustat vhangup""".split()
LANDLOCK = ["landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"]


class Argument(ctypes.Structure):
    _fields_ = [("index", ctypes.c_uint), ("operation", ctypes.c_int),
                ("first", ctypes.c_uint64), ("second", ctypes.c_uint64)]


class Filter:
    def __init__(self):
        self.library = ctypes.CDLL("libseccomp.so.2")
        self.library.seccomp_init.restype = ctypes.c_void_p
        self.context = ctypes.c_void_p(self.library.seccomp_init(ctypes.c_uint32(ALLOW)))
        # Only a container gets no_new_privs from elsewhere.
        self.library.seccomp_attr_set(self.context, 3, 0)

    def refuse(self, name, error, *arguments):
        number = self.library.seccomp_syscall_resolve_name(name.encode())
        if number == -1:  # newer than the library
            return
        array = (Argument * len(arguments))(*arguments)
        if self.library.seccomp_rule_add_array(self.context, ctypes.c_uint32(0x00050000 | error),
                                               number, len(arguments), array):
            sys.exit(f"launch.py: no rule for {name}")

    def load(self):
        if self.library.seccomp_load(self.context):
            sys.exit("launch.py: the filter cannot be loaded")


def docker(rules):
    for name in BLOCKED:
        rules.refuse(name, EPERM)
    for bit in range(32):
        if NAMESPACE_FLAGS >> bit & 1:
            rules.refuse("clone", EPERM, Argument(0, MASKED_EQUAL, 1 << bit, 1 << bit))
    rules.refuse("clone3", ENOSYS)
    rules.refuse("socket", EPERM, Argument(0, EQUAL, AF_VSOCK, 0))


def docker_2020(rules):
    docker(rules)
    for name in [*LANDLOCK, "close_range", "faccessat2", "openat2", "pidfd_open", "memfd_secret"]:
        rules.refuse(name, EPERM)


def no_landlock(rules):
    for name in LANDLOCK:
        rules.refuse(name, ENOSYS)


FILTERS = {"docker": docker, "docker-2020": docker_2020, "no-landlock": no_landlock}


def main():
    split = sys.argv.index("--")
    rules = Filter()
    for name in sys.argv[1:split]:
        FILTERS[name](rules)
    rules.load()
    os.execvp(sys.argv[split + 1], sys.argv[split + 1:])


main()
