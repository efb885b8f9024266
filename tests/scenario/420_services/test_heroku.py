"""An app on Heroku answers challenges, and its domains get the certificate."""

import pytest

from lab.heroku import APP_TOKEN, ENDPOINT, TOKEN, App, Heroku

NAMES = ("a.lab.test", "b.lab.test", "c.lab.test")


@pytest.fixture
def heroku():
    with Heroku(my_app=NAMES, other_app=["d.lab.test"]) as heroku:
        yield heroku


@pytest.fixture
def app(heroku, pebble):
    with App(heroku, pebble.http_port) as app:
        yield app


def run(certbot, heroku, *args, env=(), **options):
    env = {**heroku.environment_with(certbot.ca.ca_bundle, certbot.folder), **dict(env)}
    return certbot.run(*args, env=env, **options)


def install(certbot, heroku, *args, names="a.lab.test,b.lab.test", apps="my-app", **options):
    return run(certbot, heroku, "run", "-n", "--heroku", "--heroku-app", apps, "--heroku-endpoint",
               ENDPOINT, "--heroku-http-token", APP_TOKEN, "-d", names, *args, **options)


def serial(certbot, name="a.lab.test"):
    return certbot.lineage(name).cert.serial_number


def test_domains_get_the_certificate_and_its_renewals(certbot, heroku, app):
    install(certbot, heroku)
    assert not heroku.answers and "POST app" in heroku.calls
    assert heroku.domains["my-app"] == {"a.lab.test": "e0", "b.lab.test": "e0", "c.lab.test": None}
    before = serial(certbot)
    heroku.calls.clear()
    run(certbot, heroku, "renew", "--force-renewal")
    assert before != serial(certbot) == heroku.served("my-app", "b.lab.test").serial_number
    assert [call for call in heroku.calls if call.startswith("PATCH")] == ["PATCH sni-endpoints/e0"]
    assert APP_TOKEN not in certbot.log() and TOKEN not in certbot.log()


def test_several_apps_and_a_name_that_none_has(certbot, heroku, app):
    result = install(certbot, heroku, names="a.lab.test,d.lab.test,e.lab.test", apps="my-app,other-app")
    assert heroku.served("my-app", "a.lab.test") == heroku.served("other-app", "d.lab.test")
    assert "e.lab.test is not a domain of the app" in result.err and "d.lab.test is" not in result.err


def test_an_endpoint_that_serves_other_names_too_is_left_alone(certbot, heroku, app):
    install(certbot, heroku, names=",".join(NAMES))
    install(certbot, heroku, "--cert-name", "other", names="a.lab.test")
    assert heroku.domains["my-app"] == {"a.lab.test": "e1", "b.lab.test": "e0", "c.lab.test": "e0"}


def test_an_endpoint_of_a_given_name_is_replaced(certbot, heroku, app):
    install(certbot, heroku)
    install(certbot, heroku, "--heroku-cert-name", "name-e0", "--cert-name", "c", names="c.lab.test")
    assert heroku.domains["my-app"]["c.lab.test"] == "e0"
    result = install(certbot, heroku, "--heroku-cert-name", "none", "--cert-name", "c",
                     "--force-renewal", names="c.lab.test", check=1)
    assert "no certificate of the name 'none'" in result.err


def test_a_wildcard_is_for_the_domains_below_it(certbot, heroku, pebble, dns_hook):
    result = run(certbot, heroku, "run", "-n", "-a", "manual", "--manual-auth-hook", dns_hook,
                 "--preferred-challenges", "dns", "-i", "heroku", "--heroku-app", "my-app", "-d", "*.lab.test",
                 env={"http_proxy": ""})  # the hook goes to loopback
    assert heroku.domains["my-app"] == dict.fromkeys(NAMES, "e0")
    assert "is not a domain of the app" not in result.err


def test_what_heroku_refuses_is_owed_until_it_succeeds(certbot, heroku, app):
    install(certbot, heroku)
    heroku.down = True
    result = run(certbot, heroku, "renew", "--force-renewal", check=1)
    assert "invalid_params: not today" in result.err
    heroku.down = False
    run(certbot, heroku, "renew")
    assert heroku.served("my-app", "a.lab.test").serial_number == serial(certbot)


