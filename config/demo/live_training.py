"""The demo's certificate that expires, its workshop, its shadowing, and a path with a lock."""

import datetime as dt
from collections.abc import Mapping

from django.utils import timezone

from config.demo.people import Staff
from content.models import (
    LearningPath,
    LearningPathModule,
    LearningPathPrerequisite,
    LessonPage,
    ModulePage,
    ModuleStep,
    ShadowingItem,
    ShadowingPage,
    TrainingIndexPage,
    WorkshopPage,
)
from people.models import User
from training import actions
from training.models import WorkshopSession

ITEMS = (
    "Greets with the customer's name, and says their own",
    "Repeats the concern in one sentence before solving it",
    "Says what happens next, and by when",
    "Writes a note that a colleague could go on from",
)


def build(staff: Staff, paths: Mapping[str, LearningPath], *, today: dt.date) -> None:
    privacy = _privacy(staff.editor)
    together, workshop = _workshop(staff.editor)
    beside, shadowing = _shadowing(staff.editor)
    by = staff.managers[0]
    _earlier_certificates(staff, privacy, today=today)
    _path(paths["first-two-weeks"], together, beside)
    _sessions(staff, workshop, by=by, today=today)
    at = _at(today - dt.timedelta(days=1), 10)
    new = actions.assign_path(
        staff.new_hire,
        LearningPath.objects.get(key="on-the-floor"),
        by=by,
        starts_on=today - dt.timedelta(days=1),
        reason="So that you take your first contacts with somebody beside you.",
        at=at,
    )
    assert new, "the new hire is asked for something"  # noqa: S101
    watched = actions.choose_observer(staff.agents[0], shadowing, staff.agents[1], by=by, at=at)
    actions.sign_item(
        watched.items.all()[0],
        by=staff.agents[1],
        note="Calm from the first word on.",
        at=_at(today - dt.timedelta(days=1), 15),
    )


def _privacy(editor: User) -> ModulePage:
    module = _module(
        editor,
        title="What we may tell whom",
        slug="what-we-may-tell-whom",
        summary="Once a year: which details belong to whom, and how to say no kindly.",
        minutes=10,
        expiry=ModulePage.Expiry.DAYS,
        expires_after=365,
        renew_lead_days=30,
    )
    text = (
        "<p>An order belongs to who placed it. Before any detail leaves our lips, the caller proves "
        "who they are in the two ways of the procedure “Checking identity”.</p><p>Saying no is service "
        "too: “I would love to help, and I must be sure that I talk to you.”</p>"
    )
    _publish(
        LessonPage(
            title="Three questions before you answer",
            slug="three",
            minutes=10,
            body=[("text", text)],
        ),
        module,
        editor,
    )
    return module


def _workshop(editor: User) -> tuple[ModulePage, WorkshopPage]:
    module = _module(
        editor,
        title="Hard conversations",
        slug="hard-conversations",
        summary="An afternoon together: listen, say no, stay kind.",
        minutes=180,
        gives_certificate=True,
    )
    page = WorkshopPage(
        title="An afternoon of hard conversations",
        slug="afternoon",
        minutes=180,
        description="<p>In threes: one is the customer, one answers, one watches. Then we change.</p>",
        bring="A conversation that you still think about. Leave out the customer's name.",
    )
    _publish(page, module, editor)
    return module, page


def _shadowing(editor: User) -> tuple[ModulePage, ShadowingPage]:
    module = _module(
        editor,
        title="Your first contacts",
        slug="your-first-contacts",
        summary="You take contacts, and somebody experienced sits beside you.",
        minutes=120,
    )
    page = ShadowingPage(
        title="Somebody beside you",
        slug="beside-you",
        description="<p>Choose contacts of any kind. Talk about each right after it.</p>",
    )
    page.checklist = [ShadowingItem(text=text, sort_order=n) for n, text in enumerate(ITEMS)]
    _publish(page, module, editor)
    return module, page


def _path(first: LearningPath, together: ModulePage, beside: ModulePage) -> None:
    path = LearningPath.objects.create(
        key="on-the-floor",
        title="On the floor",
        summary="With people, after the first modules are done.",
    )
    begin = first.path_modules.order_by("sort_order")[0].module
    for order, (module, days) in enumerate(((begin, 14), (beside, 21), (together, None))):
        LearningPathModule.objects.create(
            path=path,
            module=module,
            sort_order=order,
            due_after_days=days,
            is_optional=days is None,
        )
    LearningPathPrerequisite.objects.create(path=path, module=beside, needs=begin)


def _earlier_certificates(staff: Staff, module: ModulePage, *, today: dt.date) -> None:
    """One is good, one is to be renewed soon, one has expired."""
    lesson = LessonPage.objects.child_of(module).get()
    for agent, days in zip(staff.agents[:4], (120, 340, 400, 20), strict=True):
        actions.complete_lesson(agent, lesson, at=_at(today - dt.timedelta(days=days), 11))
    actions.expire_completions(at=_at(today, 6))


def _sessions(staff: Staff, workshop: WorkshopPage, *, by: User, today: dt.date) -> None:
    agents = staff.agents
    for day, seats, down in ((6, 2, agents[:4]), (20, 8, agents[4:6])):
        session = _session(workshop, by, today + dt.timedelta(days=day), seats, today=today)
        for person in down:
            actions.enrol(person, session, by=person, at=_at(today - dt.timedelta(days=2), 9))
    past = _session(workshop, by, today - dt.timedelta(days=12), 8, today=today)
    for person in agents[6:9]:
        actions.enrol(person, past, by=person, at=_at(today - dt.timedelta(days=20), 9))
    marks = dict(zip([p.pk for p in agents[6:9]], ("present", "present", "excused"), strict=True))
    actions.keep_attendance(past, marks, by=by, at=_at(today - dt.timedelta(days=12), 17))


def _session(
    workshop: WorkshopPage, by: User, day: dt.date, seats: int, *, today: dt.date
) -> WorkshopSession:
    terms = actions.SessionTerms(
        starts_at=_at(day, 13),
        ends_at=_at(day, 16),
        time_zone=timezone.get_default_timezone_name(),
        trainer=by,
        seats=seats,
        place="The boathouse, first floor",
    )
    return actions.arrange_session(workshop, terms, by=by, at=_at(today - dt.timedelta(days=30), 9))


def _module(editor: User, **fields: object) -> ModulePage:
    module = ModulePage(**fields)
    index = TrainingIndexPage.objects.get()
    index.add_child(instance=module)
    module.save_revision(user=editor).publish(user=editor)
    return module


def _publish(page: ModuleStep, module: ModulePage, editor: User) -> None:
    module.add_child(instance=page)
    page.save_revision(user=editor).publish(user=editor)


def _at(day: dt.date, hour: int) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour)))
