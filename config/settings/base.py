"""Settings, read from the environment and safe by default.

`docs/deployment.md` lists every variable. Nothing here has an insecure fallback: without SECRET_KEY
the process does not start, and a cookie travels over https unless INSECURE_COOKIES says otherwise.
"""

import gc
import os
from pathlib import Path
from urllib.parse import quote

import environ
from csp.constants import NONCE, NONE, SELF, STRICT_DYNAMIC, UNSAFE_EVAL, UNSAFE_INLINE
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config.settings.databases import POOL_SIZE, with_tuned_options
from config.settings.languages import content_languages
from config.settings.shared import bucket_origin, bucket_storages, shared_cache
from config.settings.signing_in import (
    form_origins,
    oidc_providers,
    role_names,
    saml_providers,
)

# Each request works in a thread of its own already. Matrices of some hundred rows are solved faster by
# one thread than by several that wait for one another. Has to be said before NumPy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Starting makes some hundred thousand objects that stay, and migrating many more. Python would look for
# what may go after each 700 of them.
gc.set_threshold(10_000, 10, 10)

BASE_DIR = Path(__file__).resolve().parents[2]

env = environ.Env()
environ.Env.read_env(os.environ.get("ENV_FILE") or BASE_DIR / ".env")

SECRET_KEY = env.str("SECRET_KEY", default="")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. Put a long random string into the environment (or into .env), "
        "or run `make demo`, which makes a key of its own."
    )

DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
BASE_URL = env.str("BASE_URL", default="https://localhost")
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

INSTALLED_APPS = [
    "config.apps.ConfigConfig",
    "integrations",
    "insights",
    "coaching",
    "training",
    "scorecards",
    "interactions",
    "content",
    "ui",
    "wagtail.contrib.redirects",
    "wagtail.contrib.simple_translation",
    "wagtail.contrib.typed_table_block",
    "wagtail.sites",
    "people.apps.WagtailPeopleConfig",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "template_partials.apps.SimpleAppConfig",
    "django_filters",
    "django_htmx",
    "django_tasks_db",
    "csp",
    "lucide",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "people",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.forms",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "config.operations.health.HealthMiddleware",
    "config.operations.logs.RequestLogMiddleware",
    "config.operations.metrics.MetricsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.CompressionMiddleware",
    "config.middleware.ContentSecurityPolicyMiddleware",
    "config.middleware.PrivateAnswersMiddleware",
    "config.middleware.PackageHostMiddleware",
    "integrations.middleware.ApiMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.middleware.InterfaceLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "people.middleware.SignedOutMiddleware",
    "people.middleware.SignInFirstMiddleware",
    "people.signin.sessions.LastSeenMiddleware",
    "people.middleware.PreferencesMiddleware",
    "content.middleware.ReaderLanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "people.signin.required.SecondFactorFirstMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.FormAddressMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
    "config.routing.ReplicaMiddleware",
    "config.broken_forms.BrokenFormMiddleware",
    "people.signin.troubles.SignInTroubleMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "config.navigation.navigation",
                "config.navigation.demo",
            ],
            "builtins": ["ui.templatetags.ui", "template_partials.templatetags.partials"],
            # The cached loader also while DEBUG: pages cost half the time (docs/architecture.md).
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
        },
    }
]

# Our own templates of form widgets are found beside all others.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {
    "default": with_tuned_options(
        env.db_url_config(
            # A path may contain what means something in an address, such as % and #.
            env.str("DATABASE_URL", default=f"sqlite:///{quote(str(VAR_DIR))}/evenhand.sqlite3")
        ),
        pool_size=env.int("DATABASE_POOL_SIZE", default=POOL_SIZE),
    )
}
# Copies that PostgreSQL keeps up to date itself; reports read from one of them (`config/routing.py`).
for number, url in enumerate(env.list("REPLICA_URLS", default=[]), start=1):
    DATABASES[f"replica{number}"] = with_tuned_options(
        env.db_url_config(url),
        pool_size=env.int("DATABASE_POOL_SIZE", default=POOL_SIZE),
        # One that is away is given up soon: the primary answers instead.
        pool_timeout=2,
        read_only=True,
    )
