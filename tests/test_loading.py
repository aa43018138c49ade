"""Imports are kept from the garbage collector, and nothing else is."""

from __future__ import annotations

import subprocess
import sys
import textwrap


def test_what_is_imported_is_kept_and_what_is_done_is_not() -> None:
    script = """
        import gc
        from actcli.loading import loading
        with loading():
            import fractions
        kept = gc.get_freeze_count()
        assert kept and gc.isenabled()
        for _ in range(3):
            with loading():
                import fractions
                ring = [None]
                ring[0] = ring
        assert gc.get_freeze_count() <= kept and gc.collect() >= 1
        gc.disable()
        with loading():
            import colorsys
        assert not gc.isenabled() and gc.get_freeze_count() <= kept
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True)
