"""The workflow "Approval": what one editor wrote, another one publishes.

It is made once, with the first migration, and stands on the manual. Who changes, unassigns or disables it
in Settings → Workflows keeps what they chose: as long as its task exists, nothing is made again.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext as _
from wagtail.models import Page, Workflow, WorkflowPage, WorkflowTask

from content.models import ManualIndexPage, ManualSectionPage, ProcedurePage, SecondPersonTask
from people.models import User
from people.roles import Role

APPROVERS = (Role.EDITOR, Role.ADMINISTRATOR)


def start_approval() -> Workflow | None:
    """Make the workflow and put it on the manual, unless its task exists already."""
    manual = ManualIndexPage.objects.first()
    if manual is None or SecondPersonTask.objects.exists():
        return None
    ContentType.objects.get_for_model(SecondPersonTask)
    task = SecondPersonTask.objects.create(name=_("Approval by a second person"))
    task.groups.set(Group.objects.filter(name__in=[role.value for role in APPROVERS]))
    workflow = Workflow.objects.create(name=_("Approval"))
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
    WorkflowPage.objects.get_or_create(page_id=manual.pk, defaults={"workflow": workflow})
    # Wagtail's own stands on the whole tree and waits for a group that nobody here belongs to.
    if not User.objects.filter(groups__name="Moderators").exists():
        WorkflowPage.objects.filter(page__depth=1, workflow__name="Moderators approval").delete()
    return workflow


def start_approval_after_migrate(plan: Sequence[Any] | None = None, **kwargs: Any) -> None:
    if plan is not None and not plan:
        return
    start_approval()


def needs_approval(page: Page) -> bool:
    """Whether `page` may go live only through a workflow (setting REQUIRE_APPROVAL)."""
    is_manual = isinstance(page, ManualIndexPage | ManualSectionPage | ProcedurePage)
    return settings.REQUIRE_APPROVAL and is_manual and page.get_workflow() is not None
