"""Every option of every command: what is given changes what comes out, or is a usage error."""

from __future__ import annotations

import pickle
import re
import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest
from typer.core import TyperOption

from actcli.cli import drawing
from actcli.cli.app import COMMANDS, load, main
from actcli.cli.functions import Given, Parameters, choose
from actcli.cli.helptext import PARAMETERS
from actcli.core import registry
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

BASES = {
    "eval": [
        "eval elu 0.123456789 -1",
        "eval elu -i t.csv",
        "eval elu -i t.json",
        "eval elu --range 0.123456789:3:3",
        "eval elu -0.3 --digits 20",
        "eval elu -1 -f npy",
        "eval softmax 1 2",
        "eval softmax -i t.csv",
        "eval maxout .123456789 .02",
        "eval x^2 .123456789",
    ],
    "grad": [
        "grad relu 0.123456789 0",
        "grad relu -i t.csv",
        "grad elu -1 --wrt alpha",
        "grad sigmoid .3142 --from-output",
        "grad relu 0 .123456789 --digits 20",
        "grad relu 0 .123456789 --order 2",
        "grad softmax .1 2",
        "grad softmax .1 2 --digits 20",
    ],
    "softmax": [
        "softmax 0.123456789 1",
        "softmax -i t.csv",
        "softmax 1 2 --steps",
        "softmax 1 2 --log",
        "softmax 1 2 --jacobian",
        "softmax 1 2 --target 0",
        "softmax 1 2 --plot b.svg",
        "softmax 1 2 --plot b.svg --temperature 1,2",
    ],
    "compare": [
        "compare relu",
        "compare relu elu 0 .123456789",
        "compare relu --range -1.1:1:3",
        "compare relu -i t.csv",
        "compare relu elu --grad",
        "compare relu --depth 2",
        "compare relu --properties",
        "compare relu elu --distance",
        "compare relu elu --distance --grad",
        "compare relu elu --plot p.svg",
        "compare relu elu --plot p.svg --in-ulp",
        "compare relu elu --plot p.svg --depth 2",
        "compare relu elu 0 .123456789 --plot p.svg",
    ],
    "plot": [
        "plot relu -o p.png",
        "plot relu -o p.svg",
        "plot relu elu -o p.png",
        "plot relu elu -o p.png --layout rows",
        "plot relu elu -o p.png --layout grid",
        "plot elu --alpha .5,2 -o p.png",
        "plot relu -o p.png --no-derivative",
        "plot relu -o p.png --points t.csv",
        "plot softmax -o p.png",
        "plot glu -o p.png",
        "plot maxout --piece 1,0 --piece 2,1 -o p.png",
        "plot relu --term",
        "plot relu",
    ],
    "verify": [
        "verify elu --callable my_kernels_of_options:elu --dtype float16 --sample 400",
        "verify elu --command ./elu --dtype float16",
        "verify elu -i t.csv --output-column b",
        "verify elu --write-inputs inputs.bin --dtype float16",
        "verify elu -i x.npy --output y.npy",
    ],
    "list": ["list elu", "list"],
    "info": ["info elu", "info elu --json", "info elu --torch", "info 'a*x' --a 2"],
}
"""Command lines to which every other option of the command is added."""

VALUES = {
    "--input": "u.csv", "--output": "out.csv", "--report": "out.json", "--range": "2:3:4", "--column": "b",
    "--from": "tsv", "--on-error": "nan", "--format": "json", "--precision": "3", "--dtype": "float32",
    "--digits": "5", "--order": "2", "--wrt": "alpha", "--kink": "right", "--defs": "d.txt",
    "--temperature": "2", "--target": "1", "--plot": "q.svg", "--saturation": "0.4", "--depth": "3",
    "--max-abs": "1e-9", "--max-rel": "1e-9", "--max-ulp": "1", "--max-misrounded": "1", "--mark": "kinks",
    "--layout": "rows", "--piece": "1,1", "--points": "t.csv", "--style": "dark", "--size": "3x3",
    "--dpi": "50", "--axes": "frame", "--title": "T", "--xlabel": "X", "--ylabel": "Y",
    "--callable": "my_kernels_of_options:elu", "--output-column": "a", "--arrays": "scalar",
    "--with": "factor=2", "--sample": "30", "--seed": "1", "--preset": "torch.testing.assert_close",
    "--lib": "my_library.so:elu", "--command": "./elu", "--onnx": "my_model.onnx", "--device": "cpu",
    "--block": "7", "--repeat": "3", "--write-inputs": "inputs.npy",
    "--kind": "vector", "--framework": "torch", "--decimals": "2", "--decimal": ",",
}  # fmt: skip
"""A value for every option that takes one, none of them its default."""

