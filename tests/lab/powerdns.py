"""PowerDNS with an SQLite database and its HTTP API, on ports of its own."""

import json
import re
import sqlite3
import subprocess
import urllib.request
from pathlib import Path

from .process import Child, Part, free_port, require_program, start_with_ports

SERVER = "/usr/sbin/pdns_server"
SCHEMA = Path("/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql")


class PowerDNS(Part):
    """The server with some zones, made through its API."""

    def __init__(self, folder, zones=("example.test",)):
        self.folder = Path(folder)
        self.zones = zones
        self.api_key = "lab-api-key-0123456789"
        self.port = self.api_port = None

    def start(self):
        require_program(SERVER)
        self.folder.mkdir(parents=True, exist_ok=True)
        return start_with_ports(self._start)

    def _start(self):
        self.port, self.api_port = free_port(), free_port()
        database = self.folder / "pdns.sqlite3"
        database.unlink(missing_ok=True)
        with sqlite3.connect(database) as connection:
            connection.executescript(SCHEMA.read_text())
        (self.folder / "pdns.conf").write_text(f"""
launch=gsqlite3
gsqlite3-database={database}
local-address=127.0.0.1
local-port={self.port}
socket-dir={self.folder}
api=yes
api-key={self.api_key}
webserver=yes
webserver-address=127.0.0.1
webserver-port={self.api_port}
daemon=no
guardian=no
disable-syslog=yes
cache-ttl=0
query-cache-ttl=0
negquery-cache-ttl=0
zone-cache-refresh-interval=0
""")
        self.child = Child([SERVER, f"--config-dir={self.folder}"], self.folder / "pdns.log")
        self.child.await_port(self.api_port)
        for zone in self.zones:
            self.call("POST", "/zones", {"name": zone + ".", "kind": "Native",
                                         "nameservers": [f"ns1.{zone}."]})
        return self

    @property
    def api_url(self):
        return f"http://127.0.0.1:{self.api_port}"

    def call(self, method, path, body=None):
        request = urllib.request.Request(
            f"{self.api_url}/api/v1/servers/localhost{path}", method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"X-API-Key": self.api_key, "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as reply:
            text = reply.read()
        return json.loads(text) if text else None

    def set_txt(self, zone, name, *values):
        records = [{"content": f'"{value}"', "disabled": False} for value in values]
        self.call("PATCH", f"/zones/{zone}.", {"rrsets": [
            {"name": name + ".", "type": "TXT", "ttl": 30, "changetype": "REPLACE",
             "records": records}]})

    def set_address(self, zone, name, address):
        self.call("PATCH", f"/zones/{zone}.", {"rrsets": [
            {"name": name + ".", "type": "A", "ttl": 30, "changetype": "REPLACE",
             "records": [{"content": address, "disabled": False}]}]})

    def serial(self, zone):
        return self.call("GET", f"/zones/{zone}.?rrsets=false")["edited_serial"]

    def txt(self, name):
        run = subprocess.run(["dig", "+short", "+norecurse", "-p", str(self.port), "@127.0.0.1", name,
                              "TXT"], capture_output=True, text=True, timeout=20, check=True)
        return sorted(re.findall(r'^"(.*)"$', run.stdout, re.MULTILINE))

    def credentials(self, path, **more):
        path = Path(path)
        path.touch(mode=0o600)
        lines = {"api_url": self.api_url, "api_key": self.api_key, **more}
        path.write_text("".join(f"dns_powerdns_{name} = {value}\n" for name, value in lines.items()))
        return path
