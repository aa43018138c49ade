"""Write everything that follows from the catalogue and the commands: the README's table, the completions.

    python -m tests.generate
"""

from __future__ import annotations

from actcli.cli.completions import SHELLS, script
from tests.generate.readme import README, with_catalogue

README.write_text(with_catalogue(README.read_text("utf-8")), "utf-8")
for shell, (file, _) in SHELLS.items():
    (README.parent / "completions" / file).write_text(script(shell), "utf-8")
