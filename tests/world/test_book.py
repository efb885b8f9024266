"""The book's commands, typed as printed, each on a machine of its own that has what the page takes for
granted. A command that is not typed here has its reason in ELSEWHERE, so that a new one needs either."""

import json
import re
import shlex
from pathlib import Path

import pytest

from .api import TWINS
from .client import EMAIL, TERMS, talk
from .test_providers import AWS

BOOK = Path(__file__).parent.parent.parent / "docs/book"
TYPED = re.compile(r"^ {4}(certbot .*)$")
# What no machine of the world can have, by a part of the command.
ELSEWHERE = {
    "acme.example.net": "a CA that is nobody's",
    "zerossl": "a CA that binds accounts",
    "-i nginx,copy": "an external plugin that is nobody's",
    "--external-handler": "a handler that the reader writes",
    "192.0.2.7": "an address that is nobody's",
    "certonly ... ": "abridged",
    "certonly --manual --preferred-challenges dns -d": "test_guide.py types it and makes the record",
    "-i exim": "a server that Debian's machine has not with Postfix",
    "-i proxmox": "a vendor's system",
    "-i pritunl": "a vendor's system",
    "-i plesk": "a vendor's system",
    "/var/www/vhosts": "a vendor's system",
    "--s3front": "a vendor's service",
    "-i heroku": "a vendor's service",
    "certbot import": "the files of another client; tests/scenario/540_import has those of real ones",
}
MANAGING = ("certificates", "delete", "log", "reconfigure", "renew", "revoke", "undo", "update_symlinks")
# By a part of the command, the first that fits.
ANSWERS = {
    "certbot delete": [("(Y)es/(N)o", "y")],
    "certbot unregister": [("(A)bort", "d")],
    "revoke --cert-path /srv": [],
    "certbot revoke": [("(N)o", "y"), ("(N)o", "y")],
    "reconfigure --cert-name example.com --deploy-hook": [("(D)o not", "d")],
    "-i nginx": [("blank", "2")],
    "--config-dir": [EMAIL, TERMS],
}
PLAIN = {
    "nginx": ("/etc/nginx/sites-enabled/{0}",
              "server {{\nlisten 80;\nlisten [::]:80;\nserver_name {1};\nroot {2};\n}}\n"),
    "apache2": ("/etc/apache2/sites-enabled/{0}.conf",
                "<VirtualHost *:80>\nServerName {0}\nServerAlias {1}\nDocumentRoot {2}\n</VirtualHost>\n"
                "<Directory {2}>\nRequire all granted\n</Directory>\n"),
}
HAPROXY = """defaults
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend web
    bind :::80 v4v6
    http-request return status 200
"""
FORWARD = """table inet front {{
    chain input {{
        type nat hook prerouting priority -100
        tcp dport 80 redirect to :{}
    }}
}}
"""
RECORD = """#!/bin/sh
nsupdate -y hmac-{key.algorithm}:{key.name}:{key.secret} <<END
server {server}
update {what} _acme-challenge.$CERTBOT_DOMAIN 1 TXT "$CERTBOT_VALIDATION"
send
END
"""


def examples():
    """(page, command) of each indented line that begins with the program's name, with the lines that a
    backslash or an open quote adds to it."""
    for path in sorted(BOOK.glob("*.md")):
        lines = iter(path.read_text().splitlines())
        for line in lines:
            match = TYPED.match(line)
            command = match and match[1]
            while command and (command.endswith("\\") or command.count("'") % 2):
                command += "\n" + next(lines)[4:]
            if command:
                yield path.stem, command


def typed():
    return [pytest.param(command, id=f"{page}: {' '.join(command.split())[:70]}")
            for page, command in examples() if not any(part in command for part in ELSEWHERE)]


class Wanted:
    """What a command takes for granted, read off its words."""

    def __init__(self, command):
        self.words = shlex.split(command.replace("\\\n", " "))
        self.verb = next((word for word in self.words[1:] if not word.startswith("-")), "")
        self.name = self.after("--cert-name", ["example.com"])[0]
        self.roots = {}  # directory -> names
        root = "/var/www/html"
        for option, value in zip(self.words, self.words[1:]):
            root = value.replace("~", "/root") if option == "-w" else root
            if option in ("-d", "-w"):
                self.roots.setdefault(root, []).extend([value] if option == "-d" else [])
            if option == "--webroot-map":
                self.roots = {root: names.split(",") for names, root in json.loads(value).items()}

    def after(self, option, default):
        return [value for word, value in zip(self.words, self.words[1:]) if word == option] or default

    def server(self):
        """The web server that is to run, or None."""
        if "--apache" in self.words or "apache" in self.words:
            return "apache2"
        needed = {"--nginx", "nginx", "-w", "--webroot-map"} & set(self.words)
        return "nginx" if needed else None


