"""What stands in the addresses of the editors' area."""

from typing import Any

from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db.models import CharField
from django.utils import timezone
from wagtail.actions.create_alias import CreatePageAliasAction
from wagtail.admin.api.views import PagesAdminAPIViewSet
from wagtail.admin.models import EditingSession
from wagtail.admin.views.bulk_action.registry import bulk_action_registry
from wagtail.contrib.redirects.models import Redirect
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import (
    Collection,
    CollectionViewRestriction,
    Page,
    PageViewRestriction,
    Site,
    UploadedFile,
    WorkflowState,
)
from wagtail.snippets.models import get_snippet_models

from content.models import (
    ContingencyNote,
    ManualImport,
    ManualIndexPage,
    ProcedurePage,
    SecondPersonTask,
    Skill,
)
from people.models import User
from tests.access.addresses import Subjects
from tests.access.house import person
from tests.access.subjects import document as shown_document
from tests.access.subjects import one, procedure, team_of_ines
from tests.factories.people import UserFactory

subjects = Subjects("tests/access/subjects_wagtail.py")
are = subjects.are


def manual() -> ManualIndexPage:
    return one(ManualIndexPage, locale__language_code="en")


def superuser() -> User:
    return User.objects.filter(is_superuser=True).first() or UserFactory(
        email="root@example.org", is_superuser=True
    )


# Pages -------------------------------------------------------------------------------------------
def in_review() -> WorkflowState:
    """Edda has submitted the page, and so is not who approves it."""
    page, edda = procedure(), person("edda.quill")
    if page.current_workflow_state is None:
        page.save_revision(user=edda)
        page.get_workflow().start(page, edda)
    return page.current_workflow_state


def alias() -> Page:
    return Page.objects.filter(alias_of=procedure()).first() or CreatePageAliasAction(
        procedure(), parent=manual(), update_slug="again"
    ).execute(skip_permission_checks=True)


def revision() -> tuple[Any, Any]:
    in_review()
    return procedure(), procedure().latest_revision


def locked() -> Page:
    """By Edda."""
    page = Page.objects.get(pk=alias().pk)
    page.locked, page.locked_by, page.locked_at = True, person("edda.quill"), timezone.now()
    page.save(update_fields=["locked", "locked_by", "locked_at"])
    return page


def by_password() -> PageViewRestriction:
    made, _new = PageViewRestriction.objects.get_or_create(
        page=alias(), restriction_type="password", defaults={"password": "kept by somebody"}
    )
    return made


are("wagtailadmin_api:pages", "wagtailadmin_pages:", "simple_translation:submit_page")(procedure)
are("wagtailadmin_api:pages:action")(
    lambda: {action: (procedure(), action) for action in sorted(PagesAdminAPIViewSet.actions)}
)
are("wagtailadmin_explore", "wagtailadmin_choose_page_child")(manual)
are("wagtailadmin_pages:add", "wagtailadmin_pages:preview_on_add")(
    lambda: ("content", "procedurepage", manual())
)
are("wagtailadmin_pages:add_subpage")(manual)
are("wagtailadmin_pages:type_use", "wagtailadmin_pages:choose_parent")(
    lambda: ("content", "procedurepage")
)
are("wagtailadmin_pages:convert_alias")(alias)
are("wagtailadmin_pages:unlock")(locked)
are("wagtailadmin_pages:move_confirm")(lambda: (alias(), procedure().get_parent()))
are("wagtailadmin_pages:workflow_action", "wagtailadmin_pages:collect_workflow_action_data")(
    lambda: (procedure(), "approve", in_review().current_task_state)
)
are("wagtailadmin_pages:confirm_workflow_cancellation")(lambda: (in_review(), procedure())[1])
are("wagtailadmin_pages:workflow_preview")(
    lambda: (procedure(), in_review().current_task_state.task)
)
are("wagtailadmin_pages:workflow_history_detail")(lambda: (procedure(), in_review()))
are("wagtailadmin_pages:revisions_")(revision)
are("wagtailadmin_pages:revisions_index")(procedure)
are("wagtailadmin_pages:revisions_compare")(lambda: (revision()[0], "earliest", "latest"))
are("wagtailcore_authenticate_with_password")(lambda: (by_password(), by_password().page))

# Workflows ---------------------------------------------------------------------------------------


def task() -> SecondPersonTask:
    return one(SecondPersonTask)


are("wagtailadmin_workflows:")(lambda: in_review().workflow)
are("wagtailadmin_workflows:remove")(
    lambda: {
        "from the page": (manual(),),
        "this one": (manual(), in_review().workflow),
    }
)
are("wagtailadmin_workflows:add_task")(lambda: ("content", "secondpersontask"))
are(
    "wagtailadmin_workflows:edit_task",
    "wagtailadmin_workflows:disable_task",
    "wagtailadmin_workflows:enable_task",
    "wagtailadmin_workflows:task_",
)(task)

