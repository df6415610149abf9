"""Everything that can go wrong and is known, sorted by whose problem it is.

    InspectionError
    ├── PhotoRejected      whoever took the photo can send another (HTTP 422)
    ├── RequestRejected    the calling person or system can ask differently (HTTP 4xx, exit 1)
    │   ├── Conflict       it does not fit what is there by now (409, 412)
    │   ├── Forbidden      who asks may not (403); Unauthenticated: nobody knows who asks (401)
    │   └── Overloaded     later (429)
    ├── NotFound           what was asked for is not here (HTTP 404)
    └── SetupProblem       only the operator can mend it (HTTP 503, exit 1)

Each message is one line a person can act on. `code` is stable and safe to build on; it is the
class name in snake case. One place translates each library's errors, with `from error`.
"""

from inspection.errors.base import (
    Conflict,
    Forbidden,
    InspectionError,
    NotFound,
    Overloaded,
    PhotoRejected,
    RequestRejected,
    SetupProblem,
    Unauthenticated,
)
from inspection.errors.cases import (
    AlreadyInspected,
    ChangedMeanwhile,
    ClaimedByAnother,
    MoveRefused,
    PhotoErasedMeanwhile,
    PhotoLookedAt,
    ProcessEnded,
    ReferenceNotFound,
    ReferenceTaken,
    ReturnNotFound,
    ReviewNotFound,
    SamePerson,
)
from inspection.errors.photos import (
    NotAPhoto,
    PhotoAnimated,
    PhotoBroken,
    PhotoEmpty,
    PhotoHidesFile,
    PhotoTooLarge,
    PhotoTooManyPixels,
    PhotoTooSmall,
)
from inspection.errors.requests import (
    CursorUnusable,
    FileMissing,
    InspectionNotFound,
    KeyReused,
    ManifestUnusable,
    NoPhotos,
    NothingToRollBack,
    OutputIsInput,
    PhotoNotFound,
    SamePhotoAsReference,
    SamePhotoTwice,
    StillRunning,
    TooManyPhotos,
    ValueUnusable,
)
from inspection.errors.setup import (
    AddressUnusable,
    BundleMissing,
    BundleRefused,
    BundleTampered,
    BundleUnsuitable,
    DeviceUnavailable,
    ExtraMissing,
    InferenceFailed,
    PolicyUnusable,
    SchemaTooNew,
    SettingUnusable,
    StoreUnusable,
)

__all__ = [
    "AddressUnusable",
    "AlreadyInspected",
    "BundleMissing",
    "BundleRefused",
    "BundleTampered",
    "BundleUnsuitable",
    "ChangedMeanwhile",
    "ClaimedByAnother",
    "Conflict",
    "CursorUnusable",
    "DeviceUnavailable",
    "ExtraMissing",
    "FileMissing",
    "Forbidden",
    "InferenceFailed",
    "InspectionError",
    "InspectionNotFound",
    "KeyReused",
    "ManifestUnusable",
    "MoveRefused",
    "NoPhotos",
    "NotAPhoto",
    "NotFound",
    "NothingToRollBack",
    "OutputIsInput",
    "Overloaded",
    "PhotoAnimated",
    "PhotoBroken",
    "PhotoEmpty",
    "PhotoErasedMeanwhile",
    "PhotoHidesFile",
    "PhotoLookedAt",
    "PhotoNotFound",
    "PhotoRejected",
    "PhotoTooLarge",
    "PhotoTooManyPixels",
    "PhotoTooSmall",
    "PolicyUnusable",
    "ProcessEnded",
    "ReferenceNotFound",
    "ReferenceTaken",
    "RequestRejected",
    "ReturnNotFound",
    "ReviewNotFound",
    "SamePerson",
    "SamePhotoAsReference",
    "SamePhotoTwice",
    "SchemaTooNew",
    "SettingUnusable",
    "SetupProblem",
    "StillRunning",
    "StoreUnusable",
    "TooManyPhotos",
    "Unauthenticated",
    "ValueUnusable",
]
