"""Words for sentences."""


def with_article(word: str) -> str:
    """Return a word after "a" or "an"."""
    return f"{'an' if word[:1].lower() in 'aeio' else 'a'} {word}"
