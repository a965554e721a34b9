"""The wire protocol: what a client says to an interpreter, and what it hears back.

Data only. This file must never know of sockets, threads, pickles' contents, Ray, or who executes a message.

A client sends numbered frames of messages; the interpreter executes them in order and answers each frame
with one or more replies. Variables are named by ids that the client chooses, counted from 1 within its own
session, so that an operation can use the result of another that has not been executed yet (promise
pipelining, as in Cap'n Proto). Id 0 means: keep no variable, and put the value into the reply.

Everything is MessagePack. Each struct is an array whose first element is its tag:
``["op", 3, "add", [["ref", 2], 1]]`` is "variable 3 is variable 2 plus 1". A frame of no bytes at all is the client's
goodbye: the session ends with it. A channel that ends without one may be restored (`Hello.resume`).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import Annotated, Any, Literal, Union

import msgspec
from msgspec import Meta, Struct

from .errors import ProtocolError, SessionLostError, VersionError

MAJOR = 1
"""Changed when an older peer could misread a frame. Peers of different majors refuse each other at hello."""
MINOR = 5
"""Raised when fields or messages are added. A reader ignores fields that it does not know; messages and operands that
the other peer's minor does not have are not sent."""

BEHIND = "behind it"
"""Ends what `Status` tells of a message that waits for a lock there, if others of its thread come after it."""

MAX_FRAME = 64 * 1024 * 1024
"""The largest frame, in bytes. A larger one is refused before it is read."""

Id = Annotated[int, Meta(ge=0)]
Some = Annotated[int, Meta(ge=1)]


class _Tagged(Struct, array_like=True, tag=lambda name: name.lower(), gc=False):
    """Options that every struct on the wire shares."""


# ---------------------------------------------------------------------------------------------- operands


class Ref(_Tagged):
    """The variable of that id in the sender's session."""

    id: Some


class Bytes(_Tagged):
    """A `bytes` object, as it is."""

    data: bytes


class Pickled(_Tagged):
    """A pickle (protocol 5) and its out-of-band buffers, which arrive writable."""

    data: bytes
    buffers: list[bytearray] = []


class Bulk(_Tagged):
    """A pickle and its buffers that wait in the object store under a token, to be taken once."""

    token: str
    size: Annotated[int, Meta(ge=0)]


class Stored(_Tagged):
    """A Ray ObjectRef that waits in the mailbox under a token, to be taken once."""

    token: str


Operand = Union[None, bool, int, float, str, Ref, Bytes, Pickled, Bulk, Stored]
"""What a message works on. Plain scalars stand for themselves."""


# ---------------------------------------------------------------------------------------------- messages


class Put(_Tagged):
    """Variable `id` is the value. A `Stored` operand gives the object behind the ObjectRef."""

    id: Id
    value: Operand


class GetAttr(_Tagged):
    """Variable `id` is ``getattr(obj, name)``."""

    id: Id
    obj: Operand
    name: str


class Call(_Tagged):
    """Variable `id` is ``function(*args, **kwargs)``; a coroutine is run to its end and gives its result."""

    id: Id
    function: Operand
    args: list[Operand] = []
    kwargs: dict[str, Operand] = {}


class Op(_Tagged):
    """Variable `id` is the operator applied to the arguments; `interpreter.operators` lists the names."""

    id: Id
    op: str
    args: list[Operand]


class Iter(_Tagged):
    """Items of `obj` become the variables `id`, `id + 1`, …; the reply holds `Items`.

    With ``start >= 0``, ``obj[start : start + count]`` if `obj` is of a builtin sequence type, what follows the first
    `start` items if it is a reading, which the operator ``iterate`` makes since version 1.3, and `Declined` if neither.
    With ``start == -1``, up to `count` times ``next(obj)``.

    `parts`: where all items are tuples of one length, at most this, their parts may come instead (see `Items`), as the
    variables from ``id + count`` on. Since version 1.3.
    """

    id: Some
    obj: Ref
    start: Annotated[int, Meta(ge=-1)]
    count: Some
    parts: Annotated[int, Meta(ge=0)] = 0

    def ids(self) -> range:
        """Ids of the variables that this can make."""
        return range(self.id, self.id + self.count * (1 + self.parts))


