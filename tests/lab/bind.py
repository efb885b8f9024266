"""BIND 9 as a primary name server with dynamic zones, on ports and addresses of its own."""

import base64
import os
import re
import subprocess
from pathlib import Path

from .process import Child, Part, free_port, require_program, start_with_ports

NAMED = "/usr/sbin/named"
ALGORITHMS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")


class Key:
    """A TSIG key."""

    def __init__(self, name, algorithm="sha256", secret=None):
        self.name, self.algorithm = name, algorithm
        self.secret = secret or base64.b64encode(os.urandom(32)).decode()

    @property
    def statement(self):
        return (f'key "{self.name}" {{ algorithm hmac-{self.algorithm}; '
                f'secret "{self.secret}"; }};\n')


class Bind(Part):
    """The server. zones: {name: options}; options may be a policy text for update-policy, "" for a zone
    that nobody may change. Zones may be below each other. addresses: where it listens; each of them is a
    name server of all zones (ns1, ns2 ...), unless others are announced. records: lines added to a
    zone's file by its name.
    """

    def __init__(self, folder, zones=("example.test",), keys=None, addresses=("127.0.0.1",),
                 records=None, options="", port=None, announced=None,
                 recursive=False, negative_ttl=0):
        self.folder = Path(folder)
        self.keys = keys or [Key("update-key")]
        self.zones = zones if isinstance(zones, dict) else {zone: None for zone in zones}
        self.addresses = addresses
        self.records = records or {}
        self.options = options
        self.port = port
        self.announced = announced or addresses
        self.recursive = recursive
        self.negative_ttl = negative_ttl

    @property
    def dns_address(self):
        return f"{self.addresses[0]}:{self.port}"

    def start(self):
        require_program(NAMED)
        self.folder.mkdir(parents=True, exist_ok=True)
        return start_with_ports(self._start)

    def _start(self):
        self.port = self.port or free_port()
        for zone in self.zones:
            (self.folder / f"{zone}.db").write_text(self._zone_file(zone))
            (self.folder / f"{zone}.db.jnl").unlink(missing_ok=True)
        config = self.folder / "named.conf"
        config.write_text(self._configuration())
        (self.folder / "named.log").unlink(missing_ok=True)
        self.child = Child([NAMED, "-g", "-c", config, "-n", "1"], self.folder / "named.log")
        self.child.await_true(lambda: " running\n" in self.child.log(), "running")
        return self

    def _policy(self, zone):
        wanted = self.zones[zone]
        if wanted == "":
            return "allow-update { none; };"
        if wanted:
            return f"update-policy {{ {wanted} }};"
        grants = " ".join(f'grant "{key.name}" zonesub TXT;' for key in self.keys)
        return f"update-policy {{ {grants} }};"

    def _recursion(self):
        """As a resolver it follows aliases from one of its zones into another, and never goes out."""
        if not self.recursive:
            return "recursion no;"
        return "recursion yes; forward only; forwarders { 127.0.0.1 port 9; };"

    def _configuration(self):
        v4 = "; ".join(a for a in self.addresses if ":" not in a)
        v6 = "; ".join(a for a in self.addresses if ":" in a)
        text = "".join(key.statement for key in self.keys)
        text += f"""options {{
    directory "{self.folder}";
    pid-file "{self.folder}/named.pid";
    session-keyfile "{self.folder}/session.key";
    listen-on port {self.port} {{ {v4 + ";" if v4 else "none;"} }};
    listen-on-v6 port {self.port} {{ {v6 + ";" if v6 else "none;"} }};
    {self._recursion()}
    notify no;
    check-names primary ignore;
    tcp-clients 1000;
    tcp-listen-queue 200;
    dnssec-validation no;
    allow-transfer {{ any; }};
    {self.options}
}};
controls {{ }};
logging {{ category update {{ default_stderr; }}; category update-security {{ default_stderr; }};
    category queries {{ null; }}; }};
"""
        for zone in self.zones:
            text += (f'zone "{zone}" {{ type primary; file "{zone}.db"; '
                     f'{self._policy(zone)} }};\n')
        return text

    def _zone_file(self, zone):
        lines = ["$TTL 60", f"@ IN SOA ns1.{zone}. root.{zone}. 1 3600 600 86400 "
                 f"{self.negative_ttl}"]
        for number, address in enumerate(self.announced, 1):
            kind = "AAAA" if ":" in address else "A"
            lines += [f"@ IN NS ns{number}.{zone}.", f"ns{number} IN {kind} {address}"]
        for child in self.zones:
            if child.endswith("." + zone):
                for number in range(1, len(self.announced) + 1):
                    lines.append(f"{child}. IN NS ns{number}.{child}.")
        lines += self.records.get(zone, [])
        return "\n".join(lines) + "\n"

    def update(self, *lines):
        """Changes a zone by nsupdate: "add a.example.test 60 TXT value"."""
        key = self.keys[0]
        text = "".join([f"server {self.addresses[0]} {self.port}\n",
                        *(f"update {line}\n" for line in lines), "send\n"])
        subprocess.run(["nsupdate", "-y", f"hmac-{key.algorithm}:{key.name}:{key.secret}"],
                       input=text, text=True, check=True, timeout=20)

    def txt(self, name, address=None, port=None):
        """The TXT values of a name, sorted, as the server answers."""
        run = subprocess.run(["dig", "+short", "+norecurse", "+time=2", "-p", str(port or self.port),
                              "@" + (address or self.addresses[0]), name, "TXT"],
                             capture_output=True, text=True, timeout=20, check=True)
        return sorted(re.findall(r'^"(.*)"$', run.stdout, re.MULTILINE))

    def serial(self, zone):
        """The zone's serial number: 1 at the start, and one more for each update message."""
        run = subprocess.run(["dig", "+short", "+norecurse", "-p", str(self.port),
                              "@" + self.addresses[0], zone, "SOA"],
                             capture_output=True, text=True, timeout=20, check=True)
        return int(run.stdout.split()[2])

    def log(self):
        return self.child.log()

    def updates(self):
        """(key, zone, "adding" or "deleting") of every record changed so far."""
        found, log = [], self.log()
        for line in re.finditer(r"client @\S+ \S+?/key (\S+): updating zone '([^/]+)/IN': "
                                r"(adding|deleting) an RR at", log):
            found.append((line.group(1), line.group(2), line.group(3)))
        return found

    def credentials(self, path, key=None, server=None, **more):
        """Writes a credentials file of dns-rfc2136 for the key."""
        key = key or self.keys[0]
        lines = {"server": server or self.addresses[0], "port": self.port, "name": key.name,
                 "secret": key.secret, "algorithm": f"HMAC-{key.algorithm.upper()}", **more}
        path = Path(path)
        path.touch(mode=0o600)
        path.write_text("".join(f"dns_rfc2136_{name} = {value}\n" for name, value in lines.items()))
        return path


class Resolver(Bind):
    """A caching resolver that passes questions on. servers: which one has a zone, by its name."""

    def __init__(self, folder, servers, address="127.0.0.1"):
        super().__init__(folder, (), addresses=(address,))
        self.servers = servers

    def _configuration(self):
        return super()._configuration().replace("recursion no;", "recursion yes;").replace(
            "category queries { null; }", "category queries { default_stderr; }") + "".join(
            f'zone "{zone}" {{ type forward; forward only; '
            f'forwarders {{ {server.addresses[0]} port {server.port}; }}; }};\n'
            for zone, server in self.servers.items())

    def queries(self):
        """(name, type) of every question so far."""
        return re.findall(r" query: (\S+) IN (\S+) ", self.log())
