"""Installation into nginx compared with Debian's certbot with python3-certbot-nginx: on the same
configuration both choose the same blocks, serve the same names with the same certificate, and leave
equivalent directives. nginx itself says that both results are right.

Where we differ on purpose is in DIFFERENCES, each with its reason and what must agree all the same.
The order of blocks does not count: we put a new block below the one that it came from, where Certbot
appends it to the file and so may change which block is the default of a socket.
"""

import datetime
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from nginx_cases import CASES

OURS = Path(os.environ.get("CERTBOT_BIN", Path(__file__).parents[2] / "build/src/cli/certbot"))
THEIRS = Path("/usr/bin/certbot")
NGINX = "/usr/sbin/nginx"

MAIN = """pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/tmp;
    proxy_temp_path {folder}/tmp;
    fastcgi_temp_path {folder}/tmp;
    uwsgi_temp_path {folder}/tmp;
    scgi_temp_path {folder}/tmp;
    include conf.d/*.conf;
}}
"""
# Nobody reloads or starts anything here.
CONTROL = """#!/bin/sh
for word in "$@"; do case "$word" in -t|-T|-V) exec /usr/sbin/nginx "$@";; esac; done
"""


def redirects_alone(server):
    """Of a block that redirects: its names, sockets and redirects."""
    kept = [text for text in server.rest if "return 301 https://$host" in text]
    return (server.names, server.listens, kept or server.rest)


def without_redirects(server):
    return (server.names, server.listens,
            [text for text in server.rest if not text.startswith("if ($host = ")])


def redirects_without_sockets(server):
    names, _, rest = redirects_alone(server)
    return (names, rest)


def redirects_without_names(server):
    return redirects_alone(server)[1:]


OTHER_NAMES = ("other names of the block go on being served", redirects_alone)
DEFAULT = ("what the default of a socket served goes on being served", redirects_alone)
DIFFERENCES = {
    **dict.fromkeys((
        "plain", "two-blocks", "both-families", "ipv6-only", "two-names", "no-listen",
        "default-server-option", "tls-and-plain-in-one", "tls-elsewhere", "ipv6-tls-elsewhere",
        "same-options-in-block", "several-files", "included-parts", "map-and-if"), DEFAULT),
    "one-of-two-names": OTHER_NAMES,
    "leading-wildcard": OTHER_NAMES,
    "dot-name": OTHER_NAMES,
    "trailing-wildcard": OTHER_NAMES,
    "regex": OTHER_NAMES,
    "longest-wildcard": OTHER_NAMES,
    "quoted-and-commented": OTHER_NAMES,
    "addresses": ("addresses are kept, as later versions of Certbot do",
                  redirects_without_sockets),
    "hand-written-redirect": ("a redirect that is there is enough", without_redirects),
    "names-by-include": ("the redirecting block has the names too", redirects_without_names),
}


@pytest.fixture(scope="session")
def pems(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pems")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a.test")])
    names = ["a.test", "b.test", "www.a.test", "x.a.test"]
    now = datetime.datetime.utcnow()
    cert = (x509.CertificateBuilder().subject_name(name).issuer_name(name)
            .public_key(key.public_key()).serial_number(1).not_valid_before(now)
            .not_valid_after(now + datetime.timedelta(days=9))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), False)
            .sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    for kind in ("cert", "chain", "fullchain", "old"):
        (folder / f"{kind}.pem").write_bytes(cert)
    for kind in ("privkey", "oldkey"):
        (folder / f"{kind}.pem").write_bytes(key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))
    return folder


