"""More of the demo than it begins with: a plan that drew, a call with its recording, a dispute, a grade
held back, a calibration session, an expert key with a result, a rubric in the making, results of quizzes.

`python -m tests.e2e.preparing HOME` makes it, by the product's own actions, in the demo that lives in
HOME, and prints the address of each as JSON."""

import datetime as dt
import io
import json
import math
import struct
import sys
import wave
from pathlib import Path

from config.demo.__main__ import set_environment

SECONDS = 120


def call() -> io.BytesIO:
    """A tone that swells and fades, as long as a short call."""
    rate = 8000
    samples = (
        round(9000 * math.sin(place / 5) * abs(math.sin(place / rate)))
        for place in range(SECONDS * rate)
    )
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    file.seek(0)
    return file


def prepare() -> dict[str, str]:
    from django.core.files import File
    from django.urls import reverse
    from django.utils import timezone

    from config.demo import logins
    from config.demo.data_files import read
    from content.models import QuizPage
    from interactions.actions import attach_recording
    from interactions.models import Interaction, SurveyInvitation
    from interactions.surveys.links import token_of
    from people.channels import Channel
    from people.models import Team, User
    from scorecards.actions import (
        Grade,
        assign_for_review,
        file_dispute,
        hold_feedback,
        record_grades,
        start_scorecard,
        submit_scorecard,
        take_dispute,
    )
    from scorecards.actions.calibration import (
        begin_calibration_grade,
        open_calibration,
        prepare_calibration,
        seed_expert_key,
        write_expert_key,
    )
    from scorecards.actions.queue import release_pick, start_review
    from scorecards.actions.rubrics import draft_rubric_version
    from scorecards.actions.sample import draw_sample, save_plan
    from scorecards.loading import load_version
    from scorecards.models import Rubric, RubricVersion, SamplingPlan
    from training.actions import start_attempt, submit_attempt

    def person(email: str) -> User:
        return User.objects.get(email=email)

    administrator = person(logins.ADMINISTRATOR)
    oskar, beatriz, hugo, selin = reviewers = [
        person(f"{name}@{logins.DOMAIN}")
        for name in ("oskar.fenn", "beatriz.amsel", "hugo.marchbank", "selin.yarrow")
    ]
    version = load_version(
        RubricVersion.objects.published().get(rubric__name="Customer conversation").pk
    )
    criteria = [row for section in version.sections.all() for row in section.criteria.all()]
    untouched = Interaction.objects.filter(assignments=None, agent__isnull=False)

    def of(agent: User) -> Interaction:
        """The agent's next conversation that nobody has seen."""
        return untouched.filter(agent=agent).order_by("-started_at").first()

    def level(place: int) -> dict:
        """Each criterion at that level, counted from the lowest, or its highest; with a comment."""
        return {
            criterion: Grade(level=levels[min(place, len(levels) - 1)].pk, comment="As it reads.")
            for criterion in criteria
            for levels in [list(criterion.levels.all())]
        }

    def graded(interaction: Interaction, *, by: User):
        [assignment] = assign_for_review(
            [interaction], rubric=version.rubric, reviewers=[by], by=administrator
        )
        scorecard = start_scorecard(assignment, by=by)
        record_grades(scorecard, level(1), by=by)
        return submit_scorecard(scorecard, by=by, summary="Say when you call back.")

    def address(name: str, *args: int) -> str:
        return reverse(f"scorecards:{name}", args=args)

    ines = person(logins.AGENT)
    made = {}

    for number, reviewer in enumerate([oskar, beatriz, hugo, selin, selin, hugo, hugo], start=1):
        [assignment] = assign_for_review(
            [of(ines)], rubric=version.rubric, reviewers=[reviewer], by=administrator
        )
        draft = start_review(assignment, by=reviewer)
        made[f"draft {number} of {reviewer.first_name}"] = address("grade", draft.pk)
        made[f"skip {number}"] = address("pick_skip", assignment.pk)

    plan = save_plan(
        SamplingPlan(name="Two of each agent's a week", rubric=version.rubric, method="risk"),
        teams=Team.objects.all(),
        agents=[],
        reviewers=reviewers,
        by=administrator,
    )
    today = timezone.localdate()
    monday = today - dt.timedelta(days=today.weekday())
    drawn = draw_sample(
        plan,
        starts_on=monday - dt.timedelta(weeks=4),
        ends_on=monday - dt.timedelta(days=1),
        by=administrator,
        seed=7,
    )
    made["plan"] = address("sampling_detail", plan.pk)
    made["plan edit"] = address("sampling_edit", plan.pk)
    made["picks"] = address("sampling_picks", drawn.pk)
    made["pick"] = address("pick_detail", drawn.picks.first().pk)

    phone = untouched.filter(channel=Channel.PHONE).exclude(agent=None).order_by("-started_at")
    recorded = phone.first()
    attach_recording(recorded, File(call(), name="call.wav"), by=administrator)
    [assignment] = assign_for_review(
        [recorded], rubric=version.rubric, reviewers=[oskar], by=administrator
    )
    made["recording"] = address("grade", start_review(assignment, by=oskar).pk)
    made["skip"] = address("pick_skip", assignment.pk)
    made["interaction with recording"] = reverse(
        "interactions:interaction_detail", args=[recorded.pk]
    )

    [assignment] = assign_for_review(
        [of(ines)], rubric=version.rubric, reviewers=[beatriz], by=administrator
    )
    made["to give back"] = address("pick_skip", assignment.pk)

    [assignment] = assign_for_review(
        [of(ines)], rubric=version.rubric, reviewers=[hugo], by=administrator
    )
    release_pick(assignment, by=hugo)

    disputed = graded(of(ines), by=oskar)
    proposal = {criteria[0]: Grade(level=criteria[0].levels.last().pk, comment="I did greet.")}
    dispute = take_dispute(file_dispute(disputed, proposal, by=ines), by=beatriz)
    made["dispute"] = dispute.get_absolute_url()
    made["disputed"] = disputed.get_absolute_url()
    open_to_dispute = graded(of(ines), by=hugo)
    made["to dispute"] = open_to_dispute.get_absolute_url()
    made["dispute form"] = address("dispute_create", graded(of(ines), by=selin).pk)

    jonah = person(f"jonah.fellgate@{logins.DOMAIN}")
    to_override = graded(of(jonah), by=selin)
    made["to override"] = to_override.get_absolute_url()
    made["override form"] = address("scorecard_override", graded(of(jonah), by=selin).pk)
    hold_feedback(jonah, by=person(logins.MANAGER))
    made["held"] = graded(of(jonah), by=selin).get_absolute_url()

    session = prepare_calibration(
        title="Two calls that divide us",
        version=version,
        interactions=list(untouched.order_by("started_at")[:2]),
        participants=[beatriz, hugo],
        by=administrator,
    )
    session = open_calibration(session, by=administrator)
    for place, item in enumerate(session.items.all()):
        for reviewer in (beatriz, hugo):
            scorecard = begin_calibration_grade(item, by=reviewer)
            differing = 2 if reviewer == beatriz else place
            record_grades(scorecard, level(differing), by=reviewer)
            submit_scorecard(scorecard, by=reviewer)
    made["calibration"] = session.get_absolute_url()
    made["report"] = address("calibration_report", session.pk)

    keyed = untouched.order_by("started_at").first()
    key = write_expert_key(keyed, version, level(2), by=administrator)
    [seeded] = seed_expert_key(key, [oskar], by=administrator)
    scorecard = start_review(seeded.assignment, by=oskar)
    record_grades(scorecard, level(1), by=oskar)
    made["key result"] = address("key_result", submit_scorecard(scorecard, by=oskar).pk)
    made["key seed"] = address("key_seed", key.pk)
    made["key"] = address("expert_key", version.pk, keyed.pk)

    made["unseen"] = untouched.order_by("started_at").first().external_id

    rubric = Rubric.objects.create(key="claims", name="Claims")
    draft = draft_rubric_version(rubric, read("rubric.toml"), by=administrator)
    made["rubric"] = address("rubric_detail", version.rubric_id)
    made["rubric version"] = address("rubric_version", version.pk)
    for name in ("edit", "preview", "publish", "discard"):
        made[f"rubric {name}"] = address(f"rubric_{name}", draft.pk)
    section = draft.sections.first()
    made["criterion"] = address("rubric_criterion", section.criteria.first().pk)
    made["criterion delete"] = address("rubric_criterion_delete", section.criteria.first().pk)
    sent = SurveyInvitation.objects.filter(state=SurveyInvitation.State.SENT).first()
    sent.expires_at = timezone.now() + dt.timedelta(days=1)
    sent.save(update_fields=["expires_at"])
    made["survey"] = reverse("surveys:answer", args=[token_of(sent)])
    made["original"] = reverse("interactions:interaction_original", args=[recorded.pk])
    made["survey stop"] = reverse("surveys:stop", args=[token_of(sent)])
    for name, slug in (("quiz result", "every-kind"), ("certainty result", "how-sure")):
        attempt = start_attempt(ines, QuizPage.objects.get(slug=slug))
        submit_attempt(attempt, by=ines)
        made[name] = reverse("training:attempt_detail", args=[attempt.pk])
    return made


if __name__ == "__main__":
    set_environment(Path(sys.argv[1]))
    import django

    django.setup()
    print(json.dumps(prepare()))  # noqa: T201
