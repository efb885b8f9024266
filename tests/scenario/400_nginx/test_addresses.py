"""Sockets of nginx at addresses that this machine has not, or does not reach: they tell nothing about
nginx, so they must not undo an installation. Each test has a network namespace of its own."""

import subprocess
import time

import pytest

from lab.authority import ServerIdentity
from lab.certbot import Certbot
from lab.nginx import Nginx
from lab.process import Child

NAME = "a.nginx.test"
# Everything in the namespace is set up before its loopback interface gets its addresses.
SET_UP = """
echo {ipv6} > /proc/sys/net/ipv6/conf/all/disable_ipv6
echo {ipv6} > /proc/sys/net/ipv6/conf/default/disable_ipv6
echo 1 > /proc/sys/net/ipv4/ip_nonlocal_bind
echo 1 > /proc/sys/net/ipv6/ip_nonlocal_bind
ip link set lo up
touch {ready}
exec sleep 600
"""


class Machine:
    """A network of its own, with nginx and certbot in it."""

    def __init__(self, folder, ipv6):
        ready = folder / "ready"
        script = SET_UP.format(ipv6=0 if ipv6 else 1, ready=ready)
        self.child = Child(["unshare", "--net", "/bin/sh", "-ec", script], folder / "unshare.log")
        self.child.await_true(ready.exists, "a network namespace (needs root, unshare and ip)")
        self.inside = ["nsenter", f"--net=/proc/{self.child.pid}/ns/net"]
        self.nginx = Nginx(folder / "nginx", under=self.inside)
        self.certbot = Certbot(folder / "certbot")
        self.identity = ServerIdentity(folder)

    def install(self):
        begin = time.monotonic()
        result = self.certbot.run(
            "install", "-n", "--nginx", "-d", NAME, "--no-redirect",
            "--cert-path", self.identity.cert_path, "--key-path", self.identity.key_path,
            "--fullchain-path", self.identity.cert_path, *self.nginx.options(),
            under=self.inside)
        assert time.monotonic() - begin < 25, result
        return result

    def shown(self, address):
        """The certificate that a client in the namespace gets."""
        return subprocess.run(
            [*self.inside, "openssl", "s_client", "-connect", f"{address}:{self.nginx.https_port}",
             "-servername", NAME], input="", capture_output=True, text=True).stdout

    def stop(self):
        self.nginx.stop()
        self.child.stop()


@pytest.fixture
def machine(tmp_path, request):
    machine = Machine(tmp_path, request.param)
    yield machine
    machine.stop()


@pytest.mark.parametrize("machine", [False], indirect=True)
def test_ipv6_socket_while_ipv6_is_off(machine):
    """nginx can bind it; nobody can connect to it."""
    machine.nginx.plain_site(NAME)
    machine.nginx.start()
    result = machine.install()
    assert "listen [::]:" in (machine.nginx.root / f"conf.d/{NAME}.conf").read_text()
    assert "does not" not in result.text, result
    assert "BEGIN CERTIFICATE" in machine.shown("127.0.0.1")


@pytest.mark.parametrize("machine", [True], indirect=True)
def test_address_of_another_node(machine):
    """As keepalived has it: bound on both nodes, and the other one's at this moment."""
    machine.nginx.site("a", f"""server {{
    listen {{http}};
    listen 192.0.2.7:{{http}};
    listen [2001:db8::7]:{{http}};
    server_name {NAME};
    return 200 "a";
}}
""")
    machine.nginx.start()
    machine.install()
    assert "listen 192.0.2.7:" in (machine.nginx.root / "conf.d/a.conf").read_text()
    assert "BEGIN CERTIFICATE" in machine.shown("127.0.0.1")