class Side:
    """One program with a server root of its own."""

    def __init__(self, program, folder, files, pems):
        self.program, self.folder, self.pems = program, folder, pems
        self.root = folder / "etc"
        (folder / "tmp").mkdir(parents=True)
        (self.root / "conf.d").mkdir(parents=True)
        (self.root / "nginx.conf").write_text(MAIN.format(folder=folder))
        for path, text in files.items():
            (self.root / path).parent.mkdir(exist_ok=True)
            (self.root / path).write_text(text.replace("{oldkey}", str(pems / "oldkey.pem"))
                                          .replace("{old}", str(pems / "old.pem")))
        self.control = folder / "nginx"
        self.control.write_text(CONTROL)
        self.control.chmod(0o755)

    def install(self, names, *options):
        argv = [self.program, "install", "-n", "--nginx", "--nginx-server-root", self.root,
                "--nginx-ctl", self.control, "--nginx-sleep-seconds", "0",
                "--cert-path", self.pems / "cert.pem", "--key-path", self.pems / "privkey.pem",
                "--fullchain-path", self.pems / "fullchain.pem",
                "--chain-path", self.pems / "chain.pem",
                "--config-dir", self.folder / "config", "--work-dir", self.folder / "work",
                "--logs-dir", self.folder / "logs", *options]
        for name in names:
            argv += ["-d", name]
        return subprocess.run([str(arg) for arg in argv], capture_output=True, text=True,
                              timeout=120)

    def dump(self):
        """nginx -T: proves that nginx takes it, and gives the files in one text."""
        done = subprocess.run([NGINX, "-T", "-c", self.root / "nginx.conf"], capture_output=True,
                              text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def servers(self):
        tree, place = parse(self.expanded(self.root / "nginx.conf")), str(self.folder)
        http = next(body for words, body in tree if words == ["http"])
        return [Server(body, place) for words, body in http if words == ["server"]]

    def expanded(self, path):
        """The file's text with its includes put in, but for the TLS options, which are compared
        as one directive."""
        def include(match):
            pattern = match.group(1)
            if pattern.startswith("/"):
                return match.group(0)
            return "\n".join(self.expanded(found) for found in sorted(self.root.glob(pattern)))
        text = re.sub(r"(?m)#.*$", "", Path(path).read_text())
        return re.sub(r"\binclude\s+([^;]+);", include, text)


TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|[{};]|(?:\$\{|[^\s{};])+')


def parse(text):
    """Directives as (words, body or None)."""
    stack, words = [[]], []
    for token in TOKEN.findall(text):
        if token == ";":
            stack[-1].append((words, None))
            words = []
        elif token == "{":
            body = []
            stack[-1].append((words, body))
            stack.append(body)
            words = []
        elif token == "}":
            stack.pop()
        else:
            words.append(token.strip("\"'"))
    assert len(stack) == 1 and not words
    return stack[0]


def flatten(directives, place):
    """A body as a sorted list of texts, paths of the side made neutral."""
    return sorted((" ".join(words) + ("" if body is None else
                                      " { " + " ".join(flatten(body, place)) + " }"))
                  .replace(place, "SIDE") for words, body in directives)


class Server:
    """A server block in a form in which two can be compared."""

    def __init__(self, body, place):
        self.names = sorted(word for words, _ in body if words[0] == "server_name"
                            for word in words[1:])
        self.listens = sorted(" ".join(words[1:]) for words, _ in body if words[0] == "listen")
        self.rest = flatten([item for item in body
                             if item[0][0] not in ("server_name", "listen")], place)

    def __repr__(self):
        return f"\n  names {self.names}\n  listens {self.listens}\n  " + "\n  ".join(self.rest)


def files_of(case):
    text = case[1]
    return text if isinstance(text, dict) else {"conf.d/site.conf": text}


@pytest.mark.parametrize("name", CASES)
def test_same_result(name, tmp_path, pems):
    names, options = CASES[name][0], CASES[name][2:]
    sides = [Side(program, tmp_path / side, files_of(CASES[name]), pems)
             for side, program in (("theirs", THEIRS), ("ours", OURS))]
    results = [side.install(names, *options) for side in sides]
    assert (results[0].returncode == 0) == (results[1].returncode == 0), results
    for side in sides:
        side.dump()
    theirs, ours = (side.servers() for side in sides)
    view = repr
    if name in DIFFERENCES:
        reason, view = DIFFERENCES[name]
        assert sorted(map(repr, ours)) != sorted(map(repr, theirs)), f"no longer: {reason}"
    assert sorted(map(view, ours)) == sorted(map(view, theirs)), f"ours:{ours}\ntheirs:{theirs}"
    shutil.rmtree(tmp_path)
