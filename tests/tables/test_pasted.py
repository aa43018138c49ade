"""Arrays as people copy them: what is read, and what is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from actcli.errors import DataError
from actcli.tables.pasted import array, vector
from actcli.tables.reading import read
from actcli.tables.source import Reading

if TYPE_CHECKING:
    from pathlib import Path

VECTORS = [
    ("tensor([-0.2677, -0.0060,  1.2000])", [-0.2677, -0.006, 1.2]),
    ("tensor([1., 2.], device='cuda:0', dtype=torch.float16, grad_fn=<AddBackward0>)", [1, 2]),
    ("tensor([1., 2.], grad_fn=<MulBackward0 object at 0x7f2b>, requires_grad=True)", [1, 2]),
    ("Parameter containing:\ntensor([0.5, -1.], requires_grad=True)", [0.5, -1]),
    ("torch.tensor([1, -2.5e-3,\n              3.])", [1, -2.5e-3, 3]),
    ("array([1., 2.], dtype=float32)", [1, 2]),
    ("np.array([1, 2], np.float32)", [1, 2]),
    ("[1. 2. 3.]", [1, 2, 3]),
    ("[ 1.00000000e+00 -2.50000000e-01\n  3.00000000e+00]", [1, -0.25, 3]),
    ("[np.float64(1.5), np.float64(-2.0)]", [1.5, -2]),
    ("[Decimal('0.5'), Decimal('2')]", [0.5, 2]),
    ("array('d', [1.0, 2.0])", [1, 2]),
    ("Array([1., 2., 3.], dtype=float32, weak_type=True)", [1, 2, 3]),
    ("tf.Tensor([1. 2. 3.], shape=(3,), dtype=float32)", [1, 2, 3]),
    ("<tf.Tensor: shape=(2,), dtype=float32, numpy=array([1., 2.], dtype=float32)>", [1, 2]),
    ("Tensor(shape=[2], dtype=float32, place=Place(cpu), stop_gradient=True,\n       [1., 2.])", [1, 2]),
    ("\n[1. 2. 3.]\n<NDArray 3 @cpu(0)>", [1, 2, 3]),
    ("[tensor(0.5), tensor(0.25)]", [0.5, 0.25]),
    ("(1.0, -2.0)", [1, -2]),
    ("(1.0,)", [1]),
    ("{1.0, -2.0}", [1, -2]),
    ("[1, 2, 3]", [1, 2, 3]),
    ("[1, 2, 3,]", [1, 2, 3]),
    ("logits: [1.0, 2.0, 3.0]", [1, 2, 3]),
    ("logits = [1.0, 2.0]", [1, 2]),
    ('"logits": [1.0, 2.0],', [1, 2]),
    ("logits tensor([1., 2.])", [1, 2]),
    ("logits: 1.0, 2.0", [1, 2]),
    ("x = 1.0, -2.0;", [1, -2]),
    ("'[1.0, 2.0]'", [1, 2]),
    ("# scores\n[1, 2]\n", [1, 2]),
    ("x=tensor([1.])", [1]),
    ("double x[] = {1.0, -2.0};", [1, -2]),
    ("const float w[] = {\n  1.0f, /* a */ 2.0f\n};", [1, 2]),
    ("new[] {1.0, 2.0}", [1, 2]),
    ("Float32Array(3) [ 1, 2, 3 ]", [1, 2, 3]),
    ("(3) [1, 2, 3]", [1, 2, 3]),
    ("floatArrayOf(1.0f, 2.0f)", [1, 2]),
    ("shape: (2,)\nSeries: 'x' [f64]\n[\n\t1.0\n\t2.0\n]", [1, 2]),
    ("c(a = 0.5, b = 1.2)", [0.5, 1.2]),
    ("[np.inf, -np.inf, float('inf')]", [np.inf, -np.inf, np.inf]),
    ("[1.0; 2.0]", [1, 2]),
    ("float w[3] = {1.0f, -2.5F, 3.f};", [1, -2.5, 3]),
    ("std::vector<float> v{1.0f, 2.0f};", [1, 2]),
    ("double[] x = new double[] {1.0, 2.0};", [1, 2]),
    ("x := []float64{1, 2}", [1, 2]),
    ("let v = vec![1.0_f32, 2.0];", [1, 2]),
    ("const x = [1, 2]; // scores", [1, 2]),
    ("x <- c(1, 2L, 3)", [1, 2, 3]),
    ("[1] -0.5  0.3  1.2", [-0.5, 0.3, 1.2]),
    (" [1] 1 2 3\n [4] 4 5 6\n [7] 7\n", [1, 2, 3, 4, 5, 6, 7]),
    ("[1] 5", [5]),
    ("[1]", [1]),
    ("3-element Vector{Float64}:\n -0.5\n  0.3\n  1.2", [-0.5, 0.3, 1.2]),
    ("3×1 Matrix{Float64}:\n 1.0\n 2.0\n 3.0", [1, 2, 3]),
    ("1×3 adjoint(::Vector{Float64}) with eltype Float64:\n 1.0  2.0  3.0", [1, 2, 3]),
    ("Float32[1.0, 2.0f-3]", [1, 2e-3]),
    ("[1; 2; 3]", [1, 2, 3]),
    ("x =\n\n     1     2     3\n\n", [1, 2, 3]),
    ("x =\n\n  1×3 single row vector\n\n   1   2   3\n", [1, 2, 3]),
    ("x =\n\n   1.0e+03 *\n\n    1.0010    0.0020\n", [1001, 2]),
    ("{1., 2.5*^-3}", [1, 2.5e-3]),
    (">>> logits\ntensor([1., 2.])", [1, 2]),
    ("In [3]: x\nOut[3]: array([1, 2])", [1, 2]),
    (">>> [1, 2]", [1, 2]),
    ("> x\n[1] 1 2", [1, 2]),
    ("In [2]: torch.rand(2)\n   ...: \nOut[2]: tensor([0.5, 0.25])", [0.5, 0.25]),
    ("tensor([1., inf, -inf])", [1, np.inf, -np.inf]),
    ("tensor(1.5, grad_fn=<NllLossBackward0>)", [1.5]),
    ("np.float32(1.5)", [1.5]),
    ("Any[1, 2.5]", [1, 2.5]),
    ('"[1.0, 2.0]"', [1, 2]),
    ("['1.0', '-2.0']", [1, -2]),
    ("x = 1.0, -2.0, 3.5", [1, -2, 3.5]),
    ("x=1.0 -2.0 3.5", [1, -2, 3.5]),
    ("List(1.0, 2.0)", [1, 2]),
    ("tf.constant([1.0, -2.0])", [1, -2]),
    ("$1 = {1, -2, 3.5}", [1, -2, 3.5]),
    ("Float64[1.0, -Inf32]", [1, -np.inf]),
    ("let v: Vec<f32> = vec![1.0, 2.0];", [1, 2]),
    ("let v: [f32; 2] = [1.0, 2.0];", [1, 2]),
    ("v: list[float] = [1.0, 2.0]", [1, 2]),
    ("$$\\begin{bmatrix} 1 \\\\ 2 \\end{bmatrix}$$", [1, 2]),
    ("\\begin{pmatrix} 1 & -2 & 3 \\end{pmatrix}", [1, -2, 3]),
    (str(np.arange(40.0)), [*range(40)]),
    ("[ 0.1  0.2  0.3\n  0.4  0.5 -0.6]", [0.1, 0.2, 0.3, 0.4, 0.5, -0.6]),
    ("[" + " 1.00000000e+00 2.00000000e+00 3.00000000e+00 4.00000000e+00\n" * 2 + "]", [1, 2, 3, 4] * 2),
    ("# scores\n\ntensor([1., 2.])", [1, 2]),
]
TABLES = [
    "tensor([[1., 2.],\n        [3., 4.]], device='cuda:0')",
    "[[1. 2.]\n [3. 4.]]",
    "[[1, 2], [3, 4]]",
    "[1 2; 3 4]",
    "x = [1, 2; 3, 4];",
    "{{1., 2.}, {3., 4.}}",
    "2×2 Matrix{Float64}:\n 1.0  2.0\n 3.0  4.0",
    "x =\n\n    1.0000    2.0000\n    3.0000    4.0000\n",
    "     [,1] [,2]\n[1,]    1    2\n[2,]    3    4",
    "     [,1]\n[1,]    1\n[2,]    3\n     [,2]\n[1,]    2\n[2,]    4",
    "[tensor([1., 2.]), tensor([3., 4.])]",
    "tensor([1., 2.])\ntensor([3., 4.])",
    "[1, 2]\n[3, 4]",
    "logits: [1, 2]\nlogits: [3, 4]",
    "tensor([[[1, 2]], [[3, 4]]])",
    "tf.Tensor(\n[[1. 2.]\n [3. 4.]], shape=(2, 2), dtype=float32)",
    "vec![[1.0, 2.0], [3.0, 4.0]]",
    "logits: 1, 2\nlogits: 3, 4",
    "A = [\n 1 2\n 3 4\n];",
    "A = [1, 2\n 3, 4]",
    "A = [1, 2;\n 3, 4]",
    "[1 2;\n 3 4;]",
    "\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}",
    "\\begin{matrix}\n1 & 2 \\\\\n3 & 4 \\\\\n\\end{matrix}",
]
REFUSED = [
    ("[1. 2. ... 3.]", 1, "cut short"),
    ("tensor([[ 0.1,  0.2],\n        ...,\n        [ 0.3,  0.4]])", 2, "cut short"),
    ("4-element Vector{Float64}:\n 1.0\n ⋮\n 4.0", 3, "'⋮'"),
    ("[1] 1 2 3\n[7] 4", 2, "[7] after 3 numbers"),
    ("3-element Vector{Float64}:\n 1.0\n 2.0", 1, "2 numbers follow"),
    ("[1 2]\n[3 4 5]", 1, "different lengths"),
    ("[1,2]\n3", 2, "without brackets"),
    ("tensor([[1, 2],\n [3]])", 1, "different lengths"),
    ("tensor([True, False])", 1, "'True'"),
    ("[1+2j, 3]", 1, "'+2j'"),
    ("[0.5,\n abc]", 2, "'abc'"),
    ("[1.0, 2.0e]", 1, "'2.0e'"),
    ("[1,,2]", 1, "','"),
    ("[[1,2", 1, "does not end"),
    ("tensor([])", 1, "no number"),
    ("tensor([1, 2]) + 1", 1, "'+'"),
    ("{'logits': tensor([1., 2.])}", 1, "'\"'\"'"),
    ("masked_array(data=[1.0, --, 3.0],\n             mask=[False, True, False])", 1, "'data'"),
    ("(1.50),(2.00)", 1, "negative"),
    ("step 1 logits: tensor([1.0])", 1, "'step'"),
    ("[INFO] logits: [1.0, 2.0]", 1, "'INFO'"),
    ("loss: 0.25, acc: 0.9", 1, "'acc'"),
    ("ShapedArray(float32[3])", 1, "'float32'"),
    ("structure(c(1, 2), dim = c(2L, 1L))", 1, "'structure'"),
    ("tensor([1., 2.])\ntorch.Size([2])", 2, "'torch.Size'"),
    ("tensor(indices=tensor([[0]]), values=tensor([1.]), size=(3,))", 1, "'indices'"),
    ("a = [1, 2]\nb = [3, 4]", 1, "different names"),
    ("x =\n\n  Columns 1 through 8\n\n 1 2\n", 3, "'Columns'"),
    ("[" * 100, 1, "brackets in brackets"),
    ("A = [1 2\n 3 4];", 1, "rows, or one vector"),
    ("[1 2\n3 4]", 1, "rows, or one vector"),
    ("[\n 1 2 3\n 4 5\n]", 1, "different lengths"),
    ("[1, 2, 3\n 4, 5]", 1, "different lengths"),
    ("[1 2; 3 4\n 5 6 7]", 1, "different lengths"),
    ("[1-2, 3]", 1, "'-2'"),
    ("[1 000, 2 000]", 1, "blanks and commas"),
    ("torch.Tensor(2, 3)", 1, "2 values in one call"),
    ("torch.FloatTensor(3)", 1, "may be a size"),
    ("matrix(1, 2, 3)", 1, "3 values in one call"),
    ("std::vector<float>(3, 1.0)", 1, "2 values in one call"),
    ("[0.1, 0.2],3\n[0.3, 0.4],5", 1, "without brackets"),
]
OTHERS = [
    "1,2,3", "a,b\n1,2", "x[0],x[1]\n1,2", "f(1),f(2)\n1,2", "p (mV),q\n1,2", "[a],[b]\n1,2", "(n=5),b\n1,2",
    '{"a": 1}', '[{"x": 1}]', "[]", "[null]", '["a"]', "linspace(-5,5,11)", "dataset(1, 2)", "-1.5\n2", "",
    "Unnamed: 0,a,b\n0,1,2", "Unnamed: 0.1,Unnamed: 0,a\n0,0,1", "layer: 1,layer: 2\n0.5,1", "> 5\t1\n3\t4",
    "seq(1, 10, 2)", "range(0, 3)", "linspace(0, 1, 5)", "rep(0.5, 3)", "f(1, 2)", "a: 1.0\nb: 2.0", "# a\n",
]  # fmt: skip


@pytest.mark.parametrize(("text", "due"), VECTORS, ids=lambda value: str(value)[:24])
def test_a_vector_is_read_from_what_people_copy(tmp_path: Path, text: str, due: list[float]) -> None:
    (tmp_path / "t").write_text(text)
    rows = read(Reading(paths=(str(tmp_path / "t"),)))
    (chunk,) = list(rows)
    assert rows.vector
    assert rows.names == ("x",)
    assert chunk.numbers[:, 0].tolist() == due


@pytest.mark.parametrize("text", TABLES)
def test_rows_are_read_from_what_people_copy(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    rows = read(Reading(paths=(str(tmp_path / "t.csv"),)))
    (chunk,) = list(rows)
    assert not rows.vector
    assert rows.names == ("c1", "c2")
    assert chunk.numbers.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(("text", "line", "said"), REFUSED, ids=lambda value: str(value)[:24])
def test_what_is_not_plainly_an_array_is_refused(tmp_path: Path, text: str, line: int, said: str) -> None:
    (tmp_path / "t").write_text(text)
    with pytest.raises(DataError, match=re.escape(f"t:{line}: ")) as caught:
        read(Reading(paths=(str(tmp_path / "t"),)))
    assert said.replace("'\"'\"'", '"\'"') in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("text", OTHERS)
def test_tables_and_json_are_no_arrays(text: str) -> None:
    assert array(text) is None


def test_a_bad_number_is_told_with_its_line_and_may_be_passed_over(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("tensor([[1, 2],\n        [1e999, 4]])")
    with pytest.raises(DataError, match="t:2: column 'c1': '1e999' is too large"):
        list(read(Reading(paths=(str(tmp_path / "t"),))))


def test_the_vector_of_a_cell_keeps_its_digits() -> None:
    assert vector(" [0.1, -2.50] ") == ["0.1", "-2.50"]
    assert vector("array([1. 2.], dtype=float32)") == ["1.", "2."]
    assert vector("[]") == []
    for text in ("1, 2", "[1, ...]", "[[1, 2]]", "[1, x]", "(1.5)", "abc", "", "[1", "[1] 2"):
        assert vector(text) is None


@pytest.mark.parametrize("piece", ["a", "a ", "a.b", "[", "tensor(", "'a' ", "x = ", "[1 ", "1 "])
def test_hostile_text_takes_no_long_time(piece: str) -> None:
    for text in (piece * 20_000, "[" + piece * 20_000, "tensor([1], device=" + piece * 20_000):
        try:
            array(text)
        except DataError as error:
            assert len(str(error)) < 300  # noqa: PT017
