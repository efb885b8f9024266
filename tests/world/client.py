"""The machine that the program runs on."""

import os
import re
import shutil

from lab.certbot import CommandFailed
from lab.dialogue import Dialogue
from lab.lineage import Lineage

from .machine import Machine

# What may have been left on the real machine, and is not on a new one.
PRIVATE = ("/etc/letsencrypt", "/var/lib/letsencrypt", "/var/log/letsencrypt")


# The root of the system that clients have: this machine's, or another in a directory.
SYSTEM = os.environ.get("WORLD_SYSTEM", "/")


class Client(Machine):
    """type() is root's terminal. mtu is that of its only interface; far is (delay, loss) of
    the line at whose end it is; system is the root of the system that it has."""

    def __init__(self, world, number, mtu=1500, far=None, layers=(), system=SYSTEM):
        super().__init__(world.network, "client", number, layers=(*layers, world.layer),
                         system=system)
        self.world = world
        self.mtu, self.far = mtu, far

    def start(self):
        super().start()
        for folder in PRIVATE:
            shutil.rmtree(self.path(folder), ignore_errors=True)
        self.name_servers(self.world.dns.machine.address)
        if self.far:
            self.network.join_by_wire(self, *self.far)
        else:
            self.network.join(self, mtu=self.mtu)
        return self

    def name_servers(self, *addresses, more=""):
        self.write("/etc/resolv.conf",
                   "".join(f"nameserver {address}\n" for address in addresses) + more)

    def send_elsewhere(self, port, machine):
        """Connections to a port, whatever the address, go to another machine: what a network does that
        has a proxy or a portal in the way."""
        self.run("nft", "-f", "-", input=(
            "add table inet elsewhere\n"
            "add chain inet elsewhere output { type nat hook output priority -100; }\n"
            f"add rule inet elsewhere output tcp dport {port} dnat ip to {machine.address}\n"
            f"add rule inet elsewhere output tcp dport {port} dnat ip6 to {machine.address6}\n"))

    def no_more_elsewhere(self):
        self.run("nft", "delete", "table", "inet", "elsewhere")

    def trust(self, root_pem):
        """Adds a root to those that the system trusts."""
        bundle = "/etc/ssl/certs/ca-certificates.crt"
        self.write(bundle, self.read(bundle) + root_pem.decode())

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


# The questions of a first run, answered.
EMAIL = ("email", "admin@example.com")
TERMS = ("(Y)es/(N)o", "y")


def talk(client, line, *answers, status=0):
    """Types a command and answers its questions: (part of the question, answer). An answer "(words)" is
    the number of the menu's line that ends so. What was shown."""
    with Dialogue(client, line) as dialogue:
        for question, answer in answers:
            start = dialogue.read
            dialogue.expect(question)
            if answer.startswith("("):
                menu = re.search(rf"^(\d+): .*{re.escape(answer)}\s*$", dialogue.text[start:], re.M)
                assert menu, f"no line '{answer}' in:\n{dialogue.text}"
                answer = menu.group(1)
            dialogue.answer(answer)
        ended = dialogue.end()
    assert ended == status, dialogue.text
    return dialogue.text.replace("\r\n", "\n")
