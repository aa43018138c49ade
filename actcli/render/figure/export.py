"""A figure as the bytes of a file: the same picture gives the same bytes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from matplotlib import rc_context

from actcli.render.figure.sheet import build
from actcli.render.figure.style import STYLES, settings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from actcli.render.records import Look, Picture

# With dates and program names no two files would be the same.
_METADATA: dict[str, dict[str, str | None]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}

FORMATS = tuple(_METADATA)


def encode(picture: Picture, look: Look, form: str) -> bytes:
    """Return a picture as the content of a file of the given form, one of `FORMATS`."""
    return save(build(picture, look), look, form)


def save(figure: Figure, look: Look, form: str) -> bytes:
    """Return a figure as the content of a file of the given form, one of `FORMATS`."""
    out = io.BytesIO()
    with rc_context(settings(STYLES[look.theme])):
        figure.savefig(out, format=form, metadata=_METADATA[form])
    return out.getvalue()