# The rest of the area ----------------------------------------------------------------------------


def collection() -> Collection:
    found = Collection.objects.filter(name="Kept apart").first()
    return found or Collection.get_first_root_node().add_child(name="Kept apart")


def editing() -> EditingSession:
    """Edda's."""
    kind = ContentType.objects.get_for_model(ProcedurePage)
    return EditingSession.objects.get_or_create(
        user=person("edda.quill"),
        content_type=kind,
        object_id=str(procedure().pk),
        defaults={"last_seen_at": timezone.now()},
    )[0]


are("wagtailadmin_collections:")(collection)
are("wagtailadmin_tag_model_autocomplete")(lambda: ("taggit", "tag"))
are("wagtailadmin_editing_sessions:ping")(
    lambda: ("content", "procedurepage", procedure(), editing())
)
are("wagtailadmin_editing_sessions:release")(editing)
are("wagtailredirects:")(
    lambda: Redirect.objects.get_or_create(old_path="/was", redirect_link="/is")[0]
)
are("wagtailadmin_password_reset_confirm")(lambda: ("MQ", "a-token"))
are("wagtailsites:")(lambda: one(Site))
are("switch_note")(lambda: one(ContingencyNote))
are("content_manual_import")(
    lambda: (
        ManualImport.objects.first()
        or ManualImport.objects.create(
            tree="paper", section=manual(), started_by=person("anton.weir"), file="gone.zip"
        )
    )
)
are("teams:")(team_of_ines)
are("wagtailusers_users:")(lambda: {"Ines": person("ines.calder"), "a superuser": superuser()})
are("wagtailusers_groups:")(lambda: Group.objects.get(name="Administrators"))

# Snippets ----------------------------------------------------------------------------------------


def spare(model: Any) -> Any:
    """One like the first of them, to which nothing points."""
    unique = [
        field for field in model._meta.fields if field.unique and isinstance(field, CharField)
    ]
    marks = {field.name: "spare" for field in unique}
    if not marks:
        return one(model)
    if found := model.objects.filter(**marks).first():
        return found
    made = one(model)
    made.pk, made._state.adding = None, True
    for name, mark in marks.items():
        setattr(made, name, mark)
    made.save()
    return made


for model in get_snippet_models():
    views = model.snippet_viewset
    are(views.url_namespace, views.chooser_viewset.name)(lambda model=model: one(model))
    are(views.get_url_name("delete"))(lambda model=model: spare(model))
are("simple_translation:submit_snippet")(lambda: ("content", "skill", one(Skill)))

# Files -------------------------------------------------------------------------------------------


def upload(model: Any) -> UploadedFile:
    """Edda's, waiting for what its form still asks."""
    kind, edda = ContentType.objects.get_for_model(model), person("edda.quill")
    found = UploadedFile.objects.filter(for_content_type=kind).first()
    return found or UploadedFile.objects.create(
        for_content_type=kind, file=ContentFile(b"One.", name="one.txt"), uploaded_by_user=edda
    )


def document() -> int:
    return shown_document()[0]


def picture() -> Any:
    return one(get_image_model())


for name, kind, file in (
    ("wagtaildocs", get_document_model(), document),
    ("wagtailimages", get_image_model(), picture),
):
    are(f"{name}:", f"{name}_chooser:", f"wagtailadmin_api:{name[7:]}")(file)
    waiting = (f"{name}:create_multiple_from_uploaded_", f"{name}:delete_upload_multiple")
    are(*waiting)(lambda kind=kind: upload(kind))
are("wagtailadmin_api:documents")(document)
are("wagtailimages:preview")(lambda: (picture(), "max-165x165"))


def closed_collection() -> CollectionViewRestriction:
    made, _new = CollectionViewRestriction.objects.get_or_create(
        collection=collection(), restriction_type="password", defaults={"password": "kept"}
    )
    return made


are("wagtaildocs_authenticate_with_password")(closed_collection)

# Many at once ------------------------------------------------------------------------------------


def bulk_actions() -> dict[str, tuple[str, str, str, Any]]:
    """Every action on many at once that there is, with what it is tried on."""
    bulk_action_registry._scan_for_bulk_actions()
    tried: dict[Any, Any] = {
        Page: procedure,
        User: lambda: person("ines.calder"),
        get_document_model(): document,
        get_image_model(): picture,
    }
    found = {}
    for app, models in sorted(bulk_action_registry.actions.items()):
        for name, actions in sorted(models.items()):
            for action, view in sorted(actions.items()):
                model = next(
                    each for each in view.models if each._meta.label_lower == f"{app}.{name}"
                )
                subject = tried[model]() if model in tried else spare(model)
                found[f"{action} {app}.{name}"] = (app, name, action, subject)
    return found
