"""The main pages as each role: how long the server works on them, how much it asks of the database and
what it sends. Measured inside of one process, through the whole stack of middleware."""

import gc
import gzip
import statistics
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config.demo.logins import ADMINISTRATOR, AGENT, EDITOR, MANAGER, NEW_HIRE, REVIEWER
from content.models import LessonPage, ModulePage, ProcedurePage, QuizPage
from interactions.models import Customer, Interaction
from people.models import User
from scorecards.models import RubricVersion, SamplingPlan, Scorecard
from tests.bench.data import DIRECTOR, SOURCE, ready_drafts

TIMES = 11
YARDSTICK_TIMES = 200
SECONDS = 1.2
LEAST = 3
PLAIN = "/bench/plain/"
INSERT = "/bench/insert/"

ROLES = {
    "new hire": NEW_HIRE,
    "agent": AGENT,
    "reviewer": REVIEWER,
    "manager": MANAGER,
    "manager of all": DIRECTOR,
    "editor": EDITOR,
    "administrator": ADMINISTRATOR,
}
EVERYBODY = tuple(ROLES)
LEADS = ("manager", "manager of all", "administrator")


@dataclass(frozen=True, slots=True)
class Page:
    """`kind` decides which target holds: a "manual" page, one of our "own", or of a "team"."""

    label: str
    kind: str
    address: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """Milliseconds; `bytes` of the HTML as it is and compressed. `yardstick`: CPU time of what was asked
    in between, 0 for nothing."""

    label: str
    role: str
    kind: str
    median: float
    p95: float
    cpu: float
    queries: int
    bytes: int
    compressed: int
    times: int
    yardstick: float = 0.0


class Yardstick:
    """Something small that is asked in between the times of what is measured, so that both feel what else
    the machine is busy with. The first of each round only warms what the other has pushed out."""

    ROUND = 3
    # So many that a slow page, which is asked for a few times only, is held against no chance.
    LAST = 20 * ROUND

    def __init__(self, request: Callable[[], Any]) -> None:
        self._request = request
        self._seconds: deque[float] = deque(maxlen=self.LAST)

    def ask(self) -> None:
        self._request()
        for _time in range(self.ROUND):
            worked = time.process_time()
            self._request()
            self._seconds.append(time.process_time() - worked)

    @property
    def cpu(self) -> float:
        """Milliseconds, the median of the last ones."""
        return 1000 * statistics.median(self._seconds)


def browser(email: str) -> Client:
    client = Client(SERVER_NAME="localhost", headers={"accept-encoding": "identity"})
    client.force_login(User.objects.get(email=email))
    return client


def measure(
    request: Callable[[int], Any],
    *,
    times: int = TIMES,
    warm: int = 2,
    seconds: float = SECONDS,
    yardstick: Yardstick | None = None,
) -> tuple[list[float], list[float], Any]:
    """Wall and CPU seconds of each time, and the last answer. `request(n)` is done `warm` times before,
    and `yardstick` is asked after each. What is slow is done less often, but `LEAST` times."""
    answer = None
    for number in range(warm):
        answer = request(number)
    wall: list[float] = []
    cpu: list[float] = []
    gc.collect()
    begun = time.perf_counter()
    for number in range(warm, warm + times):
        if len(wall) >= LEAST and time.perf_counter() - begun > seconds:
            break
        started, worked = time.perf_counter(), time.process_time()
        answer = request(number)
        cpu.append(time.process_time() - worked)
        wall.append(time.perf_counter() - started)
        if yardstick:
            yardstick.ask()
    return wall, cpu, answer


def figure(
    label: str,
    role: str,
    kind: str,
    request: Callable[[int], Any],
    *,
    times: int = TIMES,
    warm: int = 2,
    yardstick: Yardstick | None = None,
) -> Figure:
    request(0)
    with CaptureQueriesContext(connection) as captured:
        request(1)
        queries = len(captured)
    wall, cpu, answer = measure(
        lambda number: request(number + 2), times=times, warm=warm - 2, yardstick=yardstick
    )
    if answer.status_code >= 400:
        raise RuntimeError(f"{label} as {role} was answered with {answer.status_code}.")
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return Figure(
        label,
        role,
        kind,
        1000 * statistics.median(wall),
        1000 * _p95(wall),
        1000 * statistics.median(cpu),
        queries,
        len(content),
        len(gzip.compress(content, 6)),
        len(wall),
        yardstick.cpu if yardstick else 0.0,
    )


def _p95(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.95))]


def yardsticks() -> list[dict[str, Any]]:
    """Each by itself and often; what is held against one of them asks it again in between."""
    client, nobody = browser(ADMINISTRATOR), Client(SERVER_NAME="localhost")
    asked: tuple[tuple[str, str, Callable[[int], Any]], ...] = (
        ("hello", "anonymous", lambda _n: nobody.get("/bench/hello/")),
        ("one query and a template", "administrator", lambda _n: client.get(PLAIN)),
        ("insert of one row", "administrator", lambda _n: client.post(INSERT)),
    )
    rows = [
        figure(f"Yardstick: {name}", role, "", request, times=YARDSTICK_TIMES)
        for name, role, request in asked
    ]
    return [asdict(row) for row in rows]