REPLICAS = [alias for alias in DATABASES if alias != "default"]
# Seconds for which who wrote something reads from the primary: longer than a replica ever lags.
REPLICA_LAG = env.int("REPLICA_LAG", default=15)
DATABASE_ROUTERS = ["config.routing.ReplicaRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": shared_cache(env.cache_url_config(env.str("CACHE_URL", default="locmemcache://")))
}

# For trying out over plain http only.
INSECURE_COOKIES = env.bool("INSECURE_COOKIES", default=False)
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)

# People -----------------------------------------------------------------------------------------
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
# By NIST SP 800-63B-4: 15 signs where a password is all there is, no rules of composition, no renewal.
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "people.signin.passwords.LengthValidator",
        "OPTIONS": {"shortest": env.int("PASSWORD_MIN_LENGTH", default=15)},
    },
    {"NAME": "people.signin.passwords.GuessValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "people.signin.passwords.LeakedValidator"},
]
PWNED_PASSWORDS = env.bool("PWNED_PASSWORDS", default=False)
PWNED_PASSWORDS_URL = "https://api.pwnedpasswords.com/range/"
# Who is added without a password gets an invitation instead.
WAGTAILUSERS_PASSWORD_REQUIRED = False
PASSWORD_RESET_TIMEOUT = 24 * 60 * 60
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "insights:home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "people.accounts.ClosedSignupAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_FORMS = {
    "login": "people.signin.forms.LoginForm",
    "change_password": "people.signin.forms.ChangePasswordForm",
    "set_password": "people.signin.forms.SetPasswordForm",
    "reset_password": "people.signin.forms.ResetPasswordForm",
    "reset_password_from_key": "people.signin.forms.ResetPasswordKeyForm",
    "reauthenticate": "people.signin.forms.ReauthenticateForm",
}
ACCOUNT_LOGIN_BY_CODE_ENABLED = False
ACCOUNT_USER_DISPLAY = "people.accounts.display_name"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
# Otherwise the host that was asked for.
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "people.accounts.ResetTokenGenerator"  # noqa: S105
# Tries of one account from one place, and of one place on all accounts; second factors count as well.
# Kept in the cache, so several processes need one that they share.
# Answers of single sign-on are no guesses, and a house that comes to work behind one address has many.
ACCOUNT_RATE_LIMITS = {"login_failed": "5/5m/key,30/10m/ip", "saml_answer": "120/m/ip"}
# How many proxies of ours stand in front: what X-Forwarded-For has left of theirs anybody may write.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=1 if BEHIND_PROXY else 0)

