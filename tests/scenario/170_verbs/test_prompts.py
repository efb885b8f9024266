"""Questions at a terminal: the program runs in a pseudo-terminal and is answered line by line."""

from lab.dialogue import Dialogue


def test_names_and_address_are_asked_for(certbot, pebble):
    args = ["certonly", "--standalone", "--http-01-port", str(pebble.http_port), "--server",
            pebble.directory]
    with Dialogue(certbot, *args) as talk:
        talk.expect("email").answer("me@asked.test")
        talk.expect("(Y)es/(N)o").answer("y")
        talk.expect("domain name(s)").answer("not..good").expect("domain name(s)")
        talk.answer("asked.test, www.asked.test")
        assert talk.end() == 0, talk.text
    certbot.lineage("asked.test").verify("asked.test", "www.asked.test")


def test_existing_certificate_is_kept_or_renewed(certbot, pebble):
    certbot.certonly("menu.test")
    args = ["certonly", "--standalone", "--http-01-port", str(pebble.http_port), "-d", "menu.test"]
    with Dialogue(certbot, *args) as talk:
        talk.expect("[1-2] then [enter]").answer("7").expect("[1-2] then [enter]").answer("1")
        assert talk.end() == 0, talk.text
    assert certbot.lineage("menu.test").version() == 1
    with Dialogue(certbot, *args) as talk:
        talk.expect("[1-2] then [enter]").answer("2")
        assert talk.end() == 0, talk.text
    assert certbot.lineage("menu.test").version() == 2
    with Dialogue(certbot, *args) as talk:
        talk.expect("[1-2] then [enter]").answer("c")
        assert talk.end() == 1, talk.text


def test_expansion_is_asked_for(certbot, pebble):
    certbot.certonly("grow.test")
    args = ["certonly", "--standalone", "--http-01-port", str(pebble.http_port), "-d",
            "grow.test,more.test"]
    with Dialogue(certbot, *args) as talk:
        talk.expect("(E)xpand/(C)ancel").answer("c")
        assert talk.end() == 1 and "--duplicate" in talk.text
    with Dialogue(certbot, *args) as talk:
        talk.expect("(E)xpand/(C)ancel").answer("e")
        assert talk.end() == 0
    certbot.lineage("grow.test").verify("grow.test", "more.test")


def test_several_are_deleted_from_a_list(certbot):
    for name in ("one.test", "two.test", "three.test"):
        certbot.certonly(name)
    with Dialogue(certbot, "delete") as talk:
        talk.expect("Enter 'c' to cancel").answer("1,3").expect("(Y)es/(N)o").answer("n")
        assert talk.end() == 0
    assert len(certbot.lineage_names()) == 3
    with Dialogue(certbot, "delete") as talk:
        talk.expect("Enter 'c' to cancel").answer("1 3").expect("(Y)es/(N)o").answer("y")
        assert talk.end() == 0
    assert certbot.lineage_names() == ["three.test"]
