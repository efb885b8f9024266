"""How the parent starts its children, and what it says of a system on which they cannot be confined."""

import fcntl
import json
import os
import resource
import socket
import ssl
import subprocess
import termios
import threading
import time
from pathlib import Path

import pytest

from lab.authority import ServerIdentity
from lab.certbot import program_for_all_users
from lab.children import children, parent_of_children

from .children import open_way

LAUNCH = ["/usr/bin/python3", str(Path(__file__).parents[1] / "world/launch.py")]
AS_USER = ["setpriv", "--reuid", "daemon", "--regid", "daemon", "--clear-groups"]
AS_ONLY_USER = ["unshare", "--user", "--map-root-user"]
WITHOUT_LANDLOCK = [*LAUNCH, "no-landlock", "--"]
WARNING = "The network process is not confined"


class Server:
    """No CA is there. holds: it says nothing at all, and keeps connections open."""

    def __init__(self, holds, folder):
        identity = ServerIdentity(folder)
        self.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.tls.load_cert_chain(identity.cert_path, identity.key_path)
        self.environment = {**os.environ, "REQUESTS_CA_BUNDLE": str(identity.bundle_path)}
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.holds = holds
        self.connections = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            if not self.holds:
                try:
                    with self.tls.wrap_socket(connection, server_side=True) as peer:
                        peer.recv(65536)
                        peer.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                except OSError:  # ssl.SSLError among them: the client hung up
                    pass

    def arguments(self, folder):
        folder.chmod(0o777)
        open_way(folder)
        # A folder for each run: what one user made is not another's.
        state = folder / f"state-{time.monotonic_ns()}"
        state.mkdir()
        state.chmod(0o777)
        return [str(program_for_all_users()), "register", "-n", "--agree-tos", "-m", "a@example.com", "--server",
                f"https://127.0.0.1:{self.listener.getsockname()[1]}/dir",
                *[word for kind in ("config", "work", "logs")
                  for word in (f"--{kind}-dir", str(state / kind))]]

    def end(self):
        self.listener.close()
        for connection in self.connections:
            connection.close()


@pytest.fixture
def server(request, tmp_path):
    server = Server(getattr(request, "param", False), tmp_path)
    yield server
    server.end()


def run(server, arguments):
    return subprocess.run(arguments, capture_output=True, text=True, timeout=60, env=server.environment)


def wait_for(condition):
    until = time.monotonic() + 60
    while not (result := condition()):
        assert time.monotonic() < until
        time.sleep(0.01)
    return result


def open_files(pid):
    folder = Path(f"/proc/{pid}/fd")
    return {int(path.name): os.readlink(path).split(":")[0] for path in folder.iterdir()}


def mappings(process):
    """The mappings of a process: the first line as "head", and the sizes that follow."""
    found = []
    for line in Path(f"/proc/{process}/smaps").read_text().splitlines():
        field, _, value = line.partition(":")
        if "-" in field.split()[0]:
            found.append({"head": line})
        elif value.endswith(" kB"):
            found[-1][field] = int(value.split()[0])
    return found


@pytest.fixture
def at_work(server, tmp_path):
    """A program at a terminal, and its network process, while the server is silent."""
    main, terminal = os.openpty()

    def take_terminal():
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    program = subprocess.Popen(server.arguments(tmp_path), stdin=terminal, stdout=terminal, stderr=terminal,
                               preexec_fn=take_terminal)
    wait_for(lambda: server.connections)
    yield program.pid, children(program.pid)["certbot: network"]
    program.terminate()
    program.wait(60)
    os.close(main)
    os.close(terminal)


@pytest.mark.parametrize("server", [True], indirect=True)
def test_a_child_has_no_terminal(at_work):
    parent, child = at_work
    stat = Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()
    session, terminal = int(stat[3]), int(stat[4])
    assert session == child and terminal == 0
    files = open_files(child)
    assert [files[number] for number in range(4)] == ["/dev/null", "/dev/null", "pipe", "socket"]
    assert not [name for name in files.values() if name.startswith("/") and name != "/dev/null"]


@pytest.mark.parametrize("server", [True], indirect=True)
def test_the_parent_keeps_its_memory(at_work):
    parent, _ = at_work
    limits = Path(f"/proc/{parent}/limits").read_text()
    assert next(line for line in limits.splitlines() if "core file" in line).split()[4] == "0"
    status = dict(line.split(":", 1) for line in Path(f"/proc/{parent}/status").read_text().splitlines())
    assert int(status["VmLck"].split()[0]) > 0


@pytest.mark.parametrize("server", [True], indirect=True)
def test_no_page_of_the_parents_memory_can_be_swapped_out(at_work):
    """Where a key may lie: heaps, stacks, and data of libraries. Sizes are kB."""
    parent, _ = at_work
    unlocked = []
    for mapping in mappings(parent):
        if mapping["Anonymous"] and not mapping["Locked"]:
            unlocked.append(mapping["head"])
    assert not unlocked


