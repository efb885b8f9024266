"""Runs that are killed while nginx has a configuration that is not to stay, and what the next run of
any verb makes of it."""

import os
import re
import time

import pytest

from lab.lineage import differences, snapshot
from lab.process import wait_for

NAME = "a.nginx.test"


def kill_at_reload(nginx, number=1):
    """The control program kills its certbot, once, when nginx has been told to reload for the n-th
    time."""
    nginx.control.write_text(f"""#!/bin/sh
echo "$*" >> {nginx.folder}/control.log
case "$*" in *reload)
    /usr/sbin/nginx "$@"
    status=$?
    if [ "$(grep -c 'reload$' {nginx.folder}/control.log)" = {number} ]; then kill -9 $PPID; fi
    exit $status;;
esac
exec /usr/sbin/nginx "$@"
""")


def notes(certbot):
    return [name for name in os.listdir(certbot.work_dir) if name.startswith("reload-owed")]


class Killed:
    """A certbot was killed while its challenge was up; the texts are those of before."""

    def __init__(self, certbot, nginx):
        nginx.plain_site(NAME)
        nginx.start()
        self.nginx = nginx
        self.texts = nginx.texts()
        kill_at_reload(nginx)
        assert certbot.nginx("certonly", "--nginx", "-d", NAME, check=False).rc == -9
        temporary = (nginx.root / f"conf.d/{NAME}.conf").read_text()
        self.path = re.search(r"/\.well-known/acme-challenge/[\w-]{20,}", temporary).group()
        wait_for(lambda: self.stays(True), "the challenge")
        assert len(notes(certbot)) == 1

    def answers(self):
        """True when the running nginx answers the challenge."""
        return self.nginx.get(NAME, self.path).body != NAME

    def stays(self, answers):
        """For half a second, in which workers of before the reload go away."""
        for _ in range(10):
            if self.answers() != answers:
                return False
            time.sleep(0.05)
        return True

    def await_old(self):
        wait_for(lambda: self.stays(False), "the old configuration")


@pytest.fixture
def killed(site_certbot, nginx):
    return Killed(site_certbot, nginx)


@pytest.mark.parametrize("verb", [
    ["rollback", "--nginx"],
    ["renew"],
    ["certonly", "--nginx", "-d", NAME, "--dry-run"],
    ["run", "--nginx", "-d", NAME, "--no-redirect"],
])
def test_next_run_reloads_what_it_restored(verb, killed, site_certbot, nginx):
    site_certbot.nginx(*verb)
    if "run" not in verb:
        assert nginx.texts() == killed.texts
    killed.await_old()
    assert notes(site_certbot) == []


def test_a_reload_that_fails_is_owed_and_told_by_each_command(killed, site_certbot, nginx, dns_hook):
    works = nginx.control.read_text()
    nginx.control.write_text("""#!/bin/sh
case "$*" in *reload) echo no such thing >&2; exit 1;; esac
exec /usr/sbin/nginx "$@"
""")
    for _ in range(2):
        result = site_certbot.run("renew", check=1)
        [note] = notes(site_certbot)
        assert "with its restored configuration: " in result.err and "no such thing" in result.err
        assert "could not be reloaded: nginx" in result.err
        assert f"remove '{site_certbot.work_dir}/{note}'" in result.err
    # Whatever else succeeds.
    manual = ("--manual", "--preferred-challenges", "dns", "--manual-auth-hook", dns_hook)
    for verb, *args in (("certonly", "-d", "b.nginx.test", *manual),
                        ("reconfigure", "--cert-name", "b.nginx.test"),
                        ("install", "--cert-name", "b.nginx.test", "-i", "null"),
                        ("run", "-d", "b.nginx.test", "-i", "null", *manual)):
        result = site_certbot.run(verb, "-n", *args, check=1)
        assert "could not be reloaded: nginx" in result.err, result.err
    assert site_certbot.lineage("b.nginx.test").version() == 1
    nginx.control.write_text(works)
    site_certbot.run("renew")
    killed.await_old()
    assert notes(site_certbot) == []


