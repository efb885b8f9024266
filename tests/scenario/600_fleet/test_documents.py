"""--json of the fleet's subcommands, from its beginning to its end. Certbot.run() checks each document
against its schema in docs/json; here is what they say."""

import pytest

NAME = "a.lab.test"


@pytest.mark.parametrize("server", ["nginx", "apache", "haproxy", "varnish"])
def test_the_snippet_of_each_server_has_the_thumbprint(first, server):
    told = first.json("fleet", "snippet", server, *first.options, server=True)
    assert told["server"] == server and told["thumbprint"] in told["snippet"]
    assert "well-known/acme-challenge/" in told["snippet"]


def test_each_subcommand_tells_what_it_did(fleet):
    first = fleet.machine("first")
    first.run("certonly", "-n", "--manual", "--preferred-challenges", "dns", "-d", NAME, *first.options)
    assert first.json("fleet", "init", *first.options)["node"] == "first"
    assert first.json("fleet", "adopt", NAME, *first.options)["certificates"] == [NAME]

    second = fleet.machine("second")
    folder = second.config_dir / "fleet"
    folder.mkdir(mode=0o700)
    (folder / "key").touch(mode=0o600)
    (folder / "key").write_bytes(fleet.key(first))
    joined = second.json("fleet", "join", *second.options)
    assert (joined["node"], joined["taken"], joined["failed"]) == ("second", 1, 0)
    first.run("renew", "--force-renewal", *first.options)
    pulled = second.json("fleet", "pull", *second.options)
    assert (pulled["taken"], pulled["failed"]) == (1, 0)

    status = second.json("fleet", "status", *second.options)
    assert [node["name"] for node in status["nodes"]] == ["first", "second"]
    assert [(cert["name"], cert["generation"], cert["from"]) for cert in status["certificates"]] == [
        (NAME, 2, "first")]
    assert not status["owners"] and not status["orders"] and not status["failures"]
    assert status["not_believed"] == 0 and status["warnings"] == status["missing"] == []

    # A failure is known to all: whose it was, and when the next try makes sense.
    first.run("renew", "--force-renewal", "--manual-auth-hook", "/bin/false", "--config", first.options[1],
              check=1)
    failures = second.json("fleet", "status", *second.options)["failures"]
    assert failures[0]["problem"] and failures[0]["next_try"]

    assert second.json("fleet", "release", NAME, *second.options)["certificates"] == [NAME]
    assert second.json("fleet", "leave", *second.options)["key"] == str(folder / "key")
