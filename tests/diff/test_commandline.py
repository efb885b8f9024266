"""Our command line and saved options (src/config) against those of an installed Certbot.

The same words and cli.ini files for both: both give a usage error, both another error, or both the
same values with the same idea of what the user has set. Then the [renewalparams] section that both
write, and write again after restoring one.
"""

import io
import json
import os
import pathlib
import shlex
import subprocess

import configobj
import pytest

XDG_HOME = pathlib.Path(os.environ["SETTINGS_XDG_HOME"])
os.environ["XDG_CONFIG_HOME"] = str(XDG_HOME)  # read by Certbot when it is imported
USER_FILE = XDG_HOME / "letsencrypt" / "cli.ini"
SYSTEM_FILE = pathlib.Path("/etc/letsencrypt/cli.ini")

from certbot import configuration, errors  # noqa: E402
from certbot._internal import cli, constants, renewal, storage  # noqa: E402
from certbot._internal.plugins import disco  # noqa: E402

# Values that both have; the rest of Certbot's are not options, are without effect, or differ on
# purpose (renew_hook is one with deploy_hook here).
COMPARED = """
    verbose_count max_log_backups preconfigured_renewal noninteractive_mode force_interactive domains
    eab_kid eab_hmac_key certname dry_run register_unsafely_without_email email eff_email reinstall
    expand renew_by_default renew_with_new_domains reuse_key new_key allow_subset_of_names tos account
    duplicate quiet staging debug debug_challenges no_verify_ssl http01_port http01_address https_port
    break_my_certs rsa_key_size key_type elliptic_curve must_staple redirect hsts uir staple
    strict_permissions preferred_chain pref_challs issuance_timeout pre_hook post_hook deploy_hook
    random_sleep_on_renew validate_hooks directory_hooks disable_renew_updates autorenew auto_hsts
    user_agent user_agent_comment csr reason delete_after_revoke checkpoints init prepare ifaces
    cert_path key_path fullchain_path chain_path config_dir work_dir logs_dir server configurator
    authenticator installer apache nginx standalone manual webroot dns_cloudflare dns_digitalocean
    dns_dnsimple dns_dnsmadeeasy dns_gehirn dns_google dns_linode dns_luadns dns_nsone dns_ovh
    dns_rfc2136 dns_route53 dns_sakuracloud webroot_path webroot_map manual_auth_hook
    manual_cleanup_hook
""".split()

# Certbot takes the default paths of certonly for values that were set, for it makes them absolute,
# and names from --webroot-map for defaults, for it changes the default list in place.
SET_NOT_COMPARED = {"cert_path", "fullchain_path", "chain_path", "domains"}

