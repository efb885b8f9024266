"""--notify on a machine: messages to services at their names, behind TLS, and into a mailbox, by sendmail and
through a mail server that wants TLS and a password."""

import json
import socket
import time

import pytest

from .authority import Identity

MAIL_HOST = "mail.example.com"
FILES = {
    "slack": "url = https://hooks.slack.com/services/T0/B0/verysecret\n",
    "matrix": "url = https://matrix.example.org/\nroom = !room:example.org\ntoken = verysecret\n",
    "ntfy": "topic = certs\ntoken = verysecret\n",
    "telegram": "token = 123:verysecret\nchat = -100\n",
    "webhook": "url = https://ntfy.sh/any?key=verysecret\n",
}
SMTP = f"server = {{server}}\nfrom = certbot@{MAIL_HOST}\nto = root@{MAIL_HOST}\nuser = me\npassword = {{password}}\n"
DOVECOT = """protocols =
log_path = /tmp/dovecot.log
disable_plaintext_auth = no
passdb {
  driver = static
  args = password=verysecret
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=/tmp
}
service auth {
  unix_listener /var/spool/postfix/private/auth {
    mode = 0666
  }
}
"""


def give_file(client, way, text):
    """Writes the file of a target, and returns the option."""
    client.write(f"/etc/letsencrypt/{way}.ini", text, mode=0o600)
    return f"--notify {way}:/etc/letsencrypt/{way}.ini"


@pytest.mark.parametrize("status", [200, 403])
def test_services_get_their_form_and_no_secret_gets_out(client, world, status):
    messengers = world.providers.stand_in_for_messengers(status=status)
    options = " ".join(give_file(client, way, text) for way, text in FILES.items())
    result = client.run("sh", "-c", f"certbot -v notify test {options} 2>&1", check=True if status == 200 else 1)
    slack, matrix, ntfy, telegram, webhook = messengers.calls
    assert (slack.host, slack.path) == ("hooks.slack.com", "/services/T0/B0/verysecret")
    assert slack.json["text"].startswith("*certbot on client: test*\n")
    assert matrix.method == "PUT" and matrix.path.startswith(
        "/_matrix/client/v3/rooms/%21room%3Aexample.org/send/m.room.message/")
    assert matrix.headers["Authorization"] == "Bearer verysecret" and matrix.json["msgtype"] == "m.text"
    assert ntfy.path == "/" and ntfy.json["topic"] == "certs" and ntfy.json["title"] == "certbot on client: test"
    assert ntfy.headers["Authorization"] == "Bearer verysecret"
    assert telegram.path == "/bot123:verysecret/sendMessage" and telegram.json["chat_id"] == "-100"
    assert webhook.json["notices"][0]["kind"] == "test"
    assert "verysecret" not in result.out
    if status != 200:
        for way in FILES:
            assert f"cannot notify {way}:/etc/letsencrypt/{way}.ini: the server answers 403\n" in result.out


def test_the_journal_gets_an_entry_with_fields(client):
    path = client.path("/run/systemd/journal/socket")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.bind(str(path))
        journal.settimeout(10)
        client.type("certbot notify test --notify syslog")
        fields = dict(line.split("=", 1) for line in journal.recv(65536).decode().splitlines())
    assert fields == {"MESSAGE": "this is a test: messages of certbot arrive here", "PRIORITY": "4",
                      "SYSLOG_IDENTIFIER": "certbot", "CERTBOT_NOTICE": "test", "CERTBOT_STATE": "new"}


@pytest.fixture
def mail(client, world):
    """Postfix, whose port for submission wants a login, and Dovecot, which knows one."""
    own = Identity(world.network.folder, world.ca.root, [MAIL_HOST], "mail")
    client.run("postconf", "-e", f"myhostname = {MAIL_HOST}", f"mydestination = {MAIL_HOST}",
               f"smtpd_tls_cert_file = {own.cert_path}", f"smtpd_tls_key_file = {own.key_path}",
               "inet_interfaces = all", "smtpd_tls_security_level = may", "smtpd_sasl_type = dovecot",
               "smtpd_sasl_path = private/auth", "alias_maps =")
    client.run("postconf", "-M", "submission/inet = submission inet n - y - - smtpd "
               "-o smtpd_sasl_auth_enable=yes -o smtpd_tls_auth_only=yes "
               "-o smtpd_recipient_restrictions=permit_sasl_authenticated,reject")
    client.write("/tmp/dovecot.conf", DOVECOT)
    client.spawn("dovecot", "-F", "-c", "/tmp/dovecot.conf")
    client.run("sh", "-c", "service postfix start >/tmp/postfix 2>&1; rm -f /var/mail/root")
    return client


