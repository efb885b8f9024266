"""Services that show a certificate after the dialogue of their protocol, on a port of their own."""

import ssl

from .listener import Listener

LDAP_YES = bytes.fromhex("300c02010178070a010004000400")
# What the service says, after how much it has been told: (bytes that the client's words end with,
# answer). None: it speaks first.
DIALOGUES = {
    "tls": [],
    "smtp": [(None, b"220-lab\r\n220 ESMTP\r\n"), (b"\r\n", b"250-lab\r\n250 STARTTLS\r\n"),
             (b"STARTTLS\r\n", b"220 go\r\n")],
    "imap": [(None, b"* OK lab\r\n"), (b"STARTTLS\r\n", b"a OK go\r\n")],
    "pop3": [(None, b"+OK lab\r\n"), (b"STLS\r\n", b"+OK go\r\n")],
    "ftp": [(None, b"220 lab\r\n"), (b"AUTH TLS\r\n", b"234 go\r\n")],
    "xmpp": [(b">", b"<stream:stream><stream:features><starttls xmlns='urn:ietf:params:xml:ns:"
                    b"xmpp-tls'/></stream:features>"),
             (b"/>", b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")],
    "ldap": [(b"1.3.6.1.4.1.1466.20037", LDAP_YES)],
    "postgres": [(bytes.fromhex("04d2162f"), b"S")],
}


class Service(Listener):
    """Serves the pair of files, or list of such pairs, that `files()` returns at the time of each connection. Notes the
    names that clients ask for."""

    def __init__(self, protocol, files):
        super().__init__()
        self.dialogue = DIALOGUES[protocol]
        self.files = files
        self.asked = []
        self.place = f"127.0.0.1:{self.port}/{protocol}"
        self.start()

    def _talk(self, connection):
        connection.settimeout(5)
        for words, answer in self.dialogue:
            told = b""
            while words is not None and not told.endswith(words):
                more = connection.recv(4096)
                if not more:
                    return
                told += more
            connection.sendall(answer)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        pairs = self.files()
        for pair in pairs if isinstance(pairs, list) else [pairs]:
            context.load_cert_chain(*pair)
        context.sni_callback = lambda _, name, __: self.asked.append(name)
        with context.wrap_socket(connection, server_side=True):
            pass
