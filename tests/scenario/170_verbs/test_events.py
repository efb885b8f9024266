"""--json-events: a line for each thing that happens, as it happens. And what the program ends with."""

import json
import os
import re
import signal
import subprocess
import time

import pytest

from lab.certbot import ROOT
from lab.due import make_due
from lab.json_forms import check_form


def events_of(text):
    events = [json.loads(line) for line in text.splitlines()]
    for event in events:
        check_form("events", event)
    assert [event["number"] for event in events] == list(range(1, len(events) + 1))
    assert events[0]["event"] == "started" and events[-1]["event"] == "summary"
    return events


def kinds(events):
    return [event["event"] for event in events]


def test_a_certificate_from_order_to_hook(certbot, pebble):
    result = certbot.certonly("a.test", "b.test", options=[
        "--json-events", "-", "--cert-name", "both", "--deploy-hook", "sh -c 'exit 3'"])
    events = events_of(result.out)
    assert kinds(events) == ["started", "due", "order", "presented", "presented", "validated", "issued",
                             "hook", "summary"]
    assert events[2]["names"] == ["a.test", "b.test"] and events[2]["server"] == pebble.directory
    assert events[6]["name"] == "both" and events[6]["outcome"] == "obtained"
    assert events[7]["exit_status"] == 3 and not events[7]["succeeded"]
    assert (events[7]["hook"], events[7]["name"]) == ("deploy-hook", None)
    manual = certbot.run("certonly", "-n", "--manual", "--manual-auth-hook", "true", "-d", "c.test",
                         "--json-events", "-", check=1)
    hooks = [(event["hook"], event["name"]) for event in events_of(manual.out) if event["event"] == "hook"]
    assert hooks == [("manual-auth-hook", "c.test")]


def test_each_order_has_a_name_of_its_own(certbot):
    """Both keys have the same names, and so have two certificates."""
    certbot.certonly("a.test", options=["--cert-name", "other"])
    certbot.certonly("a.test", options=["--cert-name", "both", "--key-type", "ecdsa,rsa", "--duplicate"])
    events = events_of(certbot.run("renew", "--force-renewal", "-q", "--json-events", "-").out)
    orders = {event["order"]: event for event in events if event["event"] == "order"}
    assert sorted((event["certificate"], event["second_key"]) for event in orders.values()) == [
        ("both", False), ("both", True), ("other", False)]
    assert all(event["names"] == ["a.test"] for event in orders.values())
    # A CA that has validated the name before may ask for no challenge.
    assert {event["order"] for event in events if event["event"] == "presented"} <= set(orders)
    assert sorted(event["order"] for event in events if event["event"] == "validated") == sorted(orders)


def test_a_certificate_that_is_stored_is_told_even_if_a_hook_is_stopped(certbot, pebble, tmp_path):
    events = tmp_path / "events"
    process = subprocess.Popen(
        certbot.command("certonly", "-n", "--standalone", "--http-01-port", pebble.http_port, "-d", "a.test",
                        "--agree-tos", "--register-unsafely-without-email", "--json", "--json-events", events,
                        "--deploy-hook", f"touch {tmp_path}/begun; sleep 60"), env=certbot.environment(),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    for _ in range(600):
        if (tmp_path / "begun").exists():
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    document = json.loads(process.communicate(timeout=30)[0])
    assert document["certificate"]["outcome"] == "obtained" and document["error"]["code"] == "cancelled"
    assert "issued" in kinds(events_of(events.read_text()))


def test_files_of_a_csr_are_issued_too(certbot, pebble, tmp_path):
    subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", tmp_path / "key", "-out", tmp_path / "csr", "-subj", "/CN=a.test",
                    "-addext", "subjectAltName=DNS:a.test"], check=True, capture_output=True)
    result = certbot.run("certonly", "-n", "--standalone", "--http-01-port", pebble.http_port,
                         "--csr", tmp_path / "csr", "--json-events", "-", "--cert-path", tmp_path / "cert",
                         "--chain-path", tmp_path / "chain", "--fullchain-path", tmp_path / "fullchain")
    issued = [event for event in events_of(result.out) if event["event"] == "issued"]
    assert [event["name"] for event in issued] == [None]


