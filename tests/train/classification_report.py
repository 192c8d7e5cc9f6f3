#!/usr/bin/env python3
"""Prints the expected texts of metrics.cpp (scikit-learn: apt-get install python3-sklearn)."""
import warnings

from sklearn.metrics import classification_report

CASES = {
    "fractures": (["fractured", "not fractured"], [[345, 17], [22, 441]]),
    "zero_division": (["a", "b", "c"], [[3, 0, 1], [2, 0, 0], [1, 0, 4]]),
    "long_name": (["transverse displaced", "größer", "x"],
                  [[1000, 3, 20], [0, 17, 1], [5, 5, 12345]]),
    "perfect": (["no", "yes"], [[5, 0], [0, 7]]),
}

warnings.filterwarnings("ignore")  # of zero divisions
for case, (names, matrix) in CASES.items():
    truth, predicted = [], []
    for i, row in enumerate(matrix):
        for j, count in enumerate(row):
            truth += [i] * count
            predicted += [j] * count
    print(f"== {case}")
    print(classification_report(truth, predicted, target_names=names, zero_division=0), end="")
