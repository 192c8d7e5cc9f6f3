#!/usr/bin/env python3
"""Reruns the experiments behind docs/results.md with fracture_train, and tabulates them.

  scripts/results.py --data DIR --weights FILE [--only NAME...] [--table]

Runs that are finished are kept, an interrupted one goes on where it was: the script may be stopped
at any time and started again. After every run it rewrites OUT/results.json and OUT/results.md with
what there is so far. Folds come one after another, each through all variants, so that variants can
be compared before the last fold is done. With --whole, each variant is one run over all folds,
which reads the images once; --jobs of them at a time share a GPU.
"""
import argparse
import concurrent.futures
import csv
import json
import random
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Each step of the recipe adds to the one before.
NOTEBOOK = ["--split", "notebook"]
PLAIN = ["--split", "grouped", "--monitor", "loss", "--epochs", "24", "--patience", "99"]
AUGMENT = PLAIN + ["--augment", "strong"]
BALANCE = AUGMENT + ["--balance", "sources"]
ONE_CYCLE = BALANCE + ["--optimizer", "adamw", "--schedule", "one-cycle", "--lr", "3e-4",
                       "--weight-decay", "0.05", "--label-smoothing", "0.1"]
RECIPE = ONE_CYCLE + ["--test-time-flips"]
DENSE = ["--pruner", "none"]
SYNFLOW = ["--pruner", "synflow", "--sparsity", "0.95"]


class Variant:
    """One row of a table: options of fracture_train."""

    def __init__(self, title, options, size, partial=False, folds=True):
        self.title, self.options, self.size = title, options, size
        self.partial, self.folds = partial, folds  # partial: starts from --weights


VARIANTS = {
    "dense_scratch": Variant("dense, from scratch", RECIPE + DENSE, 224),
    "synflow_scratch": Variant("95 % SynFlow, from scratch", RECIPE + SYNFLOW, 224),
    "dense_partial": Variant("dense, partial ImageNet weights", RECIPE + DENSE, 224, True),
    "synflow_partial": Variant("95 % SynFlow, partial ImageNet weights", RECIPE + SYNFLOW, 224, True),
    "notebook_224": Variant("the notebook's protocol, 95 % SynFlow", NOTEBOOK + SYNFLOW, 224,
                            folds=False),
    "step_0_plain": Variant("from scratch, Adam at 1e-3, files as they come", PLAIN + DENSE, 224),
    "step_1_weights": Variant("+ partial ImageNet weights", PLAIN + DENSE, 224, True),
    "step_2_augment": Variant("+ strong augmentation", AUGMENT + DENSE, 224, True),
    "step_3_balance": Variant("+ sources balanced", BALANCE + DENSE, 224, True),
    "step_4_one_cycle": Variant("+ AdamW, one-cycle, weight decay, smooth labels",
                                ONE_CYCLE + DENSE, 224, True),
}
# The same split, mask and recipe in PyTorch, by train_pytorch.py: run where --only names them.
TWINS = {f"{name}_pytorch": name for name in ("dense_partial", "synflow_partial")}
for twin, own in TWINS.items():
    VARIANTS[twin] = Variant(VARIANTS[own].title + ", in PyTorch", [], 224, True)
LAST_STEP = "dense_partial"  # + mean over mirror images
# What the recipe was chosen from, by the validation images: run where --only names them.
SEARCH = {}
for size in (128, 224):
    for epochs in (8, 24):
        for rate in ("3e-4", "1e-3"):
            SEARCH[f"search_{size}_{epochs}_{rate}"] = Variant(
                f"{size} px, {epochs} epochs, at most {rate}",
                RECIPE + DENSE + ["--epochs", str(epochs), "--lr", rate], size, True)
VARIANTS |= SEARCH
METRICS = ("auc", "accuracy", "sensitivity", "specificity")


def runs(arguments):
    """(variant's name, fold or None) in the order in which they are run."""
    chosen = arguments.only or [n for n in VARIANTS if n not in TWINS and n not in SEARCH]
    if arguments.whole:
        return [(n, fold) for n in chosen
                for fold in (range(arguments.folds) if n in TWINS else [None])]
    main = [n for n in chosen if VARIANTS[n].folds and not n.startswith("step")]
    steps = [n for n in chosen if n.startswith("step")]
    single = [n for n in chosen if not VARIANTS[n].folds]
    folds = range(arguments.folds)
    return ([(n, fold) for fold in folds for n in main] + [(n, None) for n in single] +
            [(n, fold) for fold in folds for n in steps])


