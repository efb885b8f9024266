"""The children of the program, started as the parent starts them, by three kinds of people."""

import ctypes
import os
import pwd
import socket
import struct

from lab.certbot import program_for_all_users

from .takeover import Takeover

CLONE_NEWUSER = 0x10000000
CHANNEL_FD, FIRST_FD = 3, 4
# What a child has to work with: its words, whether it has a listening socket.
KINDS = {
    "network": (("as-possible", "{port}"), False),
    "resolver": (("as-possible", "{port}"), False),
    "responder": (("as-possible", "-", "http-01", "1"), True),
    "parser": (("as-possible", "-"), False),
}


def as_root():
    pass


def as_user():
    user = pwd.getpwnam("daemon")
    os.setgroups([])
    os.setresgid(*[user.pw_gid] * 3)
    os.setresuid(*[user.pw_uid] * 3)


def as_only_user():
    """Root of a user namespace that knows nobody else. Outside it is root too: the worst case."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER):
        raise OSError(ctypes.get_errno(), "unshare")
    for name, text in (("setgroups", "deny"), ("uid_map", "0 0 1"), ("gid_map", "0 0 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


PEOPLE = {"root": as_root, "user": as_user, "only-user": as_only_user}


def open_way(folder):
    """Lets everybody reach a folder of pytest's, so that only its own mode counts."""
    for parent in folder.parents:
        if parent.stat().st_uid == 0 and parent.name.startswith(("pytest-", "popen-")):
            parent.chmod(0o755)


class Child:
    """One that has entered its sandbox and waits for orders. terminal: a descriptor that it has by
    mistake. more: words besides those of its kind."""

    def __init__(self, kind, person, port, terminal, more=()):
        words, listens = KINDS[kind]
        self.program = program_for_all_users()
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener = socket.create_server(("127.0.0.1", 0)) if listens else None
        fds = {0: terminal, 1: terminal, 2: terminal, CHANNEL_FD: theirs.fileno()}
        if listens:
            fds[FIRST_FD] = self.listener.fileno()
        words = [word.format(port=port) for word in (*words, *more)]
        self.pid = os.fork()
        if not self.pid:
            self.become(kind, words, person, fds)
        theirs.close()
        self.channel.settimeout(60)
        greeting = self.channel.recv(65536)
        self.is_confined = greeting[4] == 1
        length, = struct.unpack(">I", greeting[5:9])
        self.missing = greeting[9:9 + length].decode()
        self.wait_until_idle()
        self.takeover = Takeover(self.pid)

    def become(self, kind, words, person, fds):
        try:
            copies = {number: os.dup2(fd, 100 + number) for number, fd in fds.items()}
            for number, copy in copies.items():
                os.dup2(copy, number)
            os.closerange(max(fds) + 1, 200)
            PEOPLE[person]()
            os.execve(self.program, [f"certbot: {kind}", *words], {"PATH": "/usr/bin:/bin"})
        finally:
            os._exit(99)

    def wait_until_idle(self):
        """Blocked in poll(), which is where it will be met."""
        while "poll" not in open(f"/proc/{self.pid}/wchan").read() and \
                open(f"/proc/{self.pid}/syscall").read().split()[0] not in ("7", "271"):
            os.sched_yield()

    def end(self):
        self.takeover.end()
        self.channel.close()
        if self.listener:
            self.listener.close()
