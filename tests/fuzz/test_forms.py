"""Every form and query string of the house with what nobody asked for: never an error of the server."""

import contextlib
import copy
import random
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signals import request_finished
from django.db import close_old_connections, transaction
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import NoReverseMatch, reverse
from wagtail.contrib.redirects.models import Redirect
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import (
    Collection,
    Page,
    Revision,
    Site,
    Task,
    Workflow,
    get_page_models,
)
from wagtail.snippets.models import get_snippet_models

from people.models import Team, User
from tests.access.addresses import addresses, walk
from tests.access.house import cast
from tests.access.subjects import subjects
from tests.access.test_access import LEFT_OUT, TABLE
from tests.fuzz.bounded import SEED, Found, fuzz
from tests.fuzz.values import Lots, lots
from tests.fuzz.walking import FORM, Forms, Pairs, encoded, names_read

# Real people of the demo first, who have the most to see; then who else gets through.
PREFERRED = "mrwiensotxfda"
FILE_NAMES = (
    "a.csv",
    "a.jsonl",
    "a.json",
    "a.xlsx",
    "a.eml",
    "a.mbox",
    "a.vtt",
    "a.srt",
    "a.txt",
    "a.zip",
    "a.csv.gz",
    "a.png",
    "a.svg",
    "a.pdf",
    "a.wav",
    "a.mp3",
    "a.exe",
    "a",
    "ä" * 90 + ".csv",
    "a.md",
    "a.gift",
)
Target = tuple[str, str, list[str]]
SEARCHED = (
    "q",
    "page",
    "sort",
    "order",
    "period",
    "from",
    "to",
    "months",
    "month",
    "team",
    "state",
)


def who_gets_where() -> dict[tuple[str, str], list[str]]:
    """By method and name of an address, the letters of those who get through."""
    letters = TABLE.letters()
    found = {}
    for label, cells in TABLE.rows().items():
        method, name = label.split()
        through = [letter for letter, cell in zip(letters, cells, strict=False) if cell == "+"]
        found[method, name] = sorted(through, key=PREFERRED.index) or ["w"]
    return found


class Walk:
    """People in their browsers; each request is undone, what its page said about forms is kept."""

    def __init__(self) -> None:
        self.clients: dict[str, Client] = {}
        for letter, user in cast().items():
            self.clients[letter] = Client(raise_request_exception=False)
            if user is not None:
                self.clients[letter].force_login(user)
        self.forms = Forms()

    def ask(self, found: Found, letter: str, method: str, path: str, **sent: Any) -> None:
        cache.clear()
        client = self.clients[letter]
        known = self.forms.read[method, path]
        # A new password or signing out changes the session, which is undone with all else.
        cookies = copy.copy(client.cookies)
        with transaction.atomic():
            with names_read(known):
                response = client.generic(method.upper(), path, **sent)
            if not response.streaming and "html" in response.get("Content-Type", ""):
                self.forms.learn(path, response.content.decode())
            elif response.streaming:
                try:
                    b"".join(response.streaming_content)
                except Exception as error:
                    response.exc_info, response.status_code = (None, error, None), 500
            # Closing it would close the connection as well, and lose the house.
            request_finished.disconnect(close_old_connections)
            response.close()
            transaction.set_rollback(True)
        client.cookies = cookies
        if response.status_code >= 500:
            info = getattr(response, "exc_info", None)
            error = info[1] if info else AssertionError(f"{response.status_code} {path}")
            found.note(error, f"{letter} {method} {path} {sent}")


def of_wagtail() -> list[Target]:
    """Where editors and administrators write with Wagtail's own editor."""
    paths = [
        reverse("wagtailadmin_pages:add_subpage", args=[page.pk]) for page in Page.objects.all()[:3]
    ]
    for model in get_page_models():
        options = model._meta
        page = model.objects.order_by("-pk").first()
        if page is None or model is Page:
            continue
        for name in (
            "edit",
            "view_draft",
            "copy",
            "move",
            "delete",
            "unpublish",
            "history",
            "usage",
        ):
            paths.append(reverse(f"wagtailadmin_pages:{name}", args=[page.pk]))
        paths.append(reverse("wagtailadmin_explore", args=[page.pk]))
        if page.get_parent().depth > 1:
            args = [options.app_label, options.model_name, page.get_parent().pk]
            paths.append(reverse("wagtailadmin_pages:add", args=args))
            paths.append(reverse("wagtailadmin_pages:preview_on_add", args=args))
        paths.append(reverse("wagtailadmin_pages:preview_on_edit", args=[page.pk]))
    for model in get_snippet_models():
        views = model.snippet_viewset
        one = model.objects.order_by("pk").first()
        for name in ("list", "list_results", "add", "edit", "copy", "delete", "history", "usage"):
            try:
                taken = (
                    [one.pk]
                    if one and name in ("edit", "copy", "delete", "history", "usage")
                    else []
                )
                paths.append(reverse(views.get_url_name(name), args=taken))
            except NoReverseMatch:
                continue
    # Its other addresses, and ours among them, by what the URL configuration says of them.
    paths += [path for path in admin_paths() if path not in paths]
    return [(method, path, ["w", "e"]) for path in paths for method in ("get", "post")]


# Its errors are on purpose.
FAILS = {"wagtailadmin_error_test"}


