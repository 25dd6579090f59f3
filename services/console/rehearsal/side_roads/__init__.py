"""The side roads of the programme, each played by a class of its own."""

from typing import Any

from services.console.rehearsal.scene import Scene
from services.console.rehearsal.side_roads.complaining import ComplainingRoad
from services.console.rehearsal.side_roads.side_road import SideRoad

SIDE_ROADS: dict[str, type[SideRoad[Any]]] = {
    "complaining": ComplainingRoad,
}
"""By their tables in the scenario file, in the order in which they act within a day."""


def side_roads_of(scene: Scene) -> list[SideRoad[Any]]:
    """Return the side roads that the scenario takes."""
    asked = {name: getattr(scene.scenario.programme, name) for name in SIDE_ROADS}
    return [SIDE_ROADS[name](scene, settings) for name, settings in asked.items() if settings is not None]


__all__ = ["SIDE_ROADS", "SideRoad", "side_roads_of"]
