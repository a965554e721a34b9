"""What a notebook shows of an object: each form by its MIME type, and none that fails, is too large, or has no end."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from ray_proxy.looking.bundles import LARGEST, LONGEST_TEXT, bundle

PNG = b"\x89PNG\r\n\x1a\n"


def of(**methods: Any) -> object:
    """An object of a class with these methods, each of which gives this."""
    return type("Shown", (), {f"_repr_{name}_": lambda self, made=made: made for name, made in methods.items()})()


@pytest.mark.parametrize(
    ("method", "kind"),
    [
        ("html", "text/html"),
        ("markdown", "text/markdown"),
        ("svg", "image/svg+xml"),
        ("latex", "text/latex"),
    ],
)
def test_a_text_is_as_the_object_makes_it(method: str, kind: str) -> None:
    forms = bundle(of(**{method: "made"}))
    assert forms[kind] == "made"
    assert set(forms) == {kind, "text/plain"}


@pytest.mark.parametrize("kind", ["png", "jpeg"])
def test_a_picture_is_base64(kind: str) -> None:
    assert base64.b64decode(bundle(of(**{kind: PNG}))[f"image/{kind}"]) == PNG


def test_metadata_is_left_out() -> None:
    assert bundle(of(html=("made", {"isolated": True})))["text/html"] == "made"


def test_json_is_what_it_says() -> None:
    assert bundle(of(json={"a": [1]}))["application/json"] == {"a": [1]}


def test_a_bundle_of_its_own_goes_before_single_forms() -> None:
    class Both:
        def _repr_mimebundle_(self, include: Any, exclude: Any) -> Any:
            return {"text/html": "of the bundle", "text/plain": "plain"}, {}

        def _repr_html_(self) -> str:
            return "of the method"

    assert bundle(Both()) == {"text/html": "of the bundle", "text/plain": "plain"}


def test_it_is_not_displayed_there() -> None:
    class Displays:
        def _ipython_display_(self) -> None:
            raise AssertionError

    assert list(bundle(Displays())) == ["text/plain"]


def test_a_form_that_fails_is_left_out() -> None:
    class Fails:
        def _repr_html_(self) -> str:
            raise ZeroDivisionError

        def _repr_markdown_(self) -> str:
            return "made"

    assert set(bundle(Fails())) == {"text/markdown", "text/plain"}


def test_a_failing_repr_is_no_matter_where_there_is_another_form() -> None:
    class Fails:
        def __repr__(self) -> str:
            raise ZeroDivisionError

        def _repr_html_(self) -> str:
            return "made"

    assert bundle(Fails())["text/html"] == "made"
    assert "whose repr fails" in bundle(Fails())["text/plain"]


def test_where_nothing_is_left_the_error_of_the_repr_is_raised() -> None:
    class Fails:
        def __repr__(self) -> str:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        bundle(Fails())


def test_what_answers_to_every_name_has_no_such_method() -> None:
    class Answers:
        def __getattr__(self, name: str) -> Any:
            return lambda *args, **kwargs: "anything"

    assert list(bundle(Answers())) == ["text/plain"]


def test_methods_of_a_class_are_for_its_instances() -> None:
    assert bundle(type(of(html="made"))) == {"text/plain": "<class 'test_bundles.Shown'>"}


@pytest.mark.parametrize("value", ["x" * 10**6, list(range(10**6)), dict.fromkeys(range(10**5), "x"), b"x" * 10**6])
def test_text_is_cut_in_its_middle(value: Any) -> None:
    text = bundle(value)["text/plain"]
    assert len(text) < LONGEST_TEXT + 100
    assert text.startswith(repr(value)[:50])
    assert text.endswith(repr(value)[-50:])
    assert "are left out" in text


def test_a_form_that_is_too_large_is_left_out() -> None:
    assert list(bundle(of(html="x" * (LARGEST + 1)))) == ["text/plain"]


def test_a_list_in_itself_has_an_end() -> None:
    values: list[Any] = [1]
    values.append(values)
    assert "Recursion" in bundle(values)["text/plain"]


def test_plain_text_is_set_out_in_lines() -> None:
    assert bundle({f"key {n}": "x" * 30 for n in range(5)})["text/plain"].count("\n") == 4


def test_an_object_that_says_how_it_is_written_is_written_so() -> None:
    pytest.importorskip("IPython")

    class Pretty:
        def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
            printer.text("pretty")

    assert bundle(Pretty()) == {"text/plain": "pretty"}


def test_for_a_terminal_only_text_is_made() -> None:
    class Shown:
        def _repr_html_(self) -> str:
            raise AssertionError

        def __repr__(self) -> str:
            return "text"

    assert bundle([Shown()], rich=False) == {"text/plain": "[text]"}


class TestPictures:
    @staticmethod
    def figure() -> Any:
        made = pytest.importorskip("matplotlib.figure").Figure()
        made.subplots().plot([1, 2])
        return made

    def test_a_figure_is_drawn_and_keeps_its_canvas(self) -> None:
        figure = self.figure()
        canvas = figure.canvas
        assert base64.b64decode(bundle(figure)["image/png"]).startswith(PNG)
        assert figure.canvas is canvas

    def test_what_is_no_figure_is_not_drawn(self) -> None:
        assert list(bundle(self.figure().axes[0])) == ["text/plain"]

    @pytest.mark.parametrize("kind", [list, tuple])
    def test_a_list_of_figures_is_their_pictures(self, kind: type) -> None:
        html = bundle(kind([self.figure(), self.figure()]))["text/html"]
        assert html.count('<img src="data:image/png;base64,') == 2

    def test_a_list_with_something_else_in_it_is_text(self) -> None:
        assert list(bundle([self.figure(), 1])) == ["text/plain"]

    def test_a_figure_of_plotly_has_its_own_form_and_html(self) -> None:
        go = pytest.importorskip("plotly.graph_objects")
        figure = go.Figure(go.Bar(y=[1]))
        forms = bundle(figure)
        assert forms["application/vnd.plotly.v1+json"]["data"][0]["type"] == "bar"
        assert "plotly" in forms["text/html"]
        assert bundle([figure, figure])["text/html"].count("plotly-graph-div") == 2

    def test_an_image_is_a_picture_and_so_is_a_list_of_them(self) -> None:
        image = pytest.importorskip("PIL.Image").new("RGB", (2, 2))
        assert base64.b64decode(bundle(image)["image/png"]).startswith(PNG)
        assert bundle([image])["text/html"].startswith("<img")
