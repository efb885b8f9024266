"""Mail servers with configurations and ports of their own, and what a client sees of them."""

import os
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
from pathlib import Path

from cryptography import x509

from .due import plant
from .process import Child, LabError, Part, free_port, require_program

HOST = "mail.lab.test"
# Up to the line after which TLS begins: what the client says and how the good answer begins.
STARTTLS = {
    "smtp": [(None, b"220"), (b"EHLO client.lab.test\r\n", b"250 "), (b"STARTTLS\r\n", b"220")],
    "imap": [(None, b"* OK"), (b"a STARTTLS\r\n", b"a OK")],
    "pop3": [(None, b"+OK"), (b"STLS\r\n", b"+OK")],
}


def shown_leaf(port, name=None, protocol=None, address="127.0.0.1"):
    """The certificate that a client gets which asks for `name` (None: for none)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection((address, port), timeout=10) as plain:
        with plain.makefile("rb") as lines:
            for words, answer in STARTTLS.get(protocol, ()):
                if words:
                    plain.sendall(words)
                while not (line := lines.readline()).startswith(answer):
                    if not line:
                        raise LabError(f"port {port} closed before {answer}")
        with context.wrap_socket(plain, server_hostname=name) as tls:
            return x509.load_der_x509_certificate(tls.getpeercert(True))


class MailServer(Part):
    """What the servers have in common: a folder that their users get into, and ports by service."""

    program = ""
    services = {}  # name: protocol of its STARTTLS, or None for TLS from the first byte
    address = "127.0.0.1"
    further = ""  # the file in which our plugin says which name gets which certificate

    def __init__(self):
        require_program(self.program)
        self.folder = Path(tempfile.mkdtemp(prefix="mail-"))
        self.folder.chmod(0o755)
        self.root = self.folder / "etc"
        self.root.mkdir()
        self.ports = {service: free_port() for service in self.services}

    def stop(self):
        super().stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def stop_server(self):
        self.child.stop()

    def files(self):
        """What its configuration is made of. The copies of certificates are not."""
        return {path.relative_to(self.root): path.read_bytes() for path in self.root.rglob("*")
                if path.is_file() and path.suffix != ".pem" and path.name != ".certbot.lock"}

    def leaf(self, service, name=None):
        return shown_leaf(self.ports[service], name, self.services[service], self.address)

    def shows(self, leaf, name=None):
        """Whether each of its ports shows a certificate to a client that asks for `name`."""
        return all(self.leaf(service, name) == leaf for service in self.services)

    def install(self, certbot, *names, options=(), **run_options):
        """certbot run: one certificate for the names, by another authenticator."""
        return certbot.run("run", "-n", "-a", "standalone", "--http-01-port", certbot.ca.http_port,
                           *self.options(), *(word for name in names for word in ("-d", name)),
                           *options, **run_options)

    def install_many(self, certbot, names):
        """One certificate for each name, all of them due. Only that for the host's name and that for
        one more were installed; the others are written down as the latter was."""
        model = "model.lab.test"
        for name in (HOST, model):
            self.install(certbot, name)
        plant(certbot, model, names)
        text = (self.root / self.further).read_text()
        with (self.root / self.further).open("a") as further:
            further.writelines(text.replace(model, name) for name in names)

    def own_pair(self, name="own"):
        """A self-signed certificate and its key, as an administrator may have them."""
        cert, key = self.root / f"{name}.crt", self.root / f"{name}.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-days", "9",
                        "-keyout", key, "-out", cert], check=True, capture_output=True)
        return cert, key

    def wrapper(self, program):
        """A program that notes each call in <program>.log and does what the real one does."""
        path = self.folder / program
        path.write_text(f"#!/bin/sh\necho \"$*\" >> {path}.log\nexec {shutil.which(program)} \"$@\"\n")
        path.chmod(0o755)
        return path

    def calls(self, program, word):
        """How often a call of the wrapper ended in that word."""
        log = self.folder / f"{program}.log"
        lines = log.read_text().splitlines() if log.exists() else []
        return sum(line.split()[-1] == word for line in lines)


POSTFIX_MAIN = """# The administrator's.
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
myhostname = mail.lab.test
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
maillog_file = {folder}/mail.log
maillog_file_prefixes = /tmp, /var
mydestination =
    # nothing
    localhost
