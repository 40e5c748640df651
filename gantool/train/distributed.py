"""Which process this is, when `torchrun` started several."""

from __future__ import annotations

import os

import torch
import torch.distributed as dist
from torch.distributed.distributed_c10d import PrefixStore
from torch.distributed.rendezvous import rendezvous

from gantool.train.processes import Ranks, launch


def join_ranks() -> Ranks:
    """Read torchrun's environment and join the process group; a plain run is rank 0 of 1."""
    ranks = launch()
    if ranks.world > 1 and not dist.is_initialized():
        # torchrun's store outlives the processes it starts anew: under one name for all attempts, a rank
        # that comes first would meet the address of a dead one.
        attempt = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
        store, rank, size = next(rendezvous("env://"))
        dist.init_process_group(
            # By the tensors' device, since --device cpu is as good beside a GPU as without one.
            "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo",
            store=PrefixStore(f"attempt-{attempt}", store),
            rank=rank,
            world_size=size,
        )
    return ranks


def leave_ranks(ranks: Ranks) -> None:
    """Leave the process group."""
    if ranks.world > 1 and dist.is_initialized():
        dist.destroy_process_group()


def wait_for_all(ranks: Ranks) -> None:
    """Return when every process has come here."""
    if ranks.world > 1:
        dist.barrier()


def agree(ranks: Ranks, value: float, device: torch.device) -> float:
    """Return rank 0's value on every rank, so that time budgets and stops are taken together."""
    if ranks.world == 1:
        return value
    tensor = torch.tensor([value], dtype=torch.float64, device=device)
    dist.broadcast(tensor, 0)
    return float(tensor.item())
