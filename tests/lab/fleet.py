"""Machines of a fleet: configuration directories that know the same etcd and CA."""

from .certbot import Certbot


class Fleet:
    """Makes machines that know the same etcd, prefix and CA."""

    def __init__(self, folder, etcd, ca, hook):
        self.folder, self.etcd, self.ca, self.hook = folder, etcd, ca, hook
        self.prefix = f"{folder.name}/"

    def machine(self, name):
        machine = Certbot(self.folder / name, self.ca)
        machine.config_dir.mkdir(parents=True)
        # Without a wish Pebble draws a profile: of two certificates, the newer would sometimes end first.
        (machine.config_dir / "cli.ini").write_text(
            f"fleet-endpoints = {self.etcd.url}\nfleet-prefix = {self.prefix}\nfleet-node = {name}\n"
            "preferred-profile = default\n")
        machine.options = ["--config", machine.config_dir / "cli.ini", "--manual-auth-hook", self.hook]
        return machine

    def key(self, machine):
        return (machine.config_dir / "fleet/key").read_bytes()

    def member(self, name, like):
        """A machine that has joined with the key of another one."""
        machine = self.machine(name)
        folder = machine.config_dir / "fleet"
        folder.mkdir(mode=0o700)
        (folder / "key").touch(mode=0o600)
        (folder / "key").write_bytes(self.key(like))
        machine.run("fleet", "join", *machine.options)
        return machine