@pytest.mark.parametrize("question", [["certificates"], ["config_changes"], ["plugins", "--init"],
                                      ["plugins", "--prepare"]])
def test_a_question_changes_nothing_and_says_what_is_owed(question, killed, site_certbot, nginx):
    folders = (nginx.root, site_certbot.work_dir, site_certbot.config_dir)
    before = snapshot(*folders, leave_out=[".certbot.lock"])
    err = site_certbot.nginx(*question).err
    assert differences(before, snapshot(*folders, leave_out=[".certbot.lock"])) == []
    assert len(nginx.calls("reload")) == 1 and killed.stays(True)
    if question != ["certificates"]:  # which is not about servers
        assert err.count("'certbot renew' restores the configuration and reloads the server") == 1
    site_certbot.run("renew")
    killed.await_old()
    assert nginx.texts() == killed.texts and len(nginx.calls("reload")) == 2


@pytest.mark.asan
def test_files_restored_and_not_reloaded_yet(site_certbot, nginx, roots):
    """Killed at the reload that deploys: by then the challenges are out of the files."""
    nginx.plain_site(NAME)
    nginx.start()
    kill_at_reload(nginx, 2)
    assert site_certbot.nginx("run", "--nginx", "-d", NAME, check=False).rc == -9
    assert len(notes(site_certbot)) == 1
    nginx.forget_calls()
    kill_at_reload(nginx, 9)
    site_certbot.run("renew")
    # For the files that were restored and for what the lineage's conf owes.
    assert len(nginx.calls("reload")) == 1
    assert nginx.leaf(NAME, roots=roots).serial_number == site_certbot.lineage(NAME).serial()
    assert notes(site_certbot) == []


def test_stopped_nginx_owes_nothing(killed, site_certbot, nginx):
    nginx.stop()
    result = site_certbot.nginx("rollback", "--nginx")
    assert "not running" in result.text
    assert notes(site_certbot) == []
    assert nginx.texts() == killed.texts


def test_note_is_gone_after_a_run_without_accident(site_certbot, nginx):
    nginx.plain_site(NAME)
    nginx.start()
    site_certbot.nginx("run", "--nginx", "-d", NAME)
    assert notes(site_certbot) == []
    site_certbot.nginx("rollback", "--nginx")
    assert notes(site_certbot) == []


@pytest.mark.parametrize("ends", ["kill -9 $PPID; exit 1", "echo no >&2; exit 1"],
                         ids=["killed", "refused"])
def test_renewed_certificate_that_nginx_has_not_read(ends, site_certbot, nginx):
    """The challenge needs no reload; what is lost is the one that makes nginx read the files."""
    www = nginx.folder / "www"
    nginx.site("a", f"""server {{
    listen {{http}};
    server_name {NAME};
    root {www};
}}
""")
    nginx.start()
    site_certbot.nginx("run", "-a", "webroot", "-w", www, "-i", "nginx", "-d", NAME,
                       "--no-redirect")
    before, control = nginx.leaf(NAME).serial_number, nginx.control.read_text()
    nginx.control.write_text(control.replace("exec", f'case "$*" in *reload) {ends};; esac\nexec'))
    result = site_certbot.nginx("renew", "--force-renewal", check=False)
    assert result.rc != 0
    nginx.control.write_text(control)
    lineage = site_certbot.lineage(NAME)
    assert lineage.serial() != before, result
    assert nginx.leaf(NAME).serial_number == before
    site_certbot.nginx("renew")
    nginx.await_leaf(NAME, lineage.serial())
    assert "reload_pending" not in (site_certbot.config_dir / f"renewal/{NAME}.conf").read_text()
    nginx.forget_calls()
    site_certbot.nginx("renew")
    assert nginx.calls("reload") == []
