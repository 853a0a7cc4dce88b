"""What a page costs at the least on this machine: only ratios travel from one machine to another. The
addresses of the house come after them."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path
from django.views.decorators.http import require_GET, require_POST

from people.audit import record
from people.models import Team

_PLAIN = """<!doctype html><html lang="en"><head><title>{{ team.name }}</title></head>
<body><h1>{{ team.name }}</h1><p>{{ team.time_zone|default:"–" }}</p></body></html>"""


@login_not_required
@require_GET
def hello(request: HttpRequest) -> HttpResponse:
    return HttpResponse("Hello")


@require_GET
def plain(request: HttpRequest) -> HttpResponse:
    """One query and a template, for somebody who is signed in."""
    team = Team.objects.order_by("pk").first()
    return HttpResponse(_template().render({"team": team}, request))


@require_POST
def insert(request: HttpRequest) -> HttpResponse:
    record("bench", by=request.user, of=request.user)  # type: ignore[arg-type]
    return HttpResponse("Written")


def _template():  # type: ignore[no-untyped-def]
    global _compiled
    if _compiled is None:
        _compiled = engines["django"].from_string(_PLAIN)
    return _compiled


_compiled = None

urlpatterns = [
    path("bench/hello/", hello),
    path("bench/plain/", plain),
    path("bench/insert/", insert),
    path("", include("config.urls")),
]
