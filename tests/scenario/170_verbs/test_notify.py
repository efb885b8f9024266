"""--notify: what is told, to whom, how often, and when `renew` does not run."""

import datetime
import fcntl
import json
import re
import socket
import subprocess
import tempfile
import time

import pytest

from lab import trace
from lab.due import make_due, plant
from lab.forge import Forge
from lab.json_forms import check_form
from lab.mounts import in_mounts
from lab.smtp import MailServer

TELL = """#!/bin/sh
cat >>"$0.got"
echo "$CERTBOT_SUBJECT" >>"$0.subjects"
! test -e "$0.fails" || { echo no paper >&2; exit 3; }
"""
SENDMAIL = """#!/bin/sh
echo "$*" >>"$0.args"
cat >>"$0.mails"
"""
FAILED = ("[renewal_state]\nfailures = 3\nfailure_class = network\nfailure = no answer\n"
          "failed_at = 2026-01-02T03:04:05Z\nnext_try = 2099-01-01T00:00:00Z\n")
# A record that cannot be written would else be kept there.
NOWHERE_ELSE = in_mounts("mount -t tmpfs -o ro tmpfs /run")


class Program:
    """A program for --notify that keeps what it got."""

    def __init__(self, path, text=TELL):
        self.path = path
        path.write_text(text)
        path.chmod(0o755)

    @property
    def target(self):
        return f"program:{self.path}"

    def got(self):
        """The documents since the last call."""
        path = self.path.with_name(f"{self.path.name}.got")
        documents = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        path.unlink(missing_ok=True)
        for document in documents:
            check_form("notification", document)
        return documents

    def fail(self, fails):
        path = self.path.with_name(f"{self.path.name}.fails")
        path.touch() if fails else path.unlink()


@pytest.fixture
def program(tmp_path):
    return Program(tmp_path / "tell me")


@pytest.fixture
def forge(certbot):
    """Lineages without a CA; those of ten days' life left are due, but `renew` is told not to."""
    return Forge(certbot.config_dir, options=["autorenew = False"])


def notices(documents):
    return [(notice["state"], notice["kind"], notice["certificate"])
            for document in documents for notice in document["notices"]]


def note(certbot, name, text):
    path = certbot.config_dir / "renewal" / f"{name}.conf"
    former = path.read_text()
    path.write_text(former + text)
    return path, former


def record(certbot):
    return certbot.work_dir / "notified.json"


def age(certbot, hours):
    """Moves what is on record into the past."""
    def moved(value):
        if isinstance(value, dict):
            return {key: moved(part) for key, part in value.items()}
        if isinstance(value, list):
            return [moved(part) for part in value]
        return value - int(hours * 3600) if isinstance(value, int) and value > 10 else value

    record(certbot).write_text(json.dumps(moved(json.loads(record(certbot).read_text()))))


def test_a_run_tells_once_what_is_new_and_then_that_it_is_over(certbot, forge, program):
    forge.make(2, "ok{}.test")
    Forge(certbot.config_dir, age=datetime.timedelta(days=80), options=["autorenew = False"]).make(1, "late{}.test")
    path, former = note(certbot, "ok0.test", FAILED)
    words = ["renew", "--notify", program.target]
    certbot.run(*words)
    document, = program.got()
    assert notices([document]) == [("new", "expires", "late0.test"), ("new", "renewal-fails", "ok0.test")]
    assert "2 new problems" in document["subject"]
    assert "ok0.test: 3 renewals failed in a row; the last: network: no answer" in document["text"]
    certbot.run(*words)
    assert not program.got()
    path.write_text(former)
    certbot.run(*words)
    assert notices(program.got()) == [("known", "expires", "late0.test"), ("over", "renewal-fails", "ok0.test")]
    age(certbot, 7 * 24)
    certbot.run(*words)
    reminder, = program.got()
    assert notices([reminder]) == [("known", "expires", "late0.test")]
    assert reminder["subject"].endswith(": 1 problem known already")


