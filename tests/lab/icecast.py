"""Icecast with a configuration and ports of its own, as a service of a machine without systemd."""

import shutil
import socket
import ssl
import tempfile
from pathlib import Path

from cryptography import x509

from .process import Child, Part, accepts, free_port, require_program, wait_for

PROGRAM = "/usr/bin/icecast2"
USER, GROUP = "icecast2", "icecast"

CONF = """<icecast>
    <!-- The administrator's. <paths><ssl-certificate>/no</ssl-certificate></paths> -->
    <limits>
        <clients>10</clients>
        <sources>2</sources>
    </limits>
    <authentication>
        <source-password>a&amp;b</source-password>
        <admin-user>admin</admin-user>
        <admin-password>hackme</admin-password>
    </authentication>
    <hostname>radio.lab.test</hostname>
    <listen-socket>
        <port>{plain}</port>
        <bind-address>127.0.0.1</bind-address>
    </listen-socket>
    <!-- <listen-socket><port>1</port><ssl>1</ssl></listen-socket> -->
    <fileserve>1</fileserve>
    <paths>
        <basedir>/usr/share/icecast2</basedir>
        <logdir>{folder}/log</logdir>
        <webroot>/usr/share/icecast2/web</webroot>
        <adminroot>/usr/share/icecast2/admin</adminroot>
    </paths>
    <logging>
        <loglevel>3</loglevel>
    </logging>
</icecast>
"""

# Starts it again when it ends, until there is a file "stopped".
SUPERVISOR = f"""#!/bin/sh
cd "$(dirname "$0")"
while [ ! -e stopped ]; do
    setpriv --reuid={USER} --regid={GROUP} --clear-groups --pdeathsig TERM \\
        {PROGRAM} -c etc/icecast.xml &
    echo $! > pid
    wait
    sleep 0.1
done
"""

SERVICE = """#!/bin/sh
echo "$*" >> {folder}/calls
cd {folder}
[ "$1" = icecast2 ] || exit 4
case $2 in
status) [ ! -e stopped ] ;;
restart)
    [ ! -e refuses ] || {{ echo "cannot restart" >&2; exit 1; }}
    old=$(cat pid)
    kill "$old"
    until [ "$(cat pid)" != "$old" ]; do sleep 0.05; done ;;
*) exit 3 ;;
esac
"""


def shown_leaf(port):
    """The certificate on that port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
        with context.wrap_socket(plain) as tls:
            return x509.load_der_x509_certificate(tls.getpeercert(True))


class Icecast(Part):
    """Debian's Icecast as its own user. `environment` makes certbot see it as a service."""

    def __init__(self):
        require_program(PROGRAM)
        self.plain, self.tls = free_port(), free_port()

    def start(self):
        self.folder = Path(tempfile.mkdtemp(prefix="icecast-"))
        self.folder.chmod(0o755)
        for name in ("etc", "log", "bin"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "log", USER)
        self.conf = self.folder / "etc/icecast.xml"
        self.write(CONF.format(folder=self.folder, plain=self.plain))
        self._program("supervisor", SUPERVISOR)
        self._program("bin/service", SERVICE.format(folder=self.folder))
        self.environment = {
            "PATH": f"{self.folder}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        return self.start_server()

    def start_server(self):
        (self.folder / "stopped").unlink(missing_ok=True)
        self.child = Child([self.folder / "supervisor"], self.folder / "out")
        self.child.await_port(self.plain)
        return self

    def stop_server(self):
        (self.folder / "stopped").touch()
        self.child.stop()

    def stop(self):
        super().stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _program(self, name, text):
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o755)

    def write(self, text):
        self.conf.write_text(text)
        shutil.chown(self.conf, "root", GROUP)
        self.conf.chmod(0o640)

    def restarts(self):
        calls = self.folder / "calls"
        return calls.read_text().split().count("restart") if calls.exists() else 0

    def leaf(self):
        wait_for(lambda: accepts(self.tls), f"port {self.tls}")
        return shown_leaf(self.tls)

    def options(self):
        return ["-i", "icecast", "--icecast-configuration-file", self.conf,
                "--icecast-new-ssl-socket-port", self.tls]
