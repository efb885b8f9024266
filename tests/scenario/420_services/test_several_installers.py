"""One certificate for several servers (-i nginx,copy,null): nginx, and a program that copies."""

import pytest

from lab.certbot import ROOT, Certbot
from lab.mail import Dovecot
from lab.nginx import Nginx
from lab.process import wait_for

NAME = "a.lab.test"
SAMPLE = ROOT / "contrib/plugins/certbot-plugin-copy"


class Servers:
    """A site in nginx, and a directory with copies whose plugin can be told to fail."""

    def __init__(self, tmp_path, pebble):
        self.pebble = pebble
        root = pebble.root()
        self.roots = root.decode() if isinstance(root, bytes) else root
        self.copies, plugins = tmp_path / "copies", tmp_path / "plugins"
        self.copies.mkdir()
        plugins.mkdir()
        self.program = plugins / "certbot-plugin-copy"
        self.nginx = Nginx(tmp_path / "nginx")
        self.certbot = Certbot(tmp_path / "certbot", pebble,
                               env={"CERTBOT_PLUGIN_PATH": str(plugins)})
        self.break_copies("")

    def break_copies(self, instead, *calls):
        """What the plugin does in place of these calls."""
        patterns = " | ".join(f"""*'"call":"{call}"'*""" for call in calls or ["renewed"])
        self.program.write_text(f"""#!/bin/sh
read -r line
case $line in {patterns}) {instead} ;; esac
echo "$line" | {SAMPLE}
""")
        self.program.chmod(0o755)

    def run(self, verb, *args, **options):
        return self.certbot.run(verb, "-n", *self.nginx.options(), "--http-01-port",
                                self.pebble.http_port, "--plugin-option", f"dir={self.copies}",
                                *args, **options)

    def obtain(self, *args, verb="run", **options):
        return self.run(verb, "-a", "standalone", "-d", NAME, "--required-profile", "default",
                        *args, **options)

    def are_current(self):
        lineage = self.certbot.lineage(NAME)
        copy = self.copies / f"{NAME}.pem"
        self.nginx.await_leaf(NAME, lineage.serial(), roots=self.roots)
        return copy.read_bytes() == lineage.read("privkey") + lineage.read("fullchain")


@pytest.fixture
def servers(tmp_path, pebble):
    servers = Servers(tmp_path, pebble)
    servers.nginx.plain_site(NAME)
    servers.nginx.start()
    yield servers
    servers.nginx.stop()


@pytest.mark.parametrize("installers", [("-i", "nginx,copy,null"),
                                        ("-i", "nginx", "-i", "copy", "--installer", "null")])
def test_all_get_the_certificate_and_its_renewals(servers, debian_certbot, installers):
    servers.obtain(*installers, "--hsts")
    assert servers.are_current()
    # What only nginx knows is done there, and no reason to complain of the others.
    answer = servers.nginx.get(NAME, tls=servers.roots)
    assert answer.headers["Strict-Transport-Security"]
    lineage = servers.certbot.lineage(NAME)
    assert "installer = nginx\n" in lineage.conf()
    assert "installers = nginx, copy, null\n" in lineage.conf()
    servers.certbot.run("renew", "--force-renewal")
    assert lineage.version() == 2 and servers.are_current()
    assert "installers = nginx, copy, null\n" in lineage.conf()
    assert NAME in debian_certbot.run("certificates").out


@pytest.mark.parametrize("order", ("copy,nginx", "nginx,copy"))
def test_one_that_fails_keeps_the_debt_and_not_the_others(servers, order):
    """Whether it is the first of them or the last."""
    servers.obtain("-i", order)
    lineage = servers.certbot.lineage(NAME)
    kept = (servers.copies / f"{NAME}.pem").read_bytes()
    servers.break_copies("echo '{\"error\": \"no room for copies\"}'; exit 0")
    for command in (("renew", "--force-renewal"), ("renew",)):
        result = servers.certbot.run(*command, check=1)
        assert "copy" in result.err and "no room for copies" in result.err, result.err
        assert lineage.version() == 2 and "reload_pending = True" in lineage.conf()
        assert not servers.are_current()  # nginx is
        assert (servers.copies / f"{NAME}.pem").read_bytes() == kept
    servers.break_copies("")
    servers.certbot.run("renew")
    assert servers.are_current() and "reload_pending" not in lineage.conf()


