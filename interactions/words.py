"""Names that machines gave, as words for people. Pure."""

import re


def humanised(name: str) -> str:
    """ "status_mystery-fee" as "Status mystery fee", "DoctorName" as "Doctor name"."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", " ", name)
    if words != name:
        words = words.lower()
    words = " ".join(re.sub(r"[_-]+", " ", words).split())
    return words[:1].upper() + words[1:]
