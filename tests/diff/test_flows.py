"""The same command lines for Debian's certbot and for ours, on the same state, at the same path, with
the same test CA: what they leave on disk, their exit status and the hooks they call must agree.

The state is made by Debian's certbot. Before each run it is put in place again, so that all paths in
it are true for both programs. What may differ is named in `Outcome`: random parts, files of old
versions, sections of our own in renewal confs.
"""

import functools
import os
import re
import shutil
import stat
import threading
from contextlib import contextmanager, nullcontext
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from configobj import ConfigObj

from lab.certbot import Certbot, DebianCertbot
from lab.lineage import KINDS, certificates, names_of
from lab.pebble import Pebble

# Only new versions of Certbot have it, or only we do.
OUR_SECTIONS = ("renewal_state", "acme_renewal_info")
# Written by Certbot before 2.3 next to each certificate, and used by nobody.
OLD_FOLDERS = ("csr", "keys")

ACCOUNT_ID = re.compile(r"\b[0-9a-f]{32}\b")

HOOK = """#!/bin/sh
{ printf '%s' "$*"; for name in RENEWED_LINEAGE RENEWED_DOMAINS; do
case $1 in *deploy*) eval "printf ' %s=%s' $name \\"\\$$name\\"";; esac; done; echo; } >>@LOG@
"""

AUTH_HOOK = """#!/bin/sh
{ printf '%s' "$1"; for name in CERTBOT_DOMAIN CERTBOT_ALL_DOMAINS CERTBOT_REMAINING_CHALLENGES; do
eval "printf ' %s=%s' $name \\"\\$$name\\""; done
test -n "$CERTBOT_TOKEN" && printf ' token'
test "$CERTBOT_AUTH_OUTPUT" = "said $CERTBOT_DOMAIN" && printf ' output'
echo; } >>@LOG@
folder=@ROOT@/.well-known/acme-challenge
if test "$1" = auth; then
mkdir -p $folder && printf '%s' "$CERTBOT_VALIDATION" >$folder/$CERTBOT_TOKEN
echo "said $CERTBOT_DOMAIN"
else rm -f $folder/$CERTBOT_TOKEN; fi
"""


class Bench:
    """One place on disk where both programs work in turn, and the states to start from."""

    def __init__(self, folder, pebble):
        self.folder = folder
        self.pebble = pebble
        self.place = folder / "place"
        self.states = folder / "states"
        self.root = folder / "www"
        self.hook_log = folder / "hooks.log"
        self.root.mkdir(parents=True)
        self.hook = self._script("hook", HOOK)
        self.auth_hook = self._script("auth-hook", AUTH_HOOK)

    def _script(self, name, text):
        path = self.folder / name
        path.write_text(text.replace("@LOG@", str(self.hook_log)).replace("@ROOT@", str(self.root)))
        path.chmod(0o755)
        return path

    def words(self, args):
        """Placeholders in command lines."""
        known = {"@PORT@": str(self.pebble.http_port), "@ROOT@": str(self.root),
                 "@HOOK@": str(self.hook), "@AUTH@": str(self.auth_hook),
                 "@CONFIG@": str(self.place / "config"), "@SERVER@": self.pebble.directory,
                 "@PLACE@": str(self.place), "@WRONG@": "9"}
        for arg in args:
            for mark, text in known.items():
                arg = arg.replace(mark, text)
            yield arg

    def restore(self, state):
        if self.place.exists():
            shutil.rmtree(self.place)
        self.hook_log.unlink(missing_ok=True)
        if state:
            shutil.copytree(self.states / state, self.place, symlinks=True)
        else:
            self.place.mkdir()

    def keep(self, state):
        shutil.rmtree(self.states / state, ignore_errors=True)
        shutil.copytree(self.place, self.states / state, symlinks=True)