def mailbox(client, count):
    """The mails of root, as soon as there are so many."""
    path = client.path("/var/mail/root")
    deadline = time.monotonic() + 20
    while not path.exists() or path.read_text().count("\nSubject: ") < count:
        assert time.monotonic() < deadline, client.run("cat", "/tmp/dovecot.log", "/var/log/mail.log", check=False)
        time.sleep(0.05)
    return path.read_text()


def test_mail_arrives_by_sendmail_and_through_a_server(mail):
    option = give_file(mail, "smtp", SMTP.format(server=f"smtp://{MAIL_HOST}", password="verysecret"))
    mail.type(f"certbot notify test {option} --notify mail:root")
    text = mailbox(mail, 2)
    assert text.count("Subject: certbot on client: test") == 2
    assert f"From: certbot@{MAIL_HOST}\nTo: root@{MAIL_HOST}\n" in text
    assert " with ESMTPSA id " in text and "  this is a test: messages of certbot arrive here\n" in text

    give_file(mail, "smtp", SMTP.format(server=MAIL_HOST, password="wrong"))
    result = mail.run("sh", "-c", f"certbot notify test {option} --json 2>/tmp/err", check=1)
    told, = json.loads(result.out)["notified"]
    assert f"'{MAIL_HOST}:587' refuses the user name or password: 535 5.7.8 " in told["error"]["message"]

    mail.run("postconf", "-e", "smtpd_tls_security_level = none")
    mail.run("postfix", "reload")
    give_file(mail, "smtp", SMTP.format(server=f"smtp://{MAIL_HOST}:25", password="verysecret"))
    result = mail.run("sh", "-c", f"certbot notify test {option} 2>&1", check=1)
    assert f"'{MAIL_HOST}:25' does not offer STARTTLS" in result.out


SMALL_DISK = """
    mkdir -p /small
    mount -t tmpfs -o size=1m,mode=755 tmpfs /small
    for folder in /etc/letsencrypt /var/lib/letsencrypt /var/log/letsencrypt; do
        mkdir -p "/small$folder" "$folder"
        cp -a "$folder/." "/small$folder"
        mount --bind "/small$folder" "$folder"
    done
"""
TELL = "#!/bin/sh\ncat >>/tmp/told\n"


def test_a_full_disk_is_told_once_and_so_is_its_end(client):
    """Nothing of certbot's can be written, so neither can the record of what was told."""
    def told():
        text = client.run("sh", "-c", "cat /tmp/told 2>/dev/null; rm -f /tmp/told", check=False).out
        return [(notice["state"], notice["kind"], notice["certificate"])
                for line in text.splitlines() for notice in json.loads(line)["notices"]]

    def renew(check):
        return client.run("certbot", "renew", "--force-renewal", "--notify", "program:/tmp/tell", check=check)

    client.write("/tmp/tell", TELL, mode=0o755)
    client.type("certbot certonly --standalone -n --agree-tos -m admin@example.com -d www.example.com")
    client.run("sh", "-ec", SMALL_DISK)
    record, spares = client.path("/var/lib/letsencrypt/notified.json"), client.path("/run/certbot")
    for had_record in False, True:
        assert had_record == client.path("/small/var/lib/letsencrypt/notified.json").exists()
        assert "No space left" in client.run("sh", "-c", "cat /dev/zero >/small/filler", check=False).err
        assert "No space left on device" in renew(check=1).err
        assert told() == [("new", "not-recorded", "www.example.com")]
        spare, = spares.glob("*.json")
        assert (spare.stat().st_mode & 0o777, spares.stat().st_mode & 0o777) == (0o600, 0o700)
        assert "No space left on device" in renew(check=1).err
        client.type("certbot notify watch --notify program:/tmp/tell")
        assert not told()
        shown, = json.loads(client.type("certbot status --json"))["notified"]
        assert "1 new problem (www.example.com)" in shown["subject"]
        assert "disk-full" in client.run("certbot", "why", "--json", "www.example.com", check=False).out
        client.run("rm", "/small/filler")
        renew(check=True)
        assert told() == [("over", "not-recorded", "www.example.com")]
        assert not list(spares.glob("*.json")) and record.exists()
