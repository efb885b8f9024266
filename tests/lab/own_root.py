"""Runs a command as if the root that chroot(8) entered were the machine's.

In a chroot no mounts can be made private, because its root is no mount point, and the kernel refuses user
namespaces (user_namespaces(7)). So the command gets a mount namespace in which the tree is mounted over
the machine's root, as switch_root(8) does it.

    python3 own_root.py COMMAND ARGUMENT...
"""

import ctypes
import os
import sys

CLONE_NEWNS = 0x20000
MS_BIND, MS_MOVE, MS_REC, MS_PRIVATE = 0x1000, 0x2000, 0x4000, 0x40000

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result, what):
    if result < 0:
        raise SystemExit(f"own_root: {what}: {os.strerror(ctypes.get_errno())}")


def _mount(source, target, flags):
    _check(_libc.mount(source, target, None, flags, None), f"mount at {target.decode()}")


def enter():
    """Mounts the root of this process over that of a mount namespace of its own, and stays where it was."""
    work = os.getcwd()
    _check(_libc.unshare(CLONE_NEWNS), "unshare")
    tree = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
    own = os.open("/proc/self/ns/mnt", os.O_RDONLY)
    _check(_libc.setns(own, CLONE_NEWNS), "setns")  # it leads to the namespace's root
    _mount(None, b"/", MS_REC | MS_PRIVATE)
    os.fchdir(tree)
    _mount(b".", b".", MS_BIND | MS_REC)
    os.chdir(os.getcwd())  # into the new mount, which is over the tree
    _mount(b".", b"/", MS_MOVE)
    os.chroot(".")
    os.chdir(work)
    os.close(own)
    os.close(tree)


if __name__ == "__main__":
    enter()
    os.execvp(sys.argv[1], sys.argv[1:])
