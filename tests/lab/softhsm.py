"""A PKCS #11 token of software, with keys in it."""

import os
import subprocess
from pathlib import Path

from .process import require_program

PROVIDER = Path("/usr/lib/x86_64-linux-gnu/ossl-modules/pkcs11.so")
MODULE = "/usr/lib/softhsm/libsofthsm2.so"
PIN = "4711"


class SoftHsm:
    """`environment` is for programs that are to use it; the PIN is in `pin_file`."""

    def __init__(self, folder):
        self.folder = folder
        require_program(MODULE)
        (folder / "tokens").mkdir(parents=True)
        conf = folder / "softhsm2.conf"
        conf.write_text(f"directories.tokendir = {folder}/tokens\n")
        self.pin_file = folder / "pin"
        self.pin_file.write_text(PIN)
        self.environment = {"SOFTHSM2_CONF": str(conf), "PKCS11_PROVIDER_MODULE": MODULE}
        self._run("softhsm2-util", "--init-token", "--free", "--label", "web", "--pin", PIN,
                  "--so-pin", PIN)

    def _run(self, *argv):
        subprocess.run(argv, check=True, env={**os.environ, **self.environment},
                       capture_output=True)

    def make_key(self, name, kind, number=None):
        """kind: as pkcs11-tool calls it, EC:prime256v1 or rsa:2048. By the number a private key finds
        its public half."""
        self._run("pkcs11-tool", "--module", MODULE, "--login", "--pin", PIN, "--token-label",
                  "web", "--keypairgen", "--key-type", kind, "--label", name,
                  *(["--id", number] if number else []))

    def uri(self, name):
        return f"pkcs11:token=web;object={name};type=private?pin-source=file:{self.pin_file}"
