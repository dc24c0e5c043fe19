"""A surface as a profile gives it, for tests without a device."""

from conformance.exploration import Surface
from conformance.exploration.surface import Target
from conformance.formats import DataType
from conformance.messages import Path

NUMBER, TEXT, LAMP = Path(3442, 0, 120), Path(3442, 0, 110), Path(3311, 1, 5850)
SLOT = LAMP.parent


def surface() -> Surface:
    targets = (
        Target(NUMBER, DataType.INTEGER),
        Target(TEXT, DataType.STRING),
        Target(LAMP, DataType.BOOLEAN, mandatory=True),
    )
    return Surface(
        {target.path: target for target in targets},
        formats=(0, 60, 112, 11542),
        instance=NUMBER.parent,
        replace=True,
        partial=True,
        slots=(SLOT,),
        required=(5850,),
        discover=True,
        attributes=True,
        observe=True,
        links=(Path(3, 0),),
    )
