"""One translator per channel; Messenger and WhatsApp become a file and a line here."""

from simulator.platforms.base import Platform
from simulator.platforms.instagram import Instagram

PLATFORMS: dict[str, Platform] = {"instagram": Instagram()}
