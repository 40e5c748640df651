from __future__ import annotations

import math

from gantool.report.thinning import POINTS, ends, positions, thin


def test_a_short_series_stays_as_it_is() -> None:
    values = [1.0, math.nan, math.inf, 0.123456789]
    curve = thin(values, ends(4))
    assert curve.values == (1.0, None, None, 0.123457)
    assert (curve.low, curve.high) == ((), ())


def test_a_long_series_keeps_its_extremes_and_its_end() -> None:
    steps = [float(step) for step in range(1, 10001)]
    values = [0.0] * 10000
    values[5000], values[7000], values[8000] = 9.0, -9.0, math.nan
    stretches = ends(10000)
    curve = thin(values, stretches)
    assert len(curve.values) == len(curve.low) == len(curve.high) == POINTS
    assert max(value for value in curve.high if value is not None) == 9.0
    assert min(value for value in curve.low if value is not None) == -9.0
    assert None not in curve.values
    assert positions(steps, stretches)[-1] == 10000


def test_a_stretch_without_a_finite_value_is_a_gap() -> None:
    assert thin([math.nan, math.nan, 1.0, 3.0], (2, 4)).values == (None, 2.0)


def test_nothing_is_nothing() -> None:
    assert ends(0) == ()
    assert thin([], ()).values == ()
