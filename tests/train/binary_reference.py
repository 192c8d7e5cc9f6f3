#!/usr/bin/env python3
"""Writes binary_reference.hpp: what scikit-learn and SciPy make of sets of labels and scores. Run:
/usr/bin/python3 binary_reference.py > binary_reference.hpp (python3-sklearn, python3-scipy)."""
import math
import sys
import warnings
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy.optimize import brentq, minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn import metrics
from sklearn.calibration import calibration_curve

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from reference import uniform  # noqa: E402

warnings.filterwarnings("ignore")  # of divisions by zero: those are what some sets are for
BINS = 10


def drawn(stream, count, positives, levels=None, gain=0.5):
    """Labels, and scores in [0, 1] that know something of them; `levels` make ties."""
    labels = (uniform(11, 2 * stream, count) < 2 * positives - 1).astype(int)
    scores = 0.5 + gain * (labels - 0.5) * 0.6 + (1 - 0.6 * gain) * 0.5 * uniform(
        11, 2 * stream + 1, count)
    if levels:
        scores = np.round(scores * levels) / levels
    return labels, np.clip(scores, 0, 1)


SETS = {
    "no ties": drawn(0, 80, 0.4),
    "ties": drawn(1, 90, 0.5, levels=10),
    "few levels": drawn(2, 40, 0.3, levels=2),
    "rare": drawn(3, 60, 0.06, gain=0.2),
    "perfect": (np.array([0, 0, 1, 0, 1, 1]), np.array([0.1, 0.2, 0.7, 0.4, 0.9, 1.0])),
    "reversed": (np.array([0, 0, 1, 0, 1, 1]), np.array([0.9, 0.8, 0.3, 0.6, 0.1, 0.0])),
    "constant": (np.array([0, 1, 1, 0, 0]), np.full(5, 0.25)),
    "one of each": (np.array([1, 0]), np.array([0.5, 0.5])),
    "no positive": (np.array([0, 0, 0]), np.array([0.2, 0.6, 0.6])),
    "no negative": (np.array([1, 1, 1]), np.array([0.2, 0.6, 0.7])),
    "all right, one class": (np.array([0, 0]), np.array([0.1, 0.2])),
}


def or_nan(value, defined):
    return value if defined else math.nan


def number(v):
    v = float(v)
    return "NAN" if math.isnan(v) else "INFINITY" if math.isinf(v) else f"{v:.17g}"


def numbers(values):
    """A C++ initialiser, broken into lines; the first has room for a name before it."""
    text = "{"
    line = 50
    for i, v in enumerate(values):
        word = number(v) + ("," if i + 1 < len(values) else "")
        if line + len(word) + 1 > 98:
            text += "\n    "
            line = 4
        elif i:
            text += " "
        text += word
        line += len(word) + 1
    return text + "}"


def print_set(name, labels, scores):
    decided = (scores >= 0.5).astype(int)
    positives, negatives = int(labels.sum()), int((1 - labels).sum())
    both = positives > 0 and negatives > 0
    scalars = {
        "sensitivity": or_nan(metrics.recall_score(labels, decided), positives),
        "specificity": or_nan(metrics.recall_score(labels, decided, pos_label=0), negatives),
        "ppv": or_nan(metrics.precision_score(labels, decided), decided.sum()),
        "npv": or_nan(metrics.precision_score(labels, decided, pos_label=0), (1 - decided).sum()),
        "balanced_accuracy": or_nan(metrics.balanced_accuracy_score(labels, decided), both),
        "mcc": metrics.matthews_corrcoef(labels, decided),
        "kappa": metrics.cohen_kappa_score(labels, decided, labels=[0, 1]),
        "brier": metrics.brier_score_loss(labels, scores, pos_label=1),
        "roc_auc": metrics.roc_auc_score(labels, scores) if both else math.nan,
        "average_precision": or_nan(metrics.average_precision_score(labels, scores), positives),
    }
    fpr, tpr, thresholds = metrics.roc_curve(labels, scores, drop_intermediate=False)
    thresholds[0] = math.inf  # as scikit-learn has it since 1.3
    precision, recall, pr_thresholds = metrics.precision_recall_curve(labels, scores)
    if not positives:
        recall = np.full_like(recall, math.nan)
    frequency, mean = calibration_curve(labels, scores, n_bins=BINS)
    bins = np.searchsorted(np.linspace(0, 1, BINS + 1)[1:-1], scores)
    count = np.bincount(bins, minlength=BINS)
    scalars["ece"] = np.sum(count[count > 0] / len(labels) * np.abs(frequency - mean))
    print(f'    {{.name = "{name}",\n    .labels = {numbers(labels)},')
    print(f"    .scores = {numbers(scores)},")
    for key, value in scalars.items():
        print(f"    .{key} = {number(value)},")
    for key, values in (("false_positive_rate", fpr), ("true_positive_rate", tpr),
                        ("roc_thresholds", thresholds), ("precision", precision),
                        ("recall", recall), ("pr_thresholds", pr_thresholds),
                        ("bin_frequency", frequency), ("bin_mean", mean)):
        print(f"    .{key} = {numbers(values)},")
    print("    },")


