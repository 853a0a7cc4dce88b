"""Where anybody checks a certificate; apart from the rest, which needs an account."""

from django.urls import path

from training.views import certificates

app_name = "certificates"

urlpatterns = [path("<str:code>/", certificates.check, name="check")]