smtpd_tls_cert_file={cert}
smtpd_tls_key_file={key}
smtpd_tls_security_level=may
"""
POSTFIX_MASTER = """{smtp} inet n - n - - smtpd
{submission} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
proxymap unix - - n - - proxymap
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
anvil unix - - n - 1 anvil
smtp unix - - n - - smtp
"""


DOVECOT_MAIN = """# The administrator's.
protocols = imap pop3
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/mail.log
mail_location = maildir:~/mail
passdb {{
  driver = static
}}
!include conf.d/*.conf
!include_try local.conf
"""
DOVECOT_CONF_D = {
    "10-master.conf": """service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
""",
    "10-ssl.conf": """##
## SSL settings
##
ssl = yes

# Preferred permissions: root:root 0444
ssl_cert = <{cert}
ssl_key = <{key} # of the administrator
  # ssl_alt_cert =
ssl_min_protocol = TLSv1.2
""",
}


# What 2.4 wants to be written in another way.
DOVECOT_24 = (
    ("# The administrator's.\n", "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n"),
    ("mail_location = maildir:(.*)", r"mail_driver = maildir\nmail_path = \1"),
    ("passdb {\n  driver = static", "passdb static {"),
    (r"ssl_(alt_)?(cert|key|ca)\b", r"ssl_server_\1\2_file"),
    (r"(ssl_server_\w+ =) <", r"\1 "),
)


class Dovecot(MailServer):
    """Debian's Dovecot, for mail.lab.test, with a self-signed certificate."""

    program = "/usr/sbin/dovecot"
    services = {"imap": "imap", "imaps": None, "pop3": "pop3", "pop3s": None}
    further = "conf.d/zz-certbot.conf"

    def __init__(self):
        super().__init__()
        version = subprocess.run([self.program, "--version"], capture_output=True, text=True).stdout
        self.is_24 = tuple(map(int, re.findall(r"\d+", version)[:2])) >= (2, 4)

    def form(self, text):
        """A text in the form of 2.3, as the installed version wants it."""
        for old, new in DOVECOT_24 if self.is_24 else ():
            text = re.sub(old, new, text)
        return text

    def start(self):
        cert, key = self.own_pair()
        self.main = self.root / "dovecot.conf"
        self.main.write_text(self.form(DOVECOT_MAIN.format(folder=self.folder)
                                       + "hostname = mail.lab.test\n"))
        self.conf_d = self.root / "conf.d"
        self.conf_d.mkdir()
        for name, text in DOVECOT_CONF_D.items():
            (self.conf_d / name).write_text(self.form(text.format(cert=cert, key=key, **self.ports)))
        self.ctl = self.wrapper("doveadm")
        return self.start_server()

    def start_server(self):
        # Now and then it starts none of its services when the sockets of a killed one are there.
        shutil.rmtree(self.folder / "run", ignore_errors=True)
        self.child = Child([self.program, "-F", "-c", self.main], self.folder / "out")
        for port in self.ports.values():
            self.child.await_port(port)
        return self

    def stop_server(self):
        self.child.process.kill()  # it would wait for its clients
        self.child.stop()

    def stop(self):
        if self.child:
            self.stop_server()
        super().stop()

    def test(self):
        """Whether it would start; raises if not."""
        subprocess.run(["doveconf", "-c", self.main, "-x"], check=True, capture_output=True)

    def options(self):
        return ["--dovecot", "--dovecot-ctl", self.ctl, "--dovecot-config-dir", self.root]

    def reloads(self):
        return self.calls("doveadm", "reload")


EXIM = Path(os.environ.get("EXIM_DIR", Path(__file__).parents[2] / "build/lab/exim"))
# Exim is not installed (its package and Postfix's exclude each other), so each of its programs runs
# where its package is laid over the machine's files, and the test's folders are where it has its own.
EXIM_WRAPPER = """#!/bin/sh
echo "$*" >> {path}.log
exec unshare --mount /bin/sh -ec '
for part in usr etc var; do
    mount -t overlay -o ro,lowerdir={folder}/over/$part:{package}/$part:/$part overlay /$part
done
mount --bind {folder}/etc /etc/exim4
mount --bind {folder}/lib /var/lib/exim4
mount --bind {folder}/spool /var/spool/exim4
mount --bind {folder}/log /var/log/exim4
exec "$0" "$@"' /usr/sbin/{program} "$@"
"""
EXIM_DEBIAN = """# Asked by debconf.
dc_eximconfig_configtype='local'
dc_other_hostnames=''
dc_local_interfaces='127.0.0.1'
dc_readhost=''
dc_relay_domains=''
dc_minimaldns='false'
dc_relay_nets=''
dc_smarthost=''
CFILEMODE='644'
dc_use_split_config={is_split}
dc_hide_mailname=''
dc_mailname_in_oh='true'
dc_localdelivery='mail_spool'
"""
EXIM_LOCAL = """daemon_smtp_ports = {smtp} : {submission} : {smtps}
tls_on_connect_ports = {smtps}
pid_file_path = {folder}/exim.pid
"""
EXIM_PLAIN = """# The administrator's.
primary_hostname = mail.lab.test
local_interfaces = 127.0.0.1
tls_certificate = {cert}
  hide tls_privatekey = \\
    {key}
acl_smtp_rcpt = deny

begin acl

deny:
  deny
"""


class Exim(MailServer):
    """Debian's Exim, for mail.lab.test: "split" and "monolithic" as Debian sets it up, without TLS;
    "plain", one file, with a self-signed certificate."""

    program = EXIM / "usr/sbin/exim4"
    services = {"smtp": "smtp", "submission": "smtp", "smtps": None}
    further = "certbot-sni"

    def __init__(self, layout):
        super().__init__()
        self.layout = layout

    def start(self):
        for name in ("lib", "spool", "log"):
            (self.folder / name).mkdir()
            shutil.chown(self.folder / name, "Debian-exim", "Debian-exim")
        for part in ("usr", "etc", "var/log/exim4", "var/spool/exim4", "var/lib/exim4"):
            (self.folder / "over" / part).mkdir(parents=True)
        (self.folder / "over/etc/mailname").write_text("mail.lab.test\n")
        self._configure(EXIM_LOCAL.format(folder=self.folder, **self.ports))
        self.ctl, self.update = self.wrapper("exim4"), self.wrapper("update-exim4.conf")
        return self.start_server()

    def _configure(self, local):
        if self.layout == "plain":
            cert, key = self.own_pair()
            shutil.chown(key, group="Debian-exim")
            key.chmod(0o640)
            (self.root / "exim4.conf").write_text(local + EXIM_PLAIN.format(cert=cert, key=key))
            return
        shutil.copytree(EXIM / "etc/exim4", self.root, dirs_exist_ok=True)
        is_split = self.layout == "split"
        (self.root / "update-exim4.conf.conf").write_text(
            EXIM_DEBIAN.format(is_split='"true"' if is_split else "'false'"))
        name = "conf.d/main/00_localmacros" if is_split else "exim4.conf.localmacros"
        (self.root / name).write_text("MAIN_HARDCODE_PRIMARY_HOSTNAME = mail.lab.test\n"
                                      f"MAIN_HOST_LOOKUP = 192.0.2.1\n{local}")

    def wrapper(self, program):
        path = self.folder / program
        path.write_text(EXIM_WRAPPER.format(path=path, folder=self.folder, package=EXIM,
                                            program=program))
        path.chmod(0o755)
        return path

    def start_server(self):
        if self.layout != "plain":
            subprocess.run([self.update], check=True, capture_output=True)
        self.child = Child([self.ctl, "-bdf", "-oP", self.folder / "exim.pid"], self.folder / "out")
        for port in self.ports.values():
            self.child.await_port(port)
        return self

    def options(self):
        return ["--exim", "--exim-ctl", self.ctl, "--exim-update", self.update,
                "--exim-config-dir", self.root]

    def reloads(self):
        """How often Debian's configuration was put together, once for each reload."""
        log = self.folder / "update-exim4.conf.log"
        return log.read_text().count("\n") if log.exists() else 0

    def test(self):
        """Whether it would start; raises if not."""
        command = [self.ctl, "-bV"] if self.layout == "plain" else [self.update, "--check"]
        subprocess.run(command, check=True, capture_output=True)


class Postfix(MailServer):
    """Debian's Postfix, for mail.lab.test, with a self-signed certificate."""

    program = "/usr/sbin/postfix"
    services = {"smtp": "smtp", "submission": "smtp"}
    further = "certbot_sni"

    def start(self):
        (self.folder / "queue").mkdir()
        (self.folder / "data").mkdir()
        shutil.chown(self.folder / "data", "postfix")
        cert, key = self.own_pair()
        self.main = self.root / "main.cf"
        self.main.write_text(POSTFIX_MAIN.format(folder=self.folder, cert=cert, key=key))
        (self.root / "master.cf").write_text(POSTFIX_MASTER.format(**self.ports))
        self.ctl = self.wrapper("postfix")
        return self.start_server()

    def start_server(self):
        self.child = Child([self.program, "-c", self.root, "start-fg"], self.folder / "out")
        for port in self.ports.values():
            self.child.await_port(port, self.address)
        return self

    def stop_server(self):
        if self.child.running():
            subprocess.run([self.program, "-c", self.root, "stop"], capture_output=True)
        super().stop_server()

    def stop(self):
        if self.child:
            self.stop_server()
        super().stop()

    def test(self):
        """Whether it would start; raises if not."""
        subprocess.run([self.program, "-c", self.root, "check"], check=True, capture_output=True)

    def options(self):
        return ["--postfix", "--postfix-ctl", self.ctl, "--postfix-config-dir", self.root]

    def reloads(self):
        return self.calls("postfix", "reload")
