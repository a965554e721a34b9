"""The standard library: `datetime`, `pathlib`, `uuid` and `ipaddress`."""

from __future__ import annotations

import ipaddress
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

from typing_extensions import assert_type

from ray_proxy import Var


def paths(p: Var[Path], q: Var[Path], s: Var[str], n: Var[int], of_path: Var[type[Path]]) -> None:
    assert_type(p.name, Var[str])
    assert_type(p.parent, Var[Path])
    assert_type(p.parent.parent.name.upper(), Var[str])
    assert_type(p.suffixes[0], Var[str])
    assert_type(p / "a", Var[Path])
    assert_type(p / s, Var[Path])
    assert_type(p / q / "a", Var[Path])
    assert_type("a" / p, Var[Path])
    assert_type(s / p, Var[Path])
    assert_type(p.exists(), Var[bool])
    assert_type(p.read_text(), Var[str])
    assert_type(p.read_text(encoding=s), Var[str])
    assert_type(p.read_bytes()[0], Var[int])
    assert_type(p.with_suffix(".txt"), Var[Path])
    assert_type(p.with_suffix(s).stem, Var[str])
    assert_type(p.write_text(s), Var[int])
    assert_type(p.stat().st_size, Var[int])
    assert_type(p.joinpath("a", s, q), Var[Path])
    assert_type(p.mkdir(parents=True, exist_ok=True), Var[None])
    assert_type(p < q, Var[bool])
    assert_type(of_path("a", s), Var[Path])
    assert_type(of_path.home(), Var[Path])
    for child in p.iterdir():
        assert_type(child, Var[Path])
    for child in p.glob("*"):
        assert_type(child.name, Var[str])
    with p.open() as file:
        assert_type(file.read(), Var[str])
        assert_type(file.readline(), Var[str])
    with p.open("rb") as file:
        assert_type(file.read(n), Var[bytes])
    p / 3  # error
    p / n  # error
    p.upper()  # error
    p.name.parent  # error
    p.name = "a"  # error
    p.with_suffix(3)  # error
    p.with_suffix(n)  # error
    p.read_text(encodng="a")  # error
    p.write_text(b"a")  # error
    p.joinpath(n)  # error
    p.stat().size  # error: plugin
    p.exsts()  # error: plugin
    p + "a"  # error
    of_path(3)  # error
    p.year  # error


def dates(d: Var[date], t: Var[datetime], span: Var[timedelta], n: Var[int], s: Var[str], today: date) -> None:
    assert_type(d.year, Var[int])
    assert_type(t.hour, Var[int])
    assert_type(d.isoformat(), Var[str])
    assert_type(t.isoformat(sep=" "), Var[str])
    assert_type(d.replace(year=2000), Var[date])
    assert_type(t.replace(hour=n), Var[datetime])
    assert_type(t.date(), Var[date])
    assert_type(d - d, Var[timedelta])
    assert_type(d - today, Var[timedelta])
    assert_type(today - d, Var[timedelta])
    assert_type(t - t, Var[timedelta])
    assert_type(t - span, Var[datetime])
    assert_type(t + span, Var[datetime])
    assert_type(t + timedelta(days=1), Var[datetime])
    assert_type(span + t, Var[datetime])
    assert_type(d + span, Var[date])
    assert_type(d - span, Var[date])
    assert_type(d - timedelta(days=1), Var[date])
    assert_type((t - t).total_seconds(), Var[float])
    assert_type(span * 2, Var[timedelta])
    assert_type(span * n, Var[timedelta])
    assert_type(2 * span, Var[timedelta])
    assert_type(span / 2, Var[timedelta])
    assert_type(span / span, Var[float])
    assert_type(span // timedelta(days=1), Var[int])
    assert_type(-span, Var[timedelta])
    assert_type(span.days, Var[int])
    assert_type(d < today, Var[bool])
    assert_type(t.astimezone(timezone.utc), Var[datetime])
    assert_type(t.strftime(s), Var[str])
    assert_type(t.timestamp() * 2, Var[float])
    d.hour  # error
    d.year = 2000  # error
    d.replace(year="a")  # error
    d.replace(year=s)  # error
    d.replace(hour=3)  # error
    d + d  # error
    t + t  # error
    t + 3  # error
    t - 3  # error
    d < 3  # error
    span + n  # error
    span * s  # error
    t.strftime(n)  # error
    t.total_seconds()  # error
    span.hours  # error: plugin
    t.iso_format()  # error: plugin
    t.timestamp().year  # error


def identifiers(u: Var[UUID], of_uuid: Var[type[UUID]], s: Var[str], n: Var[int]) -> None:
    assert_type(u.hex, Var[str])
    assert_type(u.int, Var[int])
    assert_type(u.bytes, Var[bytes])
    assert_type(u.fields[0], Var[int])
    assert_type(u.int + 1, Var[int])
    assert_type(u < u, Var[bool])
    assert_type(of_uuid("a"), Var[UUID])
    assert_type(of_uuid(s).hex.upper(), Var[str])
    assert_type(of_uuid(int=n), Var[UUID])
    u.hex()  # error
    u.int = 3  # error
    of_uuid(3)  # error
    of_uuid(n)  # error
    of_uuid(integer=3)  # error
    u.heks  # error: plugin
    u + u  # error


def addresses(
    a: Var[ipaddress.IPv4Address], network: Var[ipaddress.IPv4Network], n: Var[int], local: ipaddress.IPv4Address
) -> None:
    assert_type(a + 1, Var[ipaddress.IPv4Address])
    assert_type(a + n, Var[ipaddress.IPv4Address])
    assert_type(a.is_private, Var[bool])
    assert_type(a.packed, Var[bytes])
    assert_type(a in network, bool)
    assert_type(network.num_addresses, Var[int])
    assert_type(network[0], Var[ipaddress.IPv4Address])
    assert_type(network.network_address.is_loopback, Var[bool])
    assert_type(network.prefixlen, Var[int])
    assert_type(network.overlaps(network), Var[bool])
    assert_type(a < local, Var[bool])
    for host in network.hosts():
        assert_type(host, Var[ipaddress.IPv4Address])
    a + "a"  # error
    a + 1.5  # error
    network["a"]  # error
    network.overlaps(3)  # error
    a.is_privat  # error: plugin
    a.num_addresses  # error
    a < 3  # error
