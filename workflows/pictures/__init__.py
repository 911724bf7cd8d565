"""Pictures of processes as SVG: as their files draw them, or laid out where nobody has drawn them.

draw(read_picture(file), title="Booking", marks={"Task_Pay": {Mark.ACTIVE}})
draw(lay_out(nodes, links), title="Payment")
"""

from workflows.pictures.layout import lay_out
from workflows.pictures.model import Bounds, Edge, Link, Node, Picture, Shape, Trait
from workflows.pictures.reader import read_picture
from workflows.pictures.svg import Mark, draw, style

__all__ = [
    "Bounds",
    "Edge",
    "Link",
    "Mark",
    "Node",
    "Picture",
    "Shape",
    "Trait",
    "draw",
    "lay_out",
    "read_picture",
    "style",
]