LINES = r"""

certonly
certonly -d a.test
certonly -d a.test -d b.test
certonly -d a.test,b.test
certonly -d 'a.test, b.test'
certonly -d a.test,a.test -d A.TEST.
certonly --domain a.test
certonly --domains a.test
certonly --domains=a.test
certonly -da.test
certonly -d=a.test
certonly -d '*.a.test'
certonly -d a.test.
certonly -d a..test
certonly -d .test
certonly -d a.test,
certonly -d http://a.test
certonly -d https://a.test/
certonly -d 192.0.2.7
certonly -d ::1
certonly -d 10
certonly -d _x.a.test
-d a.test certonly
-d certonly
auth -d a.test
everything
run -d a.test
-d run
certonly renew
renew certonly
renew
renew -n
renew --cert-name a
renew --force-interactive
renew --dry-run
renew --dry-run --server https://ca.test/dir
renew --staging --server https://ca.test/dir
renew --quiet --no-random-sleep-on-renew
certonly --force-interactive
certonly --force-interactive -n
certonly --non-interactive
certonly --noninteractive
certonly -nv
certonly -nvvv
certonly -vvn
certonly -v -v --verbose
certonly -nd a.test
certonly -nda.test
certonly -n=1
certonly -nx
certonly -x
certonly --staging
certonly --test-cert
certonly --staging --server https://ca.test/dir
certonly --staging --server https://acme-staging-v02.api.letsencrypt.org/directory
certonly --server https://acme-v02.api.letsencrypt.org/directory
certonly --dry-run
run --dry-run
register --dry-run
certonly --dry-run --staging
certonly --rsa-key-size 4096
certonly --rsa-key-size=4096
certonly --rsa-key-s 4096
certonly --rsa-key-size x
certonly --rsa-key-size
certonly --rsa-key-size --dry-run
certonly --rsa-key-size 2048 --rsa-key-size 4096
certonly --key-type rsa
certonly --key-type RSA
certonly --key-type dsa
certonly --elliptic-curve secp384r1
certonly --elliptic-curve p256
certonly --re
certonly --pref x
certonly --preferred-chall http
certonly --preferred-challenges http
certonly --preferred-challenges dns,http-01 --preferred-challenges http
certonly --preferred-challenges 'dns, http'
certonly --preferred-challenges pigeon
certonly --preferred-chain 'My Root'
certonly --foo
certonly --foo bar
certonly foo
foo
certonly --email
certonly --email -5
certonly --email -5.5
certonly --email -.5
certonly --email -x
certonly --email=-x
certonly --email=
certonly --email '-a b'
certonly --email a@b.c --email d@e.f
certonly -m a@b.c
certonly -ma@b.c
certonly --
certonly -- foo
certonly -
certonly --eff-email
certonly --no-eff-email
certonly --eff-email --no-eff-email
certonly --keep
certonly --keep-until
certonly --reinstall
certonly --force-renew
certonly --renew-by-default
certonly --duplicate --expand --keep
certonly --allow-subset-of-names -d a.test
certonly --allow-subset-of-names -d '*.a.test'
certonly --must-staple
certonly --reuse-key
certonly --no-reuse-key
certonly --reuse-key --no-reuse-key
certonly --new-key
certonly --no-autorenew
certonly --max-log-backups 5
certonly --max-log-backups -1
certonly --max-log-backups x
certonly --issuance-timeout 5
certonly --issuance-timeout -5
certonly --http-01-port 8080 --http-01-address 127.0.0.1
certonly --http-01-port 443
certonly --https-port 80
certonly --https-port 8443
certonly --pre-hook true --post-hook 'sh -c x'
certonly --pre-hook nosuchprogram
certonly --pre-hook nosuchprogram --disable-hook-validation
certonly --post-hook /etc/passwd
certonly --deploy-hook true
certonly --deploy-hook true --deploy-hook 'true x'
certonly --deploy-hook true --renew-hook false
certonly --renew-hook true --deploy-hook false
certonly --deploy-hook true --renew-hook true
certonly --deploy-hook nosuchprogram
certonly --no-directory-hooks --disable-renew-updates
certonly --user-agent ''
certonly --user-agent-comment 'x (y)'
certonly --user-agent-comment x/1
certonly --csr /nonexistent/csr.pem
run --csr /dev/null
certonly --config-dir x --work-dir /a/../b --logs-dir /var/log/
certonly --cert-path x --key-path y --fullchain-path z --chain-path w
install --cert-path x --key-path y
certificates --cert-name 'x y'
revoke --cert-path /x
revoke --cert-path /x --reason superseded
revoke --cert-path /x --reason KeyCompromise
revoke --cert-path /x --reason 4
revoke --cert-path /x --delete-after-revoke
revoke --cert-path /x --no-delete-after-revoke
delete --cert-name x
rollback --checkpoints 3
rollback --checkpoints x
plugins --init --prepare
plugins --authenticators
plugins --installers --authenticators
enhance --redirect --hsts
enhance --no-hsts --uir
run --hsts --auto-hsts
run --no-redirect
run --redirect --no-redirect
run --staple-ocsp --no-staple-ocsp
certonly --nginx
certonly --apache -n
certonly -a webroot -i nginx
certonly -awebroot
certonly --authenticator=manual
certonly --configurator nginx
certonly --manual --manual-auth-hook true --manual-cleanup-hook true
certonly --dns-rfc2136
certonly --dns-cloudflare
certonly -w /tmp -d a.test
certonly -w /tmp -d a.test -d b.test -w /etc -d c.test
certonly -w /tmp -d a.test -w /etc -d b.test -w /usr
certonly -d a.test -w /tmp
certonly -d a.test -w /tmp -w /etc
certonly -w /nonexistent
certonly -w /tmp/../tmp/ -d a.test
certonly --webroot-path=/tmp -d a.test
certonly --webroot-m '{"a.test,b.test": "/tmp"}'
certonly --webroot-map '{"a.test": "/tmp"}' -w /etc -d a.test -d b.test -w /usr
certonly --webroot-map '{"a.test": "/nonexistent"}'
certonly --webroot-map '{"a..test": "/tmp"}'
certonly --webroot-map '{"a.test": "/tmp"}' --webroot-map '{"b.test": "/etc"}'
renew --webroot-map '{"a.test": "/tmp"}'
renew -w /tmp
certonly --account x --agree-tos --register-unsafely-without-email
certonly --eab-kid k --eab-hmac-key h
register -m a@b.c --agree-tos
unregister --account x
show_account --server https://ca.test/
update_account --email x@y.z
update_symlinks
certonly --break-my-certs --debug --debug-challenges --no-verify-ssl
certonly --strict-permissions
certonly --text
certonly -t
certonly --os-packages-only --no-self-upgrade --no-bootstrap --no-permissions-check
certonly --preconfigured-renewal
certonly --config /nonexistent/cli.ini
""".strip("\n").split("\n")

