"""`pandas.DataFrame` and `pandas.Series`."""

from __future__ import annotations

import pandas as pd
from typing_extensions import assert_type

from ray_proxy import Var


def frames(df: Var[pd.DataFrame], other: Var[pd.DataFrame], local: pd.DataFrame, n: Var[int], s: Var[str]) -> None:
    assert_type(df["a"], Var[pd.Series])
    assert_type(df[s], Var[pd.Series])
    assert_type(df[["a", "b"]], Var[pd.DataFrame])
    assert_type(df.shape, Var[tuple[int, int]])
    assert_type(df.shape[0], Var[int])
    assert_type(df.empty, Var[bool])
    assert_type(df.size, Var[int])
    assert_type(df.T, Var[pd.DataFrame])
    assert_type(df.head(), Var[pd.DataFrame])
    assert_type(df.head(n), Var[pd.DataFrame])
    assert_type(df.copy(deep=True), Var[pd.DataFrame])
    assert_type(df.merge(other, on="a"), Var[pd.DataFrame])
    assert_type(df.merge(local, on=s), Var[pd.DataFrame])
    assert_type(df.sort_values("a", ascending=False), Var[pd.DataFrame])
    assert_type(df.reset_index(drop=True), Var[pd.DataFrame])
    assert_type(df.set_index("a").sort_index(), Var[pd.DataFrame])
    assert_type(df.dropna(), Var[pd.DataFrame])
    assert_type(df.round(n), Var[pd.DataFrame])
    assert_type(df.to_csv(), Var[str])
    assert_type(df.describe(), Var[pd.DataFrame])
    assert_type(len(df), int)
    assert_type(df + 1, Var[pd.DataFrame])
    assert_type(df * other, Var[pd.DataFrame])
    assert_type(df == other, Var[pd.DataFrame])
    assert_type(df > 3, Var[pd.DataFrame])
    df["a"] = df["b"]
    df["a"] = 3
    df[s] = n
    df.head("a")  # error
    df.head(s)  # error
    df.head(3, 4)  # error
    df.merge(3)  # error
    df.merge(n)  # error
    df.merge(other, onn="a")  # error
    df.shape = (1, 2)  # error
    df.empty = True  # error
    df.round("a")  # error
    df.append(df)  # error
    df.upper()  # error
    df.hed()  # error: plugin
    df.sort_value("a")  # error: plugin
    df()  # error


def series(v: Var[pd.Series[int]], w: Var[pd.Series[int]], words: Var[pd.Series[str]], n: Var[int]) -> None:
    assert_type(v.head(), Var[pd.Series[int]])
    assert_type(v.head(n), Var[pd.Series[int]])
    assert_type(v.size, Var[int])
    assert_type(v.shape, Var[tuple[int, ...]])
    assert_type(v.empty, Var[bool])
    assert_type(v.copy(), Var[pd.Series[int]])
    assert_type(v.to_list(), Var[list[int]])
    assert_type(v + 1, Var[pd.Series[int]])
    assert_type(v > 1, Var[pd.Series[bool]])
    assert_type(v == w, Var[pd.Series[bool]])
    assert_type(v.to_frame(), Var[pd.DataFrame])
    assert_type(v.is_unique, Var[bool])
    assert_type(v.sort_values(), Var[pd.Series[int]])
    assert_type(len(v), int)
    v.head("a")  # error
    v.shape = (1,)  # error
    v.to_lst()  # error: plugin
    v.merge(w)  # error
    v.append(w)  # error
    v()  # error
    words.to_list()[0].append(3)  # error
