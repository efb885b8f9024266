"""`handover` finds what runs Certbot on a machine, disables it and enables ours; `handback` puts all
of it back byte for byte. The units and cron lines are those of Debian (the real files), snapd, EPEL and
the instructions for pip; systemctl is a double."""

import json
import os
import subprocess

import pytest

from lab import trace
from lab.certbot import Certbot
from lab.timers import TimerMachine

ACCEPT = "--accept-differences"
WAYS = {
    "debian": (TimerMachine.add_debian, ["certbot.timer", "/etc/cron.d/certbot, line 17"]),
    "snap": (TimerMachine.add_snap, ["snap.certbot.renew.timer"]),
    "epel": (TimerMachine.add_epel, ["certbot-renew.timer"]),
    "pip": (TimerMachine.add_pip, ["/etc/crontab, line 3", "/var/spool/cron/crontabs/root, line 2",
                                   "/var/spool/cron/crontabs/root, line 4"]),
}
OURS = "certbot-handover.timer"


@pytest.fixture
def machine(tmp_path):
    return TimerMachine(tmp_path / "machine", Certbot(tmp_path / "certbot"))


def hand_over(machine, *options):
    return json.loads(machine.run("handover", "--json", *options).out)


@pytest.mark.parametrize("way", WAYS)
def test_handover_and_back_leave_the_tree_as_it_was(machine, way):
    add, names = WAYS[way]
    add(machine)
    before, active = machine.tree(), machine.active()
    outcome = hand_over(machine, ACCEPT)
    assert outcome["outcome"] == "handed over" and outcome["disabled"] == names
    assert outcome["enabled"] == [OURS] and machine.active() == [OURS]
    shown = json.loads(machine.run("shadow", "--json", check=False).out)["schedules"]
    assert [schedule["name"] for schedule in shown if schedule["enabled"]] == [OURS]
    assert machine.tree() != before
    machine.run("handback")
    assert machine.tree() == before and machine.active() == active
    assert not (machine.certbot.work_dir / "handover.json").exists()


def renewal_command(machine, quote='"'):
    """What the timer runs: the directories that the handover was given belong to it."""
    certbot = machine.certbot
    return f"{quote}{certbot.program}{quote} -q renew" + "".join(
        f" --{kind}-dir {quote}{getattr(certbot, kind + '_dir')}{quote}"
        for kind in ("config", "work", "logs"))


def test_all_of_them_at_once_without_systemd(tmp_path):
    machine = TimerMachine(tmp_path / "machine", Certbot(tmp_path / "certbot"), systemd=False)
    for add, _ in WAYS.values():
        add(machine)
    before = machine.tree()
    outcome = hand_over(machine, ACCEPT)
    assert sorted(outcome["disabled"]) == sorted(sum((names for _, names in WAYS.values()), []))
    assert outcome["enabled"] == ["/etc/cron.d/certbot-handover"]
    line = machine.path("/etc/cron.d/certbot-handover").read_text().splitlines()[-1]
    assert line == "0 */12 * * * root " + renewal_command(machine, "'")
    crontab = machine.path("/var/spool/cron/crontabs/root").read_text()
    assert crontab.count("# disabled by certbot handover: ") == 2
    assert "\n0 4 * * * /usr/local/bin/backup\n" in crontab
    assert not machine.programs.calls("systemctl")
    machine.run("handback")
    assert machine.tree() == before


def test_our_units_are_good_ones_and_run_this_program(machine):
    machine.add_debian()
    hand_over(machine, ACCEPT)
    units = [machine.path(f"/etc/systemd/system/certbot-handover.{kind}")
             for kind in ("service", "timer")]
    assert f"\nExecStart={renewal_command(machine)} --no-random-sleep-on-renew\n" \
        in units[0].read_text()
    checked = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)
    assert checked.returncode == 0 and not checked.stderr


def test_systemd_stops_theirs_and_starts_ours_and_cron_is_told(machine):
    machine.add_debian()
    machine.add_pip()
    spool = machine.path("/var/spool/cron/crontabs")
    os.utime(spool, (1, 1))
    hand_over(machine, ACCEPT)
    calls = machine.programs.calls("systemctl")
    assert calls[-3:] == ["daemon-reload", "stop certbot.timer", f"start {OURS}"]
    assert spool.stat().st_mtime > 1
    os.utime(spool, (1, 1))
    machine.run("handback")
    assert machine.programs.calls("systemctl") == [
        f"is-active {OURS}", f"stop {OURS}", "daemon-reload", "start certbot.timer"]
    assert spool.stat().st_mtime > 1