# (cli.ini, command line)
FILES = [
    ("rsa-key-size = 4096", "certonly"),
    ("rsa-key-size = 4096", "certonly --rsa-key-size 3072"),
    ("rsa-key-s = 4096", "certonly"),
    ("rsa_key_size = 4096", "certonly"),
    ("rsa-key-size 4096", "certonly"),
    ("rsa-key-size: 4096", "certonly"),
    ("--rsa-key-size 4096", "certonly"),
    ("--rsa-key-size=4096", "certonly"),
    ("rsa-key-size = x", "certonly"),
    ("rsa-key-size = 4096 # big", "certonly"),
    ("rsa-key-size = 3072\nrsa-key-size = 4096", "certonly"),
    ("email = 'a@b.c'", "register"),
    ('email = "a@b.c"', "register"),
    ("m = a@b.c", "register"),
    ("d = a.test", "certonly"),
    ("agree-tos", "certonly"),
    ("agree-tos = true", "certonly"),
    ("agree-tos = YES", "certonly"),
    ("agree-tos = 1", "certonly"),
    ("agree-tos = false", "certonly"),
    ("agree-tos = No", "certonly"),
    ("agree-tos = 0", "certonly"),
    ("agree-tos = maybe", "certonly"),
    ("agree-tos = 2", "certonly"),
    ("verbose = true", "certonly -v"),
    ("v = 2", "certonly"),
    ("no-such-key = 1", "certonly"),
    ("no-such-key", "certonly"),
    ("domains = a.test, b.test", "certonly"),
    ("domains = a.test, b.test", "certonly -d c.test"),
    ("domains = a.test", "renew"),
    ("domains = [a.test, b.test]", "certonly"),
    ("domains = a..test", "certonly"),
    ("[section]\n# comment\n; comment\n---\n\nexpand = true", "certonly"),
    ("webroot-path = /tmp", "certonly -d a.test"),
    ("webroot-path = /tmp", "certonly -d a.test -w /etc"),
    ('webroot-map = {"a.test": "/tmp"}', "certonly"),
    ("redirect = true", "run --no-redirect"),
    ("no-redirect = true", "run --redirect"),
    ("no-redirect = true", "run"),
    ("reuse-key = true", "certonly --no-reuse-key"),
    ("authenticator = webroot\ninstaller = nginx", "run"),
    ("webroot = true", "certonly"),
    ("preferred-challenges = dns, http", "certonly"),
    ("preferred-challenges = dns", "certonly --preferred-challenges http"),
    ("server = https://ca.test/dir", "certonly --staging"),
    ("server = https://ca.test/dir", "certonly --dry-run"),
    ("staging = true", "certonly"),
    ("pre-hook = nosuchprogram", "renew"),
    ("pre-hook = true", "renew"),
    ("deploy-hook = true", "certonly --deploy-hook 'true x'"),
    ("quiet = true", "renew"),
    ("no-autorenew = true", "certonly"),
    ("no-autorenew = false", "certonly"),
    ("os-packages-only = true", "certonly"),
    ("user-agent = ", "certonly"),
    ("rsa-key-size = ", "certonly"),
    ("max-log-backups = 7\n", "certonly"),
    ("authenticators = true", "plugins"),
    ("rsa-key-size = 4096", "certonly --nonsense"),
    ("nonsense = 1", "certonly --help"),
]


