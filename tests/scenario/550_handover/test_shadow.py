"""`shadow` compares this program with Debian's Certbot 2.1 on configuration directories of all kinds, and
changes nothing, whatever it finds."""

import json
import re

import pytest

from lab.certbot import Certbot
from lab.timers import TimerMachine, describe
from lab.config_trees import TREES, Tree
from lab.forge import DAY


def snapshot(folder):
    return {str(path.relative_to(folder)): describe(path) for path in sorted(folder.rglob("*"))}


@pytest.fixture
def certbot(tmp_path):
    return Certbot(tmp_path / "certbot")


@pytest.fixture
def machine(tmp_path, certbot):
    machine = TimerMachine(tmp_path / "machine", certbot)
    machine.add_debian()
    return machine


def compare(machine, *options, env=None):
    result = machine.run("shadow", "--json", *options, check=False, env=env)
    shown = json.loads(result.out)
    assert result.rc == (1 if shown["differences"] else 0), result
    return shown


@pytest.mark.parametrize("name", TREES)
def test_tree(machine, certbot, name):
    make, expected = TREES[name]
    make(Tree(certbot.config_dir))
    before = snapshot(certbot.config_dir)
    shown = compare(machine)
    found = [tuple(each[member] for member in ("area", "subject", "here", "there"))
             for each in shown["differences"]]
    for (area, subject, here, there), wanted in zip(found, expected):
        assert area == wanted[0] and subject.removeprefix(f"{certbot.config_dir}/") == wanted[1] and wanted[2] in here and wanted[3] in there, found
    assert len(found) == len(expected), found
    assert shown["there"]["version"].startswith("certbot 2.") and shown["enclosed"]
    assert snapshot(certbot.config_dir) == before
    assert not certbot.work_dir.exists() and not certbot.logs_dir.exists()


def test_there_are_enough_trees():
    assert len(TREES) >= 20


def test_no_hook_runs(machine, certbot):
    TREES["hooks"][0](Tree(certbot.config_dir))
    compare(machine)
    assert not (certbot.config_dir / "a-hook-ran").exists()


def test_an_old_program_has_no_directories_of_hooks(machine, certbot, tmp_path):
    """Before 0.17 they were files like any other."""
    Tree(certbot.config_dir).hook("deploy", "reload.sh")
    old = tmp_path / "certbot-old"
    old.write_text("""#!/bin/sh
case "$*" in *=1) echo "certbot: error: unrecognized arguments: --no-directory-hooks=1" >&2; exit 2;; esac
echo certbot 0.16.0
""")
    old.chmod(0o755)
    found, = compare(machine, "--with", old)["differences"]
    assert found == {"area": "hooks", "subject": f"{certbot.config_dir}/renewal-hooks/deploy/reload.sh",
                     "here": "runs", "there": "has no directories of hooks"}


def test_nothing_is_written_but_a_private_copy(machine, certbot, tmp_path):
    """Not by the enclosure alone: without the right to make one, as well."""
    TREES["nginx"][0](Tree(certbot.config_dir))
    (tmp_path / "tmp").mkdir()
    log = tmp_path / "strace.log"
    under = ("setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin", "strace", "-f", "-qq",
             "-y", "-e", "trace=openat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,symlink,"
             "symlinkat,link,linkat,chmod,fchmodat", "-o", log)
    result = machine.run("shadow", "--json", under=under, check=False,
                         env={"TMPDIR": tmp_path / "tmp", "ASAN_OPTIONS": "detect_leaks=0"})
    shown = json.loads(result.out)
    assert shown["differences"] == [] and not shown["enclosed"]
    calls = [line for line in log.read_text(errors="replace").splitlines()
             if re.match(r"\d+ +\w+\(", line) and " = -1 E" not in line and "O_RDONLY" not in line
             and "O_PATH" not in line and "/dev/" not in line]
    copies = f"{tmp_path}/tmp/certbot-shadow-"
    assert any(copies in line for line in calls)
    # The double of systemctl notes that it was called; children without rights have an empty root,
    # which is gone at once.
    expected = ("certbot-shadow-", f"{machine.folder}/bin", 'mkdir("/run/certbot-', 'rmdir("/run/certbot-')
    assert not [line for line in calls if not any(part in line for part in expected)]
    assert not list(machine.path("/run").glob("certbot-*"))
    assert list((tmp_path / "tmp").iterdir()) == []


def test_the_copy_has_no_key(machine, certbot, tmp_path):
    Tree(certbot.config_dir).lineage()
    other = tmp_path / "other"
    other.write_text("""#!/bin/sh
while [ $# -gt 0 ]; do [ "$1" != --config-dir ] || copy=$2; shift; done
[ "$copy" ] || { echo certbot 9; exit; }
echo "regular files: $(cd $copy && find . -type f -size +0 | sort | tr '\\n' ' ')" >&2
exit 1
""")
    other.chmod(0o755)
    shown = compare(machine, "--with", other)
    assert shown["there"]["error"] == "regular files: ./renewal/a.example.conf"
    assert [each["subject"] for each in shown["differences"]] == ["cli.ini"]


