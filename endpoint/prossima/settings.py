"""One settings model: flags win over `PROSSIMA_*` in the environment, which wins over `prossima.toml`.

Every flag of `prossima serve` and `prossima publish` is a field here; `docs/settings.md` is their table.
"""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)


class Settings(BaseSettings):
    """What can be set. Each field's description is its help text."""

    model_config = SettingsConfigDict(env_prefix="PROSSIMA_", env_ignore_empty=True, extra="forbid")

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    data: Path = Field(Path("data"), description="Folder that holds the releases.")
    lang: Literal["it", "en"] | None = Field(None, description="Language of the commands: `it` or `en`.")
    time_limit: float = Field(30.0, gt=0, description="Seconds a query may run before its process is ended.")
    workers: int = Field(
        max(2, os.cpu_count() or 2),
        ge=1,
        description="Queries that may run at once; one client may hold all but one. Two processes more are kept: one "
        "for the site's own questions, one to spare.",
    )
    queue: int = Field(64, ge=1, description="Queries that may wait for their turn, half of them of one client.")
    queue_wait: float = Field(30.0, gt=0, description="Seconds a query may wait for its turn before it gets a 429.")
    result_limit: int = Field(512_000_000, gt=0, description="Bytes an answer may have.")
    memory_limit: int = Field(2_000_000_000, ge=500_000_000, description="Bytes of memory a query process may take.")
    query_limit: int = Field(1_000_000, gt=0, description="Bytes a query may have.")
    cache_limit: int = Field(256_000_000, ge=0, description="Bytes of answers kept in memory; 0 keeps none.")
    trusted_proxies: list[str] = Field(
        [],
        description="Addresses or networks of proxies whose `X-Forwarded-For` is believed, as a JSON list.",
    )
    slow_query: float = Field(5.0, gt=0, description="Seconds from which a query is logged as slow, with its text.")
    access_log: str = Field(
        "", description="File for one JSON line a request, `-` for standard output; none when empty."
    )
    keep_releases: int = Field(50, ge=1, description="Releases kept; older ones not in use are dropped.")
    keep_bytes: int = Field(0, ge=0, description="Bytes the kept releases may take together; 0 for no limit.")
    lock_wait: float = Field(60.0, ge=0, description="Seconds a publication waits for another one to end.")

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: list[str]) -> list[str]:
        for network in value:
            try:
                ipaddress.ip_network(network, strict=False)
            except ValueError:
                said = {"network": network}
                raise PydanticCustomError("network", "{network} is no address and no network", said) from None
        return value

    @field_validator("host", "data", mode="before")
    @classmethod
    def _not_empty(cls, value: object) -> object:
        """An empty folder would be the working one, an empty address all of them."""
        if value == "":
            raise PydanticCustomError("empty", "a value is needed, not an empty text")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=settings_file())


def settings_file() -> Path:
    """The file of settings: that which PROSSIMA_SETTINGS names, which must be there, or the one that may be here."""
    return Path(os.environ.get("PROSSIMA_SETTINGS") or "prossima.toml")