class Ours:
    """The filter tests/tools/settings_dump."""

    def __init__(self):
        self.child = subprocess.Popen(
            [os.environ["SETTINGS_DUMP"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, words, conf=None):
        files = [str(path) for path in (SYSTEM_FILE, USER_FILE) if path.exists()]
        request = {"argv": words, "files": files}
        if conf is not None:
            request["conf"] = conf
        self.child.stdin.write(json.dumps(request).encode() + b"\n")
        self.child.stdin.flush()
        return json.loads(self.child.stdout.readline())

    def close(self):
        self.child.stdin.close()
        assert self.child.wait() == 0


@pytest.fixture(scope="module")
def ours():
    child = Ours()
    yield child
    child.close()


@pytest.fixture(autouse=True)
def user_file(request):
    """The user's cli.ini: none, unless the test writes one."""
    USER_FILE.parent.mkdir(parents=True, exist_ok=True)
    USER_FILE.unlink(missing_ok=True)
    yield
    USER_FILE.unlink(missing_ok=True)


def parse_by_certbot(words):
    """Certbot's configuration, or the status with which it ends."""
    cli.set_by_cli.detector = None
    try:
        parsed = cli.prepare_and_parse_args(disco.PluginsRegistry.find_all(), list(words))
        return configuration.NamespaceConfig(parsed)
    except SystemExit as end:
        return end.code
    except errors.Error:
        return 1


def certbot_value(config, dest):
    value = getattr(config, dest)
    if dest == "csr" and value:
        return value[0]
    if dest == "ifaces":
        return [interface.__name__.lower() for interface in value or []]
    if dest == "reason":
        return {code: word for word, code in constants.REVOCATION_REASONS.items()}[value]
    if dest == "noninteractive_mode" and config.quiet:
        return True  # Certbot's display does that later
    return value


def was_set(config, dest):
    return cli.option_was_set(dest, getattr(config, dest))


def compare(words, answer):
    theirs = parse_by_certbot(words)
    if not isinstance(theirs, configuration.NamespaceConfig):
        if theirs == 0:
            assert answer["help"] or answer["version"]
        else:
            assert answer.get("status") == theirs, answer.get("error")
        return
    assert "error" not in answer, answer["error"]
    assert answer["verb"] == theirs.verb
    values = answer["values"]
    assert {dest: values[dest]["value"] for dest in COMPARED} == {
        dest: certbot_value(theirs, dest) for dest in COMPARED}
    settable = set(COMPARED) - SET_NOT_COMPARED
    assert {dest for dest in settable if values[dest]["set"]} == {
        dest for dest in settable if was_set(theirs, dest)}


@pytest.mark.parametrize("line", LINES)
def test_same_values(ours, line):
    words = shlex.split(line)
    compare(words, ours.ask(words))


@pytest.mark.parametrize("text,line", FILES)
def test_same_values_with_a_file(ours, text, line):
    USER_FILE.write_text(text + "\n")
    words = shlex.split(line)
    compare(words, ours.ask(words))


@pytest.mark.parametrize("text,line", FILES)
def test_same_values_with_a_named_file(ours, text, line, tmp_path):
    named = tmp_path / "named.ini"
    named.write_text(text + "\n")
    words = [*shlex.split(line), "-c", str(named)]
    compare(words, ours.ask(words))


# What Certbot accepts and we refuse, or the other way round, each for a reason.

@pytest.mark.parametrize("line", [
    "certonly --dom a.test",            # both are names of one option
    "certonly -d b\u00fccher.example",  # becomes an A-label
    "certonly --preferred-challenges tls-alpn",
    "certonly --preferred-challenges tls-sni",
    "delete --cert-name x --force",
    "certonly --ip-address 192.0.2.7 --ip-address 2001:DB8::7",
    "certonly --required-profile shortlived",
    "certonly --agree-dev-preview --dialog",
])
def test_accepted_by_us_only(ours, line):
    words = shlex.split(line)
    assert parse_by_certbot(words) in (1, 2)
    assert "error" not in ours.ask(words)


@pytest.mark.parametrize("line", [
    "revoke",                       # Certbot says so after the directories are made
    "renew -d a.test",
    "enhance",
    "certonly --cert-name a/b",
    "certonly --http-01-port 65536",
    "certonly -d 'a b.test'",
    "certonly --pre-hook 'true %(x)s'",  # Certbot cannot read it again
])
def test_refused_by_us_only(ours, line):
    words = shlex.split(line)
    assert isinstance(parse_by_certbot(words), configuration.NamespaceConfig)
    assert ours.ask(words)["status"] in (1, 2)


def test_verbosity_in_a_file_is_counted(ours):
    """Certbot counts too, and then fails when it looks what was set."""
    USER_FILE.write_text("verbose = 2\n")
    assert ours.ask(["certonly"])["values"]["verbose_count"]["value"] == 2
    assert parse_by_certbot(["certonly"]).verbose_count == 2


def test_later_config_files_override_earlier_ones(ours, tmp_path):
    first, second = tmp_path / "1.ini", tmp_path / "2.ini"
    USER_FILE.write_text("rsa-key-size = 2049\nemail = user@x.y\ndomains = u.test\n")
    first.write_text("rsa-key-size = 2050\nemail = first@x.y\n")
    second.write_text("rsa-key-size = 2051\n")
    values = ours.ask(["certonly", "-c", str(first), "--config", str(second)])["values"]
    assert values["rsa_key_size"]["value"] == 2051
    assert values["email"]["value"] == "first@x.y"
    assert values["domains"]["value"] == ["u.test"]


# ---- Renewal confs ----

SAVED = r"""
certonly -a standalone
certonly -a webroot -w /tmp -d a.test
certonly -a webroot -w /tmp -d a.test -w /etc -d b.test -w /usr
certonly -a webroot --webroot-map '{"a.test,b.test": "/tmp", "c.test": "/etc"}'
certonly -a manual --manual-auth-hook 'sh -c "echo a, b"' --preferred-challenges dns
run -a webroot -i nginx --account 0123456789abcdef
run --authenticator standalone --installer nginx --rsa-key-size 4096 --key-type rsa
certonly -a standalone --key-type ecdsa --elliptic-curve secp384r1 --reuse-key
certonly -a standalone --no-reuse-key --no-autorenew --must-staple --allow-subset-of-names
certonly -a standalone --pre-hook true --post-hook 'true # x' --http-01-port 80
certonly -a standalone --http-01-address 127.0.0.1 --preferred-challenges http,dns
certonly -a standalone --server https://ca.test/dir --account 0123
certonly -a standalone --user-agent '' --preferred-chain "It's a, \"root\""
certonly -a standalone --config-dir /tmp/c --work-dir /tmp/w --logs-dir /tmp/l
certonly -a standalone -m a@b.c --agree-tos -n -q --duplicate --hsts --user-agent-comment x
certonly -a standalone --pre-hook 'true  ' --post-hook ' true'
certonly -a standalone --user-agent '100% $HOME'
""".strip("\n").split("\n")

CONFS = [
    "authenticator = standalone\nserver = https://ca.test/\naccount = 01\nkey_type = rsa\n",
    "authenticator = webroot\nwebroot_path = /tmp, /etc\nkey_type = ecdsa\n"
    "server = https://ca.test/\n[[webroot_map]]\na.test = /tmp\n",
    "authenticator = webroot\nwebroot_path = /tmp\nserver = https://ca.test/\nkey_type = rsa\n",
    "authenticator = manual\nmanual_auth_hook = /x/y\nmanual_cleanup_hook = /x/z\n"
    "pref_challs = dns,\nserver = https://ca.test/\nkey_type = rsa\n",
    "authenticator = manual\nmanual_auth_hook = None\nmanual_cleanup_hook = None\n"
    "server = https://ca.test/\nkey_type = rsa\n",
    "authenticator = standalone\ninstaller = None\nmust_staple = True\nreuse_key = TRUE\n"
    "rsa_key_size = 4096\nhttp01_port = 8080\npre_hook = a\npost_hook = b\n"
    "server = https://ca.test/\nkey_type = rsa\n",
    "authenticator = standalone\nserver = https://acme-v01.api.letsencrypt.org/directory\n",
    "authenticator = standalone\nserver = https://ca.test/\nunknown = 1\nwebroot_path = /x,\n"
    "manual_public_ip_logging_ok = None\nno_self_upgrade = True\n",
    "authenticator = standalone\nserver = https://ca.test/\nhttp01_port = None\n",
    "authenticator = standalone\nserver = https://ca.test/\nmust_staple = maybe\n",
    "authenticator = standalone\nserver = https://ca.test/\nrsa_key_size = big\n",
    "authenticator = standalone\nserver = https://ca.test/\npref_challs = pigeon,\n",
    "server = https://ca.test/\n",
]
RESTORING = [
    "renew",
    "renew --server https://mine.test/",
    "renew --pre-hook true --rsa-key-size 3072",
    "renew -w /usr",
    "renew --webroot-map '{\"z.test\": \"/usr\"}'",
    "renew --standalone",
    "renew --no-reuse-key --key-type ecdsa --preferred-challenges http",
    "renew --account 99 --manual-auth-hook true",
]


RESTORED = [dest for dest in COMPARED if not dest.endswith("_path")] + ["webroot_path"]


def section_of(text):
    """The [renewalparams] section, which is the last one."""
    return text[text.index("[renewalparams]"):]


def saved_by_certbot(config, path, old=None):
    if old is not None:
        path.write_text(old)
    links = {kind: f"/x/{kind}.pem" for kind in storage.ALL_FOUR}
    values = storage.relevant_values(vars(config.namespace))
    storage.write_renewal_config(str(path), str(path), "/x", links, values)
    return section_of(path.read_text())


def without_copies(section):
    """Certbot 2.1 has the deploy hook twice in its values; the file has it once."""
    return "".join(line for line in section.splitlines(True) if not line.startswith("deploy_hook"))


@pytest.mark.parametrize("line", SAVED)
def test_same_section_is_saved(ours, line, tmp_path):
    words = shlex.split(line)
    theirs = saved_by_certbot(parse_by_certbot(words), tmp_path / "a.conf")
    assert section_of(ours.ask(words)["saved"]) == without_copies(theirs)


def restored_by_certbot(config, conf):
    """As renewal._reconstitute does, which wants a whole lineage."""
    section = configobj.ConfigObj(io.StringIO(conf))["renewalparams"]
    if "authenticator" not in section:
        return False
    section["key_type"] = section.get("key_type", "rsa")
    section = renewal._remove_deprecated_config_elements(section)
    try:
        renewal.restore_required_config_elements(config, section)
        renewal._restore_plugin_configs(config, section)
    except (ValueError, errors.Error):
        return False
    return True


@pytest.mark.parametrize("line", RESTORING)
@pytest.mark.parametrize("params", CONFS)
def test_same_values_are_restored(ours, line, params):
    words = shlex.split(line)
    conf = "[renewalparams]\n" + params
    config = parse_by_certbot(words)
    answer = ours.ask(words, conf)
    if not restored_by_certbot(config, conf):
        assert answer["status"] == 1
        return
    assert "error" not in answer, answer["error"]
    values = answer["values"]
    assert {dest: values[dest]["value"] for dest in RESTORED} == {
        dest: certbot_value(config, dest) for dest in RESTORED}


def merges_directories(line, params):
    """Later versions than 2.1 merge the section of directories, and so do we."""
    return "[[webroot_map]]" in params and "-w" in line


@pytest.mark.parametrize("line", RESTORING)
@pytest.mark.parametrize("params", CONFS[:4])
def test_same_section_is_saved_after_restoring(ours, line, params, tmp_path):
    words = shlex.split(line)
    conf = "[renewalparams]\n" + params
    config = parse_by_certbot(words)
    assert restored_by_certbot(config, conf)
    theirs = saved_by_certbot(config, tmp_path / "a.conf", conf)
    saved = section_of(ours.ask(words, conf)["saved"])
    if merges_directories(line, params):
        saved = saved.replace("a.test = /tmp\n", "")
    assert saved == theirs
