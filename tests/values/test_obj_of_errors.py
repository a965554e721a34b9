"""The `obj` of AttributeErrors stays in the interpreter, and is a Var here."""

from __future__ import annotations

import contextlib
import gc
import importlib
import operator
import traceback
from pathlib import Path
from typing import Any

import erring
import pytest
from alone import alone
from conftest import LoopbackInterpreter, eventually
from erring import Frozen, Kept, Swallows, chain, get_numbers, has_numbers, made, raise_it, raised
from lives import Lives
from recording import Recorded

from ray_proxy import InterpreterDiedError, RemoteTraceback, StaleVarError, Var, replay
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.interpreter.leases import KEPT_OBJS
from ray_proxy.protocol import MINOR, Call, Claim, Fetch, Frame, GetAttr, Put, Ref, Release
from ray_proxy.values.codec import Codec

_nothing_was_made = erring.nothing_was_made
lives = erring.lives


def kept(env: LoopbackInterpreter) -> int:
    return sum(len(session.given.objs) for session in env.interpreter._sessions.values())


def missing(target: Any) -> AttributeError:
    with pytest.raises(AttributeError) as caught:
        target.nope.fetch()
    return caught.value


def test_the_obj_of_an_attribute_error_is_a_var(env: LoopbackInterpreter) -> None:
    error = missing(env.run(get_numbers))
    assert type(error.obj) is Var
    assert error.obj.fetch() == [1, 2]
    assert env.run(operator.is_, (error.obj, env.run(get_numbers))).fetch()


def test_the_obj_of_an_attribute_error_inside_user_code_is_a_var(env: LoopbackInterpreter) -> None:
    def fail() -> None:
        [1, 2].nope  # type: ignore[attr-defined]

    with pytest.raises(AttributeError) as caught:
        env.run(fail).fetch()
    assert caught.value.obj.fetch() == [1, 2]


def test_the_obj_of_an_error_of_a_question_is_a_var(env: LoopbackInterpreter) -> None:
    class Broken:
        def __len__(self) -> int:
            return self.nope  # type: ignore[attr-defined, no-any-return]

    with pytest.raises(AttributeError) as caught:
        len(env.put(Broken()))
    assert type(caught.value.obj) is Var


def test_the_obj_of_an_error_in_eager_mode_is_a_var(eager_env: LoopbackInterpreter) -> None:
    with pytest.raises(AttributeError) as caught:
        eager_env.put([1]).nope
    assert caught.value.obj.fetch() == [1]


def test_the_obj_of_an_attribute_error_that_is_fetched_is_a_var(env: LoopbackInterpreter) -> None:
    errors = env.run(lambda: [AttributeError("no", name="nope", obj=numbers) for numbers in ([1], [2])]).fetch()
    assert [error.obj.fetch() for error in errors] == [[1], [2]]
    env.session.settle()
    assert kept(env) == 0


def test_that_of_one_that_is_moved_to_another_interpreter_is_left_there(
    env: LoopbackInterpreter, other: LoopbackInterpreter
) -> None:
    error = env.run(lambda: AttributeError("no", name="nope", obj=[1]))
    assert other.run(lambda error: (error.name, error.obj), (error,)).fetch() == ("nope", None)


def test_an_error_that_nobody_looks_at_claims_nothing(env: LoopbackInterpreter) -> None:
    failed = env.put([1]).nope
    with pytest.raises(KeyError):
        env.put({})["x"].fetch()
    assert kept(env) == 1
    claimed = env.interpreter.count()
    del failed
    env.session.settle()
    eventually(lambda: kept(env) == 0)
    assert env.interpreter.count() <= claimed


def test_an_obj_is_let_go_with_its_error(env: LoopbackInterpreter) -> None:
    missing(env.run(Kept))
    gc.collect()
    eventually(lambda: made == ["del"])
    eventually(lambda: kept(env) == 0)


def test_the_interpreter_keeps_the_last_few(env: LoopbackInterpreter) -> None:
    failed = [env.put([at]).nope for at in range(KEPT_OBJS + 3)]
    env.session.settle()
    assert kept(env) == KEPT_OBJS
    errors = []
    for var in failed:
        with pytest.raises(AttributeError) as caught:
            var.fetch()
        errors.append(caught.value)
    assert errors[-1].obj.fetch() == [KEPT_OBJS + 2]
    with pytest.raises(StaleVarError, match="the obj of this AttributeError .* env.put_named"):
        errors[0].obj.fetch()


def test_an_obj_that_is_gone_disturbs_nobody(env: LoopbackInterpreter, caplog: pytest.LogCaptureFixture) -> None:
    failed = [env.put([at]).nope for at in range(KEPT_OBJS + 1)]
    env.session.settle()

    for at in reversed(range(len(failed))):
        with contextlib.suppress(AttributeError):
            failed[at].fetch()
    env.sync()
    with env.put(Swallows()), contextlib.suppress(AttributeError):
        failed[0].fetch()
    with env.eager(), contextlib.suppress(AttributeError):
        failed[0].fetch()
    failed.clear()
    gc.collect()
    env.session.settle()
    env.session.ledger.unseen.may_be_lost = True
    env.session.tick()
    assert [record for record in caplog.records if "StaleVarError" in record.getMessage()] == []


