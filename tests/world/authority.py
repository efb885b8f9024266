"""The certificate authority: three of Pebble's kind behind a web server that answers at the names of Let's
Encrypt, production and staging, as theirs does, and at that of a CA that wants external account binding."""

from lab.acme_v1 import AcmeV1
from lab.authority import Authority, cert_pem, key_pem, new_key
from lab.certbot import execute
from lab.pebble import Pebble

from .machine import Machine

PRODUCTION = "acme-v02.api.letsencrypt.org"
STAGING = "acme-staging-v02.api.letsencrypt.org"
# A name of its own, and below it the names that lead to it in special ways (names.py).
OWN = "acme.authority.example"
SHORT = "acme"  # with a search list
# Of the one that speaks ACME v1.
V1 = "acme-v1.authority.example"
# The book's name for any other CA, which is production, too, and a CA that binds accounts.
NOBODYS = "acme.example.net"
BOUND, BINDING = "acme.zerossl.com", {"KID": "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"}

SITES = """
user root;
worker_processes 1;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log /var/log/nginx/access.log;
    keepalive_requests 10000;
    ssl_certificate {cert};
    ssl_certificate_key {key};
    ssl_protocols TLSv1.2 TLSv1.3;
    proxy_http_version 1.1;
    proxy_set_header Host $host;
    proxy_set_header Connection "";
    proxy_ssl_verify off;
    proxy_buffer_size 16k;
    proxy_buffers 8 16k;
    upstream production {{ server 127.0.0.1:{production}; keepalive 16; }}
    upstream staging {{ server 127.0.0.1:{staging}; keepalive 16; }}
    upstream bound {{ server 127.0.0.1:{bound}; keepalive 16; }}
    server {{
        listen 443 ssl http2 default_server;
        listen [::]:443 ssl http2 default_server;
        location = /directory {{ proxy_pass https://production/dir; }}
        location / {{ proxy_pass https://production; }}
    }}
    server {{
        listen 443 ssl http2;
        listen [::]:443 ssl http2;
        server_name {staging_name};
        location = /directory {{ proxy_pass https://staging/dir; }}
        location / {{ proxy_pass https://staging; }}
    }}
    server {{
        listen 443 ssl http2;
        listen [::]:443 ssl http2;
        server_name {bound_name};
        location = /v2/DV90 {{ proxy_pass https://bound/dir; }}
        location / {{ proxy_pass https://bound; }}
    }}
}}
"""


class Identity:
    """Certificate and key of a server, signed by a root; paths are the same on every machine."""

    def __init__(self, folder, root, names, stem="server"):
        key = new_key()
        self.cert_path, self.key_path = folder / f"{stem}.pem", folder / f"{stem}.key"
        self.cert_path.write_bytes(cert_pem(root.issue(names, key.public_key())))
        self.key_path.write_bytes(key_pem(key))


class NetworkedPebble(Pebble):
    """A Pebble on a machine's network, where challenges come to the usual ports."""

    def __init__(self, machine, folder, **options):
        super().__init__(folder, **options)
        self.machine = machine
        self.http_port, self.tls_port = 80, 443

    def start(self):
        with self.machine.network_of():
            return super().start()

    def fetch(self, *args, **options):
        with self.machine.network_of():
            return super().fetch(*args, **options)


class CertificateAuthority:
    """`machine`, and the Pebbles; `root` is what clients must trust to talk to it."""

    def __init__(self, network, number, dns, other_number, options=None):
        self.other_number = other_number  # of a second address
        self.machine = Machine(network, "ca", number)
        self.root = Authority("World Root")
        self.folder = network.folder / "ca"
        # No good nonce is refused, no validation slept over: what takes time here is the program.
        usual = {"nonce_reject": 0, "dns": f"{dns}:53", "profiles": {
            "classic": {"description": "90 days", "validityPeriod": 90 * 24 * 3600}}}
        self.production = NetworkedPebble(self.machine, self.folder / "production",
                                          **{**usual, **(options or {})})
        self.staging = NetworkedPebble(self.machine, self.folder / "staging", **usual)
        self.bound = NetworkedPebble(self.machine, self.folder / "bound", eab_keys=BINDING, **usual)

    def start(self):
        network = self.machine.network
        network.join(self.machine.start(), aliases=[self.other_number])
        self.production.start()
        self.staging.start()
        self.bound.start()
        identity = Identity(self.folder, self.root,
                            [PRODUCTION, STAGING, OWN, f"*.{OWN}", SHORT, NOBODYS, BOUND])
        self.machine.write("/etc/nginx/nginx.conf", SITES.format(
            cert=identity.cert_path, key=identity.key_path, staging_name=STAGING,
            production=self.production.port, staging=self.staging.port, bound_name=BOUND,
            bound=self.bound.port))
        server = self.machine.spawn("nginx", "-g", "daemon off;")
        server.await_true(self._answers, "port 443")
        return self

    def _answers(self):
        try:
            self.machine.connect(443).close()
            return True
        except OSError:
            return False

    def stop(self):
        self.production.stop()
        self.staging.stop()
        self.bound.stop()
        self.machine.stop()

    # --- what it knows ---

    def status(self, serial, staging=False):
        """What the CA knows of a certificate."""
        return (self.staging if staging else self.production).certificate_status(serial)

    def requests(self):
        """Requests to production since the last call."""
        return self.production.new_requests()


class AuthorityOfV1(AcmeV1):
    """The same as a CA was before RFC 8555, on a machine of its own: it asks the world's name server
    where a name is, and looks for challenges at the usual ports."""

    def __init__(self, network, number, dns, root):
        self.machine = Machine(network, "ca-v1", number)
        self.resolver = dns
        super().__init__(network.folder / "ca-v1", dns=f"{dns}:53", reuse=False)
        self.http_port, self.tls_port = 80, 443
        self.identity = Identity(self.folder, root, [V1])

    @property
    def origin(self):
        return f"https://{V1}"

    def start(self):
        self.machine.network.join(self.machine.start())
        return super().start()

    def stop(self):
        super().stop()
        self.machine.stop()

    def listening_socket(self):
        return self.machine.listen(443)

    def address_of(self, name):
        asked = execute(["dig", "+short", "+time=2", f"@{self.resolver}", "A", name])
        return asked.out.split()[-1]

    def _validate(self, found, challenge):
        with self.machine.network_of():
            super()._validate(found, challenge)

    def begin_again(self, challenges=("http-01", "tls-sni-01", "dns-01")):
        """Forgets what was asked of it, and offers these challenges from now on."""
        with self.lock:
            self.challenges = challenges
            for kept in (self.registrations, self.authorizations, self.certificates, self.requests):
                kept.clear()
            self.revoked.clear()
        return self

    def used(self):
        """The type of challenge of each authorization, in turn."""
        return [challenge["type"] for found in self.authorizations
                for challenge in found["challenges"] if challenge["status"] == "valid"]
