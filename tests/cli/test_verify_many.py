"""`verify --budget`: files of kernels, what they say wrong, limits made tighter, and what services read."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import time
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from actcli.cli.app import main
from tests.cli.processes import COMMAND, environment

if TYPE_CHECKING:
    from collections.abc import Iterator

KERNELS = """
import time
import numpy as np

def relu(x):
    return np.maximum(x, 0)

def silu(x):
    wide = x.astype(np.float64)
    return np.where(x == -np.inf, -0.0, wide / (1 + np.exp(-wide))).astype(x.dtype)

def leaky(x, negative_slope=0.01):
    return np.where(x > 0, x, (x.astype(np.float64) * negative_slope).astype(x.dtype))

def broken(x):
    raise RuntimeError("<out of &order>")

def slow(x):
    with open("started", "w"):
        pass
    time.sleep(60)
"""

BUDGET = """# What the kernels must hold.

[[kernel]]              # the first
name = "relu forward"
function = "relu"
callable = "many_kernels:relu"
dtype = "float16"
max_ulp = 1   # generous
max_misrounded = 9_999

[[kernel]]
function = "silu"
callable = "many_kernels:silu"
dtype = "float16"
sample = 500
ftz = true
max_abs = 1e2
preset = "torch.testing.assert_close"

[[kernel]]
name = "leaky, steep"
function = "leaky_relu"
params = { negative_slope = 0.25 }
callable = "many_kernels:leaky"
with = { negative_slope = 0.25 }
dtype = "float16"
sample = 500
max_ulp = 0.75
"""


@pytest.fixture(autouse=True)
def budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with kernels and a budget, to work in."""
    (tmp_path / "many_kernels.py").write_text(KERNELS)
    (tmp_path / "budget.toml").write_text(BUDGET)
    monkeypatch.chdir(tmp_path)
    yield tmp_path / "budget.toml"
    __import__("sys").modules.pop("many_kernels", None)


def run(*options: str) -> int:
    return main(["verify", "--budget", "budget.toml", *options])


