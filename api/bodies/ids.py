"""Ids in requests and answers: UUIDs in lower case, and nothing else."""

from typing import Annotated

from fastapi import Path
from pydantic import Field

UUID = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
EXAMPLE = "019a3f6e-5a1c-7c3e-9d53-0b6a2f1c8e77"
Id = Annotated[str, Field(pattern=UUID, min_length=36, max_length=36, examples=[EXAMPLE])]
PathId = Annotated[str, Path(pattern=UUID, examples=[EXAMPLE])]
"""As a part of an address."""
