"""Where else a function is found: the names that frameworks give it, in a notation short enough for a record.

The names and defaults are those of the sources of torch 2.13, jax 0.10, keras 3.15, ONNX opset 28, MLX 0.32,
tinygrad 0.14, Hugging Face transformers 5.23, and of the lecture notes that this catalogue began with.
"""

from __future__ import annotations

import re

from actcli.core.spec import Framework, Spelling

_SPELLING = re.compile(r"(?P<names>[^(\[]+?)\s*(?:\((?P<defaults>.*?)\))?\s*(?:\[(?P<note>.*)\])?")


def found_in(text: str) -> tuple[Spelling, ...]:
    """Return the spellings written as `framework: name, name (param=default) [note]; framework: …`.

    Names are those under the framework's own module: `torch: nn.SiLU, nn.functional.silu`. Defaults are given
    where they differ from ours; a note says what else is different.

    >>> found_in("keras: layers.LeakyReLU (negative_slope=0.3)")[0].defaults
    {'negative_slope': 0.3}
    """
    spellings = []
    for part in re.split(r"; (?=[a-z]+: )", text):
        framework, _, rest = part.partition(": ")
        found = _SPELLING.fullmatch(rest)
        if found is None:
            raise ValueError(f"not a spelling: {part!r}")
        defaults = (setting.split("=") for setting in (found["defaults"] or "").split(", ") if setting)
        spellings.append(
            Spelling(
                Framework(framework),
                found["names"],
                {name: float(value) for name, value in defaults},
                found["note"] or "",
            )
        )
    return tuple(spellings)


def names(spelling: Spelling) -> tuple[str, ...]:
    """Return the names of a spelling, without the framework.

    >>> names(found_in("torch: nn.SiLU, nn.functional.silu")[0])
    ('nn.SiLU', 'nn.functional.silu')
    """
    return tuple(spelling.name.split(", "))
