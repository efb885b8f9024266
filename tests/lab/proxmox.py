"""A node of Proxmox VE: directories and doubles of the programs that it has."""

from .programs import Programs, with_systemd

HOST = "pve.lab.test"


class Node:
    """A node of Proxmox VE."""

    def __init__(self, folder, certbot):
        self.certbot = certbot
        self.programs = Programs(folder / "bin", certbot)
        self.programs.add("systemctl")
        self.programs.add("pvenode")
        self.pve, self.backup = folder / "pve", folder / "backup"
        self.pve.mkdir()
        (self.pve / "pve-ssl.pem").write_text("the cluster's")

    def run(self, *args, read_only=(), under=(), **options):
        return self.certbot.run(*args, under=(*under, *with_systemd(*read_only)), **options)

    def install(self, name=HOST, **options):
        return self.run("run", "-n", "-a", "standalone", "--http-01-port",
                        self.certbot.ca.http_port, "-i", "proxmox", "--proxmox-location", self.pve,
                        "--proxmox-backup-location", self.backup, "-d", name, **options)

    def renew(self, *args, **options):
        return self.run("renew", "--force-renewal", *args, **options)

    def has_copies(self, folder=None, cert="pveproxy-ssl.pem", key="pveproxy-ssl.key", name=HOST):
        folder, lineage = folder or self.pve, self.certbot.lineage(name)
        return ((folder / cert).read_bytes() == lineage.read("fullchain")
                and (folder / key).read_bytes() == lineage.read("privkey"))
