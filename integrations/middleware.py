"""Programs get errors that programs can read, and are told how many requests are left."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from integrations.problems import Problem, detail_for, problem_response

API = "/api/"


class ApiMiddleware:
    """Below /api/, turns what other middleware, the address book or a crash answered in HTML into
    problem details. The headers that say more than the page (Allow, Retry-After) stay."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.path.startswith(API):
            return response
        is_readable = "json" in response.headers.get("Content-Type", "")
        if response.status_code >= 400 and not is_readable:
            kept = {name: response[name] for name in ("Allow", "Retry-After") if name in response}
            status = response.status_code
            response = problem_response(
                Problem(status, detail_for(status), headers=kept), path=request.path
            )
        rate = getattr(request, "api_rate", None)
        if rate is not None:
            for name, value in rate.headers.items():
                response[name] = value
            response["Cache-Control"] = "no-store"
        return response
