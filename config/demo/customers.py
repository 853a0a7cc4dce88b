"""What customers say when they are asked, and in public; and one who is known by two ids."""

import datetime as dt

from django.utils import timezone

from config.demo.people import Staff
from interactions.models import (
    Customer,
    Interaction,
    PublicReview,
    Survey,
    SurveyAnswer,
    SurveyInvitation,
    SurveyQuestion,
    SurveyRule,
    SurveyVersion,
    digest_of,
)
from interactions.public_reviews import close_review, note_on_review, reply_to_review, save_review
from interactions.same_person import link_customers
from interactions.surveys.wording import version_of
from people.models import Team

QUESTIONS = (
    ("csat", "How satisfied are you with the help you got?", "Not at all", "Very"),
    ("nps", "Would you recommend us to somebody you know?", "Certainly not", "Certainly"),
    ("resolved", "Is your question settled?", "", ""),
    ("comment", "What should we know?", "", ""),
)
# Where, days ago, author, rating, of, title, text.
REVIEWS = (
    (
        *("Lantern Reviews", 3, "M. from Ostby", 2, 5, "Second lamp, second crack"),
        "The lamp is lovely and arrived broken, twice. The man on the phone was kind and could not say "
        "when the third one comes.",
    ),
    (
        *("Shopcompass", 9, "quiet.harbour", 3, 10, "Nobody answers on a Sunday"),
        "Wrote on Friday evening, had an answer on Monday noon. A good answer, I grant.",
    ),
    (
        *("Shopcompass", 16, "Tove L.", 9, 10, "They rang back when they said"),
        "I was promised a call before five and it came at ten to. The table went back without a word.",
    ),
    (
        *("By letter", 31, "H. Arnesen", None, None, "For your wall, if you like"),
        "Forty years I have bought chairs, and never was I asked how my back is.",
    ),
)
SENT = 14


def build(staff: Staff, *, today: dt.date) -> None:
    """After all contacts were told: nothing here changes what was said of them before."""
    noon = timezone.make_aware(dt.datetime.combine(today - dt.timedelta(days=1), dt.time(12)))
    survey = Survey.objects.create(name="After every contact", mail_subject="How did we do?")
    SurveyQuestion.objects.bulk_create(
        SurveyQuestion(
            survey=survey,
            kind=kind,
            text=text,
            lowest_label=lowest,
            highest_label=highest,
            sort_order=place,
        )
        for place, (kind, text, lowest, highest) in enumerate(QUESTIONS)
    )
    version = version_of(survey, by=staff.editor, at=noon - dt.timedelta(days=60))
    rule = SurveyRule.objects.create(
        name="Half of all, the day after",
        survey=survey,
        percent=50,
        created_at=noon - dt.timedelta(days=60),
    )
    SurveyRule.objects.create(
        name="Lighthouse on chat, at once",
        survey=survey,
        team=Team.objects.get(name="Lighthouse"),
        channel="chat",
        position=5,
        delay_hours=1,
        created_at=noon,
    )
    _mails(rule, version, noon=noon)
    _reviews(staff, today=today, noon=noon)
    _one_person(staff, noon=noon)


def _mails(rule: SurveyRule, version: SurveyVersion, *, noon: dt.datetime) -> None:
    """Mails of the last weeks. Those that were answered got what stands beside their contact."""
    state = SurveyInvitation.State
    recent = Interaction.objects.exclude(customer=None).filter(occurred_at__lt=noon)
    told = SurveyAnswer.objects.filter(kind="csat").values("interaction")
    answered = list(recent.filter(pk__in=told)[: SENT // 2])
    silent = list(recent.exclude(survey_answers__isnull=False)[: SENT - len(answered)])
    rows = []
    customers = []
    for place, contact in enumerate([*answered, *silent]):
        customer = contact.customer
        if customer is None:
            continue
        customer.email = f"{customer.external_id.lower()}@customers.example"
        customers.append(customer)
        sent_at = (contact.ended_at or contact.occurred_at) + dt.timedelta(days=1)
        row = SurveyInvitation(
            interaction=contact,
            rule=rule,
            version=version,
            address_digest=digest_of(customer.email),
            state=state.ANSWERED if place < len(answered) else state.SENT,
            tries=1,
            next_try_at=sent_at,
            created_at=sent_at,
            sent_at=sent_at,
            expires_at=sent_at + dt.timedelta(days=14),
        )
        if row.state == state.ANSWERED:
            row.answered_at = sent_at + dt.timedelta(hours=3)
        rows.append(row)
    rows[-1].state, rows[-1].sent_at = state.FAILED, None
    rows[-1].reason = "SMTPRecipientsRefused: 550 no such mailbox"
    Customer.objects.bulk_update(customers, ["email"])
    SurveyInvitation.objects.bulk_create(rows)


def _reviews(staff: Staff, *, today: dt.date, noon: dt.datetime) -> None:
    manager = staff.managers[0]
    contacts = Interaction.objects.filter(agent__in=staff.agents[:4]).exclude(customer=None)
    for place, (site, ago, author, rating, highest, title, text) in enumerate(REVIEWS):
        contact = contacts[place * 5]
        day = today - dt.timedelta(days=ago)
        bound = place != 1
        review = save_review(
            PublicReview(
                site=site,
                kind="testimonial" if rating is None else "review",
                url="" if rating is None else "https://reviews.example/harbour-and-pine",
                posted_on=day,
                author=author,
                rating=rating,
                highest=highest,
                title=title,
                text=text,
                may_quote=rating is None,
                interaction=contact if bound else None,
                customer=contact.customer if bound else None,
                agent=contact.agent if bound else None,
                owner=manager if place != 1 else None,
                due_on=day + dt.timedelta(days=5),
            ),
            by=manager,
            at=noon - dt.timedelta(days=ago - 2),
        )
        if place > 1:
            at = noon - dt.timedelta(days=ago - 3)
            note_on_review(review, "Read to the team on Monday.", by=manager, at=at)
            reply_to_review(review, "Thank you: we passed it on.", by=manager, at=at)
            close_review(review, by=manager, at=at + dt.timedelta(days=1))


def _one_person(staff: Staff, *, noon: dt.datetime) -> None:
    """Two ids of the desk that an administrator found to be one person, by the name."""
    served = Customer.objects.filter(interactions__agent__in=staff.agents[:4]).distinct()
    seen: dict[str, Customer] = {}
    for customer in served.order_by("-pk"):
        if customer.name in seen:
            link_customers(seen[customer.name], customer, by=staff.administrator, at=noon)
            return
        seen[customer.name] = customer
