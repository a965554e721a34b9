"""Edit the file of a model that is in memory: the next call runs the new text, and nothing is loaded again.

Run: python examples/live_model/run.py (starts a Ray of its own, on this machine)

An editor, or you, would save the file. Here `save` does, in a copy of `model.py` in a temporary folder.
"""

from __future__ import annotations

import importlib
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import ray

from ray_proxy import RemoteInterpreterFactory

HERE = Path(__file__).parent


def save(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    time.sleep(0.03)  # a call that names no module notices what was saved at least 20 ms before it


def main(folder: Path) -> None:
    file = Path(shutil.copy(HERE / "model.py", folder / "slow_model.py"))
    sys.path.insert(0, str(folder))
    slow_model: Any = importlib.import_module("slow_model")  # `import slow_model`, were it beside this script

    env = RemoteInterpreterFactory().create()
    env.sync()  # until Ray has placed it
    begin = time.perf_counter()
    model = env.run(slow_model.Model)
    print(f"predict(10) is {model.predict(10).fetch()}, after {time.perf_counter() - begin:.0f} s of loading")

    save(file, "WEIGHTS[0] * x", "WEIGHTS[1] * x + 1")
    print(f"a method was edited: predict(10) is {model.predict(10).fetch()}")
    print(f"score(model) is {env.run(slow_model.score, (model,)).fetch()}")
    print(f"it is the same model: it was asked {model.asked.fetch()} times")

    save(file, "return model.predict(10)", "return model.predict(10")
    try:
        env.run(slow_model.score, (model,)).fetch()
    except SyntaxError as error:
        print(f"a parenthesis is missing in line {error.lineno}: {error.msg}")
    print(f"the old text goes on: predict(10) is {model.predict(10).fetch()}")

    save(file, "return model.predict(10", "return -model.predict(10)")
    print(f"mended: score(model) is {env.run(slow_model.score, (model,)).fetch()}")

    print(f"the weights were loaded {env.run(slow_model.loads).fetch()} time")
    env.destroy()


if __name__ == "__main__":
    ray.init(include_dashboard=False, log_to_driver=False)
    with tempfile.TemporaryDirectory() as name:
        main(Path(name))