def _lineage(folder, name):
    """What a lineage is, without its random parts."""
    archive, live = folder / "archive" / name, folder / "live" / name
    found = {"archive": sorted((path.name, stat.S_IMODE(path.stat().st_mode))
                               for path in archive.iterdir()),
             "live": sorted((path.name, os.readlink(path) if path.is_symlink() else "file")
                            for path in live.iterdir())}
    cert = certificates((live / "cert.pem").read_bytes())[0]
    key = cert.public_key()
    found["names"] = names_of(cert)
    found["key"] = (type(key).__name__, key.key_size)
    keys = {path.name: path.read_bytes() for path in archive.glob("privkey*")}
    found["same keys"] = sorted((one, other) for one in keys for other in keys
                                if one < other and keys[one] == keys[other])
    found["staple"] = any(ext.oid.dotted_string == "1.3.6.1.5.5.7.1.24" for ext in cert.extensions)
    found["issuer"] = cert.issuer.rfc4514_string()
    return found


def _conf(path):
    conf = ConfigObj(str(path), interpolation=False, encoding="utf-8").dict()
    conf.pop("version", None)
    for name in OUR_SECTIONS:
        conf.pop(name, None)
    return conf


def _differences(theirs, ours):
    """What differs, as short as possible; with the account ids of the two made equal."""
    theirs, ours = (ACCOUNT_ID.sub("ID", str(side)) if isinstance(side, str) else side
                    for side in (theirs, ours))
    if isinstance(theirs, dict) and isinstance(ours, dict):
        both = {key: _differences(theirs.get(key), ours.get(key)) for key in {*theirs, *ours}}
        return {key: found for key, found in both.items() if found}
    if isinstance(theirs, list) and isinstance(ours, list):
        theirs, ours = (ACCOUNT_ID.sub("ID", repr(side)) for side in (theirs, ours))
    return None if theirs == ours else (theirs, ours)


def _is_used(folder):
    return any(not path.is_dir() for path in folder.rglob("*")) or "hooks" in str(folder)


class Outcome:
    """What a run left, in a form that can be compared."""

    def __init__(self, bench, result, cwd):
        config = bench.place / "config"
        self.result = result
        self.rc = result.rc
        self.confs, self.lineages = {}, {}
        for path in sorted(config.glob("renewal/*.conf")):
            try:
                self.confs[path.stem] = _conf(path)
            except Exception as error:  # a broken one of the case itself
                self.confs[path.stem] = type(error).__name__
            if (config / "live" / path.stem / "cert.pem").exists():
                self.lineages[path.stem] = _lineage(config, path.stem)
        # Certbot leaves folders behind that it looked into; only those in use count.
        self.folders = sorted(
            (str(path.relative_to(config)), stat.S_IMODE(path.lstat().st_mode))
            for path in config.rglob("*") if path.is_dir() and _is_used(path)
            and path.relative_to(config).parts[0] not in OLD_FOLDERS)
        self.accounts = len(list(config.glob("accounts/*/*/*")))
        self.files = sorted((path.name, stat.S_IMODE(path.stat().st_mode), len(certificates(
            path.read_bytes()))) for path in cwd.iterdir() if path.is_file())
        self.hooks = _in_order_of_the_ca(
            bench.hook_log.read_text() if bench.hook_log.exists() else "")
        self.tokens = [str(path) for path in bench.root.rglob("*")]


def _in_order_of_the_ca(log):
    """Challenges come in the order of the CA's authorizations, which Pebble shuffles: the names are
    numbered as they come."""
    names = dict.fromkeys(re.findall(r" CERTBOT_DOMAIN=(\S+)", log))
    for number, name in enumerate(names):
        log = log.replace(name, f"name-{number}")
    return log


