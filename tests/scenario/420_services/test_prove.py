"""Proof that services show a certificate (--prove), and what they show (--served)."""

import contextlib
import json
import re
import shutil
import socket
import threading

import pytest

from lab.starttls import DIALOGUES, Service

NAME, OTHER = "a.lab.test", "b.lab.test"
PROFILE = ("--required-profile", "default")


class Shown:
    """Services for each protocol with one pair of files, which is that of live/ or a copy."""

    def __init__(self, certbot, folder):
        self.certbot, self.folder = certbot, folder
        folder.mkdir()
        self.is_current = True
        self.services = []

    def files(self):
        live = self.certbot.lineage(NAME).live
        folder = live if self.is_current else self.folder
        return folder / "fullchain.pem", folder / "privkey.pem"

    def keep_old(self):
        """From now on what live/ shows at this moment is served."""
        for kind in ("fullchain", "privkey"):
            shutil.copy(self.certbot.lineage(NAME).live / f"{kind}.pem", self.folder)
        self.is_current = False

    def start(self, *protocols):
        self.services += [Service(protocol, self.files) for protocol in protocols]
        return [word for service in self.services for word in ("--prove", service.place)]


@pytest.fixture
def shown(certbot, tmp_path):
    shown = Shown(certbot, tmp_path / "old")
    yield shown
    for service in shown.services:
        service.stop()


def test_each_protocol_shows_the_certificate_for_each_name(certbot, shown):
    options = shown.start(*DIALOGUES)
    certbot.certonly(NAME, OTHER, options=(*PROFILE, *options))
    assert "proof_pending" not in certbot.lineage(NAME).conf()
    for service in shown.services:
        assert set(service.asked) == {NAME, OTHER}, service.place
    certbot.run("renew", "--force-renewal")
    listed = certbot.run("certificates", "--served")
    for service in shown.services:
        assert f"Served: {NAME} at {service.place}: shown\n" in listed.out
    entry = json.loads(certbot.run("certificates", "--served", "--json").out)["certificates"][0]
    assert entry["all_served"] and len(entry["served"]) == 2 * len(DIALOGUES)
    assert "Served" not in certbot.run("certificates").out
    certbot.certonly(OTHER)
    listed = certbot.run("certificates", "--served", "--cert-name", OTHER)
    assert "Served: not known: it has no --prove" in listed.out


def test_an_old_certificate_is_named_told_and_owed_until_it_is_gone(certbot, shown, tmp_path):
    tell = tmp_path / "tell"
    tell.write_text('#!/bin/sh\ncat >>"$0.got"\n')
    tell.chmod(0o755)
    notify = ["--notify", f"program:{tell}"]
    certbot.certonly(NAME, options=(*PROFILE, *shown.start("smtp")))
    shown.keep_old()
    result = certbot.run("renew", "--force-renewal", *notify, check=1)
    lineage = certbot.lineage(NAME)
    assert lineage.version() == 2
    assert f"shows another certificate (for {NAME}; issued by" in result.err, result
    assert "proof_pending = True" in lineage.conf()
    conf = lineage.conf()
    listed = certbot.run("certificates", "--served", check=1)
    assert "shows another certificate" in listed.out and lineage.conf() == conf
    assert "1 certificate is not shown where it should be" in listed.err
    document = certbot.run("certificates", "--served", "--json", check=1)
    assert not json.loads(document.out)["certificates"][0]["all_served"]
    shown.is_current = True
    certbot.run("renew", *notify)
    assert lineage.version() == 2 and "proof_pending" not in lineage.conf()
    told = [json.loads(line)["notices"] for line in tell.with_name("tell.got").read_text().splitlines()]
    assert [[(notice["kind"], notice["state"]) for notice in notices] for notices in told] == [
        [("not-served", "new")], [("not-served", "over")]]


def test_places_that_cannot_be_meant_are_refused_before_the_ca_is_asked(certbot, pebble):
    for place, words in (("localhost", "HOST:PORT"), ("localhost:0", "HOST:PORT"),
                         ("::1:443", "brackets"), ("localhost:25/gopher", "known: tls, smtp"),
                         ("a b:443", "is not a host")):
        result = certbot.certonly(NAME, options=("--prove", place), check=1)
        assert words in result.err, (place, result)
    assert not pebble.new_requests()