def rows(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["kernels"]
    return found


def test_all_kernels_of_a_file_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("-f", "json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["schema"] == "actcli.verify.many/1"
    assert report["passed"] is True
    assert {"actcli", "python", "numpy"} <= set(report["versions"])
    relu, silu, leaky = report["kernels"]
    assert [row["kernel"] for row in report["kernels"]] == ["relu forward", "silu", "leaky, steep"]
    assert (relu["function"], relu["dtype"], relu["order"], relu["status"]) == ("relu", "float16", 0, "done")
    assert (relu["correctly_rounded"], relu["max_ulp"], relu["tried"]) == (1.0, 0.0, 65536)
    assert leaky["function"] == "leaky_relu:negative_slope=0.25"
    assert leaky["max_ulp"] <= 0.5
    assert silu["measured"]["max_abs"] == pytest.approx(8.0, rel=1)
    assert 0.9 < silu["correctly_rounded"] <= 1


def test_one_that_breaks_its_limit_is_the_exit_code(budget: Path, capsys: pytest.CaptureFixture[str]) -> None:
    budget.write_text(BUDGET.replace("max_abs = 1e2", "max_abs = 1e-9") + "max_abs = 0\n")
    assert run("-f", "csv") == 1
    told = capsys.readouterr()
    found = list(csv.DictReader(told.out.splitlines()))
    assert [row["status"] for row in found] == ["done", "limit broken", "limit broken"]
    assert "max-abs 1e-09" in found[1]["detail"]
    assert told.err.count("\n") == 1
    assert told.err.startswith("actcli: 2 of 3 kernels do not hold what they must: silu: ")


def test_one_that_raises_does_not_end_the_others(budget: Path, capsys: pytest.CaptureFixture[str]) -> None:
    budget.write_text(BUDGET.replace("many_kernels:relu", "many_kernels:broken"))
    assert run("-f", "json") == 1
    told = capsys.readouterr()
    found = json.loads(told.out)
    assert found["passed"] is False
    assert [row["status"] for row in found["kernels"]] == ["failed", "done", "done"]
    assert found["kernels"][0]["detail"] == "the kernel raised RuntimeError: <out of &order>"
    assert found["kernels"][0]["max_ulp"] is None
    assert "1 of 3 kernels does not hold what it must: relu forward: the kernel raised" in told.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "budget.toml lists no kernels"),
        ("[[kernel]]\nfunction = \n", "budget.toml: no TOML: invalid value (at line 2, column 12)"),
        ('[[kernels]]\nfunction = "relu"', "budget.toml: no key 'kernels' (did you mean 'kernel'?)"),
        (
            '[kernel]\nfunction = "relu"',
            "budget.toml: kernel is no array of tables (write each as [[kernel]])",
        ),
        ("kernel = [1]", "budget.toml: kernel is no array of tables"),
        ('[[kernel]]\n\nname = "a"', "budget.toml:1: kernel 'a' has no function"),
        ('[[kernel]]\nfunction = ""', "budget.toml:2: function is text, not ''"),
        ('[[kernel]]\nname = 3\nfunction = "relu"', "budget.toml:2: name is text, not 3"),
        (
            '[[kernel]]\nfunction = "relu"\nmax-ulp = 1',
            "budget.toml:3: no key 'max-ulp' (did you mean 'max_ulp'?)",
        ),
        (
            '[[kernel]]\nfunction = "relu"\nmax_upl = 1',
            "budget.toml:3: no key 'max_upl' (did you mean 'max_ulp'?)",
        ),
        ('[[kernel]]\nfunction = "relu"\nmax_ulp = "1"', "budget.toml:3: max_ulp is a number, not '1'"),
        ('[[kernel]]\nfunction = "relu"\nmax_ulp = true', "budget.toml:3: max_ulp is a number, not True"),
        ('[[kernel]]\nfunction = "relu"\nmax_ulp = nan', "budget.toml:3: max_ulp is a number, not nan"),
        ('[[kernel]]\nfunction = "relu"\nmax_ulp = -1', "budget.toml:3: max_ulp is at least 0, not -1"),
        (
            '[[kernel]]\nfunction = "relu"\nmax_misrounded = 1.5',
            ":3: max_misrounded is a whole number, not 1.5",
        ),
        ('[[kernel]]\nfunction = "relu"\nftz = 1', "budget.toml:3: ftz is true or false, not 1"),
        ('[[kernel]]\nfunction = "relu"\narrays = "nunpy"', "budget.toml:3: arrays is one of numpy, torch,"),
        ('[[kernel]]\nfunction = "relu"\nwith = "a=1"', "budget.toml:3: with is a table, not 'a=1'"),
        (
            '[[kernel]]\nfunction = "relu"\nwith = { a = [1] }',
            "budget.toml:3: with: a is a number, true, false",
        ),
        ('[[kernel]]\nfunction = "relu"\nparams = [1]', "budget.toml:3: params is a table, not [1]"),
        ('[[kernel]]\nfunction = "relu"\nreport = "x"', "budget.toml:3: no key 'report'"),
        ('[[kernel]]\nfunction = "relu"', "budget.toml:1: nothing to verify"),
        (
            '\n[[kernel]]\nfunction = "rleu"\ncallable = "many_kernels:relu"',
            ":2: no function 'rleu' (did you",
        ),
        (
            '[[kernel]]\nfunction = "relu"\ncallable = "many_kernels:rel"',
            ":1: cannot import many_kernels:rel",
        ),
        ('[[kernel]]\nfunction = "relu"\ncallable = "many_kernels:relu"\ndtype = "f9"', ":1: no dtype 'f9'"),
        (
            '[[kernel]]\nfunction = "elu"\ncallable = "many_kernels:relu"\nparams = { alhpa = 1 }',
            "no parameter",
        ),
        (
            '[[kernel]]\nfunction = "relu"\ncallable = "many_kernels:relu"\ndirect = true',
            "budget.toml:1: direct is not used here",
        ),
        (
            '[[kernel]]\nfunction = "relu"\ncallable = "many_kernels:relu"\norder = 1',
            "budget.toml:1: numpy has no autograd",
        ),
        (
            BUDGET.replace('"leaky, steep"', '"relu forward"'),
            ":21: 'relu forward' is the name of another kernel",
        ),
    ],
)
def test_a_bad_file_is_told_with_its_line(
    budget: Path, text: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    budget.write_text(text)
    assert run() == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert message in told.err
    assert told.err.count("\n") == 1


def test_files_that_are_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--budget", "none.toml"]) == 3
    assert "none.toml: no such file" in capsys.readouterr().err
    (tmp_path / "latin.toml").write_bytes(b"# \xe9\n")
    assert main(["verify", "--budget", "latin.toml"]) == 2
    assert "latin.toml: no text in UTF-8" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--callable", "many_kernels:relu"], "--callable is not used here"),
        (["--max-ulp", "1"], "--max-ulp is not used here"),
        (["--dtype", "float16"], "--dtype is not used here"),
        (["--hex"], "--hex is not used here"),
        (["--framework", "torch"], "--budget and --framework do not go together"),
        (["relu"], "--budget"),
        (["-o", "one.xml", "-f", "json", "--junit", "one.xml"], "--junit one.xml: the report goes there"),
        (["--junit", "-"], "--junit -: the report goes there"),
        (["-f", "npy"], "a report on many kernels cannot be 'npy'"),
    ],
)
def test_what_a_budget_has_no_use_for_is_refused(
    options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*options) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("given", [["relu", "--callable", "many_kernels:relu"], ["--framework", "torch"]])
