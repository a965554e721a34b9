"""Names, sessions, leases and forks: what outlives what."""

# ruff: noqa: F811 (fixtures are imported, and are arguments of that name)

from __future__ import annotations

import pytest
from talks import (  # noqa: F401
    TOKEN,
    Clock,
    Talk,
    Thing,
    _nothing_left,
    broken,
    clock,
    interpreter,
    origin,
    pickled,
    second,
    talk,
)

from ray_proxy.errors import StaleVarError
from ray_proxy.interpreter.leases import lease_token
from ray_proxy.protocol import (
    Call,
    Claim,
    Clear,
    Del,
    DelNamed,
    Fetch,
    Fork,
    GetAttr,
    GetNamed,
    Inherit,
    Lease,
    Message,
    Names,
    Put,
    Ref,
    Release,
    SetNamed,
)

# ------------------------------------------------------------------------------------- names and sessions


def test_names_are_shared_by_sessions(talk: Talk, second: Talk) -> None:
    talk(Put(1, pickled([1])), SetNamed("shared", Ref(1)))
    second(GetNamed(5, "shared"), GetAttr(6, Ref(5), "append"), Call(7, Ref(6), [2]))
    assert talk.value(Fetch(Ref(1))) == [1, 2]


def test_names_are_listed(talk: Talk, second: Talk) -> None:
    talk(SetNamed("one", 1), SetNamed("two", 2))
    assert second.value(Names()) == ["one", "two"]


def test_a_name_outlives_its_session(talk: Talk, second: Talk) -> None:
    talk(SetNamed("name", 5))
    talk.interpreter.close("first")
    assert second.value(GetNamed(0, "name")) == 5


def test_a_name_can_be_given_to_another_object(talk: Talk) -> None:
    talk(SetNamed("name", 1), SetNamed("name", 2))
    assert talk.value(GetNamed(0, "name")) == 2
    assert talk.value(Names()) == ["name"]


def test_a_deleted_name_is_gone_and_its_variables_stay(talk: Talk) -> None:
    talk(Put(1, "value"), SetNamed("name", Ref(1)), DelNamed("name"))
    assert talk.error(GetNamed(2, "name")).type_name == "KeyError"
    assert talk.value(Fetch(Ref(1))) == "value"


@pytest.mark.parametrize("message", [GetNamed(1, "nothing"), DelNamed("nothing")], ids=repr)
def test_an_unknown_name_is_a_key_error(talk: Talk, message: Message) -> None:
    error = talk.error(message)
    assert error.type_name == "KeyError"
    assert "nothing" in error.text


def test_the_same_id_is_another_variable_in_another_session(talk: Talk, second: Talk) -> None:
    talk(Put(1, "ours"))
    second(Put(1, "theirs"))
    assert talk.value(Fetch(Ref(1))) == "ours"
    assert second.value(Fetch(Ref(1))) == "theirs"


def test_a_session_cannot_name_the_variables_of_another(talk: Talk, second: Talk) -> None:
    talk(Put(1, 1))
    assert second.error(Fetch(Ref(1))).type_name == "ray_proxy.errors.StaleVarError"


def test_closing_a_session_frees_its_variables(talk: Talk, second: Talk) -> None:
    talk(Call(1, pickled(Thing)))
    second(Call(1, pickled(Thing)))
    talk.interpreter.close("first")
    assert len(Thing.alive) == 1
    assert talk.interpreter.count() == 1


@pytest.mark.parametrize("end", [Del([1]), Clear(), Put(1, 5)], ids=repr)
def test_a_variable_that_is_dropped_is_freed(talk: Talk, end: Message) -> None:
    talk(Call(1, pickled(Thing)))
    assert len(Thing.alive) == 1
    talk(end)
    assert len(Thing.alive) == 0


def test_a_deleted_name_frees_its_object(talk: Talk) -> None:
    talk(Call(1, pickled(Thing)), SetNamed("name", Ref(1)), Del([1]))
    assert len(Thing.alive) == 1
    talk(DelNamed("name"))
    assert len(Thing.alive) == 0


