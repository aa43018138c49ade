"""The options that say how a picture looks and where it goes, and the way from a picture to its file."""

# Annotations are evaluated here, not kept as text: they are what the options are built from.

import re
import sys
import warnings
from dataclasses import dataclass
from pathlib import PurePath
from typing import Annotated, Any

from typer import Option

from actcli.cli import standard, unread
from actcli.cli.unread import For
from actcli.errors import UsageError, border
from actcli.loading import loading
from actcli.render.records import AxesStyle, Chart, Look, Picture, Theme
from actcli.tables.files import is_same, output

FORMS = ("png", "svg", "pdf")
_PIXELS = 4e8  # of four bytes each
_NO_LETTERS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def _looks(*names: str, **more: Any) -> Any:
    return Option(*names, rich_help_panel="Looks", **more)


@dataclass(frozen=True)
class Looks:
    """How a picture looks."""

    theme: Annotated[Theme, _looks("--style", metavar="STYLE", help="light (default), dark or print.")] = (
        Theme.LIGHT
    )
    size: Annotated[
        str | None, _looks("--size", metavar="WxH", help="Inches: 6.4x4.8 is usual for one chart.")
    ] = None
    dpi: Annotated[
        float,
        _looks("--dpi", min=10, max=2400, metavar="N", help="Dots per inch (150)."),
        For("png: svg and pdf have no dots"),
    ] = 150.0
    form: Annotated[
        str | None,
        _looks("-f", "--format", metavar="FORMAT", help="png, svg or pdf, whatever FILE is called."),
    ] = None
    transparent: Annotated[bool, _looks("--transparent", help="No background.")] = False
    axes: Annotated[
        AxesStyle, _looks("--axes", metavar="AXES", help="origin (default): through it; frame: around.")
    ] = AxesStyle.ORIGIN
    grid: Annotated[bool, _looks("--grid", help="A grid under the curves.")] = False
    title: Annotated[str, _looks("--title", metavar="TEXT", help="The text over the picture.")] = ""
    xlabel: Annotated[str, _looks("--xlabel", metavar="TEXT", help="The text at the x axis (x).")] = "x"
    ylabel: Annotated[str, _looks("--ylabel", metavar="TEXT", help="The text at the y axis.")] = ""

    def look(self, form: str) -> Look:
        """Return the look asked for; of png, svg and pdf, only the first has dots.

        Raises:
            UsageError: the size is not two numbers, or too large.
        """
        size = _size(self.size) if self.size else None
        width, height = size or (16.0, 16.0)
        dpi = self.dpi if form == "png" else 150.0
        if not width * height * dpi**2 <= _PIXELS:
            raise UsageError("a picture of so many dots would fill the memory", "a smaller --size or --dpi")
        return Look(size=size, dpi=dpi, theme=self.theme, transparent=self.transparent)


@dataclass(frozen=True)
class Preview:
    """Whether a picture is shown in the terminal."""

    only: Annotated[bool, Option("--term", help="Show it in the terminal; no file without -o.")] = False
    none: Annotated[bool, Option("--no-preview", help="Write the file, show nothing.")] = False


def deliver(picture: Picture, looks: Looks, preview: Preview, file: str | None, name: str) -> None:
    """Write a picture to its file and show it in the terminal, as asked for.

    Args:
        picture: the picture.
        looks: how it looks, and in which form.
        preview: what was asked for; a terminal without a file named gets both.
        file: the file named, or None.
        name: the file that is written where none was named, without its extension.
    """
    shown = preview.only or (not preview.none and file is None and sys.stdout.isatty())
    chart = picture.rows[0][0]
    if preview.only and not isinstance(chart, Chart):
        raise UsageError("only curves can be shown in the terminal", "-o FILE writes the picture")
    if file or not preview.only:
        path = file or f"{name}.{looks.form or 'png'}"
        form = form_of(path, looks.form)
        look = looks.look(form)
        check(path, *(["-"] if shown else []), form=form)
        unread.refuse()
        save(picture, look, path, form)
    unread.refuse()
    if shown and isinstance(chart, Chart):
        _show(chart, quiet=not preview.only)
    if file is None and not preview.only and sys.stdout.isatty():
        print(f"{name}.{looks.form or 'png'}")


def _show(chart: Chart, *, quiet: bool) -> None:
    from actcli.render.preview import available, preview
    from actcli.render.terminal import wants_colour, width_of

    if quiet and not available():
        return
    print(preview(chart, width=width_of(sys.stdout) or 80, colour=wants_colour(sys.stdout)))


def _size(text: str) -> tuple[float, float]:
    try:
        width, height = (float(part) for part in text.lower().replace("×", "x").split("x"))
    except ValueError:
        raise UsageError(f"--size: {text!r} is not WIDTHxHEIGHT", "in inches, for example 6.4x4.8") from None
    if not (0.5 <= width <= 100 and 0.5 <= height <= 100):
        raise UsageError(f"--size: {text!r} is too small or too large", "in inches, from 0.5 to 100")
    return width, height


def form_of(path: str, form: str | None = None) -> str:
    """Return the form of a picture: the one named, or that of the file's extension, or png on stdout.

    Raises:
        UsageError: there is no such form.
    """
    named = form or ("png" if path == "-" else PurePath(path).suffix.removeprefix("."))
    if named.lower() not in FORMS:
        raise UsageError(f"{form or path}: no picture of that kind", "png, svg or pdf")
    return named.lower()


def check(path: str, *others: str | None, form: str | None = None) -> None:
    """Raise `UsageError` if a picture cannot go to a path, or one of the other outputs goes there too."""
    form_of(path, form)
    if path == "-" and sys.stdout.isatty():
        raise UsageError("a picture is not for a terminal", "-o FILE, pipe it on, or --term for a preview")
    for other in others:
        if is_same(path, other):
            raise UsageError(
                f"the picture and something else both go to {path}", "another file for one of them"
            )


def save(picture: Picture, look: Look, path: str, form: str | None = None) -> None:
    """Write a picture to a file of the form named, or of its extension's, or to stdout for `-`."""
    content = _encoded(picture, look, form_of(path, form))
    with output(path) as out:
        out.write(content)


def clean(text: str) -> str:
    """Return a text without what pictures cannot hold: control characters, and what is no character."""
    return _NO_LETTERS.sub("\ufffd", text)


def _encoded(picture: Picture, look: Look, form: str) -> bytes:
    """Return the content of the file, and tell what matplotlib warns of in a line each."""
    with border("the picture", UsageError), loading():  # matplotlib goes on importing as it draws
        from actcli.render.figure import encode

        with warnings.catch_warnings(record=True) as caught:
            try:
                content = encode(picture, look, form)
            except ValueError as error:
                if "Parse" not in str(error):
                    raise
                reason = str(error).strip().splitlines()[-1]
                raise UsageError(
                    f"a text between dollar signs is no formula: {reason}", r"\$ is a dollar sign"
                ) from None
    for message in dict.fromkeys(str(warning.message) for warning in caught):
        standard.note(message)
    return content