def folder(arguments, name, fold):
    if name in TWINS:
        return folder(arguments, TWINS[name], fold) / "pytorch"
    return arguments.out / (name if fold is None else f"{name}/fold-{fold}")


def command(arguments, name, fold, out):
    variant = VARIANTS[name]
    size = arguments.image_size if arguments.image_size and variant.folds else variant.size
    line = [str(arguments.program), "--data", str(arguments.data), "--image-size", str(size),
            "--out", str(out), *variant.options]
    if variant.partial:
        line += ["--weights", str(arguments.weights)]
    if fold is not None:
        line += ["--folds", str(arguments.folds), "--fold", str(fold)]
    elif variant.folds:
        line += ["--folds", str(arguments.folds)]
    if arguments.epochs and variant.folds:
        line += ["--epochs", str(arguments.epochs)]
    if arguments.seed is not None:
        line += ["--seed", str(arguments.seed)]
    if arguments.device:
        line += ["--device", arguments.device]
    if arguments.precision:
        line += ["--precision", arguments.precision]
    if arguments.threads:
        line += ["--threads", str(arguments.threads)]
    return line


def is_finished(out):
    return (out / "metrics.json").exists() and (out / "finished").exists()


def parts_of(arguments, name, fold):
    """The folders that a run writes its results to."""
    if fold is None and VARIANTS[name].folds:
        return [folder(arguments, name, k) for k in range(arguments.folds)]
    return [folder(arguments, name, fold)]


def run(arguments, name, fold):
    out = folder(arguments, name, fold)
    parts = parts_of(arguments, name, fold)
    if all(is_finished(part) for part in parts):
        return
    if name in TWINS:
        own = folder(arguments, TWINS[name], fold)
        if not is_finished(own):
            sys.exit(f"results.py: {name} repeats {TWINS[name]}; run that first")
        line = [arguments.python, str(ROOT / "scripts/train_pytorch.py"), str(own)]
        if arguments.device:
            line += ["--device", arguments.device]
    else:
        out.mkdir(parents=True, exist_ok=True)
        line = command(arguments, name, fold, out)
    if name not in TWINS and any(any(part.glob(state)) for part in parts
                                 for state in ("checkpoint*", "finished*.safetensors")):
        line.append("--resume")
    print(f"\n== {name}" + ("" if fold is None else f", fold {fold}") + f"\n{shlex.join(line)}",
          flush=True)
    status = subprocess.run(line, check=False).returncode
    if status != 0:
        sys.exit(f"results.py: {Path(line[0]).name} ended with status {status}; "
                 "start this script again to go on from there")
    for part in parts:
        # The optimizer's state is of no use any more, and large.
        for state in part.glob("finished*.safetensors"):
            state.unlink()
        (part / "finished").touch()


class Fold:
    """Test images of one fold by descending score, for areas under the ROC curve of resamples."""

    def __init__(self, path, positive):
        with open(path, newline="", encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if row["part"] == "test"]
        rows.sort(key=lambda row: -float(row["probability"]))
        self.groups = sorted({row["group"] for row in rows})
        number = {group: i for i, group in enumerate(self.groups)}
        self.images = [(float(row["probability"]), row["class"] == positive, number[row["group"]])
                       for row in rows]

    def auc(self, times):
        """With each group taken `times[group]` times; None without both classes."""
        above = wins = positives = negatives = 0
        score, ties = None, 0
        for probability, positive, group in self.images:
            weight = times[group]
            if probability != score:
                above, ties, score = positives, 0, probability
            if positive:
                positives += weight
                wins += 0.5 * weight * ties  # negatives of this score that came before
            else:
                negatives += weight
                ties += weight
                wins += weight * (above + 0.5 * (positives - above))
        return wins / (positives * negatives) if positives and negatives else None


def mean(values):
    return sum(values) / len(values)


