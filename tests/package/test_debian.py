"""The Debian package over Debian's Certbot, and back; scripts/package check runs this.

PACKAGE_ROOT is a fresh root of one suite with Debian's certbot in it, PACKAGE_DEB our package in that root.
The tests follow each other: what one leaves is where the next begins.
"""

import hashlib
import os
import re
from pathlib import Path

import pytest

from lab.certbot import execute
from lab.pebble import Pebble

ROOT = Path(os.environ["PACKAGE_ROOT"])
DEB = os.environ["PACKAGE_DEB"]
NAME = "www.example.com"
STATE = ROOT / "etc/letsencrypt"


def in_root(*argv, env=(), timeout=300, rc=0):
    """Runs a command in the root, as its administrator would."""
    result = execute(
        ["unshare", "--mount", "sh", "-ec",
         'mount -t proc proc "$0/proc"; exec chroot "$0" "$@"', ROOT, *argv],
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive",
             "LC_ALL": "C.UTF-8", **dict(env)}, timeout=timeout)
    assert result.rc == rc, result
    return result


def apt(*argv):
    return in_root("apt-get", "-q", "-y", "--no-install-recommends", "--allow-downgrades", *argv)


def state():
    """Every file, link and mode below /etc/letsencrypt, but for cli.ini, which packages own."""
    found = {}
    for path in sorted(STATE.rglob("*")):
        name = str(path.relative_to(STATE))
        if path.is_symlink():
            found[name] = os.readlink(path)
        elif path.is_file() and name != "cli.ini":
            found[name] = (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mode)
    return found


def version():
    return in_root("dpkg-query", "-W", "-f=${Version}", "certbot").out


def generation():
    return int(re.search(r"(\d+)\.pem$", os.readlink(STATE / f"live/{NAME}/cert.pem")).group(1))


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    with Pebble(tmp_path_factory.mktemp("pebble"), nonce_reject=0) as pebble:
        (ROOT / "root/ca.pem").write_bytes(Path(pebble.ca_bundle).read_bytes())
        (ROOT / "etc/hosts").write_bytes(Path("/etc/hosts").read_bytes())
        yield pebble


def certbot(ca, *argv):
    return in_root("certbot", *argv, env={"REQUESTS_CA_BUNDLE": "/root/ca.pem"})


def obtain(ca):
    certbot(ca, "certonly", "--standalone", "-n", "--agree-tos", "-m", "admin@example.com",
            "--server", ca.directory, "--http-01-port", str(ca.http_port), "-d", NAME)


def renew_as_the_timer_does(ca):
    """The command of the installed unit, made to find the certificate due."""
    unit = next(path for path in (ROOT / "usr/lib/systemd/system/certbot.service",
                                  ROOT / "lib/systemd/system/certbot.service") if path.exists())
    command = re.search(r"^ExecStart=(.*)$", unit.read_text(), re.MULTILINE).group(1).split()
    assert command[0] == "/usr/bin/certbot" and "renew" in command
    certbot(ca, *command[1:], "--force-renewal")


@pytest.fixture(scope="module")
def debians(ca):
    """The version of Debian's Certbot, which has obtained a certificate."""
    obtain(ca)
    return version()


def test_installing_over_debians_keeps_every_file(ca, debians):
    before = state()
    apt("install", DEB)
    assert version().startswith("6.0.0")
    assert state() == before
    assert NAME in certbot(ca, "certificates").out


def test_the_timers_command_renews(ca, debians):
    before = generation()
    renew_as_the_timer_does(ca)
    assert generation() == before + 1


def test_timer_cron_and_completion_are_there(debians):
    listed = in_root("dpkg", "-L", "certbot").out.split()
    for name in ("/etc/cron.d/certbot", "/etc/logrotate.d/certbot", "/etc/letsencrypt/cli.ini",
                 "/usr/bin/letsencrypt", "/usr/share/bash-completion/completions/certbot.bash"):
        assert name in listed
    for timer in "certbot.timer", "certbot-notify.timer":
        assert any(name.endswith(f"systemd/system/{timer}") for name in listed)
    assert in_root("getent", "passwd", "_certbot").out
    assert (ROOT / "var/log/letsencrypt").stat().st_mode & 0o777 == 0o700


def test_going_back_carries_on(ca, debians):
    before = generation()
    apt("install", f"certbot={debians}")
    assert version() == debians
    assert NAME in certbot(ca, "certificates").out
    renew_as_the_timer_does(ca)
    assert generation() == before + 1


def test_removing_keeps_the_certificates(ca, debians):
    apt("install", DEB)
    before = state()
    apt("remove", "certbot")
    assert not (ROOT / "usr/bin/certbot").exists()
    assert state() == before


def test_purging_without_anybody_to_ask_keeps_the_keys(debians):
    before = state()
    apt("purge", "certbot")
    assert state() == before


def test_purging_deletes_the_keys_if_the_answer_is_yes(ca, debians):
    apt("install", DEB)
    in_root("sh", "-ec", "echo 'certbot certbot/remove-keys boolean true' | debconf-set-selections")
    apt("purge", "certbot")
    assert not STATE.exists()


def test_a_fresh_installation_enables_the_timer(debians):
    apt("install", DEB)
    for timer in "certbot.timer", "certbot-notify.timer":
        assert (ROOT / "etc/systemd/system/timers.target.wants" / timer).is_symlink()


def test_purging_leaves_nothing_where_there_were_no_keys(debians):
    apt("purge", "certbot")
    for name in ("etc/systemd/system/timers.target.wants/certbot.timer",
                 "etc/systemd/system/timers.target.wants/certbot-notify.timer",
                 "etc/letsencrypt", "var/lib/letsencrypt", "var/log/letsencrypt", "etc/cron.d/certbot", "etc/logrotate.d/certbot"):
        assert not (ROOT / name).exists(), name