# Second factors. Addresses belong to administrators here, so nobody has to prove theirs first.
MFA_ADAPTER = "people.signin.factors.SecondFactorAdapter"
MFA_FORMS = {
    "add_webauthn": "people.signin.troubles.AddPasskeyForm",
    "authenticate_webauthn": "people.signin.troubles.AuthenticatePasskeyForm",
    "login_webauthn": "people.signin.troubles.LoginPasskeyForm",
    "reauthenticate_webauthn": "people.signin.troubles.ReauthenticatePasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = INSECURE_COOKIES
# Roles that get nowhere without a second factor: agent, reviewer, manager, editor, administrator.
MFA_REQUIRED_ROLES = role_names(env.list("MFA_REQUIRED_ROLES", default=[]))

# Single sign-on. People are matched by what they were connected with, else by an address that their
# provider says it verified.
SOCIALACCOUNT_ADAPTER = "people.signin.sso.SingleSignOnAdapter"
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_QUERY_EMAIL = True
# Whether the directory, SCIM and the API invite whom they add, as is done with who is added by hand.
INVITE_ADDED_PEOPLE = env.bool("INVITE_ADDED_PEOPLE", default=False)
SSO_CREATE_PEOPLE = env.bool("SSO_CREATE_PEOPLE", default=False)
SOCIALACCOUNT_PROVIDERS = {**oidc_providers(env), **saml_providers(env)}
if "saml" in SOCIALACCOUNT_PROVIDERS:
    INSTALLED_APPS.append("allauth.socialaccount.providers.saml")

# Language and time ------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
# What the interface speaks: only English words are shipped.
INTERFACE_LANGUAGES = [("en", _("English"))]
# What the manual is written in. The first is the one it is written in first, and is LANGUAGE_CODE.
WAGTAIL_CONTENT_LANGUAGES = content_languages(
    env.list("CONTENT_LANGUAGES", default=[LANGUAGE_CODE]), source=LANGUAGE_CODE
)
# Wagtail wants its languages among Django's; `InterfaceLanguageMiddleware` keeps the two apart.
LANGUAGES = [
    *INTERFACE_LANGUAGES,
    *(pair for pair in WAGTAIL_CONTENT_LANGUAGES if pair[0] not in dict(INTERFACE_LANGUAGES)),
]
WAGTAIL_I18N_ENABLED = True
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = ["config.formats"]
TIME_ZONE = env.str("TIME_ZONE", default="UTC")

# Files ------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Serve straight from the source folders; for trying out, so that no collectstatic is needed.
WHITENOISE_USE_FINDERS = env.bool("STATIC_FROM_SOURCE", default=False)
STATIC_ROOT: Path | None = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
if WHITENOISE_USE_FINDERS:
    STATIC_ROOT = None  # There is no folder to look into.
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(VAR_DIR / "media")))
PRIVATE_ROOT = Path(env.str("PRIVATE_ROOT", default=str(VAR_DIR / "private")))
STORAGES = {
    "default": {"BACKEND": "config.files.WholeFiles"},
    "private": {
        "BACKEND": "config.files.WholeFiles",
        "OPTIONS": {"location": PRIVATE_ROOT, "base_url": None},
    },
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if WHITENOISE_USE_FINDERS
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
# For so long an address of a document or a recording holds, for the one person it was made for.
FILE_ADDRESS_SECONDS = env.int("FILE_ADDRESS_SECONDS", default=3600)
# Where nginx keeps both folders for itself ("internal") and sends what we name; empty: we send it.
ACCEL_REDIRECT = env.str("ACCEL_REDIRECT", default="")
# A bucket in place of both folders, for more machines than one; docs/deployment.md.
S3_ORIGIN = ""
if S3_BUCKET := env.str("S3_BUCKET", default=""):
    _bucket = {
        "bucket_name": S3_BUCKET,
        "endpoint_url": env.str("S3_ENDPOINT", default="") or None,
        "region_name": env.str("S3_REGION", default="us-east-1"),
        "access_key": env.str("S3_ACCESS_KEY", default="") or None,
        "secret_key": env.str("S3_SECRET_KEY", default="") or None,
        "querystring_expire": env.int("S3_EXPIRES", default=300),
    }
    STORAGES.update(bucket_storages(_bucket))
    S3_ORIGIN = bucket_origin(_bucket)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# Background work --------------------------------------------------------------------------------
# Wagtail's index updates are "default"; what may take minutes is "bulk" and always has a worker.
TASKS = {
    "default": {
        "BACKEND": env.str("TASKS_BACKEND", default="django_tasks_db.DatabaseBackend"),
    },
    "bulk": {
        "BACKEND": env.str("BULK_TASKS_BACKEND", default="django_tasks_db.DatabaseBackend"),
        "QUEUES": ["default"],
    },
}
# Seconds without a sign of life after which other workers take over what a worker was doing.
TASK_LEASE = env.float("TASK_LEASE", default=60)

# Mail -------------------------------------------------------------------------------------------
vars().update(env.email_url("EMAIL_URL", default="smtp://localhost:25"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Evenhand <noreply@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Wagtail ----------------------------------------------------------------------------------------
WAGTAIL_SITE_NAME = "Evenhand"
WAGTAILADMIN_BASE_URL = BASE_URL
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAILADMIN_LOGIN_URL = "content:admin_sign_in"
WAGTAIL_FRONTEND_LOGIN_URL = "/account/login/"
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAILDOCS_EXTENSIONS = [
    *("csv", "docx", "key", "odt", "pdf", "pptx", "rtf", "txt", "xlsx", "zip"),
    # What lessons play, and the captions of it.
    *("mp3", "mp4", "ogg", "vtt", "wav", "webm"),
]
WAGTAILDOCS_MAX_UPLOAD_SIZE = env.int("DOCUMENT_MAX_UPLOAD", default=200 * 1024 * 1024)
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILDOCS_DOCUMENT_FORM_BASE = "content.forms_files.DocumentForm"
WAGTAILIMAGES_IMAGE_FORM_BASE = "content.forms_files.ImageForm"
WAGTAILIMAGES_EXTENSIONS = ["avif", "gif", "jpg", "jpeg", "png", "webp"]
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 10 * 1024 * 1024
# A photo of 24 megapixels: four bytes for each while the sizes of pages are made of it.
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 25_000_000
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "content.search_backend"}}

# Security ---------------------------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not INSECURE_COOKIES
if not INSECURE_COOKIES:
    # A browser takes such a name only over https, for this host alone and the whole of it.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SESSION_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = not INSECURE_COOKIES
SECURE_HSTS_SECONDS = 0 if INSECURE_COOKIES else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not INSECURE_COOKIES
SECURE_REFERRER_POLICY = "same-origin"
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Wagtail shows its preview in a frame of our own origin.
X_FRAME_OPTIONS = "SAMEORIGIN"
SILENCED_SYSTEM_CHECKS = ["security.W019"]

# Encrypts the originals of what is masked, where a rule keeps them; the first encrypts, all decrypt.
PRIVACY_KEYS = env.list("PRIVACY_KEYS", default=[])

# A host of its own for uploaded packages, such as https://packages.example.org; see docs/deployment.md.
SCORM_ORIGIN = env.str("SCORM_ORIGIN", default="").rstrip("/")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        # Only scripts that a page of ours names, and what those import: not whatever lies on our origin,
        # where editors upload files.
        "script-src": [NONCE, STRICT_DYNAMIC],
        "img-src": [SELF, "data:", *([S3_ORIGIN] if S3_ORIGIN else [])],
        "media-src": [SELF, *([S3_ORIGIN] if S3_ORIGIN else [])],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF, *form_origins(env)],
        "frame-ancestors": [SELF],
        **({"frame-src": [SELF, SCORM_ORIGIN]} if SCORM_ORIGIN else {}),
    }
}
# The page editor of Wagtail carries inline script and style; only its addresses are relaxed.
ADMIN_CONTENT_SECURITY_POLICY = {
    "script-src": [SELF, UNSAFE_INLINE, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:", "blob:", *([S3_ORIGIN] if S3_ORIGIN else [])],
}

# Operations -------------------------------------------------------------------------------------
# LOG_FORMAT "json" is for machines; LOG_LEVEL "INFO" adds a line for each request.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "request_id": {"()": "config.operations.logs.RequestIdFilter"},
        "without_paths": {"()": "config.operations.logs.WithoutPathsFilter"},
    },
    "formatters": {
        "text": {"format": "%(levelname)s %(name)s [%(request_id)s] %(message)s"},
        "json": {"()": "config.operations.logs.JsonFormatter"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["request_id", "without_paths"],
            "formatter": env.str("LOG_FORMAT", default="text"),
        }
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
}
# Seconds that a task may wait before /readyz complains.
QUEUE_MAX_AGE = env.int("QUEUE_MAX_AGE", default=3600)
# Opens /metrics; without one there is no such address.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
# Errors go to Sentry, without who did what or what was sent; needs the extra "sentry".
if SENTRY_DSN := env.str("SENTRY_DSN", default=""):
    from config.operations.errors import report_to

    report_to(SENTRY_DSN)

