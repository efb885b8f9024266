"""A mail server with TLS whose answers a test chooses, for what real ones only say on bad days."""

import ssl
import time

from .authority import Authority, cert_pem, key_pem, new_key
from .listener import Listener

USUAL = {"banner": "220 lab", "EHLO": "250-lab\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS", "STARTTLS": "220 go",
         "AUTH": "235 ok", "MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go", ".": "250 queued", "QUIT": "221 bye"}


class MailServer(Listener):
    """On localhost. `answers` replaces answers to commands, of which "." is the end of a message; None hangs up.
    `seconds` is how long it thinks about each."""

    def __init__(self, folder):
        super().__init__()
        authority, key = Authority(), new_key()
        self.bundle = folder / "mail-ca.pem"
        self.bundle.write_bytes(cert_pem(authority.cert))
        (folder / "mail.pem").write_bytes(key_pem(key) + cert_pem(authority.issue(["localhost"], key.public_key())))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(folder / "mail.pem")
        self.file = folder / "smtp.ini"
        self.place = f"localhost:{self.port}"
        self.answers, self.seconds, self.mails = {}, {}, []
        self.target = f"smtp:{self.file}"
        self.write_file(f"SMTP://{self.place}")
        self.start()

    def write_file(self, server):
        self.file.write_text(f"server = {server}\nfrom = a@lab.test\nto = b@lab.test\nuser = me\n"
                             "password = verysecret\n")
        self.file.chmod(0o600)

    def _talk(self, connection):
        self._answer(connection, "banner")
        lines = connection.makefile("rb")
        while True:
            line = lines.readline().decode().split()
            if not line:
                return
            command = line[0].upper()
            if command == "AUTH":
                connection.sendall(b"334 \r\n")
                lines.readline()
            self._answer(connection, command)
            if command == "STARTTLS":
                connection = self.context.wrap_socket(connection, server_side=True)
                lines = connection.makefile("rb")
            elif command == "DATA" and "DATA" not in self.answers:
                mail = b"".join(iter(lines.readline, b".\r\n"))
                self.mails.append(mail.decode())
                self._answer(connection, ".")
            elif command == "QUIT":
                return

    def _answer(self, connection, command):
        time.sleep(self.seconds.get(command, 0))
        answer = self.answers.get(command, USUAL[command])
        if answer is None:
            raise EOFError
        connection.sendall(answer.encode() + b"\r\n")
