"""Weights that come inside this package. Torch-free."""

from __future__ import annotations

from gantool.task import KnownWeight

CLASSIFIER_ID = "generate-digit-classifier"

DIGIT_CLASSIFIER = KnownWeight(
    id=CLASSIFIER_ID,
    summary="tells digits, to judge made ones by",
    licence="Apache-2.0",
    path=f"{CLASSIFIER_ID}.safetensors",
    sha256="365f6509d52c0a07d6e53e512bf04f2dc7b9ccf34cb348fb1f386877931f4236",
)
