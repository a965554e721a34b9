"""What readers of the pages copy from them."""

from __future__ import annotations

import re

from conftest import ROOT


def code_blocks(page: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE)
