"""Pictures in files: drawn by matplotlib, which nothing else imports."""

from actcli.render.figure.sheet import build
from actcli.render.figure.writing import encode

__all__ = ["build", "encode"]
