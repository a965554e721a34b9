"""What waits to be sent: messages become numbered frames, which are kept until they are answered: `Outbox`.

No lock is taken. Any thread adds a message, also in a finalizer or a signal handler; what cuts and sends prepares,
checks and commits, as `channels.channel` says. Knows nothing of what is in a reply.
"""

from __future__ import annotations

from threading import get_ident
from typing import Any

from ..protocol import Code, Del, Forget, Frame, Message, Release, encode
from ..values.codec import Codec
from .asked import Question
from .callers import NOBODY, Here, places_of
from .frames import Unsendable, fitting, up_to_await
from .ledger import Flight, Key, Ledger
from .line import Line
from .origins import number_of, path_of
from .recorder import Recorder

FRAME_MESSAGES = 256
"""A frame leaves when it has this many messages…"""
FRAME_BYTES = 256 * 1024
"""… or its pickled operands this many bytes, or after `ticker.MOMENT`."""
COLLECTED = (100_000, 64 * 1024 * 1024)
"""So many messages, or bytes of operands, collect while there is no channel, before operations wait for one."""


class Outbox:
    """The messages of a session that are not answered yet.

    Args:
        line: where frames go.
        ledger: knows who asks for what; hears of what cannot be sent at all.
    """

    def __init__(self, line: Line, ledger: Ledger) -> None:
        self._line, self._ledger = line, ledger
        self.pending: list[tuple[Key, Message]] = []
        """Messages, each with what it is for. Only `cut` takes any out."""
        self.bytes: int = 0
        """Of the operands of the pending messages, about."""
        self.dead: dict[int, None] = {}
        """Ids of variables that were dropped."""
        self.released: dict[str, None] = {}
        """Tokens of what nobody will claim any more."""
        self.number: int = 0
        """That of the last frame."""
        self.flights: dict[int, Flight] = {}
        """Frames that are not answered yet, by their numbers."""
        self.unsent: tuple[tuple[int, bytes], ...] = ()
        """Frames that the channel has not taken yet, with their numbers. It is replaced as a whole."""
        self.has_awaits: bool = False
        """Something was awaited, so that may be among the pending messages."""
        self.has_places: bool = False
        """The interpreter records, so it is told which lines ask."""
        self.tells_threads: bool = True
        """The interpreter knows of threads, as far as we know."""
        self._has_threads = False
        """Several threads give messages."""
        self._origins: dict[Key, int] = {}
        """Of pending messages whose thread has gone on at another place meanwhile."""
        self.unconfirmed: int = 0
        """Bytes of replies since the last frame left."""
        self.recorder: Recorder | None = None
        """Has each frame before it leaves."""
        self._cutting: int | None = None
        """The thread that cuts frames."""
        self._cut_messages = 0
        """How many messages are in frames."""
        self._is_left = False
        """Another thread has left its messages to the one that cuts."""
        self._pushing: int | None = None

    def note_threads(self) -> None:
        """More than one thread gives messages."""
        self._has_threads = True

    def move(self, here: Here, place: Any) -> None:
        """A thread goes on at another place: what it has given before is of the last one."""
        for key, _ in self.pending.copy() if here.place is not Here else ():
            if type(key) is not list:
                asker = self._ledger.asker_of(key)
                if asker is not None and asker[2] is here:
                    self._origins.setdefault(key, here.origin)
        here.place, here.origin = place, number_of(place)

    def release(self, codec: Codec, minor: int) -> None:
        """Tell the interpreter of what nobody will claim, and what has ended here."""
        if self.released:
            tokens = list(self.released)
            self.pending.extend([(None, Release(token)) for token in tokens])
            for token in tokens:
                self.released.pop(token, None)
        if codec.gone and self._line.is_begun:
            ended = codec.ended()
            if minor >= 2:
                self.pending.append((None, Forget(ended)))

    def add_first(self, key: Key, message: Message) -> None:
        """Add a message before all that are pending. Of these, project code that it has another text of has none."""
        if isinstance(message, Code):
            names = {module.name for module in message.modules}
            for _, later in list(self.pending):
                if isinstance(later, Code) and not later.push:
                    later.modules = [module for module in later.modules if module.name not in names]
        self.pending.insert(0, (key, message))

    def strip(self, kind: type) -> None:
        """Send no messages of this kind, which the interpreter does not know. There is no channel yet."""
        for at, (key, message) in enumerate(self.pending):
            if type(message) is kind:
                self.pending[at] = key, Del([])

    def is_overfull(self) -> bool:
        return len(self.pending) >= COLLECTED[0] or self.bytes >= COLLECTED[1]

    # ----------------------------------------------------------------------------------------- frames

    def cut(self) -> None:
        """Make frames of the messages that are pending now; not of those that come in meanwhile, for each call here may
        bring another one."""
        me = get_ident()
        goal = self._cut_messages + len(self.pending)
        while self.pending and (self._cut_messages < goal or self._is_left):
            if (holder := self._cutting) is None or holder == me: self._cutting, self._is_left = me, False  # noqa: E701  # fmt: skip
            else:
                self._is_left = True
                return
            try:
                self._cut()
            finally:
                self._cutting = holder

    def _cut(self) -> None:
        before, unsent, so_many = self.number, self.unsent, self._cut_messages
        some = self.pending[:FRAME_MESSAGES]
        if not some:
            return
        number = before + 1
        keys, messages = zip(*some)
        count = up_to_await(messages) if self.has_awaits else len(some)
        thread = origin = 0
        if self.tells_threads:
            # The rest of another thread may go on where this one waits in the interpreter, for a lock there.
            thread, origin, count = self._of_one_thread(keys[:count])
        try:
            data, count = fitting(list(messages[:count]), lambda some: self._frame(number, some, keys, thread, origin))
        except Unsendable as unsendable:
            self._ledger.refuse(keys[0], unsendable.error)
            data, count = self._frame(number, [Del([])], keys, thread, origin), 1
        flight, more, first = Flight(keys[:count], data), (*unsent, (number, data)), slice(count)
        so_many += count
        # The check and the commit: one line, and nothing that could call code of others.
        if self.number == before and self.unsent is unsent and self.pending[:1] == some[:1]: self.flights[number], self.unsent, self.number, self.pending[first], self.bytes, self._cut_messages = flight, more, number, (), 0, so_many  # noqa: E501, E701  # fmt: skip
        if self._origins:
            for key in keys[:count]:
                if type(key) is not list:
                    self._origins.pop(key, None)

    def _of_one_thread(self, keys: tuple[Key, ...]) -> tuple[int, int, int]:
        """The numbers of the thread that asks for the first of these, and of the place where; and how many are of both,
        or nobody's."""
        asker_of, unsettled, origins = self._ledger.asker_of, self._ledger.unsettled, self._origins
        thread, origin = NOBODY, 0
        for count, key in enumerate(keys):
            if type(key) is list:
                continue
            asker = unsettled.get(key) if type(key) is int else asker_of(key)
            if asker is None or asker[2].number == NOBODY:
                continue
            number, place = asker[2].number, asker[2].origin
            if origins:
                place = origins.get(key, place)
            if number != thread or place != origin:
                if thread != NOBODY:
                    return thread, origin, count
                thread, origin = number, place
            if not (self._has_threads or origins):
                break
        return thread, origin, len(keys)

    def _frame(self, number: int, messages: list[Message], keys: tuple[Key, ...], thread: int, origin: int) -> bytes:
        is_recorded = self.has_places or self.recorder is not None
        askers = map(self._ledger.asker_of, keys[: len(messages)]) if is_recorded else ()
        places, lines = places_of(list(askers))
        return encode(Frame(number, messages, path_of(origin), self._line.taken(), places, lines, thread, origin))

    def push(self) -> None:
        """Give the channel all frames that it has not taken yet. Raises `OSError`."""
        me = get_ident()
        while True:
            unsent, channel, problem = self.unsent, self._line.channel, None
            if not unsent or channel is None:
                return
            if (holder := self._pushing) is None or holder == me: self._pushing = me  # noqa: E701  # fmt: skip
            else:
                return
            try:
                (number, data), rest = unsent[0], unsent[1:]
                if self.recorder is not None:
                    self.recorder.sent(number, data)
                channel.send(data, number)
                if self.unsent is unsent: self.unsent = rest  # noqa: E701  # fmt: skip
            except OSError as error:
                problem = error
            finally:
                self._pushing = holder
            # Looked at after others could push again: frames for the next channel may have been left to us.
            if problem is not None and self._line.channel is channel:
                raise problem

    def again(self, frames: int) -> None:
        """Another channel comes: the interpreter has taken so many frames, and gets those after them."""
        while True:
            before, unsent = self.number, self.unsent
            fresh = tuple((number, flight.data) for number, flight in self.flights.copy().items() if number > frames)
            if self.number == before and self.unsent is unsent: self.unsent = fresh; return  # noqa: E701, E702  # fmt: skip

    # ---------------------------------------------------------------------------------------- the end

    def answered(self, frame: int) -> None:
        """All of a frame is answered."""
        self.flights.pop(frame, None)

    def drop(self) -> list[Key]:
        """Nothing is sent or answered any more. Gives what the messages were for."""
        pending, flights = self.pending.copy(), self.flights.copy()
        del self.pending[: len(pending)]
        self.flights.clear()
        self.unsent, self.bytes = (), 0
        self.dead.clear()
        self.released.clear()
        return [*[key for flight in flights.values() for key in flight.keys], *[key for key, _ in pending]]

    def forked(self) -> None:
        """In a forked process: all of it is the parent's. What became of it is asked for when it is needed."""
        for key in self.drop():
            if isinstance(key, Question):
                key.settle()
        self._cutting = self._pushing = None
        if self.recorder is not None:
            self.recorder.abandon()
            self.recorder = None
        self.number = self.unconfirmed = 0
        self._origins.clear()
        self.has_awaits = self.has_places = False
