"""The interfaces of DNS providers, at their own names and on port 443: the twins of tests/lab, which keep
records as the providers do, behind TLS. The world's BIND serves the records that are made through them."""

import json
import re
import ssl
import threading
from http.server import ThreadingHTTPServer

from lab import provider_twins, provider_twins_beyond

from .authority import Identity
from .machine import Machine

TWINS = provider_twins.TWINS + provider_twins_beyond.TWINS
HEROKU = "api.heroku.com"
MESSENGERS = {"hooks.slack.com", "matrix.example.org", "ntfy.sh", "api.telegram.org"}


def hosts():
    """The names at which the providers' interfaces are, and those of services for messages."""
    return sorted({HEROKU} | MESSENGERS | {re.sub(r"\\(.)", r"\1", pattern.split("/")[0])
                              for twin in TWINS for _, pattern, _ in twin.routes})


class Handler(provider_twins.Handler):
    """Tells a twin which of the hosts was asked."""

    def _serve(self):
        self.base = f"https://{self.headers['Host']}"
        super()._serve()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve


class WithHeroku:
    """The double of Heroku (lab.heroku) at its name; a twin answers for all other names."""

    def __init__(self, twin, heroku):
        self.twin, self.heroku = twin, heroku

    def answer(self, query):
        if query.host != HEROKU:
            return self.twin.answer(query)
        status, _, answer = self.heroku.answer(query.method, f"https://{HEROKU}{query.path}", query.headers,
                                               json.loads(query.body) if query.body else None)
        return status, answer


class Messengers:
    """Answers for all services for messages, and keeps what they were sent."""

    def __init__(self, status=200):
        self.status, self.calls = status, []

    def answer(self, query):
        self.calls.append(query)
        return self.status, {"ok": self.status == 200, "token": query.headers.get("Authorization")}


class Server(ThreadingHTTPServer):
    daemon_threads, block_on_close = True, False
    request_queue_size = 100


class Published:
    """What a twin takes for its name server."""

    def __init__(self, dns):
        self.dns = dns

    def clear_txt(self, name):
        self.dns.update(f"delete {name} TXT")

    def add_txt(self, name, value):
        self.dns.update(f'add {name} 1 TXT "{value}"')


class Providers:
    """`machine` answers for whichever twin is `twin`."""

    def __init__(self, network, number, dns):
        self.machine = Machine(network, "api", number)
        self.published = Published(dns)
        self.server = None

    def start(self, root):
        """root: the authority that signs for the providers' names."""
        network = self.machine.network
        network.join(self.machine.start())
        identity = Identity(network.folder, root, hosts(), "api")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(identity.cert_path, identity.key_path)
        self.server = Server(("", 443), Handler, bind_and_activate=False)
        self.server.socket = context.wrap_socket(
            self.machine.listen(443), server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def stop(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
        self.machine.stop()

    def stand_in(self, kind, zones):
        """Makes a twin of that kind answer, with the zones in it."""
        self.server.api = kind(self.published, zones)
        return self.server.api

    def stand_in_for_messengers(self, **options):
        self.server.api = Messengers(**options)
        return self.server.api

    def stand_in_for_heroku(self, heroku):
        """Next to the twin that answers already."""
        self.server.api = WithHeroku(self.server.api, heroku)