def admin_paths() -> list[str]:
    """Each address under the editor's that can be filled with something the house has."""
    page = Page.objects.filter(depth__gt=2).first()
    upper = Page.objects.filter(depth=2).first()
    filled = {
        "page_id": page,
        "page_pk": page,
        "page_to_move_id": page,
        "parent_page_id": upper,
        "destination_id": upper,
        "image_id": get_image_model().objects.first(),
        "document_id": get_document_model().objects.first(),
        "doc_id": get_document_model().objects.first(),
        "collection_id": Collection.objects.first(),
        "revision_id": Revision.objects.page_revisions().first(),
        "workflow_pk": Workflow.objects.first(),
        "task_id": Task.objects.first(),
        "redirect_id": Redirect.objects.first(),
        "app_label": "content",
        "app_name": "taggit",
        "model_name": "learningpath",
        "content_type_app_name": "content",
        "content_type_model_name": "modulepage",
        "action": "delete",
        "action_name": "approve",
    }
    kinds = {
        "wagtailusers_users": User,
        "wagtailusers_groups": Group,
        "teams": Team,
        "wagtailsites": Site,
        "wagtailadmin_collections": Collection,
        "wagtailadmin_workflows": Workflow,
    }
    kinds |= {each.snippet_viewset.url_namespace: each for each in get_snippet_models()}
    kinds |= {each.snippet_viewset.chooser_viewset.name: each for each in get_snippet_models()}
    paths = []
    for name, route, _takes in walk():
        if not route.startswith("admin/") or not name or name in FAILS:
            continue
        space = name.partition(":")[0]
        kind = Task if "task" in name else kinds.get(space)
        wanted = re.findall(r"<(?:\w+:)?(\w+)>", route)
        known = filled | {"pk": kind.objects.order_by("pk").first() if kind else 1}
        values = {each: getattr(known.get(each), "pk", known.get(each)) for each in wanted}
        with contextlib.suppress(NoReverseMatch):
            if None not in values.values():
                paths.append(reverse(name, kwargs=values))
    return paths


def of_the_house() -> list[Target]:
    gets_there = who_gets_where()
    login = reverse("account_login")
    targets = [("get", login, ["a"]), ("post", login, ["a"])]
    for name, has_arguments in addresses():
        if name in LEFT_OUT:
            continue
        args = subjects.of(name) if has_arguments else ()
        for method in ("get", "post"):
            letters = gets_there.get((method.upper(), name))
            if letters:
                targets.append((method, reverse(name, args=args), letters))
    return targets


def changed(pairs: Pairs, names: list[str], lots: Lots) -> Pairs:
    """A form as it stood, with some of it missing, repeated, odd or added."""
    sent: Pairs = []
    spoilt = lots.one((0.1, 0.3, 0.9))
    for name, value in pairs:
        fate = lots.one("oomr") if lots.yes(spoilt) else "k"
        if fate in "kr":
            sent.append((name, value))
        if fate in "or":
            sent.append((name, lots.value()))
    for name in names:
        if lots.yes(0.4):
            sent += [(name, lots.value()) for _ in range(lots.one((1, 1, 1, 2)))]
    return sent


def attempt_on(walk: Walk, targets: list[Target]) -> Callable[[Lots, Found], None]:
    unseen = list(targets)
    random.Random(SEED).shuffle(unseen)
    # Pages come first, for their forms.
    unseen.sort(key=lambda target: target[0] == "get")

    def attempt(lots: Lots, found: Found) -> None:
        is_new = bool(unseen)
        method, path, letters = unseen.pop() if is_new else lots.one(targets)
        letter = letters[0] if is_new or lots.yes() else lots.one(letters)
        forms = walk.forms
        if method == "get":
            known = forms.sent.get(("get", path), [])
            names = [*SEARCHED, *sorted(forms.read[method, path]), *(name for name, _ in known)]
            pairs = [] if is_new else [(name, lots.value()) for name in lots.some(names, 6)]
            pairs += known if lots.yes() else []
            walk.ask(found, letter, method, path, QUERY_STRING=encoded(pairs).decode())
            return
        known = forms.sent.get((method, path), [])
        extra = sorted(forms.read[method, path] - {name for name, _ in known})
        pairs = changed(known, extra if lots.yes() else [], lots)
        headers = {"HTTP_HX_REQUEST": "true"} if lots.yes() else {}
        body, kind = encoded(pairs), FORM
        if forms.files[path] and lots.yes(0.8):
            parts: dict[str, Any] = {}
            for name, value in pairs:
                parts.setdefault(_whole(name), []).append(_whole(value))
            for name in forms.files[path]:
                parts[name] = SimpleUploadedFile(lots.one(FILE_NAMES), lots.one(lots.files))
            body, kind = encode_multipart(BOUNDARY, parts), MULTIPART_CONTENT
        walk.ask(found, letter, method, path, data=body, content_type=kind, **headers)

    return attempt


def _whole(text: str) -> str:
    return text.encode(errors="replace").decode()


@pytest.mark.django_db
@pytest.mark.parametrize("where", [of_the_house, of_wagtail])
def test_no_form_and_no_query_string_breaks_the_server(house, where, settings):
    settings.SURVEY_RATE_LIMIT = 10**9
    walk = Walk()
    fuzz(lots, attempt_on(walk, where()))
