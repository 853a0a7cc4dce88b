"""Something of the demo organisation for each address: where it can be, of Ines, whom Marthe manages."""

import datetime as dt
import warnings
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.files.base import ContentFile
from django.db.models import Model, Q
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import ReferenceIndex

from coaching.models import ActionItem, AgendaItem, CoachingSession, Goal, ModuleRule, Recognition
from config.demo import logins
from content.models import (
    LessonPage,
    ModulePage,
    PracticePage,
    ProcedurePage,
    Question,
    QuizPage,
    RefresherCard,
    ReplyTemplate,
    SamplePage,
    ScormPage,
    ShadowingItem,
    ShadowingPage,
    Skill,
    WorkshopPage,
)
from integrations.models import ApiToken, DataDump, DirectoryRun, WebhookEndpoint
from interactions.models import (
    CustomerLink,
    ImportMapping,
    ImportRun,
    Interaction,
    PublicReview,
    RedactionRule,
    RetentionRule,
    SavedFilter,
    SurveyInvitation,
    SurveyVersion,
)
from interactions.surveys.links import token_of
from people.models import Holiday, Invitation, Membership, Team, User
from people.signin.inviting import invite, link_of
from scorecards.actions.calibration import prepare_calibration
from scorecards.models import (
    CalibrationSession,
    Criterion,
    Dispute,
    Evidence,
    ExpertKey,
    Pick,
    ReviewAssignment,
    Rubric,
    RubricNote,
    RubricVersion,
    SamplingDraw,
    SamplingPlan,
    Scorecard,
    Section,
    VerdictReview,
)
from tests.access.addresses import Subjects
from tests.access.house import person
from training.actions.packages import start_run
from training.models import (
    Attempt,
    Certificate,
    PackageRun,
    PracticeRun,
    RefresherState,
    SampleGrading,
    Shadowing,
    WorkshopSession,
)

subjects = Subjects("tests/access/subjects.py")
are = subjects.are


def one(model: type[Model], *conditions: Q, **wanted: Any) -> Any:
    """The first such row; an error that names what the demo lacks, where there is none."""
    row = model._default_manager.filter(*conditions, **wanted).order_by("pk").first()
    if row is None:
        raise LookupError(f"The demo has no {model.__name__} with {conditions} {wanted}.")
    return row


def of_ines(model: type[Model], *, to_ines: str = "user", **wanted: Any) -> Any:
    return one(model, **{to_ines: person("ines.calder")}, **wanted)


# insights ----------------------------------------------------------------------------------------
are("insights:person")(lambda: person("ines.calder"))
are("insights:objectivity_reviewer")(lambda: person("oskar.fenn"))
are("insights:verdict_")(lambda: one(VerdictReview).assignment)
are("insights:training_effect_detail")(lambda: (one(ModulePage), one(Skill).key))

# people ------------------------------------------------------------------------------------------


def team_of_ines() -> Team:
    return of_ines(Membership, kind="member", ends_on=None).team


def holiday() -> Holiday:
    row, _made = Holiday.objects.get_or_create(
        team=team_of_ines(), day=dt.date(2031, 5, 1), defaults={"name": "May Day"}
    )
    return row


are("people:team_hours", "people:holiday_add")(team_of_ines)


def invitation() -> Invitation:
    newcomer, _made = User.objects.get_or_create(email=f"new.comer@{logins.DOMAIN}")
    anton = person("anton.weir")
    return Invitation.objects.filter(user=newcomer).first() or invite(newcomer, by=anton)


def key() -> Authenticator:
    newcomer = invitation().user
    return Authenticator.objects.get_or_create(
        user=newcomer, type=Authenticator.Type.WEBAUTHN, data={"name": "Key"}
    )[0]


are("people:invite", "people:invitation_withdraw")(lambda: invitation().user)
are("people:factors_reset")(lambda: person("ines.calder"))
are("invitation")(lambda: link_of(invitation()).rstrip("/").rsplit("/", 1)[1])
are("session_end")(
    lambda: UserSession.objects.get_or_create(
        session_key="gone", defaults={"user": person("ines.calder"), "ip": "127.0.0.1"}
    )[0]
)
are("mfa_edit_webauthn", "mfa_remove_webauthn")(key)
are("openid_connect_")(lambda: "corp")
are("people:holiday_remove")(lambda: (team_of_ines(), holiday()))

# scorecards --------------------------------------------------------------------------------------


def graded(**wanted: Any) -> Scorecard:
    return one(Scorecard, state="submitted", is_current=True, agent=person("ines.calder"), **wanted)