def test_a_ratchet_without_a_budget_is_refused(given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", *given, "--ratchet"]) == 2
    assert "--ratchet is not used here (it is for --budget)" in capsys.readouterr().err


def test_a_ratchet_tightens_and_keeps_the_rest(budget: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--ratchet", "-f", "json") == 0
    told = capsys.readouterr()
    silu, leaky = json.loads(told.out)["kernels"][1:]
    assert "budget.toml: 4 limits are tighter" in told.err
    old, new = BUDGET.splitlines(), budget.read_text().splitlines()
    changed = {i for i, line in enumerate(new) if line != old[i]}
    assert changed == {7, 8, 16, 27}
    assert new[7] == "max_ulp = 0   # generous"
    assert new[8] == "max_misrounded = 0"
    limits = tomllib.loads(budget.read_text())["kernel"]
    assert silu["measured"]["max_abs"] <= limits[1]["max_abs"] < 1.001 * silu["measured"]["max_abs"]
    assert leaky["measured"]["max_ulp"] == limits[2]["max_ulp"] == 0.5
    assert run("--ratchet", "-q") == 0, "what was measured holds"
    assert budget.read_text().splitlines() == new, "and nothing is left to tighten"


def test_a_ratchet_leaves_what_is_broken(budget: Path) -> None:
    text = BUDGET.replace("max_abs = 1e2", "max_abs = 1e-9\nmax_ulp = 1e9")
    budget.write_text(text)
    assert run("--ratchet") == 1
    new = budget.read_text()
    assert "max_abs = 1e-9\nmax_ulp = 1e9" in new
    assert "max_ulp = 0   # generous" in new


def test_a_ratchet_without_a_place_to_write_is_an_error(
    budget: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    budget.write_text(
        'kernel = [{ function = "relu", callable = "many_kernels:relu", dtype = "float16", max_ulp = 1 }]'
    )
    before = budget.read_bytes()
    assert run("--ratchet") == 2
    assert "max_ulp of table 1 cannot be found in the text" in capsys.readouterr().err
    assert budget.read_bytes() == before


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_cannot_be_written_stays(budget: Path) -> None:
    budget.chmod(0o400)
    assert run("--ratchet") == 3
    assert budget.read_text() == BUDGET


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_ratchet_that_is_interrupted_changes_nothing(budget: Path, sent: signal.Signals) -> None:
    budget.write_text(
        BUDGET + BUDGET.replace("forward", "slow").replace("steep", "slow").replace(":relu", ":slow")
    )
    before = budget.read_bytes()
    command = [*COMMAND, "verify", "--budget", "budget.toml", "--ratchet"]
    process = subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 60
        while not Path("started").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(sent)
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == (130 if sent == signal.SIGINT else -signal.SIGTERM)
    assert err == b""
    assert budget.read_bytes() == before
    assert sorted(path.name for path in budget.parent.iterdir() if path.name != "__pycache__") == [
        "budget.toml",
        "many_kernels.py",
        "started",
    ]


def test_a_file_that_changed_meanwhile_is_not_overwritten(
    budget: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    budget.with_name("many_kernels.py").write_text(
        KERNELS
        + '\ndef meddling(x):\n    with open("budget.toml", "a") as file:\n        file.write("# mine\\n")\n'
        + "    return relu(x)\n"
    )
    budget.write_text(BUDGET.replace(":relu", ":meddling"))
    assert run("--ratchet") == 3
    assert "budget.toml was changed while the kernels ran" in capsys.readouterr().err
    assert budget.read_text().startswith(BUDGET.replace(":relu", ":meddling") + "# mine\n")


HOSTILE = 'a<b & "c"]]>\\u0000\\u001b[31m\\u202e\\ufffe|<script>alert(1)</script>'


def test_junit_is_xml_whatever_the_names_are(budget: Path) -> None:
    budget.write_text(BUDGET.replace("relu forward", HOSTILE.replace('"', '\\"')).replace(":silu", ":broken"))
    assert run("--junit", "junit.xml", "-q") == 1
    (suite,) = ET.parse("junit.xml").getroot()
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["3", "0", "1", "0"]
    first, second, third = suite
    name = first.get("name") or ""
    assert name.startswith('a<b & "c"]]>\\x00\\x1b[31m\\u202e')
    assert "<script>" in name
    (error,) = second
    assert error.tag == "error"
    assert error.get("message") == error.text == "the kernel raised RuntimeError: <out of &order>"
    assert len(first) == len(third) == 0
    assert float(first.get("time") or -1) >= 0


def test_junit_of_a_single_kernel() -> None:
    given = ["verify", "silu", "--callable", "many_kernels:silu", "--dtype", "float16", "--junit", "one.xml"]
    assert main([*given, "--max-abs", "1e9"]) == 0
    (suite,) = ET.parse("one.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("1", "0")
    assert main([*given, "--max-abs", "0"]) == 1
    ((case,),) = ET.parse("one.xml").getroot()
    assert case.get("name") == "many_kernels:silu silu float16"
    assert "--max-abs 0" in (case[0].text or "")
    given[3] = "many_kernels:broken"
    assert main(given) == 1
    ((case,),) = ET.parse("one.xml").getroot()
    assert case[0].get("message") == "the kernel raised RuntimeError: <out of &order>"


TAGS = {
    "html", "head", "meta", "title", "style", "body", "h1", "table", "thead", "tbody", "tr", "th", "td", "p",
}  # fmt: skip


class _Page(HTMLParser):
    """What a page of HTML is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.cells: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "td":
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        if self.cells:
            self.cells[-1] += data


def test_the_page_is_one_file_without_a_script(budget: Path) -> None:
    budget.write_text(BUDGET.replace("relu forward", HOSTILE.replace('"', '\\"')))
    assert run("-o", "report.html") == 0
    text = Path("report.html").read_text("utf-8")
    page = _Page(text)
    assert set(page.tags) <= TAGS
    assert page.tags.count("tr") == 4
    assert not {name for name, _ in page.attributes} & {"src", "href", "onclick", "style"}
    assert "://" not in text
    assert page.cells[0].startswith('a<b & "c"]]>\\x00\\x1b[31m\\u202e')
    assert "prefers-color-scheme" in text or "color-scheme: light dark" in text
    assert 'class="best right">100 %' in text


def test_markdown_keeps_its_columns(budget: Path) -> None:
    budget.write_text(BUDGET.replace("relu forward", HOSTILE.replace('"', '\\"')))
    assert run("-o", "report.md") == 0
    lines = Path("report.md").read_text("utf-8").splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert len(table) == 5
    assert {line.replace("\\|", "").count("|") for line in table} == {11}


def test_the_table_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0].split()[:3] == ["kernel", "function", "dtype"]
    assert "leaky_relu:negative_slope=0.25" in out
    assert out.count("100 %") >= 1
    assert "done" in out
