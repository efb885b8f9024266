"""Many lineages in little time: what a certbot would keep on disk had it obtained them all.

Certificates come from a CA of the lab's own. Beyond a few hundred, lineages share their archive files
by hard links, a hundred at most, which no reader can tell.
"""

import datetime
import hashlib
import os
from pathlib import Path

from .authority import DAY, Authority, cert_pem, key_pem, new_key
from .hosts import NAME
from .lineage import KINDS

DISTINCT = 1000
CONF = """version = 2.1.0
archive_dir = {config}/archive/{name}
cert = {config}/live/{name}/cert.pem
privkey = {config}/live/{name}/privkey.pem
chain = {config}/live/{name}/chain.pem
fullchain = {config}/live/{name}/fullchain.pem

# Options used in the renewal process
[renewalparams]
account = {account}
authenticator = standalone
server = {server}
key_type = ecdsa
{more}
[acme_renewal_info]
ari_retry_after = {ask_again}
"""
SIGNED = """
[renewal_state]
signed = {}
"""


class Forge:
    """Makes lineages under a config directory. `server` is their CA's directory URL, `account` the
    id of the account, `options` more lines for [renewalparams]. signed: that the signatures were
    verified is on record, as after an order."""

    def __init__(self, config_dir, server=f"https://{NAME}:9/dir", account="0" * 32,
                 options=(), lifetime=90 * DAY, age=DAY, signed=False):
        self.config = Path(config_dir)
        self.server, self.account, self.options = server, account, options
        self.lifetime, self.signed = lifetime, signed
        self.start = datetime.datetime.utcnow() - age
        root = Authority("Lab Root")
        self.authority = Authority("Lab Intermediate", root)
        self.chain = cert_pem(self.authority.cert)
        self.key = new_key()
        for folder in ("archive", "live", "renewal", "accounts", "keys", "csr"):
            (self.config / folder).mkdir(parents=True, exist_ok=True, mode=0o700)

    def _new_files(self, name, archive):
        cert = cert_pem(self.authority.issue([name], self.key.public_key(), self.lifetime,
                                             self.start))
        contents = {"cert": cert, "chain": self.chain, "fullchain": cert + self.chain,
                    "privkey": key_pem(self.key)}
        for kind in KINDS:
            path = archive / f"{kind}1.pem"
            path.write_bytes(contents[kind])
            path.chmod(0o600 if kind == "privkey" else 0o644)

    def _conf(self, name):
        more = "".join(f"{line}\n" for line in self.options)
        ask_again = (datetime.datetime.utcnow() + DAY).strftime("%Y-%m-%dT%H:%M:%S")
        conf = CONF.format(config=self.config, name=name, account=self.account,
                           server=self.server, more=more, ask_again=ask_again)
        if not self.signed:
            return conf
        fullchain = (self.config / "archive" / name / "fullchain1.pem").read_bytes()
        return conf + SIGNED.format(hashlib.sha256(fullchain).hexdigest())

    def make(self, count, pattern="site{:06}.example"):
        """The names of `count` new lineages."""
        names = [pattern.format(number) for number in range(count)]
        for number, name in enumerate(names):
            archive, live = self.config / "archive" / name, self.config / "live" / name
            archive.mkdir(mode=0o700)
            live.mkdir(mode=0o700)
            if number < DISTINCT:
                self._new_files(name, archive)
            else:
                model = self.config / "archive" / names[number % DISTINCT]
                for kind in KINDS:
                    os.link(model / f"{kind}1.pem", archive / f"{kind}1.pem")
            for kind in KINDS:
                os.symlink(f"../../archive/{name}/{kind}1.pem", live / f"{kind}.pem")
            (self.config / "renewal" / f"{name}.conf").write_text(self._conf(name))
        return names


def only_account(config_dir):
    """(id, directory) of the one account there is."""
    found = list(Path(config_dir).glob("accounts/*/**/private_key.json"))
    assert len(found) == 1, found
    return found[0].parent.name, found[0].parent