def draft() -> RubricVersion:
    return one(RubricVersion, state="draft")


def drafted() -> Scorecard:
    return one(Scorecard, state="draft", reviewer=person("oskar.fenn"))


def session() -> CalibrationSession:
    return CalibrationSession.objects.exclude(opened_at=None).order_by("-pk")[0]


def unopened() -> CalibrationSession:
    waiting = CalibrationSession.objects.filter(opened_at=None).first()
    return waiting or prepare_calibration(
        title="One more",
        version=session().version,
        interactions=[one(Interaction, assignments=None)],
        participants=[person("beatriz.amsel"), person("hugo.marchbank")],
        by=person("anton.weir"),
    )


are("scorecards:rubric_")(draft)
are("scorecards:policies_", "scorecards:section_add")(draft)
are("scorecards:rubric_detail", "scorecards:rubric_draft")(lambda: one(Rubric))
are("scorecards:rubric_version", "scorecards:rubric_export")(
    lambda: one(RubricVersion, state="published")
)
are("scorecards:section_", "scorecards:criterion_add")(lambda: one(Section, version=draft()))
are("scorecards:rubric_criterion")(lambda: one(Criterion, section__version=draft()))
are("scorecards:note_")(lambda: one(RubricNote))
are("scorecards:grade_start", "scorecards:pick_release", "scorecards:pick_skip")(
    lambda: one(ReviewAssignment, reviewer=person("oskar.fenn"), state="open")
)
are("scorecards:pick_claim")(lambda: one(ReviewAssignment, reviewer=None, state="open"))
are("scorecards:pick_reopen")(lambda: one(ReviewAssignment, state="skipped"))
are("scorecards:pick_detail")(lambda: one(Pick))
are("scorecards:sampling_")(lambda: one(SamplingPlan))
are("scorecards:sampling_picks")(lambda: one(SamplingDraw))
are("scorecards:calibration_")(session)
are("scorecards:calibration_edit")(unopened)
are("scorecards:calibration_grade")(lambda: (session(), session().items.first()))
are("scorecards:calibration_decide", "scorecards:calibration_propose")(
    lambda: (session(), one(Criterion, section__version=session().version))
)
are("scorecards:key_seed")(lambda: one(ExpertKey))
are("scorecards:expert_key")(lambda: (one(ExpertKey).version, one(ExpertKey).interaction))
are("scorecards:key_result")(
    lambda: one(Scorecard, assignment__seeded_pick__isnull=False, state="submitted")
)
are("scorecards:scorecard_", "scorecards:dispute_create")(graded)
are("scorecards:dispute_")(
    lambda: one(Dispute, scorecard__agent=person("ines.calder"), state="open")
)
are("scorecards:dispute_create")(graded)
are("scorecards:grade", "scorecards:scorecard_submit", "scorecards:sheet_save")(drafted)
are("scorecards:summary_save", "scorecards:scorecard_time")(drafted)
are("scorecards:scorecard_recording")(
    lambda: one(Scorecard, reviewer=person("oskar.fenn"), interaction__recording__isnull=False)
)
are("scorecards:criterion_save", "scorecards:evidence_add")(
    lambda: (drafted(), one(Criterion, section__version=drafted().version))
)
are("scorecards:evidence_remove")(
    lambda: (
        drafted(),
        Evidence.objects.filter(criterion_score__scorecard=drafted()).first()
        or Evidence.objects.create(
            criterion_score=drafted().criterion_scores.first(),
            message_id=drafted().interaction.turns[0].id,
            start=0,
            end=2,
            quote=drafted().interaction.turns[0].text[:2],
        ),
    )
)

# coaching ----------------------------------------------------------------------------------------


def planned() -> CoachingSession:
    return of_ines(CoachingSession, to_ines="agent", state="planned")


are("coaching:person", "coaching:chain", "coaching:module_assign")(lambda: person("ines.calder"))
are("coaching:session_", "coaching:agenda_add", "coaching:agenda_fill")(planned)
are("coaching:agenda_")(lambda: one(AgendaItem, session=planned()))
are("coaching:item_")(lambda: of_ines(ActionItem, to_ines="agent", done_at=None, dropped_at=None))
are("coaching:goal_")(lambda: of_ines(Goal, to_ines="agent"))
are("coaching:recognition_create")(graded)
are("coaching:recognition_")(lambda: of_ines(Recognition, to_ines="scorecard__agent"))
are("coaching:rule_")(lambda: one(ModuleRule))


