"""Apache httpd from Debian's package, with a server root laid out as Debian lays it out, but the
lab's own: modules and sites are enabled by links, a2enmod and apache2ctl work on it."""

import http.client
import os
import shutil
import socket
import ssl
from pathlib import Path

from cryptography import x509

from .certbot import execute
from .process import Child, Part, free_port, start_with_ports, wait_for

HTTPD = "/usr/sbin/apache2"
MODULES = Path("/usr/lib/apache2/modules")
# What a fresh Debian enables, as far as it matters here.
ENABLED = ("access_compat", "alias", "auth_basic", "authn_core", "authn_file", "authz_core",
           "authz_host", "authz_user", "autoindex", "dir", "env", "filter", "mime", "mpm_event",
           "negotiation", "setenvif", "status")
# As the package's .load files declare them to a2enmod.
DEPENDS = {"ssl": "setenvif mime socache_shmcb", "proxy_http": "proxy", "authz_user": "authz_core",
           "auth_basic": "authn_core", "authn_file": "authn_core", "negotiation": "mime"}

MAIN = """\
DefaultRuntimeDir ${APACHE_RUN_DIR}
PidFile ${APACHE_PID_FILE}
Timeout 300
KeepAlive Off
User ${APACHE_RUN_USER}
Group ${APACHE_RUN_GROUP}
ServerName lab.example
HostnameLookups Off
ErrorLog ${APACHE_LOG_DIR}/error.log
LogLevel warn
IncludeOptional mods-enabled/*.load
IncludeOptional mods-enabled/*.conf
Include ports.conf
<Directory />
    Options FollowSymLinks
    AllowOverride None
    Require all denied
</Directory>
<Directory ROOT/www>
    Options Indexes FollowSymLinks
    AllowOverride None
    Require all granted
</Directory>
AccessFileName .htaccess
IncludeOptional conf-enabled/*.conf
IncludeOptional sites-enabled/*.conf
"""

PORTS = """\
Listen {http}

<IfModule ssl_module>
</IfModule>
"""

ENVVARS = """\
export APACHE_RUN_USER=www-data
export APACHE_RUN_GROUP=www-data
export APACHE_PID_FILE={root}/run/apache2.pid
export APACHE_RUN_DIR={root}/run
export APACHE_LOCK_DIR={root}/lock
export APACHE_LOG_DIR={root}/log
export APACHE_STATE_DIRECTORY={root}/state
"""