def test_text_for_people(machine, certbot):
    TREES["option_of_ours"][0](Tree(certbot.config_dir))
    result = machine.run("shadow", "--with", "/usr/bin/certbot", check=1)
    assert f"Compared on a copy of {certbot.config_dir}, with 1 renewal configuration:" in result.out
    assert "systemd certbot.timer runs /usr/bin/certbot" in result.out
    assert "options: --output, saved for a.example\n  here:  known\n  there: ignored" in result.out
    assert result.err == "1 difference between '/usr/bin/certbot' and this program\n"


@pytest.mark.parametrize("line, here, there", [
    ("prove = example.com:443", "accepted", "unrecognized arguments: --prove"),
    ("no-such-option = 1", "no-such-option", "unrecognized arguments"),
])
def test_an_option_of_cli_ini_that_is_refused(machine, certbot, line, here, there):
    """The user's own file, which both programs read."""
    folder = certbot.folder / "home/.config/letsencrypt"
    folder.mkdir(parents=True)
    (folder / "cli.ini").write_text(f"{line}\n")
    shown = compare(machine)
    found, = shown["differences"]
    assert (found["area"], found["subject"]) == ("options", "cli.ini")
    assert here in found["here"] and there in found["there"]


def test_quiet_hides_nothing(machine, certbot, tmp_path):
    """Of a cli.ini: neither what the programs say, nor the answer."""
    tree = Tree(certbot.config_dir)
    tree.lineage(lifetime=6 * DAY, age=DAY)
    tree.lineage("b.example", age=70 * DAY)
    tree.lineage("c.example", authenticator="dns-nobody")
    (tmp_path / "quiet.ini").write_text("quiet = true\n")
    spoken = compare(machine)
    quiet = compare(machine, "--config", tmp_path / "quiet.ini")
    assert [each["area"] for each in quiet["differences"]] == ["plugins", "renewal"]
    assert quiet["differences"] == spoken["differences"]
    assert quiet["there"]["plugins"] == spoken["there"]["plugins"] and spoken["there"]["plugins"]
    # Certbot's log is in pieces of a megabyte: here it is one of a few lines.
    pieces = tmp_path / "pieces/certbot"
    pieces.parent.mkdir()
    pieces.write_text("""#!/bin/sh
for word; do [ "$last" != --logs-dir ] || logs=$word; last=$word; done
/usr/bin/certbot "$@"; status=$?
[ ! -f "$logs/letsencrypt.log" ] || (cd "$logs" && rm -f letsencrypt.log.* && split -n l/12 -d -a 2 \\
    letsencrypt.log piece && for i in $(seq 0 10); do
    mv $(printf piece%02d $i) letsencrypt.log.$((11 - i)); done && mv piece11 letsencrypt.log)
exit $status
""")
    pieces.chmod(0o755)
    whole = compare(machine, "--with", pieces, "--config", tmp_path / "quiet.ini")
    assert whole["differences"] == spoken["differences"]
    silent = machine.run("shadow", "--json", "-q", check=1)
    assert json.loads(silent.out)["differences"] == spoken["differences"]


@pytest.mark.parametrize("lines, name, here", [
    ("authenticator = dns-nobody", "dns-nobody", "dns-nobody"),
    ("installer = nowhere", "nowhere", "nowhere"),
    ("installer = postfix", "postfix", "installed"),
])
def test_a_plugin_of_cli_ini_that_is_missing(machine, certbot, tmp_path, lines, name, here):
    Tree(certbot.config_dir).lineage(age=70 * DAY)
    (tmp_path / "more.ini").write_text(f"{lines}\n")
    found, = compare(machine, "--config", tmp_path / "more.ini")["differences"]
    assert (found["area"], found["subject"]) == ("plugins", f"{name}, for cli.ini")
    assert here in found["here"] and found["there"] == "not installed"


def test_options_of_a_cron_line_matter(machine, certbot):
    machine.write("/etc/cron.d/mine", "5 5 * * * root certbot renew -q --deploy-hook 'service x reload'\n")
    found, = compare(machine)["differences"]
    assert found["subject"] == "/etc/cron.d/mine, line 1"
    assert found["there"] == "renew --deploy-hook service x reload"


def test_files_of_the_command_line_are_read_by_both(machine, certbot, tmp_path):
    (tmp_path / "more.ini").write_text("prove = example.com:443\n")
    found, = compare(machine, "--config", tmp_path / "more.ini")["differences"]
    assert "unrecognized arguments: --prove" in found["there"]


@pytest.mark.parametrize("other, words", [
    ("/nowhere/certbot", "there is no program '/nowhere/certbot'"),
    (None, "is this program"),
])
def test_what_cannot_be_compared_with(machine, certbot, other, words):
    result = machine.run("shadow", "--with", other or certbot.program, check=2)
    assert words in result.err