# Evenhand ---------------------------------------------------------------------------------------
# The demo shows one login per role on its sign-in page; nothing else sets this.
DEMO = env.bool("DEMO", default=False)

# Customers' pages of surveys that one network address may open or send in ten minutes; counted in the
# cache, which all processes have to share.
SURVEY_RATE_LIMIT = env.int("SURVEY_RATE_LIMIT", default=100)

# Standards --------------------------------------------------------------------------------------
# What an uploaded package may hold; bytes are those after unpacking, but for the upload itself.
SCORM_LIMITS = {
    "upload": env.int("SCORM_MAX_UPLOAD", default=300 * 1024 * 1024),
    "files": env.int("SCORM_MAX_FILES", default=5_000),
    "total": env.int("SCORM_MAX_UNPACKED", default=1024 * 1024 * 1024),
    "file": env.int("SCORM_MAX_FILE", default=300 * 1024 * 1024),
    "ratio": env.int("SCORM_MAX_RATIO", default=200),
}
# The record store that gets xAPI statements; without an address none are written.
XAPI_ENDPOINT = env.str("XAPI_ENDPOINT", default="")
XAPI_KEY = env.str("XAPI_KEY", default="")
XAPI_SECRET = env.str("XAPI_SECRET", default="")
XAPI_TIMEOUT = env.float("XAPI_TIMEOUT", default=10)
# "account": our own number for a person; "mbox_sha1sum": the hash of their address.
XAPI_ACTOR = env.str("XAPI_ACTOR", default="account")
# Pages of the manual go live through their workflow alone; else editors may also publish by themselves.
REQUIRE_APPROVAL = env.bool("REQUIRE_APPROVAL", default=False)
# How long people have to sign for a procedure that changed, before they count as late.
SIGN_WITHIN_DAYS = env.int("SIGN_WITHIN_DAYS", default=14)