class Fetch(_Tagged):
    """The reply holds the value of `obj`.

    `form` is ``"value"``; or ``"move"``, on its way to another interpreter, so that a smaller value already
    goes through the object store; or ``"ref"``, a Ray ObjectRef of the value. What waits in the mailbox for this
    reply is dropped when the session of the name `owner` ends; by default it is this one.
    """

    obj: Ref
    form: Literal["value", "move", "ref"] = "value"
    owner: str = ""


class Del(_Tagged):
    """These variables are no longer needed."""

    ids: list[Some]


class Import(_Tagged):
    """Variable `id` is the module of that dotted name."""

    id: Id
    module: str


class SetNamed(_Tagged):
    """The interpreter keeps `value` under a name, for all sessions, until it is deleted."""

    name: str
    value: Operand


class GetNamed(_Tagged):
    """Variable `id` is the object of that name."""

    id: Id
    name: str


class DelNamed(_Tagged):
    """The name is forgotten."""

    name: str


class Names(_Tagged):
    """The reply holds the list of names."""


class Lease(_Tagged):
    """The variable is kept under a token for the interpreter's lease time, so that another session can claim it.

    The token is the name of this session, a dot, and something that nobody can guess.
    """

    obj: Ref
    token: str


class Fork(_Tagged):
    """All variables of this session are kept under a token, as by `Lease`, for a process that is forked now."""

    token: str


class Inherit(_Tagged):
    """All variables that were kept by `Fork`, under the ids that they had there; waits for it as `Claim` does.

    `bulk`: this process has an object store beside the channel, which a forked one has not. Since version 1.1.
    """

    token: str
    bulk: bool = False


class Release(_Tagged):
    """What is kept under that token need not be kept any longer."""

    token: str


class Claim(_Tagged):
    """Variable `id` is the leased one; the lease starts anew.

    Where the lease has not come yet, and its session is there, the frame of the claim waits for it.
    """

    id: Some
    token: str


class Forget(_Tagged):
    """The client's classes and functions of these tokens, which have travelled by value, have ended there.

    Since version 1.2.
    """

    tokens: list[str]


class Clear(_Tagged):
    """All variables of this session are dropped; names stay."""


class Module(_Tagged):
    """The text of a module of project code: the bytes of its `file` at the client, which changed last at `mtime_ns`.

    A namespace package has no file, and no text. Since version 1.4.
    """

    name: str
    text: bytes
    file: str
    kind: Literal["module", "package", "namespace"] = "module"
    mtime_ns: int = 0


class Resource(_Tagged):
    """A data file beside the modules of a package, by its path in that; or a folder, with the names of what is in it,
    of which those of folders end with a slash. Or there is none; `problem` says why it does not travel, if it is there.
    Without a package, it is the text of a file of code that travels by value, which tracebacks show.

    Since version 1.4.
    """

    package: str
    path: str
    kind: Literal["file", "folder", "none"]
    data: bytes
    names: list[str] = []
    problem: str = ""


class Code(_Tagged):
    """Texts of the client's project code, from which the interpreter imports these modules when they are needed.

    One that differs from the text in force of a module is an edit: it is applied to the live module before the next
    message, all edits of one `Code` together or none. It is taken where its file has changed later than that of the
    text in force; with `push`, always. `client` says for people whose texts these are. The reply holds `Applied`.

    As the answer to `Ask`: what the client does not have is in `absent`. Since version 1.4.
    """

    modules: list[Module]
    client: str = ""
    push: bool = False
    absent: list[str] = []
    resources: list[Resource] = []


Message = Union[
    Put,
    GetAttr,
    Call,
    Op,
    Iter,
    Fetch,
    Del,
    Import,
    SetNamed,
    GetNamed,
    DelNamed,
    Names,
    Lease,
    Claim,
    Clear,
    Fork,
    Inherit,
    Release,
    Forget,
    Code,
]


