"""`actcli eval`."""
from actcli.cli.options import *
from actcli.core.evaluate import evaluate
def run(function: FunctionName, x: Numbers = None, *, parameters: Parameters, source: Input, sink: Output) -> None:
    """Evaluate a function at numbers.

    \b
    actcli eval gelu -1 .5
    """
    c = choose(function, parameters)
    print(c, x, source, sink)