ALWAYS = {
    "--defs": "a file of definitions may define what is not called",
    "--quiet": "less on stderr, where nothing is",
    "--on-error": "no cell here is bad",
    "--decimal": "a number may have no decimal mark",
    "--no-preview": "there is no terminal to show a picture in",
    "--header": "as it would be detected",
    "--fast": "plain doubles may give the same numbers",
    "--max-ulp": "a limit that holds",
    "--max-abs": "a limit that holds",
    "--max-rel": "a limit that holds",
    "--max-misrounded": "a limit that holds",
    "--preset": "a limit that holds",
    "--ftz": "no result is subnormal",
    "--traceback": "the kernel raises nothing",
    "--block": "an honest kernel returns the same in blocks",
    "--repeat": "an honest kernel returns the same again",
}
"""Options that may change nothing, since what they are about does not occur."""

SAME = {
    ("eval maxout .123456789 .02", "--only-results"): "a result of another length stands alone in any case",
    ("eval elu -1 -f npy", "--only-results"): "an array holds results alone in any case",
}
"""The other options that change nothing on a command line, and why."""


class Outcome(NamedTuple):
    """What a command line leaves."""

    status: int
    out: str
    errors: str
    files: dict[str, bytes]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder with input of every kind; pictures are written as what is to be drawn."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    Path("t.csv").write_text("a,b\n-1.5,-0.75\n0,0.123456789\n")
    Path("u.csv").write_text("a,b\n3,4\n")
    Path("t.json").write_text('[{"a": -0.1, "b": 2}, {"a": 3, "b": 4}]')
    Path("d.txt").write_text("mine(x) = 2x\n")
    np.save("x.npy", np.array([-1.1, 2.0]))
    np.save("y.npy", np.array([-0.66, 2.0]))
    Path("my_kernels_of_options.py").write_text(
        "import numpy as np\n"
        "def elu(x, factor=1):\n"
        "    return factor * np.where(x > 0, x, np.expm1(np.minimum(x, 0)))\n"
    )
    Path("elu").write_text(
        f"#!{sys.executable}\n"
        "import sys\n"
        "import numpy as np\n"
        "from my_kernels_of_options import elu\n"
        "x = np.frombuffer(sys.stdin.buffer.read(), np.float16)\n"
        "sys.stdout.buffer.write(elu(x).astype(x.dtype).tobytes())\n"
    )
    Path("elu").chmod(0o755)
    monkeypatch.setattr(drawing, "_encoded", lambda *drawn: pickle.dumps(drawn))
    with Path("/dev/null").open() as nothing:
        monkeypatch.setattr("sys.stdin", nothing)
        yield


def run(line: list[str], capfd: pytest.CaptureFixture[str]) -> Outcome:
    """Run a command line in the folder, and take away what it wrote."""
    before = set(Path().iterdir())
    status = main(line)
    out, errors = capfd.readouterr()
    made = {path.name: path for path in set(Path().iterdir()) - before if path.is_file()}
    files = {name: path.read_bytes() for name, path in made.items()}
    for path in made.values():
        path.unlink()
    return Outcome(status, out, errors, files)


def options(command: str) -> dict[str, list[str]]:
    """Return every option of a command with the words that give it, by its longest name."""
    found = {}
    for param in load(command).params:
        if isinstance(param, TyperOption) and not param.hidden:
            for name in (max(param.opts, key=len), *param.secondary_opts):
                value = "y.npy" if (command, name) == ("verify", "--output") else VALUES.get(name, "")
                found[name] = [name] if param.is_flag else [name, value]
    return found


@pytest.mark.parametrize(
    ("command", "base"), [(name, base) for name, bases in BASES.items() for base in bases]
)
def test_an_option_that_is_given_is_used_or_refused(
    command: str, base: str, capfd: pytest.CaptureFixture[str]
) -> None:
    words = [word.strip("'") for word in base.split(" ")]
    plain = run(words, capfd)
    assert plain.status in (0, 1), plain.errors
    idle = []
    for name, given in options(command).items():
        if name in words or (base, name) in SAME or name in ALWAYS:
            continue
        found = run([*words, *given], capfd)
        assert found.status in (0, 1, 2), (given, found.errors)
        if found.status == 2:
            assert (found.out, found.files) == ("", {}), given
            assert "internal" not in found.errors
        elif found == plain:
            idle.append(name)
    assert not idle


