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

_SHORT = ("/tmp", "/var/tmp")
"""Where there is room for a socket whose path would be too long elsewhere: 107 bytes on Linux."""


class Listeners:
    """A Unix socket, and a TCP socket for clients of other nodes.

    Args:
        bind: address of the TCP socket; None: none is opened.
        parent: the folder in which that of the Unix socket is made, if that can be; None: the system's for temporary
            files.
    """

    def __init__(self, bind: str | None, parent: str | None) -> None:
        self._closed = False
        self._listeners: list[socket.socket] = []
        path = self._bind_unix(parent, is_needed=bind is None)
        self._folder = os.path.dirname(path)
        port = 0
        if bind is not None:
            self._listeners.append(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            self._listeners[-1].bind((bind, 0))
            port = self._listeners[-1].getsockname()[1]
        for listener in self._listeners:
            listener.listen(128)
        self.address: Address = Address(path, bind or "", port)

    def _bind_unix(self, parent: str | None, is_needed: bool) -> str:
        """The path of a Unix socket that is bound: in the first folder where that can be, as a path that is too long
        cannot. Empty where there is none, and clients of this node come by TCP; raises `OSError` if it `is_needed`."""
        why = OSError("there is no folder for a socket")
        for place in (parent, tempfile.gettempdir(), *_SHORT):
            if place is None:
                continue
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            folder = ""
            try:
                folder = tempfile.mkdtemp(prefix="ray_proxy_", dir=place)  # made with mode 0700
                path = os.path.join(folder, "frames.sock")
                listener.bind(path)
            except OSError as error:
                listener.close()
                if folder:
                    shutil.rmtree(folder, ignore_errors=True)
                why = error
            else:
                self._listeners.append(listener)
                return path
        if is_needed:
            raise why
        return ""

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
        if self._folder:
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
