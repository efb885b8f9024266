"""What a child can do once a server has taken it over: its own work, and nothing else.

One row an attempt. Each child is met as root starts it, as an ordinary user does, and in a user namespace
that has one id, where it owns the keys still."""

import errno
import glob
import os
import socket
import struct
import subprocess
from pathlib import Path

import pytest

from .before import BEFORE
from .children import KINDS, PEOPLE, Child, open_way
from .takeover import shown

AT_FDCWD = -100
CA_CERTIFICATES = b"/etc/ssl/certs/ca-certificates.crt"
TIOCSTI, TIOCLINUX = 0x5412, 0x541C
WRITE_NEW = os.O_WRONLY | os.O_CREAT

(OPEN, CONNECT, BIND, CLONE, FORK, EXECVE, KILL, RENAME, MKDIR, LINK, UNLINK, SYMLINK, CHMOD, CHOWN,
 PTRACE) = 2, 42, 49, 56, 57, 59, 62, 82, 83, 86, 87, 88, 90, 92, 101
SOCKET, IOCTL, SENDTO, FCNTL, TRUNCATE, PRCTL, SETUID, GETPID, CLOSE = 41, 16, 44, 72, 76, 157, 105, 39, 3
MOUNT, CHROOT, ADD_KEY, TKILL, OPENAT, UNSHARE, SETNS, VM_READ, MEMFD, BPF, USERFAULTFD, OPENAT2, PIDFD_OPEN, \
    PIDFD_GETFD, IO_URING, PERF, CLONE3, HANDLE_AT, CAPSET, EXECVEAT, RT_SIGQUEUE, SHMGET = \
    165, 161, 248, 200, 257, 272, 308, 310, 319, 321, 323, 437, 434, 438, 425, 298, 435, 304, 126, 322, 129, 29


class Targets:
    """What is worth having, and belongs to whoever started the child."""

    def __init__(self, folder, uid):
        self.folder = folder
        self.key = self.make("privkey.pem", uid)
        self.credentials = self.make("dns.ini", uid)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.other_listener = socket.create_server(("127.0.0.1", 0))
        self.other_port = self.other_listener.getsockname()[1]
        self.local = str(folder / "socket").encode()
        self.local_listener = socket.socket(socket.AF_UNIX)
        self.local_listener.bind(self.local)
        self.local_listener.listen()
        os.chmod(self.local, 0o777)
        # Of the same user; a child must not reach it.
        self.bystander = subprocess.Popen(["sleep", "600"], user=uid)

    def make(self, name, uid):
        path = self.folder / name
        path.write_text("secret")
        os.chown(path, uid, -1)
        path.chmod(0o600)
        return str(path).encode()

    def end(self):
        self.bystander.kill()
        self.bystander.wait()
        for server in (self.listener, self.other_listener, self.local_listener):
            server.close()


def internet_address(port):
    return struct.pack("=H", socket.AF_INET) + struct.pack(">H", port) + bytes([127, 0, 0, 1]) + bytes(8)


def connected(child, address, family=socket.AF_INET, kind=socket.SOCK_STREAM):
    fd = child.call(SOCKET, family, kind, 0)
    result = child.call(CONNECT, fd, address, len(address)) if fd >= 0 else fd
    if fd >= 0:
        child.call(CLOSE, fd)
    return result


def bound(child, at):
    fd = child.call(SOCKET, socket.AF_INET, socket.SOCK_STREAM, 0)
    return child.call(BIND, fd, internet_address(0), 16) if fd >= 0 else fd


def fast_opened(child, at):
    """Connects by sending."""
    fd = child.call(SOCKET, socket.AF_INET, socket.SOCK_STREAM, 0)
    address = internet_address(at.other_port)
    return child.call(SENDTO, fd, b"x", 1, 0x20000000, address, 16) if fd >= 0 else fd


def local_address(at):
    return struct.pack("=H", socket.AF_UNIX) + at.local


