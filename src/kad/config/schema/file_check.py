"""FILE_CHECK { … }: a number in a watched file changes the weight of a server, or says that it is down."""

from typing import Annotated

from msgspec import Struct

from kad.config.check_kinds import FileWeight
from kad.config.fields import keyword
from kad.config.kinds import Word


class FileCheck(Struct, frozen=True, kw_only=True, tag="FILE_CHECK"):
    """A number in a watched file changes the weight of the server, or says that it is down.

    None: what the track_file says itself.
    """

    track_file: Annotated[
        str, keyword(Word("NAME"), "the name of a track_file, defined before this", example="track_file load")
    ]
    weight: Annotated[
        int | None,
        keyword(
            FileWeight(),
            "what the number is multiplied with to be added to the weight; reverse: and taken away from it",
            example="weight -1",
            into=("weight", "reverse"),
            otherwise="the track_file's",
        ),
    ] = None
    reverse: bool | None = None