class Frame(_Tagged):
    """A numbered batch of messages: the unit that travels.

    The first frame of a session has number 1, the next 2. `path` names the interpreters whose calls this frame is
    nested in, outermost first; a driver's is empty. So many `answers` of the session (replies and refusals) the client
    has taken: the interpreter keeps the later ones, for a channel that is lost and restored.

    Where the session is recorded, `places` are lines of the client's code (file, line, function), and `lines` has for
    each message the position of its own among them, counted from 1; 0 where it is not known. Since version 1.1.

    All messages are of one `thread` of the client, by a number that the client gives it; 0: of any. Since version 1.3.

    What their code writes is of this `origin`: a number of the client's own, as for a cell of a notebook. Since version
    1.5.
    """

    number: Some
    messages: list[Message]
    path: list[str] = []
    answers: Annotated[int, Meta(ge=0)] = 0
    places: list[tuple[str, int, str]] = []
    lines: list[int] = []
    thread: Id = 0
    origin: Id = 0


# ----------------------------------------------------------------------------------------------- replies


class Items(_Tagged):
    """What `Iter` gave: a value for each item that is small and immutable, else `Kept`; `end`: no more follow.

    `frozen`: the sequence can never change, so reading ahead of the loop is always right.

    With `parts`, each item is a tuple of so many, and the values are those of the parts of all items, one after the
    other. With a `dtype`, one of numpy's (``numpy.dtype.str``), the values are scalars of it, told as plain ones. Both
    since version 1.3.
    """

    values: list[Union[bool, int, float, str, Kept, Bytes, None]]
    end: bool
    frozen: bool = False
    parts: Annotated[int, Meta(ge=0)] = 0
    dtype: str = ""


class Kept(_Tagged):
    """A value that stayed in the interpreter."""


class Declined(_Tagged):
    """The operator answered NotImplemented or is missing; or `Iter` met no builtin sequence."""


class Older(_Tagged):
    """A text of `Code` that was not taken: that in force came from a file that changed later, at `mtime_ns`.

    `client` says for people who sent it. Since version 1.4.
    """

    module: str
    client: str
    mtime_ns: int


class Applied(_Tagged):
    """What became of `Code`: in words which edits were applied, empty for none; what of them live objects could not
    take; and what was not taken. Since version 1.4."""

    edits: str
    notes: list[str] = []
    older: list[Older] = []


Result = Union[None, bool, int, float, str, Ref, Bytes, Pickled, Bulk, Stored, Items, Declined, Applied]
"""A value in a reply. A `Ref` says: the very object that this variable of the operation's operands is."""


class Error(_Tagged):
    """An exception of user code, or the refusal of a message.

    `frame` and `message` are where it first happened in session `session`; a variable that depends on a failed
    one fails with the same error. `obj` is a token under which the `obj` of an AttributeError can be claimed, empty
    where there is none. Since version 1.2.

    `frames` are those of the traceback, outermost first: file, first line of the code, line, function, and the text of
    that line. Since version 1.5.
    """

    session: str
    frame: int
    message: int
    type_name: str
    text: str
    traceback: str
    value: Union[Pickled, None] = None
    obj: str = ""
    frames: list[tuple[str, int, int, str, str]] = []


class Reply(_Tagged):
    """What became of a frame's messages.

    `executed` messages have been executed so far; the last reply to a frame has all of them. `values` are pairs
    of a message's index and its value: what was asked for, and small immutable values that ride along.
    `failures` are pairs of a message's index and an index into `errors`. `warnings` are pairs of a message's index and
    a text for whoever asked for it. Since version 1.2.
    """

    frame: int
    executed: int
    values: list[tuple[int, Result]] = []
    failures: list[tuple[int, int]] = []
    errors: list[Error] = []
    warnings: list[tuple[int, str]] = []


