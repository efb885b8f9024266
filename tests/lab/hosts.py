"""The lab's names: a hosts file that only this process and its children see, in a mount namespace made
once. Servers of the lab are called by name, because a client does more for a name than for "localhost",
which its library may know by itself.
"""

import ctypes
import os
import tempfile

# Of everything that the lab lets listen on loopback.
NAME = "acme.lab.example"

CLONE_NEWNS, CLONE_NEWUSER = 0x20000, 0x10000000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
HOSTS = b"/etc/hosts"
# Children inherit the namespace, and learn by this that they are in it.
ENTERED = "LAB_HOSTS_ENTERED"

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result, what):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"the lab's hosts file: {what}: {os.strerror(number)}")


def _unshare():
    """Somebody without rights gets a user namespace besides, in which they are who they were."""
    if os.geteuid() == 0:
        _check(_libc.unshare(CLONE_NEWNS), "unshare")
        return
    user, group = os.geteuid(), os.getegid()
    _check(_libc.unshare(CLONE_NEWNS | CLONE_NEWUSER), "unshare")
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"),
                       ("gid_map", f"{group} {group} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def enter():
    """Makes the names known from here on, in this process while it has one thread, and its children."""
    if os.environ.get(ENTERED):
        return
    _unshare()
    _check(_libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None), "private mounts")
    with tempfile.NamedTemporaryFile() as file, open(HOSTS, "rb") as real:
        file.write(real.read().rstrip() + f"\n127.0.0.1 {NAME}\n".encode())
        file.flush()
        os.chmod(file.name, 0o644)
        _check(_libc.mount(file.name.encode(), HOSTS, None, MS_BIND, None), "mount")
    os.environ[ENTERED] = "1"