@pytest.mark.parametrize("order", ("copy,nginx", "nginx,copy"))
def test_one_whose_configuration_is_broken_is_owed_and_stops_nothing(servers, order):
    servers.obtain("-i", order)
    lineage = servers.certbot.lineage(NAME)
    conf = servers.nginx.root / "nginx.conf"
    before = conf.read_text()
    conf.write_text(before + "nonsense;\n")
    servers.certbot.run("renew", "--dry-run", check=1)
    for command in (("renew", "--force-renewal"), ("renew",)):
        result = servers.certbot.run(*command, check=1)
        assert "nginx plugin is not working" in result.err, result
        assert f"{NAME} at {order} (failure)" in result.err
        assert lineage.version() == 2 and "reload_pending = True" in lineage.conf()
        assert (servers.copies / f"{NAME}.pem").read_text() == \
            lineage.read("privkey").decode() + lineage.read("fullchain").decode()
        looks = servers.certbot.run("certificates", "--served", check=1).out
        assert "Served: The nginx plugin is not working" in looks
    conf.write_text(before)
    servers.certbot.run("renew")
    assert servers.are_current() and "reload_pending" not in lineage.conf()


@pytest.mark.parametrize("order", ("copy,nginx", "nginx,copy"))
def test_one_that_was_removed_is_owed_and_stops_nothing(servers, order):
    servers.obtain("-i", order)
    lineage = servers.certbot.lineage(NAME)
    removed = servers.program.rename(servers.program.with_name("removed"))
    for command in (("renew", "--force-renewal"), ("renew",)):
        result = servers.certbot.run(*command, check=1)
        assert "copy plugin does not appear to be installed" in result.err, result.err
        assert lineage.version() == 2 and "reload_pending = True" in lineage.conf()
        servers.nginx.await_leaf(NAME, lineage.serial(), roots=servers.roots)
    assert f"installers = {order.replace(',', ', ')}\n" in lineage.conf()
    removed.rename(servers.program)
    servers.certbot.run("renew")
    assert servers.are_current() and "reload_pending" not in lineage.conf()


@pytest.mark.parametrize("edited", ("copy,", "copy, nginx"))
def test_a_list_that_was_edited_by_hand_leaves_none_out(servers, edited):
    servers.obtain("-i", "nginx,copy")
    lineage = servers.certbot.lineage(NAME)
    lineage.conf_path.write_text(lineage.conf().replace("installers = nginx, copy\n",
                                                        f"installers = {edited}\n"))
    result = servers.certbot.run("renew", "--force-renewal")
    assert servers.are_current() and "nginx,copy" in result.err
    assert "installers = nginx, copy\n" in lineage.conf()
    assert "[services]" not in servers.certbot.run("renew").err


@pytest.mark.parametrize("order", ("copy,nginx", "nginx,copy"))
def test_a_rollback_that_fails_for_one_is_made_for_the_others(servers, order):
    before = servers.nginx.texts()
    servers.obtain("-i", "nginx,copy", "--no-redirect")
    assert servers.nginx.texts() != before
    servers.break_copies("echo '{\"error\": \"no way back\"}'; exit 0", "rollback")
    result = servers.run("rollback", "-i", order, check=1)
    assert "copy: no way back" in result.err and "Undid 1 change" in result.out, result
    assert servers.nginx.texts() == before
    assert "copy: no way back" in servers.run("rollback", "-i", "copy", check=1).err


def test_an_unknown_one_is_refused_before_the_ca_is_asked(servers, pebble):
    result = servers.obtain("-i", "nginx,nosuch", check=False)
    assert result.rc == 1 and "nosuch" in result.err
    result = servers.obtain("-i", "nginx,standalone", check=False)
    assert result.rc == 1 and "standalone" in result.err
    assert not pebble.new_requests()