def test_a_timer_that_did_not_run_is_not_started(machine):
    machine.add_debian()
    (machine.folder / "active").write_text("")
    hand_over(machine, ACCEPT)
    machine.run("handback")
    assert machine.active() == []


@pytest.mark.parametrize("fate", ["removed", "masked"])
def test_a_timer_that_is_gone_or_masked_since_stops_neither_command(machine, fate):
    machine.add_debian()
    hand_over(machine, ACCEPT)
    machine.path("/etc/cron.d/certbot").unlink()
    if fate == "masked":
        machine.path("/etc/systemd/system/certbot.timer").symlink_to("/dev/null")
    else:
        for kind in ("timer", "service"):
            machine.path(f"/usr/lib/systemd/system/certbot.{kind}").unlink()
    machine.programs.add("systemctl", "case $* in \"start certbot.timer\") exit 5 ;;\n"
                         f"\"stop certbot.timer\") [ {fate} = masked ] || exit 5 ;; esac\n")
    assert hand_over(machine, ACCEPT)["outcome"] == "unchanged"
    assert "/etc/cron.d/certbot" in machine.run("handback", check=1).err
    machine.run("handback", ACCEPT)
    assert not (machine.certbot.work_dir / "handover.json").exists()
    assert not machine.path(f"/etc/systemd/system/{OURS}").exists()


def test_a_unit_that_the_system_itself_enables_is_masked(machine):
    machine.add_epel()
    link = machine.path("/etc/systemd/system/timers.target.wants/certbot-renew.timer")
    wants = machine.path("/usr/lib/systemd/system/timers.target.wants")
    wants.mkdir()
    link.rename(wants / link.name)
    before = machine.tree()
    hand_over(machine, ACCEPT)
    assert os.readlink(machine.path("/etc/systemd/system/certbot-renew.timer")) == "/dev/null"
    assert hand_over(machine, ACCEPT)["outcome"] == "unchanged"
    machine.run("handback")
    assert machine.tree() == before


def test_a_second_handover_takes_what_has_come_since(machine):
    machine.add_debian()
    before = machine.tree()
    hand_over(machine, ACCEPT)
    again = machine.run("handover")
    assert "Handed over already" in again.out
    machine.add_snap()
    added = {path: what for path, what in machine.tree().items() if "snap." in path}
    assert hand_over(machine, ACCEPT)["disabled"][-1] == "snap.certbot.renew.timer"
    machine.run("handback")
    assert machine.tree() == {**before, **added}
    assert machine.active() == ["certbot.timer", "snap.certbot.renew.timer"]


def test_a_script_of_run_parts_that_only_renews(machine):
    """One that does more is left alone, and so is one that run-parts would not start."""
    machine.write("/etc/cron.daily/certbot", "#!/bin/sh\nset -e\n\n# mine\ncertbot renew -q\nexit 0\n",
                  mode=0o755)
    machine.write("/etc/cron.weekly/all", "#!/bin/sh\nif true; then\ncertbot renew\nfi\n", mode=0o755)
    machine.write("/etc/cron.monthly/off", "#!/bin/sh\ncertbot renew\n")
    before = machine.tree()
    machine.write("/etc/anacrontab", "SHELL=/bin/sh\n@monthly 10 other true\n"
                  "1\t5\tcertificates\tcertbot renew -q\n")
    before = machine.tree()
    assert hand_over(machine, ACCEPT)["disabled"] == [
        "/etc/anacrontab, line 3", "/etc/cron.daily/certbot, line 5", "/etc/cron.weekly/all, line 3"]
    script = machine.path("/etc/cron.daily/certbot")
    assert "\n: # disabled by certbot handover: certbot renew -q\nexit 0\n" in script.read_text()
    subprocess.run([machine.path("/etc/cron.weekly/all")], check=True)
    assert script.stat().st_mode & 0o777 == 0o755
    machine.run("handback")
    assert machine.tree() == before


def test_a_call_that_is_part_of_a_command_is_left_to_a_person(machine):
    machine.write("/etc/cron.daily/all", "#!/bin/sh\nbackup\nif certbot renew; then\nreload\nfi\n", mode=0o755)
    before = machine.tree()
    run = machine.run("handover", ACCEPT, check=1)
    assert "'/etc/cron.daily/all, line 3' renews as a part of a larger command" in run.err
    assert machine.tree() == before