def test_closing_a_session_twice_is_no_error(talk: Talk) -> None:
    talk.interpreter.close("first")
    talk.interpreter.close("first")
    assert talk.interpreter.count() == 0


# --------------------------------------------------------------------------------------------------- leases


def test_a_leased_variable_can_be_claimed_by_another_session(talk: Talk, second: Talk) -> None:
    talk(Put(1, pickled([])), Lease(Ref(1), TOKEN))
    second(Claim(7, TOKEN), GetAttr(8, Ref(7), "append"), Call(9, Ref(8), [5]))
    assert talk.value(Fetch(Ref(1))) == [5]


def test_a_lease_outlives_its_session(talk: Talk, second: Talk) -> None:
    talk(Put(1, "kept"), Lease(Ref(1), TOKEN))
    talk.interpreter.close("first")
    assert second(Claim(7, TOKEN)).values == [(0, "kept")]


def test_a_lease_ends(talk: Talk, second: Talk, clock: Clock) -> None:
    talk(Put(1, 5), Lease(Ref(1), TOKEN))
    clock.now += 60
    error = second.error(Claim(7, TOKEN))
    assert error.type_name == "ray_proxy.errors.StaleVarError"
    assert "put_named" in error.text


def test_a_lease_holds_until_its_end(talk: Talk, second: Talk, clock: Clock) -> None:
    talk(Put(1, 5), Lease(Ref(1), TOKEN))
    clock.now += 59.9
    assert second(Claim(7, TOKEN)).values == [(0, 5)]


def test_a_claim_starts_the_lease_anew(talk: Talk, second: Talk, clock: Clock) -> None:
    talk(Put(1, 5), Lease(Ref(1), TOKEN))
    for _ in range(3):
        clock.now += 59
        assert second(Claim(7, TOKEN)).values == [(0, 5)]


@pytest.mark.parametrize("token", ["", "token", "first.x.secret", "first.1.secret", "second.2.secret", "first.-1.s"])
def test_a_token_that_is_no_next_one_of_its_session_is_refused(talk: Talk, token: str) -> None:
    talk(Put(1, 5), Lease(Ref(1), TOKEN))
    error = talk.error(Lease(Ref(1), token))
    assert error.type_name == "ray_proxy.errors.ProtocolError"
    assert repr(token) in error.text


def test_a_lease_is_to_come_until_its_session_gives_it_or_a_later_one(talk: Talk) -> None:
    assert talk.interpreter.is_to_come(lease_token("first", 2, "secret"))
    talk(Put(1, 5), Lease(Ref(1), TOKEN))
    assert talk.interpreter.is_to_come(lease_token("first", 2, "secret"))
    talk(Lease(Ref(1), lease_token("first", 3, "secret")))
    assert not talk.interpreter.is_to_come(lease_token("first", 2, "secret"))
    assert not talk.interpreter.is_to_come(lease_token("nobody", 1, "secret"))


def test_a_release_ends_a_lease_at_once(talk: Talk, second: Talk) -> None:
    talk(Call(1, pickled(Thing)), Lease(Ref(1), TOKEN), Del([1]))
    talk(Release(TOKEN))
    assert len(Thing.alive) == 0
    assert second.error(Claim(7, TOKEN)).type_name == "ray_proxy.errors.StaleVarError"


def test_a_release_of_what_is_not_kept_does_nothing(talk: Talk) -> None:
    assert talk(Release("token")).failures == []


# ----------------------------------------------------------------------------------------------------- forks


def test_a_forked_process_inherits_all_variables_under_their_ids(talk: Talk, second: Talk) -> None:
    talk(Put(1, pickled([])), Put(2, "two"), Fork(TOKEN), Put(3, "later"))
    second(Inherit(TOKEN), GetAttr(8, Ref(1), "append"), Call(9, Ref(8), [5]))
    assert talk.value(Fetch(Ref(1))) == [5]
    assert second.value(Fetch(Ref(2))) == "two"
    assert second.error(Fetch(Ref(3))).type_name == "ray_proxy.errors.StaleVarError"


