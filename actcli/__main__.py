"""`python -m actcli`."""

from actcli.cli import program

program()
