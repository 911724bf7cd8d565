"""How large a file may be. Real diagrams have some hundred kilobytes and nest less than thirty elements."""

MAX_BYTES = 5_000_000
MAX_DEPTH = 200
MAX_ELEMENTS = 100_000
MAX_ATTRIBUTES = 100

MAX_LINES = 65_000
"""libxml2 counts lines in sixteen bits: in longer files it could not say where an element stands."""

MAX_PROBLEMS = 500
"""How many problems of one file are listed, so that the answer to a hostile file stays small."""
MAX_SENTENCE = 600
MAX_NAME = 200
"""How many characters of a file's own texts a problem may repeat."""