def resampled_aucs(folds, count=1000):
    """Mean areas over the folds, with groups drawn anew in each; the same draws for every variant,
    so that two can be subtracted."""
    draws = random.Random(1)
    result = []
    while len(result) < count:
        areas = []
        for fold in folds:
            times = [0] * len(fold.groups)
            for _ in times:
                times[draws.randrange(len(times))] += 1
            areas.append(fold.auc(times))
        result.append(mean(areas) if None not in areas else None)
    return result


def interval(values):
    values = sorted(v for v in values if v is not None)
    return [values[int(0.025 * len(values))], values[int(0.975 * len(values)) - 1]]


def summarize(arguments, name, folds):
    """Of the folds that are finished in every variant of a table."""
    outs = [folder(arguments, name, fold) for fold in folds]
    metrics = [json.loads((out / "metrics.json").read_text(encoding="utf-8")) for out in outs]
    positive = metrics[0]["data"]["positive_class"]
    tests = [Fold(out / "predictions.csv", positive) for out in outs]
    summary = {metric: mean([m["test"][metric] for m in metrics]) for metric in METRICS}
    summary |= {"title": VARIANTS[name].title, "folds": list(folds),
                "auc_of_folds": [m["test"]["auc"] for m in metrics],
                "val_auc": mean([m["val"]["auc"] for m in metrics]),
                "prunable_nonzero": metrics[0]["model"]["prunable_nonzero"],
                "training_seconds": sum(m["training"]["seconds"] for m in metrics),
                "command": metrics[0]["command"]}
    resampled = resampled_aucs(tests)
    summary["auc_ci95"] = interval(resampled)
    return summary, resampled


def percent(value):
    return f"{100 * value:.1f}"


def table(arguments, names):
    """(Markdown, summaries) of variants over the folds that all of them have finished."""
    names = [n for n in names if is_finished(folder(arguments, n, 0))]
    folds = [k for k in range(arguments.folds)
             if all(is_finished(folder(arguments, n, k)) for n in names)]
    if len(names) < 2 or not folds:
        return "", {}
    lines = [f"{len(folds)} of {arguments.folds} folds; mean over the folds, in %.", "",
             "| | validation AUC | test AUC | 95 % interval | of each fold | accuracy | sensitivity "
             "| specificity | weights left |",
             "| --- | ---: | ---: | --- | --- | ---: | ---: | ---: | ---: |"]
    summaries, resampled = {}, {}
    for name in names:
        summaries[name], resampled[name] = s, _ = summarize(arguments, name, folds)
        low, high = s["auc_ci95"]
        lines.append(
            f"| {s['title']} | {percent(s['val_auc'])} | {percent(s['auc'])} | {percent(low)} to {percent(high)} | "
            f"{', '.join(percent(auc) for auc in s['auc_of_folds'])} | {percent(s['accuracy'])} | "
            f"{percent(s['sensitivity'])} | {percent(s['specificity'])} | "
            f"{s['prunable_nonzero']:,} |")
    compared = [(f"synflow_{start}", f"dense_{start}", "minus_dense", "that of the dense network")
                for start in ("scratch", "partial")]
    compared += [(own, twin, "minus_pytorch", "PyTorch's") for twin, own in TWINS.items()]
    for name, other, key, whose in compared:
        if name in summaries and other in summaries:
            differences = [a - b for a, b in zip(resampled[name], resampled[other])
                           if a is not None and b is not None]
            low, high = interval(differences)
            difference = summaries[name]["auc"] - summaries[other]["auc"]
            summaries[name][f"auc_{key}"] = {"mean": difference, "ci95": [low, high]}
            lines += ["", f"{VARIANTS[name].title}: AUC minus {whose} {100 * difference:+.1f} points "
                          f"(95 %: {100 * low:+.1f} to {100 * high:+.1f})."]
    return "\n".join(lines) + "\n", summaries


