"""Child processes that cannot outlive the test, free ports, and waiting for something."""

import contextlib
import ctypes
import os
import random
import signal
import socket
import subprocess
import time

PR_SET_PDEATHSIG = 1
# Below the range from which the kernel takes ports for outgoing connections.
PORTS = range(12000, 32000)

_given_ports = set()
_libc = ctypes.CDLL(None, use_errno=True)


class LabError(Exception):
    """A part of the lab did not do what it should; the text says which and why."""


def require_program(path):
    """Fails if a server or tool of Debian is not there."""
    if not os.path.exists(path):
        raise LabError(f"no {path}: run scripts/bootstrap, which also says what this release of Debian lacks")


def die_with_parent(by=signal.SIGTERM):
    """For preexec_fn: asks the kernel to end this process when its parent ends."""
    _libc.prctl(PR_SET_PDEATHSIG, by)


def wait_for(condition, what, timeout=10.0, interval=0.02):
    """Waits until condition() is true and returns its value."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise LabError(f"waited {timeout:g} s for {what}")
        time.sleep(interval)


def _port_is_free(port):
    for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(family, kind) as probe:
                if family == socket.AF_INET6:
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                try:
                    probe.bind((address, port))
                except OSError as error:
                    if error.errno in (97, 99):  # no IPv6 on this machine
                        continue
                    return False
    return True


def free_port():
    """A port that nothing uses, UDP or TCP, IPv4 or IPv6, and that no earlier call returned: a test
    that asks for two gets two. Random, so that parallel runs differ."""
    for _ in range(200):
        port = random.choice(PORTS)
        if port not in _given_ports and _port_is_free(port):
            _given_ports.add(port)
            return port
    raise LabError("no free port found")


def accepts(port, host="127.0.0.1"):
    """Whether something accepts connections."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


class Child:
    """A running program in a process group of its own, its output in a log file."""

    def __init__(self, argv, log_path, env=None, cwd=None):
        self.name = os.path.basename(argv[0])
        self.log_path = log_path
        with open(log_path, "ab") as log:
            self.process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env, cwd=cwd,
                start_new_session=True, preexec_fn=die_with_parent)

    @property
    def pid(self):
        return self.process.pid

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def running(self):
        return self.process.poll() is None

    def await_port(self, port, host="127.0.0.1", timeout=10.0):
        self.await_true(lambda: accepts(port, host), f"port {port}", timeout)

    def await_true(self, condition, what, timeout=10.0):
        """Waits for a condition as long as the program runs."""
        def met():
            if not self.running():
                raise LabError(f"{self.name} ended with {self.process.returncode}:\n{self.log()}")
            return condition()
        wait_for(met, f"{self.name}: {what}", timeout)

    def stop(self, timeout=5.0):
        """Ends the program and everything it started. May be called again."""
        if self.running():
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout)
        # Its process group is its own: what is left of it goes with it.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Part:
    """A part of the lab that runs one child; subclasses have start() and know how to use it."""

    child = None

    def start(self):
        raise NotImplementedError

    def check(self):
        """Raises a LabError if the child ended by itself."""
        if self.child and not self.child.running():
            raise LabError(f"{self.child.name} ended with {self.child.process.returncode}:\n"
                           f"{self.child.log()}")

    def stop(self):
        if self.child:
            self.child.stop()
            self.child = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


def start_with_ports(start, tries=3):
    """Calls start(), which picks ports, again if one was taken in between."""
    for left in reversed(range(tries)):
        try:
            return start()
        except LabError:
            if not left:
                raise