# A folder with DejaVuSans.ttf and its styles for PDF files, where it is not in the system's usual place.
PDF_FONT_FOLDER = env.str("PDF_FONT_FOLDER", default="")

# Refreshers: what a person is asked in a day. Learning steps (minutes) make a new card come back on the
# same day; without them each card is asked once a day at most.
REFRESHER_MINUTES = env.int("REFRESHER_MINUTES", default=5)
REFRESHER_NEW_PER_DAY = env.int("REFRESHER_NEW_PER_DAY", default=5)
REFRESHER_RETENTION = env.float("REFRESHER_RETENTION", default=0.9)
REFRESHER_LEARNING_STEPS = env.list("REFRESHER_LEARNING_STEPS", cast=int, default=[])
REFRESHER_LONGEST_DAYS = env.int("REFRESHER_LONGEST_DAYS", default=180)
REFRESHER_FUZZ = env.bool("REFRESHER_FUZZ", default=False)

# Ways in and out --------------------------------------------------------------------------------
# Requests a token may make in a minute; counted in the cache, which all processes have to share.
API_RATE_LIMIT = env.int("API_RATE_LIMIT", default=600)
API_MAX_BODY = env.int("API_MAX_BODY", default=32 * 1024 * 1024)
# Seconds that a webhook's receiver has to answer.
WEBHOOK_TIMEOUT = env.float("WEBHOOK_TIMEOUT", default=10)
# Webhooks may go to private networks and over plain HTTP; for receivers in the same house.
WEBHOOK_ALLOW_PRIVATE = env.bool("WEBHOOK_ALLOW_PRIVATE", default=False)
# Which groups of a directory are roles and no teams, as "Name there=Role here": the pairs parted by
# commas.
SCIM_ROLE_GROUPS = env.dict("SCIM_ROLE_GROUPS", default={})
