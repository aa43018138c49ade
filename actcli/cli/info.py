"""`actcli info`: everything that is known of a function."""

import json
import sys
from typing import Annotated

from typer import Option

from actcli.cli.facts import page
from actcli.cli.functions import FunctionName, Given, choose
from actcli.cli.json_facts import told
from actcli.cli.options import Json
from actcli.errors import UsageError
from actcli.render import terminal


def run(
    function: FunctionName,
    *,
    as_json: Json = False,
    latex: Annotated[bool, Option("--latex", help="f and f′ alone, in LaTeX.")] = False,
    python: Annotated[bool, Option("--python", help="f and f′ alone, as functions of NumPy.")] = False,
    torch: Annotated[bool, Option("--torch", help="f and f′ alone, as functions of PyTorch.")] = False,
    given: Given,
) -> None:
    """Tell all there is to know about a function.

    Its formula and derivative, parameters, range, zeros, extrema, kinks and what is given there, limits, the
    error bound, what it is good for, its pitfalls, its names and defaults in the frameworks, and its papers.

    Examples:
      actcli info gelu
      actcli info leaky-relu
      actcli info elu --alpha 2
      actcli info selu --json
      actcli info 'x*tanh(softplus(x))'
      actcli info 'max(0,x) + a*min(0,x)' --a 0.1
      actcli info gelu_tanh --torch
    """
    forms = {"--json": as_json, "--latex": latex, "--python": python, "--torch": torch}
    asked = [option for option, is_given in forms.items() if is_given]
    if len(asked) > 1:
        raise UsageError(f"{asked[0]} and {asked[1]} do not go together", "give one of them")
    entry, params, _ = choose(function, given, may_lack=latex or python or torch)
    if latex or python or torch:
        from actcli.cli.written import as_latex, as_python, as_torch

        form = as_latex if latex else as_python if python else as_torch
        print(form(entry, params), end="")
        return
    if as_json:
        print(json.dumps(told(entry, params), ensure_ascii=False, indent=2))
    else:
        terminal.page(sys.stdout, entry.name, page(entry, params), summary=entry.summary)
