"""Quality against time: the plot's points are the figures of the page's tables, and nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from benchmarks.plot import Dot, round_numbers, scatter

ROOT = Path(__file__).parents[2]
PAGE = """
<!-- begin denoise-peers: x.py -->
### The peers' protocol: clipped to 8 bits

| PSNR | CBSD68 15 | CBSD68 25 |
| --- | ---: | ---: |
| **ours** | 33.70 | 30.99 |
| other (fast) | 28.69 | 25.49 |
| never timed | 30.00 | 27.35 |
| not measured | 30.00 | - |

<!-- end -->
<!-- begin denoise-speed: x.py -->
### Speed: seconds per megapixel, 3 rounds

|  | seconds | range |
| --- | ---: | ---: |
| **ours** | 0.73 | 0.73 - 1.06 |
| other (fast) | 7.30 | 1.00 - 1.01 |
| not measured | 1.00 | 1.00 - 1.01 |

<!-- end -->
"""


def test_what_both_tables_have_is_drawn(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(PAGE)
    script = ROOT / "benchmarks" / "quality_time.py"
    command = [sys.executable, str(script), "denoise", "--page", "page.md", "--out", "plot.svg"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("(plot.svg)")
    drawn = (tmp_path / "plot.svg").read_text()
    assert drawn.count("<circle") == 2
    assert ">ours<" in drawn
    assert ">other<" in drawn


def test_ten_times_the_time_is_one_decade_and_better_is_higher() -> None:
    spots = (Dot("a", 1.0, 30.0, True), Dot("b", 10.0, 31.0, False), Dot("c", 100.0, 32.0, False))
    drawn = scatter("title", "seconds", "dB", spots)
    places = [tuple(map(float, one)) for one in re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', drawn)]
    (ax, ay), (bx, by), (cx, cy) = places
    assert abs((bx - ax) - (cx - bx)) < 0.2
    assert ay > by > cy


def test_round_numbers() -> None:
    assert round_numbers(0.4, 21) == [0.5, 1, 2, 5, 10, 20]