def test_a_mistake_in_a_file_stops_no_renewal(certbot, forge, tmp_path):
    forge.make(1, "a{}.test")
    (tmp_path / "cli.ini").write_text("notify = mail:\n")
    file = ("--config", tmp_path / "cli.ini")
    told = certbot.run("renew", *file)
    assert "'mail:'" in told.err and "goes on without it" in told.err
    assert "No renewals were attempted" in told.out
    for words in (("renew", "--notify", "mail:"), ("notify", "watch", *file), ("notify", "test", *file)):
        refused = certbot.run(*words, check=1)
        assert "'mail:'" in refused.err and "goes on" not in refused.err


def test_the_threshold_can_be_given(certbot, forge, program):
    forge.make(1, "a{}.test")
    certbot.run("renew", "--notify", program.target, "--notify-days", "88")
    assert not program.got()
    certbot.run("renew", "--notify", program.target, "--notify-days", "90")
    assert notices(program.got()) == [("new", "expires", "a0.test")]


def test_a_message_that_cannot_be_sent_is_a_warning_and_is_sent_later(certbot, forge, program):
    forge.make(1, "a{}.test")
    note(certbot, "a0.test", FAILED)
    program.fail(True)
    told = certbot.run("renew", "--notify", program.target)
    assert f"cannot notify {program.target}: it ended with status 3: no paper" in told.err
    program.got()
    program.fail(False)
    certbot.run("renew", "--notify", program.target)
    assert notices(program.got()) == [("new", "renewal-fails", "a0.test")]


def test_four_messages_a_day_and_then_the_rest_in_one(certbot, forge, program):
    names = forge.make(8, "a{}.test")
    for name in names[:6]:
        note(certbot, name, FAILED)
        certbot.run("renew", "--notify", program.target)
    assert [document["notices"][0]["certificate"] for document in program.got()] == names[:4]
    age(certbot, 24.1)
    certbot.run("renew", "--notify", program.target)
    assert notices(program.got())[:2] == [("new", "renewal-fails", "a4.test"), ("new", "renewal-fails", "a5.test")]


def test_runs_with_different_targets_do_not_forget_each_other(certbot, forge, tmp_path):
    forge.make(1, "a{}.test")
    note(certbot, "a0.test", FAILED)
    first, second = Program(tmp_path / "first", TELL), Program(tmp_path / "second", TELL)
    for _ in range(3):
        certbot.run("notify", "watch", "--notify", first.target)
        certbot.run("renew", "--notify", second.target)
    assert len(first.got()) == 1 and len(second.got()) == 1


def test_a_clock_that_was_ahead_does_not_blind_the_watch(certbot, program):
    long_ago = int(time.time()) - 90 * 86400
    certbot.work_dir.mkdir(parents=True, exist_ok=True)
    record(certbot).write_text(json.dumps({"runs": [long_ago, long_ago + 86400, 4102444800]}))
    assert certbot.json("notify", "watch", "--notify", program.target)["overdue"] is True


def test_what_cannot_be_recorded_is_not_sent(certbot, forge, program):
    """Neither in the work directory nor in that of the run time: it would be sent again by each run."""
    forge.make(1, "a{}.test")
    note(certbot, "a0.test", FAILED)
    record(certbot).mkdir(parents=True)
    told = certbot.run("renew", "--notify", program.target, under=NOWHERE_ELSE)
    assert "no message is sent, as it could not be recorded: " in told.err and "notified.json" in told.err
    document = certbot.json("notify", "watch", "--notify", program.target, check=1, under=NOWHERE_ELSE)
    assert "could not be recorded" in document["notified"][0]["error"]["message"]
    assert not program.got()