def obtain(client, wanted):
    names = sorted({wanted.name, f"www.{wanted.name}".replace("www.www.", "www.")})
    client.type(f"certbot certonly -n --standalone --cert-name {wanted.name} -d " + " -d ".join(names))
    folder = f"/etc/letsencrypt/archive/{wanted.name}"
    client.run("sh", "-ec", f"cp {folder}/cert1.pem /srv/found.pem; cp {folder}/privkey1.pem /srv/found.key")


def serve(client, server, roots):
    for number, (root, names) in enumerate(roots.items()):
        client.path(root).mkdir(parents=True, exist_ok=True)
        path, text = PLAIN[server]
        names = names or ["example.com", "www.example.com"]
        client.write(path.format(f"site{number}" if server == "nginx" else names[0]),
                     text.format(names[0], " ".join(names), root))
    client.run("chmod", "go+x", "/root")  # for ~/public_html
    client.run("service", server, "start")


def prepare(client, world, command, wanted):
    client.path("/srv").mkdir(exist_ok=True)
    if "systemctl" in command:
        client.write("/usr/local/bin/systemctl", "#!/bin/sh\n", mode=0o755)
    client.write("/etc/letsencrypt/night.ini", "renew-hook = true\n")
    client.path("/etc/haproxy/certs").mkdir(parents=True, exist_ok=True)
    if wanted.verb != "register":
        client.type("certbot register -n --agree-tos -m first@example.com")
    if wanted.verb in MANAGING:
        obtain(client, wanted)
    if wanted.verb == "undo":
        client.type("certbot renew --force-renewal")
    if wanted.server():
        serve(client, wanted.server(), wanted.roots)
    if "--stateless" in wanted.words:
        client.type("certbot fleet snippet nginx >/etc/nginx/snippets/acme.conf")
        client.write("/etc/nginx/sites-enabled/site",
                     "server {\nlisten 80;\nlisten [::]:80;\nserver_name www.example.com;\ninclude snippets/acme.conf;\n}\n")
        client.run("service", "nginx", "start")
    if "--haproxy" in wanted.words:
        client.write("/etc/haproxy/haproxy.cfg", HAPROXY)
        client.run("haproxy", "-W", "-D", "-p", "/run/haproxy.pid", "-f", "/etc/haproxy/haproxy.cfg")
    if "--varnish" in wanted.words:
        client.run("varnishd", "-a", ":80", "-f", "/etc/varnish/default.vcl")
    for port in wanted.after("--http-01-port", []):
        client.run("nft", "-f", "-", input=FORWARD.format(port))
    for path, what in (("add-record", "add"), ("remove-record", "delete")):
        client.write(f"/usr/local/bin/{path}", RECORD.format(
            key=world.dns.bind.keys[0], server=world.dns.machine.address, what=what), mode=0o755)
    for kind in TWINS:
        if f"--dns-{kind.name}" in wanted.words or f"dns-{kind.name}" in wanted.words:
            written = world.providers.stand_in(kind, ["example.com"]).write_credentials(client.path("/root"))
            client.write("/root/.aws/credentials", AWS, mode=0o600)
            for path in wanted.after(f"--dns-{kind.name}-credentials", []):
                client.write(path.replace("~", "/root"), written.read_text(), mode=0o600)


@pytest.mark.parametrize("command", typed())
def test_command_of_the_book(client, world, command):
    command = command.replace("NAME", "example.com")
    wanted = Wanted(command)
    prepare(client, world, command, wanted)
    talk(client, command, *next((answers for part, answers in ANSWERS.items() if part in command), []))
    if wanted.verb in ("certonly", "run") and "--dry-run" not in wanted.words:
        folder = wanted.after("--config-dir", ["/etc/letsencrypt"])[0].replace("~", "/root")
        assert list(client.path(f"{folder}/renewal").glob("*.conf"))


def test_every_reason_is_needed():
    for part in ELSEWHERE:
        assert any(part in command for _, command in examples()), f"no command of the book has '{part}'"
