"""Pebble, the ACME test CA, and challtestsrv, the DNS server that it asks."""

import json
import os
import re
import ssl
import urllib.error
import urllib.request
from pathlib import Path

from .authority import ServerIdentity
from .hosts import NAME
from .process import Child, LabError, Part, free_port, start_with_ports, wait_for

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("PEBBLE_DIR", ROOT / "build/lab/pebble"))
PROGRAMS = FOLDER / "usr/bin"
REQUEST = re.compile(r"\b(HEAD|GET|POST) (/\S*) -> calling handler")


class ChallTestSrv(Part):
    """Answers DNS queries: every name has the address 127.0.0.1 unless a test says otherwise."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.dns_port = self.management_port = None

    @property
    def dns_address(self):
        return f"127.0.0.1:{self.dns_port}"

    def start(self):
        return start_with_ports(self._start)

    def _start(self):
        self.dns_port, self.management_port = free_port(), free_port()
        self.child = Child(
            [PROGRAMS / "pebble-challtestsrv", "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "",
             "-dnsserver", self.dns_address, "-doh", "", "-http01", "", "-https01", "",
             "-tlsalpn01", "", "-management", f"127.0.0.1:{self.management_port}"],
            self.folder / "challtestsrv.log")
        self.child.await_port(self.management_port)
        self.child.await_port(self.dns_port)
        return self

    def _post(self, path, **values):
        request = urllib.request.Request(f"http://127.0.0.1:{self.management_port}/{path}",
                                         data=json.dumps(values).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=10) as reply:
            return reply.read()

    def set_default_ipv4(self, address):
        self._post("set-default-ipv4", ip=address)

    def set_default_ipv6(self, address):
        self._post("set-default-ipv6", ip=address)

    def set_a(self, name, *addresses):
        self._post("add-a", host=name, addresses=list(addresses))

    def set_aaaa(self, name, *addresses):
        self._post("add-aaaa", host=name, addresses=list(addresses))

    def add_txt(self, name, value):
        self._post("set-txt", host=name + ".", value=value)

    def clear_txt(self, name):
        self._post("clear-txt", host=name + ".")

    def set_cname(self, name, target):
        self._post("set-cname", host=name, target=target)

    def clear_cname(self, name):
        self._post("clear-cname", host=name)

    def set_servfail(self, name):
        self._post("set-servfail", host=name)

    def clear_servfail(self, name):
        self._post("clear-servfail", host=name)


class Pebble(Part):
    """The test CA. Options are keyword arguments:

    nonce_reject  percentage of good nonces refused (Pebble's own default: 5)
    sleep         let validation sleep at random, as Pebble does by default
    sleep_seconds upper bound of that sleep
    always_valid  validate nothing
    authz_reuse   percentage of valid authorizations used again
    chain_length, alternate_roots, orders_per_page   numbers
    eab_keys      {kid: base64url MAC key}: external account binding is required
    profiles      {name: {"description": ..., "validityPeriod": seconds}}
    retry_after   {"authz": seconds, "order": seconds}
    blocked       list of domains refused
    caa_identities  list of names of the CA (dns-persist-01, CAA)
    strict        Pebble's -strict
    key_algorithm "ecdsa" or "rsa": of Pebble's own issuers
    dns           "host:port" of the DNS server to ask; without it, one is started
    """

    # Of this process: those that run, and what those that ended did wrong.
    running, past_faults = [], []

    def __init__(self, folder, **options):
        self.folder = Path(folder)
        self.options = options
        self._mark = 0
        self.dns = None
        self.port = self.management_port = self.http_port = self.tls_port = None
        self.identity = None
        self._seen = 0

    # --- life ---

    def start(self):
        if not (PROGRAMS / "pebble").exists():
            raise LabError(f"no Pebble in {PROGRAMS}: run scripts/bootstrap")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.identity = self.identity or ServerIdentity(self.folder)
        if "dns" not in self.options:
            self.dns = ChallTestSrv(self.folder).start()
        try:
            start_with_ports(self._start)
        except BaseException:
            self.stop()
            raise
        self.running.append(self)
        return self

    def stop(self):
        if self in self.running:
            self.running.remove(self)
            self.past_faults += filter(None, [self._reuse()])
        super().stop()
        if self.dns:
            self.dns.stop()
            self.dns = None

    def _start(self):
        self.port, self.management_port = free_port(), free_port()
        self.http_port = self.http_port or free_port()
        self.tls_port = self.tls_port or free_port()
        config = self.folder / "pebble.json"
        config.write_text(json.dumps({"pebble": self._configuration()}))
        dns_address = self.options.get("dns") or self.dns.dns_address
        argv = [PROGRAMS / "pebble", "-config", config, "-dnsserver", dns_address]
        if self.options.get("strict"):
            argv.append("-strict")
        (self.folder / "pebble.log").unlink(missing_ok=True)
        self._seen = 0
        self.child = Child(argv, self.folder / "pebble.log", env=self._environment())
        self.child.await_port(self.port)
        self.child.await_port(self.management_port)
        return self

    def _configuration(self):
        wanted = self.options
        config = {
            "listenAddress": f"127.0.0.1:{self.port}",
            "managementListenAddress": f"127.0.0.1:{self.management_port}",
            "certificate": str(self.identity.cert_path),
            "privateKey": str(self.identity.key_path),
            "httpPort": self.http_port,
            "tlsPort": self.tls_port,
            "externalAccountBindingRequired": bool(wanted.get("eab_keys")),
            "externalAccountMACKeys": wanted.get("eab_keys", {}),
            "profiles": wanted.get("profiles", {
                "default": {"description": "90 days", "validityPeriod": 7776000},
                "shortlived": {"description": "6 days", "validityPeriod": 518400}}),
        }
        for ours, theirs in (("retry_after", "retryAfter"), ("blocked", "domainBlocklist"),
                             ("caa_identities", "caaIdentities"),
                             ("key_algorithm", "keyAlgorithm")):
            if ours in wanted:
                config[theirs] = wanted[ours]
        return config

    def _environment(self):
        wanted = self.options
        env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"),
               "PEBBLE_WFE_NONCEREJECT": str(wanted.get("nonce_reject", 5))}
        if not wanted.get("sleep"):
            env["PEBBLE_VA_NOSLEEP"] = "1"
        if wanted.get("always_valid"):
            env["PEBBLE_VA_ALWAYS_VALID"] = "1"
        for ours, theirs in (("sleep_seconds", "PEBBLE_VA_SLEEPTIME"),
                             ("authz_reuse", "PEBBLE_AUTHZREUSE"),
                             ("chain_length", "PEBBLE_CHAIN_LENGTH"),
                             ("alternate_roots", "PEBBLE_ALTERNATE_ROOTS"),
                             ("orders_per_page", "PEBBLE_WFE_ORDERS_PER_PAGE")):
            if ours in wanted:
                env[theirs] = str(wanted[ours])
        return env

    # --- faults (see second_try) ---

    @classmethod
    def forget_faults(cls):
        cls.past_faults.clear()
        for pebble in cls.running:
            pebble._mark = len(pebble.log())

    @classmethod
    def any_fault(cls):
        """What a Pebble did wrong since forget_faults(), or None. One that is stuck is restarted,
        at the same ports for challenges."""
        faults = [*cls.past_faults, *(pebble._reuse() for pebble in cls.running),
                  *(pebble._restart_if_stuck() for pebble in [*cls.running])]
        return next(filter(None, faults), None)

    def _reuse(self):
        """An order added with no authorization made for it."""
        if self.options.get("authz_reuse") != 0:
            return None
        made = 0
        for line in self.log()[self._mark:].splitlines():
            if "authorizations in the db" in line:
                made += 1
            elif "Added order" in line:
                if not made:
                    return "Pebble used a valid authorization again, told to use none"
                made = 0
        return None

    def _restart_if_stuck(self):
        """What needs its store is answered at once, or never again."""
        try:
            self.certificate_status(1)
        except urllib.error.HTTPError:
            return None
        except (OSError, ValueError):
            self.stop()
            self.start()
            return "Pebble had locked up"
        return None

    # --- use ---

    @property
    def directory(self):
        return f"https://{NAME}:{self.port}/dir"

    @property
    def ca_bundle(self):
        """For REQUESTS_CA_BUNDLE: who vouches for the directory's own certificate."""
        return self.identity.bundle_path

    def fetch(self, path, management=True, body=None):
        """GET (or POST with a body) on the management port; the reply's bytes."""
        port = self.management_port if management else self.port
        context = ssl.create_default_context(cafile=self.identity.bundle_path)
        request = urllib.request.Request(f"https://{NAME}:{port}{path}", data=body)
        with urllib.request.urlopen(request, context=context, timeout=10) as reply:
            return reply.read()

    def root(self, number=0):
        return self.fetch(f"/roots/{number}")

    def intermediate(self, number=0):
        return self.fetch(f"/intermediates/{number}")

    def certificate_status(self, serial):
        """What the CA knows of a serial number: Status ("Valid", "Revoked"), Reason, ..."""
        digits = f"{serial:x}"
        digits = digits.zfill(len(digits) + len(digits) % 2)
        return json.loads(self.fetch(f"/cert-status-by-serial/{digits}"))

    def set_renewal_info(self, cert_pem, body):
        """Makes the CA answer ARI requests about a certificate with this JSON text."""
        return self.fetch("/set-renewal-info/", body=json.dumps(
            {"certificate": cert_pem.decode(), "ariResponse": body}).encode())

    def log(self):
        return self.child.log()

    def all_requests(self):
        """Every ACME request so far: [("POST", "/order-plz"), ...]. Ids are not part of a path."""
        return REQUEST.findall(self.log())

    def new_requests(self):
        """The requests since the last call (or the start)."""
        requests = self.all_requests()
        fresh = requests[self._seen:]
        self._seen = len(requests)
        return fresh

    def await_log(self, text, timeout=10.0):
        wait_for(lambda: text in self.log(), f"{text!r} in the log of Pebble", timeout)
