"""The agent: a process that stays, by which a machine has what another has renewed within seconds."""

import contextlib
import fcntl
import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from lab.children import children
from lab.process import die_with_parent, free_port, wait_for

NAME = "a.lab.test"
TOKEN = "DGyRejmCefe7v4NfDGDKfA"


@contextlib.contextmanager
def agent(machine, *args):
    """Runs it, and ends it as systemd does; yields the process, whose output is in `agent.out`."""
    out = machine.folder / "agent.out"
    with out.open("w") as stream:
        process = subprocess.Popen(
            [str(word) for word in machine.command("fleet", "agent", *args, *machine.options[:2])],
            env=machine.environment(), stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent)
        try:
            wait_for(lambda: "Watching the fleet as" in out.read_text(), "the agent", timeout=20)
            yield process
            assert process.poll() is None, out.read_text()
        finally:
            process.send_signal(signal.SIGTERM)
            process.send_signal(signal.SIGCONT)
            process.wait(timeout=20)


def await_first_deployment(machine):
    """Each start of an agent deploys what an earlier one may have left, and waits for the store in that."""
    wait_for(lambda: any("'--lock-timeout', '300'" in log.read_text() for log in machine.logs_dir.iterdir()),
             "the first deployment", timeout=20)
    time.sleep(1)


def serial(machine, name=NAME):
    return machine.lineage(name).serial()


def renew(machine):
    machine.run("renew", "--force-renewal", *machine.options)


@pytest.fixture
def second(fleet, first, tmp_path):
    """A member that notes each deployment."""
    machine = fleet.member("second", first)
    config = machine.config_dir / "cli.ini"
    config.write_text(config.read_text() + f"deploy-hook = echo $RENEWED_DOMAINS >>{tmp_path}/deployed\n")
    machine.run("renew", *machine.options)
    (tmp_path / "deployed").unlink(missing_ok=True)
    return machine


def test_what_another_machine_renews_is_here_at_once_and_deployed_soon(fleet, first, second, tmp_path):
    with agent(second):
        renew(first)
        wait_for(lambda: serial(second) == serial(first), "the certificate", timeout=2)
        wait_for((tmp_path / "deployed").exists, "the hook", timeout=15)
        second.lineage(NAME).verify(NAME)
        # What comes meanwhile waits for the next window, and is one deployment, too.
        (tmp_path / "deployed").unlink()
        renew(first)
        renew(first)
        wait_for((tmp_path / "deployed").exists, "the hook", timeout=20)
        assert serial(second) == serial(first)
        time.sleep(1)
        assert (tmp_path / "deployed").read_text().split() == [NAME]


def test_the_store_goes_and_comes_back_and_its_history_is_thrown_away(fleet, first, second):
    etcd = fleet.etcd
    with agent(second):
        out = second.folder / "agent.out"
        await_first_deployment(second)
        etcd.kill()
        wait_for(lambda: "does not answer" in out.read_text(), "the complaint", timeout=20)
        etcd.start()
        wait_for(lambda: "answers again" in out.read_text(), "the return", timeout=20)
        etcd.compact()
        renew(first)
        wait_for(lambda: serial(second) == serial(first), "the certificate", timeout=5)
        assert out.read_text().count("does not answer") == 1


def test_an_agent_that_was_stopped_for_a_while_takes_over_what_it_missed(fleet, first, second):
    with agent(second) as process:
        process.send_signal(signal.SIGSTOP)
        renew(first)
        fleet.etcd.compact()
        time.sleep(1)
        process.send_signal(signal.SIGCONT)
        wait_for(lambda: serial(second) == serial(first), "the certificate", timeout=5)


def ask(port, token):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/.well-known/acme-challenge/{token}") as answer:
            return answer.read().decode()
    except (OSError, urllib.error.URLError):
        return None


def test_an_agent_answers_any_token_also_without_the_store(fleet, first, second):
    port = free_port()
    shown = first.run("fleet", "snippet", "nginx", *first.options, "--server", first.ca.directory).out
    thumbprint = re.search(r"\.([A-Za-z0-9_-]{43})\b", shown).group(1)
    with agent(second, "--fleet-answer", "--http-01-port", port, "--server", first.ca.directory):
        assert ask(port, TOKEN) == f"{TOKEN}.{thumbprint}"
        for none in ("", "a.b", "a/../b", "%41", "a" * 129):
            assert ask(port, none) is None
        fleet.etcd.kill()
        assert ask(port, TOKEN) == f"{TOKEN}.{thumbprint}"
        fleet.etcd.start()


