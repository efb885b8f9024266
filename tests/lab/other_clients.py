"""Other ACME clients, as Debian packages them: what they keep is what `import` reads."""

import base64
import json
import shutil
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from .certbot import execute

ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}


class Lego:
    """lego, whose state is below `folder`."""

    def __init__(self, folder, ca):
        self.folder = Path(folder)
        self.ca = ca

    def run(self, *names, email="admin@example.com", args=()):
        domains = [word for name in names for word in ("-d", name)]
        result = execute(
            ["lego", "--accept-tos", "--path", self.folder, "--server", self.ca.directory, "--email",
             email, "--http", "--http.port", f":{self.ca.http_port}", *args, *domains, "run"],
            env={**ENVIRONMENT, "LEGO_CA_CERTIFICATES": str(self.ca.ca_bundle)})
        assert result.rc == 0, result


class Dehydrated:
    """dehydrated, whose configuration and state are below `folder`. `settings` are lines of its
    configuration file besides the directories'."""

    def __init__(self, folder, ca, **settings):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True)
        self.ca = ca
        lines = {"CA": ca.directory, "BASEDIR": self.folder, "CURL_OPTS": f"--cacert {ca.ca_bundle}",
                 **settings}
        (self.folder / "config").write_text(
            "".join(f'{name}="{value}"\n' for name, value in lines.items()))

    def run(self, domains):
        """Gets certificates for the lines of domains.txt."""
        (self.folder / "domains.txt").write_text(domains)
        for words in (["--register", "--accept-terms"], ["--cron"]):
            result = execute(["dehydrated", *words, "--config", self.folder / "config"],
                             env=ENVIRONMENT)
            assert result.rc == 0, result


class AcmeSh:
    """State as acme.sh 3 writes it, by its published source: no distribution packages acme.sh. The
    certificates are those of `certbot`, a Certbot of the lab."""

    def __init__(self, folder, certbot, ca):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True)
        self.certbot, self.ca = certbot, ca
        self.account_conf = {}
        self._write_account()

    def _write_account(self):
        """ca/HOST/PATH/ with the key of the account that obtained the certificates."""
        account = next(self.certbot.config_dir.glob("accounts/*/*/*/private_key.json"))
        host, path = self.ca.directory.removeprefix("https://").split("/", 1)
        folder = self.folder / "ca" / host.partition(":")[0] / path
        folder.mkdir(parents=True)
        (folder / "account.key").write_bytes(pem_of_jwk(json.loads(account.read_text())))
        uri = json.loads((account.parent / "regr.json").read_text())["uri"]
        write_values(folder / "ca.conf", {"ACCOUNT_URL": uri, "CA_EMAIL": "admin@example.com"})

    def add(self, lineage, names, *, ecc=True, **values):
        """A folder with a certificate of the Certbot's. Values are those of its .conf."""
        folder = self.folder / (names[0] + ("_ecc" if ecc else ""))
        folder.mkdir()
        live = self.certbot.config_dir / "live" / lineage
        for theirs, ours in ((f"{names[0]}.cer", "cert"), ("ca.cer", "chain"),
                             ("fullchain.cer", "fullchain"), (f"{names[0]}.key", "privkey")):
            shutil.copy(live / f"{ours}.pem", folder / theirs)
        write_values(self.folder / "account.conf", self.account_conf)
        write_values(folder / f"{names[0]}.conf", {
            "Le_Domain": names[0], "Le_Alt": ",".join(names[1:]) or "no",
            "Le_API": self.ca.directory, "Le_Keylength": "ec-256", **values})
        return folder

    @staticmethod
    def encoded(command):
        """A command as acme.sh stores it."""
        text = base64.b64encode(command.encode()).decode()
        return f"__ACME_BASE64__START_{text}__ACME_BASE64__END_"


def write_values(path, values):
    path.write_text("".join(f"{name}='{value}'\n" for name, value in values.items()))


def pem_of_jwk(jwk):
    """The PEM text of an account's P-256 key."""
    number = int.from_bytes(base64.urlsafe_b64decode(jwk["d"] + "=="), "big")
    return ec.derive_private_key(number, ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption())
