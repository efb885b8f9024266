"""APIs that speak HTTP/2 and do not keep to it, behind the proxy of loopback_api: what a load balancer does when it
is restarted (GOAWAY), when what is behind it fails (RST_STREAM), or when it just goes."""

import h2.config
import h2.connection
import h2.errors
import h2.events

from .loopback_api import HostHandler, HostsApi, context_of


class Handler(HostHandler):
    """Every request is `self.server.api.answer(stream)`'s to deal with."""

    def tls_context(self, host):
        context = context_of(host)
        context.set_alpn_protocols(["h2"])
        return context

    def handle_one_request(self):
        if not self.base:
            super().handle_one_request()  # CONNECT
            return
        self.close_connection = True
        assert self.connection.selected_alpn_protocol() == "h2", "the client does not speak HTTP/2"
        speaker = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        speaker.initiate_connection()
        self.speak(speaker)

    def speak(self, speaker):
        api = self.server.api
        self.connection.sendall(speaker.data_to_send())
        while received := self.connection.recv(65536):
            for event in speaker.receive_data(received):
                if isinstance(event, h2.events.StreamEnded):
                    api.calls += 1
                    goes_on = api.answer(speaker, event.stream_id)
                    self.connection.sendall(speaker.data_to_send())
                    if not goes_on:
                        return
            self.connection.sendall(speaker.data_to_send())


def good(speaker, stream):
    speaker.send_headers(stream, [(":status", "200"), ("content-length", "2")])
    speaker.send_data(stream, b"OK", end_stream=True)
    return True


def half(speaker, stream):
    """The beginning of an answer."""
    speaker.send_headers(stream, [(":status", "200"), ("content-length", "2")])
    speaker.send_data(stream, b"O")


def reset(speaker, stream):
    half(speaker, stream)
    speaker.reset_stream(stream, h2.errors.ErrorCodes.INTERNAL_ERROR)
    return True


def refuse(speaker, stream):
    """It was not looked at, and may be sent again (RFC 9113 section 8.7)."""
    speaker.reset_stream(stream, h2.errors.ErrorCodes.REFUSED_STREAM)
    return True


def go_away_at(speaker, stream):
    speaker.close_connection(h2.errors.ErrorCodes.NO_ERROR, last_stream_id=stream)
    return False


def go_away(speaker, stream):
    """After half of the answer."""
    half(speaker, stream)
    return go_away_at(speaker, stream)


def go_away_unseen(speaker, stream):
    """It was not looked at: only what is before it was."""
    return go_away_at(speaker, 0)


def go_away_after(speaker, stream):
    """The answer is whole, and the connection is of no use for the next."""
    good(speaker, stream)
    return go_away_at(speaker, stream)


def leave(speaker, stream):
    return False


class Http2Api(HostsApi):
    """Deals with its first request by `first`, and with the others by `others`."""

    handler = Handler

    def __init__(self, first=good, others=good):
        super().__init__()
        self.first, self.others, self.calls = first, others, 0

    def answer(self, speaker, stream):
        return (self.first if self.calls == 1 else self.others)(speaker, stream)
