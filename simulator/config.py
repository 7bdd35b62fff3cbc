"""Every environment variable the simulator reads, each once."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What the simulator needs to start; names in the environment begin with `SIMULATOR_`."""

    model_config = SettingsConfigDict(env_prefix="SIMULATOR_", frozen=True)

    home: Path = Field(
        default=Path("var/simulator"),
        description="Folder with simulator.json (optional) and the simulator's own state.",
    )
    callback_url: str | None = Field(
        default=None,
        description="Where webhooks go; wins over the callback_url of simulator.json.",
    )
    inbox_url: str | None = Field(
        default=None,
        description="Where the phone's link to the inbox leads; else the callback's origin.",
    )
    buttons_for_all: bool = Field(
        default=False,
        description="true: the pages' buttons answer other machines too; for a container.",
    )
    retry_seconds: tuple[float, ...] = Field(
        default=(0, 1, 5, 15, 60, 300),
        min_length=1,
        description="Pauses before each delivery attempt as a JSON list; the last one repeats.",
    )
    webhook_timeout: float = Field(
        default=5.0,
        gt=0,
        description="Seconds in which the inbox must have answered a webhook with 200.",
    )
