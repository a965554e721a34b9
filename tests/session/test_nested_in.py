"""An operation is nested in the calls in which it was asked for, whatever is executed when it is sent."""

from __future__ import annotations

from alone import alone
from conftest import LoopbackInterpreter

from ray_proxy.channels.channel import hosting
from ray_proxy.output.owners import OWNER, owner
from ray_proxy.protocol import decode_frame
from ray_proxy.session import origins


def paths(env: LoopbackInterpreter) -> list[list[str]]:
    """Of the frames that are made of what is pending."""
    outbox = env.session.outbox
    outbox.cut()
    return [decode_frame(data).path for _, data in outbox.unsent]


def ask_in_one_call_and_send_in_another() -> None:
    env = LoopbackInterpreter.make()
    x = env.put([])
    env.sync()
    hosting.path = ["here"]
    origins.use_calls(OWNER, owner)
    x.append(1)
    hosting.path = ["there", "here"]
    assert paths(env) == [["here"]]


def ask_in_two_calls() -> None:
    env = LoopbackInterpreter.make()
    x = env.put([])
    env.sync()
    hosting.path = ["here"]
    origins.use_calls(OWNER, owner)
    x.append(1)
    hosting.path = ["there", "here"]
    x.append(2)
    hosting.path = ["here"]
    x.append(3)
    assert paths(env) == [["here"], ["there", "here"], ["here"]]


def drop_in_a_call() -> None:
    env = LoopbackInterpreter.make()
    x = env.put([])
    env.sync()
    hosting.path = ["there", "here"]
    origins.use_calls(OWNER, owner)
    del x
    env.session.bury()
    assert paths(env) == [["here"]]


def test_what_is_sent_by_another_thread_later_is_nested_where_it_was_asked_for() -> None:
    alone(ask_in_one_call_and_send_in_another)


def test_operations_of_two_calls_do_not_share_a_frame() -> None:
    alone(ask_in_two_calls)


def test_word_of_what_was_dropped_is_nested_in_nothing() -> None:
    alone(drop_in_a_call)
