"""Data files of project packages, for `importlib.resources` and `pkgutil.get_data`, where no such file is.

Each is fetched from a client when it is asked for, and kept: data files are not code, and are not watched for edits.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from typing import IO, Any

from .texts import Resource

Fetch = Callable[[str, str], "Resource | None"]
"""Gives a data file of a package, or the names in a folder of it. None: no client has one. Raises `Unanswered` where no
client is left."""


class Resources:
    """What was fetched of all packages."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._kept: dict[tuple[str, str], Resource] = {}

    def get(self, package: str, path: str) -> Resource | None:
        """A file or folder below a package's folder. One that is not there may be there the next time."""
        kept = self._kept.get((package, path))
        if kept is None:
            kept = self._fetch(package, path)
            if kept is not None:
                self._kept[package, path] = kept
        return kept

    def data(self, package: str, path: str, shown: str) -> bytes:
        """What a file holds. Errors name it as `shown`."""
        found = self.get(package, path)
        if found is None:
            raise FileNotFoundError(2, f"no data file of package {package!r} at any client that has it", shown)
        if found.names is not None:
            raise IsADirectoryError(21, "a folder", shown)
        return found.data


class ResourcePath:
    """A file or folder of a package, as `importlib.resources.files` gives it (a `Traversable`)."""

    def __init__(self, resources: Resources, package: str, folder: str, path: str = "") -> None:
        self._resources = resources
        self._package = package
        self._folder = folder
        self._path = path

    @property
    def name(self) -> str:
        return os.path.basename(str(self))

    def __str__(self) -> str:
        """Where it is at the client."""
        return os.path.join(self._folder, *self._path.split("/")) if self._path else self._folder

    def __repr__(self) -> str:
        return f"ResourcePath({str(self)!r}, package={self._package!r})"

    def is_dir(self) -> bool:
        found = self._resources.get(self._package, self._path)
        return found is not None and found.names is not None

    def is_file(self) -> bool:
        found = self._resources.get(self._package, self._path)
        return found is not None and found.names is None

    def iterdir(self) -> Iterator[ResourcePath]:
        found = self._resources.get(self._package, self._path)
        if found is None:
            raise FileNotFoundError(2, f"no folder of package {self._package!r} at any client that has it", str(self))
        if found.names is None:
            raise NotADirectoryError(20, "a file", str(self))
        for name in found.names:
            yield self.joinpath(name.rstrip("/"))

    def joinpath(self, *descendants: Any) -> ResourcePath:
        parts = [part for part in self._path.split("/") if part]
        for descendant in descendants:
            parts += [part for part in os.fspath(descendant).split("/") if part not in ("", ".")]
        return ResourcePath(self._resources, self._package, self._folder, "/".join(parts))

    def __truediv__(self, child: Any) -> ResourcePath:
        return self.joinpath(child)

    def read_bytes(self) -> bytes:
        return self._resources.data(self._package, self._path, str(self))

    def read_text(self, encoding: str | None = None, errors: str | None = None) -> str:
        with self.open("r", encoding=encoding, errors=errors) as stream:
            return str(stream.read())

    def open(self, mode: str = "r", *args: Any, **kwargs: Any) -> IO[Any]:
        """The file, for reading: a stream in memory. The arguments are those of `io.TextIOWrapper`."""
        if mode not in ("r", "rb", "rt", "br", "tr"):
            raise ValueError(f"mode {mode!r}: a data file of a package can only be read ('r' or 'rb')")
        stream = io.BytesIO(self.read_bytes())
        return stream if "b" in mode else io.TextIOWrapper(stream, *args, **kwargs)


class ResourceReader:
    """What a loader answers to `importlib.resources`, in its older and its newer way."""

    def __init__(self, root: ResourcePath) -> None:
        self._root = root

    def files(self) -> ResourcePath:
        return self._root

    def open_resource(self, resource: str) -> IO[bytes]:
        return self._root.joinpath(resource).open("rb")

    def resource_path(self, resource: str) -> str:
        raise FileNotFoundError(2, "it has no path here: use importlib.resources.as_file", resource)

    def is_resource(self, path: str) -> bool:
        return self._root.joinpath(path).is_file()

    def contents(self) -> Iterator[str]:
        return (child.name for child in self._root.iterdir())
