"""Replies of the hostile server: proper ones, and ways to send that no server should use."""

import contextlib
import json
import socket
import struct
from http.client import responses


class Reply:
    """A response: status, header fields in order, body."""

    def __init__(self, status, body=b"", content_type=None):
        self.status = status
        self.body = body
        self.headers = [("Content-Type", content_type)] if content_type else []

    @classmethod
    def json(cls, value, status=200, content_type="application/json"):
        return cls(status, json.dumps(value).encode(), content_type)

    def with_header(self, name, value):
        self.headers.append((name, value))
        return self

    def without_header(self, name):
        self.headers = [pair for pair in self.headers if pair[0] != name]
        return self

    def edit(self, change):
        """Applies change(object) to the JSON body; what it returns, if anything, replaces it."""
        value = json.loads(self.body)
        changed = change(value)
        self.body = json.dumps(value if changed is None else changed).encode()
        return self

    def head(self, length):
        lines = [f"HTTP/1.1 {self.status} {responses.get(self.status, 'Unknown')}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if length is not None:
            lines.append(f"Content-Length: {length}")
        return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"

    def send(self, handler):
        with contextlib.suppress(OSError):
            handler.wfile.write(self.head(len(self.body)) +
                                (b"" if handler.command == "HEAD" else self.body))


def problem(kind, detail, status, **members):
    return Reply.json({"type": f"urn:ietf:params:acme:error:{kind}", "detail": detail,
                       "status": status, **members}, status, "application/problem+json")


def redirect(url, status=302):
    return Reply(status).with_header("Location", url)


class Reset(Reply):
    """Hangs up with a TCP reset instead of answering."""

    def send(self, handler):
        handler.close_connection = True
        with contextlib.suppress(OSError):
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                          struct.pack("ii", 1, 0))
            handler.connection.close()


class Lasting(Reply):
    """Sends pieces, forever or until they end; then closes."""

    def __init__(self, reply, pieces, length=None, pause=0.0, stopping=None):
        super().__init__(reply.status)
        self.headers = reply.headers
        self.pieces = pieces
        self.length = length
        self.pause = pause
        self.stopping = stopping

    def send(self, handler):
        handler.close_connection = True
        with contextlib.suppress(OSError):
            handler.wfile.write(self.head(self.length))
            for piece in self.pieces:
                handler.wfile.write(piece)
                if self.stopping.wait(self.pause):
                    break


class Late(Reply):
    """The reply, after a pause."""

    def __init__(self, reply, pause, stopping):
        super().__init__(reply.status, reply.body)
        self.headers = reply.headers
        self.pause = pause
        self.stopping = stopping

    def send(self, handler):
        self.stopping.wait(self.pause)
        super().send(handler)


class Silence(Lasting):
    """Never answers."""

    def __init__(self, stopping):
        super().__init__(Reply(200), (), stopping=stopping)

    def send(self, handler):
        handler.close_connection = True
        self.stopping.wait()


class Raw(Reply):
    """Bytes as they are, then the end of the connection."""

    def __init__(self, raw):
        super().__init__(200)
        self.raw = raw

    def send(self, handler):
        handler.close_connection = True
        with contextlib.suppress(OSError):
            handler.wfile.write(self.raw)