def public_certificates():
    """The directory that the network process may read from: where most links of the system's store lead."""
    folders = [os.path.dirname(os.path.realpath(link)) for link in glob.glob("/etc/ssl/certs/????????.0")]
    return max(set(folders), key=folders.count).encode()


def first_of(*results):
    """The worst of several: what was let, if anything was."""
    return max(results)


# name: what is tried. The result is what the kernel says.
ATTEMPTS = {
    "read a key": lambda c, at: c.call(OPENAT, AT_FDCWD, at.key, os.O_RDONLY),
    "read a key by the older call": lambda c, at: c.call(OPEN, at.key, os.O_RDONLY),
    "read a key by openat2": lambda c, at: c.call(OPENAT2, AT_FDCWD, at.key, bytes(24), 24),
    "read a key through /proc": lambda c, at: c.call(OPENAT, AT_FDCWD, b"/proc/self/root" + at.key, 0),
    "read credentials": lambda c, at: c.call(OPENAT, AT_FDCWD, at.credentials, os.O_RDONLY),
    "open a key by path only": lambda c, at: c.call(
        FCNTL, c.call(OPENAT, AT_FDCWD, at.key, os.O_RDONLY), 3),
    "read /etc/shadow": lambda c, at: c.call(OPENAT, AT_FDCWD, b"/etc/shadow", os.O_RDONLY),
    "list a directory": lambda c, at: c.call(OPENAT, AT_FDCWD, b"/etc", os.O_RDONLY | os.O_DIRECTORY),
    "list the CA certificates": lambda c, at: c.call(
        OPENAT, AT_FDCWD, public_certificates(), os.O_RDONLY | os.O_DIRECTORY),
    "write among the CA certificates": lambda c, at: c.call(
        OPENAT, AT_FDCWD, public_certificates() + b"/new.crt", WRITE_NEW, 0o644),
    "read a key by way of the CA certificates": lambda c, at: c.call(
        OPENAT, AT_FDCWD, public_certificates() + b"/../../../.." + at.key, os.O_RDONLY),
    "read documentation next to the CA certificates": lambda c, at: c.call(
        OPENAT, AT_FDCWD, public_certificates() + b"/../../doc/base-files/copyright", os.O_RDONLY),
    "open by handle": lambda c, at: c.call(HANDLE_AT, AT_FDCWD, bytes(128), 0),
    "write a new file": lambda c, at: c.call(
        OPENAT, AT_FDCWD, str(at.folder / "new").encode(), WRITE_NEW, 0o600),
    "write a new file in /tmp": lambda c, at: c.call(OPENAT, AT_FDCWD, b"/tmp/attack", WRITE_NEW, 0o600),
    "write a key": lambda c, at: c.call(OPENAT, AT_FDCWD, at.key, os.O_WRONLY),
    "empty a key": lambda c, at: c.call(TRUNCATE, at.key, 0),
    "remove a key": lambda c, at: c.call(UNLINK, at.key),
    "rename a key": lambda c, at: c.call(RENAME, at.key, at.key + b".old"),
    "link a key": lambda c, at: c.call(LINK, at.key, at.key + b".link"),
    "make a symbolic link": lambda c, at: c.call(SYMLINK, b"/etc/passwd", at.key + b".link"),
    "make a directory": lambda c, at: c.call(MKDIR, at.key + b".d", 0o700),
    "open a key to others": lambda c, at: c.call(CHMOD, at.key, 0o644),
    "give a key away": lambda c, at: c.call(CHOWN, at.key, 65534, 65534),
    "connect to another port": lambda c, at: connected(c, internet_address(at.other_port)),
    "connect to another port by sending": fast_opened,
    "listen": bound,
    "ask a local daemon": lambda c, at: connected(c, local_address(at), socket.AF_UNIX),
    "send raw packets": lambda c, at: c.call(SOCKET, socket.AF_PACKET, socket.SOCK_RAW, 0),
    "use the kernel's cryptography": lambda c, at: c.call(SOCKET, 38, socket.SOCK_SEQPACKET, 0),
    "listen to the kernel's log of audits": lambda c, at: c.call(SOCKET, socket.AF_NETLINK, socket.SOCK_RAW, 9),
    "signal the parent": lambda c, at: c.call(KILL, os.getpid(), 0),
    "signal everybody": lambda c, at: c.call(KILL, -1, 0),
    "signal another process": lambda c, at: c.call(KILL, at.bystander.pid, 0),
    "signal a thread": lambda c, at: c.call(TKILL, at.bystander.pid, 0),
    "queue a signal": lambda c, at: c.call(RT_SIGQUEUE, at.bystander.pid, 0, bytes(128)),
    "have a signal sent by input": lambda c, at: c.call(FCNTL, 3, 8, at.bystander.pid),
    "type into the terminal": lambda c, at: c.call(IOCTL, 0, TIOCSTI, b"x"),
    "type into the terminal, with high bits": lambda c, at: c.call(IOCTL, 2, TIOCSTI | 1 << 32, b"x"),
    "paste into the console": lambda c, at: c.call(IOCTL, 0, TIOCLINUX, b"\3"),
    "open the terminal": lambda c, at: c.call(OPENAT, AT_FDCWD, b"/dev/tty", os.O_RDWR),
    "trace another process": lambda c, at: c.call(PTRACE, 16, at.bystander.pid, 0, 0),
    "read another's memory": lambda c, at: c.call(VM_READ, at.bystander.pid, bytes(16), 0, bytes(16), 0, 0),
    "read another's memory by /proc": lambda c, at: c.call(
        OPENAT, AT_FDCWD, f"/proc/{at.bystander.pid}/mem".encode(), os.O_RDONLY),
    "hold another process": lambda c, at: c.call(PIDFD_OPEN, at.bystander.pid, 0),
    "take another's descriptor": lambda c, at: c.call(PIDFD_GETFD, 3, 0, 0),
    "start a program": lambda c, at: c.call(EXECVE, b"/bin/true", 0, 0),
    "start a program by descriptor": lambda c, at: c.call(EXECVEAT, AT_FDCWD, b"/bin/true", 0, 0, 0),
    "start a process": lambda c, at: first_of(c.call(FORK), c.call(CLONE, 17, 0, 0, 0, 0),
                                              c.call(CLONE3, bytes(88), 88)),
    "start a process in a namespace": lambda c, at: c.call(CLONE, 0x10000011, 0, 0, 0, 0),
    "make a namespace": lambda c, at: first_of(c.call(UNSHARE, 0x10000000), c.call(SETNS, 3, 0)),
    "mount": lambda c, at: c.call(MOUNT, b"none", b"/tmp", b"tmpfs", 0, 0),
    "change the root directory": lambda c, at: c.call(CHROOT, b"/tmp"),
    "become root": lambda c, at: c.call(SETUID, 0),
    "take capabilities": lambda c, at: c.call(CAPSET, struct.pack("=Ii", 0x20080522, 0), b"\xff" * 24),
    "allow itself to be dumped": lambda c, at: c.call(PRCTL, 4, 1, 0, 0, 0),
    "use io_uring": lambda c, at: c.call(IO_URING, 8, bytes(120)),
    "use bpf": lambda c, at: c.call(BPF, 0, bytes(48), 48),
    "use perf": lambda c, at: c.call(PERF, bytes(112), 0, -1, -1, 0),
    "use userfaultfd": lambda c, at: c.call(USERFAULTFD, 1),
    "use the key ring": lambda c, at: c.call(ADD_KEY, b"user", b"x", b"y", 1, -3),
    "make a file of memory": lambda c, at: c.call(MEMFD, b"x", 0),
    "share memory": lambda c, at: c.call(SHMGET, 1, 4096, 0o1600),
}
REFUSALS = (errno.EPERM, errno.EACCES, errno.ENOSYS)
# Nothing is there: the child's root directory is empty, or the descriptor came to nothing before.
NOT_THERE = (errno.ENOENT, errno.EBADF)


