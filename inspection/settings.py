"""What an operator can set, read once at the door. Importing this reads nothing."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from inspection.errors import SettingUnusable

HERE = Path(__file__).parent
DEFAULT_BUNDLE = HERE.parent / "models" / "lite0-v2"

Device = Literal["auto", "cpu", "cuda", "tensorrt"]
Runtime = Literal["onnx", "torch"]
Precision = Literal["auto", "fp32", "int8"]


class Settings(BaseSettings):
    """Each can be set in the environment, with `INSPECTION_` in front."""

    model_config = SettingsConfigDict(env_prefix="INSPECTION_", frozen=True)

    bundle: Path = Field(
        default=DEFAULT_BUNDLE,
        description="The model bundle to serve: a folder. Given, it comes before one that was promoted.",
    )
    specialist: Path | None = Field(
        default=None,
        description="The folder of a specialist, asked of every item it was made for; unset: none is.",
    )
    device: Device = Field(
        default="auto", description="auto, cpu, cuda or tensorrt. Asked for by name and absent is an error."
    )
    runtime: Runtime = Field(
        default="onnx", description="onnx, or torch to run the same bundle with PyTorch."
    )
    precision: Precision = Field(
        default="auto", description="auto, fp32 or int8; auto takes int8 on the CPU and fp32 elsewhere."
    )
    policy: Path = Field(
        default=HERE / "returns" / "policies" / "house.toml", description="The rules and costs to decide by."
    )
    home: Path = Field(
        default=Path("var"),
        description="The folder for records, photos and the history of bundles; made when missing.",
    )

    database: SecretStr | None = Field(
        default=None,
        description="Where records are kept, postgresql://…; unset: SQLite, inspection.db in the home.",
    )

    photos: str | None = Field(
        default=None,
        description="Where photos are kept: s3://bucket/prefix, gs://… or az://…; unset: in the home folder.",
    )
    retention_days: int | None = Field(
        default=None,
        ge=1,
        description="Photos are erased so many days after their latest use; unset: when somebody asks.",
    )

    secret: SecretStr | None = Field(
        default=None,
        description="32 bytes or more: links, sessions and webhooks are signed with it; unset: made once.",
    )
    public_url: str | None = Field(
        default=None, description="Where others find this service: https://returns.example.com."
    )
    hosts: str = Field(
        default="", description="Names it is asked by beside that of the public URL; separated by spaces."
    )
    cors_origins: str = Field(
        default="", description="Sites whose scripts may ask, with a key or a link; separated by spaces."
    )
    oidc_issuer: str | None = Field(default=None, description="Where people sign in; unset: nowhere.")
    oidc_client_id: str = Field(default="", description="This service's name there.")
    oidc_client_secret: SecretStr | None = Field(default=None, description="Its secret there, if it has one.")
    oidc_roles_claim: str = Field(default="roles", description="Which claim says what people are.")
    oidc_roles: str = Field(
        default="", description="The issuer's words for ours: returns-team=inspector ops=administrator."
    )
    webhooks_to_private: str = Field(
        default="", description="Private hosts that webhooks may go to, http too; separated by spaces."
    )
    metrics_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Where /metrics is served, and nowhere else then; unset: the API has it on its own port.",
    )
    database_connections: int = Field(
        default=15,
        ge=6,
        description="Most connections of one process to PostgreSQL, all in all; a third is for jobs.",
    )
    looks_at_once: int | None = Field(
        default=None, ge=1, description="Looks of the model at once in one process; unset: one a core."
    )
    stop_seconds: float = Field(
        default=40,
        ge=2,
        description="So long after SIGTERM for all that is under way; what has not ended then is given up.",
    )
    drain_seconds: float = Field(
        default=0,
        ge=0,
        le=30,
        description="So long of it requests are still taken, while /readyz says no already.",
    )

    @field_validator("drain_seconds")
    @classmethod
    def _leaves_time_to_end(cls, seconds: float, info: ValidationInfo) -> float:
        """Requests that are under way have the first half of the stop, and drained is out of it."""
        stop = info.data.get("stop_seconds")
        if stop is not None and seconds > stop / 2:
            told = {"most": f"{stop / 2:g}"}
            raise PydanticCustomError(
                "drain", "it is at most half of INSPECTION_STOP_SECONDS, {most} s", told
            )
        return seconds

    @property
    def bundle_given(self) -> bool:
        """Whether somebody chose the bundle, rather than the default standing in."""
        return "bundle" in self.model_fields_set

    @classmethod
    def read(cls, **given: object) -> "Settings":
        """From the environment, then `given` (those not None) over it. Raises `SettingUnusable`."""
        try:
            return cls(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
        except ValidationError as error:
            first = error.errors()[0]
            raise SettingUnusable(str(first["loc"][0]), first["msg"]) from error
