"""Below /api/: version 1, and for everything else a refusal that programs can read."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt

from integrations.api.main import api
from integrations.api.reference import open_to_tokens
from integrations.problems import Problem, detail_for, problem_response


@csrf_exempt
@login_not_required
def nothing(request: HttpRequest) -> HttpResponse:
    return problem_response(Problem(404, detail_for(404)), path=request.path)


_patterns, _app, _namespace = api.urls

urlpatterns = [
    path("v1/", (open_to_tokens(_patterns), _app, _namespace)),
    re_path(r"^", nothing),
]