@pytest.fixture(scope="module", params=[(kind, person) for kind in KINDS for person in PEOPLE],
                ids=lambda param: f"{param[0]}-of-{param[1]}")
def scene(request, tmp_path_factory):
    kind, person = request.param
    folder = tmp_path_factory.mktemp("store")
    open_way(folder)
    targets = Targets(folder, 1 if person == "user" else 0)
    folder.chmod(0o777)
    main, terminal = os.openpty()
    child = Child(kind, person, targets.port, terminal)
    yield kind, person, child, targets
    child.end()
    targets.end()
    for fd in (main, terminal):
        os.close(fd)


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_refused(scene, attempt, record_property):
    kind, person, child, targets = scene
    for name, value in (("attempt", attempt), ("kind", kind), ("person", person)):
        record_property(name, value)
    result = ATTEMPTS[attempt](child.takeover, targets)
    assert -result in (*REFUSALS, *NOT_THERE), f"{attempt}: {shown(result)}"


def test_what_was_recorded_before_is_still_tried():
    assert set(BEFORE) <= set(ATTEMPTS)


def test_the_child_is_at_our_command(scene):
    """Or the refusals show nothing."""
    kind, person, child, targets = scene
    assert child.takeover.call(GETPID) == child.pid
    if kind in ("network", "resolver"):
        assert connected(child.takeover, internet_address(targets.port)) == 0
    assert child.is_confined


