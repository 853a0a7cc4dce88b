"""Reads the setting CONTENT_LANGUAGES."""

from collections.abc import Iterable

from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured


def content_languages(codes: Iterable[str], *, source: str) -> list[tuple[str, str]]:
    """Each code with the language's own name, `source` first."""
    wanted = list(dict.fromkeys(code.strip().lower() for code in codes if code.strip()))
    unknown = [code for code in wanted if "name_local" not in LANG_INFO.get(code, {})]
    if unknown:
        raise ImproperlyConfigured(
            f"CONTENT_LANGUAGES names {', '.join(unknown)}, which Django does not know. "
            "Give codes such as de, sv or pt-br, with commas between them."
        )
    if source not in wanted:
        raise ImproperlyConfigured(
            f"CONTENT_LANGUAGES has to name {source}: the manual is written in it first."
        )
    in_order = [source, *(code for code in wanted if code != source)]
    return [(code, capitalised(LANG_INFO[code]["name_local"])) for code in in_order]


def capitalised(name: str) -> str:
    return name[:1].upper() + name[1:]
