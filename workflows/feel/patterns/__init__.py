"""Regular expressions of XPath 3.1, matched in linear time.

Patterns come from diagrams and from data, so a matcher that backtracks could be made to run for years by a pattern of
ten characters. This one follows all alternatives at once (Thompson's construction, with Pike's groups): a text of n
characters and a pattern of m instructions take at most n * m steps, each taken from the evaluation's budget. The price
is that back-references (``\\1`` inside a pattern) are refused, as are patterns of more than 5,000 instructions.
"""

from workflows.feel.patterns.matcher import Match, Pattern, compile_pattern
from workflows.feel.patterns.syntax import PatternError

__all__ = ["Match", "Pattern", "PatternError", "compile_pattern"]
