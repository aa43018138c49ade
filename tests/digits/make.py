"""Make the data set of the README: the logits of a digit classifier, and its own probabilities.

The classifier is a multinomial logistic regression, fitted to 1,438 of the 1,797 images of handwritten digits
(8 × 8 pixels, from the UCI repository) that scikit-learn ships; the rows are the other 359 images. Run

    python tests/digits/make.py

to write logits.csv (`z0` … `z9`, the scores before the softmax) and, row by row the same images,
probabilities.csv (`image`, its place in the data set; `digit`, the true label; `p0` … `p9`, what the
classifier's predict_proba says).
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FOLDER = Path(__file__).parent


def write(name: str, header: Sequence[str], rows: Iterable[Sequence[float]]) -> None:
    """Write a table with the shortest digits that read back to the same numbers."""
    with (FOLDER / name).open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def main() -> None:
    """Fit the classifier and write both tables."""
    from sklearn.datasets import load_digits
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    images = np.arange(len(digits.target))
    train, held_out = train_test_split(images, test_size=0.2, random_state=0, stratify=digits.target)
    model = LogisticRegression(max_iter=5000).fit(digits.data[train] / 16, digits.target[train])
    held_out.sort()
    data = digits.data[held_out] / 16
    logits, probabilities = model.decision_function(data), model.predict_proba(data)
    truth = digits.target[held_out]
    write("logits.csv", [f"z{k}" for k in range(10)], logits.tolist())
    write(
        "probabilities.csv",
        ["image", "digit", *(f"p{k}" for k in range(10))],
        ([int(i), int(d), *p] for i, d, p in zip(held_out, truth, probabilities.tolist(), strict=True)),
    )


if __name__ == "__main__":
    main()
