"""Data sets in the layouts they come in, their cards, and splits that share no person, item or photo."""

from training.data.cards import CARDS, ROOT, Card, data_folder, read_card
from training.data.example import DataUnlicensed, Example, Split, SplitLeaks
from training.data.layouts import differences, fingerprint, read_examples, read_layout, trainable
from training.data.manifest import read_manifest
from training.data.splits import refuse_overlap, split, split_of

__all__ = [
    "CARDS", "ROOT", "Card", "DataUnlicensed", "Example", "Split", "SplitLeaks", "data_folder",
    "differences", "fingerprint", "read_card", "read_examples", "read_layout", "read_manifest",
    "refuse_overlap", "split", "split_of", "trainable",
]  # fmt: skip
