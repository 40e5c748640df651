"""Twenty crops to judge by eye: spoiled, enlarged four times by ours and by others, beside the truth.

    python benchmarks/contact_sheet.py --data DIR --realesr FILE [--out DIR] [--free FILE] [--stlpips FILE]

Animals' faces, text, leaves, brick, sky, water, hair and night, out of pictures that no shipped weight
learned from: `examples/photos`, and Kodak24, Set14 and CBSD68 under `--data`. Each picture is blurred,
reduced, made noisy and compressed (`perception_cases.py`, "all"), enlarged whole, and cut. `--realesr` is
realesr-general-x4v3, which gantool's own loader of other projects' networks opens. JPEG sheets are written
to `--out`; `--free` writes one of the pictures that can be shown everywhere. With `--stlpips`, a table has
the learned distance of each crop to the truth.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from machine import stamp
from nets import Make, Pixels, network
from perception_cases import Photo, Variant, degrade
from perception_sheets import SIDE, draw
from PIL import Image
from superres_nets import bicubic
from tables import markdown

import gantool
from gantool.evaluation import as_tensor
from gantool.inference.result import Settings
from gantool.metrics import StLpips, load_stlpips
from gantool_superres.options import Kind, SuperResOptions

ROOT = Path(__file__).resolve().parents[1]
SCALE, ROWS = 4, 5
SAMPLES = "samples"


@dataclass(frozen=True)
class Crop:
    """A square of SIDE pixels of a picture; `folder` is the name of its set."""

    subject: str
    folder: str
    picture: str
    x: int
    y: int

    @property
    def label(self) -> str:
        """Return the words beside its row."""
        return f"{self.subject}\n{self.picture.partition('.')[0]}"


CROPS = (
    Crop("face: cat", SAMPLES, "cat.jpg", 330, 340),
    Crop("hair: cat", SAMPLES, "cat.jpg", 220, 560),
    Crop("text: boat", SAMPLES, "boat.jpg", 620, 465),
    Crop("leaves: palms", SAMPLES, "boat.jpg", 300, 20),
    Crop("water: bay", SAMPLES, "boat.jpg", 60, 420),
    Crop("brick: wall", SAMPLES, "scooter.jpg", 60, 60),
    Crop("sky: tower", SAMPLES, "bridge.jpg", 200, 100),
    Crop("night: moon", SAMPLES, "moon.jpg", 280, 200),
    Crop("face: parrot", "Kodak24", "kodim23.png", 80, 90),
    Crop("face: tiger", "CBSD68", "108005.png", 70, 50),
    Crop("face: fox", "CBSD68", "159008.png", 90, 70),
    Crop("text: inn", "Kodak24", "kodim08.png", 500, 270),
    Crop("text: slide", "Set14", "img_013.png", 20, 220),
    Crop("brick: house", "Kodak24", "kodim01.png", 250, 180),
    Crop("leaves: bank", "Kodak24", "kodim13.png", 200, 110),
    Crop("water: sea", "Kodak24", "kodim16.png", 200, 310),
    Crop("sky: clouds", "Kodak24", "kodim16.png", 330, 30),
    Crop("hair: baboon", "Set14", "img_001.png", 20, 280),
    Crop("hair: chick", "CBSD68", "163085.png", 130, 60),
    Crop("night: dusk", "CBSD68", "143090.png", 180, 80),
)


def methods(realesr: Path, settings: Settings) -> Mapping[str, Make]:
    """Return the enlargements, by the name over their column."""
    ours = {kind.value: network("superres", SuperResOptions(SCALE, kind), settings) for kind in _KINDS}
    other = gantool.load("superres", weights=realesr, device=settings.device)
    return {"bicubic": bicubic(SCALE), **ours, realesr.stem.removesuffix("_fp16"): other}


_KINDS = (Kind.fidelity, Kind.photo)


def pictures(crop: Crop, data: Path, made_by: Mapping[str, Make]) -> Mapping[str, Pixels]:
    """Return the spoiled picture (its pixels repeated), what each method makes of it, and the truth."""
    folder = ROOT / "examples" / "photos" if crop.folder == SAMPLES else data / crop.folder
    with Image.open(folder / crop.picture) as image:
        pixels = np.array(image.convert("RGB"))
    height, width = (side - side % SCALE for side in pixels.shape[:2])
    photo = Photo(Path(crop.picture).stem, pixels[:height, :width])
    small = degrade(photo, Variant.all, SCALE)
    made = {name: enlarge(small) for name, enlarge in made_by.items()}
    return {"input": small.repeat(SCALE, axis=0).repeat(SCALE, axis=1), **made, "truth": photo.clean}


def cut(crop: Crop, whole: Mapping[str, Pixels]) -> dict[str, Pixels]:
    """Return the crop of each picture."""
    return {name: pixels[crop.y : crop.y + SIDE, crop.x : crop.x + SIDE] for name, pixels in whole.items()}


def distances(metric: StLpips, crops: Mapping[str, Pixels]) -> dict[str, float]:
    """Return each method's distance to the truth."""
    with torch.inference_mode():
        known = metric.features(as_tensor(crops["truth"]))
        judged = [name for name in crops if name not in ("input", "truth")]
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


def write_sheets(rows: Mapping[Crop, Mapping[str, Pixels]], options: argparse.Namespace) -> None:
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
    parser.add_argument("--data", type=Path, required=True, help="folder with Kodak24, Set14 and CBSD68")
    parser.add_argument("--realesr", type=Path, required=True, help="realesr-general-x4v3")
    parser.add_argument("--out", type=Path, help="folder for the sheets")
    parser.add_argument("--free", type=Path, help="file for a sheet of examples/photos alone (JPEG)")
    parser.add_argument("--stlpips", type=Path, help="weights of ST-LPIPS: print distances")
    parser.add_argument("--rows", type=int, default=ROWS, help="crops on a sheet")
    parser.add_argument("--quality", type=int, default=85, help="of the JPEG sheets")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="auto")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    torch.set_num_threads(options.threads)
    made_by = methods(options.realesr, Settings(options.device))
    metric = load_stlpips(options.stlpips) if options.stlpips else None
    print(stamp("benchmarks/contact_sheet.py"))
    whole: dict[tuple[str, str], Mapping[str, Pixels]] = {}
    rows: dict[Crop, Mapping[str, Pixels]] = {}
    found: dict[Crop, Mapping[str, float]] = {}
    for crop in CROPS:
        key = (crop.folder, crop.picture)
        if key not in whole:
            whole[key] = pictures(crop, options.data, made_by)
        rows[crop] = cut(crop, whole[key])
        if metric is not None:
            found[crop] = distances(metric, rows[crop])
    write_sheets(rows, options)
    if found:
        print_distances(found)


if __name__ == "__main__":
    main()