# Another program of the same user, and what may trace most: the one that started ours. It starts the
# command, waits for the numbers of processes, says who could do what with which of them, has the command
# dump its core, and says whether it did.
THIEF = """
import ctypes, json, os, resource, signal, subprocess, sys

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
ATTACH, DETACH, WALL = 16, 17, 0x40000000

def opens(name):
    def attempt(pid):
        with open(f"/proc/{pid}/{name}", "rb") as file:
            return name == "mem" or file.read(1)
    return attempt

def trace(pid):
    if libc.ptrace(ATTACH, pid, None, None) < 0:
        raise OSError(ctypes.get_errno(), "ptrace")
    os.waitpid(pid, WALL)
    libc.ptrace(DETACH, pid, None, None)
    return True

def able(attempt, pid):
    try:
        return bool(attempt(pid))
    except OSError:
        return False

attempts = {"memory": opens("mem"), "environment": opens("environ"), "mappings": opens("maps"), "trace": trace}
program = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
print(program.pid, flush=True)
pids = json.loads(sys.stdin.readline())
found = {who: [what for what, attempt in attempts.items() if able(attempt, pid)] for who, pid in pids.items()}
resource.prlimit(program.pid, resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2)
os.kill(program.pid, signal.SIGABRT)
print(json.dumps([found, os.WCOREDUMP(os.waitpid(program.pid, 0)[1])]))
"""


def steal(folder, command, environment, pids_of):
    """(what could be done with each of the processes of a command, whether its core was dumped)."""
    thief = subprocess.Popen(["/usr/bin/python3", "-c", THIEF, *command], cwd=folder, env=environment, user="daemon",
                             group="daemon", extra_groups=[], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             text=True, preexec_fn=lambda: resource.setrlimit(
                                 resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2))
    pid = int(thief.stdout.readline())
    out, _ = thief.communicate(json.dumps(pids_of(pid)) + "\n", timeout=60)
    return json.loads(out)


@pytest.mark.parametrize("server", [True], indirect=True)
def test_others_of_its_user_read_no_memory_and_get_no_core(server, tmp_path):
    """Of the parent, which holds keys, and of those that it has forked. What they could of a program that
    does not see to it is tried first: a kernel with more rules would make the test show nothing."""
    arguments = server.arguments(tmp_path)
    victims, dumped = steal(tmp_path, ["sleep", "60"], server.environment, lambda pid: {"sleep": pid})
    assert victims == {"sleep": ["memory", "environment", "mappings", "trace"]}
    assert dumped or Path("/proc/sys/kernel/core_pattern").read_text().startswith("|")

    def pids_of(pid):
        wait_for(lambda: server.connections)
        return {"parent": pid, "zygote": parent_of_children(pid), **children(pid)}

    victims, dumped = steal(tmp_path, arguments, server.environment, pids_of)
    assert set(victims) >= {"parent", "zygote", "certbot: network"}
    assert not any(victims.values()), victims
    assert not dumped


@pytest.mark.parametrize("under, is_confined", [
    ([], True),
    (WITHOUT_LANDLOCK, True),
    (AS_USER, True),
    (AS_ONLY_USER, True),
    ([*WITHOUT_LANDLOCK, *AS_USER], False),
    ([*WITHOUT_LANDLOCK, *AS_ONLY_USER], False),
], ids=["root", "root-without-landlock", "user", "only-user", "user-without-landlock",
        "only-user-without-landlock"])
def test_a_child_that_is_not_confined_is_said(server, tmp_path, under, is_confined):
    shown = run(server, [*under, *server.arguments(tmp_path)])
    assert shown.stderr.count(WARNING) == int(not is_confined)
    assert server.connections
    server.connections.clear()
    required = run(server, [*under, *server.arguments(tmp_path), "--require-sandbox"])
    assert bool(server.connections) == is_confined
    assert ("cannot be confined" in required.stderr) == (not is_confined)
    assert required.returncode == 1


def test_cli_ini_requires_it_too(server, tmp_path):
    ini = tmp_path / "cli.ini"
    ini.write_text("require-sandbox = true\n")
    shown = run(server, [*WITHOUT_LANDLOCK, *AS_USER, *server.arguments(tmp_path), "--config", str(ini)])
    assert "cannot be confined" in shown.stderr and not server.connections


def test_without_proc_there_are_children_all_the_same(server, tmp_path):
    shown = run(server, ["unshare", "--mount", "sh", "-ec", 'umount -l /proc; exec "$@"', "sh",
                 *server.arguments(tmp_path), "--require-sandbox"])
    assert "cannot be confined" not in shown.stderr and server.connections
