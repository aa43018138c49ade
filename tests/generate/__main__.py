"""Write everything that follows from the catalogue and the commands: the README's table, the completions,
and the bits of every function.

python -m tests.generate
"""

from __future__ import annotations

from tests.generate.bits import TARGET, table
from tests.generate.completions import scripts
from tests.generate.readme import README, with_catalogue

README.write_text(with_catalogue(README.read_text("utf-8")), "utf-8")
TARGET.write_text(table(), "utf-8")
for path, text in scripts().items():
    path.write_text(text, "utf-8")