def test_a_place_in_a_conf_that_is_none_fails_its_lineage_alone(certbot, shown):
    certbot.certonly(NAME, options=(*PROFILE, *shown.start("smtp")))
    certbot.certonly(OTHER, options=PROFILE)
    conf = certbot.lineage(NAME).conf_path
    right = conf.read_text()
    conf.write_text(right.replace(shown.services[0].place, "localhost:smtp"))
    result = certbot.run("renew", "--force-renewal", check=1)
    assert f"{conf}: --prove 'localhost:smtp': it is not of the form" in result.err, result
    summary = result.out + result.err
    assert f"{NAME} where it is served" in summary
    assert f"{certbot.lineage(OTHER).live}/fullchain.pem (success)" in summary
    assert certbot.lineage(NAME).version() == certbot.lineage(OTHER).version() == 2
    assert "proof_pending = True" in conf.read_text()
    conf.write_text(conf.read_text().replace("localhost:smtp", shown.services[0].place))
    certbot.run("renew")
    assert "proof_pending" not in conf.read_text()


def test_failure_names_the_place_and_not_the_name_of_the_certificate(certbot, shown):
    certbot.certonly(NAME, options=(*PROFILE, *shown.start("smtp")))
    conf = certbot.lineage(NAME).conf_path
    conf.write_text(conf.read_text().replace(shown.services[0].place, "nosuch.invalid:25/smtp"))
    listed = certbot.run("certificates", "--served", check=1).out
    assert f"Served: {NAME} at nosuch.invalid:25: " in listed
    assert f"'{NAME}" not in listed and "'nosuch.invalid" in listed


def test_a_client_of_each_kind_gets_the_present_certificate_of_that_kind(certbot, tmp_path):
    """A service may have one of two keys, or both; none of them may be a former one."""
    lineage = certbot.lineage(NAME)
    pairs = []
    service = Service("smtp", lambda: pairs)
    try:
        certbot.certonly(NAME, options=(*PROFILE, "--key-type", "ecdsa,rsa"))
        former = tmp_path / "former"
        former.mkdir()
        for kind in ("fullchain", "privkey", "fullchain-rsa", "privkey-rsa"):
            shutil.copy(lineage.live / f"{kind}.pem", former)
        pairs[:] = [(lineage.live / f"fullchain{suffix}.pem", lineage.live / f"privkey{suffix}.pem")
                    for suffix in ("", "-rsa")]
        certbot.run("renew", "--force-renewal", "--prove", service.place)
        old = [(former / chain.name, former / key.name) for chain, key in pairs]
        new = list(pairs)
        for pairs[:], wrong in ((new, ()), (new[:1], ()), (new[1:], ()), (old[:1] + new[1:], ["ECDSA"]),
                                (new[:1] + old[1:], ["RSA"]), (old[1:], ["ECDSA", "RSA"])):
            listed = certbot.run("certificates", "--served", check=1 if wrong else 0)
            for kind in ("ECDSA", "RSA"):
                found = re.search(f"Served: {NAME} at (.*) to {kind} clients\n", listed.out).group(1)
                assert (f"{service.place}: shown" == found, "shows another certificate" in found) == \
                    (kind not in wrong, kind in wrong), (pairs, listed)
    finally:
        service.stop()


class Odd:
    """A service that does not follow its protocol: says something, or nothing, or ends."""

    def __init__(self, protocol, says=None, ends=False):
        self.says, self.ends, self.open, self.count = says, ends, [], 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.place = f"127.0.0.1:{self.listener.getsockname()[1]}/{protocol}"
        threading.Thread(target=self._serve, daemon=True).start()

    def stop(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        for each in (self.listener, *self.open):
            each.close()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.count += 1
                self.open.append(connection)
                if self.says:
                    connection.sendall(self.says)
                if self.ends:
                    connection.close()


def test_a_service_that_does_not_talk_is_described_and_not_asked_for_each_name(certbot, shown):
    services = silent, other, closing = (Odd("smtp"), Odd("imap", b"220 smtp here\r\n", ends=True),
                                         Odd("pop3", ends=True))
    shown.services += services
    names = [f"n{number}.lab.test" for number in range(8)]
    result = certbot.certonly(*names, check=1, options=[
        word for service in services for word in ("--prove", service.place)])
    place = silent.place.split("/")[0]
    assert f"{names[0]} at {place}: smtp: no answer within 4 seconds" in result.err
    assert f"{names[7]} at {place}: not asked, as it did not answer for {names[0]}" in result.err
    assert "imap: the service does not start TLS: '220 smtp here" in result.err
    assert "pop3: the connection ended without an answer" in result.err
    # Those that answer at once are asked often, but not so often that they shut us out.
    assert silent.count <= 4 and other.count < 100
