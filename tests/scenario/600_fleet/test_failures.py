"""What fails around a fleet: a clear message, the certificate that is here stays whole and served, and
what was broken is all that has to be mended."""

import socket
import ssl
import threading
from datetime import datetime, timedelta, timezone

from lab.authority import Authority, cert_pem, key_pem, new_key
from lab.etcd import Etcd, EtcdCluster
from lab.fleet import Fleet
from lab.process import free_port

NAME = "a.lab.test"
PASSWORD = "the password"


def share(fleet):
    """The first machine, which shares a certificate."""
    machine = fleet.machine("first")
    machine.run("certonly", "-n", "--manual", "--preferred-challenges", "dns", "-d", NAME, *machine.options)
    machine.run("fleet", "init", *machine.options)
    machine.run("fleet", "adopt", NAME, *machine.options)
    return machine


def assert_refused(machine, words):
    """A renewal fails with those words; nothing is changed by it."""
    before = machine.lineage(NAME).serial()
    result = machine.run("renew", "--force-renewal", *machine.options, check=1)
    for word in words:
        assert word in result.err, result
    assert machine.lineage(NAME).serial() == before
    machine.lineage(NAME).verify(NAME)


def assert_renews(machine):
    before = machine.lineage(NAME).serial()
    machine.run("renew", "--force-renewal", *machine.options)
    assert machine.lineage(NAME).serial() != before
    machine.lineage(NAME).verify(NAME)


def test_a_store_without_a_majority(tmp_path, pebble, dns_hook):
    with EtcdCluster() as etcd:
        machine = share(Fleet(tmp_path, etcd, pebble, dns_hook))
        etcd.members[0].kill()
        assert_renews(machine)
        etcd.members[1].kill()
        assert_refused(machine, ["the fleet's store does not answer", "without the fleet after"])
        etcd.members[1].launch()
        etcd.members[1].await_answer()
        assert_renews(machine)


def test_a_store_that_is_full(fleet, first):
    fleet.etcd.fill_up()
    try:
        assert_refused(first, ["database space exceeded", "compact and defragment etcd"])
    finally:
        fleet.etcd.fill_up("DEACTIVATE")
    assert_renews(first)


def test_a_user_who_lost_his_role_or_is_gone(tmp_path, pebble, dns_hook):
    with Etcd() as etcd:
        fleet = Fleet(tmp_path, etcd, pebble, dns_hook)
        machine = share(fleet)
        etcd.want_users(fleet.prefix, PASSWORD)
        assert_refused(machine, ["the cluster wants a user and a password"])
        secret = machine.config_dir / "etcd-password"
        secret.touch(mode=0o600)
        secret.write_text(PASSWORD)
        config = machine.config_dir / "cli.ini"
        config.write_text(config.read_text() + f"fleet-user = certbot\nfleet-password-file = {secret}\n")
        assert_renews(machine)
        etcd.as_root("auth/user/revoke", PASSWORD, name="certbot", role="certbot")
        assert_refused(machine, ["permission denied", "a role that may read and write the prefix"])
        etcd.as_root("auth/user/delete", PASSWORD, name="certbot")
        assert_refused(machine, ["the user or the password is wrong"])


class ExpiredServer:
    """A member of etcd as TLS shows it: with a certificate of last year."""

    def __init__(self, folder):
        authority, key = Authority("etcd"), new_key()
        self.ca, cert, key_path = (folder / name for name in ("ca.pem", "cert.pem", "key.pem"))
        self.ca.write_bytes(cert_pem(authority.cert))
        day = timedelta(days=1)
        cert.write_bytes(cert_pem(authority.issue(["127.0.0.1"], key.public_key(), lifetime=day,
                                                  start=datetime.now(timezone.utc) - 30 * day)))
        key_path.write_bytes(key_pem(key))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key_path)
        self.port = free_port()
        self.socket = context.wrap_socket(socket.create_server(("127.0.0.1", self.port)), server_side=True)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                self.socket.accept()[0].close()
            except ssl.SSLError:
                continue
            except OSError:
                return


def test_a_member_whose_certificate_has_expired(fleet, first, tmp_path):
    server = ExpiredServer(tmp_path)
    config = first.config_dir / "cli.ini"
    config.write_text(config.read_text().replace(fleet.etcd.url, f"https://127.0.0.1:{server.port}")
                      + f"fleet-ca = {server.ca}\n")
    assert_refused(first, ["the fleet's store does not answer", "certificate has expired"])
    server.socket.close()


def why(machine):
    """The cause that `why` names, which must be one of the fleet."""
    answer = machine.json("why", NAME, *machine.options)["answers"][0]
    assert (answer["id"] or "").startswith("fleet-"), answer
    return answer["id"]


def test_why_names_what_is_between_a_machine_and_its_fleet(fleet, first):
    second = fleet.member("second", first)
    first.run("renew", "--force-renewal", *first.options)
    assert why(second) == "fleet-older"
    config, key = second.config_dir / "cli.ini", second.config_dir / "fleet/key"
    options, good = config.read_text(), key.read_bytes()
    key.write_bytes(b"x" * 32)
    assert why(second) == "fleet-key"
    key.write_bytes(good)
    config.write_text(options.replace(str(fleet.etcd.port), "1"))
    assert why(second) == "fleet-store-away"
    config.write_text("")
    assert why(second) == "fleet-not-configured"
    config.write_text(options)
    second.run("renew", *second.options)
    for name in ("head", "want"):
        fleet.etcd.delete(f"{fleet.prefix}{name}/{NAME}")
    assert why(second) == "fleet-half-adopted"
    second.run("fleet", "adopt", NAME, *second.options)
    second.run("fleet", "leave", *second.options)
    assert why(second) == "fleet-not-joined"
    second.run("fleet", "join", *second.options, check=1)
    assert why(second) == "fleet-name-taken"
    second.run("fleet", "adopt", NAME, *second.options)
    assert second.lineage(NAME).serial() == first.lineage(NAME).serial()


def test_a_store_that_was_set_back_to_a_backup(fleet, first):
    second = fleet.member("second", first)
    backup = fleet.etcd.pairs(fleet.prefix)
    assert_renews(second)
    serial = second.lineage(NAME).serial()
    for key in fleet.etcd.pairs(fleet.prefix):
        fleet.etcd.delete(key)
    for key, value in backup.items():
        fleet.etcd.put(key, value)
    # Who has the newer one publishes it again; nobody goes back.
    second.run("renew", *second.options)
    assert second.lineage(NAME).serial() == serial
    first.run("renew", *first.options)
    assert first.lineage(NAME).serial() == serial
