"""docs/logs.md tells the records as they are."""

from __future__ import annotations

import re

from conftest import ROOT

from ray_proxy.logs import records as logs


def test_the_table_of_records_is_that_of_the_code() -> None:
    page = (ROOT / "docs" / "logs.md").read_text()
    told = re.findall(r"^\| `(\w+)` \| ([\w, ]+) \|", page[page.index("## The file") :], re.MULTILINE)
    there = [
        (str(kind.__struct_config__.tag), ", ".join(kind.__struct_fields__)) for kind in logs._Record.__subclasses__()
    ]
    assert told == there