def test_what_is_kept_for_a_forked_process_does_not_end_while_its_parent_is_there(
    talk: Talk, second: Talk, clock: Clock
) -> None:
    talk(Put(1, "kept"), Fork(TOKEN), Del([1]))
    clock.now += 1000
    talk.interpreter.expire()
    second(Inherit(TOKEN))
    assert second.value(Fetch(Ref(1))) == "kept"


def test_what_is_kept_for_a_forked_process_ends_a_lease_time_after_its_parent(
    talk: Talk, second: Talk, clock: Clock
) -> None:
    talk(Put(1, "kept"), Fork(TOKEN))
    talk.interpreter.close("first")
    clock.now += 59
    talk.interpreter.expire()
    assert talk.interpreter.leased() == 1
    clock.now += 1
    talk.interpreter.expire()
    assert talk.interpreter.leased() == 0
    assert second.error(Inherit(TOKEN)).type_name == "ray_proxy.errors.StaleVarError"


def test_what_is_kept_for_a_forked_process_is_no_single_variable(talk: Talk, second: Talk) -> None:
    talk(Put(1, "kept"), Fork(TOKEN))
    assert second.error(Claim(7, TOKEN)).type_name == "ray_proxy.errors.ProtocolError"


def test_a_single_variable_is_not_what_a_forked_process_inherits(talk: Talk, second: Talk) -> None:
    talk(Put(1, pickled({})), Lease(Ref(1), TOKEN))
    assert second.error(Inherit(TOKEN)).type_name == "ray_proxy.errors.ProtocolError"


def test_a_lease_that_ended_frees_its_object(talk: Talk, clock: Clock) -> None:
    talk(Call(1, pickled(Thing)), Lease(Ref(1), TOKEN), Del([1]))
    talk.interpreter.expire()
    assert (len(Thing.alive), talk.interpreter.leased()) == (1, 1)
    clock.now += 60
    talk.interpreter.expire()
    assert (len(Thing.alive), talk.interpreter.leased()) == (0, 0)


def test_a_claimed_variable_outlives_the_lease(talk: Talk, second: Talk, clock: Clock) -> None:
    talk(Put(1, "kept"), Lease(Ref(1), TOKEN))
    second(Claim(7, TOKEN))
    clock.now += 1000
    talk.interpreter.expire()
    assert second.value(Fetch(Ref(7))) == "kept"


def test_a_lease_of_a_failed_variable_gives_its_error(talk: Talk, second: Talk) -> None:
    reply = talk(Call(1, pickled(broken)), Lease(Ref(1), TOKEN))
    assert reply.failures == [(0, 0)]
    assert origin(second.error(Claim(7, TOKEN))) == ("first", 1, 0)


def test_a_lease_of_an_unknown_id_is_stale(talk: Talk) -> None:
    assert talk.error(Lease(Ref(1), TOKEN)).type_name == "ray_proxy.errors.StaleVarError"
    assert talk.interpreter.leased() == 0


def test_an_unknown_token_is_stale(talk: Talk) -> None:
    assert talk.error(Claim(1, "token")).type_name == "ray_proxy.errors.StaleVarError"


def test_user_code_in_the_interpreter_claims_by_a_plain_call(talk: Talk) -> None:
    talk(Put(1, 5), Lease(Ref(1), TOKEN))
    assert talk.interpreter.claim(TOKEN) == 5
    with pytest.raises(StaleVarError):
        talk.interpreter.claim("other")


# ------------------------------------------------------------------------------------ found by changed frames


@pytest.mark.parametrize("number", ["9" * 5000, "²", "-1", "", "0x1"])
def test_a_token_whose_number_is_none_is_that_of_no_lease(talk: Talk, number: str) -> None:
    token = f"first.{number}.secret"
    assert not talk.interpreter.is_to_come(token)
    assert "is not the token" in talk.error(Put(1, 5), Lease(Ref(1), token)).text
    assert talk.error(Claim(2, token)).type_name == "ray_proxy.errors.StaleVarError"