@pytest.mark.parametrize("command", BASES)
def test_an_option_alone_is_no_crash(command: str, capfd: pytest.CaptureFixture[str]) -> None:
    for given in options(command).values():
        found = run([command, *given], capfd)
        assert "internal" not in found.errors
        assert found.status in (0, 2, 3)


def test_no_command_has_two_options_of_one_name() -> None:
    for name in COMMANDS:
        options = [option for param in load(name).params for option in (*param.opts, *param.secondary_opts)]
        assert len(options) == len(set(options)), name


def test_an_option_that_a_function_has_too_is_never_taken_for_the_commands_own() -> None:
    """Where a command takes functions, what is its own and a parameter of one is asked about."""
    for name in COMMANDS:
        command = load(name)
        if not any(PARAMETERS in param.opts for param in command.params):
            continue
        own = {option: param for param in command.params for option in param.opts}
        for entry in map(registry.get, registry.names()):
            for param in entry.params:
                if param.option in own and param.option != "--help":
                    value = [] if getattr(own[param.option], "is_flag", False) else ["1"]
                    with command.make_context(name, [entry.name, param.option, *value]) as ctx:
                        given: Any = next(v for v in ctx.params.values() if isinstance(v, Parameters))
                    both = Given(parameters=given)
                    with pytest.raises(UsageError, match=f"{param.option} is an option here, and"):
                        choose(entry.name, both)
                    assert choose(f"{entry.name}:{param.name}={param.default:g}", both)


SIGNED = {"--zero-point", "--in-zero-point", "--axis"}
"""Options that may be negative."""


@pytest.mark.parametrize("command", BASES)
def test_a_wrong_value_is_told_with_what_is_right(command: str, capfd: pytest.CaptureFixture[str]) -> None:
    told = "is not a (whole )?number( from [0-9]+ to [0-9,]+| of at least 0)?|is not .+ or .+"
    words = BASES[command][0].split(" ")
    for param in load(command).params:
        kind: Any = param.type_descriptor.annotation  # type: ignore[attr-defined]
        if isinstance(param, TyperOption) and (kind in (int, float) or issubclass(kind, Enum)):
            name = param.opts[-1]
            for value in ("abc", "-1")[: 1 if name in SIGNED else 2]:
                found = run([*words, f"{name}={value}"], capfd)
                assert found.status == 2
                assert re.match(rf"actcli: {name}: '{value}' ({told})", found.errors), found.errors


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("grad relu 1 --order 3", "--order: '3' is not a whole number from 1 to 2"),
        ("eval relu 1 --digits 0", "--digits: '0' is not a whole number from 1 to 1,000,000"),
        ("compare relu elu --max-abs -1", "--max-abs: '-1' is not a number of at least 0"),
        ("eval relu 1 --on-error zz", "--on-error: 'zz' is not fail, nan or skip"),
        ("plot relu --layout row", "--layout: 'row' is not overlay, rows or grid (did you mean 'rows'?)"),
        ("grad relu 1 --order", "--order needs a value (actcli grad --help tells more)"),
        ("eval relu -i", "-i needs a value (actcli eval --help tells more)"),
        ("eval relu 1 --fast=3", "--fast takes no value (actcli eval --help tells more)"),
        ("eval", "no FUNCTION given (actcli eval --help tells more)"),
        ("eval relu 1 --no-header", "--no-header is not used here (it is for tables"),
        ("eval relu 1 --header", "--header is not used here (it is for tables"),
        ("eval relu 1 -c a", "-c is not used here (it is for tables"),
        ("eval relu 1 --column=a", "--column is not used here (it is for tables"),
        ("eval relu -i t.json --no-header", "--no-header is not used with json"),
        ("eval relu -i t.csv -c 0", "no column '0' (they count from 1: a, b)"),
        ("eval relu -i t.csv -c -1", "no column '-1' (they count from 1: a, b)"),
        ("eval relu -i t.csv -c 3", "no column '3' (the columns are a, b)"),
    ],
)
def test_a_wrong_option_is_told_in_our_words_as_it_was_typed(
    line: str, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    found = run(line.split(" "), capfd)
    assert found.status == 2
    assert found.errors.startswith(f"actcli: {said}")
    assert found.errors.count("\n") == 1
