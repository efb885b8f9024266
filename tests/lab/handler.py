"""A handler program of the authenticator `external`, which records its calls."""

import json

PATH = ".well-known/acme-challenge"
NAMES = ("domain", "z_domain", "cert_path", "key_path", "port", "challenge", "token", "validation",
         "CERTBOT_DOMAIN", "CERTBOT_REMAINING_CHALLENGES")
HANDLER = """#!/usr/bin/python3
import json, os, pathlib, sys
root, what = pathlib.Path("%(root)s"), sys.argv[1]
found = {name: os.environ[name] for name in %(names)r if name in os.environ}
with open("%(root)s/calls", "a") as file:
    file.write(json.dumps([what, found]) + "\\n")
if what in %(refused)r:
    print("NotImplemented")
    sys.exit(3)
if what in %(failing)r:
    print("no luck", file=sys.stderr)
    sys.exit(4)
if what == "perform":
    (root / "%(path)s" / found["token"]).write_text(found["validation"])
if what == "cleanup":
    (root / "%(path)s" / found["token"]).unlink()
"""


class Handler:
    """A handler program and the directory that it serves and records its calls in."""

    def __init__(self, folder):
        self.root = folder
        self.path = folder / "handler.sh"
        (folder / PATH).mkdir(parents=True)
        self.write()

    def write(self, refused=(), failing=()):
        self.path.write_text(HANDLER % dict(root=self.root, path=PATH, names=NAMES, refused=refused,
                                            failing=failing))
        self.path.chmod(0o755)

    def calls(self):
        lines = (self.root / "calls").read_text().splitlines()
        return [tuple(json.loads(line)) for line in lines]
