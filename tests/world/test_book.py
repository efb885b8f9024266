"""The book's commands, typed as printed, each on a machine of its own that has what the page takes for
granted. A command that is not typed here has its reason in ELSEWHERE, so that a new one needs either."""

import json
import re
import shlex
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from lab.heroku import TOKEN as HEROKU_TOKEN
from lab.heroku import Heroku
from lab.other_clients import AcmeSh
from lab.pritunl import DOUBLE as PRITUNL

from .api import TWINS
from .authority import BINDING, PRODUCTION
from .client import EMAIL, TERMS, talk
from .test_providers import AWS

ROOT = Path(__file__).parent.parent.parent
BOOK, CONTRIB = ROOT / "docs/book", ROOT / "contrib/plugins"
TYPED = re.compile(r"^ {4}(certbot .*)$")
# What no machine of the world can have, by a part of the command.
ELSEWHERE = {
    "certonly ... ": "abridged",
    "certonly --manual --preferred-challenges dns -d": "test_guide.py types it and makes the record",
    "-i exim": "a server that Debian's machine has not with Postfix",
    "--renew-csr": "test_keys_and_requests.py makes the CSR and types it",
    "--dane": "test_dane.py types it, with BIND",
    "certbot dane ": "test_dane.py types it, with BIND",
    "--key-uri": "240_key_tokens/test_tpm.py types it, with a TPM of software",
    "-i plesk": "a vendor's system",
    "--s3front": "a vendor's service",
    "--notify smtp:": "test_notify.py types it",
    "--metrics /var/lib/prometheus": "the directory of node_exporter, which no machine of the world has",
}
MANAGING = ("certificates", "delete", "log", "reconfigure", "renew", "revoke", "status", "undo",
            "update_symlinks")
# By a part of the command, the first that fits.
ANSWERS = {
    "certbot delete": [("(Y)es/(N)o", "y")],
    "certbot unregister": [("(A)bort", "d")],
    "revoke --cert-path /srv": [],
    "certbot revoke": [("(N)o", "y"), ("(N)o", "y")],
    "reconfigure --cert-name example.com --deploy-hook": [("(D)o not", "d")],
    "-i nginx,copy": [],
    "-i nginx": [("blank", "2")],
    "--config-dir": [EMAIL, TERMS],
    "update_account --agree-tos": [EMAIL],
}
# A handler of the kind that the page describes, for http-01.
HANDLER = """#!/bin/sh
file=/var/www/html/.well-known/acme-challenge/$token
case $1 in
perform) mkdir -p "${file%/*}" && printf %s "$validation" >"$file" ;;
cleanup) rm "$file" ;;
*) echo NotImplemented; exit 1 ;;
esac
"""
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


def is_already_used_by(client, other):
    """Another client has a certificate of example.com, and the account that obtained it."""
    names = {"-d": "example.com", "-m": EMAIL[1]}
    if other == "lego":
        client.run("lego", "--accept-tos", "--path", "/root/.lego", "-d", names["-d"], "--email", names["-m"],
                   "--http", "run")
    if other == "dehydrated":
        serve(client, "nginx", {"/var/www/html": [names["-d"]]})
        well_known = "/var/www/html/.well-known/acme-challenge"
        client.path(well_known).mkdir(parents=True, exist_ok=True)
        client.path("/etc/dehydrated").mkdir(exist_ok=True)
        client.write("/etc/dehydrated/config", f'BASEDIR=/etc/dehydrated\nWELLKNOWN="{well_known}"\n')
        client.write("/etc/dehydrated/domains.txt", f"{names['-d']}\n")
        client.run("dehydrated", "--register", "--accept-terms", "--config", "/etc/dehydrated/config")
        client.run("dehydrated", "--cron", "--config", "/etc/dehydrated/config")
    if other == "acme.sh":  # no package has it, so it is written as it would
        client.type("certbot certonly -n --standalone --agree-tos --config-dir /srv/theirs"
                    f" -m {names['-m']} -d {names['-d']}")
        theirs = AcmeSh(client.path("/root/.acme.sh"), SimpleNamespace(config_dir=client.path("/srv/theirs")),
                        SimpleNamespace(directory=f"https://{PRODUCTION}/directory"))
        theirs.add(names["-d"], [names["-d"]], Le_Webroot="/var/www/html")


def install_plugin(client, name):
    """A sample of this tree, found in PATH, with its options where every run finds them."""
    client.path("/etc/server/certs").mkdir(parents=True)
    client.write("/etc/letsencrypt/cli.ini", f"{name}-dir = /etc/server/certs\n")
    shutil.copy(CONTRIB / f"certbot-plugin-{name}", client.path("/usr/local/bin"))


def install_vendor(client, words):
    if "proxmox" in words:
        for path in ("/etc/pve/local", "/run/systemd/system"):
            client.path(path).mkdir(parents=True, exist_ok=True)
        for program in ("systemctl", "pvenode"):
            client.write(f"/usr/local/bin/{program}", "#!/bin/sh\n", mode=0o755)
        client.write("/etc/pve/local/pve-ssl.pem", "the cluster's")
    if "pritunl" in words:
        client.write("/etc/pritunl.conf", "{}")
        client.write("/usr/local/bin/pritunl", "#!/bin/sh\ncd /srv\n" + PRITUNL, mode=0o755)


def prepare(client, world, command, wanted):
    client.path("/srv").mkdir(exist_ok=True)
    if wanted.verb == "import":
        is_already_used_by(client, wanted.words[2])
    if "--external-handler" in wanted.words:
        serve(client, "nginx", {"/var/www/html": ["example.com"]})
        client.write(wanted.after("--external-handler", [])[0], HANDLER, mode=0o755)
    for address in wanted.after("--ip-address", []):
        client.run("ip", "address", "add", f"{address}/24", "dev", "eth0")
    if "nginx,copy" in wanted.words:
        install_plugin(client, "copy")
    install_vendor(client, wanted.words)
    if "systemctl" in command:
        client.write("/usr/local/bin/systemctl", "#!/bin/sh\n", mode=0o755)
    client.write("/etc/letsencrypt/night.ini", "renew-hook = true\n")
    if "--output" in wanted.words:  # the page says that the directory must exist
        client.path("/etc/haproxy/certs").mkdir(parents=True, exist_ok=True)
    if wanted.verb not in ("register", "import"):
        servers = "".join(f" --server {url}" for url in wanted.after("--server", []))
        client.type(f"certbot register -n --agree-tos -m first@example.com{servers}")
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
    if "heroku" in wanted.words:
        world.providers.stand_in_for_heroku(Heroku(my_app=["*.example.com"]))
        client.write("/root/.netrc", f"machine api.heroku.com login x password {HEROKU_TOKEN}\n", mode=0o600)


@pytest.mark.parametrize("command", typed())
def test_command_of_the_book(client, world, command):
    command = command.replace("NAME", "example.com").replace("hmac-key KEY", f"hmac-key {BINDING['KID']}")
    wanted = Wanted(command)
    prepare(client, world, command, wanted)
    talk(client, command, *next((answers for part, answers in ANSWERS.items() if part in command), []))
    if wanted.verb in ("certonly", "run") and "--dry-run" not in wanted.words:
        folder = wanted.after("--config-dir", ["/etc/letsencrypt"])[0].replace("~", "/root")
        assert list(client.path(f"{folder}/renewal").glob("*.conf"))
    if wanted.verb == "import":
        assert client.lineage_names() == ([] if "--dry-run" in wanted.words else ["example.com"])


def test_every_reason_is_needed():
    for part in ELSEWHERE:
        assert any(part in command for _, command in examples()), f"no command of the book has '{part}'"