@pytest.mark.parametrize("text, line", (
    ('#!/usr/bin/env python3\nimport os\nos.system("certbot renew -q")\nprint("done")\n', 3),
    ('#!/usr/bin/perl\nsystem("certbot renew -q");\n', 2),
    ("#!/bin/sh\nbackup; certbot renew -q\n", 2),
    ("#!/bin/sh\ncase $1 in\n*)\ncertbot renew ;;\nesac\n", 4),
))
def test_a_script_that_would_break_or_lose_something_stays(machine, text, line):
    machine.write("/etc/cron.daily/all", text, mode=0o755)
    before = machine.tree()
    run = machine.run("handover", ACCEPT, check=1)
    assert f"'/etc/cron.daily/all, line {line}' renews as a part of" in run.err
    assert machine.tree() == before


@pytest.mark.parametrize("command", ("certbot renew -q && systemctl reload nginx", "backup; certbot renew"))
def test_a_cron_line_that_does_more_is_left_to_a_person(machine, command):
    """The reload would be gone with it, and nobody would know until the old certificate has expired."""
    machine.write("/etc/cron.d/mine", f"0 3 * * * root {command}\n")
    before = machine.tree()
    run = machine.run("handover", ACCEPT, check=1)
    assert "'/etc/cron.d/mine, line 1' renews as a part of" in run.err and "--deploy-hook" in run.err
    assert machine.tree() == before


def test_a_part_of_a_command_that_leaves_it_to_systemd_may_stay(machine):
    """It does nothing here; without systemd it would renew."""
    machine.write("/etc/cron.daily/all", "#!/bin/sh\nbackup\nif test ! -d /run/systemd/system && certbot renew; then\n"
                  "reload\nfi\n", mode=0o755)
    script = machine.path("/etc/cron.daily/all").read_text()
    outcome = hand_over(machine, ACCEPT)
    assert outcome["disabled"] == [] and outcome["enabled"] == [OURS]
    assert machine.path("/etc/cron.daily/all").read_text() == script


def test_lines_as_only_cronie_takes_them(machine):
    """A random minute, and a line that cron keeps out of its log."""
    lines = ["~ 3 * * * root certbot renew\n", "-3 3 * * * root certbot -q renew\n"]
    machine.write("/etc/cron.d/cronie", "".join(lines))
    before = machine.tree()
    assert hand_over(machine, ACCEPT)["disabled"] == [f"/etc/cron.d/cronie, line {i}" for i in (1, 2)]
    machine.run("handback")
    assert machine.tree() == before


def test_ours_renews_with_the_files_that_the_handover_was_given(machine, tmp_path):
    """A second handover with others would leave the first ones' certificates to nobody."""
    options = machine.write("/etc/mine.ini", "key-type = rsa\n")
    hand_over(machine, "--config", "/etc/mine.ini")
    unit = machine.path("/etc/systemd/system/certbot-handover.service").read_text()
    assert '" -q renew --config "/etc/mine.ini" --config-dir "' in unit
    assert hand_over(machine, "--config", "/etc/mine.ini")["outcome"] == "unchanged"
    before = machine.tree()
    result = machine.run("handover", check=1)
    assert "with other directories or configuration files is on record" in result.err
    assert "certbot handback" in result.err and machine.tree() == before
    machine.run("handback")
    options.rename(options.with_name("50%.ini"))
    result = machine.run("handover", "--config", "/etc/50%.ini", check=1)
    assert "the path '/etc/50%.ini' cannot be used in a timer" in result.err


def test_a_program_that_another_user_names_is_not_run(machine, tmp_path):
    """Every user has a crontab; what it names would run as root."""
    ran = tmp_path / "ran"
    program = machine.write("/srv/user/certbot", f"#!/bin/sh\ntouch {ran}\n", mode=0o755)
    os.chown(program, 65534, 65534)
    real = tmp_path / "machine/srv/user/certbot"
    machine.write("/var/spool/cron/crontabs/user", f"0 0 * * * {real} renew --x '\033[2J'\n")
    result = machine.run("shadow", check=False)
    assert f"runs {real}" in result.out and "\033" not in result.out + result.err
    machine.run("handover", ACCEPT)
    machine.run("handback")
    machine.run("handover", check=False)
    assert not ran.exists()