def _run(bench, program, state, args, prepare):
    bench.restore(state)
    cwd = bench.place / "cwd"
    cwd.mkdir()
    certbot = program(bench.place, bench.pebble)
    if prepare:
        prepare(bench)
    args = list(bench.words(args))
    if "--standalone" in args and "--http-01-port" not in args:
        args += ["--http-01-port", str(bench.pebble.http_port)]
    with _web_server(bench) if "certonly" in args and "--standalone" not in args else nullcontext():
        result = certbot.run(*args, check=False, cwd=cwd, timeout=120)
    return Outcome(bench, result, cwd)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextmanager
def _web_server(bench):
    """Serves the webroot where the CA looks."""
    handler = functools.partial(_Quiet, directory=str(bench.root))
    with ThreadingHTTPServer(("127.0.0.1", bench.pebble.http_port), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()


@contextmanager
def _bench(folder, authz_reuse):
    one_kind = {"default": {"description": "90 days", "validityPeriod": 7776000}}
    with Pebble(folder / "pebble", nonce_reject=0, authz_reuse=authz_reuse, profiles=one_kind,
                blocked=["blocked.test"]) as pebble:
        bench = Bench(folder, pebble)
        _make_states(bench)
        yield bench


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    with _bench(tmp_path_factory.mktemp("flows"), 0) as bench:
        yield bench


@pytest.fixture(scope="module")
def lenient_bench(tmp_path_factory):
    """The CA asks for no validation of names it has validated for the account."""
    with _bench(tmp_path_factory.mktemp("lenient"), 100) as bench:
        yield bench


def _make_states(bench):
    """`account`: an account alone. `lineages`: that and a number of certificates. What is revoked or
    deactivated is so for the CA, too: for that each program has its own."""
    for suffix in ("", "-ours"):
        _make_state(bench, suffix)


def _make_state(bench, suffix):
    certbot = DebianCertbot(bench.place, bench.pebble)
    bench.restore(None)
    certbot.run("register", "-n")
    bench.keep("account" + suffix)
    hook = str(bench.hook)
    for args in (["-d", "a.test"],
                 ["-d", "b.test,www.b.test"],
                 ["-d", "r.test", "--key-type", "rsa"],
                 ["-d", "k.test", "--reuse-key"],
                 ["-d", "h.test", "--pre-hook", f"{hook} pre", "--post-hook", f"{hook} post",
                  "--deploy-hook", f"{hook} deploy"]):
        certbot.certonly(options=["--cert-name", args[1].split(",")[0], *args])
    bench.keep("lineages" + suffix)


# --- things done to the state before a run ---

def change_conf(name, old, new):
    def change(bench):
        path = bench.place / "config/renewal" / f"{name}.conf"
        text = path.read_text()
        assert re.search(old, text)
        path.write_text(re.sub(old, new, text, count=1))
    return change


def new_account(bench):
    """Gives all lineages an account for which the CA has validated nothing. Without that Pebble uses a
    valid authorization again once in a hundred times, though told never to."""
    shutil.rmtree(bench.place / "config/accounts")
    DebianCertbot(bench.place, bench.pebble).run("register", "-n")
    (account,) = (bench.place / "config/accounts").glob("*/*/*")
    for path in (bench.place / "config/renewal").glob("*.conf"):
        path.write_text(re.sub(r"(?m)^account = .*$", f"account = {account.name}",
                               path.read_text()))


def directory_hooks(bench):
    for kind in ("pre", "deploy", "post"):
        folder = bench.place / "config/renewal-hooks" / kind
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("20-second", "10-first", "30-old~", "40-plain"):
            path = folder / name
            path.write_text(f"#!/bin/sh\nexec {bench.hook} dir-{kind}-{name}\n")
            path.chmod(0o644 if name == "40-plain" else 0o755)


def make_csr(*names, der=False):
    def make(bench):
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        key = ec.generate_private_key(ec.SECP256R1())
        san = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])) \
            .add_extension(san, False).sign(key, hashes.SHA256())
        form = serialization.Encoding.DER if der else serialization.Encoding.PEM
        (bench.place / "request.csr").write_bytes(request.public_bytes(form))
    return make