class Reply:
    """An answer to a request: status, headers, body as text."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body


class Apache(Part):
    """The server, in a folder that its user (www-data) may enter. `http_port` is where the CA looks;
    give it the CA's port."""

    def __init__(self, folder, http_port=None, https_port=None):
        self.folder = Path(folder)
        self.root = self.folder / "apache2"
        self.http_port = http_port
        self.https_port = https_port

    # --- files ---

    def lay_out(self):
        """Writes the configuration without starting anything."""
        self.http_port = self.http_port or free_port()
        self.https_port = self.https_port or free_port()
        for name in ("mods-available", "mods-enabled", "sites-available", "sites-enabled",
                     "conf-available", "conf-enabled", "run", "lock", "log", "state", "www"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        (self.root / "apache2.conf").write_text(MAIN.replace("ROOT", str(self.root)))
        (self.root / "ports.conf").write_text(PORTS.format(http=self.http_port))
        (self.root / "envvars").write_text(ENVVARS.format(root=self.root))
        (self.root / "www" / "index.html").write_text("the site\n")
        shutil.copy("/etc/mime.types", self.root / "mime.types") \
            if Path("/etc/mime.types").exists() else (self.root / "mime.types").write_text("")
        for path in MODULES.glob("mod_*.so"):
            name = path.stem[4:]
            needs = f"# Depends: {DEPENDS[name]}\n" if name in DEPENDS else ""
            (self.root / "mods-available" / f"{name}.load").write_text(
                f"{needs}LoadModule {name}_module {path}\n")
        (self.root / "mods-available" / "mime.conf").write_text(
            f"<IfModule mod_mime.c>\n\tTypesConfig {self.root}/mime.types\n</IfModule>\n")
        (self.root / "mods-available" / "ssl.conf").write_text(
            f"<IfModule mod_ssl.c>\n\tSSLSessionCache shmcb:{self.root}/run/ssl_scache(512000)\n"
            "</IfModule>\n")
        for name in ENABLED:
            self.enable_module(name)
        return self

    def enable_module(self, name):
        for suffix in ("load", "conf"):
            if (self.root / "mods-available" / f"{name}.{suffix}").exists():
                link = self.root / "mods-enabled" / f"{name}.{suffix}"
                if not link.is_symlink():
                    link.symlink_to(f"../mods-available/{name}.{suffix}")

    def site(self, name, text, enabled=True):
        """Writes a site; {root}, {http} and {https} in its text are replaced."""
        path = self.root / "sites-available" / f"{name}.conf"
        path.write_text(text.replace("{root}", str(self.root))
                        .replace("{http}", str(self.http_port))
                        .replace("{https}", str(self.https_port)))
        link = self.root / "sites-enabled" / path.name
        if enabled and not link.is_symlink():
            link.symlink_to(f"../sites-available/{path.name}")
        return path

    def plain_site(self, name, *names, extra=""):
        """A site on the HTTP port for the names."""
        aliases = f"    ServerAlias {' '.join(names[1:])}\n" if names[1:] else ""
        return self.site(name, "<VirtualHost *:{http}>\n"
                               f"    ServerName {names[0]}\n{aliases}"
                               "    DocumentRoot {root}/www\n" + extra + "</VirtualHost>\n")

    def snapshot(self):
        """Every file and link of the configuration: path → bytes or link target, and mode."""
        kept = {}
        for path in sorted(self.root.rglob("*")):
            relative = path.relative_to(self.root)
            if relative.parts[0] in ("run", "lock", "log", "state") or path.name == ".certbot.lock":
                continue
            if path.is_symlink():
                kept[str(relative)] = os.readlink(path)
            elif path.is_file():
                kept[str(relative)] = (path.read_bytes(), path.stat().st_mode)
        return kept

    # --- life ---

    @property
    def environment(self):
        """What apache2ctl and a2enmod need to work on this server."""
        return {"APACHE_CONFDIR": str(self.root)}

    def start(self):
        if not (self.root / "apache2.conf").exists():
            self.lay_out()
        return start_with_ports(self._start)

    def _start(self):
        reads = self.generations()
        self.child = Child(
            ["/bin/sh", "-c", f'. "{self.root}/envvars"; exec {HTTPD} -d "{self.root}" '
                              "-D FOREGROUND"],
            self.folder / "apache.log", env={"PATH": os.environ["PATH"], **self.environment})
        self.child.await_port(self.http_port)
        self.child.await_true((self.root / "run/apache2.pid").exists, "its pid file")
        self.child.await_true(lambda: self.generations() > reads, "its configuration")
        return self

    def ctl(self, *args):
        return execute(["apache2ctl", *args],
                       env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **self.environment})

    def configtest(self):
        result = self.ctl("configtest")
        assert result.rc == 0, result
        return result

    def error_log(self):
        path = self.root / "log" / "error.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def generations(self):
        """How many times the server has read its configuration since its start."""
        return self.error_log().count("resuming normal operations")

    def await_generation(self, number):
        """Waits for the reload that makes it so many, and fails when there are more: a reload goes
        on after its command has ended."""
        wait_for(lambda: self.generations() >= number, f"reading its configuration {number} times")
        assert self.generations() == number, self.error_log()

    # --- use ---

    def options(self):
        """For certbot's command line."""
        return ["--apache-server-root", str(self.root), "--apache-challenge-location",
                str(self.root), "--apache-vhost-root", str(self.root / "sites-available"),
                "--apache-logs-root", str(self.root / "log"), "--apache-ctl", "apache2ctl",
                "--apache-handle-modules", "true", "--apache-handle-sites", "true",
                "--apache-enmod", "a2enmod", "--apache-dismod", "a2dismod",
                "--http-01-port", str(self.http_port), "--https-port", str(self.https_port)]

    def leaf(self, name):
        """The certificate that a TLS client gets for the name."""
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with socket.create_connection(("127.0.0.1", self.https_port), timeout=10) as plain, \
                context.wrap_socket(plain, server_hostname=name) as tls:
            return x509.load_der_x509_certificate(tls.getpeercert(True))

    def get(self, host, path="/", trust=None):
        """GET over HTTP; with `trust` (the CA's root, PEM) over HTTPS, verified."""
        if trust is None:
            connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=10)
        else:
            context = ssl.create_default_context(cadata=trust.decode())
            connection = http.client.HTTPSConnection("127.0.0.1", self.https_port, timeout=10,
                                                     context=context)
            plain = socket.create_connection(("127.0.0.1", self.https_port), timeout=10)
            connection.sock = context.wrap_socket(plain, server_hostname=host)
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        reply = Reply(answer.status, answer.headers, answer.read().decode(errors="replace"))
        connection.close()
        return reply