def test_install_enhance_reconfigure_and_rollback_take_several(servers):
    servers.obtain(verb="certonly")
    servers.run("install", "-i", "nginx,copy", "--cert-name", NAME)
    assert servers.are_current()
    lineage = servers.certbot.lineage(NAME)
    # It would go on serving the old one if renewals did not know of it.
    assert "installer = copy\n" in lineage.conf()
    servers.run("enhance", "-i", "null,nginx", "--cert-name", NAME, "--hsts")
    assert "Strict-Transport-Security" in servers.nginx.get(NAME, tls=servers.roots).headers
    servers.run("reconfigure", "-i", "nginx,copy", "--cert-name", NAME, server=False)
    assert "installers = nginx, copy\n" in lineage.conf()
    servers.run("rollback", "-i", "null,nginx")
    wait_for(lambda: "Strict-Transport-Security" not in
             servers.nginx.get(NAME, tls=servers.roots).headers, "nginx without the header")
    servers.run("reconfigure", "-i", "nginx", "--cert-name", NAME, server=False)
    assert "installers" not in lineage.conf()


def test_install_takes_the_installers_of_the_conf(servers):
    servers.obtain("-i", "nginx,copy")
    (servers.copies / f"{NAME}.pem").unlink()
    servers.certbot.run("install", "-n", "--cert-name", NAME, *servers.nginx.options())
    assert servers.are_current()
    lineage = servers.certbot.lineage(NAME)
    assert "installers = nginx, copy\n" in lineage.conf()
    # One that the user names is the only one.
    (servers.copies / f"{NAME}.pem").unlink()
    servers.run("install", "-i", "nginx", "--cert-name", NAME)
    assert not list(servers.copies.glob("*.pem"))
    assert "installers = nginx, copy\n" in lineage.conf()


def test_an_installation_that_fails_again_is_owed(servers):
    """Where the conf has the installer: a renewal makes the installation, once it can be made."""
    servers.obtain(verb="certonly")
    lineage = servers.certbot.lineage(NAME)
    servers.break_copies("echo '{\"error\": \"no room for copies\"}'; exit 0", "deploy")
    result = servers.run("install", "-i", "copy", "--cert-name", NAME, check=1)
    assert "no room" in result.err and "_pending" not in lineage.conf()
    servers.break_copies("")
    servers.run("install", "-i", "copy", "--cert-name", NAME)
    for again in (("install", "--cert-name", NAME), ("run", "-a", "standalone", "-d", NAME)):
        servers.break_copies("echo '{\"error\": \"no room for copies\"}'; exit 0", "deploy")
        result = servers.run(*again, "-i", "copy", check=1)
        assert "no room" in result.err and "the next 'certbot renew' tries again" in result.err
        assert "installation_pending = True" in lineage.conf()
        assert "no room" in servers.certbot.run("renew", check=1).err
        servers.break_copies("")
        (servers.copies / f"{NAME}.pem").unlink()
        servers.certbot.run("renew")
        assert "_pending" not in lineage.conf() and lineage.version() == 1
        assert (servers.copies / f"{NAME}.pem").exists()


@pytest.mark.parametrize("order", ("nginx,dovecot", "dovecot,nginx"))
@pytest.mark.parametrize("stopped", ("nginx", "dovecot"))
def test_one_that_is_stopped_is_named_and_owes_nothing(servers, order, stopped):
    """It reads the new certificate when it starts. The other one is reloaded and looked at."""
    lineage = servers.certbot.lineage(NAME)
    with Dovecot() as dovecot:
        servers.obtain("-i", order, *dovecot.options()[1:])
        first = servers.certbot.leaf(NAME)
        assert dovecot.shows(first)
        servers.nginx.stop() if stopped == "nginx" else dovecot.stop_server()
        result = servers.certbot.run("renew", "--force-renewal")
        said = [line for line in result.err.splitlines() if "is not running" in line]
        assert len(said) == 1 and stopped in said[0].lower()
        assert "will use its new configuration when it is started" in said[0]
        assert servers.certbot.leaf(NAME) != first and "_pending" not in lineage.conf()
        if stopped == "nginx":
            assert dovecot.shows(servers.certbot.leaf(NAME))
            servers.nginx.start()
        else:
            servers.nginx.await_leaf(NAME, lineage.serial(), roots=servers.roots)
            dovecot.start_server()
        # Nothing is left to do for it.
        assert "is not running" not in servers.certbot.run("renew").err
        servers.nginx.await_leaf(NAME, lineage.serial(), roots=servers.roots)
        assert dovecot.shows(servers.certbot.leaf(NAME))


