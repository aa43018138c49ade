"""`actcli info`: everything that is known of a function."""

import json
import sys

from actcli.cli.facts import page
from actcli.cli.functions import FunctionName, Given, choose
from actcli.cli.json_facts import record
from actcli.cli.options import Json
from actcli.render import terminal


def run(function: FunctionName, *, as_json: Json = False, given: Given) -> None:
    """Tell all there is to know about a function.

    Its formula and derivative, parameters, range, kinks and what is given there, limits, the error bound,
    what it is good for and what goes wrong, its names and defaults in the frameworks, and its papers.

    Examples:
      actcli info gelu
      actcli info leaky-relu
      actcli info elu --alpha 2
      actcli info selu --json
      actcli info 'x*tanh(softplus(x))'
    """
    entry, params, _ = choose(function, given)
    if as_json:
        print(json.dumps(record(entry, params), ensure_ascii=False, indent=2))
        return
    terminal.page(sys.stdout, entry.name, page(entry, params), summary=entry.summary)
