"""Weight files that were damaged, or made to do damage. The same seed gives the same files."""

from __future__ import annotations

import io
import json
import os
import pickle
import random
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save

from gantool.errors import GantoolError
from gantool.weights.card import Card
from gantool.weights.exchange import Wish, import_file
from gantool.weights.files import CARD_KEY

CARD = Card(id="mutant", task="plain", architecture="gain", config={"width": 4}, licence="CC0-1.0")


@dataclass(frozen=True)
class Canary:
    """Dies, as a file that appears, when a pickle is executed."""

    path: Path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str, ...]]:
        return os.system, (f"touch {self.path}",)


@dataclass(frozen=True)
class WeightMutant:
    """A file, `.safetensors` or `.pth`, and what was done to it."""

    kind: str
    content: bytes
    how: str


class Verdict(Enum):
    """What became of an import."""

    REFUSED = auto()
    IMPORTED = auto()
    TROUBLE = auto()


def tensors() -> dict[str, torch.Tensor]:
    return {
        "body.weight": torch.arange(48.0).reshape(4, 3, 2, 2),
        "gain": torch.ones(4),
        "steps": torch.tensor([7]),
    }


def weight_mutant(seed: int, number: int, canary: Canary) -> WeightMutant:
    """Return one mutant: half are safetensors, half `.pth`."""
    rng = random.Random(seed * 1_000_003 + number)
    if number % 2:
        change = rng.choice(_PTH)
        return WeightMutant("pth", change(rng, canary), change.__name__.strip("_"))
    change = rng.choice(_SAFETENSORS)
    return WeightMutant("safetensors", change(rng, canary), change.__name__.strip("_"))


def try_import(one: WeightMutant, home: Path) -> Verdict:
    """Import a mutant into the store of `home` (see XDG_DATA_HOME); trouble is all but a line or a weight."""
    store, source = home / "data/gantool/weights", home / f"mutant.{one.kind}"
    card = home / "card.json"
    card.write_text(json.dumps({"architecture": "gain", "config": {}, "licence": "CC0-1.0"}))
    source.write_bytes(one.content)
    outside = listing(home, store)
    wish = Wish(id="mutant", task="plain", card=card if one.kind == "pth" else None, overwrite=True)
    try:
        loaded = import_file(source, wish)
        verdict = Verdict.IMPORTED
        sound = all(bool(tensor.isfinite().all()) for tensor in loaded.tensors.values())
    except GantoolError as error:
        verdict, sound = Verdict.REFUSED, "\n" not in str(error) and str(source) in str(error)
    except Exception:
        return Verdict.TROUBLE
    stays = listing(home, store) == outside and source.read_bytes() == one.content
    kept = {path.name for path in store.glob("*")} | {path.name for path in store.glob(".*")}
    return verdict if sound and stays and kept <= {"mutant.safetensors"} else Verdict.TROUBLE


def listing(home: Path, store: Path) -> set[str]:
    """Return all that lies outside of the store."""
    return {
        str(path)
        for path in home.rglob("*")
        if path not in (store, *store.parents) and store not in path.parents
    }


def _sound(rng: random.Random) -> bytes:
    return save(tensors(), metadata={CARD_KEY: CARD.to_json()})


