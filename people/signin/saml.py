"""What SAML says of somebody: taken once, and signed. Only where `SAML_PROVIDERS` asks for it."""

import datetime as dt
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.decorators import rate_limit
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.saml.provider import SAMLProvider
from allauth.socialaccount.providers.saml.utils import get_app_or_404
from allauth.socialaccount.providers.saml.views import acs, sls
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML

from people.signin.sso import refused

# For one without an end of its own, longer than anybody's clock is wrong.
KEPT_FOR = dt.timedelta(days=1)
# An answer with its signature and some groups has a twentieth of that.
MOST_BYTES = 300_000


class OnceOnlyProvider(SAMLProvider):
    def sociallogin_from_response(self, request: HttpRequest, data: Any) -> SocialLogin:
        """Refuses an assertion that was here before, in whatever answer it is wrapped: which request an
        answer belongs to stands outside of what is signed, unless the provider repeats it inside. And
        one that is not said to be for us, as each of its restrictions has to say: another service could
        bring here what somebody gave to it."""
        if not _is_for_us(data):
            raise ImmediateHttpResponse(refused(request))
        key = f"saml-assertion-{self.app.client_id}-{data.get_last_assertion_id()}"
        end = data.get_last_assertion_not_on_or_after()
        left = end - timezone.now().timestamp() if end else 0
        if not cache.add(key, True, max(left, 0) + KEPT_FOR.total_seconds()):
            raise ImmediateHttpResponse(refused(request))
        return super().sociallogin_from_response(request, data)


def _is_for_us(data: Any) -> bool:
    """The library lets pass what names nobody. That there is one assertion only, it has checked."""
    us = data.get_settings().get_sp_data()["entityId"]
    said = OneLogin_Saml2_XML.to_etree(data.get_last_response_xml())
    within = "/samlp:Response/saml:Assertion/saml:Conditions/saml:AudienceRestriction"
    restrictions = [
        [OneLogin_Saml2_XML.element_text(each) for each in OneLogin_Saml2_XML.query(node, "./*")]
        for node in OneLogin_Saml2_XML.query(said, within)
    ]
    return bool(restrictions) and all(us in named for named in restrictions)


@csrf_exempt
@login_not_required
@require_POST
@rate_limit(action="saml_answer")
def answered(request: HttpRequest, organization_slug: str) -> HttpResponseBase:
    """Where the browser brings an answer. It is kept until the browser comes back with our cookies, so
    nothing is kept that cannot be one: anybody may send here, as much as they like."""
    get_app_or_404(request, organization_slug)
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        return refused(request)
    if "SAMLResponse" not in request.POST:
        return refused(request)
    answer: HttpResponseBase = acs(request, organization_slug)
    return answer


@login_not_required
@require_GET
def signed_out_there(request: HttpRequest, organization_slug: str) -> HttpResponseBase:
    """Whoever signs out at the provider is signed out here, too. Without a signature any page of the web
    could say so; a signature that is there gets checked."""
    if "Signature" not in request.GET:
        return refused(request)
    answer: HttpResponseBase = sls(request, organization_slug)
    return answer