class Refused(_Tagged):
    """The peer's frame or hello was not understood and nothing of it was done. `frame` is 0 where unknown.

    It also stands in the place of a reply that is too large to be sent: that part of the frame was executed.
    `kind` is ``"session"`` where a session shall be resumed that is not there any more.
    """

    frame: int
    reason: str
    kind: Literal["protocol", "version", "session"] = "protocol"


class Ask(_Tagged):
    """An import in the interpreter waits for modules, or a reader for resources (package, path), of the client's
    project code; it answers with `Deliver` over a control connection. Told at any time. Since version 1.4.
    """

    modules: list[str]
    resources: list[tuple[str, str]] = []


class Display(_Tagged):
    """What a notebook shows in place of the text of an output: `forms` by their MIME types, pictures as base64, JSON as
    its text.

    With an `id`, a later one with `update` takes its place. `clear` removes what the cell shows: at once, or when it
    shows something else. Since version 1.5.
    """

    forms: dict[str, str] = {}
    id: str = ""
    update: bool = False
    clear: Literal["", "now", "wait"] = ""


class Output(_Tagged):
    """What user code has written to a `stream`, 1 for stdout and 2 for stderr; `origin` is that of its frame.

    Outputs and prompts are told at any time, numbered together from 1 on in their session, and not counted among the
    answers. Before this one, `left_out` bytes were dropped, since more was written than is kept for a slow client. With
    `at` (seconds since the epoch), it was written then, while no client took it. With a `display`, that is shown in
    place of the text, by a client that can. Since version 1.5.
    """

    number: Some
    stream: Literal[1, 2]
    data: bytes
    origin: Id = 0
    left_out: Annotated[int, Meta(ge=0)] = 0
    at: float = 0.0
    display: Union[Display, None] = None


class Prompt(_Tagged):
    """User code waits for a line of input, and shows this text; the client answers with `Tell` over a control
    connection. With `hidden`, what is typed is not shown. Since version 1.5.
    """

    number: Some
    text: str
    origin: Id = 0
    hidden: bool = False


Answer = Union[Reply, Refused, Ask, Output, Prompt]


# ------------------------------------------------------------------------------------------------- hello


class Hello(_Tagged):
    """The first thing that a client says on a channel. `session` is a name that no other session has.

    `client` says for people who it is; `worker` is Ray's id of its process, by which its end can be known. With
    `resume`, the session goes on whose channel was lost, and of which the client has taken so many `answers`. With
    `code`, the client answers `Ask`. Since version 1.4.

    With `prints`, it shows outputs and answers prompts, of which it has taken those up to number `output`. What was
    written while nobody took it goes first to the client of the same `heir`: a name that a notebook, or a program, has
    again when it is started again. Since version 1.5.
    """

    major: int
    minor: int
    session: str
    role: Literal["frames", "control"] = "frames"
    client: str = ""
    worker: str = ""
    resume: bool = False
    answers: Annotated[int, Meta(ge=0)] = 0
    code: bool = False
    prints: bool = False
    output: Annotated[int, Meta(ge=0)] = 0
    heir: str = ""


class Text(_Tagged):
    """A text of project code that is in force: its digest (BLAKE2b, 16 bytes), and where and when it was saved."""

    module: str
    digest: bytes
    file: str
    mtime_ns: int


class Welcome(_Tagged):
    """The interpreter's answer to `Hello`.

    It keeps a session whose channel is lost for `grace` seconds. Of a resumed session it has taken so many `frames`;
    the client sends the later ones again, and gets the answers that it has not taken. An interpreter that `records`
    wants to know the lines of the client's code (`Frame.places`). Since version 1.1. It has these `texts` of project
    code. Since version 1.4.
    """

    major: int
    minor: int
    interpreter: str
    host: str
    pid: int
    grace: float = 30.0
    frames: int = 0
    records: bool = False
    texts: list[Text] = []


class Status(_Tagged):
    """A request on a control channel, answered even while user code runs, with a map of what there is."""


class Interrupt(_Tagged):
    """A request on a control channel: raise KeyboardInterrupt in the user code of these frames of a session.

    What was not executed of them yet is withdrawn: it fails with KeyboardInterrupt. No other frame notices anything.
    With ``session == ""``, whatever runs now is interrupted. The answer is that of `Status`.
    """

    session: str
    frames: list[int]


