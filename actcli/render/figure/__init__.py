"""Figures in files, drawn by matplotlib, which nothing else imports."""

from actcli.render.figure.alone import untouched

with untouched():
    from actcli.render.figure.export import encode
    from actcli.render.figure.sheet import build

__all__ = ["build", "encode"]