def expose_key(bench):
    key = bench.place / "config/archive/a.test/privkey1.pem"
    key.chmod(0o640)
    os.chown(key, -1, 12)


STANDALONE = ["certonly", "-n", "--standalone"]
HOOKS = ["--pre-hook", "@HOOK@ pre", "--post-hook", "@HOOK@ post", "--deploy-hook", "@HOOK@ deploy"]

# (name of the case, state, command line[, what is done before])
CASES = [
    ("new", "account", STANDALONE + ["-d", "n.test"]),
    ("new-many", "account", STANDALONE + ["-d", "n.test,m.test", "-d", "m.test", "-d", "O.test."]),
    ("new-named", "account", STANDALONE + ["--cert-name", "my cert_1", "-d", "n.test"]),
    ("new-rsa", "account", STANDALONE + ["-d", "n.test", "--key-type", "rsa", "--rsa-key-size",
                                         "3072"]),
    ("new-p384", "account", STANDALONE + ["-d", "n.test", "--elliptic-curve", "secp384r1"]),
    ("new-staple", "account", STANDALONE + ["-d", "n.test", "--must-staple"]),
    ("new-hooks", "account", STANDALONE + ["-d", "n.test", *HOOKS]),
    ("new-no-autorenew", "account", STANDALONE + ["-d", "n.test", "--no-autorenew"]),
    ("new-preferred-chain", "account", STANDALONE + ["-d", "n.test", "--preferred-chain",
                                                     "Pebble Root CA nowhere"]),
    ("new-dry-run", "account", STANDALONE + ["-d", "n.test", "--dry-run", "--server", "@SERVER@",
                                             *HOOKS]),
    ("same-kept", "lineages", STANDALONE + ["-d", "b.test,www.b.test"]),
    ("same-other-order-kept", "lineages", STANDALONE + ["-d", "www.b.test", "-d", "b.test"]),
    ("same-keep-flag", "lineages", STANDALONE + ["-d", "a.test", "--keep-until-expiring"]),
    ("same-forced", "lineages", STANDALONE + ["-d", "a.test", "--force-renewal"]),
    ("same-forced-key-mode", "lineages", STANDALONE + ["-d", "a.test", "--force-renewal"],
     expose_key),
    ("same-forced-drops-options", "lineages", STANDALONE + ["-d", "h.test", "--force-renewal"]),
    ("superset-refused", "lineages", STANDALONE + ["-d", "a.test,x.test"]),
    ("superset-expanded", "lineages", STANDALONE + ["-d", "a.test,x.test", "--expand"]),
    ("superset-forced", "lineages", STANDALONE + ["-d", "a.test,x.test", "--force-renewal"]),
    ("superset-keep-refused", "lineages", STANDALONE + ["-d", "a.test,x.test", "--keep"]),
    ("subset-is-new", "lineages", STANDALONE + ["-d", "www.b.test"]),
    ("overlap-is-new", "lineages", STANDALONE + ["-d", "www.b.test,x.test"]),
    ("duplicate", "lineages", STANDALONE + ["-d", "a.test", "--duplicate"]),
    ("first-name-taken", "lineages", STANDALONE + ["-d", "b.test"]),
    ("named-other-names", "lineages", STANDALONE + ["--cert-name", "b.test", "-d", "b.test,y.test"]),
    ("named-new-domains-flag", "lineages", STANDALONE + ["--cert-name", "b.test", "-d", "y.test",
                                                         "--renew-with-new-domains"]),
    ("named-without-names", "lineages", STANDALONE + ["--cert-name", "b.test", "--force-renewal"]),
    ("named-missing-without-names", "lineages", STANDALONE + ["--cert-name", "q.test"]),
    ("key-type-unconfirmed", "lineages", STANDALONE + ["-d", "a.test", "--key-type", "rsa"]),
    ("key-type-confirmed", "lineages", STANDALONE + ["--cert-name", "a.test", "-d", "a.test",
                                                     "--key-type", "rsa"]),
    ("rsa-stays-rsa", "lineages", STANDALONE + ["-d", "r.test", "--force-renewal"]),
    ("reuse-key", "lineages", STANDALONE + ["-d", "k.test", "--reuse-key", "--force-renewal"]),
    ("reuse-key-new-key", "lineages", STANDALONE + ["-d", "k.test", "--reuse-key", "--new-key",
                                                    "--force-renewal"]),
    ("reuse-key-other-type", "lineages", STANDALONE + ["--cert-name", "k.test", "-d", "k.test",
                                                       "--reuse-key", "--key-type", "rsa"]),
    ("existing-dry-run", "lineages", STANDALONE + ["-d", "h.test", "--dry-run", "--server",
                                                   "@SERVER@", *HOOKS]),
    ("subset-of-names", "account", STANDALONE + ["-d", "good.test,blocked.test",
                                                 "--allow-subset-of-names"]),
    ("blocked-name", "account", STANDALONE + ["-d", "good.test,blocked.test", *HOOKS]),
    ("failed-validation", "lineages", STANDALONE + ["-d", "a.test", "--force-renewal",
                                                    "--http-01-port", "@WRONG@9"],
     new_account),
    ("unfit-challenge", "account", STANDALONE + ["-d", "n.test", "--preferred-challenges", "dns"]),
    ("wildcard-by-http", "account", STANDALONE + ["-d", "*.n.test"]),
    ("address-as-domain", "account", STANDALONE + ["-d", "192.0.2.1"]),
    ("url-as-domain", "account", STANDALONE + ["-d", "https://n.test"]),
    ("empty-label", "account", STANDALONE + ["-d", "n..test"]),
    ("no-names", "account", STANDALONE),
    ("no-plugin", "account", ["certonly", "-n", "-d", "n.test"]),
    ("webroot", "account", ["certonly", "-n", "--webroot", "-w", "@ROOT@", "-d", "n.test,m.test"]),
    ("webroot-map", "account", ["certonly", "-n", "--webroot", "--webroot-map",
                                '{"n.test,m.test": "@ROOT@"}']),
    ("webroot-missing", "account", ["certonly", "-n", "--webroot", "-w", "@ROOT@/none", "-d",
                                    "n.test"]),
    ("webroot-none", "account", ["certonly", "-n", "--webroot", "-d", "n.test"]),
    ("manual-hooks", "account", ["certonly", "-n", "--manual", "--manual-auth-hook", "@AUTH@ auth",
                                 "--manual-cleanup-hook", "@AUTH@ cleanup", "-d",
                                 "n.test,m.test"], new_account),
    ("manual-without-hook", "account", ["certonly", "-n", "--manual", "-d", "n.test"]),
    ("csr", "account", STANDALONE + ["--csr", "@PLACE@/request.csr", *HOOKS],
     make_csr("n.test", "m.test")),
    ("csr-der-paths", "account", STANDALONE + ["--csr", "@PLACE@/request.csr", "--cert-path",
                                               "@PLACE@/cwd/c.pem", "--chain-path",
                                               "@PLACE@/cwd/i.pem", "--fullchain-path",
                                               "@PLACE@/cwd/f.pem"], make_csr("n.test", der=True)),
    ("csr-other-names", "account", STANDALONE + ["--csr", "@PLACE@/request.csr", "-d", "x.test"],
     make_csr("n.test")),
    ("csr-dry-run", "account", STANDALONE + ["--csr", "@PLACE@/request.csr", "--dry-run",
                                             "--server", "@SERVER@"], make_csr("n.test")),
    ("renew-none-due", "lineages", ["renew"]),
    ("renew-empty", "account", ["renew"]),
    ("renew-forced", "lineages", ["renew", "--force-renewal"]),
    ("renew-one", "lineages", ["renew", "--cert-name", "h.test", "--force-renewal"]),
    ("renew-due-by-conf", "lineages", ["renew"],
     change_conf("b.test", "# renew_before_expiry = 30 days", "renew_before_expiry = 99 days")),
    ("renew-switched-off", "lineages", ["renew", "--cert-name", "a.test"],
     change_conf("a.test", r"\[renewalparams\]", "[renewalparams]\nautorenew = False")),
    ("renew-unknown", "lineages", ["renew", "--cert-name", "q.test"]),
    ("renew-names", "lineages", ["renew", "-d", "a.test"]),
    ("renew-broken-conf", "lineages", ["renew", "--force-renewal"],
     change_conf("a.test", "authenticator = .*", "")),
    ("renew-not-a-conf", "lineages", ["renew"], change_conf("a.test", "^.*", "no conf at all")),
    ("renew-hooks", "lineages", ["renew", "--force-renewal", *HOOKS]),
    ("renew-directory-hooks", "lineages", ["renew", "--force-renewal", "--cert-name", "h.test"],
     directory_hooks),
    ("renew-no-directory-hooks", "lineages", ["renew", "--force-renewal", "--cert-name", "h.test",
                                              "--no-directory-hooks"], directory_hooks),
    ("renew-other-options", "lineages", ["renew", "--force-renewal", "--cert-name", "a.test",
                                         "--key-type", "rsa", "--rsa-key-size", "2048"]),
    ("renew-fails", "lineages", ["renew", "--force-renewal", "--http-01-port", "@WRONG@9",
                                 *HOOKS], new_account),
    ("renew-dry-run", "lineages", ["renew", "--dry-run", "--server", "@SERVER@", *HOOKS]),
    ("renew-run-deploy-hooks-off", "lineages", ["renew", "--dry-run", "--server", "@SERVER@",
                                                "--cert-name", "h.test"]),
    ("renew-force-interactive", "lineages", ["renew", "--force-interactive"]),
    ("delete", "lineages", ["delete", "-n", "--cert-name", "b.test"]),
    ("delete-unknown", "lineages", ["delete", "-n", "--cert-name", "q.test"]),
    ("delete-nothing", "account", ["delete", "-n", "--cert-name", "q.test"]),
    ("delete-unnamed", "lineages", ["delete", "-n"]),
    ("revoke-name", "lineages", ["revoke", "-n", "--cert-name", "a.test"]),
    ("revoke-path-kept", "lineages", ["revoke", "-n", "--cert-path",
                                      "@CONFIG@/live/b.test/cert.pem",
                                      "--no-delete-after-revoke", "--reason", "superseded"]),
    ("revoke-by-key", "lineages", ["revoke", "-n", "--cert-path",
                                   "@CONFIG@/live/r.test/fullchain.pem", "--key-path",
                                   "@CONFIG@/live/r.test/privkey.pem"]),
    ("revoke-wrong-key", "lineages", ["revoke", "-n", "--cert-path",
                                      "@CONFIG@/live/r.test/cert.pem", "--key-path",
                                      "@CONFIG@/live/a.test/privkey.pem"]),
    ("revoke-both", "lineages", ["revoke", "-n", "--cert-name", "a.test", "--cert-path",
                                 "@CONFIG@/live/b.test/cert.pem"]),
    ("revoke-neither", "lineages", ["revoke", "-n"]),
    ("register-again", "account", ["register", "-n"]),
    ("update-account", "account", ["update_account", "-n", "-m", "x@n.test,y@n.test"]),
    ("update-account-none", None, ["update_account", "-n", "-m", "x@n.test"]),
    ("show-account-none", None, ["show_account", "-n"]),
    ("unregister", "account", ["unregister", "-n"]),
    ("unregister-none", None, ["unregister", "-n"]),
    ("update-symlinks", "lineages", ["update_symlinks"]),
    ("unknown-option", "lineages", ["certonly", "--no-such-option"]),
    ("dry-run-of-delete", "lineages", ["delete", "--cert-name", "a.test", "--dry-run"]),
    ("staging-and-server", "account", STANDALONE + ["-d", "n.test", "--staging", "--server",
                                                    "https://acme.lab.example:1/dir"]),
    ("missing-hook-program", "account", STANDALONE + ["-d", "n.test", "--pre-hook",
                                                      "/no/such/program x"]),
    ("enhance-nothing", "lineages", ["enhance", "-n", "--cert-name", "a.test"]),
]