def test_orders_of_any_machine_are_validated_by_the_agent_of_another(fleet, first, second, pebble):
    with agent(second, "--fleet-answer", "--http-01-port", pebble.http_port, "--server", pebble.directory):
        first.run("certonly", "-n", "--stateless", "--http-01-port", pebble.http_port, "-d", "b.lab.test",
                  *first.options)
        first.lineage("b.lab.test").verify("b.lab.test")


def test_an_agent_that_is_no_member_says_so(fleet):
    machine = fleet.machine("third")
    result = machine.run("fleet", "agent", *machine.options[:2], check=1)
    assert "certbot fleet init makes it on the first machine" in result.err


@contextlib.contextmanager
def holding_locks(machine):
    """What another certbot does while it runs."""
    with (machine.config_dir / ".certbot.lock").open("w") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        yield


def logs(machine):
    return len(list((machine.folder / "logs").glob("letsencrypt.log*")))


def test_what_the_one_before_took_over_is_deployed_by_the_next(first, second, tmp_path):
    renew(first)
    second.run("fleet", "pull", *second.options[:2])
    with agent(second):
        wait_for((tmp_path / "deployed").exists, "the hook", timeout=20)


def test_what_a_pull_had_stored_before_it_was_cut_short_is_deployed(fleet, first, second, tmp_path):
    other = "b.lab.test"
    state = second.config_dir / "fleet/state"
    for machine in (first, second):
        machine.run("certonly", "-n", "--manual", "--preferred-challenges", "dns", "-d", other, *machine.options)
    (tmp_path / "deployed").unlink(missing_ok=True)
    config = second.config_dir / "cli.ini"
    config.write_text(config.read_text() + "max-log-backups = 1000\n")
    with agent(second) as process:
        await_first_deployment(second)
        process.send_signal(signal.SIGSTOP)
        before = state.read_text()
        renew(first)
        second.run("fleet", "pull", *second.options[:2])
        # The count is written at the end, which another certificate of a name that is taken here has it fail at.
        state.write_text(before)
        first.run("fleet", "adopt", other, *first.options)
        kept = logs(second)
        process.send_signal(signal.SIGCONT)
        wait_for(lambda: "another one of that name" in (second.folder / "agent.out").read_text(), "the refusal", timeout=20)
        assert logs(second) == kept
        wait_for((tmp_path / "deployed").exists, "the hook", timeout=20)
        assert NAME in (tmp_path / "deployed").read_text()


def test_a_responder_that_dies_is_replaced_within_a_second_also_during_a_renewal(first, second):
    port = free_port()
    begun = second.folder / "begun"
    config = second.config_dir / "cli.ini"
    config.write_text(config.read_text().replace("deploy-hook = ", f"deploy-hook = touch {begun}; sleep 8; "))

    def strike():
        dead = children(process.pid)["certbot: responder"]
        os.kill(dead, signal.SIGKILL)
        wait_for(lambda: children(process.pid).get("certbot: responder", dead) != dead, "another", timeout=4)
        assert ask(port, TOKEN)

    renew(first)
    second.run("fleet", "pull", *second.options[:2])
    with agent(second, "--fleet-answer", "--http-01-port", port, "--server", first.ca.directory) as process:
        time.sleep(1)
        strike()
        wait_for(begun.exists, "the renewal", timeout=20)
        strike()


def test_a_responder_that_dies_is_replaced_while_the_store_is_silent(fleet, first, second):
    port = free_port()
    fleet.etcd.process.send_signal(signal.SIGSTOP)
    try:
        with agent(second, "--fleet-answer", "--http-01-port", port, "--server", first.ca.directory) as process:
            dead = children(process.pid)["certbot: responder"]
            os.kill(dead, signal.SIGKILL)
            # The first look takes more than six seconds: two tries of three, until nobody waits any more.
            wait_for(lambda: children(process.pid).get("certbot: responder", dead) != dead, "another", timeout=4.5)
            assert ask(port, TOKEN)
    finally:
        fleet.etcd.process.send_signal(signal.SIGCONT)


def test_the_account_is_opened_under_the_locks(fleet, first, second):
    with holding_locks(second):
        result = second.run("fleet", "agent", "--fleet-answer", "--lock-timeout", "1", "--http-01-port", free_port(),
                            "--server", first.ca.directory, *second.options[:2], check=1)
    assert "Another instance of Certbot is already running" in result.err


def test_the_store_on_the_command_line_is_the_one_to_pull_from(fleet, first, second):
    config = second.config_dir / "cli.ini"
    given = re.findall(r"^(fleet-.*?) = (.*)$", config.read_text(), re.M)
    config.write_text(re.sub(r"^fleet-.*\n", "", config.read_text(), flags=re.M))
    with agent(second, *(f"--{name}={value}" for name, value in given)):
        renew(first)
        wait_for(lambda: serial(second) == serial(first), "the certificate", timeout=5)
