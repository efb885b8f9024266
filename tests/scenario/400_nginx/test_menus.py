"""Questions about server blocks, at a terminal of their own: which ones a wildcard certificate is for;
and what is said where nobody can be asked."""

import pytest

from lab.dialogue import Dialogue

NAME = "a.nginx.test"
WILDCARD = "*.nginx.test"
LIST = "Which server blocks would you like to install the certificate for *.nginx.test in?"


@pytest.fixture
def talk(site_certbot, nginx):
    """Starts a dialogue about the installation of a lineage."""
    def start(name, *options):
        return Dialogue(site_certbot, "install", "--nginx", "--cert-name", name, *nginx.options(),
                        *options)
    return start


def has_certificate(files):
    return ["ssl_certificate " in file.read_text() for file in files]


@pytest.fixture
def wildcard(site_certbot, nginx, dns_hook):
    """Three plain sites and a wildcard certificate; the sites' files."""
    files = [nginx.plain_site(name) for name in (NAME, "b.nginx.test", "c.example.test")]
    nginx.start()
    site_certbot.run("certonly", "-n", "-a", "manual", "--preferred-challenges", "dns",
                     "--manual-auth-hook", dns_hook, "-d", WILDCARD)
    return files


def test_several_blocks_for_a_wildcard(wildcard, talk, site_certbot, nginx, roots):
    with talk("nginx.test", "--no-redirect") as dialogue:
        dialogue.expect(LIST)
        for number, file in enumerate(wildcard, 1):
            dialogue.expect(f"{number}: {file.name[:-5]} | {file}:1")
        dialogue.expect("to cancel)").answer("1,2")
        assert dialogue.end() == 0, dialogue.text
    assert has_certificate(wildcard) == [True, True, False]
    serial = site_certbot.lineage("nginx.test").serial()
    for name in (NAME, "b.nginx.test"):
        assert nginx.leaf(name, roots=roots).serial_number == serial


@pytest.mark.asan
def test_redirect_of_a_wildcard_asks_no_second_time(wildcard, talk, nginx):
    with talk("nginx.test", "--redirect", "--hsts") as dialogue:
        dialogue.expect(LIST).expect("to cancel)").answer("2")
        assert dialogue.end() == 0, dialogue.text
    assert dialogue.text.count(LIST) == 1
    assert nginx.get("b.nginx.test").status == 301
    assert nginx.get(NAME).status == 200


def test_wrong_selection_and_cancel_for_a_wildcard(wildcard, talk, nginx):
    before = nginx.texts()
    with talk("nginx.test") as dialogue:
        dialogue.expect(LIST).expect("to cancel)").answer("1 9").expect("Invalid selection")
        dialogue.expect("to cancel)").answer("c")
        assert dialogue.end() == 1, dialogue.text
    assert nginx.texts() == before


def test_wildcard_without_a_person_is_refused(wildcard, site_certbot, nginx):
    before = nginx.texts()
    result = site_certbot.nginx("install", "--nginx", "--cert-name", "nginx.test", check=1)
    assert f"cannot choose blocks for '{WILDCARD}': this needs an answer" in result.text
    assert nginx.texts() == before


def test_name_that_no_block_has_is_refused(site_certbot, nginx, talk):
    """No menu of blocks that do not fit: neither with a person nor without."""
    nginx.plain_site(NAME)
    nginx.plain_site("b.nginx.test")
    nginx.start()
    site_certbot.nginx("certonly", "--nginx", "-d", NAME)
    (nginx.root / f"conf.d/{NAME}.conf").unlink()
    before = nginx.texts()
    with talk(NAME) as dialogue:
        assert dialogue.end() == 1
    for text in (dialogue.text,
                 site_certbot.nginx("install", "--nginx", "--cert-name", NAME, check=1).text):
        assert f"cannot find a server block of nginx for '{NAME}'" in text
        assert "add the name to 'server_name'" in text
    assert nginx.texts() == before