# The same, where the CA has validated the names of all lineages already.
VALIDATED = [
    ("port-unneeded", "lineages", STANDALONE + ["-d", "a.test", "--force-renewal",
                                                "--http-01-port", "@WRONG@"]),
]

# Command lines after which we differ on purpose: (..., their exit status, ours).
DELIBERATE = [
    # Certbot 2.1 made keys that no CA takes any more; later versions refuse, too.
    ("small-rsa", "account", STANDALONE + ["-d", "n.test", "--key-type", "rsa", "--rsa-key-size",
                                           "1024"], 0, 2),
]
# The same, where the CA has validated the names: what a plugin cannot do is seen before the order, so
# that it does not depend on what the CA remembers.
DELIBERATE_VALIDATED = [
    ("unfit-challenge-unneeded", "lineages", STANDALONE + [
        "-d", "a.test", "--force-renewal", "--preferred-challenges", "dns"], 0, 1),
    ("unfit-challenge-needed", "lineages", STANDALONE + [
        "-d", "a.test,x.test", "--expand", "--preferred-challenges", "dns", *HOOKS], 1, 1),
    ("renew-unfit-challenge", "lineages", ["renew", "--force-renewal", "--preferred-challenges",
                                           "dns", *HOOKS], 0, 1),
]


def _with_statuses(cases):
    """pytest's arguments: state, command line, exit status of Certbot and of ours."""
    return pytest.mark.parametrize("state, args, their_rc, our_rc", [case[1:] for case in cases],
                                   ids=[case[0] for case in cases])