@pytest.mark.parametrize("status, body, words", [
    (401, {"id": "unauthorized", "message": "Invalid credentials provided."}, "Invalid credentials provided."),
    (403, "<html>Forbidden</html>", "answered 403: <html>Forbidden"),
    (404, {"id": "not_found", "message": "Couldn't find that app."}, "Couldn't find that app."),
    (302, "", "answered 302"),
    (200, "<!doctype html><title>Log in</title>", "cannot understand the answer"),
], ids=lambda value: str(value) if isinstance(value, int) else "")
def test_a_refusal_says_who_and_what_and_no_secret(certbot, heroku, app, status, body, words):
    heroku.refusals = [(status, {"Location": "https://elsewhere.test/"} if status == 302 else {}, body)] * 9
    result = install(certbot, heroku, check=1)
    assert "at Heroku" in result.err and words in result.err
    assert TOKEN not in result.err + certbot.log() and not heroku.endpoints


def test_a_busy_heroku_is_waited_for(certbot, heroku, app):
    heroku.refusals = [(429, {"Retry-After": "1"}, {"id": "rate_limit", "message": "slower"}),
                       (502, {}, "<html>Bad Gateway</html>")]
    install(certbot, heroku)
    assert not heroku.refusals and heroku.served("my-app", "a.lab.test").serial_number == serial(certbot)


def test_what_was_added_and_tied_to_nothing_is_found_again(certbot, heroku, app):
    heroku.ties = False
    install(certbot, heroku, check=1)
    heroku.ties = True
    run(certbot, heroku, "install", "-n", "--cert-name", "a.lab.test", "-i", "heroku", "--heroku-app", "my-app")
    assert heroku.domains["my-app"]["b.lab.test"] == "e0" and list(heroku.endpoints) == ["e0"]


def test_certificates_that_heroku_gets_itself_are_not_replaced(certbot, heroku, pebble):
    heroku.acm.add("my-app")
    result = install(certbot, heroku, check=1)
    assert "automated certificate management" in result.err and "certs:auto:disable" in result.err
    assert not [path for _, path in pebble.new_requests() if "order" in path]


def test_the_token_is_found_in_a_file_or_where_herokus_program_keeps_it(certbot, heroku, app):
    path = certbot.folder / "token"
    path.write_text(TOKEN + "\n")
    path.chmod(0o600)
    none = {"HEROKU_API_KEY": ""}
    result = install(certbot, heroku, env=none, check=1)
    assert "no API token was found" in result.err
    install(certbot, heroku, "--heroku-token-file", path, env=none)
    netrc = certbot.folder / "home/.netrc"
    netrc.write_text(f"machine git.heroku.com\n  login x\n  password no\nmachine api.heroku.com\n"
                     f"  login me@example.com\n  password {TOKEN}\n")
    netrc.chmod(0o600)
    install(certbot, heroku, "--cert-name", "c", names="c.lab.test", env=none)
    result = install(certbot, heroku, "--cert-name", "c", "--force-renewal", names="c.lab.test",
                     env={"HEROKU_API_KEY": "wrong"}, check=1)
    assert "Invalid credentials provided" in result.err


def test_an_old_conf_renews(certbot, heroku, app):
    install(certbot, heroku)
    conf = certbot.config_dir / "renewal" / "a.lab.test.conf"
    text = conf.read_text()
    for new, old in (("= heroku\n", "= certbot-heroku:heroku\n"),
                     ("heroku_app = my-app,", "certbot_heroku:heroku_app = my-app"),
                     ("heroku_endpoint", "certbot_heroku:heroku_endpoint"),
                     ("heroku_http_token", "certbot_heroku:heroku_http_token")):
        assert new in text
        text = text.replace(new, old)
    conf.write_text(text)
    run(certbot, heroku, "renew", "--force-renewal")
    assert heroku.served("my-app", "a.lab.test").serial_number == serial(certbot)
