"""What every part of a scenario file is made of: a field that is not known is a mistake."""

from typing import Annotated

import msgspec
from msgspec import Meta

Name = Annotated[str, Meta(min_length=2, max_length=60)]
Summary = Annotated[str, Meta(min_length=4, max_length=40)]  # seed 000: 以40字左右简要概括
Share = Annotated[float, Meta(ge=0, le=1)]
AtLeastOne = Annotated[int, Meta(ge=1)]


class Written(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a scenario file; a field it does not know is a mistake, not an extension."""
