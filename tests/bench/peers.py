"""Other clients, made to get a certificate from the lab's CA: command line and environment.

uacme is not among them: it gives up when an authorization offers dns-persist-01, as Pebble's do.
"""

import shlex

BASE = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}


class Lego:
    name = "lego"

    def __init__(self, folder, ca, port):
        self.folder, self.ca, self.port = folder, ca, port
        self.env = {**BASE, "HOME": str(folder), "LEGO_CA_CERTIFICATES": str(ca.ca_bundle)}

    def obtain(self, names):
        words = [word for name in names for word in ("-d", name)]
        return ["lego", "-a", "-m", "admin@example.com", "-s", self.ca.directory, "--path",
                self.folder, "--http", "--http.port", f":{self.port}", *words, "run"]


class Dehydrated:
    name = "dehydrated"

    def __init__(self, folder, ca, _):
        self.folder = folder
        self.env = {**BASE, "HOME": str(folder), "CURL_CA_BUNDLE": str(ca.ca_bundle)}
        (folder / "well-known").mkdir()
        self.config = folder / "config"
        self.config.write_text(f"CA={ca.directory}\nBASEDIR={folder}\nKEY_ALGO=prime256v1\n"
                               f"WELLKNOWN={folder}/well-known\nCONTACT_EMAIL=admin@example.com\n")

    def obtain(self, names):
        config = shlex.quote(str(self.config))
        words = " ".join(f"-d {name}" for name in names)
        return ["sh", "-c", f"[ -d {shlex.quote(str(self.folder))}/accounts ] || "
                f"dehydrated -f {config} --register --accept-terms >/dev/null; "
                f"exec dehydrated -f {config} -c -x {words}"]


def present(bench):
    """The peers that are installed and can run here."""
    return [peer for peer in (Lego, Dehydrated) if bench.installed(peer.name)]
