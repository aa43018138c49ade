"""Real scores: softmax of the digit classifier's logits gives the classifier's own probabilities."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent


def test_softmax_of_the_table_is_what_the_classifier_says() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "actcli", "softmax", "-i", str(FOLDER / "logits.csv"), "--only-results"],
        capture_output=True,
        text=True,
        check=True,
    )
    header, *rows = csv.reader(run.stdout.splitlines())
    assert header == [f"softmax_z{k}" for k in range(10)]
    with (FOLDER / "probabilities.csv").open() as file:
        own = [[float(row[f"p{k}"]) for k in range(10)] for row in csv.DictReader(file)]
    assert len(rows) == len(own) == 360
    assert np.abs(np.array(rows, float) - np.array(own)).max() <= 1e-15
