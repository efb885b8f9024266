"""The machine on which the program runs."""

import shutil

from lab.certbot import CommandFailed
from lab.dialogue import Dialogue
from lab.lineage import Lineage

from .machine import Machine

# What may have been left on the real machine, and is not on a new one.
PRIVATE = ("/etc/letsencrypt", "/var/lib/letsencrypt", "/var/log/letsencrypt")


class Client(Machine):
    """type() is root's terminal. mtu is that of its only interface."""

    def __init__(self, world, number, mtu=1500, layers=()):
        super().__init__(world.network, "client", number, layers=(*layers, world.layer))
        self.world = world
        self.mtu = mtu

    def start(self):
        super().start()
        for folder in PRIVATE:
            shutil.rmtree(self.path(folder), ignore_errors=True)
        self.name_servers(self.world.dns.machine.address)
        self.network.join(self, mtu=self.mtu)
        return self

    def name_servers(self, *addresses, more=""):
        self.write("/etc/resolv.conf",
                   "".join(f"nameserver {address}\n" for address in addresses) + more)

    def command(self, line):
        """For Dialogue, which has a terminal: what a shell does with a line that was typed."""
        return self.inside("/bin/sh", "-c", line)

    def type(self, line, check=True, timeout=60):
        """Types a command line at a terminal; what was shown. Nobody answers questions. check: True
        demands exit status 0, a number that status."""
        with Dialogue(self, line) as talk:
            status = talk.end(timeout)
        if check is not False and status != int(check is not True and check):
            raise CommandFailed(f"exit {status}: {line}\n{talk.text}")
        return talk.text.replace("\r\n", "\n")

    def lineage(self, name):
        return Lineage(self.path("/etc/letsencrypt"), name)

    def lineage_names(self):
        return sorted(path.stem for path in self.path("/etc/letsencrypt/renewal").glob("*.conf"))