def _assert_statuses(bench, state, args, their_rc, our_rc):
    assert _run(bench, DebianCertbot, state, args, None).rc == their_rc
    assert _run(bench, Certbot, state, args, None).rc == our_rc


@_with_statuses(DELIBERATE)
def test_differences_are_those_of_the_manual(bench, state, args, their_rc, our_rc):
    _assert_statuses(bench, state, args, their_rc, our_rc)


@_with_statuses(DELIBERATE_VALIDATED)
def test_differences_are_those_of_the_manual_where_names_are_validated(lenient_bench, state, args,
                                                                       their_rc, our_rc):
    _assert_statuses(lenient_bench, state, args, their_rc, our_rc)


def _by_name(cases):
    """pytest's arguments: state, command line, what is done before."""
    return pytest.mark.parametrize(
        "state, args, prepare", [(*case[1:3], case[3] if len(case) > 3 else None) for case in cases],
        ids=[case[0] for case in cases])


def _assert_same(bench, state, args, prepare):
    theirs = _run(bench, DebianCertbot, state, args, prepare)
    spent = args[0] in ("revoke", "unregister", "update_account")
    ours = _run(bench, Certbot, f"{state}-ours" if state and spent else state, args, prepare)
    both = f"{theirs.result!r}\n\n{ours.result!r}"
    assert ours.rc == theirs.rc, both
    for part in ("confs", "lineages", "folders", "accounts", "files", "hooks", "tokens"):
        found = _differences(getattr(theirs, part), getattr(ours, part))
        assert not found, f"{part} differ: {found}\n{both}"


@_by_name(CASES)
def test_both_programs_do_the_same(bench, state, args, prepare):
    _assert_same(bench, state, args, prepare)


@_by_name(VALIDATED)
def test_both_programs_do_the_same_where_names_are_validated(lenient_bench, state, args, prepare):
    _assert_same(lenient_bench, state, args, prepare)