def _rebuilt(header: dict[str, Any] | bytes, data: bytes, stated: int | None = None) -> bytes:
    """Return a safetensors file of a header and data; `stated` is a false length of the header."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if stated is None else stated) + text + data


def _parts(content: bytes) -> tuple[dict[str, Any], bytes]:
    size = struct.unpack("<Q", content[:8])[0]
    return json.loads(content[8 : 8 + size]), content[8 + size :]


def _truncated(rng: random.Random, canary: Canary) -> bytes:
    content = _sound(rng)
    return content[: rng.randrange(len(content))]


def _flipped(rng: random.Random, canary: Canary) -> bytes:
    content = bytearray(_sound(rng))
    for _ in range(rng.choice((1, 2, 8))):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    return bytes(content)


def _absurd_shape(rng: random.Random, canary: Canary) -> bytes:
    header, data = _parts(_sound(rng))
    sides = rng.choice(([1 << 40], [1 << 62, 4], [-1, 4], [0], [1.5], ["4"], [1] * 5000, [[4]], None))
    header["gain"]["shape"] = sides
    return _rebuilt(header, data)


def _wrong_offsets(rng: random.Random, canary: Canary) -> bytes:
    header, data = _parts(_sound(rng))
    own = header["gain"]["data_offsets"]
    pairs = (
        [0, own[1] - own[0]],
        [own[1], own[0]],
        [-4, 4],
        [1 << 63, (1 << 63) + 8],
        [own[0], 1 << 40],
        [own[0]],
    )
    header["gain"]["data_offsets"] = rng.choice(pairs)
    return _rebuilt(header, data)


def _odd_header(rng: random.Random, canary: Canary) -> bytes:
    header, data = _parts(_sound(rng))
    text = json.dumps(header).encode()
    return rng.choice(
        (
            _rebuilt(
                text, data, stated=rng.choice((0, 1, 7, len(text) - 1, len(text) + 9, 1 << 40, (1 << 64) - 1))
            ),
            _rebuilt(b"[" * 50_000, data),
            _rebuilt(b'{"a":' * 5000 + b"1" + b"}" * 5000, data),
            _rebuilt(text.replace(b'"gain"', b'"body.weight"'), data),
            _rebuilt(text.replace(b"F32", rng.choice((b"F8_E4M3", b"C64", b"I4", b"object"))), data),
            _rebuilt(b"\xff\xfe" + text, data),
            _rebuilt(b"null", data),
        )
    )


def _odd_card(rng: random.Random, canary: Canary) -> bytes:
    header, data = _parts(_sound(rng))
    record = CARD.to_record()
    record["id"] = rng.choice(
        ("../../escaped", "/etc/passwd", "a/b", "con\x00", "x" * 5000, "", "..", "C:\\x", 7)
    )
    record["version"] = rng.choice((2, 2, 2, 99, "2", -1, None))
    card = rng.choice(
        (json.dumps(record), "{" * 3000, "[]", "null", '{"id": NaN}', json.dumps({**record, "evil": 1}))
    )
    header["__metadata__"] = rng.choice(({CARD_KEY: card}, {CARD_KEY: 7}, "card", {}, None))
    return _rebuilt(header, data)


def _not_finite(rng: random.Random, canary: Canary) -> bytes:
    odd = tensors()
    odd["gain"][rng.randrange(4)] = rng.choice((float("nan"), float("inf"), -float("inf")))
    return save(odd, metadata={CARD_KEY: CARD.to_json()})


def _odd_names(rng: random.Random, canary: Canary) -> bytes:
    name = rng.choice(("../../../tmp/x", "/etc/passwd", "a\x00b", "", "x" * 70_000, "\u202e", "__class__"))
    return save({**tensors(), name: torch.ones(2)}, metadata={CARD_KEY: CARD.to_json()})


def _pickled(content: object, *, zipped: bool) -> bytes:
    stream = io.BytesIO()
    torch.save(content, stream, _use_new_zipfile_serialization=zipped)
    return stream.getvalue()


def _bomb(rng: random.Random, canary: Canary) -> bytes:
    """Execute something as soon as it is unpickled."""
    payloads: tuple[object, ...] = (
        canary,
        {"state_dict": tensors(), "extra": canary},
        {"gain": canary},
        [canary],
    )
    return rng.choice((_pickled(rng.choice(payloads), zipped=rng.random() < 0.5), pickle.dumps(canary)))


def _pth_truncated(rng: random.Random, canary: Canary) -> bytes:
    content = _pickled(tensors(), zipped=rng.random() < 0.5)
    return content[: rng.randrange(len(content))]


def _pth_flipped(rng: random.Random, canary: Canary) -> bytes:
    content = bytearray(_pickled({"params": tensors()}, zipped=rng.random() < 0.5))
    for _ in range(rng.choice((1, 4, 32))):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    return bytes(content)


def _pth_odd_content(rng: random.Random, canary: Canary) -> bytes:
    contents: tuple[object, ...] = (
        {},
        [],
        7,
        {"gain": 7},
        {7: torch.ones(2)},
        {"params": {"gain": {"deeper": torch.ones(1)}}},
        {"gain": torch.tensor([float("nan")])},
        {"gain": torch.full((2,), 1e30)},
        {"../../escaped": torch.ones(2)},
        {"gain": torch.empty(0)},
        {"gain": torch.ones(1).expand(1 << 20)},
        torch.nn.Linear(2, 2).state_dict(),
    )
    return _pickled(rng.choice(contents), zipped=rng.random() < 0.5)


def _pth_zip(rng: random.Random, canary: Canary) -> bytes:
    """Change the archive: entries with odd paths, of zeros that pack a thousandfold, or a pickle of ours."""
    stream = io.BytesIO()
    source = zipfile.ZipFile(io.BytesIO(_pickled(tensors(), zipped=True)))
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            body = source.read(name)
            if name.endswith("data.pkl") and rng.random() < 0.6:
                body = rng.choice(
                    (pickle.dumps(canary, protocol=2), b"\x80\x02c", b"", body[: len(body) // 2])
                )
            if "/data/" in name and rng.random() < 0.3:
                body = bytes(1 << 22)
            archive.writestr(name, body)
        archive.writestr(rng.choice(("../../escaped", "/gantool-escaped", "archive/other")), b"escaped")
    return stream.getvalue()


_SAFETENSORS = (
    _truncated,
    _flipped,
    _flipped,
    _absurd_shape,
    _wrong_offsets,
    _odd_header,
    _odd_card,
    _not_finite,
    _odd_names,
)
_PTH = (_bomb, _bomb, _pth_truncated, _pth_flipped, _pth_odd_content, _pth_zip)
