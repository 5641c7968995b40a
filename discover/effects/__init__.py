"""What leaves the process: effects of known libraries, found by the catalog's rules."""

from discover.effects.find import find_effects, find_site_effects
from discover.effects.records import SiteEffect

__all__ = ["SiteEffect", "find_effects", "find_site_effects"]
