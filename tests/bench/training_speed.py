"""Images a second of training and of inference on this machine: not a timed test.

    python tests/bench/training_speed.py [--seconds 8] [--threads N] [--backbone NAME]
                [--batches 1 4 16 64 256] [--works heads whole torch onnx] [--memory 0.5] [--json FILE]

heads: a step of the damage head on cached features of the frozen trunk
whole: a step of full fine-tuning, trunk and damage head; rendering and augmenting pictures is not timed
torch, onnx: the whole network as served; an image is a view of 320 px and three crops of 224 px

On the CPU and, where there is one, on a GPU. Weights are of chance: speed does not ask for them. A row whose
step would take four times `--seconds`, or more than that share of free memory, is left out and says so. Where
the machine is busy with something else, look at images a second of processor time (on CPUs).
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import onnxruntime as ort
import psutil
import torch
from training_steps import CROP, PROVIDERS, VIEW, WORKS, Bench, Row, bytes_an_image, pictures

from training.chosen import Chosen
from training.graph import quiet_export
from training.network import Network, Outputs
from training.scenes import KINDS


def main() -> None:
    """Measure, print, and write."""
    arguments = _arguments()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    about = {
        "backbone": arguments.backbone,
        "threads": arguments.threads,
        "load": round(os.getloadavg()[0], 1),
        "torch": str(torch.__version__),
        "onnxruntime": ort.__version__,
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
    }
    print(", ".join(f"{name} {value}" for name, value in about.items()))
    with tempfile.TemporaryDirectory() as folder:
        bench = _bench(arguments, Path(folder))
        rows = list(_told(_rows(bench, arguments)))
    if arguments.json:
        told = json.dumps({**about, "rows": [asdict(row) for row in rows]}, indent=2)
        Path(arguments.json).write_text(told, encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=8.0, help="of each measurement")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--backbone", default=Chosen().backbone, help="by the name a recipe gives it")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 4, 16, 64, 256])
    parser.add_argument("--works", nargs="+", default=list(WORKS), choices=WORKS)
    parser.add_argument(
        "--memory", type=float, default=0.5, help="the share of what is free that a row may take"
    )
    parser.add_argument("--json", help="write the figures here too")
    return parser.parse_args()


def _bench(arguments: argparse.Namespace, folder: Path) -> Bench:
    trunk = Chosen(backbone=arguments.backbone, weights="none").trunk()
    network = Network(trunk, kinds=len(KINDS), categories=20).eval()
    views, crops = pictures(2, VIEW), pictures(3, CROP)
    graph = folder / "model.onnx"
    quiet_export(network, graph, {"views": views, "crops": crops}, Outputs._fields)
    return Bench(trunk=trunk, graph=graph, threads=arguments.threads, seconds=arguments.seconds)


def _rows(bench: Bench, arguments: argparse.Namespace) -> Iterator[Row]:
    for device in ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]:
        half = ["bf16", "fp16"] if device == "cuda" else ["bf16"]
        rows = [
            Row(work=work, device=device, precision=p)
            for work in ("heads", "whole")
            for p in ("fp32", "bf16")
        ]
        rows += [Row(work="torch", device=device, precision=precision) for precision in ("fp32", *half)]
        if PROVIDERS[device] in ort.get_available_providers():
            rows.append(Row(work="onnx", device=device, precision="fp32"))
        for row in rows:
            if row.work in arguments.works:
                yield from _by_batch(bench, row, arguments)


def _by_batch(bench: Bench, row: Row, arguments: argparse.Namespace) -> Iterator[Row]:
    """Growing, until one would take too long or too much."""
    an_image = 0.0  # seconds
    kept = bytes_an_image(bench.trunk, row.work)
    for batch in sorted(arguments.batches):
        wanted = replace(row, batch=batch)
        if an_image * batch > 4 * bench.seconds:
            yield replace(wanted, why=f"a step would take {an_image * batch:.0f} s")
        elif kept * batch > arguments.memory * _free(row.device):
            yield replace(wanted, why=f"it would take {kept * batch / 2**30:.0f} GiB")
        else:
            done = _measured(bench, wanted)
            an_image = 1 / done.images_s if done.images_s else an_image
            yield done


def _measured(bench: Bench, row: Row) -> Row:
    """After one step that warms up: whole steps until the time is over."""
    try:
        step = WORKS[row.work](bench, row)
        step()
        _wait(row.device)
        began, used, steps = time.perf_counter(), time.process_time(), 0
        while steps == 0 or time.perf_counter() - began < bench.seconds:
            step()
            _wait(row.device)
            steps += 1
    except torch.cuda.OutOfMemoryError:
        return replace(row, why="out of memory")
    done, took = steps * row.batch, time.perf_counter() - began
    core = done / (time.process_time() - used) if row.device == "cpu" else None
    return replace(row, images_s=done / took, images_core_s=core)


def _told(rows: Iterator[Row]) -> Iterator[Row]:
    """The table, as it comes; ratios are to its first row."""
    print(f"{'work':8}{'where':6}{'as':6}{'batch':>6}{'images/s':>10}{'ratio':>8}{'images/core s':>15}")
    first = 0.0
    for row in rows:
        first = first or row.images_s or 0.0
        said = f"{row.images_s:10.1f}{row.images_s / first:8.3f}" if row.images_s else f"  {row.why}"
        said += f"{row.images_core_s:15.1f}" if row.images_core_s else ""
        print(f"{row.work:8}{row.device:6}{row.precision:6}{row.batch:6}{said}", flush=True)
        yield row


def _wait(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def _free(device: str) -> int:
    """Bytes."""
    return torch.cuda.mem_get_info()[0] if device == "cuda" else psutil.virtual_memory().available


if __name__ == "__main__":
    main()
