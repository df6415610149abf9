"""What only the operator can mend."""

import re

from inspection.errors.base import SetupProblem

_KINDS = (
    ("schema_too_new", r"of a newer version"),
    ("disk_full", r"(disk|volume|quota).*(full|exceeded)|no space left"),
    ("locked", r"locked|lock timeout|deadlock"),
    ("timeout", r"timed? ?out|has not answered"),
    ("refused", r"refused|not accepting|shutting down|starting up|too many (clients|connections)"),
    ("denied", r"denied|authentication|permission|forbidden|unauthorized|access ?key|signature"),
    ("read_only", r"read-?only"),
    ("missing", r"does not exist|no such|not found|unable to open|name or service not known"),
)
"""What stores say, in words for whoever may not read it all; the first that fits."""


class BundleRefused(SetupProblem):
    """This folder is not a model bundle we would serve; `why` names the file and the fault."""

    def __init__(self, bundle: str, why: str) -> None:
        super().__init__(f"Bundle {bundle} is refused: {why}.")


class BundleMissing(BundleRefused):
    """There is no folder of that name, or no card in it."""


class BundleTampered(BundleRefused):
    """A file is not the one that was released."""


class BundleUnsuitable(BundleRefused):
    """Whole and untouched, but not for this version of the product."""


class DeviceUnavailable(SetupProblem):
    """A device was asked for by name and is not here. We never fall back in silence."""

    def __init__(self, device: str, why: str) -> None:
        super().__init__(f"Device '{device}' was asked for and cannot be used: {why}.")


class SettingUnusable(SetupProblem):
    """A setting whose value cannot be used."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"The setting INSPECTION_{name.upper()} cannot be used: {why}.")


class AddressUnusable(SetupProblem):
    """Where the server was told to listen, it cannot."""

    def __init__(self, host: str, port: int, why: str) -> None:
        super().__init__(f"Cannot listen on {host}, port {port}: {why}. Choose another port or host.")


class InferenceFailed(SetupProblem):
    """The graph is loaded and the device ran it before, and now it does not: memory, driver, a bug."""

    def __init__(self, device: str, why: str) -> None:
        super().__init__(f"The model failed on {device}: {why}.")


class PolicyUnusable(SetupProblem):
    """A policy file that cannot be read, or that contradicts itself."""


class StoreUnusable(SetupProblem):
    """Records or photos cannot be kept or read: no permission, a full disk, a locked or broken file."""

    def __init__(self, store: str, why: str) -> None:
        super().__init__(f"The store {store} cannot be used: {why}.")
        self._why = why

    @property
    def kind(self) -> str:
        """Nothing of this machine or its secrets: `refused`, `timeout`, `disk_full` and the like."""
        said = self._why.lower()
        return next((kind for kind, words in _KINDS if re.search(words, said)), "broken")


class SchemaTooNew(StoreUnusable):
    """A newer version has changed the records' schema, and this one does not know it."""

    def __init__(self, store: str, revision: str) -> None:
        super().__init__(store, f"its schema ({revision}) is of a newer version than this one; start that")


class ExtraMissing(SetupProblem):
    """A feature whose optional dependencies are not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs the extra '{extra}': pip install 'inspection[{extra}]'.")