def test_an_obj_is_kept_no_longer_than_a_lease() -> None:
    now = [0.0]
    interpreter = Interpreter(clock=lambda: now[0], lease=10)
    interpreter.open("client")
    reply = interpreter.execute("client", Frame(1, [Call(1, Codec().dump(no_such_attribute))]))
    assert reply.errors[0].obj
    assert interpreter.claim(reply.errors[0].obj) == {1}
    now[0] = 11.0
    interpreter.expire()
    with pytest.raises(StaleVarError):
        interpreter.claim(reply.errors[0].obj)


def no_such_attribute() -> None:
    {1}.nope  # type: ignore[attr-defined]


def test_the_token_is_the_same_in_every_replay() -> None:
    tokens = []
    for _ in range(2):
        interpreter = Interpreter()
        interpreter.open("client")
        reply = interpreter.execute("client", Frame(1, [Call(1, Codec().dump(no_such_attribute))]))
        tokens.append(reply.errors[0].obj)
    assert tokens[0] == tokens[1] != ""


@pytest.mark.parametrize("minor", range(MINOR + 1))
def test_an_older_client_gets_what_it_can_load(minor: int) -> None:
    interpreter = Interpreter()
    interpreter.open("client", minor)
    makers = [no_such_attribute, lambda: raise_it(chain), lambda: raise_it(lambda: Frozen(7, ["a"]))]
    reply = interpreter.execute("client", Frame(1, [Call(at, Codec().dump(make)) for at, make in enumerate(makers, 1)]))
    assert bool(reply.errors[0].obj) is (minor >= 2)
    values = [error.value for error in reply.errors]
    assert None not in values
    assert [b"ray_proxy.exceptions" in value.data for value in values if value] == [False, False, minor >= 2]
    loaded = [Codec().load(value) for value in values]
    assert (loaded[0].name, repr(loaded[1].__context__.__cause__), loaded[2].code) == ("nope", "KeyError('first')", 7)


def test_a_closed_session_claims_nothing(env: LoopbackInterpreter) -> None:
    failed = env.put([1]).nope
    env.session.settle()
    env.destroy()
    with pytest.raises((AttributeError, InterpreterDiedError)) as caught:
        failed.fetch()
    assert getattr(caught.value, "obj", None) is None


def test_an_error_that_is_raised_again_in_its_session_has_its_obj(env: LoopbackInterpreter) -> None:
    error = missing(env.run(get_numbers))
    assert env.run(has_numbers, (error,)).fetch()


def test_an_error_that_is_raised_in_another_session_has_no_obj(
    env: LoopbackInterpreter, other: LoopbackInterpreter
) -> None:
    error = missing(env.put([1, 2]))
    assert other.run(lambda error: (error.name, error.obj), (error,)).fetch() == ("nope", None)


def test_the_obj_of_an_error_is_there_when_the_interpreter_was_rebuilt(lives: Lives) -> None:
    env = lives.connect()
    failed = env.put([1, 2]).nope
    env.session.settle()
    lives.kill()
    lives.begin()
    with pytest.raises(AttributeError) as caught:
        failed.fetch()
    lives.kill()
    lives.begin()
    assert caught.value.obj.fetch() == [1, 2]


def test_a_log_with_the_obj_of_an_error_replays(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path / "session.rplog")
    reply = recorded.ask(Put(1, 5), GetAttr(2, Ref(1), "nope"), Call(3, Codec().dump(get_numbers)))
    reply = recorded.ask(GetAttr(4, Ref(3), "nope"))
    recorded.ask(Claim(5, reply.errors[0].obj), Fetch(Ref(5)), Release(reply.errors[0].obj))
    assert recorded.ask(Claim(6, reply.errors[0].obj)).failures
    report = replay(recorded.log())
    assert report, str(report)


def test_the_traceback_of_an_error_with_a_var_is_printed(env: LoopbackInterpreter) -> None:
    error = missing(env.put([1, 2]))
    assert "has no attribute 'nope'" in "".join(traceback.format_exception(type(error), error, error.__traceback__))


def test_what_the_caller_is_handling_is_no_context_of_a_remote_error(env: LoopbackInterpreter) -> None:
    try:
        raise KeyError(env.put([1]))
    except KeyError:
        error = raised(env, lambda: ValueError("text"))
        assert "KeyError" not in str(error.__cause__)
    assert isinstance(error.__cause__, RemoteTraceback)
    assert error.__cause__.__context__ is None


def test_an_error_goes_back_without_an_obj_that_is_no_longer_kept(env: LoopbackInterpreter) -> None:
    gone = env.session.claim_obj(f"{env.session.name}.obj.1.1")
    error = AttributeError("no such attribute", name="nope", obj=gone)
    back = env.put(error).fetch()
    assert (back.args, back.name, back.obj) == (("no such attribute",), "nope", None)
    env.sync()


def send_errors_beside_tblib() -> None:
    importlib.import_module("tblib.pickling_support").install()
    env = LoopbackInterpreter.make()
    error = env.run(lambda: AttributeError("no", name="nope", obj=[1])).fetch()
    assert (error.name, error.obj.fetch()) == ("nope", [1])
    assert missing(env.put([1])).name == "nope"
    frozen = env.run(lambda: Frozen(7, ["a"])).fetch()
    assert (frozen.code, frozen.names) == (7, ["a"])
    assert b"tblib" not in Codec().dump(KeyError(1)).data


def test_a_library_that_registers_how_all_errors_are_pickled_changes_nothing() -> None:
    alone(send_errors_beside_tblib)
