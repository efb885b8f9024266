"""What scripts read: the same commands by Certbot and by ours, in the same directories."""

import re
import signal
import subprocess

import pytest

HOOKS = ["--deploy-hook", "echo deploy $RENEWED_LINEAGE $RENEWED_DOMAINS",
         "--post-hook", "echo post $RENEWED_LINEAGE"]


@pytest.fixture
def both(certbot, debian_certbot):
    """Runs a command twice and returns what both said, white space aside: Certbot wraps long
    paths."""

    def run(*args, check=True, **options):
        results = [program.run(*args, check=check, **options)
                   for program in (debian_certbot, certbot)]
        return [" ".join(result.text.split()) for result in results]

    return run


def standalone(certbot, *args):
    return ["certonly", "-n", "--standalone", "--http-01-port", certbot.ca.http_port, *args]


def test_renewals_and_rehearsals(certbot, both):
    certbot.certonly("lines.test", "www.lines.test")
    theirs, ours = both("renew", "--force-renewal", *HOOKS, server=True)
    assert f" post {certbot.lineage('lines.test').live}" in ours
    assert ours == theirs
    theirs, ours = both("renew", "--dry-run", *HOOKS, server=True)
    assert ("Simulating renewal of an existing certificate for lines.test and www.lines.test"
            in ours)
    assert ours == theirs


def test_requests(certbot, both, pebble):
    certbot.certonly("account.test", options=["--dry-run"])
    theirs, ours = both(*standalone(certbot, "--dry-run", "-d", "rehearsed.test"))
    assert "Simulating a certificate request for rehearsed.test" in ours
    assert ours == theirs
    subprocess.run(["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=csr.test",
                    "-addext", "subjectAltName=DNS:csr.test", "-keyout", "key.pem", "-out",
                    "request.pem"], cwd=certbot.folder, check=True, stderr=subprocess.DEVNULL)
    theirs, ours = both(*standalone(certbot, "--dry-run", "--csr", "request.pem"))
    assert "Simulating a certificate request for csr.test" in ours
    assert ours == theirs
    pebble.dns.set_servfail("quiet.test")
    theirs, ours = both(*standalone(certbot, "-q", "-d", "quiet.test"), check=1)
    assert ours == theirs == "Some challenges have failed."


def test_confs_that_are_skipped(certbot, both):
    certbot.certonly("kept.test")
    conf = certbot.lineage("kept.test").conf()
    renewal = certbot.config_dir / "renewal"
    for name, text in [("a-broken", "nonsense\n"),
                       ("b-bare", conf.split("[renewalparams]")[0]),
                       ("c-nobody", conf.replace("authenticator =", "authenticater ="))]:
        (renewal / f"{name}.conf").write_text(text)
    theirs, ours = both("renew", check=1)
    for name in "b-bare", "c-nobody":
        line, = re.findall(rf"Renewal configuration file [^ ]*{name}.conf .*? Skipping\.", ours)
        assert line in theirs
    assert f"Renewal configuration file {renewal}/a-broken.conf is broken." in ours


def test_each_lineage_has_its_lines_together(certbot):
    """Several are renewed at the same time, and yet what is said of one follows its "Processing"."""
    for name in "one.test", "three.test":
        certbot.certonly(name)
    text = certbot.lineage("three.test").conf_path.read_text()
    certbot.lineage("three.test").conf_path.write_text(
        text.replace("[renewalparams]", "[renewalparams]\nautorenew = False"))
    certbot.certonly("four.test")
    conf = certbot.lineage("four.test").conf_path
    conf.write_text(conf.read_text().replace("authenticator = standalone", "authenticator = none"))
    result = certbot.run("renew", "--force-renewal", "--deploy-hook", "echo done for $RENEWED_DOMAINS",
                         check=1, under=["sh", "-c", 'exec "$0" "$@" 2>&1'])
    parts = result.out.split("Processing ")[1:]
    names = [part.split(".conf", 1)[0].rsplit("/", 1)[1] for part in parts]
    assert sorted(names) == ["four.test", "one.test", "three.test"]
    for name, part in zip(names, parts):
        lines = part.split("The following")[0]
        assert all(other not in lines for other in names if other != name), part
        wanted = "Failed to renew certificate" if name == "four.test" else f"done for {name}"
        assert wanted in lines


def test_the_wait_of_unattended_runs_is_told(certbot):
    """Without a terminal and in the background of everything; whoever names a certificate waits for
    nothing."""
    certbot.certonly("sleepy.test")
    conf = certbot.lineage("sleepy.test").conf_path
    conf.write_text("renew_before_expiry = 400 days\n" + conf.read_text())
    argv = [arg for arg in certbot.command("renew") if arg != "--no-random-sleep-on-renew"]
    with subprocess.Popen(argv, env=certbot.environment(), stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        line = process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert re.match(r"Waiting \d+ seconds before the first renewal", line)
    assert process.returncode == -signal.SIGTERM
    result = subprocess.run([*argv, "--cert-name", "sleepy.test"], env=certbot.environment(),
                            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                            check=True)
    assert "Waiting" not in result.stdout and "(success)" in result.stdout


def test_rehearsing_nothing_is_a_failure(certbot):
    """The only lineage is from a CA that has no test server."""
    certbot.certonly("elsewhere.test")
    result = certbot.run("renew", "--dry-run", check=1, server=False)
    assert "fullchain.pem (skipped)" in result.out
    assert "no renewal could be simulated" in result.err


def test_options_for_keys_of_another_type_are_warned_of(certbot):
    result = certbot.certonly("key.test", options=["--rsa-key-size", "4096"])
    assert "--rsa-key-size has no effect: the key is of type ecdsa" in result.err
    config = certbot.folder / "cli.ini"
    config.write_text("key-type = rsa\n")
    result = certbot.run("renew", "--force-renewal", "-c", config)
    assert "has no effect" not in result.err
    assert "key_type = ecdsa\n" in certbot.lineage("key.test").verify("key.test").conf()
