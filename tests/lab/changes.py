"""The changes that certbot has on record, and commands that make some."""

import json


def changes(certbot, *args):
    """What `log --json` lists, most recent first."""
    document = json.loads(certbot.run("log", "--json", *args).out)
    assert document["version"] == 1
    return document["changes"]


def reconfigure(certbot, name, *options):
    """Changes the options of a certificate."""
    certbot.run("reconfigure", "-n", "--cert-name", name, "--http-01-port", certbot.ca.http_port,
                *options)
