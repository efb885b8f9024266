"""The system's CA certificates: where the CA's root may stand, and what is looked at to find it there."""

import pytest

from .api import TWINS
from .test_names import CERTONLY
from .test_providers import NAMES, command

LOG = "/var/log/letsencrypt/letsencrypt.log"
ASKED_FOR_MORE = "again with all CA certificates of the system"
FILE, FOLDER = "ca-certificates.crt", "/usr/share/ca-certificates/mozilla"

# A store as Debian makes it has the root in the file and, by a link of its hash, next to the package's
# directory: one link more than the package has certificates. Where as many have been taken away, all
# seem to be the package's. How the file and the links are changed, and whether a server must have been
# met before somebody looks at all links.
HIDDEN = "set -- $(find -lname '*.pem' ! -lname 'world.*' | sort | tail -n 9); rm $@; "
STORES = {
    "no file": (f"rm {FILE}", False),
    "only the file": (HIDDEN + "find -lname 'world.*' -delete; rm world.pem", True),
    "only a hidden link": (HIDDEN + f"cp {FOLDER}/ISRG_Root_X1.crt {FILE}", True),
    "hidden, and no file": (HIDDEN + f"rm {FILE}", True),
    "a hidden file": (
        HIDDEN + f"rm {FILE}; cat world.pem >own; hash=$(find -lname world.pem); rm world.pem $hash;"
        " mv own $hash", True),
    "nothing but links elsewhere": (
        "mkdir /srv/roots; for link in ????????.?; do cp $link /srv/roots/; ln -sf /srv/roots/$link $link; done;"
        f" rm {FILE}", False),
    "of the package": (f"cp world.pem {FOLDER}/world.crt; ln -sf {FOLDER}/world.crt world.pem; rm {FILE}",
                       False),
}


def times_asked_for_more(client):
    return client.read(LOG).count(ASKED_FOR_MORE)


@pytest.mark.parametrize("store", STORES)
def test_root_of_the_ca(client, store):
    change, looks_at_all = STORES[store]
    client.run("sh", "-ec", f"cd /etc/ssl/certs; {change}")
    client.type(f"{CERTONLY} -v")
    client.lineage("www.example.com").verify("www.example.com")
    assert times_asked_for_more(client) == looks_at_all


def test_root_of_a_provider(client, world):
    """Its requests are made by a process of their own."""
    twin = world.providers.stand_in(TWINS[0], ["site.example"])
    line = command(client, twin)
    client.run("sh", "-ec", f"cd /etc/ssl/certs; {HIDDEN} rm {FILE}")
    client.type(f"{line} -v")
    client.lineage("site.example").verify(*NAMES)
    assert twin.calls and times_asked_for_more(client) == 2


def test_root_that_is_nowhere(client, world):
    """All have been looked at before a server is refused."""
    client.run("sh", "-ec", f"cd /etc/ssl/certs; {HIDDEN} find -lname 'world.*' -delete; rm world.pem;"
                            f" cp {FOLDER}/ISRG_Root_X1.crt {FILE}")
    shown = client.type(f"{CERTONLY} -v", check=1)
    assert "cannot verify the TLS certificate of" in shown and "REQUESTS_CA_BUNDLE" in shown
    assert times_asked_for_more(client) == 1 and not world.ca.requests()