def test_a_crontab_that_renews_again_is_named(machine):
    machine.add_pip()
    hand_over(machine, ACCEPT)
    crontab = machine.path("/etc/crontab")
    crontab.write_text("1 1 * * * root /usr/bin/certbot renew\n")
    result = machine.run("handover", ACCEPT, check=1)
    assert "'/etc/crontab' has been edited since the handover and renews again" in result.err


def test_certificates_in_the_usual_place_are_not_left_to_nobody(machine):
    machine.add_debian()
    machine.write("/etc/letsencrypt/renewal/a.example.conf", "[renewalparams]\n")
    before = machine.tree()
    result = machine.run("handover", check=1)
    assert "nobody would renew the certificates in '/etc/letsencrypt' any more" in result.err
    assert machine.tree() == before
    assert hand_over(machine, ACCEPT)["enabled"] == [OURS]


def test_nothing_to_hand_over_still_makes_ours_renew(machine):
    assert hand_over(machine)["enabled"] == [OURS]
    machine.run("handback")
    assert "nothing to hand back" in machine.run("handback").out


def test_dry_runs_change_nothing(machine):
    machine.add_debian()
    machine.add_pip()
    before = machine.tree()
    result = machine.run("handover", "--dry-run", ACCEPT)
    assert "Would disable certbot.timer" in result.out and f"Would enable {OURS}" in result.out
    assert machine.tree() == before
    machine.run("handover", ACCEPT)
    during = machine.tree()
    assert "Would restore certbot.timer" in machine.run("handback", "--dry-run").out
    assert machine.tree() == during


def test_the_comparison_comes_first(machine):
    """An option of EPEL's file, which our timer would not pass on."""
    machine.add_epel(post_hook="--post-hook 'systemctl reload nginx'")
    before = machine.tree()
    result = machine.run("handover", check=1)
    assert "there: renew --post-hook systemctl reload nginx" in result.out
    assert "1 difference between '/usr/bin/certbot' and this program" in result.err
    assert "--accept-differences" in result.err
    assert machine.tree() == before and machine.active() == ["certbot-renew.timer"]
    machine.write("/etc/sysconfig/certbot", "POST_HOOK=''\n")
    assert hand_over(machine)["outcome"] == "handed over"


def test_a_missing_plugin_is_found_without_another_certbot(machine):
    machine.add_snap()
    conf = machine.certbot.config_dir / "renewal/a.example.conf"
    conf.parent.mkdir(parents=True)
    conf.write_text("[renewalparams]\nauthenticator = dns-nobody\n")
    under = ("sh", "-c", 'mount --bind /dev/null /usr/bin/certbot && exec "$@"', "sh")
    result = machine.run("handover", check=1, under=under)
    assert "plugins are missing here: dns-nobody, for a.example" in result.err
    assert machine.active() == ["snap.certbot.renew.timer"]


class TestWhenSomebodyElseChanged:
    @pytest.fixture
    def handed_over(self, machine):
        machine.add_debian()
        machine.add_pip()
        machine.run("handover", ACCEPT)
        return machine

    def test_handback_refuses_and_names_the_file(self, handed_over):
        crontab = handed_over.path("/etc/crontab")
        crontab.write_text(crontab.read_text() + "1 1 * * * root true\n")
        before = handed_over.tree()
        result = handed_over.run("handback", check=1)
        assert "somebody has changed what handover had changed: /etc/crontab" in result.err
        assert handed_over.tree() == before and handed_over.active() == [OURS]
        assert "/etc/crontab" in handed_over.run("handover", check=1).err

    def test_the_rest_can_be_put_back_all_the_same(self, handed_over):
        crontab = handed_over.path("/etc/crontab")
        crontab.write_text("mine\n")
        said = handed_over.run("handback", ACCEPT).out
        assert said.endswith("somebody has changed since, which stays as it is: /etc/crontab\n")
        assert "Everything" not in said
        assert crontab.read_text() == "mine\n" and handed_over.active() == ["certbot.timer"]
        assert not handed_over.path("/etc/systemd/system/certbot-handover.timer").exists()

    def test_a_file_of_our_name_is_not_overwritten(self, machine):
        machine.write("/etc/systemd/system/certbot-handover.timer", "[Timer]\n")
        result = machine.run("handover", check=1)
        assert "there is a '/etc/systemd/system/certbot-handover.timer' already" in result.err
        assert not (machine.certbot.work_dir / "handover.json").exists()

    @pytest.mark.parametrize("spoil", [
        lambda text: text[:-20],
        lambda text: text.replace('"uid": 0', '"uid": 1', 1),
        lambda text: text.replace('"certbot_handover": 1', '"certbot_handover": 2'),
        lambda text: "{}\n",
        lambda text: "",
    ])
    def test_a_record_that_is_not_ours_is_refused(self, handed_over, spoil):
        record = handed_over.certbot.work_dir / "handover.json"
        record.write_text(spoil(record.read_text()))
        before = handed_over.tree()
        for verb in ("handback", "handover"):
            result = handed_over.run(verb, check=1)
            assert f"cannot use '{record}'" in result.err
        assert handed_over.tree() == before

    def test_the_record_is_for_its_owner_alone(self, handed_over):
        record = handed_over.certbot.work_dir / "handover.json"
        assert record.stat().st_mode & 0o777 == 0o600


