"""Where clients knock: the sockets that listen, their folder, their address.

Knows not who may enter.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import shutil
import socket
import tempfile
import time
from collections.abc import Callable

from ..channels.socket import Address


class Listeners:
    """A Unix socket, and a TCP socket for clients of other nodes.

    Args:
        bind: address of the TCP socket; None: none is opened.
        parent: the folder in which that of the Unix socket is made; None: the system's for temporary files.
    """

    def __init__(self, bind: str | None, parent: str | None) -> None:
        self._closed = False
        self._folder = tempfile.mkdtemp(prefix="ray_proxy_", dir=parent)  # made with mode 0700
        path = os.path.join(self._folder, "frames.sock")
        self._listeners = [socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)]
        self._listeners[0].bind(path)
        port = 0
        if bind is not None:
            self._listeners.append(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            self._listeners[1].bind((bind, 0))
            port = self._listeners[1].getsockname()[1]
        for listener in self._listeners:
            listener.listen(128)
        self.address: Address = Address(path, bind or "", port)

    def accept(self, meet: Callable[[socket.socket], None]) -> None:
        """Hand over whoever comes, until they are closed."""
        poll = select.poll()
        by_number = {listener.fileno(): listener for listener in self._listeners}
        for number in by_number:
            poll.register(number, select.POLLIN)
        while not self._closed:
            for number, _ in poll.poll():
                try:
                    connection, _ = by_number[number].accept()
                except OSError:
                    if self._closed:
                        return
                    time.sleep(0.01)  # no file descriptor is left, perhaps
                    continue
                meet(_off_the_standard_files(connection))

    def close(self) -> None:
        """Accept no more, and remove the folder. Idempotent."""
        self._closed = True
        for listener in self._listeners:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def abandon_after_fork(self) -> None:
        self._closed = True
        for listener in self._listeners:
            listener.close()


def _off_the_standard_files(connection: socket.socket) -> socket.socket:
    """The connection under a number past 2: where user code has closed these, what is printed would go to a client."""
    if connection.fileno() > 2:
        return connection
    number = fcntl.fcntl(connection, fcntl.F_DUPFD_CLOEXEC, 3)
    with open(os.devnull, "r+b", buffering=0) as nothing:
        os.dup2(nothing.fileno(), connection.detach())
    return socket.socket(fileno=number)
