"""A figure as the bytes of a file: the same picture gives the same bytes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from matplotlib import rc_context

from actcli.render.figure.sheet import build
from actcli.render.figure.style import STYLES, settings

if TYPE_CHECKING:
    from actcli.render.records import Look, Picture

# Dates and program names would make every file another one.
_METADATA: dict[str, dict[str, str | None]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}

FORMATS = tuple(_METADATA)


def encode(picture: Picture, look: Look, form: str) -> bytes:
    """Return a picture as the content of a file of the given form, one of `FORMATS`."""
    figure = build(picture, look)
    out = io.BytesIO()
    with rc_context(settings(STYLES[look.theme])):
        figure.savefig(out, format=form, metadata=_METADATA[form])
    return out.getvalue()