def main_pages() -> list[Page]:
    agent = User.objects.get(email=AGENT)
    graded = Scorecard.objects.submitted().filter(agent=agent).order_by("-pk").first()
    draft = ready_drafts(User.objects.get(email=REVIEWER), 1)[0]
    contact = Interaction.objects.filter(source=SOURCE).order_by("-occurred_at").first()
    customer = Customer.objects.filter(source=SOURCE).order_by("pk").first()
    version = RubricVersion.objects.filter(state="published").order_by("-pk").first()
    plan = SamplingPlan.objects.order_by("pk").first()

    def own(label: str, address: str, *roles: str) -> Page:
        return Page(label, "own", address, roles or EVERYBODY)

    def team(label: str, address: str, *roles: str) -> Page:
        return Page(label, "team", address, roles or LEADS)

    def manual(label: str, address: str) -> Page:
        return Page(label, "manual", address, EVERYBODY)

    pages = [
        own("Today", "/"),
        manual("Manual", "/manual/"),
        manual("Procedure", ProcedurePage.objects.live().order_by("pk")[0].url),
        manual("Module", ModulePage.objects.live().order_by("pk")[0].url),
        manual("Lesson", LessonPage.objects.live().order_by("pk")[0].url),
        manual("Quiz", QuizPage.objects.live().order_by("pk")[0].url),
        manual("Search of the manual", "/library/search/?q=refund"),
        manual("Reply templates", "/library/replies/"),
        own("My training", "/training/"),
        own("My coaching", "/coaching/mine/", "new hire", "agent"),
        own("My data", "/integrations/my-data/"),
        own("Profile", "/me/"),
        own("Scorecards", "/scorecards/"),
        own("Disputes", "/scorecards/disputes/"),
        own("Queue", "/scorecards/queue/", "reviewer"),
        own("Grading", f"/scorecards/queue/scorecards/{draft.pk}/", "reviewer"),
        own("My grading", "/scorecards/my-grading/", "reviewer"),
        own("Calibration", "/scorecards/calibration/", "reviewer", "manager"),
        team("Person", f"/team/{agent.pk}/", "agent", *LEADS),
        team("Team", "/team/"),
        team("Team, one channel", "/team/?channel=chat"),
        team("New hires", "/team/new-hires/"),
        team("Effect of training", "/team/training-effect/"),
        team("Service", "/team/service/"),
        team("System", "/team/system/"),
        team("Verdicts", "/team/verdicts/"),
        team("Verdicts: conversations", "/team/verdicts/conversations/"),
        team("Objectivity", "/team/objectivity/"),
        team("Agreement of reviewers", "/team/objectivity/agreement/"),
        team("Equal treatment", "/team/objectivity/equal-treatment/"),
        team("Training of the team", "/training/team/"),
        team("Signatures of the team", "/training/signatures/team/"),
        team("Certificates of the team", "/training/certificates/team/"),
        own("Coaching", "/coaching/", "manager", "manager of all"),
        own("Interactions", "/interactions/", *LEADS),
        own("Interactions of one channel", "/interactions/?channel=chat", *LEADS),
        own("Customers", "/interactions/customers/", "administrator"),
        own("Imports", "/interactions/imports/", "administrator"),
        own("Sampling", "/scorecards/sampling/", *LEADS),
        own("Held back", "/scorecards/release/", *LEADS),
        own("Rubrics", "/scorecards/rubrics/", "editor", "manager", "administrator"),
        own("Health of pages", "/page-health/", "editor", "administrator"),
        own("Audit log", "/audit/", "administrator"),
        own("Privacy", "/interactions/privacy/", "administrator"),
    ]
    if graded:
        pages.append(own("Scorecard", f"/scorecards/{graded.pk}/", "agent", *LEADS))
    if contact:
        pages.append(own("Interaction", f"/interactions/{contact.pk}/", "manager of all"))
    if customer:
        pages.append(
            own("Journey of a customer", f"/interactions/customers/{customer.pk}/", "administrator")
        )
    if version:
        pages.append(own("Rubric", f"/scorecards/rubrics/versions/{version.pk}/", "administrator"))
    if plan:
        pages.append(own("Plan of a sample", f"/scorecards/sampling/{plan.pk}/", "administrator"))
    return pages


def measured_pages(say: Callable[[str], None]) -> Iterator[dict[str, Any]]:
    """What somebody may not see is left out; what fails is an error."""
    clients = {role: browser(email) for role, email in ROLES.items()}
    plain = Yardstick(lambda: clients["administrator"].get(PLAIN))
    for page in main_pages():
        for role in page.roles:
            client = clients[role]
            status = client.get(page.address).status_code
            if status in (302, 403, 404):
                continue
            if status != 200:
                raise RuntimeError(f"{page.address} as {role} was answered with {status}.")
            row = figure(
                page.label,
                role,
                page.kind,
                lambda _n: client.get(page.address),  # noqa: B023
                yardstick=plain,
            )
            say(
                f"  {row.label:<28}{row.role:<16}{row.median:>8.0f} ms{row.cpu:>8.0f} ms CPU"
                f"{row.cpu / row.yardstick:>7.1f} x{row.queries:>5} queries"
                f"{row.compressed / 1024:>7.1f} KiB"
            )
            yield asdict(row) | {"address": page.address}
