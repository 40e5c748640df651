"""A weight file to an ONNX file."""

from __future__ import annotations

from pathlib import Path

from gantool import plugins
from gantool.errors import UsageError, WeightError
from gantool.onnx.exporting import Exported, export
from gantool.paths import exists, is_folder
from gantool.weights import files, store
from gantool.weights.stated import options_for

SUFFIX = ".onnx"


def export_weight(source: Path, target: Path, *, overwrite: bool) -> Exported:
    """Export the network of the sound weight file `source` to `target` (a file or a folder), compared.

    Raises:
        UsageError: the task's network cannot be exported, or `target` is not called as an ONNX file.
        WeightError: the weight is damaged, `target` exists and may not be replaced, or torch and onnxruntime
            do not agree.
    """
    target = target / source.with_suffix(SUFFIX).name if is_folder(target) else target
    if target.suffix != SUFFIX:
        raise UsageError(f"{target} does not end in {SUFFIX}", "name the file so")
    if exists(target) and not overwrite:
        raise WeightError(f"{target} exists", "name another file, or pass --overwrite to replace it")
    weight = files.load(source, task=None)
    task = plugins.load(weight.card.task)
    if task.enhance is None:
        raise UsageError(f"task {task.name!r} does not enhance pictures", "only such networks are exported")
    options = options_for(task.enhance.options, weight.card)
    given = str(source.absolute())  # A path, which no id is.
    chosen = store.choose(task.enhance.weights(options), (given,), task)
    weights = [weight if one == given else store.load(one, task) for one in chosen]
    return export(task.enhance.build(options, weights), target, weight.card.to_json())
