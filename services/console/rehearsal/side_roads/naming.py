"""Who answers for the claim of a unit: one of its members, or somebody else of it by name and telephone."""

from random import Random

from services.claims.contracts import NamedPerson
from services.console.rehearsal import people
from services.console.rehearsal.scene import Scene
from services.directory.contracts import UnitView


def somebody_of(scene: Scene, unit: UnitView, dice: Random) -> NamedPerson:
    """Return who answers for a unit."""
    colleagues = scene.cast.colleagues.get(unit.id)
    if colleagues and dice.random() < 0.5:
        return NamedPerson(member_id=dice.choice(colleagues).member_id)
    return NamedPerson(name=people.name(dice, people.gender(dice)), phone=scene.fresh_phone())
