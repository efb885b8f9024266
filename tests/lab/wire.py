"""A wire between a client and a server on loopback that can be cut: connections stay, and carry nothing."""

import contextlib
import socket
import threading

from .process import Part, free_port


class Wire(Part):
    def __init__(self, port):
        self.far_port, self.port = port, free_port()
        self.carries = threading.Event()
        self.carries.set()
        self.listener = None

    def start(self):
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._take, daemon=True).start()
        return self

    def stop(self):
        self.listener.close()
        self.mend()

    def cut(self):
        self.carries.clear()

    def mend(self):
        self.carries.set()

    def _take(self):
        with contextlib.suppress(OSError):
            while True:
                near = self.listener.accept()[0]
                far = socket.create_connection(("127.0.0.1", self.far_port))
                for ends in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=ends, daemon=True).start()

    def _carry(self, source, target):
        with contextlib.suppress(OSError):
            while True:
                bytes_ = source.recv(65536)
                self.carries.wait()
                if not bytes_:
                    target.shutdown(socket.SHUT_WR)
                    return
                target.sendall(bytes_)
