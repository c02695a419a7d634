"""The examples of host/yellowgate/sim/README.md do what they say."""

import re
from pathlib import Path
from typing import Any

import yellowgate.sim

README = Path(yellowgate.sim.__path__[0]) / "README.md"


def test_the_examples_run() -> None:
    examples = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert len(examples) == 2
    for example in examples:
        found: dict[str, Any] = {}
        exec(example, found)
        if "figures" in found:
            assert found["figures"]["us_each"] > 0