def test_when_systemctl_fails_the_next_run_goes_on(machine):
    machine.add_debian()
    before = machine.tree()
    machine.programs.fail("systemctl", "stop")
    result = machine.run("handover", ACCEPT, check=1)
    assert "'systemctl stop certbot.timer' failed: systemctl refuses" in result.err
    machine.programs.fail("systemctl")
    machine.run("handover")
    assert machine.active() == [OURS]
    machine.programs.fail("systemctl", "start")
    machine.run("handback", check=1)
    machine.programs.fail("systemctl")
    machine.run("handback")
    assert machine.tree() == before and machine.active() == ["certbot.timer"]


# --- strikes ---

class Bed:
    """A machine with all of it, for lab.trace."""

    def __init__(self, tmp_path, verb):
        self.certbot = Certbot(tmp_path / "certbot")
        self.machine = TimerMachine(tmp_path / "machine", self.certbot)
        self.folder = self.certbot.folder
        self.verb = verb
        self.machine.add_debian()
        self.machine.add_pip()
        self.before = self.machine.tree()
        self.machine.run("handback")
        if verb == "handback":
            self.machine.run("handover", ACCEPT)
        self.state = trace.State(self.certbot, self.machine.folder)
        self.machine.run("handover", ACCEPT)
        self.after = self.machine.tree()
        self.state.restore()
        self.points = trace.points(self, *self.command(), also=("/etc", "/var/spool"))

    def command(self):
        return (self.verb, ACCEPT)

    def run(self, *args, under=(), **options):
        return self.machine.run(*args, under=under, **options)

    def between(self):
        """Entries that are neither as before nor as after; times come with what is put back."""
        now, found = self.machine.tree(), []
        for path in {*now, *self.before, *self.after}:
            states = [without_time(tree.get(path)) for tree in (self.before, self.after)]
            if without_time(now.get(path)) not in states and not path.endswith(".certbot-new"):
                found.append(path)
        return found


def without_time(what):
    return what[:3] + what[4:] if what and len(what) > 3 else what


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("verb", ["handover", "handback"])
def test_strikes_leave_before_or_after_and_the_next_run_goes_on(tmp_path, verb, record_property):
    bed = Bed(tmp_path, verb)
    assert len(bed.points) > 25
    strikes = 0
    for fault, calls in (("kill", None), ("ENOSPC", trace.WRITES), ("EIO", trace.WRITES)):
        points = [point for point in bed.points if fault == "kill" or "/logs/" not in point.text]
        for point in trace.sample(points, calls, few=3 if fault == "kill" else 8):
            bed.state.restore()
            strike = trace.strike(bed, point, fault, *bed.command())
            strikes += strike.hit
            assert not bed.between(), (fault, point)
            # Even strikes go on, odd ones turn back.
            if strikes % 2:
                bed.run(verb, ACCEPT)
                assert bed.machine.active() == ([OURS] if verb == "handover" else ["certbot.timer"])
            else:
                bed.run("handback" if verb == "handover" else "handover", ACCEPT)
            expected = (verb == "handover") == bool(strikes % 2)
            if expected:
                assert not bed.between() and OURS in bed.machine.active(), (fault, point)
                bed.run("handback")
            assert bed.machine.tree() == bed.before, (fault, point)
    assert strikes > 15
    record_property("strikes", strikes)
    print(f"{verb}: {strikes} strikes at {len(bed.points)} calls")
