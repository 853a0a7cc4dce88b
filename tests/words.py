"""What a page says, looked for as a reader would."""

import re


def says(page: str, word: str) -> bool:
    """Whether `page` has `word` as a word of its own. Every page has tokens drawn anew; a short name
    stands within one of them once in some thousand pages, where `in` would find it."""
    return re.search(rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])", page) is not None