def write(path, text):
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def draw(arguments, summaries):
    """OUT/auc.png: the area under the ROC curve of each fold, their mean and its interval."""
    gnuplot = shutil.which("gnuplot")
    if not gnuplot or not summaries:
        return
    titles = ", ".join(f'"{s["title"]}" {i}' for i, s in enumerate(summaries.values()))
    titles = titles.replace("%", "%%")  # tics are formats
    folds = "\n".join(f"{auc} {i}" for i, s in enumerate(summaries.values())
                      for auc in s["auc_of_folds"])
    means = "\n".join(f"{s['auc']} {i} {s['auc_ci95'][0]} {s['auc_ci95'][1]}"
                      for i, s in enumerate(summaries.values()))
    script = f"""set terminal pngcairo size 1100,{220 + 70 * len(summaries)} font "Sans,13"
set output "{arguments.out / 'auc.png'}"
set xrange [0.4:1]; set yrange [{len(summaries) - 0.4}:-0.6]; set ytics ({titles}); set grid xtics
set xlabel "area under the ROC curve of the test images (0.5: chance)"; set key outside top center horizontal
plot "-" using 1:2 with points pt 6 ps 1.6 lc rgb "#888888" title "one fold", \
  "-" using 1:2:3:4 with xerrorbars pt 7 ps 1.6 lw 2 lc rgb "#0b5fa5" title "mean, 95 % interval"
{folds}
e
{means}
e
"""
    subprocess.run([gnuplot], input=script, text=True, check=True)


def tabulate(arguments):
    steps = [n for n in VARIANTS if n.startswith("step")] + [LAST_STEP]
    main = [n for n in VARIANTS if n.endswith(("scratch", "partial", "pytorch"))]
    results, text = {}, ""
    for title, names in (("Dense and pruned", main), ("What each step brings", steps),
                         ("What the recipe was chosen from", list(SEARCH))):
        markdown, results[title] = table(arguments, names)
        if markdown:
            text += f"## {title}\n\n{markdown}\n"
        if title == "Dense and pruned":
            draw(arguments, results[title])
    single = folder(arguments, "notebook_224", None)
    if is_finished(single):
        m = json.loads((single / "metrics.json").read_text(encoding="utf-8"))
        results["notebook"] = {"val": m["val"], "model": m["model"], "training": m["training"]}
        text += (f"## The notebook's protocol, 224 px\n\nvalidation accuracy "
                 f"{percent(m['val']['accuracy'])} %, {m['model']['prunable_nonzero']:,} prunable "
                 f"weights left, best epoch {m['training']['best_epoch']}\n")
    write(arguments.out / "results.json", json.dumps(results, indent=2) + "\n")
    write(arguments.out / "results.md", text)
    return text


def parse():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder of radiographs")
    parser.add_argument("--weights", type=Path, required=True,
                        help="pretrained weights of ResNet-18, all or some (.safetensors)")
    parser.add_argument("--program", type=Path,
                        default=ROOT / "build/release/examples/fracture_train")
    parser.add_argument("--python", default=sys.executable, help="one that has PyTorch")
    parser.add_argument("--out", type=Path, default=Path("out/results"))
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, help="of folds, order, augmentation and new weights, "
                        "instead of the program's; give each seed an --out of its own")
    parser.add_argument("--threads", type=int, default=0, help="0: one per processor")
    parser.add_argument("--device", choices=("cpu", "cuda"))
    parser.add_argument("--epochs", type=int, help="of all runs over folds, instead of the recipe's")
    parser.add_argument("--image-size", type=int, choices=(64, 128, 224),
                        help="of all runs over folds, instead of the recipe's")
    parser.add_argument("--precision", choices=("fp32", "tf32", "bf16"))
    parser.add_argument("--whole", action="store_true", help="all folds of a variant in one run")
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time")
    parser.add_argument("--only", nargs="+", choices=list(VARIANTS), metavar="NAME",
                        help="of " + ", ".join(VARIANTS))
    parser.add_argument("--table", action="store_true", help="only tabulate what there is")
    arguments = parser.parse_args()
    for path in (arguments.data, arguments.weights, arguments.program):
        if not path.exists():
            parser.error(f"{path} does not exist")
    if arguments.folds < 2:
        parser.error("--folds: a cross-validation needs at least 2")
    return arguments


def main():
    arguments = parse()
    arguments.out.mkdir(parents=True, exist_ok=True)
    if not arguments.table:
        with concurrent.futures.ThreadPoolExecutor(max(1, arguments.jobs)) as pool:
            jobs = [pool.submit(run, arguments, name, fold) for name, fold in runs(arguments)]
            for job in concurrent.futures.as_completed(jobs):
                job.result()
                tabulate(arguments)
    print(tabulate(arguments) or "nothing is finished yet")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