print(f"// Made by binary_reference.py with scikit-learn {sklearn.__version__} and SciPy "
      f"{scipy.__version__}; do not edit.")
print("#pragma once\n\n#include <cmath>\n#include <vector>\n\n// clang-format off\n")
print("namespace osteon::test {\n")
print("/// Labels and scores, the metrics of the decisions at 0.5 and of the ranking, and the curves.")
print("struct BinarySet {\n  const char* name;\n  std::vector<int> labels;")
print("  std::vector<double> scores;")
print("  double sensitivity, specificity, ppv, npv, balanced_accuracy, mcc, kappa, brier, roc_auc,")
print("      average_precision, ece;")
print("  std::vector<double> false_positive_rate, true_positive_rate, roc_thresholds;")
print("  std::vector<double> precision, recall, pr_thresholds;")
print(f"  std::vector<double> bin_frequency, bin_mean;  // of {BINS} bins, without the empty ones")
print("};\n")
print(f"inline constexpr int reliability_bins = {BINS};\n")
print("inline const std::vector<BinarySet> binary_sets{")
for name, (labels, scores) in SETS.items():
    print_set(name, labels, scores)
print("};\n")

# Three classes, as counts of (true, predicted).
THREE = [[13, 2, 1], [4, 20, 3], [0, 5, 9]]
truth = [i for i, row in enumerate(THREE) for n in row for _ in range(n)]
predicted = [k for row in THREE for k, n in enumerate(row) for _ in range(n)]
print("inline const std::vector<std::vector<int>> three_classes{"
      + ", ".join("{" + ", ".join(map(str, row)) + "}" for row in THREE) + "};")
print(f"inline constexpr double three_classes_mcc = "
      f"{number(metrics.matthews_corrcoef(truth, predicted))};")
print(f"inline constexpr double three_classes_kappa = "
      f"{number(metrics.cohen_kappa_score(truth, predicted))};\n")

# Logits (60, 3) uniform(12, 0) times 6, and labels that follow them in two of three cases.
logits = uniform(12, 0, (60, 3), 6.0)
labels = np.where(uniform(12, 1, 60) < 1 / 3, logits.argmax(1), np.arange(60) % 3)


def nll(t):
    return -log_softmax(logits / t, axis=1)[np.arange(60), labels].mean()


def slope(sharpness):
    expected = (softmax(logits * sharpness, axis=1) * logits).sum(axis=1)
    return (expected - logits[np.arange(60), labels]).mean()


best = 1 / brentq(slope, 0.01, 100, xtol=1e-16, rtol=1e-15)
assert abs(best - minimize_scalar(nll, bounds=(0.1, 50), method="bounded").x) < 1e-4
print("/// SciPy's minimum of the negative log-likelihood of uniform(12, 0, scale 6), (60, 3).")
print(f"inline const std::vector<int> temperature_labels{numbers(labels)};")
print(f"inline constexpr double temperature = {number(best)};")
print(f"inline constexpr double temperature_nll_before = {number(nll(1))};")
print(f"inline constexpr double temperature_nll_after = {number(nll(best))};")
print("\n}  // namespace osteon::test")
