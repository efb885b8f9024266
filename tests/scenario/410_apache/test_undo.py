"""`undo` of what was done to Apache's configuration: files, and what Debian's a2enmod enabled."""

import pytest

from lab.changes import changes

NAME = "one.example"


def modules(apache):
    return {path.name for path in (apache.root / "mods-enabled").iterdir()}


@pytest.fixture
def installed(apache, certbot):
    """What was there before and after an installation, which the running server has read."""
    apache.plain_site("one", NAME)
    before, enabled = apache.snapshot(), modules(apache)
    with apache:
        certbot.run("run", "--apache", "-n", "-d", NAME, "--no-redirect", *apache.options())
        assert modules(apache) - enabled >= {"ssl.load", "ssl.conf"}
        yield before, apache.snapshot()
    apache.configtest()


def undo_all(certbot, kind):
    """From the newest down, each change by its number; `kind` tells which."""
    numbers = [change["number"] for change in changes(certbot) if kind(change)]
    assert numbers
    for number in numbers:
        certbot.run("undo", "-n", str(number))


def test_an_installation_is_undone_byte_for_byte(installed, apache, certbot, pebble):
    before, after = installed
    # Without a word about Apache: the record has the options.
    undo_all(certbot, lambda change: change["plugin"] == "apache")
    assert apache.snapshot() == before
    assert apache.get(NAME).status == 200
    apache.configtest()
    undo_all(certbot, lambda change: change["undoes"])
    assert apache.snapshot() == after
    assert apache.get(NAME, trust=pebble.root()).status == 200


def test_a_module_goes_with_the_enhancement_that_enabled_it(installed, apache, certbot):
    _, after = installed
    enabled = modules(apache)
    certbot.run("enhance", "-n", "--apache", "--cert-name", NAME, "--hsts", *apache.options())
    assert modules(apache) - enabled == {"headers.load"}
    certbot.run("undo", "-n")
    assert modules(apache) == enabled and apache.snapshot() == after


def test_an_edited_site_is_named(installed, apache, certbot):
    site = next(file["path"] for file in changes(certbot)[0]["files"]
                if file["path"].endswith("-le-ssl.conf"))
    with open(site, "a", encoding="utf-8") as text:
        text.write("# mine\n")
    kept = apache.snapshot()
    result = certbot.run("undo", "-n", check=False)
    assert result.rc == 1 and f"'{site}'" in result.err and "edited it since" in result.err, result
    assert apache.snapshot() == kept
