"""Procedures as an editor publishes them, edition by edition."""

from content.models import ChangeKind, Edition, ProcedurePage
from tests.factories.content import ProcedurePageFactory


def publish(page=None, *, by=None, kind="", note="", teams=None, **fields) -> ProcedurePage:
    """Publish a new procedure, or the next edition of `page` with `fields` changed."""
    channels = fields.pop("channels", None)
    if page is None:
        page = ProcedurePageFactory(channels=channels or [], **fields)
    page = ProcedurePage.objects.get(pk=page.pk)
    for name, value in fields.items():
        setattr(page, name, value)
    if teams is not None:
        page.teams = teams
    page.change_kind, page.change_note = kind, note
    page.save_revision(user=by).publish(user=by)
    return ProcedurePage.objects.get(pk=page.pk)


def change(page, purpose, *, kind=ChangeKind.MATERIAL, note="Something is different.", **more):
    return publish(page, kind=kind, note=note, purpose=purpose, **more)


def newest(page) -> Edition:
    return Edition.objects.filter(page=page).order_by("-number").first()


def edit_form(page, **changed):
    """What the page editor posts for a procedure with nothing in its lists."""
    data = {
        "title": page.title,
        "slug": page.slug,
        "purpose": page.purpose,
        "comment_notifications": "",
        "review_owner": "",
        "reviewed_on": "",
        "review_every_months": "6",
        "review_by_hand": "",
        "change_kind": "",
        "change_note": "",
    }
    for name in ("channel_standards", "escalation_levels", "comments"):
        data |= {
            f"{name}-TOTAL_FORMS": "0",
            f"{name}-INITIAL_FORMS": "0",
            f"{name}-MIN_NUM_FORMS": "0",
            f"{name}-MAX_NUM_FORMS": "1000",
        }
    data |= {"steps-count": "0", "notes-count": "0"}
    return data | changed
