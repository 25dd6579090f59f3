"""Who hears of what is stuck, and when: community, then street, then district, each once."""

from datetime import date

HIGHEST_STEP = 2
"""1 is the street of a community, 2 its district."""


def months_on_board(released_on: date, today: date) -> int:
    """Return how many months lie between the first release of an offer and today: it visibly ages."""
    months = (today.year - released_on.year) * 12 + today.month - released_on.month
    return max(0, months - (today.day < released_on.day))


def step_due(waited: int, patience: int) -> int:
    """Return how far up something has come that waited so long: a step for each time of patience, 0 none."""
    return min(waited // patience, HIGHEST_STEP) if patience > 0 else 0


def told_path(area_path: str, step: int) -> str | None:
    """Return the area whose officers hear of a step, None above the city: /c/d/s/x/, 1 → /c/d/s/."""
    places = [place for place in area_path.split("/") if place]
    kept = places[:-step] if step < len(places) else []
    return f"/{'/'.join(kept)}/" if kept else None