# ---- Later commands that do not name all of them, or not their options ----

def without_options(servers, verb, *args):
    servers.certbot.run(verb, "-n", "-a", "standalone", "--http-01-port",
                        servers.pebble.http_port, "-d", NAME, *args)


def copies_are_current(servers):
    lineage = servers.certbot.lineage(NAME)
    copy = (servers.copies / f"{NAME}.pem").read_bytes()
    return copy == lineage.read("privkey") + lineage.read("fullchain")


@pytest.fixture
def installed(servers):
    without_options(servers, "run", "-i", "copy,null", "--copy-dir", servers.copies)
    return servers


@pytest.mark.parametrize("verb, args", [
    ("certonly", ()), ("run", ("-i", "null")), ("run", ("-i", "copy")), ("run", ("-i", "null,copy")),
])
def test_those_that_are_not_named_again_stay(installed, verb, args):
    """A copy that nobody renews would be served until it expires."""
    without_options(installed, verb, "-d", f"www.{NAME}", "--expand", *args)
    lineage = installed.certbot.lineage(NAME)
    assert lineage.version() == 2 and copies_are_current(installed)
    installed.certbot.run("renew", "--force-renewal")
    assert lineage.version() == 3 and copies_are_current(installed)


def test_options_stay_when_an_installer_is_named_again(installed):
    without_options(installed, "run", "-i", "copy,null")
    assert f"copy_dir = {installed.copies}" in installed.certbot.lineage(NAME).conf()
    installed.certbot.run("reconfigure", "--cert-name", NAME, "-i", "null,copy")
    assert f"copy_dir = {installed.copies}" in installed.certbot.lineage(NAME).conf()
    installed.certbot.run("renew", "--force-renewal")
    assert copies_are_current(installed)


def test_reconfigure_takes_one_away(installed):
    installed.certbot.run("reconfigure", "--cert-name", NAME, "-i", "null")
    without_options(installed, "certonly", "--force-renewal")
    assert not copies_are_current(installed)


# ---- One that an earlier run left behind ----

NO_ROOM = "echo '{\"error\": \"no room for copies\"}'; exit 0"


@pytest.fixture
def owed(servers):
    """nginx, copy and their lineage: copy could not take over the last certificate."""
    servers.obtain("-i", "nginx,copy", "--no-redirect")
    servers.break_copies(NO_ROOM)
    servers.certbot.run("renew", "--force-renewal", check=1)
    return servers


KEEPS = [
    ("certonly", "-a", "standalone", "-d", NAME),
    ("certonly", "-a", "standalone", "-d", NAME, "-i", "nginx"),
    ("run", "-a", "standalone", "-d", NAME, "-i", "nginx", "--no-redirect"),
    ("install", "--cert-name", NAME, "-i", "nginx", "--no-redirect"),
    ("enhance", "--cert-name", NAME, "-i", "nginx", "--hsts"),
    ("reconfigure", "--cert-name", NAME),
    ("renew", "--cert-name", NAME),
    ("renew", "--cert-name", NAME, "-i", "nginx"),
]


@pytest.mark.parametrize("command", KEEPS, ids=" ".join)
def test_one_that_is_not_named_is_owed_and_told(owed, command):
    """And gets what it is owed as soon as it can."""
    def run(check):
        return owed.certbot.run(command[0], "-n", *command[1:], "--http-01-port",
                                owed.pebble.http_port, check=check)

    lineage = owed.certbot.lineage(NAME)
    owed.break_copies(NO_ROOM, "renewed", "deploy")
    result = run(1)
    assert "copy" in result.err and "no room for copies" in result.err, result.err
    assert "the next 'certbot renew' tries again" in result.err.lower()
    assert "reload_pending = True" in lineage.conf() and not owed.are_current()
    owed.break_copies("")
    run(0)
    assert owed.are_current() and "reload_pending" not in lineage.conf()
    assert lineage.version() == 2