def test_what_it_lacks_is_said(scene):
    _, person, child, _ = scene
    assert ("a user without rights" in child.missing) == (person == "only-user")
    assert "Landlock" not in child.missing and "filter" not in child.missing


def test_it_is_nobody(scene):
    """As root starts it, it is another user; capabilities it never has."""
    _, person, child, _ = scene
    status = dict(line.split(":", 1) for line in Path(f"/proc/{child.pid}/status").read_text().splitlines())
    assert all(int(status[name], 16) == 0 for name in ("CapEff", "CapPrm", "CapInh", "CapAmb"))
    assert status["NoNewPrivs"].split() == ["1"] and status["Seccomp"].split() == ["2"]
    uids = {int(word) for word in status["Uid"].split()}
    assert (0 in uids) == (person == "only-user")


def test_nobody_of_its_user_may_look_into_it(scene):
    """Started as a program, where no process that forks them has seen to it. What the kernel gives to root
    is closed to others; without that it belongs to the user whom the process has become."""
    _, _, child, _ = scene
    assert os.stat(f"/proc/{child.pid}/environ").st_uid == 0


@pytest.mark.parametrize("words, is_closed", [((), False), (("ca-bundle",), True)])
def test_with_a_bundle_the_system_certificates_are_closed(words, is_closed):
    with open(os.devnull, "r+b") as null:
        child = Child("network", "root", 443, null.fileno(), words)
    try:
        result = child.takeover.call(OPENAT, AT_FDCWD, CA_CERTIFICATES, os.O_RDONLY)
    finally:
        child.end()
    assert (-result in REFUSALS) == is_closed, shown(result)


def test_each_certificate_of_the_system_can_be_read():
    """By one rule for the directory that has nearly all, and by one for each of the others, in the
    process that is to know all of them."""
    links = sorted(glob.glob("/etc/ssl/certs/????????.?"))
    with open(os.devnull, "r+b") as null:
        child = Child("network", "root", 443, null.fileno(), ["whole-store"])
    try:
        refused = [link for link in links
                   if (fd := child.takeover.call(OPENAT, AT_FDCWD, link.encode(), os.O_RDONLY)) < 0
                   or child.takeover.call(CLOSE, fd) < 0]
    finally:
        child.end()
    assert len(links) > 50 and not refused
