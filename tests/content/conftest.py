import gc
import warnings

import pytest
import wagtail_factories
from wagtail.models import PageViewRestriction

from content.models import EscalationLevel, ProcedureChannel
from people.channels import Channel
from tests.factories.content import (
    LessonPageFactory,
    ProcedurePageFactory,
    ReplyTemplateFactory,
    SkillFactory,
)


@pytest.fixture
def image(db):
    """An image whose sizes are made already: Wagtail leaves the temporary files of that open."""
    image = wagtail_factories.ImageFactory(title="Diagram", file__width=1300, file__height=700)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        image.get_renditions("width-480", "width-800", "width-1200", "max-165x165", "max-1000x1000")
        gc.collect()
    return image


@pytest.fixture
def rich_procedure(image):
    """A procedure that uses everything there is."""
    procedure = ProcedurePageFactory(
        title="A delivery is late",
        purpose="The customer gets a date they can plan with.",
        steps=[
            (
                "step",
                {
                    "title": "Find the order",
                    "who": "agent",
                    "instruction": "<p>Check the <b>tracking</b>.</p>",
                    "say": "Let me find out where it is.",
                    "record": "The last scan.",
                    "check": "Is it really late?",
                },
            ),
            ("step", {"title": "Decide on goodwill", "who": "supervisor"}),
            ("step", {"title": "Confirm the address", "who": "customer"}),
        ],
        notes=[
            ("text", "<h2>Why</h2><p>Vans are <i>ours</i>.</p>"),
            ("callout", {"kind": "warning", "text": "Never blame the carrier."}),
            ("example", {"do": "It comes on Thursday.", "dont": "It comes soon."}),
            ("image", {"image": image, "alt": "The way of a parcel", "caption": "Five scans"}),
        ],
    )
    ProcedureChannel.objects.create(
        page=procedure, channel=Channel.EMAIL, first_response_minutes=1440, tone="Date first."
    )
    ProcedureChannel.objects.create(page=procedure, channel=Channel.PHONE, resolution_minutes=15)
    EscalationLevel.objects.create(
        page=procedure, when="Third contact", contact="Shift supervisor", within_minutes=60
    )
    procedure.skills.add(SkillFactory(key="empathy"))
    procedure.reply_templates.add(
        ReplyTemplateFactory(
            key="new-date",
            title="New date",
            body="Dear {customer_name} & family",
            channels=["email"],
        )
    )
    procedure.save()
    return procedure


@pytest.fixture
def rich_lesson(rich_procedure, image):
    return LessonPageFactory(
        title="When it is late",
        body=[
            ("text", "<p>Nobody rings for fun.</p>"),
            ("callout", {"kind": "tip", "text": "Listen first."}),
            ("image", {"image": image, "alt": "Four cards", "caption": ""}),
            ("procedure", {"procedure": rich_procedure}),
        ],
    )


@pytest.fixture
def restrict():
    """`restrict(page, group)` keeps `page` and what is below it from everybody else."""

    def keep_for(page, *groups):
        restriction = PageViewRestriction.objects.create(
            page=page, restriction_type=PageViewRestriction.GROUPS
        )
        restriction.groups.set(groups)
        return restriction

    return keep_for