def test_a_message_whose_record_is_lost_is_told_again_only_four_times_a_day(certbot, forge, tmp_path):
    forge.make(1, "a{}.test")
    note(certbot, "a0.test", FAILED)
    kept = tmp_path / "before"
    program = Program(tmp_path / "tell", TELL + f"cp '{record(certbot)}' '{kept}'; rm '{record(certbot)}'; "
                                                f"mkdir '{record(certbot)}'\n")
    for sent in 1, 1, 1, 1, 0, 0:
        told = certbot.run("notify", "watch", "--notify", program.target, check=sent, under=NOWHERE_ELSE)
        assert len(program.got()) == sent and ("not on record" in told.err) == bool(sent)
        if sent:
            record(certbot).rmdir()
            kept.rename(record(certbot))
            age(certbot, 0.1)  # until then it could be under way


def test_rounds_at_the_same_time_tell_it_once(certbot, forge, tmp_path):
    """One sends; the others do not wait for it, and what only they know is told by them."""
    forge.make(1, "a{}.test")
    note(certbot, "a0.test", FAILED)
    program = Program(tmp_path / "slow", "#!/bin/sh\nsleep 0.5\n" + TELL)
    rounds = [subprocess.Popen(certbot.command("-q", *verb, "--notify", program.target), env=certbot.environment(),
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
              for verb in (("renew",), *7 * [("notify", "watch")])]
    assert [(done.communicate(timeout=60)[1], done.returncode) for done in rounds] == 8 * [("", 0)]
    assert notices(program.got()) == [("new", "renewal-fails", "a0.test")]
    assert "trying" not in json.loads(record(certbot).read_text())["targets"][program.target]


def test_a_busy_record_is_waited_for_and_then_said(certbot, forge, program):
    forge.make(1, "a{}.test")
    note(certbot, "a0.test", FAILED)
    words = ["notify", "watch", "--notify", program.target]
    certbot.work_dir.mkdir(parents=True, exist_ok=True)
    with (certbot.work_dir / "notified.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        started = time.monotonic()
        told = certbot.run(*words, check=1)
        assert 5 <= time.monotonic() - started < 15
        assert "no message is sent, as another round of messages is at work" in told.err and "the next round" in told.err
        assert "notified.lock' is in use by another process" in told.err
    assert not program.got()
    certbot.run(*words)
    assert notices(program.got()) == [("new", "renewal-fails", "a0.test")]


def test_a_sender_that_is_killed_loses_nothing(certbot, forge, program):
    """At each change of the record, before the message is sent, and before that is recorded."""
    forge.make(1, "a{}.test")
    note(certbot, "a0.test", FAILED)
    news = ("new", "renewal-fails", "a0.test")
    words = ["notify", "watch", "--notify", program.target]
    state = trace.State(certbot)
    points = [point for point in trace.points(certbot, *words) if "notified" in point.text]
    assert len(points) >= 6, points
    kill = "#!/bin/sh\nif mkdir '$0.killed' 2>/dev/null; then {}kill -9 $PPID; exit; fi\n"
    for step in (kill.format(""), kill.format("cat >>'$0.got'; "), *points):
        state.restore()
        program.got()
        if isinstance(step, str):
            program.path.write_text(step.replace("$0.", f"{program.path}.") + TELL.partition("\n")[2])
            certbot.run(*words, check=False)
            program.path.with_name("tell me.killed").rmdir()
            program.path.write_text(TELL)
        else:
            assert trace.strike(certbot, step, "kill", *words).hit
        before = program.got()
        is_recorded = record(certbot).exists() and '"told"' in record(certbot).read_text()
        if record(certbot).exists():
            age(certbot, 0.1)
        certbot.run(*words)
        certbot.run(*words)
        assert notices(before + program.got()) == [news] * (2 if before and not is_recorded else 1), step


def test_a_target_that_is_given_twice_gets_one_message(certbot, forge, program):
    forge.make(1, "a{}.test")
    note(certbot, "a0.test", FAILED)
    certbot.run("renew", "--notify", program.target, "--notify", program.target)
    certbot.run("notify", "test", "--notify", program.target, "--notify", program.target)
    assert [document["notices"][0]["kind"] for document in program.got()] == ["renewal-fails", "test"]


def test_a_configuration_file_names_several_targets(certbot, program, tmp_path):
    other = Program(tmp_path / "other")
    (tmp_path / "cli.ini").write_text(f"notify = {program.target}, {other.target}\n")
    certbot.run("notify", "test", "--config", tmp_path / "cli.ini")
    assert len(program.got()) == len(other.got()) == 1


def test_a_file_with_a_misspelt_setting_is_refused(certbot, tmp_path):
    (tmp_path / "hook.ini").write_text("url = https://localhost:1/\ntokn = x\n")
    (tmp_path / "hook.ini").chmod(0o600)
    told = certbot.run("notify", "test", "--notify", f"webhook:{tmp_path}/hook.ini", check=1).err
    assert "'tokn' is not a setting of this way" in told and "its settings are: url, token" in told


def test_events_and_json_tell_it_too(certbot, forge, program, tmp_path):
    forge.make(1, "a{}.test")
    note(certbot, "a0.test", FAILED)
    events = tmp_path / "events"
    document = certbot.json("renew", "--notify", program.target, "--json-events", events)
    told = {"target": program.target, "error": None}
    assert document["notified"] == [{**told, "subject": program.got()[0]["subject"]}]
    line, = [line for line in map(json.loads, events.read_text().splitlines()) if line["event"] == "notified"]
    check_form("events", line)
    assert line["target"] == program.target and line["error"] is None


def test_mail_by_the_local_sendmail(certbot, forge, tmp_path):
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "sendmail").write_text(SENDMAIL)
    (folder / "sendmail").chmod(0o755)
    forge.make(1, "a{}.test")
    note(certbot, "a0.test", FAILED)
    certbot.run("renew", "--notify", "mail:root", env={"PATH": f"{folder}:/usr/bin:/bin"})
    assert (folder / "sendmail.args").read_text() == "-i -- root\n"
    head, _, body = (folder / "sendmail.mails").read_text().partition("\n\n")
    assert head.startswith("To: root\nSubject: certbot on ") and "Auto-Submitted: auto-generated" in head
    assert "  a0.test: 3 renewals failed in a row; the last: network: no answer" in body


SYSLOG = """
    mount -t tmpfs -o mode=755 tmpfs /run
    mkdir -p '{folder}'
    mount -t tmpfs -o mode=755 tmpfs '{folder}'
    cp -a /dev/null /dev/zero /dev/random /dev/urandom '{folder}'
    touch '{folder}/log'
    mount --bind '{socket}' '{folder}/log'
    mount --move '{folder}' /dev
"""


def test_a_syslog_that_does_not_read_keeps_nobody(certbot, forge, tmp_path):
    forge.make(1, "a{}.test")
    note(certbot, "a0.test", FAILED)
    words = ("renew", "--notify", "syslog")
    with tempfile.TemporaryDirectory() as short, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.bind(f"{short}/log")
        under = in_mounts(SYSLOG.format(folder=tmp_path / "dev", socket=f"{short}/log"))
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
            other.setblocking(False)
            with pytest.raises(BlockingIOError):
                while True:
                    other.sendto(b"full", f"{short}/log")
        started = time.monotonic()
        told = certbot.run(*words, under=under)
        assert "cannot notify syslog: syslog took nothing within 5 s" in told.err
        assert 5 <= time.monotonic() - started < 15
        log.setblocking(False)
        with pytest.raises(BlockingIOError):
            while True:
                assert log.recv(4096) == b"full"
        assert "cannot notify" not in certbot.run(*words, under=under).err
        assert re.fullmatch(r"<28>\w{3} [ \d]\d \d\d:\d\d:\d\d certbot\[\d+\]: certificate a0\.test: "
                            r"3 renewals failed in a row; the last: network: no answer", log.recv(4096).decode())


def test_a_wrong_value_ends_the_run_before_anything_is_done(certbot, forge):
    forge.make(1, "a{}.test")
    result = certbot.run("renew", "--notify", "pigeon:root", check=1)
    assert "--notify cannot be 'pigeon:root'" in result.err and "Processing" not in result.out
    assert not record(certbot).exists()


def test_nothing_is_recorded_or_told_without_notify_or_in_a_dry_run(certbot, forge, program):
    forge.make(1, "a{}.test")
    note(certbot, "a0.test", FAILED)
    certbot.run("renew")
    certbot.run("renew", "--dry-run", "--notify", program.target, check=False)
    assert not record(certbot).exists() and not program.got()


def test_status_shows_what_was_told_last(certbot, forge, program):
    forge.make(1, "a{}.test")
    assert certbot.json("status")["notified"] == [] and "old" not in certbot.run("status").out
    note(certbot, "a0.test", FAILED)
    certbot.run("renew", "--notify", program.target)
    subject = program.got()[0]["subject"]
    told, = certbot.json("status")["notified"]
    assert (told["target"], told["subject"], told["failure"]) == (program.target, subject, None)
    assert certbot.run("status").out.endswith(f", {told['sent'][:16].replace('T', ' ')}, {subject}\n")
    age(certbot, 7 * 24)
    program.fail(True)
    certbot.run("renew", "--notify", program.target)
    assert certbot.json("status")["notified"][0]["failure"].endswith("status 3: no paper")
    assert f"Not told: {program.target}, " in certbot.run("status").out


def test_a_real_renewal_fails_three_times(certbot, pebble, program):
    certbot.certonly("a.test")
    make_due(certbot, "a.test", "absent")
    for expected in [], [], [("new", "renewal-fails", "a.test")], []:
        certbot.run("renew", "--force-renewal", "--notify", program.target, check=1)
        assert notices(program.got()) == expected


# ---- A mail server ----


@pytest.fixture
def mail(tmp_path):
    server = MailServer(tmp_path)
    yield server
    server.stop()


@pytest.mark.parametrize("answers, told", [
    ({"banner": "554 no mail here \x1b[31m"}, "refuses the connection: 554 no mail here \\x1b[31m"),
    ({"EHLO": "250 lab"}, "does not offer STARTTLS"),
    ({"STARTTLS": "454 no TLS now"}, "refuses STARTTLS: 454 no TLS now"),
    ({"EHLO": "250-STARTTLS\r\n250 AUTH CRAM-MD5"}, "does not take a password by PLAIN or LOGIN"),
    ({"AUTH": "535 not AG1lAHZlcnlzZWNyZXQ= or verysecret"}, "refuses the user name or password: 535 not *** or ***"),
    ({"MAIL": "550 not from you"}, "refuses the message: 550 not from you"),
    ({"RCPT": "550-no such\r\n550 user"}, "refuses the message: 550 no such user"),
    ({"DATA": "452 disk full"}, "refuses the message: 452 disk full"),
    ({".": "451 greylisted"}, "refuses the message: 451 greylisted"),
])
def test_a_mail_server_s_refusal_is_told_in_its_words(certbot, mail, answers, told):
    mail.answers = answers
    result = certbot.run("notify", "test", "--notify", mail.target, check=1,
                         env={"REQUESTS_CA_BUNDLE": str(mail.bundle)})
    assert f"cannot notify {mail.target}: '{mail.place}' {told}\n" in result.err


def test_a_mail_server_may_take_its_time(certbot, mail):
    """It did the work: it is not interrupted, and the message does not count as lost. QUIT is no work."""
    mail.seconds = {".": 32, "QUIT": 60}
    started = time.monotonic()
    told = certbot.run("notify", "test", "--notify", mail.target, env={"REQUESTS_CA_BUNDLE": str(mail.bundle)})
    assert len(mail.mails) == 1 and "Waiting for the network process" not in told.err
    assert time.monotonic() - started < 50


def test_a_message_that_may_have_arrived_is_not_sent_more_than_four_times_a_day(certbot, forge, mail):
    """The server hangs up when it has all of it."""
    forge.make(1, "a{}.test")
    note(certbot, "a0.test", FAILED)
    mail.answers = {".": None}
    for sent in 1, 2, 3, 4, 4, 4:
        told = certbot.run("renew", "--notify", mail.target, env={"REQUESTS_CA_BUNDLE": str(mail.bundle)})
        assert len(mail.mails) == sent
        assert told.err.count(f"cannot notify {mail.target}") <= 1


# ---- The watch ----


def test_the_watch_tells_that_renew_does_not_run(certbot, forge, program):
    forge.make(1, "a{}.test")
    certbot.run("renew", "--notify", program.target)
    watch = ["notify", "watch", "--notify", program.target]
    assert certbot.json(*watch)["overdue"] is False
    assert not program.got()
    age(certbot, 13)
    assert certbot.json(*watch)["overdue"] is True
    assert not program.got()  # the machine may have been suspended: its timers get time to catch up
    age(certbot, 3)
    assert certbot.json(*watch)["overdue"] is True
    assert notices(program.got()) == [("new", "renew-does-not-run", None)]
    certbot.run("renew", "--notify", program.target, "--cert-name", "a0.test")
    assert certbot.json(*watch)["overdue"] is True
    certbot.run("renew", "--notify", program.target)
    assert notices(program.got()) == [("over", "renew-does-not-run", None)]
    assert certbot.json(*watch)["overdue"] is False


def test_the_watch_works_while_renew_hangs(certbot, pebble, program, tmp_path):
    """It takes no lock, and tells of certificates too."""
    certbot.certonly("a.test")
    plant(certbot, "a.test", ["b.test"], days=1)
    process = subprocess.Popen(
        certbot.command("renew", "--cert-name", "a.test", "--force-renewal", "--pre-hook",
                        f"touch '{tmp_path}/hangs'; sleep 30"), env=certbot.environment(),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not (tmp_path / "hangs").exists():
            assert process.poll() is None
            time.sleep(0.05)
        certbot.run("notify", "watch", "--notify", program.target)
        assert notices(program.got()) == [("new", "expires", "b.test")]
    finally:
        process.terminate()
        process.wait()


def test_the_watch_without_anybody_to_tell(certbot):
    assert "--notify is not given" in certbot.run("notify", "watch").out
    assert not record(certbot).exists()


# ---- The test message ----


def test_a_test_message_is_sent_to_all_and_not_recorded(certbot, program, tmp_path):
    other = Program(tmp_path / "other")
    (tmp_path / "cli.ini").write_text(f"notify = {other.target}\n")
    certbot.run("notify", "test", "--config", tmp_path / "cli.ini")
    assert notices(other.got()) == [("new", "test", None)]
    program.fail(True)
    document = certbot.json("notify", "test", "--notify", program.target, "--notify", other.target, check=1)
    assert [told["error"] is None for told in document["notified"]] == [False, True]
    assert "1 of 2 messages could not be sent" in document["error"]["message"]
    assert len(other.got()) == 1
    assert not record(certbot).exists()
    assert "nobody to notify" in certbot.run("notify", "test", check=1).err


def test_a_program_that_others_may_change_is_not_run(certbot, program):
    program.path.chmod(0o757)
    assert "every user may change the program of --notify" in certbot.run(
        "notify", "test", "--notify", program.target, check=1).err
    assert not program.got()


def test_metrics_and_messages_share_one_reading(certbot, tmp_path):
    """A thousand certificates are read once more after a run, not twice."""
    [name] = Forge(certbot.config_dir).make(1)

    def readings(*options):
        log = tmp_path / "strace"
        subprocess.run(["strace", "-f", "-e", "trace=openat", "-o", log, *certbot.command("renew", *options)],
                       env=certbot.environment({"ASAN_OPTIONS": "detect_leaks=0"}), stdin=subprocess.DEVNULL,
                       capture_output=True, check=True, timeout=60)
        return log.read_text().count(f"{name}.conf\"")

    alone = readings()
    metrics, notify = ("--metrics-file", tmp_path / "metrics"), ("--notify", "program:/bin/true")
    assert alone < readings(*metrics) == readings(*notify) == readings(*metrics, *notify)
