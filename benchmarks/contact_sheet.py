"""Twenty crops to judge by eye: spoiled, mended by ours and by others, beside the truth.

    python benchmarks/contact_sheet.py --task superres --data DIR [--other FILE] [--out DIR] [--free FILE]
        [--stlpips FILE]
    python benchmarks/contact_sheet.py --task inpaint --data DIR --peers DIR [--peers-home DIR --work DIR] ...

Animals' faces, text, leaves, brick, sky, water, hair and night, out of pictures that no shipped weight
learned from: `examples/photos`, and Kodak24, Set14 and CBSD68 under `--data`. How they are spoiled and who
mends them stands in `contact_tasks.py`; `--other` is a network of another project, which gantool's own loader
opens, and may be repeated. Inpainting takes holes from the scripts in `--peers`, and the tools in
`--peers-home` where they are installed. JPEG sheets are written to `--out`; `--free` writes one of the
pictures that can be shown everywhere. With `--stlpips`, a table has the learned distance of each crop to the
truth.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path

import torch
from contact_crops import CROPS, INPUT, SAMPLES, TRUTH, Crop, Row
from contact_tasks import TASKS
from machine import stamp
from perception_sheets import draw
from tables import markdown

from gantool.evaluation import as_tensor
from gantool.metrics import StLpips, load_stlpips

ROWS = 5


def distances(metric: StLpips, crops: Row) -> dict[str, float]:
    """Return each method's distance to the truth."""
    with torch.inference_mode():
        known = metric.features(as_tensor(crops[TRUTH]))
        judged = [name for name in crops if name not in (INPUT, TRUTH)]
        features = {name: metric.features(as_tensor(crops[name])) for name in judged}
        return {name: float(metric.compare(own, known)) for name, own in features.items()}


def print_distances(rows: Mapping[Crop, Mapping[str, float]]) -> None:
    heads = ["ST-LPIPS", *next(iter(rows.values()))]
    cells = [
        [f"{crop.subject} ({crop.picture})", *(_figure(value, found) for value in found.values())]
        for crop, found in rows.items()
    ]
    print(markdown(heads, cells), flush=True)


def _figure(value: float, among: Mapping[str, float]) -> str:
    return f"**{value:.3f}**" if value == min(among.values()) else f"{value:.3f}"


def write_sheets(rows: Mapping[Crop, Row], options: argparse.Namespace) -> None:
    """Write the sheets that are asked for."""
    labelled = [(crop.label, crops) for crop, crops in rows.items()]
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        for page in range(0, len(labelled), options.rows):
            path = options.out / f"contact-sheet-{page // options.rows + 1}.jpg"
            draw(labelled[page : page + options.rows]).save(path, quality=options.quality, optimize=True)
    if options.free is not None:
        free = [(crop.label, crops) for crop, crops in rows.items() if crop.folder == SAMPLES]
        draw(free).save(options.free, quality=options.quality, optimize=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--task", choices=tuple(TASKS), default="superres")
    parser.add_argument("--data", type=Path, required=True, help="folder with Kodak24, Set14 and CBSD68")
    parser.add_argument("--other", type=Path, action="append", default=[], help="another project's network")
    parser.add_argument("--peers", type=Path, help="scripts of other tools, for inpaint")
    parser.add_argument("--peers-home", type=Path, help="where these tools are installed")
    parser.add_argument("--work", type=Path, help="folder that keeps what other tools made")
    parser.add_argument("--out", type=Path, help="folder for the sheets")
    parser.add_argument("--free", type=Path, help="file for a sheet of examples/photos alone (JPEG)")
    parser.add_argument("--stlpips", type=Path, help="weights of ST-LPIPS: print distances")
    parser.add_argument("--rows", type=int, default=ROWS, help="crops on a sheet")
    parser.add_argument("--quality", type=int, default=85, help="of the JPEG sheets")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()
    if options.task == "inpaint" and options.peers is None:
        parser.error("inpaint takes its holes from --peers")
    return options


def main() -> None:
    options = arguments()
    torch.set_num_threads(options.threads)
    metric = load_stlpips(options.stlpips) if options.stlpips else None
    print(stamp("benchmarks/contact_sheet.py"))
    with tempfile.TemporaryDirectory() as scratch:
        options.work = options.work or Path(scratch)
        row_of = TASKS[options.task](options)
        rows = {crop: row_of(crop) for crop in CROPS}
    write_sheets(rows, options)
    if metric is not None:
        print_distances({crop: distances(metric, row) for crop, row in rows.items()})


if __name__ == "__main__":
    main()
