"""Machines, and the network that joins them."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
from pathlib import Path

from lab.certbot import CommandFailed, execute
from lab.process import Child, LabError, die_with_parent

CLONE_NEWNET = 0x40000000
NAMESPACES = ("--net", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child")
# What the real machine must have.
NEEDED = ("ip", "nft", "nsenter", "unshare", "update-ca-certificates", "tinyproxy", "named", "nginx",
          "apache2", "postfix", "dovecot", "setpriv")

_libc = ctypes.CDLL(None, use_errno=True)


def missing():
    """What keeps the world from being made here, in words; "" if nothing does."""
    if os.geteuid() != 0:
        return "the world needs root: its machines are namespaces"
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    absent = [name for name in NEEDED
              if not any(os.access(f"{folder}/{name}", os.X_OK) for folder in path.split(":"))]
    if absent:
        return f"the world needs {', '.join(absent)}: run scripts/bootstrap"
    tried = subprocess.run(["unshare", *NAMESPACES, "true"], capture_output=True, text=True)
    return f"no namespaces can be made here: {tried.stderr.strip()}" if tried.returncode else ""


class Machine:
    """A machine on a network: `address` and `address6` are its own, `run()` works on it as root, and
    path() is how its files are reached from outside. `layers` are copied over the root, that of
    this machine, or of another system in a directory."""

    def __init__(self, network, name, number, layers=(), system="/"):
        self.network, self.name, self.number = network, name, number
        self.address, self.address6 = network.addresses(number)
        self.layers, self.system = layers, system
        self.children = []
        self.port = None  # of the switch, into which it is plugged

    def start(self):
        self.holder = subprocess.Popen(
            ["unshare", *NAMESPACES, "/bin/sh", Path(__file__).with_name("machine.sh"),
             self.name, self.network.folder, self.system, *self.layers],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True,
            preexec_fn=lambda: die_with_parent(signal.SIGKILL))  # unshare ignores SIGTERM
        said = self.holder.stdout.readline()
        if said != "ready\n":
            self.holder.kill()
            raise LabError(f"machine {self.name}: {said}{self.holder.stdout.read()}")
        children = Path(f"/proc/{self.holder.pid}/task/{self.holder.pid}/children").read_text()
        self.pid = int(children.split()[0])
        self.write("/etc/hosts", "127.0.0.1 localhost\n::1 localhost ip6-localhost\n"
                                 f"127.0.1.1 {self.name}\n")
        self.write("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n")
        return self

    def stop(self):
        for child in self.children:
            child.stop()
        self.children.clear()
        self.network.leave(self)
        self.holder.kill()  # and by --kill-child the first process, and with it all others
        self.holder.wait()
        self.holder.stdout.close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    # --- files ---

    def path(self, path):
        """Where a file of the machine is seen from outside. Absolute symbolic links lead astray."""
        return Path(f"/proc/{self.pid}/root/{path}")

    def write(self, path, text, mode=0o644):
        target = self.path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        target.write_text(text)
        target.chmod(mode)

    def read(self, path):
        return self.path(path).read_text()

    # --- programs ---

    def inside(self, *argv):
        """The command line that runs a command on the machine."""
        return ["nsenter", "-t", str(self.pid), "-m", "-u", "-i", "-n", "-p", "--",
                *map(str, argv)]

    def environment(self, extra=None):
        """What root finds after logging in."""
        env = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
               "HOME": "/root", "LANG": "C.UTF-8", "TERM": "dumb", "USER": "root", "SHELL": "/bin/sh"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                env[name] = os.environ[name]
        return {**env, **(extra or {})}

    def run(self, *argv, check=True, env=None, timeout=60, input=None):
        """Runs a command to its end. check: True demands exit status 0, a number that status, False
        nothing."""
        result = execute(self.inside(*argv), env=self.environment(env), timeout=timeout, cwd="/",
                         input=input)
        if check is not False and result.rc != int(check is not True and check):
            raise CommandFailed(repr(result))
        return result

    def set_kernel(self, name, value):
        """What sysctl does, which not every system has."""
        self.run("sh", "-c", f"echo {value} >/proc/sys/{name}")

    def spawn(self, *argv, env=None):
        """Starts a server that runs until the machine stops."""
        log = self.network.folder / f"{self.name}-{Path(argv[0]).name}-{len(self.children)}.log"
        child = Child(self.inside(*argv), log, env=self.environment(env), cwd="/")
        self.children.append(child)
        return child

    # --- the network, as the machine sees it ---

    @contextlib.contextmanager
    def network_of(self):
        """Sockets that this thread makes, and programs that it starts, are on the machine's network."""
        with open("/proc/thread-self/ns/net") as own, open(f"/proc/{self.pid}/ns/net") as its:
            self._enter(its)
            try:
                yield
            finally:
                self._enter(own)

    def _enter(self, file):
        if _libc.setns(file.fileno(), CLONE_NEWNET) < 0:
            raise LabError(f"machine {self.name}: setns: {os.strerror(ctypes.get_errno())}")

    def listen(self, port, address="::", kind=socket.SOCK_STREAM):
        """A socket of this process that is bound on the machine; "::" takes IPv4 as well."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with self.network_of():
            sock = socket.socket(family, kind)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if address == "::":
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        with self.network_of():  # for the number of an interface in the address
            sock.bind(socket.getaddrinfo(address, port, family, kind)[0][4])
        if kind == socket.SOCK_STREAM:
            sock.listen(128)
        return sock

    def connect(self, port, address="127.0.0.1"):
        with self.network_of():
            return socket.create_connection((address, port), timeout=5)

    def drop(self, *matches):
        """Silently drops what arrives and fits, in the words of nft: "udp sport 53"."""
        rules = "".join(f"add rule inet world input {match} drop\n" for match in matches)
        self.run("nft", "-f", "-", input="add table inet world\nadd chain inet world input "
                 "{ type filter hook input priority 0; }\n" + rules)


class Network:
    """A switch without a machine of its own. Addresses are those for documentation, so that a packet
    that got out by mistake would go nowhere. `folder` is on every machine what it is outside."""

    prefix, prefix6 = "192.0.2.", "2001:db8::"

    def __init__(self, folder):
        self.folder = Path(folder)
        self.switch = None
        self.ports = 0

    def addresses(self, number):
        return f"{self.prefix}{number}", f"{self.prefix6}{number}"

    def start(self):
        self.switch = Machine(self, "switch", 1).start()
        self.switch.run("ip", "-b", "-", input="link add name sw type bridge mcast_snooping 0\n"
                                               "link set sw up\n")
        return self

    def stop(self):
        if self.switch:
            self.switch.stop()

    def join(self, machine, mtu=1500, aliases=()):
        """Plugs a machine in. Its hardware address comes from its number, so that a machine that takes
        the place of another is known to its neighbours. aliases: numbers of further addresses."""
        self.ports += 1
        port = f"p{self.ports}"
        with self.switch.network_of():  # not on the switch, which does not know the other's process
            execute(["ip", "-b", "-"], input=(
                f"link add {port} mtu {mtu} type veth peer name eth0 mtu {mtu} "
                f"address {self.hardware_address(machine)} netns {machine.pid}\n"
                f"link set {port} master sw up\n"))
        machine.port = port
        self.configure(machine, aliases)
        return machine

    def leave(self, machine):
        """Pulls the plug. The kernel takes its time to end the namespace of a machine that has stopped;
        until then that one would get, and refuse, what is sent to the next one of its address."""
        if machine.port:
            self.switch.run("ip", "link", "delete", machine.port, check=False)
            machine.port = None

    def join_by_wire(self, machine, delay, loss=0):
        """Plugs a machine in at the end of a long line: seconds one way, lost frames in a thousand."""
        self.ports += 1
        wire = Child(["/usr/bin/python3", Path(__file__).with_name("wire.py"), str(delay), str(loss),
                      str(self.switch.pid), f"p{self.ports}", str(machine.pid), "eth0"],
                     self.folder / f"wire-{self.ports}.log")
        machine.children.append(wire)
        wire.await_true(lambda: "ready" in wire.log(), "ends")
        self.switch.run("ip", "link", "set", f"p{self.ports}", "master", "sw", "up")
        machine.run("ip", "link", "set", "eth0", "address", self.hardware_address(machine))
        self.configure(machine)
        return machine

    @staticmethod
    def hardware_address(machine):
        return f"02:00:00:00:02:{machine.number:02x}"

    def configure(self, machine, aliases=()):
        lines = ["link set eth0 up\n"]
        for number in (machine.number, *aliases):
            address, address6 = self.addresses(number)
            lines += [f"address add {address}/24 dev eth0\n",
                      f"address add {address6}/64 dev eth0 nodad\n"]
        machine.run("ip", "-b", "-", input="".join(lines))


