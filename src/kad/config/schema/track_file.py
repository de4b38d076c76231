"""track_file NAME { … }: a file with a number that counts; and the lines of track_file { … } that follow it."""

from typing import Annotated

from msgspec import Struct

from kad.config.fields import argument, keyword
from kad.config.kinds import Fixed, Int, WeightReverse, Word
from kad.config.vrrp_kinds import Init, InitFile


class TrackFile(Struct, frozen=True, kw_only=True):
    """A watched file: the number in it times `weight` is added to the priority; with weight 0 any number is a fault."""

    name: Annotated[str, argument(Word("NAME"), "a name", example="load")]
    file: Annotated[
        str, keyword(Word("PATH"), "the file that is watched", example="file /run/load", once=True, acts=True)
    ]
    weight: Annotated[
        int,
        keyword(
            WeightReverse(-254, 254),
            "what the number in the file is multiplied with; reverse: and taken away",
            example="weight -1",
            into=("weight", "reverse"),
            fallback=(1, False),
            acts=True,
        ),
    ] = 1
    reverse: bool = False
    init_file: Annotated[
        InitFile | None,
        keyword(Init(), "make the file at the start, with this number in it", otherwise="off; 0", acts=True),
    ] = None


class TrackFileLine(Struct, frozen=True, kw_only=True):
    """One line: NAME [weight N [reverse|noreverse]]. None: what the track_file itself says."""

    name: Annotated[str, argument(Word("NAME"), "the name of a track_file", example="load")]
    weight: Annotated[
        int | None, keyword(Int(-254, 254), "what the number is multiplied with", example="weight -1", acts=True)
    ] = None
    reverse: Annotated[
        bool | None,
        keyword(Fixed(value=True), "take the product away instead of adding it", acts=True),
        keyword(Fixed(value=False), "add the product", name="noreverse", acts=True),
    ] = None