def test_renew_appends_and_names_what_failed(certbot, tmp_path):
    for name in "early.test", "due.test", "bad.test":
        certbot.certonly(name)
    make_due(certbot, "due.test")
    make_due(certbot, "bad.test", "absent")
    file = tmp_path / "events"
    file.write_text('{"before": 1}\n')
    certbot.run("renew", "-q", "--json-events", file, check=1)
    before, _, text = file.read_text().partition("\n")
    assert before == '{"before": 1}'
    events = events_of(text)
    ended = {event["name"]: event for event in events if event["event"] in ("issued", "skipped", "failed")}
    assert {name: event["outcome"] for name, event in ended.items()} == {
        "due.test": "renewed", "early.test": "skipped", "bad.test": "failed"}
    assert ended["bad.test"]["error"]["message"]
    assert events[-1]["exit_status"] == 1 and events[-1]["summary"]["failed"] == 1
    certbot.run("renew", "--dry-run", "--json", "--json-events", tmp_path / "both", check=False)
    assert events_of((tmp_path / "both").read_text())[-1]["dry_run"] is True


def test_events_are_there_at_once_and_on_a_descriptor(certbot):
    reader, writer = os.pipe()
    process = subprocess.Popen(
        certbot.command("certonly", "-n", "--standalone", "-d", "a.test", "--pre-hook", "sleep 60",
                        "--json-events", f"/dev/fd/{writer}"), env=certbot.environment(),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=[writer])
    os.close(writer)
    with os.fdopen(reader) as lines:
        assert json.loads(lines.readline())["event"] == "started"
        process.send_signal(signal.SIGTERM)
        rest = [json.loads(line) for line in lines]
    assert process.wait(30) == -signal.SIGTERM
    assert rest[-1]["event"] == "summary" and rest[-1]["exit_status"] == 128 + signal.SIGTERM
    assert rest[-1]["error"]["code"] == "cancelled"


def test_a_place_for_events_that_cannot_be_used(certbot, tmp_path):
    assert "--json-events" in certbot.run("renew", "--json-events", tmp_path / "none/events", check=1).err
    for name in "-", "/dev/stdout", "/dev/fd/1":
        assert "standard output" in certbot.run("renew", "--json", "--json-events", name, check=2).err
    result = certbot.run("certificates", "--json-events", "/dev/full")
    assert result.err.count("cannot write the events") == 1


def test_a_pipe_is_given_time_to_find_its_reader(certbot, tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    assert "nobody reads" in certbot.run("certificates", "--json-events", fifo, check=1).err
    process = subprocess.Popen(certbot.command("certificates", "--json-events", fifo), env=certbot.environment(),
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    time.sleep(0.5)
    with open(fifo, encoding="utf-8") as lines:
        assert kinds(events_of(lines.read())) == ["started", "summary"]
    assert process.wait(30) == 0


def test_a_reader_that_is_stuck_does_not_stop_the_run(certbot, tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
    with pytest.raises(BlockingIOError):
        while True:
            os.write(writer, b"x" * 4096)
    result = certbot.run("certificates", "--json-events", fifo)
    assert result.err.count("cannot write the events") == 1
    os.close(reader)
    os.close(writer)


def ends_with(certbot, label):
    """Has the program end with the status of that label of the table."""
    words = {"0": ["certificates"], "1": ["delete", "-n", "--cert-name", "none"], "2": ["renew", "--nonsense"]}
    if label in words:
        return certbot.run(*words[label], check=False).rc
    process = subprocess.Popen(
        certbot.command("certonly", "-n", "--standalone", "-d", "a.test", "--pre-hook",
                        f"touch {certbot.folder}/begun; sleep 60"), env=certbot.environment(),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(600):
        if (certbot.folder / "begun").exists():
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    return process.wait(30)


ROWS = re.findall(r'^\t\{"([0-9+N]+)", EXIT_STATUS_', (ROOT / "src/cli/exit_status.c").read_text(), re.MULTILINE)


@pytest.mark.parametrize("label", ROWS)
def test_each_exit_status_of_the_table(certbot, label):
    expected = -signal.SIGTERM if label == "128+N" else int(label)
    assert ends_with(certbot, label) == expected