def package_run() -> PackageRun:
    ines = person("ines.calder")
    return PackageRun.objects.filter(user=ines).first() or start_run(
        ines, one(ScormPage, live=True)
    )


# training ----------------------------------------------------------------------------------------
are("training:lesson_")(lambda: one(LessonPage, live=True))
are("training:quiz_")(lambda: one(QuizPage, live=True))
are("training:question_items")(lambda: one(Question))
are("training:attempt_")(lambda: of_ines(Attempt))
are("training:package_start")(lambda: one(ScormPage, live=True))
are("training:package_")(package_run)
are("training:package_file")(lambda: ("no-such-key", "index.html"))
are("training:signature_sign")(lambda: one(ProcedurePage, live=True))
are("training:refresher_")(lambda: of_ines(RefresherState))
are("training:module_")(lambda: one(ModulePage, live=True))
are("training:practice_")(lambda: one(PracticePage, live=True))
are("training:practice_run", "training:practice_turn", "training:practice_finish")(
    lambda: one(PracticeRun)
)
are("training:practice_anew")(lambda: one(PracticeRun))
are("training:sample_")(lambda: one(SamplePage, live=True))
are("training:sample_result")(lambda: one(SampleGrading).assignment)
are("training:session_")(lambda: one(WorkshopSession))
are("training:session_create")(lambda: one(WorkshopPage, live=True))
are("training:shadowing_")(lambda: one(Shadowing))
are("training:shadowing_sign")(
    lambda: (one(Shadowing), one(ShadowingItem, page=one(Shadowing).page))
)
are("training:shadowing_choose")(lambda: one(ShadowingPage, live=True))
are("training:certificate_")(lambda: one(Certificate))
are("certificates:check")(lambda: one(Certificate).code)

# interactions ------------------------------------------------------------------------------------
are("interactions:interaction_")(lambda: of_ines(Interaction, to_ines="agent"))
are("interactions:interaction_recording")(
    lambda: one(Interaction, agent__isnull=False, recording__isnull=False)
)
are("interactions:filter_")(lambda: one(SavedFilter))
are("interactions:mapping_")(
    lambda: ImportMapping.objects.get_or_create(
        name="Weekly file",
        defaults={"made_by": person("anton.weir"), "plan": {"kind": "table", "mapping": {}}},
    )[0]
)
are("interactions:import_")(lambda: one(ImportRun))
are("interactions:redaction_rule")(lambda: one(RedactionRule))
are("interactions:retention_rule")(lambda: one(RetentionRule))
are("interactions:erasure_customer", "interactions:customer_")(
    lambda: of_ines(Interaction, to_ines="agent", customer__isnull=False).customer
)
are("interactions:customer_unlink")(lambda: one(CustomerLink))
are("interactions:survey_again")(lambda: one(SurveyInvitation))
are("interactions:survey_version")(lambda: one(SurveyVersion))
are("interactions:review_")(lambda: one(PublicReview))
are("surveys:")(lambda: token_of(one(SurveyInvitation)))

# content -----------------------------------------------------------------------------------------


def procedure() -> ProcedurePage:
    return one(ProcedurePage, live=True, slug="opening-and-closing", locale__language_code="en")


are("content:procedure_", "content:follow", "content:page_")(procedure)
are("content:reply_detail")(lambda: one(ReplyTemplate).key)
are("content:card_decide")(lambda: one(RefresherCard))


def document() -> tuple[int, str]:
    """One that a lesson offers."""
    found = get_document_model().objects.filter(title="Checklist").first()
    if found is None:
        found = get_document_model()(title="Checklist")
        found.file.save("checklist.txt", ContentFile(b"One. Two."))
        lesson = one(LessonPage, live=True)
        lesson.body.append(("download", {"file": found, "note": ""}))
        lesson.save()
        ReferenceIndex.create_or_update_for_object(lesson)
    return found.pk, found.filename


def picture() -> str:
    """One of a lesson, in a size that exists. Wagtail leaves the buffer that it writes one to for the
    garbage collector to close."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        return get_image_model().objects.order_by("pk")[0].get_rendition("width-800").file.name


are("wagtaildocs_serve")(document)
are("picture")(picture)

# integrations ------------------------------------------------------------------------------------
are("integrations:token_revoke")(lambda: one(ApiToken))
are("integrations:webhook_")(lambda: one(WebhookEndpoint))
are("integrations:dump_")(
    lambda: DataDump.objects.get_or_create(
        state=DataDump.State.WAITING, defaults={"started_by": person("anton.weir")}
    )[0]
)
are("integrations:directory_")(lambda: one(DirectoryRun))