class Cancel(_Tagged):
    """A request on a control channel: cancel the coroutines that these messages run, as `asyncio.Task.cancel` does.

    A message is named by the number of its frame, in a session, and its index there. Where it runs no coroutine,
    nothing happens; one that it has yet to run is cancelled before it begins. The answer is that of `Status`.
    Since version 1.2.
    """

    session: str
    messages: list[tuple[int, int]]


class Deliver(_Tagged):
    """A request on a control channel: project code for a session of this name, which an import waits for (`Ask`), or
    which shall be applied now, while user code runs (`now`). Waits for that. The answer is that of `Status`, with what
    became of it as ``applied``, or why nothing did as ``refused``. Since version 1.4.
    """

    session: str
    code: Code
    now: bool = False


class Tell(_Tagged):
    """A request on a control channel: the line for the `Prompt` of that number, without its end; null: no more input.

    The answer is that of `Status`. Since version 1.5.
    """

    session: str
    number: Some
    line: Union[str, None]


class Describe(_Tagged):
    """A request on a control channel: what is known of a variable of a session, or of a named one, also while user code
    runs. With neither, it is about the interpreter's names.

    `path` goes from there by attributes, and by items. ``"members"`` are the names of its attributes, ``"keys"`` those
    of its items, and ``"about"`` is its type, signature, docstring and source. No more than `limit` of them are told.
    Where nothing runs, methods that are there to describe their object may be called; else no code of users is. The
    answer is that of `Status`, with what was found as ``described``. Since version 1.5.
    """

    session: str
    obj: Id = 0
    name: str = ""
    path: list[tuple[Literal["attribute", "item"], Union[str, int, float, bool, None]]] = []
    aspect: Literal["members", "keys", "about"] = "members"
    limit: Some = 2000


class Written(_Tagged):
    """A request on a control channel: what user code has written since that time (seconds since the epoch), for all
    clients, as far as it is kept. The answer is that of `Status`, with a list of pairs of stream and bytes as
    ``written``. Since version 1.5.
    """

    since: float = 0.0


Control = Union[Status, Interrupt, Cancel, Deliver, Tell, Describe, Written]


# ------------------------------------------------------------------------------------ encode and decode

_encoder = msgspec.msgpack.Encoder()
_frames: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(Frame)
_answers: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(Answer)
_hellos: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(Hello)
_welcomes: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(Union[Welcome, Refused])
_controls: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(Control)
_statuses: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(dict[str, Any])

_UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that it cannot decode; for a str that is no UTF-8, it is not a `DecodeError`."""

encode: Callable[[Any], bytes] = _encoder.encode
"""Struct to bytes. Raises `UnicodeEncodeError` for a str with lone surrogates, `OverflowError` past 64 bits."""


def _decode(decoder: msgspec.msgpack.Decoder[Any], what: str, data: bytes | bytearray | memoryview) -> Any:
    try:
        return decoder.decode(data)
    except _UNDECODABLE as error:
        if isinstance(error, RecursionError) and not _is_room():
            raise  # what we are called from is nested too deeply, not the data
        raise ProtocolError(f"not a valid {what}: {_with_field_names(str(error), data)}") from error


def _is_room(levels: int = 50) -> bool:
    """Whether there is more room on the stack than the decoding of anything valid needs."""
    try:
        return levels == 0 or _is_room(levels - 1)
    except RecursionError:
        return False


def decode_frame(data: bytes | bytearray | memoryview) -> Frame:
    """Raises `ProtocolError`, which says which field is wrong."""
    frame: Frame = _decode(_frames, "frame", data)
    return frame


def decode_answer(data: bytes | bytearray | memoryview) -> Answer:
    """Raises `ProtocolError`."""
    answer: Answer = _decode(_answers, "reply", data)
    return answer


def _refuse_other_major(kind: str, data: bytes | bytearray | memoryview, peer: str, here: str) -> None:
    """Raise `VersionError` where this is a hello or welcome of another major version, whatever else it says."""
    try:
        raw = msgspec.msgpack.decode(data)
    except _UNDECODABLE:
        return  # then it does not decode as what it should be, either
    if type(raw) is list and raw[:1] == [kind]:
        version = list(itertools.takewhile(lambda part: type(part) is int, raw[1:3]))
        if version and version[0] != MAJOR:
            raise VersionError(version_mismatch(".".join(map(str, version)), peer, here))


def decode_hello(data: bytes | bytearray | memoryview) -> Hello:
    """Raises `ProtocolError`; `VersionError` where the major version differs, whatever else it says."""
    _refuse_other_major("hello", data, "the client", "the interpreter")
    hello: Hello = _decode(_hellos, "hello", data)
    return hello


def decode_welcome(data: bytes | bytearray | memoryview) -> Welcome:
    """Raises `ProtocolError`; `VersionError` where the interpreter refused our version, or is of another major itself,
    whatever else it says; `SessionLostError` where it has given up the session that shall be resumed."""
    _refuse_other_major("welcome", data, "the interpreter", "this client")
    answer = _decode(_welcomes, "welcome", data)
    if isinstance(answer, Refused):
        raise {"version": VersionError, "session": SessionLostError}.get(answer.kind, ProtocolError)(answer.reason)
    assert isinstance(answer, Welcome)
    return answer


def decode_control(data: bytes | bytearray | memoryview) -> Control:
    """Raises `ProtocolError`."""
    control: Control = _decode(_controls, "control request", data)
    return control


def decode_status(data: bytes | bytearray | memoryview) -> dict[str, Any]:
    """Raises `ProtocolError`."""
    status: dict[str, Any] = _decode(_statuses, "status", data)
    return status


def version_mismatch(theirs: str, peer: str, here: str) -> str:
    return (
        f"{peer} speaks version {theirs} of the protocol and {here} version {MAJOR}.{MINOR}; "
        "install the same release of ray-proxy on both sides"
    )


class _Head(Struct, array_like=True):
    """The beginning of whatever has a number, without the rest, which may be large."""

    tag: Any
    number: Any = 0


_head = msgspec.msgpack.Decoder(_Head)


def frame_number(data: bytes | bytearray | memoryview) -> int:
    """The number of a frame that does not decode, 0 where even that cannot be read."""
    try:
        number = _head.decode(data).number
    except _UNDECODABLE:
        return 0
    return number if type(number) is int and number > 0 else 0


_LARGEST_NAMED = 1 << 20
"""Bytes of data in which a place is looked up: decoded as anything, they take many times as much."""
_PATH = re.compile(r"`\$((?:\[(?:[0-9]+|\.\.\.)\])*)`$")
"""The place is told last; what looks like one before it is a tag, which the peer has made up."""
_STRUCTS = {kind.__struct_config__.tag: kind for kind in _Tagged.__subclasses__()}


def _with_field_names(message: str, data: bytes | bytearray | memoryview) -> str:
    """msgspec tells the place as positions, ``$[2][0][3]``; a person wants ``messages[0].args``."""
    found = _PATH.search(message)
    if not found or len(data) > _LARGEST_NAMED:
        return message
    try:
        value = msgspec.msgpack.decode(data)
    except _UNDECODABLE:
        return message
    name = ""
    for step in re.findall(r"\[([^\]]*)\]", found.group(1)):
        position = int(step) if step.isdigit() else -1
        kind = _STRUCTS.get(value[0]) if isinstance(value, list) and value and isinstance(value[0], str) else None
        if kind is not None and 0 < position <= len(kind.__struct_fields__):
            name += f".{kind.__struct_fields__[position - 1]}"
        elif kind is None or position != 0:
            name += f"[{step}]"
        value = value[position] if isinstance(value, list) and 0 <= position < len(value) else None
    return f"{message[: found.start()]}`{name.lstrip('.') or 'the tag'}`{message[found.end() :]}"
