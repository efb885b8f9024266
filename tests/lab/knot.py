"""Knot DNS as a primary name server with dynamic zones."""

import re

from .bind import Bind
from .process import Child, free_port, require_program

KNOTD = "/usr/sbin/knotd"


class Knot(Bind):
    """Takes the place of Bind; `options` and update policies are BIND's and not known here."""

    def start(self):
        require_program(KNOTD)
        return super().start()

    def _start(self):
        self.port = self.port or free_port()
        for zone in self.zones:
            (self.folder / f"{zone}.db").write_text(self._zone_file(zone))
        (self.folder / "db").mkdir(exist_ok=True)
        config = self.folder / "knot.conf"
        config.write_text(self._configuration())
        (self.folder / "knot.log").unlink(missing_ok=True)
        self.child = Child([KNOTD, "-c", config], self.folder / "knot.log")
        self.child.await_true(lambda: self.child.log().count("loaded, serial") >= len(self.zones)
                              and "server started" in self.child.log(), "running")
        return self

    def _configuration(self):
        listen = ", ".join(f"{address}@{self.port}" for address in self.addresses)
        keys = "".join(f"  - id: {key.name}\n    algorithm: hmac-{key.algorithm}\n"
                       f"    secret: {key.secret}\n" for key in self.keys)
        names = ", ".join(key.name for key in self.keys)
        zones = "".join(f"  - domain: {zone}\n    file: {self.folder}/{zone}.db\n    acl: update\n"
                        for zone in self.zones)
        return (f"server:\n    listen: [{listen}]\n    rundir: {self.folder}\n"
                f"database:\n    storage: {self.folder}/db\n"
                "log:\n  - target: stderr\n    any: info\n"
                f"key:\n{keys}"
                f"acl:\n  - id: update\n    key: [{names}]\n    action: update\n"
                f"zone:\n{zones}")

    def updates(self):
        """(zone, serial before, serial after) of every update so far."""
        return re.findall(r"\[([^\]]+)\.\] DDNS, finished, serial (\d+) -> (\d+)", self.log())
